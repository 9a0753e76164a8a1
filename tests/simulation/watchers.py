"""Watchers: real inboxes that stall, read, join late and leave, and what each of them must receive.

Rules of this file:
- Lifecycle is never missing; of messages, what is missing is counted by `Skipped`.
- What a watcher knows after a snapshot is what one that was there from the start knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.simulation.auditor import Auditor
from tuiserver.core.events import (
    AnyEvent,
    Closed,
    Connected,
    Ended,
    Identified,
    Paused,
    Read,
    Received,
    Resumed,
    Sent,
    Skipped,
    Totals,
    Traffic,
    Wants,
    Wrote,
    is_lifecycle,
    tag_of,
)
from tuiserver.links.inbox import Inbox

SLACK = 1_000
"""Bytes by which what is queued may exceed its limit: the lists, and the `Skipped` of a gap."""


def _count(events: Iterable[AnyEvent]) -> Counter[str]:
    return Counter(tag_of(event) for event in events if is_lifecycle(event))


def _weight(events: Iterable[AnyEvent]) -> int:
    """The memory that events take at least, in bytes."""
    size = 0
    for event in events:
        size += 100
        if isinstance(event, Received | Sent):
            size += event.size
        elif isinstance(event, Traffic):
            size += 200 * len(event.totals)
    return size


@dataclass
class Known:
    """What a watcher knows of one open connection."""

    since: float
    peer: str
    protocol: str
    paused: tuple[str, float] = ("", 0.0)
    """The code of the pause, and since when it holds."""
    totals: Totals | None = None
    ended: Ended | None = None


def _facts_of(known: Known) -> tuple[object, ...]:
    return known.peer, known.protocol, known.paused[0], known.ended is not None


def _times_of(known: Known) -> list[float]:
    """The times since when its states hold, and until when it can be answered."""
    times = [known.since, known.paused[1]] if known.paused[0] else [known.since]
    return [*times, known.ended.at, known.ended.at + known.ended.seconds] if known.ended is not None else times


def fold(events: list[AnyEvent]) -> dict[int, Known]:
    """The open connections according to the events."""
    known: dict[int, Known] = {}
    for event in events:
        if isinstance(event, Connected):
            known[event.id] = Known(event.at, event.peer, event.protocol)
        elif isinstance(event, Identified):
            known[event.id].protocol = event.protocol
        elif isinstance(event, Paused):
            if known[event.id].paused[0] != event.code:
                known[event.id].paused = (event.code, event.at)
        elif isinstance(event, Resumed):
            known[event.id].paused = ("", 0.0)
        elif isinstance(event, Ended):
            known[event.id].ended = event
        elif isinstance(event, Closed):
            del known[event.id]
        elif isinstance(event, Traffic):
            for totals in event.totals:
                known[totals.id].totals = totals
    return known


def is_message(event: AnyEvent) -> bool:
    """True for what may be skipped."""
    return isinstance(event, Received | Sent) and not is_lifecycle(event)


class Watcher:
    """A sink over a real inbox, and what was taken from it.

    It joins when its first events, the snapshot, arrive.
    """

    wire = False

    def __init__(self, auditor: Auditor, view_memory: int, max_events: int, wants: Wants = "traffic") -> None:
        self.wants: Wants = wants
        self.stalled = self.left = False
        self.events: list[AnyEvent] = []
        self._auditor = auditor
        self._inbox = Inbox(view_memory, max_events, wants=wants)
        self.capacity: Callable[[], int] = self._inbox.capacity
        self._snapshot: list[AnyEvent] | None = None
        self._joined_at = self._left_at = 0

    def put(self, events: list[AnyEvent]) -> None:
        """As `Sink.put`."""
        if self.left:
            self._auditor.fail("sink_after_removal", f"{events}"[:200])
        if self._snapshot is None:
            self._snapshot = list(events)
            self._joined_at = len(self._auditor.events)
            self._check_snapshot(events)
        elif not self.wire and any(isinstance(event, Read | Wrote) for event in events):
            self._auditor.fail("wire_not_wanted", "a sink got wire events that it does not want")
        self._inbox.put(events)

    def after_turn(self) -> None:
        """Take what there is, unless stalled."""
        if not self.stalled and not self.left:
            self.events += self._inbox.take()

    def leave(self) -> None:
        """It has been removed from the server: nothing more comes."""
        if not self.left:
            self.events += self._inbox.take()
            self.left = True
            self._left_at = len(self._auditor.events)

    def finish(self) -> None:
        """The run has ended: compare what was taken with what the auditor knows."""
        self.leave()
        if self._snapshot is None:
            return
        auditor = self._auditor
        everything = auditor.events[self._joined_at : self._left_at]
        expected = [event for event in (*self._snapshot, *everything) if is_lifecycle(event)]
        lifecycle = [event for event in self.events if is_lifecycle(event)]
        if lifecycle != expected:
            auditor.fail("watcher_lifecycle", f"{len(lifecycle)} events instead of {len(expected)}")
        self._check_messages(everything)

    def _check_messages(self, everything: list[AnyEvent]) -> None:
        """Messages were either taken or counted as skipped."""
        auditor = self._auditor
        shown = [event for event in self.events if is_message(event)]
        skipped = [event for event in self.events if isinstance(event, Skipped)]
        count = len(shown) + sum(event.messages for event in skipped)
        size = sum(event.size for event in shown) + sum(event.bytes for event in skipped)
        auditor.require(not skipped or self.wants == "traffic", "lossless_skipped", f"{len(skipped)} gaps")
        if auditor.wants == "traffic":
            there = [event for event in everything if is_message(event)]
            auditor.require(count == len(there), "watcher_count", f"{count} messages instead of {len(there)}")
            auditor.require(size == sum(event.size for event in there), "watcher_bytes", f"{size} bytes")
        elif not any(isinstance(event, Connected) for event in auditor.events[: self._joined_at]):
            self._check_totals(everything, count, size)

    def _check_totals(self, everything: list[AnyEvent], count: int, size: int) -> None:
        """Messages shown and skipped are those of the totals, for a watcher that was there for all of them."""
        auditor = self._auditor
        closed = [event for event in everything if isinstance(event, Closed)]
        by_operator = [event for event in everything if isinstance(event, Sent)]
        if len(closed) != len(auditor.accounts):
            return
        total = sum(event.messages_in + event.messages_out for event in closed) - len(by_operator)
        auditor.require(count >= total, "watcher_count", f"{count} messages, there are {total} at least")
        if all(account.protocol == "raw" for account in auditor.accounts.values()):
            total = sum(event.bytes_in + event.bytes_out + event.unsent for event in closed)
            total -= sum(event.size for event in by_operator)
            auditor.require(size == total, "watcher_bytes", f"{size} bytes instead of {total}")

    def _check_snapshot(self, events: list[AnyEvent]) -> None:
        """A watcher that joins knows what one knows that was there from the start."""
        mine, theirs = fold(events), fold(self._auditor.events)
        self._check_facts(mine, theirs)
        for number, known in mine.items():
            if known.totals is not None:
                account = self._auditor.accounts[number]
                counted = (known.totals.bytes_in, known.totals.bytes_out)
                moved = (account.bytes_in, account.bytes_out)
                self._auditor.require(counted == moved, "snapshot_totals", f"#{number}: {counted} of {moved}")

    def _check_facts(self, mine: dict[int, Known], theirs: dict[int, Known]) -> None:
        self._auditor.require(set(mine) == set(theirs), "snapshot_open", f"{set(mine)}, open are {set(theirs)}")
        for number, known in mine.items():
            other = theirs[number]
            facts, right = _facts_of(known), _facts_of(other)
            self._auditor.require(facts == right, "snapshot_facts", f"#{number}: {facts} instead of {right}")
            for at, original in zip(_times_of(known), _times_of(other), strict=True):
                same = self._auditor.is_same_time(at, original)
                self._auditor.require(same, "snapshot_times", f"#{number}: {at} instead of {original}")


class SnapshotWatcher(Watcher):
    """A watcher that may lose lifecycle events too; then it gets a snapshot, as a console does."""

    def __init__(self, auditor: Auditor, view_memory: int, max_events: int) -> None:
        super().__init__(auditor, view_memory, max_events)
        self._max_bytes, self._largest_batch = view_memory, 0
        self.request: Callable[[], None] = lambda: None
        self._inbox = Inbox(view_memory, max_events, request_snapshot=lambda: self.request())
        self.capacity = self._inbox.capacity
        self._put: Counter[str] = Counter()
        """How many lifecycle events of each kind were put."""
        self._lost_at_end = False
        """Whether something was lost after the last snapshot."""

    def put(self, events: list[AnyEvent]) -> None:
        """As `Sink.put`."""
        if (
            self._inbox.queued_bytes == 0
        ):  # what comes first may have any size, without its messages: the snapshot, or a crowd
            size = _weight(event for event in events if not is_message(event))
            self._largest_batch = max(self._largest_batch, size)
        self._put.update(_count(events))
        super().put(events)

    def resynchronize(self, at: float, snapshot: list[AnyEvent]) -> None:
        """As `ResynchronizedSink.resynchronize`."""
        if self.left:
            return
        self._check_snapshot(snapshot)
        self._put.update(_count(snapshot))
        self._largest_batch = max(self._largest_batch, _weight(snapshot))
        self._inbox.resynchronize(at, snapshot)

    def after_turn(self) -> None:
        """Take what there is, unless stalled: it is bounded, whatever was missed before."""
        if self.stalled or self.left:
            return
        taken = self._inbox.take()
        size, limit = _weight(taken), max(self._max_bytes, 2 * self._largest_batch) + SLACK
        self._auditor.require(size <= limit, "view_memory", f"{size} bytes were queued, at most {limit}")
        self.events += taken

    def leave(self) -> None:
        """As `Watcher.leave`; what was missed and has had no snapshot yet is reported too."""
        if not self.left:
            super().leave()
            self._inbox.end()
            while events := self._inbox.wait():
                self.events += events
                self._lost_at_end |= any(isinstance(event, Skipped) and event.lifecycle for event in events)

    def finish(self) -> None:
        """What was put was either taken or counted as missing; after the last gap, what it knows is true."""
        self.leave()
        if self._snapshot is None:
            return
        self._check_messages(self._auditor.events[self._joined_at : self._left_at])
        gaps = [index for index, event in enumerate(self.events) if isinstance(event, Skipped) and event.lifecycle]
        counted = [self.events[index].lifecycle for index in gaps]  # type: ignore[union-attr]
        there = _count(event for event in self.events if is_lifecycle(event))
        there.update({tag: sum(each.get(tag, 0) for each in counted) for tag in set().union(*counted)})
        self._auditor.require(there == self._put, "watcher_lifecycle", f"{there} instead of {self._put}")
        if not self._lost_at_end:
            mine = fold(self.events[gaps[-1] if gaps else 0 :])
            self._check_facts(mine, fold(self._auditor.events[: self._left_at]))


class LosslessWatcher(Watcher):
    """A watcher that must not miss anything: while it is full, clients wait."""

    def __init__(self, auditor: Auditor, view_memory: int, max_events: int) -> None:
        super().__init__(auditor, view_memory, max_events, "everything")
        self.full_since: float | None = None
        """Since when the server must not read for it, in monotonic seconds; None while it has capacity."""
        self.full_at = 0.0
        """When it was last seen to be full: it may be emptied before the turn ends."""

    def put(self, events: list[AnyEvent]) -> None:
        """As `Sink.put`."""
        super().put(events)
        self._note_full()

    def after_turn(self) -> None:
        """As `Watcher.after_turn`."""
        super().after_turn()
        self._note_full()

    def _note_full(self) -> None:
        if self.left or self.capacity() > 0:
            self.full_since = None
            return
        self.full_at = self._auditor.now
        self.full_since = self.full_at if self.full_since is None else self.full_since


class WireWatcher(Watcher):
    """A watcher that wants the bytes on the wire too. It is never full."""

    wire = True

    def __init__(self, auditor: Auditor) -> None:
        super().__init__(auditor, 1 << 30, 1 << 30)

    def finish(self) -> None:
        """For connections that came while it was there, the bytes on the wire are those that the system moved."""
        super().finish()
        wire = {event.id: (bytearray(), bytearray()) for event in self.events if isinstance(event, Connected)}
        closed = {event.id for event in self.events if isinstance(event, Closed)}
        for event in self.events[len(self._snapshot or ()) :]:
            if isinstance(event, Read | Wrote):
                wire[event.id][isinstance(event, Wrote)].extend(event.data)
        for event in self._snapshot or ():
            if isinstance(event, Connected):
                del wire[event.id]
        for number in closed & set(wire):
            socket = self._auditor.accounts[number].client.socket
            right = wire[number] == (socket.read_bytes, socket.accepted_bytes)
            self._auditor.require(right, "wire_differs", f"#{number}: the wire events are not the bytes on the wire")


class FaultySink:
    """A sink that raises after some batches; the server must go on without it."""

    wants: Wants = "traffic"
    wire = False

    def __init__(self) -> None:
        self._batches = 3

    def capacity(self) -> int:
        """As `Sink.capacity`."""
        return 1000

    def put(self, events: list[AnyEvent]) -> None:
        """As `Sink.put`; raises from the third batch on."""
        self._batches -= 1
        if not self._batches:
            raise RuntimeError("a sink that fails")
