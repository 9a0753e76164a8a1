"""The requests that wait for an answer, as the send bar shows them: of which client, since when, how many more.

    requests = UnansweredRequests(roster, transcript, exchanges)
    requests.of(12)                          # the first one of connection 12 that waits, or None
    requests.parsed(found)                   # the request itself, for the preview of its answer; None if it is not known

Rules of this file:
- Pure. What the server counts is believed where messages are missing: then that one waits is all that is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tuiserver.core.events import Received
from tuiserver.views.exchanges import PAIRED, Exchange, Exchanges
from tuiserver.views.roster import Roster
from tuiserver.views.transcript import Transcript

if TYPE_CHECKING:
    from tuiserver.protocols.http.messages import Request


class UnansweredRequest(NamedTuple):
    """The request of `connection` that is answered next. `number` counts the requests of the connection from 1, 0 if it is not
    certain which one it is; `pending` is how many wait, itself included; `since` is when it came, in Unix seconds."""

    connection: int
    number: int
    pending: int
    since: float
    exchange: Exchange | None

    @property
    def text(self) -> str:
        """`GET /hook`."""
        return self.exchange.request if self.exchange else "a request"

    @property
    def in_parts(self) -> bool:
        """Whether its answer has begun, and more of it has to follow."""
        return self.exchange is not None and self.exchange.in_parts


class UnansweredRequests:
    """The requests of all connections that wait."""

    def __init__(self, roster: Roster, transcript: Transcript, exchanges: Exchanges) -> None:
        self._roster, self._transcript, self._exchanges = roster, transcript, exchanges
        self._parsed: tuple[Exchange | None, Request | None] = (None, None)

    def of(self, connection: int) -> UnansweredRequest | None:
        """The first request of a connection that waits; None if none does."""
        client = self._roster.clients.get(connection)
        if client is None or not client.open or client.protocol not in PAIRED:
            return None
        if self._exchanges.certain(connection):
            if not (count := self._exchanges.count(connection)):
                return None
            exchange = self._exchanges.oldest(connection)
            number = client.messages_in - count + 1 if exchange else 0
            since = exchange.asked_at if exchange else client.received_at
            return UnansweredRequest(connection, number, count, since, exchange)
        if not client.pending:
            return None
        return UnansweredRequest(connection, 0, client.pending, client.received_at, None)

    def parsed(self, found: UnansweredRequest) -> Request | None:
        """The request as the server has read it; None if it is not known as a whole."""
        if found.exchange is None:
            return None
        if self._parsed[0] is not found.exchange:
            self._parsed = found.exchange, self._parse(found)
        return self._parsed[1]

    def _parse(self, found: UnansweredRequest) -> Request | None:
        from tuiserver.core.limits import Limits
        from tuiserver.protocols.http.cache import HttpCache
        from tuiserver.protocols.http.parser import RequestParser

        received = self._transcript.view(found.connection, "in")
        index, left = received.end, found.pending
        while left and index > received.first:
            index -= 1
            entry = received.get(index)
            left -= isinstance(entry, Received) and not entry.kind
        if left:
            return None
        entry = received.get(index)
        if not isinstance(entry, Received) or self._exchanges.of(entry) is not found.exchange:
            return None
        head, separator, body = entry.data.partition(b"\r\n\r\n")
        for rest in (body, b"0\r\n\r\n"):  # The body of a chunked request is shown without its chunks.
            if requests := RequestParser(HttpCache(), Limits()).feed(head + separator + rest):
                return requests[0]
        return None
