"""The messages pane."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from rich.cells import cell_len

from tests.support.panes import MessagesHost, selected_text
from tests.support.scripted import BASE, closed, connected, received, sent
from tuiserver.core.events import Closed, Skipped

TALK = (
    connected(),
    connected(7),
    received(b"PING\r\n", at=BASE + 1.5),
    received(b"other", 7, BASE + 1.6),
    sent(b"PONG\r\n", at=BASE + 1.75, by="echo"),
)


def time_of(at: float) -> str:
    """The time of day as the pane shows it."""
    return datetime.fromtimestamp(at).strftime("%H:%M:%S.%f")[:-3]


async def test_a_line_has_time_direction_size_and_text() -> None:
    """The time with milliseconds, the size right-aligned, the text escaped, and who sent it; of all, also the id."""
    app = MessagesHost(*TALK)
    async with app.run_test(size=(80, 24)):
        app.pane.show(12)
        assert app.rows() == [
            rf" {time_of(BASE + 1.5)} <     6 PING\r\n",
            rf" {time_of(BASE + 1.75)} >     6 PONG\r\n  echo",
        ]
        app.pane.show(0)
        assert app.rows()[1] == rf" {time_of(BASE + 1.6)}   #7 <     5 other"
        assert app.rows()[2].startswith(rf" {time_of(BASE + 1.75)}  #12 >")


async def test_the_title_says_what_is_shown_and_how() -> None:
    """Connection, form, clock, direction, number and following; in 50 columns the less important parts are left out."""
    app = MessagesHost(*TALK)
    async with app.run_test(size=(100, 24)) as pilot:
        app.pane.show(12)
        assert app.lines()[0].startswith("▌2 MESSAGES ")
        app.screen.set_focus(None)
        await pilot.pause()
        assert app.lines()[0].startswith(" 2 MESSAGES ")
        assert app.lines()[0].rstrip().endswith("#12  text  time of day  in and out  2  ● follow")
        await pilot.resize_terminal(50, 20)
        await pilot.pause()
        assert app.lines()[0].rstrip().endswith("#12  text  time of day  2  ● follow")


async def test_x_goes_from_text_to_hex_to_both() -> None:
    """hex: lines with offset and ASCII, the first of them beside the time; both: the text, and below it such lines."""
    data = bytes(range(0x41, 0x41 + 16)) + b"\x00\x1b"
    app = MessagesHost(connected(), received(data))
    async with app.run_test(size=(100, 24)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("x")
        first, second = app.rows()
        dump = "0000  41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50  ABCDEFGHIJKLMNOP"
        assert first == f" {time_of(BASE)} <    18 {dump}"
        assert second.split() == ["0010", "00", "1b", "··"]
        assert first.index("ABCD") == second.index("··")
        await pilot.press("x")
        assert app.rows()[0].endswith(r"18 ABCDEFGHIJKLMNOP\0\x1b")
        assert app.rows()[1].strip() == dump
        assert len(app.rows()) == 3
        await pilot.press("x")
        assert len(app.rows()) == 1


async def test_t_goes_through_the_clocks() -> None:
    """Time of day, seconds since the connection was made, seconds since the previous entry, microseconds."""
    app = MessagesHost(*TALK)
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        columns = [line.index(">") for line in app.rows()[1:]]
        await pilot.press("t")
        assert [line.split()[0] for line in app.rows()] == ["+1.500", "+1.750"]
        assert [line.index(">") for line in app.rows()[1:]] == columns
        await pilot.press("t")
        assert [line.split()[0] for line in app.rows()] == ["-", "+0.250000"]
        assert "since previous" in app.lines()[0]
        await pilot.press("t")
        assert app.rows()[0].split()[0] == f"{time_of(BASE + 1.5)}000"


async def test_what_was_sent_has_a_background_of_its_own() -> None:
    """Its arrow says the same without colours."""
    app = MessagesHost(*TALK)
    async with app.run_test(size=(80, 24)):
        app.pane.show(12)
        app.feed(received(b"more"))
        assert [background for _, background in app.pane.lines()] == ["bar", "plain", "sent", "selected"]


async def test_d_shows_one_direction() -> None:
    """In and out, in, out."""
    app = MessagesHost(*TALK)
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("d")
        assert ["PING" in line for line in app.rows()] == [True]
        await pilot.press("d")
        assert ["PONG" in line for line in app.rows()] == [True]
        await pilot.press("d")
        assert len(app.rows()) == 2


async def test_w_wraps_long_messages() -> None:
    """Line by line as they were written, up to 4 KiB, then how much is not shown."""
    app = MessagesHost(connected(), received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), received(b"x" * 5000))
    async with app.run_test(size=(80, 140)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("w")
        assert [line[22:].strip() for line in app.rows()[:3]] == [r"GET / HTTP/1.1\r\n", r"Host: a\r\n", r"\r\n"]
        assert app.rows()[-1].strip() == "… 904 more: enter shows all"
        assert "text, wrapped" in app.lines()[0]
        assert sum(line.count("x") for line in app.rows()[3:]) == 4096
        await pilot.press("w")
        assert len(app.rows()) == 2


@pytest.mark.slow
async def test_left_and_right_show_the_rest_of_long_messages() -> None:
    """Time, direction and size stay; a hit at the left edge stays highlighted; in the stream the same."""
    long = b"".join(b"%03d." % number for number in range(60))
    app = MessagesHost(connected(), received(b"short"), received(long))
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        app.pane.search("07.008")
        await pilot.press("right", "right")
        row = app.pane.lines()[2][0]
        assert [text for text, style in row if style == "badge"] == ["008"]
        assert app.rows()[1].startswith(f" {time_of(BASE)} <   240 008.009.")
        await pilot.press(*["right"] * 20)
        assert app.rows()[1].endswith("059.")
        await pilot.press("m")
        assert app.rows()[0].endswith("059.")
        await pilot.press(*["left"] * 20)
        assert "< short000.001." in app.rows()[0]


async def test_what_is_read_does_not_move() -> None:
    """Scrolled up, new messages are counted, and the lines stay even after memory has dropped them."""
    app = MessagesHost(connected(), *(received(b"line %d" % n) for n in range(100)), budget=40_000)
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        assert "line 99" in app.rows()[-1]
        await pilot.press("up", "pageup")
        before = app.rows()
        app.feed(*(received(b"new %d" % n) for n in range(12)))
        assert app.lines()[0].rstrip().endswith("12 new")
        assert app.rows() == before
        app.feed(*(received(b"more %d" % n) for n in range(500)))
        assert app.transcript.view(12).first > 100
        assert app.rows() == before


async def test_following_stops_and_resumes() -> None:
    """f and end go to the newest message and stay there; home goes to the oldest."""
    app = MessagesHost(connected(), *(received(b"line %d" % n) for n in range(100)))
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        for key in ("f", "end"):
            await pilot.press("home")
            assert not app.pane.following
            assert "line 0" in app.rows()[0]
            await pilot.press(key)
            assert app.pane.following
            assert "line 99" in app.rows()[-1]


async def test_another_connection_is_shown_from_its_end() -> None:
    """The position in the messages of the connection before is forgotten."""
    app = MessagesHost(connected(), connected(7), *(received(b"line %d" % n) for n in range(100)), received(b"hi", 7))
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("home")
        app.pane.show(7)
        assert app.pane.following
        assert [line[-2:] for line in app.rows()] == ["hi"]


async def test_skipped_messages_are_one_line() -> None:
    """It says how many messages and bytes; for one connection, how many at most."""
    app = MessagesHost(connected(), received(b"a"), Skipped(BASE, 1234, 56_700), received(b"b"))
    async with app.run_test(size=(80, 24)):
        app.pane.show(12)
        assert app.rows()[1] == f" {time_of(BASE)} … up to 1,234 messages, 56.7k not shown"
        app.pane.show(0)
        assert app.rows()[1] == f" {time_of(BASE)} … 1,234 messages, 56.7k not shown"


async def test_the_empty_pane_says_what_is_known() -> None:
    """No message yet, and how to send one; closed, and why; no longer in memory; removed."""
    app = MessagesHost(connected(at=time.time() - 12.5))
    async with app.run_test(size=(80, 24)):
        assert app.rows() == [" no messages yet"]
        app.pane.show(12)
        assert app.rows() == [" connected 12 s ago, nothing received, nothing sent – s to send first"]
        app.feed(closed(reason="reset by peer"))
        app.feed(connected(13), Closed(BASE, 13, "closed by peer", 0, 0, 0, 0))
        app.pane.show(13)
        assert app.rows() == [" closed: closed by peer, nothing received, nothing sent"]
        app.feed(connected(14), Closed(BASE, 14, "closed by peer", 900, 0, 9, 0))
        app.pane.show(14)
        assert app.rows() == [" closed: closed by peer, 9 received, nothing sent; no longer in memory"]
        app.roster.clear_closed()
        app.feed()
        assert app.rows() == [" #14 has been removed"]


@pytest.mark.slow
async def test_the_cursor_moves_from_message_to_message() -> None:
    """The newest is the current one while following; a tall message is scrolled line by line."""
    events = [received(b"m%d" % number) for number in range(5)]
    app = MessagesHost(connected(), *events, received(bytes(400)), received(b"end"))
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        assert selected_text(app.pane).endswith("3 end")
        await pilot.press("up", "up")
        assert selected_text(app.pane).endswith("2 m4")
        assert not app.pane.following
        app.feed(received(b"new"))
        assert selected_text(app.pane).endswith("2 m4")
        await pilot.press("x", "down")
        assert "0000" in app.lines()[1]
        await pilot.press(*["down"] * 50)
        assert "6e 65 77" in app.lines()[-1]


async def test_keys_and_double_click_choose_the_current_message() -> None:
    """Enter opens it, y copies it, r sends it again; the message and what to do are posted."""
    app = MessagesHost(*TALK)
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("enter", "up", "y", "r")
        await pilot.click(app.pane, offset=(30, 2), times=2)
        await pilot.pause()
    assert app.chosen == [
        (b"PONG\r\n", "open"),
        (b"PING\r\n", "copy"),
        (b"PING\r\n", "send"),
        (b"PONG\r\n", "open"),
    ]


async def test_a_message_of_50_mb_costs_what_is_visible() -> None:
    """Its three million lines of hex are shown and scrolled by arithmetic."""
    app = MessagesHost(connected(), received(bytes(50_000_000)), budget=64 << 20)
    async with app.run_test(size=(160, 50)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        for action in (app.pane.action_cycle_show, app.pane.action_cycle_show, app.pane.action_first):
            action()
        app.pane.scroll_lines(1_500_000)
        assert f"{(1_500_000 - 1) * 16:08x}  00 00" in app.lines()[1]
        await pilot.pause()


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_hostile_bytes_are_escaped(theme: str) -> None:
    """Escape sequences, markup, NUL, invalid UTF-8, bidirectional controls and joiners are only text."""
    hostile = "\x1b]0;x\x07\x1b[2J[bold red]x[/][/nope]\0中e\u0301\u202eא\u200b".encode() + b"\xff\xc3"
    app = MessagesHost(connected(), received(hostile), sent(b"x", by="[red]\x1b[2J"))
    async with app.run_test(size=(160, 50)) as pilot:
        app.theme = theme
        app.pane.show(12)
        await pilot.pause()
        assert app.rows()[0].endswith(
            r"\x1b]0;x\x07\x1b[2J[bold red]x[/][/nope]\0"
            "中e\u0301"
            r"\u{202e}"
            "א"
            r"\u{200b}\xff\xc3"
            "\u200e"
        )
        assert r"[red]\x1b[2J" in app.rows()[1]


async def test_any_size_down_to_one_cell() -> None:
    """Every line is exactly as wide as the pane."""
    app = MessagesHost(*TALK, received(bytes(100)), Skipped(BASE, 1, 1))
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.show(12)
        for width, height in ((1, 1), (2, 3), (20, 5), (40, 10), (200, 60)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            for _ in range(3):
                app.pane.action_cycle_show()
                assert {cell_len(line) for line in app.lines()} == {app.pane.size.width}
