"""The auditor of endings: what must be true of a connection when its `Closed` comes.

Rules of this file:
- Everything that was read is shown and everything that was sent went out, as far as the way in which it ended allows.
"""

from __future__ import annotations

from typing import Protocol

from tests.simulation.account import Account
from tests.simulation.generator import Scenario
from tests.simulation.http_answers import CONTINUE, Require, check_answers
from tests.simulation.network import Network
from tests.simulation.observed import Observed
from tests.simulation.serving import LINGER_SIZE
from tests.simulation.toy_answers import check_output
from tests.simulation.toy_protocols import GREETING_TIMEOUT, NO_GREETING, TOYS
from tuiserver.core.codes import CloseCode
from tuiserver.core.events import Closed, Wants
from tuiserver.engine.closing import LINGER_TIMEOUT, OPERATOR_LINGER_TIMEOUT

PROGRAM = "program"
"""What views show as the sender of what the program sends."""

EARLY_TOLERANCE = 0.3
"""Seconds by which a timeout may seem early: the length of a turn with slow callbacks."""
CHUNK_FRAMING = 30
"""Bytes of size lines and line endings in one unfinished chunked body of a scenario, at most."""

ENDED_BY_PEER = {
    CloseCode.PEER_CLOSED,
    CloseCode.NOT_ANSWERED,
    CloseCode.PEER_RESET,
    CloseCode.TIMED_OUT,
    CloseCode.NETWORK_ERROR,
}
"""The server was reading until the end."""

FLUSHED = {
    CloseCode.PROGRAM_CLOSED,
    CloseCode.OPERATOR_CLOSED,
    CloseCode.ANSWERED,
    CloseCode.PEER_CLOSED,
    CloseCode.NOT_ANSWERED,
}
"""The server sends what is buffered before it ends a connection."""


class Records(Protocol):
    """What the auditor of a run has recorded."""

    wants: Wants
    observed: dict[int, Observed]
    messages: dict[int, list[bytes]]
    taken: dict[int, int]
    """How many messages `send` has taken from the program, by connection."""
    failed: set[int]
    """Connections of which `send` has failed."""
    require: Require
    stopping: bool
    """The server was told to stop, which ends connections sooner."""


