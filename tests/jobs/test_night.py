"""The job: six weather stations report through the night. In the morning: what failed and when, who is silent, how much came?

Ten hours of events in fast motion, on a scripted link whose time is that of the morning. Station 3 fell silent, station 5 was
reset, and the program failed on what station 4 sent.

| step | keys |
|---|---|
| who needs attention, and since when | `!` `!` |
| when did what fail: the last error in the log, and the connection that it is about | `3` `E` `enter` |
| which connections were reset, in the log | `3` `/` *reset* `enter` |
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.jobs import SIZES, watching
from tests.support.scripted import BASE, ScriptedLink, closed, connected, listening, received, reset, sent
from tuiserver.core.codes import CloseCode, NoteCode
from tuiserver.core.events import AnyEvent, Noted
from tuiserver.outputs.log import LogWriter

MINUTE, HOUR = 60.0, 3600.0
RESET_AT, FAILED_AT, MORNING = (BASE + hours * HOUR for hours in (5, 7, 10))


def night() -> list[AnyEvent]:
    """A report of each station every two minutes, and what went wrong."""
    events: list[AnyEvent] = [listening(), *(connected(station) for station in range(1, 7))]
    at = BASE
    while (at := at + MINUTE / 2) < MORNING:
        silent = {3: at > BASE + 2 * HOUR, 4: at > FAILED_AT, 5: at > RESET_AT}
        for station in range(1, 7):
            if not silent.get(station) and (at % (2 * MINUTE) == BASE % (2 * MINUTE) or at > MORNING - MINUTE):
                events += received(b"T=11.5\n", station, at), sent(b"OK\n", station, at, by="weather.py")
        if at == RESET_AT:
            events.append(reset(5, at))
        if at == FAILED_AT:
            events.append(Noted(at, "error", "on_message failed: ValueError: T=", 4, code=NoteCode.CALLBACK_ERROR))
            events.append(closed(4, "callback failed", at, CloseCode.CALLBACK_FAILED))
    return events


def clock(at: float) -> str:
    """The time of day, as in the log."""
    return time.strftime("%H:%M:%S", time.localtime(at))


@pytest.mark.parametrize("size", SIZES)
async def test_the_morning_after(size: tuple[int, int], tmp_path: Path) -> None:
    """Each fault stands there with its time and its connection, and the totals of the night are exact."""
    events = night()
    log = LogWriter(tmp_path / "tuiserver.log")
    log.put(events)
    log.close()
    link = ScriptedLink(*events)
    link.now = MORNING
    async with watching(link, size, tmp_path / "tuiserver.log") as operator:
        await operator.sees("4 clients +1 silent", "up +10h" if size[0] >= 120 else "")
        await operator.sees(r"x +5 .* reset .* reset by peer", r"x +4 .* callback failed")
        await operator.press("exclamation_mark")
        await operator.sees(r"  3 .* silent +10h +8h")
        await operator.press("exclamation_mark")
        await operator.sees(r"▸ +3 .* silent +10h +8h00m", r"  6 .* open +10h +30s .* 2100 +900 ")
        await operator.press("3", "E")
        await operator.sees(rf"{clock(FAILED_AT)} error #4 on_message failed: ValueError: T=")
        await operator.press("enter")
        await operator.sees(r"▸ x +4 ")

        await operator.press("3", "slash")
        await operator.type("reset")
        await operator.press("enter")
        await operator.sees(rf"{clock(RESET_AT)} warn +#5 .* reset by peer after 5h")
        assert (operator.keys, operator.typed) == (8, len("reset"))
