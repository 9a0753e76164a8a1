"""The message viewer."""

from __future__ import annotations

import pytest
from textual.app import App

from tests.support.scripted import received
from tuiserver.console.dialogs.message_viewer import MessageViewer
from tuiserver.console.text.glyphs import UNICODE
from tuiserver.core.events import Received


class Host(App[None]):
    """An app that shows one message."""

    def __init__(self, entry: Received) -> None:
        super().__init__()
        self.entry = entry
        self.answers: list[str | None] = []

    def on_mount(self) -> None:
        """Show it at once."""
        self.push_screen(MessageViewer(self.entry), self.answers.append)

    @property
    def rows(self) -> list[str]:
        """The rows of the screen, without the scroll bar."""
        return [strip.text.replace(UNICODE.thumb, " ") for strip in self.screen._compositor.render_strips()]


async def test_reading_up_and_down() -> None:
    """Line by line, with escapes; the title says whose message it is and how far; the last page stays full."""
    app = Host(received(b"".join(b"line %d\x1b\r\n" % number for number in range(100))))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        assert app.rows[0].startswith("▌MESSAGE of #12 < ")
        assert app.rows[1].rstrip() == r" line 0\x1b\r\n"
        await pilot.press("down", "down")
        assert "line 2" in app.rows[1]
        await pilot.press("pagedown")
        assert "line 11" in app.rows[1]
        await pilot.press("end")
        assert "line 99" in app.rows[10]
        assert "100 %" in app.rows[0]
        await pilot.press("down")
        assert "line 99" in app.rows[10]
        await pilot.press("home")
        assert "line 0" in app.rows[1]
        assert all(len(row) == 80 for row in app.rows)


async def test_binary_data_is_shown_as_hexdump() -> None:
    """`x` switches between text and hexdump, at the same byte."""
    app = Host(received(bytes(range(256)) * 4))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        assert app.rows[1].startswith(" 0000  00 01 02")
        await pilot.press("down", "x")
        assert r"\x0b\x0c\r\x0e\x0f\x10\x11" in app.rows[1]
        assert "text" in app.rows[0]


async def test_a_search_in_it() -> None:
    """ctrl+f asks; the match is highlighted and visible; n and N go on, and say when there is none."""
    app = Host(received(b"a needle\n" + b"hay\n" * 200 + b"a Needle\n" + b"hay\n" * 50))
    async with app.run_test(size=(80, 12), notifications=True) as pilot:
        await pilot.pause()
        await pilot.press("n")
        await pilot.press("ctrl+f", *"needle", "enter")
        await pilot.pause()
        assert "a needle" in app.rows[1]
        await pilot.press("n")
        assert "a Needle" in app.rows[1]
        await pilot.press("n", "N")
        assert "a needle" in app.rows[1]
        await pilot.press("N", "slash", *"x", "enter")
        notes = [note.message for note in app._notifications]
        assert notes == ["nothing to search for: ^f searches", "no match below", "no match above", "no match"]


async def test_fifty_megabytes_open_at_once() -> None:
    """The ends, a search and the way back take no time: only what is near is read."""
    app = Host(received(b"x" * 25_000_000 + b"needle" + b"y" * 25_000_000))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("end")
        assert app.rows[28].strip().endswith("y")
        await pilot.press("x", "x", "home", "slash", *"needle", "enter")
        await pilot.pause(0.1)
        assert "needle" in "".join(app.rows[1:3])


async def test_it_returns_what_to_do() -> None:
    """y to copy, r to resend, esc and enter nothing."""
    for key, answer in (("y", "copy"), ("r", "send"), ("escape", None), ("enter", None)):
        app = Host(received(b"PING"))
        async with app.run_test(size=(80, 12)) as pilot:
            await pilot.pause()
            await pilot.press(key)
            await pilot.pause()
        assert app.answers == [answer]


@pytest.mark.slow
async def test_long_lines_are_wrapped_or_scrolled_sideways() -> None:
    """At first wrapped; w shows each in one row, right and left show the rest of it; a hexdump stays as it is."""
    long = b"".join(b"%03d." % number for number in range(60))
    app = Host(received(long + b"\nsecond\n" + long + b"\n"))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        assert "second" in app.rows[5]
        await pilot.press("w")
        assert "second" in app.rows[2]
        assert "text, not wrapped" in app.rows[0]
        await pilot.press("right", "right")
        assert app.rows[1].startswith(" 008.009.")
        assert app.rows[2].strip() == ""
        await pilot.press(*["right"] * 20)
        assert r"059.\n" in app.rows[1]
        await pilot.press(*["left"] * 20)
        assert app.rows[1].startswith(" 000.001.")
        await pilot.press("w")
        assert "second" in app.rows[5]


async def test_json_and_http_are_formatted() -> None:
    """With the colours of the theme, and nothing in it acts as markup; x shows the bytes as text, then as a hexdump."""
    app = Host(received(b'POST /hook HTTP/1.1\r\nHost: a\r\n\r\n{"id":7,"text":"[red]x[/red]\xe2\x80\xae"}'))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        rows = [row.strip() for row in app.rows]
        assert rows[1:8] == [
            *("POST /hook HTTP/1.1", "Host: a", "", "{", '"id": 7,', r'"text": "[red]x[/red]\u{202e}"', "}")
        ]
        assert rows[0].endswith("HTTP, JSON · text · hex  100 %")
        colours = {segment.style.color for segment in app.screen._compositor.render_strips()[6] if segment.style}
        assert len(colours) >= 3
        await pilot.press("slash", *"TEXT", "enter", "x", "home")
        assert r"HTTP/1.1\r\n" in app.rows[1]
        await pilot.press("x")
        assert app.rows[1].startswith(" 0000  50 4f 53 54")
        await pilot.press("X", "X", "home")
        await pilot.pause()
        assert "POST /hook HTTP/1.1" in app.rows[1]
