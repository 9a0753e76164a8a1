"""Bytes of a peer on the screen."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual import events
from textual.widgets import Input

from tests.support.console import UNSAFE, console
from tests.support.scripted import (
    BASE,
    closed,
    connected,
    listening,
    received,
    screen_lines,
    screen_text,
)
from tuiserver.core.events import Noted

SIZES = [(80, 24), (160, 50)]


HOSTILE = [
    b"\x1b]0;owned\x07\x1b[2J\x1b[31m",
    b"\x1b]52;c;aGVsbG8=\x07",
    b"[bold red]x[/]",
    b"[/nope]",
    b"\x00\x01\x7f\x80\xff\xfe",
    "\u202eevil\u202c \u200bzero\u200d 日本語 e\u0301 👩‍👩‍👧 שלום".encode(),
    b"A" * 1_000_000,
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.slow
async def test_hostile_bytes_are_shown_escaped(size: tuple[int, int]) -> None:
    """On no screen does a byte of a peer reach the terminal raw, as markup, or in columns that are not counted."""
    connections = [connected(number, peer="[/nope]\x1b[2J:1") for number in range(1, len(HOSTILE) + 1)]
    messages = [received(data, number) for number, data in enumerate(HOSTILE, 1)]
    async with console(listening(), *connections, *messages, size=size) as (app, link, pilot):
        for data in HOSTILE:
            text = data.decode("utf-8", "surrogateescape")
            link.feed(Noted(BASE, "error", text, 1), Noted(BASE, "error", text), closed(7, text))
        await pilot.pause(0.3)
        for keys in (("a",), ("x",), ("x",), ("f", "1", "ctrl+d"), ("escape", "question_mark"), ("escape", "z")):
            await pilot.press(*keys)
            await pilot.pause()
            for line in screen_lines(app):
                assert not UNSAFE.search(line)
                assert cell_len(line) == size[0]
        await pilot.press("z", "1", "a")
        for _ in HOSTILE:
            await pilot.press("down")
            await pilot.pause()
            assert not UNSAFE.search(screen_text(app).replace("\n", ""))


@pytest.mark.parametrize("key", ["slash", "s", "colon"], ids=["filter", "send bar", "palette"])
async def test_what_is_pasted_is_escaped(key: str) -> None:
    """In every input, also in that of the palette, which is not ours."""
    async with console(listening(), connected(1)) as (app, _, pilot):
        await pilot.press(key)
        await pilot.pause()
        app.post_message(events.Paste("PW\x1b]0;x\x07\u202e\u200b"))
        await pilot.pause(0.2)
        assert isinstance(app.focused, Input)
        assert app.focused.value == r"PW\x1b]0;x\x07\u{202e}\u{200b}"


async def test_a_toast_is_escaped() -> None:
    """Whoever made its text, such as the name of a theme file; it may have several lines."""
    async with console(listening()) as (app, _, pilot):
        app.notify("theme \x1b[2J\u202e is ignored\nsecond line", markup=False)
        await pilot.pause(0.2)
        assert [toast.message for toast in app._notifications] == ["theme \\x1b[2J\\u{202e} is ignored\nsecond line"]
