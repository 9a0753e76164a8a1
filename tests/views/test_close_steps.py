"""How a connection ended, step by step."""

from __future__ import annotations

from tests.support.scripted import BASE, received, reset, sent
from tests.views.test_inspection import client_of
from tuiserver.core.codes import CloseCode
from tuiserver.core.events import AnyEvent, Closed, Ended
from tuiserver.views.close_steps import TCP_STATES, close_steps


def steps(*events: AnyEvent, after: dict[str, float | str] | None = None) -> list[tuple[float | None, str]]:
    """The steps, their times relative to the connect."""
    return [
        (None if step.at is None else step.at - BASE, step.text)
        for step in close_steps(client_of(*events), after or {})
    ]


def test_the_peer_closes() -> None:
    """Its end of the stream, ours, and the end; what was said last is told too."""
    events = (
        received(b"PING", at=BASE + 2),
        sent(b"PONG", at=BASE + 3),
        Closed(BASE + 9, 12, "peer closed", 4, 4, 1, 1, code=CloseCode.PEER_CLOSED, closing_at=BASE + 8.5),
    )
    assert steps(*events) == [
        (0, "connected"),
        (2, "last bytes received"),
        (3, "last message sent"),
        (8.5, "peer finished sending (FIN)"),
        (8.5, "we finished sending too (FIN)"),
        (9, "closed: peer closed"),
    ]


def test_the_peer_is_answered_after_its_end() -> None:
    """A half-close: the answer stands between both ends of the stream."""
    events = (
        received(b"x", at=BASE + 1),
        Ended(BASE + 3, 12, 5.5),
        sent(b"y", at=BASE + 4),
        Closed(BASE + 9, 12, "answered", 1, 1, 1, 1, 7, CloseCode.ANSWERED, 0, BASE + 8),
    )
    assert [text for _, text in steps(*events)] == [
        "connected",
        "last bytes received",
        "peer finished sending (FIN)",
        "last message sent",
        "we finished sending too (FIN)",
        "closed: answered, 7 B never sent",
    ]


def test_we_close_or_somebody_resets() -> None:
    """Without an end of the peer's stream ours is the first; a reset is one step."""
    ours = Closed(BASE + 9, 12, "closed by operator", 0, 0, 0, 0, code=CloseCode.OPERATOR_CLOSED, closing_at=BASE + 8)
    assert [text for _, text in steps(ours)] == [
        "connected",
        "we began to close: remaining data, then FIN",
        "closed: closed by operator",
    ]
    assert steps(reset(12, at=BASE + 1))[-1] == (1, "reset (RST): reset by peer")


def test_what_the_system_still_knows() -> None:
    """Both ends, in the words of TCP and in plain ones; an open connection has no steps."""
    after = {"state": "time wait", "seconds": 43.2, "peer_state": "closed"}
    assert steps(reset(12), after=after)[-2:] == [
        (None, "our end TIME_WAIT: waiting out late segments, 43 s more"),
        (None, "peer's end CLOSED: the system has no record of it"),
    ]
    assert steps(reset(12), after={"state": "new state"})[-1] == (None, "our end new state")
    assert steps() == []


def test_every_state_after_the_handshake_is_explained() -> None:
    """Those that an end can have after a close (RFC 9293)."""
    assert {text.partition(":")[0] for text in TCP_STATES.values()} >= {
        *("FIN_WAIT1", "FIN_WAIT2", "CLOSING", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSED"),
    }
