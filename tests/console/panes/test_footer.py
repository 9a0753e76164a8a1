"""The footer: which keys it shows where, and that a click does what the key does."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from tests.support.console import console
from tests.support.scripted import closed, connected, listening, received, screen_lines, shows, until
from tuiserver.console.keymap import CONNECTIONS, SEND, Keys
from tuiserver.console.panes.footer import Footer


class Host(App[None]):
    """An app with a footer only."""

    def __init__(self, place: str = CONNECTIONS) -> None:
        super().__init__()
        self.footer = Footer(Keys(), lambda: place)

    def compose(self) -> ComposeResult:
        yield self.footer

    def line(self) -> str:
        """What the footer says."""
        return "".join(text for text, _ in self.footer.lines()[0][0])


@pytest.mark.slow
async def test_a_click_runs_the_action_of_the_key(monkeypatch) -> None:
    """On the key or on its label; a click in the gap between two does nothing."""
    app = Host()
    asked: list[str] = []

    async def run_action(action: str) -> None:
        asked.append(action)

    monkeypatch.setattr(app.footer, "run_action", run_action)
    async with app.run_test(size=(120, 10)) as pilot:
        start, end = Keys().footer(CONNECTIONS)
        hints = [hint for hint in (*start, *end) if hint.text in app.line()]
        assert len(hints) > 8
        for hint in hints:
            start = app.line().index(hint.text)
            asked.clear()
            await pilot.click(Footer, offset=(start, 0))
            await pilot.click(Footer, offset=(start + len(hint.text) - 1, 0))
            await pilot.click(Footer, offset=(start + len(hint.text), 0))
            assert asked == [f"app.{hint.action.app_action}"] * 2


@pytest.mark.parametrize("place", [CONNECTIONS, SEND])
@pytest.mark.parametrize("width", [200, 120, 60, 30, 15, 8, 1])
async def test_what_does_not_fit_is_left_out_whole(width: int, place: str) -> None:
    """Each key is shown with its label or not at all, in order; quit and help are the last to go."""
    app = Host(place)
    async with app.run_test(size=(width, 10)):
        start, end = ([hint.text for hint in hints] for hints in Keys().footer(place))
        shown = [text.strip() for text in app.line().split("  ") if text.strip()]
        count = sum(text not in end for text in shown)
        assert shown == [*start[:count], *(end[-len(shown) + count :] if len(shown) > count else [])]
        assert len(app.line().rstrip()) <= width
        assert (width >= 8) <= (shown[-1:] == end[-1:])
        assert (width >= 30) <= (shown[-2:] == end[-2:])
        assert (width >= 120) <= (count >= 7)


async def test_the_footer_is_of_the_place() -> None:
    """Of each pane and of the send bar, where printable keys are typed; what has nothing to act on is left out."""
    async with console(listening(), connected(1), connected(2), received(b"PING", 2), size=(80, 24)) as (
        app,
        link,
        pilot,
    ):
        assert (
            (await shows(pilot, "enter open  o sort")).splitlines()[-1].strip().startswith("s send  ^d close  / filter")
        )
        for keys, words in (
            (("2",), "x hex  f follow  y copy"),
            (("3",), "enter open"),
            (("s",), "enter send  ^t mode"),
        ):
            await pilot.press(*keys)
            await shows(pilot, words)
        assert screen_lines(app)[-1].rstrip().endswith("^p command  F1 help  ^q quit")
        assert "filter" not in screen_lines(app)[-1]
        await pilot.press("escape", "1")
        link.feed(closed(1))
        await until(pilot, lambda: app.roster.open == 1)
        assert "s send" in screen_lines(app)[-1]
        await pilot.press("G")
        assert "s send" not in screen_lines(app)[-1], "a closed connection is selected"
        await pilot.press("g")
        link.feed(closed(2))
        await until(pilot, lambda: "s send" not in screen_lines(app)[-1])
        assert "close" not in screen_lines(app)[-1]
        assert "enter open" in screen_lines(app)[-1]


async def test_a_click_works_in_dialogs() -> None:
    """In the help, in a question, in a list, and in front of a message: what the key does."""
    async with console(listening(), connected(1), received(b"PING", 1), size=(100, 30)) as (app, link, pilot):
        for key, text in (("f1", "esc close"), ("c", "esc cancel"), ("colon", "esc cancel")):
            await pilot.press(key)
            line = (await shows(pilot, text)).splitlines()[-1]
            await pilot.click(offset=(line.index(text), 29))
            await until(pilot, lambda: not app.screen.is_modal, text)
        await pilot.press("2", "enter")
        line = (await shows(pilot, "esc back  x view")).splitlines()[-1]
        await pilot.click(offset=(line.index("x view"), 29))
        await shows(pilot, "50 49 4e 47")
        await pilot.click(offset=(line.index("esc"), 29))
        await until(pilot, lambda: not app.screen.is_modal)
        await pilot.press("ctrl+d")
        line = (await shows(pilot, "f flush")).splitlines()[-1]
        assert "  c cancel" not in line
        await pilot.click(offset=(line.index("f flush"), 29))
        await until(pilot, lambda: link.commands)
