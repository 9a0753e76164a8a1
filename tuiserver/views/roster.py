"""The connections of a server, with counters and the latest message: a fold over its events.

Rules of this file:
- `Roster.apply` takes any event in any order and never raises; events about an unknown connection are ignored.
- `Traffic` and `Closed` carry totals, which replace ours. `Received` and `Sent` add to them in between. `Closed` is final.
- The screen shares the interpreter with the server, so `apply` is cheap: what only a visible row needs is a property.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from tuiserver.core.codes import RESETS, PauseCode
from tuiserver.core.events import (
    AnyEvent,
    Closed,
    Connected,
    Ended,
    Identified,
    Listening,
    Noted,
    Paused,
    Received,
    Refused,
    Resumed,
    Sent,
    Skipped,
    Traffic,
    Unopened,
    tag_of,
)
from tuiserver.views.rates import Rates

SILENT_AFTER = 60.0
"""Seconds after which a peer that says nothing is silent."""
SLOW = 64 * 1024
"""Unsent bytes above which a peer is `slow`: the system's own buffer is full, and these are buffered on top."""
MAX_CLOSED = 1000
"""Closed connections that are kept; if there are more, the one that closed first is removed."""
CLIP = 256
"""Bytes kept of the latest message: more than a row can show, and 2.5 MB for 10,000 rows."""
RATE_INTERVAL = 1.0
"""Seconds that the rates of a connection are computed over, at least."""
STALE = 2.5
"""Seconds without a `Traffic` about it after which the rates of a connection are zero."""
MAX_NOTES = 100
"""Maximum number of notes that are kept; notes about a connection are not among them."""


class Client:
    """One connection, as far as its events tell. Times are Unix seconds, sizes bytes.

    `last` is the beginning of the latest message, or a text: what went wrong with this connection. `last_sent` is True
    when that message was sent. `name` is given by the operator. `paused` and `reason` are texts for people, empty if
    they do not apply; `pause_code` (`PauseCode`) and `close_code` (`CloseCode`) are for decisions. `pending` is the number
    of requests that waited for an answer when totals last came. `version` grows with every change.

    `received_at` is when the peer last said something, or connected; `sent_at` when we last sent to it, None for never.
    `ended_at` is when it finished sending while it was owed an answer, which it can get until `answer_by`; `closing_at`
    when closing began; `failed_at` when a warning or an error was last noted about it. They are None where there was no
    such moment.
    """

    __slots__ = (
        "address",
        "answer_by",
        "bytes_in",
        "bytes_out",
        "close_code",
        "closed_at",
        "closing_at",
        "ended_at",
        "failed_at",
        "finding",
        "framed",
        "id",
        "last",
        "last_sent",
        "local",
        "looks_like",
        "messages_in",
        "messages_out",
        "name",
        "pause_code",
        "paused",
        "peer",
        "pending",
        "protocol",
        "queued",
        "rated",
        "rates",
        "reason",
        "received_at",
        "sent_at",
        "since",
        "unsent",
        "version",
    )

    def __init__(self, event: Connected) -> None:
        self.id = event.id
        self.peer = event.peer
        self.local = event.local
        self.address = event.address
        self.protocol, self.framed = event.protocol, event.framed
        self.looks_like = self.finding = ""
        self.since = self.received_at = event.at
        self.sent_at: float | None = None
        self.bytes_in = self.bytes_out = self.messages_in = self.messages_out = 0
        self.queued = self.unsent = self.pending = 0
        self.paused = self.pause_code = ""
        self.reason = self.close_code = ""
        self.closed_at: float | None = None
        self.closing_at: float | None = None
        self.ended_at: float | None = None
        self.answer_by = 0.0
        self.failed_at: float | None = None
        self.last: bytes | str = b""
        self.last_sent = False
        self.name = ""
        self.rates = (0.0, 0.0)
        self.rated = (event.at, 0, 0)
        self.version = 0

    @property
    def open(self) -> bool:
        """True until it is closed."""
        return self.closed_at is None

    @property
    def slow(self) -> bool:
        """True while the peer does not take what we send."""
        return self.closed_at is None and (self.queued > SLOW or self.pause_code == PauseCode.BUFFER_FULL)

    def rates_at(self, now: float) -> tuple[float, float]:
        """Bytes per second in and out at present; `now` is Unix time in seconds."""
        return self.rates if self.closed_at is None and now - self.rated[0] < STALE else (0.0, 0.0)

    def silent_at(self, now: float) -> bool:
        """True if it is open and the peer has said nothing yet, or nothing for a minute; `now` is Unix time in seconds."""
        return self.closed_at is None and (not self.bytes_in or now - self.received_at >= SILENT_AFTER)

    @property
    def ended(self) -> bool:
        """True while the peer, which has finished sending, can still be answered."""
        return self.closed_at is None and self.ended_at is not None

    def answer_time_at(self, now: float) -> float:
        """Seconds that are left to answer a peer that has finished sending."""
        return max(0.0, self.answer_by - now) if self.ended else 0.0

    @property
    def state(self) -> str:
        """One of `open`, `ended`, `slow`, `paused`, `closed` and `reset`."""
        if self.closed_at is not None:
            return "reset" if self.close_code in RESETS else "closed"
        if self.ended_at is not None:
            return "ended"
        if self.slow:
            return "slow"
        return "paused" if self.paused else "open"

    @property
    def trouble(self) -> bool:
        """True if it needs attention: the peer is slow, or a warning or an error was noted about it."""
        return self.failed_at is not None or self.slow


