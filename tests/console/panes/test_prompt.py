"""The prompt: one question in the place of the footer, answered by one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Input, Static

from tests.support.console import console
from tests.support.scripted import connected, listening, received, sent, shows, until
from tuiserver.console.keymap import Keys
from tuiserver.console.panes.prompt import Feedback, Prompt

THREE = (listening(), connected(1), connected(2), connected(3), received(b"PING\r\n", 2), sent(b"PONG\r\n", 2))


class Host(App[None]):
    """A prompt that asks for a short text, and what became of it."""

    def __init__(self, keys: Keys | None = None) -> None:
        super().__init__()
        self.prompt = Prompt(keys=keys)
        self.answers: list[str | None] = []

    def compose(self) -> ComposeResult:
        yield self.prompt

    def ask(self, text: str = "") -> None:
        """Ask; more than three characters are wrong."""
        feedback = {True: Feedback("too long", True), False: Feedback()}
        self.prompt.ask("name", text, lambda typed: feedback[len(typed) > 3], self.answers.append, "a hint")

    @property
    def note(self) -> str:
        """What is shown next to the typed text."""
        return str(self.prompt.query_one("#prompt-note", Static).content)


@pytest.mark.parametrize(("key", "answer"), [("enter", "ab"), ("escape", None)])
async def test_enter_applies_and_escape_cancels(key: str, answer: str | None) -> None:
    """The prompt is visible while it asks, and answers once."""
    app = Host()
    async with app.run_test() as pilot:
        assert not app.prompt.asking
        app.ask()
        await pilot.press("a", "b")
        assert app.prompt.asking
        await pilot.press(key)
        assert not app.prompt.asking
        assert app.answers == [answer]


async def test_keys_are_those_of_the_action_table() -> None:
    """Another key applies if the operator chose one; the hint shows the keys that are set."""
    app = Host(Keys({"prompt-apply": ("f2",)}))
    async with app.run_test() as pilot:
        app.ask("ab")
        assert app.note == "F2 applies, Esc cancels"
        await pilot.press("enter")
        assert app.prompt.asking
        await pilot.press("f2")
        assert app.answers == ["ab"]


async def test_feedback_follows_what_is_typed() -> None:
    """An error is shown next to the text; without feedback there are the keys, and while nothing is typed the hint."""
    app = Host()
    async with app.run_test() as pilot:
        app.ask()
        assert app.note == ""
        assert app.prompt.query_one(Input).placeholder == "a hint"
        await pilot.press("a", "b", "c")
        await pilot.pause()
        assert app.note == "Enter applies, Esc cancels"
        await pilot.press("d")
        await pilot.pause()
        assert app.note == "too long"
        await pilot.press("backspace")
        await pilot.pause()
        assert app.note == "Enter applies, Esc cancels"


async def test_pasted_control_characters_become_escapes() -> None:
    """What is typed stays one line; the line break of a whole line is left out."""
    app = Host()
    async with app.run_test() as pilot:
        app.ask()
        app.prompt.query_one(Input).post_message(events.Paste("a\n\x1b\r\n"))
        await pilot.press("enter")
        assert app.answers == [r"a\n\x1b"]


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_a_filter_applies_while_it_is_typed(size: tuple[int, int]) -> None:
    """The prompt is in the place of the footer and shows the count; Enter keeps the filter, Esc in the pane clears it."""
    async with console(*THREE, size=size) as (app, _, pilot):
        await pilot.press("slash", *"pong")
        text = await shows(pilot, "1 of 3 shown")
        assert "filter connections pong" in text
        assert "^d close" not in text
        await pilot.press("enter")
        text = await shows(pilot, "^d close")
        assert "1 shown  filter pong" in text
        assert app.focused is app.workspace.connections
        await pilot.press("escape")
        await shows(pilot, "filter none")


async def test_an_error_in_a_filter_is_shown_while_it_is_typed() -> None:
    """Everything is shown meanwhile; Esc in the prompt clears the filter."""
    async with console(*THREE, size=(100, 24)) as (app, _, pilot):
        await pilot.press("slash", *"idle>x")
        text = await shows(pilot, "idle takes a time such as")
        assert "filter idle>x not valid" in text
        await pilot.press("escape")
        await shows(pilot, "filter none")
        assert app.workspace.connections.filter_text == ""


async def test_what_is_typed_stays_visible_beside_a_long_error() -> None:
    """The error is cut, never the input; the place of the error is marked; Enter leaves both in the title."""
    async with console(*THREE, size=(80, 24)) as (app, _, pilot):
        await pilot.press("slash", *"ping nofield:12")
        text = await shows(pilot, "filter connections ping nofield:12 ")
        assert 'no field "nofield": use id peer' in text
        assert "…" in text.splitlines()[-1]
        marked = [s.text for s in app.screen._compositor.render_strips()[-1] if s.style and s.style.bold]
        assert "n" in marked
        await pilot.press("enter")
        text = await shows(pilot, "filter ping nofield:12 not valid")
        assert "3 open" in text


async def test_what_is_prefilled_is_selected() -> None:
    """Typing replaces it; moving the cursor keeps it."""
    app = Host()
    async with app.run_test() as pilot:
        app.ask("old")
        await pilot.press("n", "enter")
        app.ask("old")
        await pilot.press("end", "n", "enter")
        assert app.answers == ["n", "oldn"]


async def test_each_pane_has_its_own_filter(tmp_path: Path) -> None:
    """Messages and log are filtered where the focus is, with examples of their own fields; tab keeps what was typed."""
    log = tmp_path / "log"
    log.write_text("one error here\nand another line\n")
    async with console(*THREE, log=log, size=(160, 50)) as (app, _, pilot):
        await pilot.press("2", "a", "slash")
        await shows(pilot, "filter messages words  size>1k  dir:in")
        await pilot.press(*"pong", "enter")
        assert "1 of 2 shown  filter pong" in await shows(pilot, "filter pong")
        await pilot.press("3", "slash")
        await shows(pilot, "filter log words  level:error")
        await pilot.press(*"error", "tab")
        text = await shows(pilot, "1 shown  filter error")
        assert "and another line" not in text
        assert app.workspace.footer.display


async def test_a_log_of_one_line_opens_while_its_filter_is_typed(tmp_path: Path) -> None:
    """The matches are visible before Enter; zoomed, the send bar is below the log."""
    log = tmp_path / "log"
    log.write_text("one error here\nand another line\n")
    async with console(*THREE, log=log) as (app, _, pilot):
        pane = app.workspace.log
        assert pane.size.height == 1
        await pilot.press("3", "slash", *"error")
        await shows(pilot, "1 shown  filter error")
        assert pane.size.height > 1
        await pilot.press("escape", "1")
        await until(pilot, lambda: pane.size.height == 1)
        await pilot.press("3", "z")
        await until(pilot, lambda: app.workspace.send_bar.region.y > pane.region.y)


async def test_a_search_begins_in_the_messages() -> None:
    """ctrl+f asks for a text from any pane but the log, and goes to the messages."""
    async with console(*THREE) as (app, _, pilot):
        await pilot.press("a", "ctrl+f", *"ping", "enter")
        await pilot.pause()
        assert app.focused is app.workspace.messages
        assert any(style == "badge" for parts, _ in app.workspace.messages.lines() for _, style in parts)
