"""Help, footer, palette and themes: all made from the action table."""

from __future__ import annotations

import itertools
import random
import re

import pytest
from textual.widgets import Input

from tests.support.console import console
from tests.support.scripted import (
    closed,
    connected,
    listening,
    received,
    screen_lines,
    screen_text,
    shows,
    until,
)
from tests.support.typed import FILTER_PARTS, PAYLOAD_PARTS, PLAN_PARTS
from tuiserver.console.command_list import commands
from tuiserver.console.dialogs.help import KEY_COLUMNS, Help, help_text
from tuiserver.console.keymap import ABOUT, ACTIONS, ANSWER, CONNECTIONS, HEADINGS, INSPECTOR, LOG, MESSAGES, SEND, Keys


async def test_help_begins_with_the_focused_pane() -> None:
    """`?` and F1 open it; it begins with the pane where the operator is; esc closes it."""
    async with console(listening(), connected(12), size=(100, 60)) as (app, _, pilot):
        for keys, heading in ((("1", "question_mark"), "CONNECTIONS"), (("2", "f1"), "MESSAGES")):
            await pilot.press(*keys)
            assert isinstance(app.screen, Help)
            await shows(pilot, heading)
            region = app.screen.query_one("#help").region
            lines = [line[region.x : region.right].strip() for line in screen_lines(app)[region.y : region.bottom]]
            assert next(line for line in lines if line) == heading
            await pilot.press("escape")
            assert not isinstance(app.screen, Help)


@pytest.mark.parametrize("width", [75, 40])
@pytest.mark.parametrize("place", [CONNECTIONS, MESSAGES, INSPECTOR, LOG, SEND, ANSWER])
def test_help_is_of_the_place(place: str, width: int) -> None:
    """It names what works there, under headings with something below them; a long line goes on below its beginning."""
    text = help_text(place, width).plain
    lines = text.splitlines()
    assert lines[0] == HEADINGS[place]
    assert all(len(line) <= width for line in lines)
    assert all(below.strip() for line, below in itertools.pairwise(lines) if line.isupper())
    joined = re.sub(r"\s+", " ", text)
    shown = {action.name for action, _ in Keys().at(place)}
    for action in ACTIONS:
        others = [other for other in ACTIONS if other.name in shown and action.help in other.help]
        assert (action.help in joined) == bool(others) or action.help in ABOUT[place], action.name
    indented = {len(line) - len(line.lstrip()) for line in lines if line.startswith("    ")}
    assert indented <= {KEY_COLUMNS + 4}


def test_help_of_the_send_bar_names_no_key_that_is_typed() -> None:
    """Help is on F1 there; what has nothing to act on is absent."""
    text = help_text(SEND, 75, applies=lambda action: action.subject != "job").plain
    assert re.search(r"^  F1 +Help for this pane$", text, re.MULTILINE)
    assert re.search(r"^  \^q \^c +Quit", text, re.MULTILINE)
    assert "Stop repeats" not in text
    assert "Zoom" not in text


@pytest.mark.slow
async def test_palette_runs_the_same_actions() -> None:
    """`:` finds an action by words and runs it; each is one line, in words, with its keys, those of the place first."""
    async with console(listening(), connected(12), received(b"PING")) as (app, _, pilot):
        await pilot.press("colon")
        lines = (await shows(pilot, "Commands")).splitlines()
        rows = [line.strip(" ▸▐") for line in lines if re.search("  (enter|space|[*]|p) *▐? *$", line)]
        assert [re.split("  +", row) for row in rows] == [
            ["Go to the messages of this connection", "enter"],
            ["Mark or unmark this connection", "space"],
            ["Mark all open connections that are shown", "*"],
            ["Pause or resume reading", "p"],
        ]
        await pilot.press(*"hex text")
        await shows(pilot, "text, hex, or both")
        await pilot.press("enter")
        await shows(pilot, "50 49 4e 47")
        await pilot.press("colon", *"mark-all", "enter")
        await shows(pilot, "1 marked")
        await pilot.press("colon", *"theme light")
        await pilot.click(".picker Rows", offset=(10, 0))
        await until(pilot, lambda: "light" in app.theme)
        await pilot.press("colon", *"no such thing")
        await shows(pilot, "no match")
        await pilot.press("enter")
        assert not app.screen.is_modal


