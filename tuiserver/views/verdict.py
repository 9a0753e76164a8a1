"""Diagnose a connection: what it does, in a few words, why, and what to do about it.

    verdict = verdict_of(client, info, previous, now)   # `waiting for us`, `peer not reading`, `packet loss` …
    verdict.text, verdict.advice

Rules of this file:
- Pure. `info` is `Inspected.info`; what is missing there is never guessed.
- The verdict is the first that applies: they are ordered from what ends a connection to what slows it down.
- The advice is one sentence: the cause, then what to do. A closed connection is diagnosed by its close code.
"""

from __future__ import annotations

from typing import NamedTuple

from tuiserver.core.codes import CloseCode, PauseCode
from tuiserver.core.numbers import duration_words, milliseconds, size
from tuiserver.views.byte_path import SocketInfo
from tuiserver.views.roster import Client
from tuiserver.views.unanswered import waits_for_answer

IDLE_AFTER = 5.0
"""Seconds without a message after which a connection is idle."""
CLOSING_STATES = {"fin wait 1", "fin wait 2", "closing", "last ack"}
"""The TCP states after our end of the stream was sent."""


class Verdict(NamedTuple):
    """The diagnosis of a connection; `style` is its severity: `good`, `plain`, `warning` or `error`."""

    text: str
    style: str
    advice: str = ""


CLOSED: dict[str, tuple[str, str]] = {
    CloseCode.PEER_CLOSED: ("plain", "The peer finished first, and nothing was left to send to it."),
    CloseCode.NOT_ANSWERED: (
        "warning",
        "The peer finished sending and waited for an answer that did not come in time: answer sooner, or raise half_close.",
    ),
    CloseCode.PEER_RESET: (
        "error",
        "The peer sent RST: its program ended or closed with bytes unread, or something between us cut the connection.",
    ),
    CloseCode.TIMED_OUT: (
        "error",
        "The peer's system answered no probe: it is off, asleep or unreachable, so check the network path.",
    ),
    CloseCode.NETWORK_ERROR: ("error", "The system reported a network error: see the log."),
    CloseCode.IDLE_TIMEOUT: ("warning", "The peer sent nothing for idle_timeout: raise it if that is normal here."),
    CloseCode.HANDSHAKE_TIMEOUT: (
        "warning",
        "The peer connected and did not begin within handshake_timeout: a port scan, or a client of another protocol.",
    ),
    CloseCode.REQUEST_TIMEOUT: (
        "warning",
        "A request began and did not end within request_timeout: a slow client, or one that keeps connections busy.",
    ),
    CloseCode.PROTOCOL_ERROR: ("error", "The peer violated the protocol: see its last message."),
    CloseCode.ANSWERED: ("plain", "The last answer was sent, and the peer or the answer asked to close."),
    CloseCode.PROGRAM_CLOSED: ("plain", "The program closed it after what was buffered had been sent."),
    CloseCode.PROGRAM_RESET: ("warning", "The program aborted it: what was not sent is lost, and the peer got RST."),
    CloseCode.OPERATOR_CLOSED: ("plain", "The operator closed it after what was buffered had been sent."),
    CloseCode.OPERATOR_RESET: ("warning", "The operator reset it: what was not sent is lost, and the peer got RST."),
    CloseCode.CALLBACK_FAILED: ("error", "A callback of the program raised an exception: the log has the traceback."),
    CloseCode.SEND_OVERFLOW: (
        "error",
        "The program sent far more than the peer reads: wait for on_buffer_drain, or raise max_buffer.",
    ),
    CloseCode.SERVER_STOPPED: ("plain", "The server was stopped."),
    CloseCode.INTERNAL_ERROR: ("error", "A bug in tuiserver or in the protocol: the log has the traceback."),
}
"""Severity and advice by the code of a closed connection."""

SAYS_CLOSED = frozenset({CloseCode.PEER_CLOSED, CloseCode.OPERATOR_CLOSED})
"""The codes whose reasons begin with `closed`."""


def verdict_of(client: Client, info: SocketInfo, previous: SocketInfo, now: float) -> Verdict:
    """Diagnose a connection. `previous` is the info of some seconds ago, empty at first; `now` is Unix time in seconds."""
    return _over(client, info, now) or _lossy(info, previous) or _stuck(client, info) or _moving(client, info, now)


