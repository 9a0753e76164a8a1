"""Who is connected, their counters and their last words: a fold over the events of a server.

Rules of this file:
- `Roster.apply` takes any event in any order and never raises; what is about an unknown connection is left out.
- `Traffic` and `Closed` carry totals: they are set. `Received` and `Sent` add to them in between. `Closed` is final.
- The screen shares the interpreter with the server, so `apply` is cheap: what only a visible row needs is a property.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from tuiserver.core.events import (
    AnyEvent,
    Closed,
    Connected,
    Identified,
    Listening,
    Noted,
    Paused,
    Received,
    Resumed,
    Sent,
    Skipped,
    Traffic,
    Unopened,
)

SLOW = 64 * 1024
"""Unsent bytes past which a peer is `slow`: the system's own buffer is full, and this waits besides."""
KEPT = 1000
"""Closed connections that are kept; past it the one that closed first is forgotten."""
CLIP = 256
"""Bytes of the latest message that are kept: more than a row can show, and 10,000 rows of it are 2.5 MB."""
RATED = 1.0
"""Seconds over which the rates of a connection are taken at least."""
STALE = 2.5
"""Seconds without a word about it after which nothing moves on a connection."""
NOTES = 100
"""Notes about no one connection that are kept."""


class Client:
    """One connection as its events tell it. Times are Unix seconds, sizes bytes.

    `last` is the beginning of the latest message, or a text: what went wrong with this connection. `last_sent` is True
    when that message went out. `name` is what the operator calls it. `paused` and `reason` are words, empty while it is
    not so. `version` grows with every change.
    """

    __slots__ = (
        "active",
        "address",
        "bytes_in",
        "bytes_out",
        "closed_at",
        "failed",
        "id",
        "last",
        "last_sent",
        "local",
        "messages_in",
        "messages_out",
        "name",
        "paused",
        "peer",
        "protocol",
        "queued",
        "rated",
        "rates",
        "reason",
        "since",
        "unsent",
        "version",
    )

    def __init__(self, event: Connected) -> None:
        self.id = event.id
        self.peer = event.peer
        self.local = event.local
        self.address = event.address
        self.protocol = event.protocol
        self.since = self.active = event.at
        self.bytes_in = self.bytes_out = self.messages_in = self.messages_out = 0
        self.queued = self.unsent = 0
        self.paused = ""
        self.reason = ""
        self.closed_at: float | None = None
        self.failed = False
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
        return self.closed_at is None and (self.queued > SLOW or self.paused == "buffer full")

    def rates_at(self, now: float) -> tuple[float, float]:
        """Bytes per second in and out, as they were lately; `now` is Unix time in seconds."""
        return self.rates if self.closed_at is None and now - self.rated[0] < STALE else (0.0, 0.0)

    @property
    def state(self) -> str:
        """In one word: `open`, `slow`, `paused`, `closed` or `reset`."""
        if self.closed_at is not None:
            return "reset" if self.reason.startswith("reset") else "closed"
        if self.slow:
            return "slow"
        return "paused" if self.paused else "open"

    @property
    def trouble(self) -> bool:
        """True when it deserves a look: the peer is slow, or a warning or an error was noted about it."""
        return self.failed or self.slow


