"""The job: a teacher shows how TCP connections end, on one screen: the table, and the inspector below it.

Three lessons. A pupil finishes sending first and still gets an answer (half-close): its end waits in TIME_WAIT. We finish
first: ours waits. A pupil resets: nothing is left. Each time the inspector lists what happened, in order and with times, and what
both ends are in now, as far as the system tells.

| step | keys |
|---|---|
| open the inspector | `i` |
| answer the pupil that has finished sending, and close | `s` *bye* `enter` `ctrl+d` `f` |
| go to the second pupil, close first | `escape` `1` `g` `ctrl+d` `f` `i` |
| go to the third, which resets | `1` `g` `i` |
"""

from __future__ import annotations

import socket
import struct
import sys
from pathlib import Path

import pytest

from tests.support.jobs import SIZES, operating
from tests.support.serving import read_exactly

TIME = r"\d\d:\d\d:\d\d\.\d\d\d"
TOLD = sys.platform == "linux"
"""Whether the system tells the state of a socket that is closed."""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.slow
async def test_the_closes_of_tcp(size: tuple[int, int], tmp_path: Path) -> None:
    """Who finished first, how long an answer is possible, and who is in TIME_WAIT stand on the screen."""
    async with operating(tmp_path, size) as operator:
        pupil = await operator.dial_in()
        await operator.receives(pupil, [b"hello\n"])
        await operator.press("i")
        pupil.shutdown(socket.SHUT_WR)
        await operator.sees(
            r"▸ ! +1 .* ended .* \d+s left +hello", "ended: waiting for our answer for", r"has finished sending \(FIN\)"
        )
        await operator.press("s")
        await operator.type("bye")
        await operator.press("enter")
        await operator.sees(r"ended and answered: closes in \d+ s")
        assert read_exactly(pupil, 4) == b"bye\n"
        await operator.press("ctrl+d", "f")
        await operator.waits(lambda: _at_end(pupil), "our FIN")
        pupil.close()
        await operator.sees(
            rf"{TIME} peer finished sending \(FIN\).*\n.*{TIME} last message sent.*\n.*{TIME} we finished sending too"
        )
        if TOLD:
            await operator.sees("now +our end CLOSED", "now +peer's end TIME_WAIT")

        pupil = await operator.dial_in()
        await operator.press("escape", "1", "g", "ctrl+d", "f", "i")
        await operator.waits(lambda: _at_end(pupil), "our FIN")
        pupil.close()
        await operator.sees(
            rf"{TIME} we began to close: remaining data, then FIN.*\n.*{TIME} closed: closed by operator"
        )
        if TOLD:
            await operator.sees(r"now +our end TIME_WAIT.* \d+ s more", "now +peer's end CLOSED")

        pupil = await operator.dial_in()
        pupil.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        pupil.close()
        await operator.press("1", "g", "i")
        await operator.sees(r"x +3 .* reset by peer", "The peer sent RST", rf"{TIME} reset \(RST\): reset by peer")
        assert (operator.keys, operator.typed) == (14, len("bye"))


def _at_end(sock: socket.socket) -> bool:
    """Whether the other end has finished sending."""
    sock.setblocking(False)
    try:
        return sock.recv(1) == b""
    except BlockingIOError:
        return False
