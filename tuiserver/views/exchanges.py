"""Requests and their answers: which answer belongs to which request, and which requests wait; a fold over events.

    exchanges = Exchanges()
    exchanges.apply(event)                # every event in order; those of other protocols than HTTP cost little
    exchanges.of(entry)                   # the exchange that a `Received` or `Sent` belongs to, or None
    exchanges.oldest(12)                  # the first exchange of connection 12 without an answer, or None

Rules of this file:
- Answers come in the order of the requests (RFC 9112 section 9.3.2). Where messages are missing nothing is paired until the
  order is certain again.
- Memory is bounded: of all exchanges the newest are kept, as numbers and a short text, never with a message.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from tuiserver.core.codes import ReceivedKind
from tuiserver.core.events import AnyEvent, Closed, Connected, Identified, Received, Sent, Skipped
from tuiserver.core.numbers import response_time, size

MAX_EXCHANGES = 10_000
"""Exchanges that are kept; one takes about 600 bytes."""
MAX_TARGET = 200
"""Characters of a request target that are kept."""
MAX_BEGINNING = 1024
"""Bytes that are kept of what came before the protocol was identified."""
PAIRED = frozenset({"http"})
"""The protocols whose messages are requests and answers of HTTP."""
_LENGTH = b"\r\nContent-Length: "
_LAST_CHUNK = b"0\r\n\r\n"
_BODILESS = frozenset({204, 304})


class Exchange:
    """A request of a connection, and its answer as far as it has come.

    `asked_at` and `answered_at` are Unix seconds, the latter of the first part of the answer. `status` is 0 until then; `size`
    counts the bytes of the answer. `in_parts`: more of it has to follow.
    """

    __slots__ = ("_line", "answered_at", "asked_at", "connection", "in_parts", "keys", "size", "status")

    def __init__(self, event: Received, beginning: bytes) -> None:
        self._line = beginning + event.data[: MAX_TARGET + 40] if beginning else event.data[: MAX_TARGET + 40]
        """It begins with the request line, which is parsed only where it is shown."""
        self.connection, self.asked_at = event.id, event.at
        self.answered_at = 0.0
        self.status = self.size = 0
        self.in_parts = False
        self.keys = [id(event)]
        """Where it is found: by the identity of its events, with their time and connection, so that they need not be kept."""

    @property
    def request(self) -> str:
        """`GET /metrics`; `request` where it does not begin with a request line."""
        words = self._line.partition(b"\r\n")[0].decode("latin-1").split(" ")
        return f"{words[0]} {words[1][:MAX_TARGET]}" if len(words) > 1 else "request"

    @property
    def is_head(self) -> bool:
        """Whether its answer has no body (RFC 9110 section 9.3.2)."""
        return self._line.startswith(b"HEAD ")

    @property
    def seconds(self) -> float:
        """From the request to the first part of its answer."""
        return max(0.0, self.answered_at - self.asked_at)

    def answer_text(self) -> str:
        """`200 1.2k 3 ms`; empty before there is an answer."""
        more = " so far" if self.in_parts else ""
        return f"{self.status} {size(self.size)} {response_time(self.seconds)}{more}" if self.status else ""


class _Connection:
    """What is known about one connection.

    `unanswered` are its requests without a complete answer; before them there are `dropped` ones that are not kept. `gap` and
    `answered_gap` are the number of gaps in all events when it was certain which request is answered next, and when an answer
    was last completed.
    """

    __slots__ = ("answered_gap", "beginning", "dropped", "gap", "paired", "unanswered")

    def __init__(self, protocol: str, gap: int) -> None:
        self.paired = protocol in PAIRED
        self.beginning = b""
        self.unanswered: deque[Exchange] = deque()
        self.dropped = 0
        self.gap, self.answered_gap = gap, -1


class Exchanges:
    """The exchanges of all connections."""

    def __init__(self) -> None:
        self._connections: dict[int, _Connection] = {}
        self._newest: deque[Exchange] = deque()
        self._found: dict[int, Exchange] = {}
        self._gaps = 0
        self._gap_at = 0.0
        self._handlers: dict[type, Callable[[Any], None]] = {
            Received: self._received,
            Sent: self._sent,
            Connected: self._connected,
            Identified: self._identified,
            Closed: self._closed,
            Skipped: self._skipped,
        }

    def apply(self, event: AnyEvent) -> None:
        """Take the next event."""
        if handler := self._handlers.get(type(event)):
            handler(event)

    def of(self, entry: Received | Sent) -> Exchange | None:
        """The exchange that a message belongs to, if both are known."""
        found = self._found.get(id(entry))
        if found is None or found.connection != entry.id:
            return None
        if isinstance(entry, Received):
            return found if found.asked_at == entry.at else None
        return found if found.answered_at == entry.at else None

    def oldest(self, connection: int) -> Exchange | None:
        """The request of a connection that is answered next, or whose answer is being sent in parts; None if it is unknown."""
        known = self._connections.get(connection)
        if known is None or not known.unanswered or known.dropped or known.gap != self._gaps:
            return None
        return known.unanswered[0]

    def certain(self, connection: int) -> bool:
        """Whether all requests of a connection are known that wait."""
        known = self._connections.get(connection)
        return known is not None and known.gap == self._gaps

    def count(self, connection: int) -> int:
        """How many requests of a connection wait, as far as it is known."""
        known = self._connections.get(connection)
        return len(known.unanswered) + known.dropped if known is not None and known.gap == self._gaps else 0

    def _connected(self, event: Connected) -> None:
        if event.id not in self._connections:
            # One that is older than the gap may have asked before it.
            gap = self._gaps if event.at >= self._gap_at else -1
            self._connections[event.id] = _Connection(event.protocol, gap)

    def _identified(self, event: Identified) -> None:
        if (connection := self._connections.get(event.id)) is not None:
            connection.paired = event.protocol in PAIRED
            if not connection.paired:
                connection.beginning = b""

    def _closed(self, event: Closed) -> None:
        self._connections.pop(event.id, None)

    def _skipped(self, event: Skipped) -> None:
        self._gaps += 1
        self._gap_at = event.at
        if event.lifecycle:  # Those that are still open follow.
            self._connections.clear()

    def _received(self, event: Received) -> None:
        connection = self._connections.get(event.id)
        if connection is None:
            return
        if event.kind:
            if event.kind == ReceivedKind.UNIDENTIFIED:
                connection.beginning = (connection.beginning + event.data)[:MAX_BEGINNING]
            return
        if not connection.paired:
            return
        if connection.gap != self._gaps:
            connection.unanswered.clear()
            connection.dropped = 0
            if connection.answered_gap != self._gaps:
                return
            connection.gap = self._gaps  # It was answered, and asks again.
        exchange = Exchange(event, connection.beginning)
        connection.beginning = b""
        connection.unanswered.append(exchange)
        self._found[id(event)] = exchange
        self._newest.append(exchange)
        if len(self._newest) > MAX_EXCHANGES:
            self._drop()

    def _sent(self, event: Sent) -> None:
        connection = self._connections.get(event.id)
        if connection is None or not connection.paired:
            return
        data = event.data
        digits = data[9:12] if data.startswith(b"HTTP/1.") else b""
        status = int(digits) if digits.isdigit() else 0
        if 0 < status < 200:
            return
        if connection.gap != self._gaps or connection.dropped:
            if status:
                connection.answered_gap = self._gaps
                connection.dropped -= connection.dropped > 0
            return
        if not connection.unanswered:
            return
        exchange = connection.unanswered[0]
        if exchange.in_parts:
            exchange.in_parts = not data.endswith(_LAST_CHUNK)
        elif status:
            exchange.status, exchange.answered_at = status, event.at
            exchange.in_parts = _has_parts(data, status) and not exchange.is_head
            exchange.keys.append(id(event))
            self._found[id(event)] = exchange
        else:
            return
        exchange.size += event.size
        if not exchange.in_parts:
            connection.unanswered.popleft()
            connection.answered_gap = self._gaps

    def _drop(self) -> None:
        """Forget the oldest exchange. Where it still waits it is the first of its connection, and is counted from now on."""
        exchange = self._newest.popleft()
        for key in exchange.keys:
            if self._found.get(key) is exchange:
                del self._found[key]
        connection = self._connections.get(exchange.connection)
        if connection is not None and connection.unanswered and connection.unanswered[0] is exchange:
            connection.unanswered.popleft()
            connection.dropped += 1


def _has_parts(data: bytes, status: int) -> bool:
    """Whether the head of an answer says that more will be sent: it states no length where there is a body."""
    position = data.find(_LENGTH)
    if position >= 0 and b"\r\n\r\n" not in data[:position]:
        return False
    return status not in _BODILESS