class Roster:
    """Everything the views know of connections.

    `clients`: id → `Client`, in order of arrival, closed ones included. `open` and `closed` count them; `peak` is the
    most that were open at once, `accepted` all there ever were. `bytes_*` and `messages_*` count every connection, the
    forgotten ones too; `skipped_*` what this view was not shown. `listening` and `unopened` are addresses. `named`: some
    connection was given a name. `since` is when the first address opened. `version` grows with every change,
    `arrangement` when a row came, went or closed.
    """

    def __init__(self) -> None:
        self.clients: dict[int, Client] = {}
        self.listening: list[str] = []
        self.unopened: list[str] = []
        self.since: float | None = None
        self.open = self.closed = self.peak = self.accepted = 0
        self.bytes_in = self.bytes_out = self.messages_in = self.messages_out = 0
        self.skipped_messages = self.skipped_bytes = 0
        self.notes: deque[Noted] = deque(maxlen=NOTES)
        self.named = False
        self.rates = Rates()
        self.version = self.arrangement = 0
        self._gone: deque[int] = deque()
        self._rest: dict[type, Callable[[Any], None]] = {
            Listening: self._listening,
            Unopened: self._unopened,
            Connected: self._connected,
            Identified: self._identified,
            Traffic: self._traffic,
            Paused: self._paused,
            Resumed: self._resumed,
            Closed: self._closed,
            Noted: self._noted,
            Skipped: self._skipped,
        }

    def apply(self, event: AnyEvent) -> None:
        """Take one event. Messages are the many, so they are told apart first and without a call."""
        kind = type(event)
        if kind is Received:
            client = self.clients.get(event.id)  # type: ignore[union-attr]
            if client is None or client.closed_at is not None:
                return
            size = event.size  # type: ignore[union-attr]
            client.bytes_in += size
            client.messages_in += 1
            self.bytes_in += size
            self.messages_in += 1
            client.last_sent = False
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
        else:
            self.version += 1
            if rest := self._rest.get(kind):
                rest(event)
            return
        client.last = event.data[:CLIP]  # type: ignore[union-attr]
        client.active = event.at
        self.version = client.version = self.version + 1

    def tick(self, now: float) -> None:
        """Compute `rates`; to be called once a second. `now` is in seconds, of any one clock."""
        self.rates.tick(now, self.bytes_in, self.bytes_out, self.accepted)

    def name(self, number: int, name: str) -> None:
        """Call a connection something; nothing takes the name away."""
        if client := self.clients.get(number):
            self.version += 1
            client.version = self.version
            client.name = name
            self.named = any(each.name for each in self.clients.values())

    def clear_closed(self) -> None:
        """Forget the closed connections."""
        while self._gone:
            self._forget()

    def _living(self, number: int) -> Client | None:
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
        client = self.clients[event.id] = Client(event)
        client.version = self.version
        self.accepted += 1
        self.open += 1
        self.peak = max(self.peak, self.open)
        self.arrangement += 1

    def _identified(self, event: Identified) -> None:
        if client := self._living(event.id):
            client.protocol = event.protocol

    def _traffic(self, event: Traffic) -> None:
        for number, bytes_in, bytes_out, messages_in, messages_out, queued in event.totals:
            if client := self._living(number):
                if client.messages_in != messages_in or client.messages_out != messages_out:
                    client.active = event.at
                self._count(client, bytes_in, bytes_out, messages_in, messages_out)
                client.queued = queued
                at, before_in, before_out = client.rated
                if (passed := event.at - at) >= RATED or passed < 0:
                    seconds = passed if RATED <= passed < STALE else RATED  # after a silence: it came just now
                    client.rates = (max(0, bytes_in - before_in) / seconds, max(0, bytes_out - before_out) / seconds)
                    client.rated = (event.at, bytes_in, bytes_out)

    def _count(self, client: Client, bytes_in: int, bytes_out: int, messages_in: int, messages_out: int) -> None:
        """Set the totals of a connection, and move those of all by the difference."""
        self.bytes_in += bytes_in - client.bytes_in
        self.bytes_out += bytes_out - client.bytes_out
        self.messages_in += messages_in - client.messages_in
        self.messages_out += messages_out - client.messages_out
        client.bytes_in = bytes_in
        client.bytes_out = bytes_out
        client.messages_in = messages_in
        client.messages_out = messages_out

    def _paused(self, event: Paused) -> None:
        if client := self._living(event.id):
            client.paused = event.why or "paused"

    def _resumed(self, event: Resumed) -> None:
        if client := self._living(event.id):
            client.paused = ""

    def _closed(self, event: Closed) -> None:
        client = self._living(event.id)
        if client is None:
            return
        self._count(client, event.bytes_in, event.bytes_out, event.messages_in, event.messages_out)
        client.queued = 0
        client.unsent = event.unsent
        client.reason = event.reason
        client.closed_at = event.at
        self.open -= 1
        self.closed += 1
        self.arrangement += 1
        self._gone.append(event.id)
        if self.closed > KEPT:
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
        elif event.level != "info" and (client := self._living(event.id)):
            client.failed = True
            client.last = event.text[:CLIP]
            client.last_sent = False

    def _skipped(self, event: Skipped) -> None:
        self.skipped_messages += event.messages
        self.skipped_bytes += event.bytes


class Rates:
    """How fast totals move: `bytes_in`, `bytes_out` and `accepts`, each per second over the last `WINDOW` ticks.

    `history_in`, `history_out` and `history_accepts` hold the rate of each single tick, oldest first: a sparkline.
    """

    WINDOW = 3
    """A number that is read wants to be steady; three seconds are."""
    HISTORY = 60

    def __init__(self) -> None:
        self.bytes_in = self.bytes_out = self.accepts = 0.0
        self.history_in: deque[float] = deque(maxlen=self.HISTORY)
        self.history_out: deque[float] = deque(maxlen=self.HISTORY)
        self.history_accepts: deque[float] = deque(maxlen=self.HISTORY)
        self._samples: deque[tuple[float, int, int, int]] = deque(maxlen=self.WINDOW + 1)

    def tick(self, now: float, bytes_in: int, bytes_out: int, accepted: int) -> None:
        """Take the totals of this second. The first is the base; a clock that steps back begins anew."""
        sample = (now, bytes_in, bytes_out, accepted)
        if self._samples:
            if now <= self._samples[-1][0]:
                if now < self._samples[-1][0]:
                    self._samples.clear()
                    self._samples.append(sample)
                return
            per_tick = _per_second(self._samples[-1], sample)
            self.history_in.append(per_tick[0])
            self.history_out.append(per_tick[1])
            self.history_accepts.append(per_tick[2])
        self._samples.append(sample)
        if len(self._samples) > 1:
            self.bytes_in, self.bytes_out, self.accepts = _per_second(self._samples[0], sample)


def _per_second(before: tuple[float, int, int, int], after: tuple[float, int, int, int]) -> tuple[float, float, float]:
    """The three rates between two samples; never negative, for totals that a `Traffic` corrected downwards."""
    seconds = after[0] - before[0]
    return (
        max(0.0, (after[1] - before[1]) / seconds),
        max(0.0, (after[2] - before[2]) / seconds),
        max(0.0, (after[3] - before[3]) / seconds),
    )