class Roster:
    """Everything that events tell about the connections of a server.

    `clients`: id → `Client`, in order of arrival, closed ones included. `open` and `closed` count them; `peak` is the
    maximum that were open at once, `accepted` the number of all connections ever. `bytes_*` and `messages_*` count every
    connection, also those that are no longer kept; `skipped_*` what this view missed. `listening` and `unopened` are
    addresses. `named`: some connection has a name; `longest_peer` is the length of the longest address of a peer. `since`
    is when the first address opened. `version` grows with every change, `arrangement` when a row is added, removed or closed.
    """

    def __init__(self) -> None:
        self.clients: dict[int, Client] = {}
        self.listening: list[str] = []
        self.unopened: list[str] = []
        self.since: float | None = None
        self.open = self.closed = self.peak = self.accepted = 0
        self.bytes_in = self.bytes_out = self.messages_in = self.messages_out = 0
        self.skipped_messages = self.skipped_bytes = 0
        self.notes: deque[Noted] = deque(maxlen=MAX_NOTES)
        self.named = False
        self.longest_peer = 0
        self.rates = Rates()
        self.version = self.arrangement = 0
        self._gone: deque[int] = deque()
        self._unconfirmed: dict[int, Client] = {}
        """The connections that were open before lifecycle events were skipped."""
        self._resynchronized_at = 0.0
        self._handlers: dict[type, Callable[[Any], None]] = {
            Listening: self._listening,
            Unopened: self._unopened,
            Connected: self._connected,
            Identified: self._identified,
            Traffic: self._traffic,
            Paused: self._paused,
            Resumed: self._resumed,
            Ended: self._ended,
            Closed: self._closed,
            Noted: self._noted,
            Refused: self._refused,
            Skipped: self._skipped,
        }

    def apply(self, event: AnyEvent) -> None:
        """Apply one event. Messages are by far the most frequent events, so they are handled first and inline."""
        kind = type(event)
        if kind is Received:
            client = self.clients.get(event.id)  # type: ignore[union-attr]
            if client is None or client.closed_at is not None:
                return
            size = event.size  # type: ignore[union-attr]
            client.bytes_in += size
            self.bytes_in += size
            if not event.kind:  # type: ignore[union-attr]
                client.messages_in += 1
                self.messages_in += 1
            client.last_sent = False
            client.received_at = event.at
        elif kind is Sent:
            client = self.clients.get(event.id)  # type: ignore[union-attr]
            if client is None or client.closed_at is not None:
                return
            size = event.size  # type: ignore[union-attr]
            client.bytes_out += size
            client.messages_out += 1
            self.bytes_out += size
            self.messages_out += 1
            client.last_sent = True
            client.sent_at = event.at
        else:
            self.version += 1
            if handler := self._handlers.get(kind):
                handler(event)
            return
        client.last = event.data[:CLIP]  # type: ignore[union-attr]
        self.version = client.version = self.version + 1

    def tick(self, now: float) -> None:
        """Compute `rates`; to be called once a second. `now` is in seconds, of any one clock."""
        self.rates.tick(now, self.bytes_in, self.bytes_out, self.accepted)

    def name(self, number: int, name: str) -> None:
        """Name a connection; an empty name removes its name."""
        if client := self.clients.get(number):
            self.version += 1
            client.version = self.version
            client.name = name
            self.named = any(each.name for each in self.clients.values())

    def clear_closed(self) -> None:
        """Forget the closed connections."""
        while self._gone:
            self._forget()

    def _open_client(self, number: int) -> Client | None:
        """The open connection of that id, marked as changed."""
        client = self.clients.get(number)
        if client is None or client.closed_at is not None:
            return None
        client.version = self.version
        return client

    def _listening(self, event: Listening) -> None:
        if event.address not in self.listening:
            self.listening.append(event.address)
        if self.since is None:
            self.since = event.at

    def _unopened(self, event: Unopened) -> None:
        if event.address not in self.unopened:
            self.unopened.append(event.address)

    def _connected(self, event: Connected) -> None:
        if event.id in self.clients:
            return
        client = self._unconfirmed.pop(event.id, None) or Client(event)
        client.paused = client.pause_code = ""
        client.version = self.version
        self.clients[event.id] = client
        self.accepted += event.at > self._resynchronized_at  # the earlier ones are counted
        self.open += 1
        self.peak = max(self.peak, self.open)
        self.longest_peer = max(self.longest_peer, len(event.peer))
        self.arrangement += 1

    def _identified(self, event: Identified) -> None:
        if client := self._open_client(event.id):
            client.protocol, client.framed = event.protocol, event.framed
            client.looks_like, client.finding = event.looks_like, event.text

    def _traffic(self, event: Traffic) -> None:
        for number, bytes_in, bytes_out, messages_in, messages_out, queued, pending in event.totals:
            if client := self._open_client(number):
                if client.messages_in != messages_in or client.bytes_in < bytes_in:
                    client.received_at = event.at
                if client.messages_out != messages_out:
                    client.sent_at = event.at
                self._count(client, bytes_in, bytes_out, messages_in, messages_out)
                client.queued, client.pending = queued, pending
                at, before_in, before_out = client.rated
                if (passed := event.at - at) >= RATE_INTERVAL or passed < 0:
                    # After a longer silence the bytes have come just now.
                    seconds = passed if RATE_INTERVAL <= passed < STALE else RATE_INTERVAL
                    client.rates = (max(0, bytes_in - before_in) / seconds, max(0, bytes_out - before_out) / seconds)
                    client.rated = (event.at, bytes_in, bytes_out)

    def _count(self, client: Client, bytes_in: int, bytes_out: int, messages_in: int, messages_out: int) -> None:
        """Set the totals of a connection, and add the difference to the totals of all."""
        self.bytes_in += bytes_in - client.bytes_in
        self.bytes_out += bytes_out - client.bytes_out
        self.messages_in += messages_in - client.messages_in
        self.messages_out += messages_out - client.messages_out
        client.bytes_in = bytes_in
        client.bytes_out = bytes_out
        client.messages_in = messages_in
        client.messages_out = messages_out

    def _paused(self, event: Paused) -> None:
        if client := self._open_client(event.id):
            client.paused = event.why or "paused"
            client.pause_code = event.code

    def _resumed(self, event: Resumed) -> None:
        if client := self._open_client(event.id):
            client.paused = client.pause_code = ""

    def _ended(self, event: Ended) -> None:
        if client := self._open_client(event.id):
            client.ended_at = event.at
            client.answer_by = event.at + event.seconds

    def _closed(self, event: Closed) -> None:
        client = self._open_client(event.id)
        if client is None:
            return
        self._count(client, event.bytes_in, event.bytes_out, event.messages_in, event.messages_out)
        client.queued = client.pending = 0
        client.unsent = event.unsent
        client.reason, client.close_code = event.reason, event.code
        client.closed_at = event.at
        client.closing_at = event.closing_at or None
        self.open -= 1
        self.closed += 1
        self.arrangement += 1
        self._gone.append(event.id)
        if self.closed > MAX_CLOSED:
            self._forget()

    def _forget(self) -> None:
        """Drop the connection that closed first."""
        del self.clients[self._gone.popleft()]
        self.closed -= 1
        self.version += 1
        self.arrangement += 1

    def _noted(self, event: Noted) -> None:
        if not event.id:
            self.notes.append(event)
        elif event.level != "info" and (client := self._open_client(event.id)):
            client.failed_at = event.at
            client.last = event.text[:CLIP]
            client.last_sent = False

    def _refused(self, event: Refused) -> None:
        if client := self._open_client(event.id):
            client.failed_at = event.at
            client.last = event.text[:CLIP]
            client.last_sent = False

    def _skipped(self, event: Skipped) -> None:
        self.skipped_messages += event.messages
        self.skipped_bytes += event.bytes
        if event.lifecycle:
            self._resynchronize(event)

    def _resynchronize(self, event: Skipped) -> None:
        """The present state follows. Open connections that are not part of it have ended, unknown when and why."""
        self._unconfirmed = {number: client for number, client in self.clients.items() if client.closed_at is None}
        for number in self._unconfirmed:
            del self.clients[number]
        self.open = 0
        self.accepted += event.lifecycle.get(tag_of(Connected), 0)
        self._resynchronized_at = event.at
        self.listening.clear()
        self.unopened.clear()
        self.arrangement += 1
