"""The line that answers."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tuiserver.automation.history import MAX_ENTRIES, History, HistoryEntry
from tuiserver.console.panes.send_bar import SendBar


class Host(App[None]):
    """An app with nothing but the bar, which remembers what the bar asked for."""

    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit_now", "quit"), ("s", "quit_now", "send")]

    def __init__(self, history: Path) -> None:
        super().__init__()
        self.history = history
        self.sent: list[tuple[tuple[int, ...], bytes]] = []
        self.left = 0
        self.quits = 0

    def compose(self) -> ComposeResult:
        """The bar."""
        yield SendBar(history=self.history)

    def on_send_bar_send_requested(self, event: SendBar.SendRequested) -> None:
        """Remember it."""
        self.sent.append((event.ids, event.make()))

    def on_send_bar_left(self) -> None:
        """Count it."""
        self.left += 1

    def action_quit_now(self) -> None:
        """Count it."""
        self.quits += 1


def shown(app: App[None], part: str) -> str:
    """The text of a part of the bar: label, note or preview."""
    return str(app.query_one(f"#send-{part}", Static).content).strip(" ▌")


def write(app: App[None], text: str) -> None:
    """Put text in the line, as if pasted over what stands there."""
    line = app.query_one("#send-input", Input)
    line.value = ""
    line.insert_text_at_cursor(text)


async def ready(app: Host, pilot: Pilot[None]) -> SendBar:
    """The bar with #12 selected, 9 and 12 marked, three open, and the focus in it."""
    bar = app.query_one(SendBar)
    bar.set_target(12, marked=[9, 12], everyone=[8, 9, 12])
    bar.focus()
    await pilot.pause()
    return bar


@pytest.fixture
def app(tmp_path: Path) -> Host:
    """A host whose history is nobody's."""
    return Host(tmp_path / "state" / "history")


async def test_enter_sends_exactly_what_was_shown(app: Host) -> None:
    """The target, the number and the hex of the bytes are shown before; Enter sends these and empties the line."""
    async with app.run_test(size=(160, 50)) as pilot:
        await ready(app, pilot)
        write(app, r"status\x00\x0")
        await pilot.press("1")
        await pilot.pause()
        assert shown(app, "label").startswith(r"SEND to #12  text + \n")
        assert shown(app, "note") == "8 + 1 bytes"
        assert shown(app, "preview") == "73 74 61 74 75 73 00 01 0a"
        await pilot.press("enter")
        assert app.sent == [((12,), b"status\x00\x01\n")]
        assert app.query_one("#send-input", Input).value == ""


async def test_one_row_on_a_small_screen_two_on_a_large(app: Host) -> None:
    """At 80×24 the bar is one row with the number of bytes; at 160×50 a second row shows them."""
    async with app.run_test(size=(80, 24)) as pilot:
        bar = await ready(app, pilot)
        assert (bar.size.width, bar.size.height) == (80, 1)
        assert "0 + 1 bytes" in shown(app, "note")
        assert app.query_one("#send-input", Input).size.width >= 30
        await pilot.resize_terminal(160, 50)
        await pilot.pause()
        assert (bar.size.width, bar.size.height) == (160, 2)


async def test_printable_keys_are_text_and_nothing_else(app: Host) -> None:
    """`q` and `s` typed into the line are letters, whatever they mean to the app."""
    async with app.run_test() as pilot:
        await ready(app, pilot)
        await pilot.press(*"qs?:/")
        assert app.query_one("#send-input", Input).value == "qs?:/"
        assert app.quits == 0


async def test_wrong_input_marks_its_place_and_does_not_go(app: Host) -> None:
    """The reason stands beside the line, the place is marked, Enter moves the cursor there and sends nothing."""
    async with app.run_test(size=(80, 24)) as pilot:
        bar = await ready(app, pilot)
        write(app, r"ab\q")
        await pilot.pause()
        assert shown(app, "note") == "unknown escape"
        line = app.query_one("#send-input", Input)
        wrong = [span for span in line._value.spans if span.start == 2 and span.end == 3]
        assert wrong
        await pilot.press("enter")
        assert app.sent == []
        assert line.value == r"ab\q"
        assert line.cursor_position == 2
        await pilot.press("ctrl+t")
        write(app, "7g")
        await pilot.pause()
        assert shown(app, "note") == "not a hex digit"
        assert bar._mark.position == 1


async def test_hex_is_typed_as_hex_and_padding_is_said(app: Host) -> None:
    """ctrl+t turns the line to hex, with its bytes; an odd digit is padded, and that is shown."""
    async with app.run_test(size=(160, 50)) as pilot:
        await ready(app, pilot)
        write(app, "AB")
        await pilot.press("ctrl+t")
        assert app.query_one("#send-input", Input).value == "41 42"
        await pilot.press(*",0x3")
        await pilot.pause()
        assert shown(app, "note") == "3 bytes, padded"
        assert shown(app, "preview").startswith("41 42 03  odd digit padded")
        await pilot.press("enter")
        assert app.sent == [((12,), b"AB\x03")]


async def test_the_line_ending_is_chosen_and_shown(app: Host) -> None:
    """ctrl+n goes LF → CRLF → NUL → none, and what is sent ends so."""
    async with app.run_test() as pilot:
        await ready(app, pilot)
        for ending in (b"\n", b"\r\n", b"\0", b""):
            write(app, "x")
            await pilot.press("enter", "ctrl+n")
            assert app.sent[-1] == ((12,), b"x" + ending)
        await pilot.press("ctrl+n")
        assert r"text + \r\n" in shown(app, "label")


