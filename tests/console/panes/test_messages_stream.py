"""The stream view of the messages pane."""

from __future__ import annotations

import pytest

from tests.support.panes import MessagesHost, selected_line, selected_text
from tests.support.scripted import BASE, connected, received, sent
from tuiserver.core.events import Received, Skipped

READS = [received(bytes([byte]), at=BASE + n / 1000) for n, byte in enumerate(b"TEMP=23.5")]


async def test_m_shows_the_bytes_as_one_text() -> None:
    """Nine reads are one line, with the time of the first, a direction in mark and colour, and a faint line feed."""
    app = MessagesHost(connected(), *READS, received(b"\r\nOK"), sent(b"\xd1", at=BASE + 1), sent(b"\x8f!\n"))
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        assert len(app.rows()) == 12
        await pilot.press("m")
        assert [line[13:] for line in app.rows()] == [r" < TEMP=23.5\r\n", " < OK", r" > я!\n"]
        assert app.rows()[0].split()[0].endswith(".000")
        assert "#12  stream  text" in app.lines()[0]
        first, *_ = app.pane.lines()[1:]
        assert first[0][-2:] == [("TEMP=23.5", "in"), (r"\r\n", "faint")]
        assert [background for _, background in app.pane.lines()[1:]] == ["plain", "plain", "selected"]
        await pilot.press("d", "d")
        assert [line[13:] for line in app.rows()] == [r" > я!\n"]
        await pilot.press("d", "m")
        assert len(app.rows()) == 12


async def test_the_stream_follows_grows_and_stays() -> None:
    """A line grows with what comes; scrolled up, nothing moves, and the new messages are counted."""
    app = MessagesHost(connected(), *(received(b"line %d\nhalf" % n) for n in range(50)))
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("m")
        assert app.rows()[-1].endswith("< half")
        app.feed(received(b" of a line"))
        assert app.rows()[-1].endswith("< half of a line")
        await pilot.press("pageup", "up")
        before = app.rows()
        app.feed(received(b"\nmore\n"), received(b"x"))
        assert app.rows() == before
        assert "2 new" in app.lines()[0]
        await pilot.press("home")
        assert app.rows()[0].endswith(r"< line 0\n")
        assert app.rows()[1].endswith(r"< halfline 1\n")
        await pilot.press("f")
        assert app.rows()[-1].endswith("< x")


@pytest.mark.slow
async def test_the_position_is_kept_between_list_and_stream() -> None:
    """What is read stays on the screen; one line of the stream may be many messages."""
    app = MessagesHost(connected(), *(received(b"line %d\n" % n) for n in range(100)))
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("home", *["down"] * 40, "m")
        assert selected_text(app.pane).endswith(r"< line 50\n")
        assert not app.pane.following
        await pilot.press("x")
        assert "6c 69" in selected_text(app.pane), "the row that has the first byte of the line"
        await pilot.press("m")
        assert not app.pane.following


async def test_the_hexdump_is_continuous_in_each_direction() -> None:
    """Rows go on from message to message, with the offset in the stream; `both` shows the text and its bytes."""
    app = MessagesHost(connected(), *(received(b"abcde") for _ in range(7)), sent(b"OK\n"), received(b"z"))
    async with app.run_test(size=(100, 24)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("m", "x")
        assert [line[14:26] for line in app.rows()] == [
            *("< 00000000  ", "< 00000010  ", "< 00000020  ", "> 00000000  ", "< 00000023  ")
        ]
        assert app.rows()[0].endswith("abcdeabcdeabcdea")
        await pilot.press("x")
        assert [line[14:].split()[0] for line in app.rows()] == [
            *("<", "00000000", "00000010", "00000020", ">", "00000000", "<", "00000023")
        ]


async def test_a_search_in_the_stream_finds_what_came_in_parts() -> None:
    """The line is shown and counted, in hex the row in which the hit begins; enter, y and r act on the line."""
    lines = [received(b"%d TE" % n) if n % 2 else received(b"MP\n") for n in range(100)]
    app = MessagesHost(connected(), *lines)
    async with app.run_test(size=(90, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("m")
        app.pane.search("9 temp")
        app.pane.find_here()
        assert ("9 TEMP", "badge") in selected_line(app.pane)[0]
        assert selected_text(app.pane).endswith(r"< 89 TEMP\n")
        assert "9 of 9" in app.lines()[0]
        await pilot.press("N", "enter")
        assert app.chosen == [(b"79 TEMP\n", "open")]
        await pilot.press("x", "N", "y")
        assert app.chosen[1:] == [(b"69 TEMP\n", "copy")]
        assert any(style == "badge" for _, style in selected_line(app.pane)[0])


async def test_gaps_and_what_was_dropped() -> None:
    """A gap is a line; the title says that the oldest messages are gone."""
    app = MessagesHost(connected(), received(b"a"), Skipped(BASE, 5, 50), received(b"b\n"), budget=40_000)
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("m")
        assert [line[13:] for line in app.rows()] == [" < a", " … up to 5 messages, 50 not shown", r" < b\n"]
        app.feed(*(received(b"more %d\n" % n) for n in range(500)))
        await pilot.press("home")
        first = app.transcript.view(12).first
        assert app.rows()[0].endswith(rf"< more {first - 3}\n")
        assert f"{len(app.transcript.view(12)):,} of 503" in app.lines()[0]
        await pilot.press("w", "x", "w", "x", "end")
        assert app.rows()[-1].endswith(r"< more 499\n") or "0a" in app.rows()[-1]


async def test_a_filter_acts_on_the_messages_of_a_stream() -> None:
    """What it leaves out is not a part of the stream."""
    app = MessagesHost(connected(), received(b"aa"), received(b"bb"), received(b"ab\n"))
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("m")
        assert app.pane.set_filter("a") is None
        assert [line[13:] for line in app.rows()] == [" < aa", r" < ab\n"]
        assert "2 of 3 shown" in app.lines()[0]


async def test_wrapped_lines_and_big_ones() -> None:
    """A line without a line feed is cut after some kilobytes, and all of it can be read."""
    app = MessagesHost(connected(), *(Received(BASE, 12, b"x" * 3000, 3000) for _ in range(10)))
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.focus()
        app.pane.show(12)
        await pilot.press("m", "w", "home")
        lines = len(app.pane.lines())
        for _ in range(30):
            app.pane.action_page(1)
        assert len(app.pane.lines()) == lines == 24
        assert app.rows()[-1].strip().strip("x") == ""
        assert all(len(line) == 80 for line in app.lines())