def _over(client: Client, info: SocketInfo, now: float) -> Verdict | None:
    """Closed, half-closed, closing, or paused deliberately."""
    if not client.open:
        style, advice = CLOSED.get(client.close_code, ("plain", "The program gave this reason."))
        if client.close_code in SAYS_CLOSED:
            return Verdict(client.reason, style, advice)
        return Verdict(f"closed: {client.reason}", style, advice)
    if client.ended_at is not None:
        left = duration_words(client.answer_time_at(now))
        if client.sent_at is not None and client.sent_at >= client.ended_at and not _number(info, "pending_requests"):
            advice = (
                "The peer has finished sending (FIN) and was answered: send more, or it closes when the time is up."
            )
            return Verdict(f"ended and answered: closes in {left}", "plain", advice)
        advice = "The peer has finished sending (FIN) and still reads: answer it before the time is up."
        return Verdict(f"ended: waiting for our answer for {left} more", "warning", advice)
    if str(info.get("state")) in CLOSING_STATES:
        return Verdict("closing", "plain", "We have sent everything and finished (FIN): the peer has not finished yet.")
    if client.pause_code in (PauseCode.OPERATOR, PauseCode.PROGRAM):
        advice = "We are not reading, so the peer will soon be unable to send: resume reading."
        return Verdict(f"paused by {client.paused}", "warning", advice)
    return None


def _lossy(info: SocketInfo, previous: SocketInfo) -> Verdict | None:
    """Segments are lost between the two systems. What a peer that does not read has no room for is dropped there."""
    if _has_closed_window(info) and _number(info, "send_queue"):
        return None
    retransmits = _number(info, "retransmits") - _number(previous, "retransmits") if previous else 0
    if retransmits <= 0 and not _number(info, "lost"):
        return None
    count = f": {retransmits:.0f} retransmits" if retransmits > 0 else ""
    advice = "Segments are lost and retransmitted, which delays the data: check layers 3 to 1."
    return Verdict(f"packet loss{count}", "error", advice)


def _has_closed_window(info: SocketInfo) -> bool:
    return "send_window" in info and _number(info, "send_window") < max(1.0, _number(info, "send_mss"))


def _stuck(client: Client, info: SocketInfo) -> Verdict | None:
    """Data is stuck: the peer does not read, or we do not."""
    queued = _number(info, "unsent") or client.queued
    sending = _number(info, "send_queue")
    closed_window = _has_closed_window(info)
    if queued or (sending and closed_window and _number(info, "bytes_not_sent")):
        amount = size(queued + sending)
        why = "Its window is closed" if closed_window else "It reads more slowly than we send"
        advice = f"{why}, and {amount} wait for its program to read: wait, or close it if it never does."
        return Verdict("peer not reading", "error", advice)
    unread, pending = _number(info, "receive_queue"), _number(info, "pending_requests")
    if pending:
        noun = "request has" if pending == 1 else "requests have"
        advice = f"{pending:.0f} {noun} no answer yet: send one, or find out why the program does not."
        return Verdict("waiting for us", "warning", advice)
    if unread:
        why = f"reading is paused ({info['held']})" if info.get("held") else "the server is busy"
        return Verdict("waiting for us", "warning", f"{size(unread)} were received and not read, because {why}.")
    return None


def _moving(client: Client, info: SocketInfo, now: float) -> Verdict:
    sending = _number(info, "send_queue")
    if sending and _number(info, "unacknowledged"):
        trip = f" of {milliseconds(_number(info, 'rtt'))}" if _number(info, "rtt") else ""
        advice = f"{size(sending)} are on the way: that is normal within a round trip{trip}."
        return Verdict("in flight: not acknowledged yet", "plain", advice)
    if not (client.messages_in or client.messages_out):
        return Verdict("idle", "plain", "Neither side has sent anything yet: send something, or wait for the peer.")
    if waits_for_answer(client, now):
        advice = (
            f"The peer spoke last, {duration_words(now - client.received_at)} ago: answer it if it expects an answer."
        )
        return Verdict("waiting for us", "warning", advice)
    silence = now - max(client.received_at, client.sent_at or 0.0)
    if silence >= IDLE_AFTER:
        advice = f"No data for {duration_words(silence)}, and nothing is waiting on either side."
        return Verdict("idle", "plain", advice)
    return Verdict("flowing", "good", "Data is flowing, and nothing is waiting on either side.")


def _number(info: SocketInfo, name: str, default: float = 0.0) -> float:
    value = info.get(name, default)
    return default if isinstance(value, str) else float(value)
