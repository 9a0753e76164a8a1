"""The job: a tracker on a bench. Its firmware dials in, sends one line in pieces, gives up without an answer and dials in again.

The developer wants to know what it sent and when, as whole lines; answers the attempt that is alive, with the line ending of
the device; and keeps a name for its address, which the next attempt has from the beginning.

| step | keys |
|---|---|
| read all attempts as lines | `a` `m` |
| go to the newest attempt and answer it | `g` `s` *ACK* `ctrl+n` `enter` |
| name it, and keep the name | `escape` `n` *tracker* `ctrl+s` |
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.jobs import SIZES, operating
from tests.support.serving import read_exactly

TIME = r"\d\d:\d\d:\d\d\.\d\d\d"


@pytest.mark.parametrize("size", SIZES)
async def test_a_tracker_is_answered_and_its_name_kept(size: tuple[int, int], tmp_path: Path) -> None:
    """Each attempt is one line with its time, the answer reaches the newest, and the next attempt has the name."""
    async with operating(tmp_path, size) as operator:
        for attempt in (1, 2):
            with await operator.dial_in() as device:
                await operator.receives(device, [b"$GP", b"RMC,1235", b"%d\r\n" % attempt])
        device = await operator.dial_in()
        await operator.receives(device, [b"$GP", b"RMC,1235", b"3\r\n"])
        await operator.sees(r"  3 127\.0\.0\.1:\d+ +open ", r"! +2 .* ended .* left  2\\r\\n", r"! +1 .* ended ")

        await operator.press("a", "m")
        await operator.sees(*(rf"{TIME}   #{attempt} < \$GPRMC,1235{attempt}\\r\\n" for attempt in (1, 2, 3)))

        await operator.press("g", "s")
        await operator.type("ACK")
        await operator.press("ctrl+n")
        await operator.sees(r"SEND to #3  text \+ \\r\\n > ACK .* 3 \+ 2 bytes")
        await operator.press("enter")
        await operator.sees(rf"{TIME}   #3 > ACK\\r\\n")
        assert read_exactly(device, 5) == b"ACK\r\n"

        await operator.press("escape", "n")
        await operator.type("tracker")
        await operator.press("ctrl+s")
        await operator.sees("tracker is kept for 127.0.0.1")
        device.close()
        await operator.dial_in()
        await operator.sees(r" 4 127\.0\.0\.1:\d+ tracker ")
        assert (operator.keys, operator.typed) == (9, len("ACKtracker"))
