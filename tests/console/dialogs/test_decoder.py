"""The decoder of a connection, chosen while it runs, and its fields on the screen."""

from __future__ import annotations

import pytest

from tests.support.console import console
from tests.support.scripted import connected, received, until

RIGHT = b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n"
WRONG = RIGHT.replace(b"*47", b"*11")


def screen(app: object) -> str:
    """The text of the screen."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())  # type: ignore[attr-defined]


@pytest.mark.slow
async def test_fields_of_messages() -> None:
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


@pytest.mark.slow
async def test_fields_are_searched_filtered_and_columns() -> None:
    """A search finds `name:value`, a filter compares; c in front of the fields adds a column, by which can be sorted."""
    messages = [received(b'{"pos":{"temp":%d}}' % temp, number) for number, temp in ((1, 19), (2, 25), (2, 23))]
    events = (connected(1), connected(2), *messages)
    async with console(*events, size=(120, 30), decode="json", columns=("peer", "field:temp", "last")) as (
        app,
        _,
        pilot,
    ):
        assert "TEMP" in screen(app)
        assert [row.split()[-2] for row in screen(app).splitlines() if "127.0.0.1:" in row][:2] == ["23", "19"]
        await pilot.press("o", "end", "enter")
        await until(pilot, lambda: "sort field:temp" in screen(app))
        await pilot.press("O")
        await until(pilot, lambda: screen(app).index("127.0.0.1") < screen(app).index(" 19 "))
        await pilot.press("2", "a", "ctrl+f", *"temp:23", "enter")
        await until(pilot, lambda: "1 of 1" in screen(app) or "1 found" in screen(app))
        await pilot.press("slash", *"temp>22", "enter")
        await until(pilot, lambda: "2 of 3 shown" in screen(app))
        await pilot.press("enter", "end", "c")
        await until(pilot, lambda: "MESSAGE of" not in screen(app))
        await pilot.press("1", "c")
        await until(pilot, lambda: "field:pos.temp" in screen(app))