async def test_more_than_one_target_asks_once(app: Host) -> None:
    """With two marked the first Enter asks with the count, esc takes it back, the second Enter sends."""
    async with app.run_test(size=(80, 24)) as pilot:
        bar = await ready(app, pilot)
        await pilot.press("ctrl+o")
        assert "to 2 marked" in shown(app, "label")
        write(app, "x")
        await pilot.press("enter")
        assert shown(app, "note").startswith("send to 2?")
        await pilot.press("escape")
        assert app.left == 0
        assert "send to" not in shown(app, "note")
        await pilot.press("enter")
        bar.set_target(12, marked=[9, 12], everyone=[8, 9, 12, 13])
        assert app.sent == []
        await pilot.press("enter")
        assert app.sent == [((9, 12), b"x\n")]
        await pilot.press("ctrl+o")
        assert "to ALL 4" in shown(app, "label")
        write(app, "y")
        await pilot.press("enter", "z")
        assert "send to" not in shown(app, "note"), "another text is another question"


async def test_the_answer_is_for_those_who_were_counted(app: Host) -> None:
    """Who comes after the question gets nothing; who has gone meanwhile is left out."""
    async with app.run_test() as pilot:
        bar = await ready(app, pilot)
        await pilot.press("ctrl+o", "ctrl+o", "x", "enter")
        bar.set_target(12, marked=[9, 12], everyone=[9, 12, 13])
        await pilot.press("enter")
        assert app.sent == [((9, 12), b"x\n")]


async def test_the_target_stays_while_typing(app: Host) -> None:
    """Another selection does not move the target under a line that is being typed; a closed one gets nothing."""
    async with app.run_test(size=(80, 24)) as pilot:
        bar = await ready(app, pilot)
        write(app, "x")
        bar.set_target(8, everyone=[8, 9])
        assert "to #12, closed" in shown(app, "label")
        await pilot.press("enter")
        assert app.sent == []
        assert "no one to send to" in shown(app, "note")
        app.screen.set_focus(None)
        await pilot.pause()
        assert "to #8" in shown(app, "label")
        bar.set_target(0)
        assert "to nobody" in shown(app, "label")


async def test_escape_goes_back(app: Host) -> None:
    """esc leaves what is typed and says that the focus belongs elsewhere."""
    async with app.run_test() as pilot:
        await ready(app, pilot)
        await pilot.press("x", "escape")
        assert app.left == 1
        assert str(app.query_one("#send-label", Static).content).startswith("▌SEND")
        app.screen.set_focus(None)
        await pilot.pause()
        assert str(app.query_one("#send-label", Static).content).startswith(" SEND")
        assert app.query_one("#send-input", Input).value == "x"


async def test_typed_markup_and_pasted_controls_are_only_text(app: Host) -> None:
    """Brackets are brackets; a pasted line break or escape sequence becomes an escape, and is sent as it was."""
    async with app.run_test(size=(160, 50)) as pilot:
        await ready(app, pilot)
        write(app, "[bold red]x[/] [/nope]\r\n\x1b[2J")
        await pilot.pause()
        assert app.query_one("#send-input", Input).value == r"[bold red]x[/] [/nope]\r\n\x1b[2J"
        screen = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert r"[bold red]x[/] [/nope]\r\n\x1b[2J" in screen
        await pilot.press("enter")
        assert app.sent == [((12,), b"[bold red]x[/] [/nope]\r\n\x1b[2J\n")]


async def test_history_is_walked_with_up_and_down(app: Host) -> None:
    """↑ brings back what was sent, with its mode; ↓ returns to what was being typed."""
    async with app.run_test() as pilot:
        await ready(app, pilot)
        line = app.query_one("#send-input", Input)
        write(app, "one")
        await pilot.press("enter", "ctrl+t")
        write(app, "0102")
        await pilot.press("enter", "ctrl+t")
        write(app, "half")
        await pilot.press("up")
        assert (line.value, "hex" in shown(app, "label")) == ("0102", True)
        await pilot.press("up", "up")
        assert (line.value, "text" in shown(app, "label")) == ("one", True)
        await pilot.press("down", "down", "down")
        assert line.value == "half"
        assert app.history.read_bytes() == b"text one\nhex 0102\n"
        assert app.history.stat().st_mode & 0o777 == 0o600


def test_history_outlives_the_program_and_is_bounded(tmp_path: Path) -> None:
    """Another session finds what was sent; the file never holds much more than is kept; the same twice is kept once."""
    path = tmp_path / "history"
    first = History(path)
    for number in range(3 * MAX_ENTRIES):
        first.add(HistoryEntry("text", f"line {number}"))
        first.add(HistoryEntry("text", f"line {number}"))
    assert path.read_bytes().count(b"\n") <= 2 * MAX_ENTRIES
    second = History(path)
    assert second.older(HistoryEntry("text", "")) == HistoryEntry("text", f"line {3 * MAX_ENTRIES - 1}")
    for _ in range(2 * MAX_ENTRIES):
        second.older(HistoryEntry("text", ""))
    assert second.newer() == HistoryEntry("text", f"line {2 * MAX_ENTRIES + 1}")


def test_a_broken_history_is_left_alone(tmp_path: Path) -> None:
    """Bytes that are no history are passed over; where nothing can be written, sending goes on without a word."""
    path = tmp_path / "history"
    path.write_bytes(b"\xff\xfe\nnonsense\ntext \x1b[2J\nhex 41\n")
    history = History(path)
    assert history.older(HistoryEntry("text", "")) == HistoryEntry("hex", "41")
    assert history.older(HistoryEntry("text", "")) is None
    (tmp_path / "file").write_bytes(b"")
    nowhere = History(tmp_path / "file" / "history")
    nowhere.add(HistoryEntry("text", "one"))
    assert nowhere.older(HistoryEntry("text", "")) == HistoryEntry("text", "one")
