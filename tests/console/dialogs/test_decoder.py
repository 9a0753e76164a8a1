"""The decoder of a connection, chosen while it runs, and its fields on the screen."""

from __future__ import annotations

from pathlib import Path

from tests.support.console import console
from tests.support.scripted import connected, received, until

RIGHT = b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n"
WRONG = RIGHT.replace(b"*47", b"*11")


def screen(app: object) -> str:
    """The text of the screen."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())  # type: ignore[attr-defined]


async def test_fields_of_messages(tmp_path: Path) -> None:
    """D lists the decoders; the line of a message then has its fields, and enter shows them beside their bytes. One that does
    not exist changes nothing."""
    async with console(connected(), received(WRONG), received(RIGHT), size=(120, 30)) as (app, _, pilot):
        assert "$GPGGA,123519" in screen(app)
        await pilot.press("2", "D")
        await until(pilot, lambda: "Decode messages of #12 as" in screen(app))
        await pilot.press(*"nmea", "enter")
        await until(pilot, lambda: "< " in screen(app) and " GGA time=123519 lat=48.1173 " in screen(app))
        assert "checksum wrong: GGA " in screen(app)
        await pilot.press("enter")
        await until(pilot, lambda: "MESSAGE of #12" in screen(app))
        assert "fields · text · hex  1 of 17" in screen(app)
        await pilot.press("down", "down", "down")
        rows = screen(app).splitlines()
        assert rows[4].startswith(" ▸ lat            48.1173  degrees")
        assert "offset 14 (0x0e), 8 bytes  48.1173  degrees" in rows[-2]
        await pilot.press("end")
        assert "checksum       71  ok" in screen(app)
        await pilot.press("x")
        assert r"*47\r\n" in screen(app)
        await pilot.press("escape", "D", *"no-such", "enter")
        await until(pilot, lambda: 'unknown decoder "no-such"' in screen(app))
        await pilot.press("D", *"none", "enter")
        await until(pilot, lambda: "  fields  " not in screen(app))


async def test_the_setting_chooses_for_all() -> None:
    """`--decode json`; x goes from fields to text, and a search finds what the summary says."""
    message = received(b'{"id":7,"text":"a"}')
    async with console(connected(), message, size=(100, 24), decode="json") as (app, _, pilot):
        await pilot.press("2")
        assert " JSON id=7 text=a" in screen(app)
        await pilot.press("x")
        assert '{"id":7,"text":"a"}' in screen(app).split("MESSAGES")[1]
