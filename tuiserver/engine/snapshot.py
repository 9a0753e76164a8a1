"""The present state of a server as ordinary events with their original times, for a sink that joins late.

Rules of this file:
- A sink that applies a snapshot and the events after it knows the same as one that was there from the beginning: ages,
  states, pauses and totals. Closed connections and past messages are not part of the state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from tuiserver.core.events import AnyEvent, Connected, Ended, Listening, Traffic, Unopened
from tuiserver.engine.connection import Connection
from tuiserver.engine.listener import Listener


def snapshot_of(
    listeners: Iterable[Listener],
    unopened: Iterable[Unopened],
    connections: Iterable[Connection],
    ended: Mapping[int, Ended],
    offset: float,
) -> list[AnyEvent]:
    """The state as events. `ended`: the events of connections whose peer has finished sending, by id.

    Times are those of the present wall clock: after it was stepped, an event has another time than it had at first, so that
    ages are right. `offset`: Unix time minus the monotonic time of the loop, in seconds.
    """
    events: list[AnyEvent] = [Listening(each.opened_at, str(each.address)) for each in listeners]
    events += unopened
    for connection in connections:
        events += _events_of(connection, offset)
        if event := ended.get(connection.id):
            events.append(replace(event, at=event.at + offset))
    return events


def _events_of(connection: Connection, offset: float) -> Iterator[AnyEvent]:
    c = connection
    identified = c.identified is not None
    protocol = "" if identified else c.protocol
    framed = c.framed
    yield Connected(c.connected_at + offset, c.id, c.peer, c.local, c.address, protocol, framed and not identified)
    if c.identified is not None:
        yield replace(c.identified, at=c.identified.at + offset)
    yield from _traffic_of(connection, offset)
    if c.last_warning is not None:
        yield replace(c.last_warning, at=c.last_warning.at + offset)
    if c.reading.paused:
        yield c.reading.event(c.reading.paused_at + offset)


def _traffic_of(connection: Connection, offset: float) -> Iterator[Traffic]:
    """The totals; in two steps where something was sent, so that a view knows when the peer spoke last, and when we did."""
    c, totals = connection, connection.totals()
    if c.sent_at:
        earlier = {"bytes_out": 0, "messages_out": 0}
        if c.sent_at < c.received_at:
            earlier = {"bytes_in": 0, "messages_in": 0}
        yield Traffic(min(c.received_at, c.sent_at) + offset, (totals._replace(**earlier),))
    yield Traffic(max(c.received_at, c.sent_at) + offset, (totals,))
