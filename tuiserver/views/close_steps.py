"""How a connection ended: what happened, in order, with times, and what the system still knows about both ends.

    for step in close_steps(client, after):
        step.at, step.text                   # 12:03:20.130, `peer finished sending (FIN)`

Rules of this file:
- Pure. `after` is the `Inspected.info` of a sample after the close; empty if the system does not tell.
- Texts may contain the reason of a program: the caller escapes them.
"""

from __future__ import annotations

from typing import NamedTuple

from tuiserver.core.codes import RESETS, CloseCode
from tuiserver.core.numbers import duration_words
from tuiserver.views.byte_path import SocketInfo
from tuiserver.views.roster import Client

BY_PEER = (CloseCode.PEER_CLOSED, CloseCode.NOT_ANSWERED)
"""Close codes of connections that the peer finished first."""
TCP_STATES = {
    "established": "open, as if nothing had happened",
    "fin wait 1": "FIN_WAIT1: FIN sent, not acknowledged yet",
    "fin wait 2": "FIN_WAIT2: waiting for the other end's FIN",
    "closing": "CLOSING: both ends sent FIN at once",
    "close wait": "CLOSE_WAIT: FIN received, none sent yet",
    "last ack": "LAST_ACK: FIN sent, not acknowledged yet",
    "time wait": "TIME_WAIT: waiting out late segments",
    "closed": "CLOSED: the system has no record of it",
}
"""What a TCP state (RFC 9293) means for one end, in a few words."""


class Step(NamedTuple):
    """Something that happened at a time, in Unix seconds; None: what is so now."""

    at: float | None
    text: str


def close_steps(client: Client, after: SocketInfo) -> tuple[Step, ...]:
    """The steps from the connect to the end of both ends; none while it is open."""
    if client.closed_at is None:
        return ()
    steps = [Step(client.since, "connected")]
    if client.bytes_in:
        steps.append(Step(client.received_at, "last bytes received"))
    if client.sent_at is not None:
        steps.append(Step(client.sent_at, "last message sent"))
    peer_finished = client.ended_at
    if peer_finished is None and client.close_code in BY_PEER:
        peer_finished = client.closing_at or client.closed_at
    if peer_finished is not None:
        steps.append(Step(peer_finished, "peer finished sending (FIN)"))
    if client.closing_at is not None:
        text = (
            "we finished sending too (FIN)"
            if peer_finished is not None
            else "we began to close: remaining data, then FIN"
        )
        steps.append(Step(client.closing_at, text))
    verb = "reset (RST)" if client.close_code in RESETS else "closed"
    lost = f", {client.unsent:,} B never sent" if client.unsent else ""
    steps.append(Step(client.closed_at, f"{verb}: {client.reason}{lost}"))
    return (*sorted(steps, key=lambda step: step.at or 0.0), *_ends(after))


def _ends(after: SocketInfo) -> list[Step]:
    """What the system says about both ends now."""
    steps: list[Step] = []
    for end, name in (("our end", "state"), ("peer's end", "peer_state")):
        if state := str(after.get(name, "")):
            left = after.get("seconds") if name == "state" else None
            more = f", {duration_words(float(left))} more" if left else ""
            steps.append(Step(None, f"{end} {TCP_STATES.get(state, state)}{more}"))
    return steps
