"""What a client of a toy protocol got, read as a client reads it."""

from __future__ import annotations

from collections.abc import Sequence

from tests.simulation.http_answers import Require
from tests.simulation.toy_protocols import FAREWELL, PING, WELCOME, frame


def check_output(out: bytes, sent: Sequence[bytes], require: Require, name: str) -> None:
    """Check the plain bytes that a client got: the welcome, each of the messages in order, pings, then a farewell.

    What was sent last may be missing or cut off.
    """
    if not out:
        return
    require(WELCOME.startswith(out[: len(WELCOME)]), "answer_framing", f"{name}: {out[:60]!r}")
    out = out[len(WELCOME) :]
    left = list(sent)
    while out:
        wire = frame(left[0]) if left else b""
        if out.startswith(PING):
            out = out[len(PING) :]
        elif wire and out[0] == wire[0]:
            require(out[: len(wire)] == wire[: len(out)], "sent_differs", f"{name}: {out[:60]!r}")
            out = out[len(wire) :]
            del left[0]
        elif FAREWELL.startswith(out) or PING.startswith(out):
            return
        else:
            require(False, "sent_unknown", f"{name}: {out[:60]!r}")
            return
