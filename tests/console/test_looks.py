"""The appearance of every screen: readable in every theme, ASCII on request, quit by ctrl+c."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.color import Color
from rich.style import Style
from textual.geometry import Region
from textual.pilot import Pilot

from tests.support.console import UNSAFE
from tests.support.contrast import OURS, contrast, shown
from tests.support.scripted import (
    BASE,
    ScriptedLink,
    connected,
    listening,
    received,
    reset,
    screen_lines,
    screen_text,
    sent,
    shows,
    until,
)
from tuiserver.config.settings import Settings
from tuiserver.console.app import Console
from tuiserver.console.dialogs.quit import QuitDialog
from tuiserver.console.terminal.colors import TRUE_COLOUR
from tuiserver.core.characters import columns
from tuiserver.core.codes import PauseCode
from tuiserver.core.events import Closed, Connected, Identified, Listening, Noted, Paused, Received, Sent
from tuiserver.outputs.log import LogWriter
from tuiserver.outputs.tail import LogTail

TALK = (
    listening(),
    connected(11),
    reset(11),
    connected(12),
    connected(13),
    Paused(BASE, 13, "buffer full", PauseCode.BUFFER_FULL),
    received("21.5 °C 漢 \x1b[2J\n".encode(), 12),
    sent(b"PONG\r\n", 12),
    Noted(BASE, "error", "on_message raised KeyError: 'é'", 13),
    Noted(BASE, "warning", "cannot accept: too many open files"),
)
SCENES: dict[str, tuple[tuple[str, ...], str]] = {
    # name: keys, and what stands in front ("" for the whole screen)
    "text": (("1", "asterisk"), ""),
    "hex": (("2", "x", "x", "pageup"), ""),
    "log": (("3",), ""),
    "send": (("s", *"hi\\q"), ""),
    "many": (("asterisk", "s", "ctrl+o", *"hi", "enter"), ""),
    "filter": (("1", "slash", *"idle>x"), ""),
    "inspector": (("i",), ""),
    "found": (("a", "ctrl+f", *"PONG", "enter"), ""),
    "copy": (("2", "y"), "#dialog"),
    "columns": (("c",), "#columns"),
    "saved": (("s", "ctrl+r"), ".picker"),
    "whole": (("2", "enter"), "MessageBody"),
    "help": (("question_mark",), "#help"),
    "palette": (("colon", *"the"), ".picker"),
    "palette, empty": (("colon",), ".picker"),
    "close": (("1", "ctrl+d"), "#dialog"),
    "quit": (("q", "left"), "#dialog"),
}
SHADES = set(" ▁▂▃▄▅▆▇█▌▐")
"""Characters that are graphics, not text."""


def app_of(folder: Path, ascii_only: bool = False) -> Console:
    """The app on a conversation that shows every colour, with its log."""
    log = LogWriter(folder / "tuiserver.log")
    log.put(list(TALK))
    log.close()
    return Console(ScriptedLink(*TALK), Settings(ascii=ascii_only), LogTail(folder / "tuiserver.log"))


async def show(pilot: Pilot[None], scene: str) -> str:
    """Go to a scene, from any other; returns the selector of what is in front."""
    app = pilot.app
    while len(app.screen_stack) > 1:
        app.pop_screen()
    await pilot.press("escape", "escape", "U")
    keys, front = SCENES[scene]
    await pilot.press(*keys)
    if front:
        await until(pilot, lambda: (there := app.screen.query(front)) and all(each.region for each in there), scene)
    return front


def faint_texts(app: Console, front: str, colours: int = TRUE_COLOUR) -> list[str]:
    """Each text in front with a contrast below 4.5 : 1 on a terminal with so many colours, with its ratio."""
    regions = [widget.region for widget in app.screen.query(front)] if front else [Region(0, 0, *app.size)]
    assert regions, f"{front} is not on the screen"
    assert all(regions), f"{front} is not on the screen"
    found: list[str] = []
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        for region in regions:
            if not region.y <= y < region.bottom:
                continue
            for text, style, _ in strip.crop(max(0, region.x), region.right):
                if set(text) <= SHADES or style is None or style.color is None or style.bgcolor is None:
                    continue
                ratio = contrast(*(shown(_hex(colour), colours) for colour in (style.color, style.bgcolor)))
                if ratio < 4.5 or style.dim:
                    found.append(f"{text.strip()!r} {ratio:.2f}{' dim' if style.dim else ''}")
    return found


def applied(app: Console) -> str:
    """The background of the footer: that of the theme once it has been applied."""
    ground = app.screen_stack[0].query_one("#footer").rich_style.bgcolor
    return _hex(ground) if ground else ""


def _hex(colour: Color) -> str:
    return colour.get_truecolor().hex


@pytest.mark.slow
@pytest.mark.parametrize(("colours", "term"), [(TRUE_COLOUR, ""), (256, "screen-256color"), (16, "screen")])
async def test_every_text_that_is_drawn_is_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, colours: int, term: str
) -> None:
    """Its contrast is at least 4.5 : 1 in every theme and scene, measured on the screen."""
    if term:
        monkeypatch.setenv("TERM", term)
        monkeypatch.delenv("COLORTERM")
    app = app_of(tmp_path)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: app.roster.closed == 1)
        for scene in SCENES:
            front = await show(pilot, scene)
            for theme in OURS:
                app.theme = theme
                await until(pilot, lambda: applied(app) == app.current_theme.background, theme)
                for _ in range(50):
                    await pilot.pause(0.02)
                    if not (faint := faint_texts(app, front, colours)):
                        break
                assert faint == [], f"{scene} in {theme}"


@pytest.mark.parametrize(("ascii_only", "edge"), [(False, "┌─"), (True, "+--")])
async def test_without_colours_what_is_chosen_is_in_reverse(tmp_path: Path, ascii_only: bool, edge: str) -> None:
    """The selected row, the answer with the focus and the entry of the palette are; a bar is underlined; a dialog has an
    edge. A row that is not selected is neither."""
    app = Console(ScriptedLink(*TALK), Settings(ascii=ascii_only, color="never"), LogTail(tmp_path / "none"))

    def styles(word: str) -> Style:
        segments = (segment for strip in app.screen._compositor.render_strips() for segment in strip)
        return next(segment.style or Style() for segment in segments if word in segment.text)

    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.roster.closed == 1)
        await pilot.press("1", "g")
        await pilot.pause()
        assert styles("51235").reverse
        assert not styles("51234").reverse
        assert styles("CONNECTIONS").underline
        await pilot.press("ctrl+d")
        await shows(pilot, "Cancel")
        assert edge in screen_text(app)
        assert styles("Cancel").reverse
        await pilot.press("escape", "colon", *"theme", "down")
        await until(pilot, lambda: "tuiserver-light" in screen_text(app) and styles("contrast").reverse)
        assert edge in screen_text(app)


@pytest.mark.slow
async def test_ascii_is_ascii(tmp_path: Path) -> None:
    """With `--ascii` no other character is drawn: not by us, not by the toolkit, not from a client or the log."""
    app = app_of(tmp_path, ascii_only=True)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: app.roster.closed == 1)
        app.notify("one\nmore", markup=False)
        for scene in SCENES:
            await show(pilot, scene)
            text = screen_text(app)
            assert text.isascii(), f"{scene}: {sorted({c for c in text if not c.isascii()})}\n{text}"
        await show(pilot, "text")  # all messages: a scene before left it so
        assert "21.5 \\u{b0}C \\u{6f22} \\x1b[2J\\n" in screen_text(app)


@pytest.mark.slow
@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+q"])
async def test_quitting_works_everywhere(tmp_path: Path, key: str) -> None:
    """In the help, the palette, a dialog, and with text selected in the send bar it asks; pressed again it quits."""
    app = app_of(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.roster.closed == 1)
        for scene in ("help", "palette", "close", "send"):
            await show(pilot, scene)
            if scene == "send":
                await pilot.press("shift+home")
            await pilot.press(key)
            assert isinstance(app.screen, QuitDialog), scene
        await pilot.press(key)
        assert app._exit


@pytest.mark.parametrize("ascii_only", [False, True])
async def test_no_text_of_an_event_is_drawn_raw(tmp_path: Path, ascii_only: bool) -> None:
    """Whatever peer, address, protocol, reason, sender and note contain, a line is text of the right width."""
    words = "\x1b[2J\ud800漢e\u0301\u202e\x9b\n[/nope]🏳"
    events = [
        Listening(BASE, f"tcp://{words}:9999"),
        Connected(BASE, 1, words, words, words, words),
        Connected(BASE, 2, words, words, words),
        Connected(BASE, 3, words, words, words),
        Identified(BASE, 2, words),
        Received(BASE, 1, words.encode("utf-8", "surrogatepass"), 3),
        Sent(BASE, 1, b"x", 1, words),
        Paused(BASE, 2, words),
        Noted(BASE, "error", words, 1),
        Noted(BASE, words, words),
        Closed(BASE, 3, words, 1, 1, 1, 1),
    ]
    app = Console(ScriptedLink(*events), Settings(ascii=ascii_only), LogTail(tmp_path / words.replace("\ud800", "")))
    async with app.run_test(size=(160, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.roster.closed == 1)
        for keys in (
            "",
            ("g", "ctrl+d"),
            ("escape", "asterisk", "ctrl+d"),
            ("escape", "a", "x"),
            ("U", "a", "2"),
            ("1", "j"),
        ):
            for key in keys:
                app.simulate_key(key)
            await pilot.pause(0.05)
            for line in screen_lines(app):
                assert not UNSAFE.search(line)
                assert cell_len(line) == columns(line) == 160
                assert line.isascii() or not ascii_only
    assert app.failure is None