async def test_keys_of_all_lists_move_in_the_palette() -> None:
    """In its list `j k g G` and the pages do; up and down do while something is typed; another letter finds."""
    async with console(listening(), connected(12)) as (app, _, pilot):
        await pilot.press("colon", "down", "down")
        picks = app.screen.picks  # type: ignore[attr-defined]
        assert picks.row == 2
        await pilot.press("tab", "j", "j", "k")
        assert picks.row == 3
        await pilot.press("G")
        assert picks.row == len(picks.found) - 1
        await pilot.press("pageup", "g")
        assert picks.row == 0
        await pilot.press(*"zoom")
        assert picks.typed == "zoom"
        await pilot.press("tab", "slash", *" pane")
        assert (picks.typed, picks.current.text) == ("zoom pane", "Zoom this pane, or show all panes again")
        await pilot.press("enter")
        await until(pilot, lambda: app.workspace.zoomed)


async def test_the_palette_is_of_the_place() -> None:
    """In the send bar it has the commands of the send bar; what has nothing to act on is absent, and so is typing."""
    async with console(listening(), connected(12)) as (app, link, pilot):
        link.feed(closed(12))
        await until(pilot, lambda: app.roster.open == 0)
        texts = [command.text for command in commands(app.shared, ["hello"], lambda name: None)]
        assert not {"Pause or resume reading", "Type a message in the send bar", "Line ending: none, LF, CRLF, NUL"} & {
            *texts
        }
        assert {"Name this connection", "Filter this pane", "Put into the send bar: hello"} <= {*texts}
        await pilot.press("tab", "tab", "tab", "ctrl+p")
        await shows(pilot, "Line ending: none, LF, CRLF, NUL")
        assert "Filter this pane" not in [item.text for item in app.screen.picks.found]  # type: ignore[attr-defined]
        await pilot.press(*"line ending", "enter")
        await shows(pilot, r"text + \r\n")


@pytest.mark.parametrize("columns", [1, 2])
async def test_palette_without_room_for_its_list(columns: int) -> None:
    """Keys that move in the list do nothing, and the console goes on."""
    async with console(listening(), connected(12), size=(columns, 15)) as (_app, _, pilot):
        await pilot.press("colon")
        await pilot.press("down", "up", "pagedown", "pageup", "end", "home", "escape")
        await pilot.resize_terminal(80, 24)
        await shows(pilot, "#12")


@pytest.mark.slow
async def test_any_text_can_be_typed() -> None:
    """Whatever a prompt or the palette gets, it is accepted or refused: nothing else happens."""
    pick = random.Random(0).choices
    parts = (
        "host:",
        '"x"',
        "id:",
        "~",
        *FILTER_PARTS,
        *PLAN_PARTS,
        *PAYLOAD_PARTS,
        "[bold red]",
        "[/]",
        "\\",
        "é",
        "\u0130",
    )
    async with console(listening(), connected(12), received(b"PING")) as (app, _, pilot):
        for keys in (("1", "slash"), ("2", "slash"), ("3", "slash"), ("2", "ctrl+f"), ("s", "x", "ctrl+y"), ("colon",)):
            await pilot.press("escape", "escape", "escape", "1", *keys)
            for _ in range(8):
                typed = app.focused
                assert isinstance(typed, Input), keys
                typed.value = "".join(pick(parts, k=4))
                await pilot.pause()


async def test_themes_can_be_changed() -> None:
    """Each of our themes draws the screen at once; none of Textual's is offered."""
    async with console(listening(), connected(12), received(b"PING")) as (app, _, pilot):
        names = sorted(app.available_themes)
        assert len(names) >= 5
        assert not any(name.startswith(("textual", "nord", "gruvbox")) for name in names)
        for name in names:
            app.theme = name
            await pilot.pause()
            assert "PING" in screen_text(app)


async def test_the_theme_of_the_settings() -> None:
    """`--theme` applies from the first frame on."""
    async with console(listening(), theme="tuiserver-light") as (app, _, _pilot):
        assert app.theme == "tuiserver-light"
        assert not app.current_theme.dark
