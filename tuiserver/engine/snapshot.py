"""The present state of a server as ordinary events with their original times, for a sink that joins late.

Rules of this file:
- A sink that applies a snapshot and the events after it knows the same as one that was there from the beginning: ages,
  states, pauses and totals. Closed connections and past messages are not part of the state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tuiserver.core.events import AnyEvent, Connected, Identified, Listening, Traffic, Unopened
from tuiserver.engine.connection import Connection
from tuiserver.engine.listener import Listener


def snapshot_of(
    listeners: Iterable[Listener], unopened: Iterable[Unopened], connections: Iterable[Connection], offset: float
) -> list[AnyEvent]:
    """The state as events. `offset`: Unix time minus the monotonic time of the loop, in seconds."""
    events: list[AnyEvent] = [Listening(each.opened_at, str(each.address)) for each in listeners]
    events += unopened
    for connection in connections:
        events += _events_of(connection, offset)
    return events


def _events_of(connection: Connection, offset: float) -> Iterator[AnyEvent]:
    c = connection
    protocol = "" if c.identified_at else c.protocol
    framed = c.wire_protocol.framed
    yield Connected(c.connected_at, c.id, c.peer, c.local, c.address, protocol, framed and not c.identified_at)
    if c.identified_at:
        yield Identified(c.identified_at, c.id, c.protocol, framed)
    yield Traffic(c.active + offset, (c.totals(),))
    if c.last_warning is not None:
        yield c.last_warning
    if c.reading.paused:
        yield c.reading.event(c.reading.paused_at)
