"""Text that is selected with the mouse."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import SELECT_ALL, Selection
from textual.strip import Strip
from textual.widget import Widget

from tests.support.console import console
from tests.support.scripted import connected, listening, received, shows
from tuiserver.console.app import Console
from tuiserver.console.panes.selecting import SELECTED, selected_text, show_selected

BOLD = Style(bold=True)


def test_what_is_selected_is_in_reverse_video() -> None:
    """The other styles stay, whatever their boundaries."""
    strip = Strip([Segment("ab", BOLD), Segment("cde"), Segment("f", BOLD)], 6)
    shown = show_selected(strip, 3, Selection(Offset(1, 3), Offset(4, 3)))
    assert list(shown) == [
        Segment("a", BOLD),
        Segment("b", BOLD + SELECTED),
        Segment("cd", SELECTED),
        Segment("e"),
        Segment("f", BOLD),
    ]
    assert shown.cell_length == 6
    assert show_selected(strip, 2, Selection(Offset(1, 3), Offset(4, 3))) is strip
    assert show_selected(strip, 3, None) is strip
    assert [each.style for each in show_selected(strip, 0, SELECT_ALL)] == [BOLD + SELECTED, SELECTED, BOLD + SELECTED]


@pytest.mark.parametrize(
    ("selection", "text"),
    [
        (Selection(Offset(1, 0), Offset(3, 0)), "bc"),
        (Selection(Offset(2, 0), Offset(2, 2)), "c\n\nשל"),
        (SELECT_ALL, "abc\n\nשלום"),
    ],
)
def test_what_is_copied_is_what_can_be_read(selection: Selection, text: str) -> None:
    """Without blanks at the ends, and without the mark that keeps columns in order."""
    assert selected_text(["abc   ", "      ", "שלום\u200e "], selection) == text


async def drag(pilot: Pilot[None], pane: Widget, start: tuple[int, int], stop: tuple[int, int]) -> None:
    """Select from one position of a pane to another."""
    await pilot.mouse_down(pane, start)
    await pilot.hover(pane, stop)
    await pilot.mouse_up(pane, stop)
    await pilot.pause()


def copied(app: Console, written: list[str]) -> str:
    """What was put into the clipboard last."""
    return base64.b64decode(written[-1].split(";")[2].split("\x07")[0]).decode()


@pytest.mark.slow
async def test_the_mouse_selects_text_and_y_copies_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In messages, log, inspector and the full message; new messages do not move it, scrolling and Esc forget it."""
    log = tmp_path / "log"
    log.write_text("one line\nanother line\n")
    written: list[str] = []
    events = [listening(), connected(12), *(received(b"message %d" % number) for number in range(60))]
    async with console(*events, size=(160, 50), log=log) as (app, link, pilot):
        monkeypatch.setattr(app.operator, "write_terminal", written.append)
        messages = app.workspace.messages
        text = await shows(pilot, "message 59")
        row = next(y for y in range(messages.size.height) if "message 40" in messages.render_line(y).text)
        column = messages.render_line(row).text.index("message")
        await drag(pilot, messages, (column + 3, row), (column + 9, row))
        link.feed(received(b"message 60"))
        await pilot.pause(0.2)
        assert messages.screen.get_selected_text() == "sage 40"
        assert not messages.following
        await pilot.press("y")
        assert copied(app, written) == "sage 40"
        await pilot.press("escape")
        assert messages.screen.get_selected_text() is None
        await drag(pilot, messages, (column + 3, row), (column + 9, row))
        await pilot.press("home")
        assert messages.screen.get_selected_text() is None

        await drag(pilot, app.workspace.log, (1, 1), (3, 1))
        await pilot.press("y")
        assert copied(app, written) == "one"
        await pilot.press("escape", "y")
        assert copied(app, written) == "another line"
        await drag(pilot, app.workspace.inspector, (1, 1), (8, 2))
        await pilot.press("y")
        assert len(written) == 4

        await pilot.press("escape", "2", "end", "enter")
        await pilot.pause()
        body = app.screen.query_one("MessageBody")
        await drag(pilot, body, (1, 1), (7, 1))
        await pilot.press("y")
        assert copied(app, written) == "message"
        assert app.screen.is_modal
        assert "message 59" in text


async def test_a_double_click_opens_and_selects_nothing() -> None:
    """A click is no selection; neither is dragging the scroll bar."""
    events = [listening(), connected(12), *(received(b"message %d" % number) for number in range(60))]
    async with console(*events, size=(120, 40)) as (app, _, pilot):
        messages = app.workspace.messages
        await shows(pilot, "message 59")
        right = messages.size.width - 1
        await drag(pilot, messages, (right, 2), (right, 5))
        assert not app.screen.selections
        await pilot.double_click(messages, (40, 3))
        await pilot.pause()
        assert app.screen.is_modal
        assert not app.screen_stack[0].selections