class EndAuditor:
    """Checks each connection once, when it has ended."""

    def __init__(self, scenario: Scenario, network: Network, auditor: Records) -> None:
        self._scenario, self._network, self._auditor = scenario, network, auditor
        self._require = auditor.require

    def check(self, account: Account, event: Closed) -> None:
        """Its `Closed` has come."""
        number = account.id
        self._require(event.bytes_in == account.bytes_in, "bytes_in", f"{event}: {account.bytes_in} bytes were read")
        self._require(event.bytes_out == account.bytes_out, "bytes_out", f"{event}: {account.bytes_out}")
        self._require(
            account.client.socket.closed, "closed_before_socket", f"#{number} is reported closed, its socket is open"
        )
        messages = self._auditor.messages.get(number, [])
        self._require(event.messages_in == len(messages), "messages_in", f"{event}: the program got {len(messages)}")
        if account.plan.protocol != "raw" and account.protocol != "raw":
            self._check_requests(account, messages)
        else:
            self._check_raw(account, messages)
        if self._auditor.wants == "traffic":
            right = account.protocol in TOYS or account.messages_shown(messages) == account.received
            self._require(right, "messages_differ", f"#{number}: program and views differ")
            self._check_every_byte(account, messages)
            count = len(account.sent)
            self._require(event.messages_out == count, "messages_out", f"{event}: {count} were shown")
            taken = self._auditor.taken.get(number, 0)
            shown = sum(sent.by == PROGRAM for sent in account.sent)
            self._require(shown == taken, "send_lies", f"{event}: send() took {taken} messages, {shown} were shown")
            if account.protocol == "http":
                self._check_answers(account)
            elif account.protocol in TOYS:
                sent = [each.data for each in account.sent]
                check_output(account.accepted, sent, self._require, f"#{number}")
            else:
                self._check_sent(account, event)
        self._check_delivery(account, event)
        self._check_reason(account, event)

    def _check_raw(self, account: Account, messages: list[bytes]) -> None:
        shown = b"".join(account.early[: len(messages)] + messages[len(account.early) :])
        self._require(shown == b"".join(messages), "shown_differs", f"#{account.id}: delivered is not what was read")
        shown += b"".join(account.early[len(messages) :])
        self._require(account.read.startswith(shown), "shown_differs", f"#{account.id}: shown is not what was read")
        least, most = self._must_be_shown(account)
        if self._auditor.wants != "traffic" and not account.address_names_protocol:
            return  # what was shown before the protocol was known is not seen here
        if account.early and len(messages) <= len(account.early):
            return  # it ended while the program got them: what was read behind them is shown only
        if account.protocol == "raw" or (account.closed is not None and account.closed.code == CloseCode.PEER_CLOSED):
            inside = least <= len(shown) <= most
            self._require(inside, "not_shown", f"#{account.id}: {len(shown)} of {least} to {most} bytes were shown")

    def _check_every_byte(self, account: Account, messages: list[bytes]) -> None:
        """Every byte that was read is shown, once and in order; of chunked bodies only the content need be."""
        if account.protocol in TOYS:
            right = account.shown_plain == account.read
            self._require(right, "bytes_not_shown", f"#{account.id}: {account.read[:80]!r}")
            return
        requests = account.plan.requests[: len(messages)] if account.protocol == "http" else []
        expected = b"".join(request.shown for request in requests)
        rest = account.read[sum(len(request.wire) for request in requests) :]
        right = account.shown == expected + rest
        if not right and b"Transfer-Encoding: chunked" in rest:
            rest_iterator = iter(rest)
            shown = account.shown[len(expected) :]
            right = account.shown.startswith(expected) and all(byte in rest_iterator for byte in shown)
            later = account.plan.requests[len(messages) :]
            framing = CHUNK_FRAMING + sum(len(request.wire) - len(request.shown) for request in later)
            right = right and len(shown) >= len(rest) - framing
        self._require(
            right, "bytes_not_shown", f"#{account.id}: {account.read[:80]!r}, {bytes(account.shown[:80])!r} is shown"
        )

    def _check_sent(self, account: Account, event: Closed) -> None:
        taken = b"".join(sent.data for sent in account.sent)
        self._require(taken.startswith(account.accepted), "sent_differs", f"#{account.id}: not what was sent went out")
        self._require(len(taken) == event.bytes_out + event.unsent, "unsent", f"{event}: {len(taken)} bytes were sent")

    def _must_be_shown(self, account: Account) -> tuple[int, int]:
        """How many of the bytes read must be shown at least, and at most: those read before the server began to close."""
        assert account.closed is not None
        seen = self._auditor.observed.get(account.id)
        if account.closed.code in ENDED_BY_PEER:
            return account.bytes_in, account.bytes_in
        if seen is None:
            return 0, account.bytes_in
        return seen.closing_between or (seen.read, account.bytes_in)

    def _check_requests(self, account: Account, messages: list[bytes]) -> None:
        expected = [request.shown for request in account.plan.requests]
        right = messages == expected[: len(messages)]
        self._require(right, "shown_differs", f"#{account.id}: not the requests that were sent are shown")
        least, _ = self._must_be_shown(account)
        for request in account.plan.requests[: len(messages)]:
            least -= len(request.wire)
        following = account.plan.requests[len(messages) :]
        last_closes = any(b"Connection: close" in shown for shown in messages)
        seen = self._auditor.observed.get(account.id)
        refused = seen is not None and seen.refused_after is not None and len(messages) >= seen.refused_after
        failed = account.id in self._auditor.failed or (account.protocol in TOYS and not account.bytes_out)
        if following and not failed and not last_closes and not refused:
            self._require(least < len(following[0].wire), "not_shown", f"#{account.id}: a whole request was not shown")

    def _check_answers(self, account: Account) -> None:
        """Everything on the wire was sent by somebody, except for what the protocol sends on its own."""
        out = account.accepted
        for sent in account.sent:
            while out.startswith(CONTINUE) and not sent.data.startswith(CONTINUE):
                out = out[len(CONTINUE) :]
            length = min(len(out), len(sent.data))
            self._require(out[:length] == sent.data[:length], "sent_differs", f"#{account.id}: {out[:60]!r}")
            out = out[length:]
        answers = account.accepted[account.sent_early :]
        check_answers(answers, account.plan.requests, len(account.received), self._require, f"#{account.id}")

    def _check_delivery(self, account: Account, event: Closed) -> None:
        """A peer that reads everything and misbehaves in no way gets every byte."""
        client = account.client
        if (
            client.socket.closed_by_program
            or client.socket.reset_sent
            or client.socket.down
            or client.rate >= 0
            or client.closed
        ):
            return
        self._require(not event.unsent or event.code not in FLUSHED, "not_flushed", f"{event}")
        self._require(client.received == client.socket.accepted_bytes, "not_delivered", f"{event}")

    def _check_reason(self, account: Account, event: Closed) -> None:
        """The code is true: no timeout is early, and a connection that was reset by us sent an RST."""
        name, sock = f"{event}", account.client.socket
        if event.code in (CloseCode.PROGRAM_RESET, CloseCode.OPERATOR_RESET, CloseCode.SEND_OVERFLOW):
            self._require(sock.reset_sent or sock.down or sock.closed_by_program, "no_reset", name)
        seen, owed = self._auditor.observed.get(account.id), account.owed and self._auditor.wants == "traffic"
        if event.code == CloseCode.PEER_CLOSED and account.ended is None:
            self._require(not owed or not self._scenario.half_close, "not_held", name)
        if event.code == CloseCode.NOT_ANSWERED:
            self._require(account.ended is not None, "not_held", name)
            self._require(owed or account.several_at_once or self._auditor.wants != "traffic", "was_answered", name)
        if seen is None:
            return
        self._check_lingering(account, event, seen)
        now = seen.closing_at or self._network.clock.monotonic()
        idle = self._scenario.idle_timeout or seen.idle_timeout
        for code, since, limit in (
            (CloseCode.IDLE_TIMEOUT, seen.spoke_at, idle),
            (CloseCode.HANDSHAKE_TIMEOUT, seen.connected_at, self._scenario.handshake_timeout),
            (NO_GREETING, seen.connected_at, GREETING_TIMEOUT),
            (CloseCode.NOT_ANSWERED, seen.half_closed_at, self._scenario.half_close),
        ):
            early = since + limit - now
            self._require(event.code != code or early <= EARLY_TOLERANCE, "closed_early", f"{early:g} s: {name}")

    def _check_lingering(self, account: Account, event: Closed, seen: Observed) -> None:
        """A peer that is still sending when we have closed has its time, and may send so much, before it is reset."""
        sock = account.client.socket
        gone = sock.finished or sock.down or sock.aborted or sock.closed_by_program
        if gone or self._auditor.stopping or event.unsent:
            return
        started = seen.closing_between[0] if seen.closing_between is not None else seen.read
        if account.bytes_in - started > LINGER_SIZE:
            return
        now = self._network.clock.monotonic()
        limit = OPERATOR_LINGER_TIMEOUT if event.code == CloseCode.OPERATOR_CLOSED else LINGER_TIMEOUT
        early = limit - (now - (now if seen.closing_at is None else seen.closing_at))
        self._require(early <= EARLY_TOLERANCE, "linger_early", f"{early:g} s: {event}")
