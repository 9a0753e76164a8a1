"""Faults that the server once had or could have, each as a small change of the engine, and the seed that finds it.

Rules of this file:
- A fault is put back by replacing public methods of the engine; the rest of it stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tuiserver.core.codes import CloseCode
from tuiserver.core.limits import OVERRUN
from tuiserver.engine.closing import Closer
from tuiserver.engine.connection import Connection
from tuiserver.engine.feed import Feed
from tuiserver.engine.guards import Buffers, Deadlines, Idle
from tuiserver.engine.half_close import CLOSED_BY_PEER, HalfClose
from tuiserver.engine.loop import Handler, Loop
from tuiserver.engine.owner import Owner
from tuiserver.engine.pollers import SelectorPoller
from tuiserver.engine.reading import PEER_FINISHED, Reading
from tuiserver.engine.server import Server
from tuiserver.engine.servicing import Servicer
from tuiserver.links.inbox import Inbox

Patch = pytest.MonkeyPatch


def nothing(*arguments: object, **options: object) -> None:
    """What replaces a method that the fault leaves out."""


def leave_out(owner: type, name: str) -> Callable[[Patch], None]:
    """The fault that a method does nothing."""
    return lambda patch: patch.setattr(owner, name, nothing)


def close_at_once(patch: Patch) -> None:
    """The end of the peer closes the connection, also where the peer is owed an answer."""

    owners: dict[HalfClose, Owner] = {}
    original = HalfClose.__init__

    def remember(self: HalfClose, owner: Owner) -> None:
        original(self, owner)
        owners[self] = owner

    def on_peer_finished(self: HalfClose, connection: Connection) -> None:
        connection.reading.holds |= PEER_FINISHED
        if connection.state:
            owners[self].closer.on_peer_finished(connection)
        else:
            connection.close(CLOSED_BY_PEER, CloseCode.PEER_CLOSED)

    patch.setattr(HalfClose, "__init__", remember)
    patch.setattr(HalfClose, "on_peer_finished", on_peer_finished)


def read_wall_time(patch: Patch) -> None:
    """The loop measures durations by the wall clock, which can jump."""
    patch.setattr(Loop, "monotonic", property(lambda self: self.clock.time(), nothing), raising=False)


def refuse_large_messages(patch: Patch) -> None:
    """One message larger than 16 times the buffer resets the connection."""
    original = Connection.send

    def send(self: Connection, message: object, by: str = "", token: int = 0) -> bool:
        if isinstance(message, bytes) and len(message) > self.output.max_buffer * OVERRUN:
            self.on_overflow(len(message))
            return False
        return original(self, message, by, token)

    patch.setattr(Connection, "send", send)


def linger_for_ever(patch: Patch) -> None:
    """A connection that is closing has no deadline."""
    original = Deadlines.set

    def set_deadline(self: Deadlines, connection: Any, seconds: float) -> None:
        if connection.is_open:
            original(self, connection, seconds)

    patch.setattr(Deadlines, "set", set_deadline)


def count_discarded_twice(patch: Patch) -> None:
    """Bytes that come while the connection is closing are shown twice."""
    original = Servicer.discard

    def discard(self: Servicer, connection: Connection, data: bytes) -> None:
        original(self, connection, data)
        original(self, connection, data)

    patch.setattr(Servicer, "discard", discard)


def deliver_after_the_end(patch: Patch) -> None:
    """What was received before a reset is delivered after it was told."""
    original = Server.on_connection_ended

    def on_connection_ended(self: Server, connection: Connection, unsent: int, error: OSError | None) -> None:
        original(self, connection, unsent, error)
        if connection.bytes_in:
            self.callbacks.call(connection, "message", b"late")

    patch.setattr(Server, "on_connection_ended", on_connection_ended)


def accept_without_limit(patch: Patch) -> None:
    """A stalled view keeps everything."""
    patch.setattr(Inbox, "capacity", lambda self: 1 << 30)
    original = Inbox.__init__

    def unlimited(self: Inbox, max_bytes: int, max_events: int = 1 << 40, **options: Any) -> None:
        original(self, 1 << 40, 1 << 40, **options)

    patch.setattr(Inbox, "__init__", unlimited)


def lose_skipped(patch: Patch) -> None:
    """Messages that no view had capacity for are not counted."""
    original = Feed.flush

    def flush(self: Feed) -> None:
        self.skipped_messages = self.skipped_bytes = 0
        original(self)

    patch.setattr(Feed, "flush", flush)


def go_deaf(patch: Patch) -> None:
    """A descriptor that a program closed itself still counts as watched when the system uses its number again."""
    watched: dict[tuple[Loop, int], Handler] = {}
    watch, unwatch = Loop.watch, Loop.unwatch

    def watch_once(self: Loop, fd: int, handler: Handler, mask: int) -> None:
        if (self, fd) not in watched:
            watched[self, fd] = handler
            watch(self, fd, handler, mask)

    def forget(self: Loop, fd: int, handler: Handler) -> None:
        if watched.get((self, fd)) is handler:
            del watched[self, fd]
        unwatch(self, fd, handler)

    patch.setattr(Loop, "watch", watch_once)
    patch.setattr(Loop, "unwatch", forget)


def serve_the_first(patch: Patch) -> None:
    """Of many ready descriptors, the first ones are served every time."""
    original = SelectorPoller.poll

    def poll(self: SelectorPoller, timeout: float | None, max_events: int, /) -> list[tuple[int, int]]:
        return original(self, timeout, 1 << 30)[:max_events]

    patch.setattr(SelectorPoller, "poll", poll)


def sleep_without_limit(patch: Patch) -> None:
    """The loop passes any number of seconds to the poller."""
    patch.setattr("tuiserver.engine.loop.MAX_SLEEP", float("inf"))


def keep_cancelled_timers(patch: Patch) -> None:
    """Cancelled timers use memory until they are due."""
    patch.setattr("tuiserver.engine.timers.MAX_CANCELLED", 1 << 40)


def release_at_the_limit(patch: Patch) -> None:
    """All connections are read again, and stopped again, with every few bytes around the limit of their buffers."""
    original = Buffers.remove
    limits: dict[Buffers, int] = {}
    create = Buffers.__init__

    def remember(self: Buffers, limit: int, hold: int) -> None:
        create(self, limit, hold)
        limits[self] = limit

    def remove(self: Buffers, connection: Any, size: int, left: int) -> None:
        if self.total > limits[self] >= self.total - size:  # that many bytes fewer than there are
            unsent = self.total - size
            self.total = size
            original(self, connection, size, left)
            self.total = unsent
        else:
            original(self, connection, size, left)

    patch.setattr(Buffers, "__init__", remember)
    patch.setattr(Buffers, "remove", remove)


def linger_from_the_beginning(patch: Patch) -> None:
    """What is read and discarded at most counts from the beginning of the connection."""
    original = Closer.on_discarded

    def on_discarded(self: Closer, connection: Any) -> None:
        connection.discard_until = self.linger_size
        original(self, connection)

    patch.setattr(Closer, "on_discarded", on_discarded)


@dataclass(frozen=True)
class Fault:
    """`seed`: the first one that finds it; `code`: that of the violation."""

    put_back: Callable[[Patch], None]
    seed: int
    code: str


FAULTS: dict[str, Fault] = {
    "unfinished and discarded bytes are not shown": Fault(leave_out(Servicer, "show_rest"), 0, "bytes_not_shown"),
    "discarded bytes are shown twice": Fault(count_discarded_twice, 3, "bytes_not_shown"),
    "a message is delivered after the end": Fault(deliver_after_the_end, 0, "callback_late"),
    "durations are measured by the wall clock": Fault(read_wall_time, 67, "totals_late"),
    "a half-close is a close": Fault(close_at_once, 20, "not_held"),
    "an answered peer that has ended is not closed": Fault(
        leave_out(HalfClose, "close_if_answered"), 149, "answer_ignored"
    ),
    "idle connections are not closed": Fault(leave_out(Idle, "expect"), 1, "idle_late"),
    "a closing connection has no deadline": Fault(linger_for_ever, 1, "closing_late"),
    "one large message resets the connection": Fault(refuse_large_messages, 7, "overflow_early"),
    "a stalled view is not bounded": Fault(accept_without_limit, 94, "view_memory"),
    "skipped messages are not counted": Fault(lose_skipped, 362, "watcher_count"),
    "a hang-up while reading is held is ignored": Fault(leave_out(Closer, "on_hang_up"), 24, "busy"),
    "a pause has no effect": Fault(leave_out(Reading, "apply"), 7, "busy"),
    "the poller serves the first ones only": Fault(serve_the_first, 1260, "unfair"),
    "a sleep may have any length": Fault(sleep_without_limit, 32, "server_failed"),
    "cancelled timers are kept": Fault(keep_cancelled_timers, 33, "timers_kept"),
    "the limit of all buffers has no hysteresis": Fault(release_at_the_limit, 444, "read_while_full"),
    "lingering counts from the beginning": Fault(linger_from_the_beginning, 401, "linger_early"),
    "a client whose descriptor was used before is not read": Fault(go_deaf, 708, "not_read"),
}
