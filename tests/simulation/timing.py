"""The auditor of time: deadlines, timers and turns without progress.

Rules of this file:
- Deadlines are computed from what the network moved, never from the server's own bookkeeping.
- A turn without progress is excused by an injected fault, and by time that passed; a few in a row are a busy loop.
"""

from __future__ import annotations

from typing import Any, Protocol

from tests.simulation.account import client_of
from tests.simulation.auditor import Auditor
from tests.simulation.clock import SimulatedClock
from tests.simulation.generator import LARGE, Scenario
from tests.simulation.http_answers import CONTINUE
from tests.simulation.listening import ListeningSocket
from tests.simulation.network import HANG_UP, Network
from tests.simulation.observed import Observed
from tests.simulation.toy_protocols import GREETING, GREETING_TIMEOUT, PING_INTERVAL, TOYS
from tuiserver.core.limits import OVERRUN

TOLERANCE = 1.25
"""Seconds by which a deadline of a connection may be late: the sweep runs once a second."""
TIMER_TOLERANCE = 0.5
"""Seconds by which a timer of the program may be late: one turn with a few slow callbacks in it."""
TOTALS_TOLERANCE = 0.5
"""Seconds until changed totals of a connection are reported: four times a second, and a flush."""
HOLD_TOLERANCE = 0.5
"""Seconds until nothing is read any more after a watcher that must not miss anything has become full."""
IDLE_TURNS = 8
"""Turns without progress, one after the other, that count as a busy loop."""
BUSY_INTERVAL = 0.005
"""Seconds: a turn that slept for at least this long is not busy."""
READ_TOLERANCE = 0.5
"""Seconds until bytes are read that nothing holds back."""
ACCEPT_RETRY = 1.0
"""Seconds until a waiting client is accepted once that is possible again."""
SNIFF_TIMEOUT = 3.0
IDLE_TIMEOUTS = {"http": 75.0}
"""The idle timeouts that protocols have by default, in seconds."""
MAX_MESSAGE = 66_000
"""Bytes of the largest message that a program sends, besides large ones: what one read returned, in an HTTP response."""
CLOSING_TIMEOUT = 36.0
"""Seconds without progress after which a connection that is being closed has ended: flushing 30, lingering 5, sweep 1."""


class Observable(Protocol):
    """What is observed of the server itself."""

    connections: dict[int, Any]
    buffers: Any
    """`total` counts the unsent bytes of all connections."""


class TimeAuditor:
    """Checks after each turn what should have happened by now."""

    def __init__(self, scenario: Scenario, auditor: Auditor, network: Network, clock: SimulatedClock) -> None:
        self._scenario, self._auditor, self._network, self._clock = scenario, auditor, network, clock
        self._idle_turns = 0
        self._before = (network.progress, network.injected, clock.monotonic())
        self._timers: dict[int, float] = {}
        self._timer_count = 0
        self._buffered = 0
        self._over_limit = False
        """More than `max_buffered` was unsent, and never less than three quarters of it since."""
        self._may_be_over_limit = False
        """More than that may have been unsent since, for a part of a turn, and it was never seen to be three quarters of it."""
        self._waiting_since: float | None = None
        self.full_since: float | None = None
        """Since when a watcher that must not miss anything has no capacity left; None if none is full."""
        self.full_at = 0.0
        """When one was last full."""

    def step(self) -> None:
        """The simulation changed something: the next turn is not without reason."""
        self._idle_turns = 0

    def timer_set(self, when: float) -> Any:
        """The program set a timer; returns what its callback calls first."""
        self._timer_count += 1
        number = self._timer_count
        self._timers[number] = when

        def ran() -> None:
            now, due = self._clock.monotonic(), self._timers.pop(number)
            self._auditor.require(now >= due - 1e-6, "timer_early", f"{due - now:g} s early")

        return ran

    def after_turn(self, server: Observable, listeners: list[ListeningSocket]) -> None:
        """A turn has ended."""
        now, connections = self._clock.monotonic(), server.connections
        for number, seen in self._auditor.observed.items():
            if (connection := connections.get(number)) is not None:
                resumed_at = max(self._auditor.resumed_at(number), self.full_at)
                seen.exclude_held(now, self._held_since(connection, now), resumed_at)
        unchanged = self._before[0] == self._network.progress and self._before[2] == now
        self._check_progress(now)
        if unchanged:
            return
        for due in self._timers.values():
            if now > due + TIMER_TOLERANCE:
                self._auditor.fail("timer_late", f"{now - due:g} s late")
        self._follow_buffers(connections)
        if server.buffers.total != self._buffered:
            self._auditor.fail("buffers_total", f"{server.buffers.total} counted, {self._buffered} unsent")
        if len(connections) > self._scenario.max_connections:
            self._auditor.fail("too_many_connections", f"{len(connections)} of {self._scenario.max_connections}")
        for number, connection in connections.items():
            seen = self._auditor.observed.get(number)
            if seen is None:
                client = self._auditor.clients[client_of(connection.peer)]
                seen = Observed(client, now, self._scenario.request_timeout)
                self._auditor.observed[number] = seen
            self._check_connection(connection, seen, now)
        self._check_accepting(connections, listeners, now)

    def stopped(self) -> None:
        """The server has stopped: timers of the program do not run any more."""
        self._timers.clear()

    def _held_since(self, connection: Any, now: float) -> float | None:
        """Since when the server does not read from a connection for a reason that is not the peer's; None if it has none."""
        if not connection.is_open:
            return None
        reasons = [self.full_since, self._auditor.paused_at(connection.id)]
        if connection.unsent > 0 and self._may_be_over_limit:
            reasons.append(now)
        return min((since for since in reasons if since is not None), default=None)

    def _follow_buffers(self, connections: dict[int, Any]) -> None:
        """Whether all together have too much unsent: reading stops at the limit, and resumes where three quarters are left.

        What was taken during the turn may have been followed by more: the least that can have been unsent is what counts.
        """
        least = most = self._buffered
        for number, seen in self._auditor.observed.items():
            removed, added = seen.take_buffered(connections[number].unsent if number in connections else 0)
            least, most = least - removed, most + added
        self._buffered = sum(connection.unsent for connection in connections.values())
        limit = self._scenario.max_buffered
        self._over_limit = self._buffered > limit or (
            self._over_limit and min(least, self._buffered) > limit - limit // 4
        )
        self._may_be_over_limit = most > limit or (self._may_be_over_limit and self._buffered > limit - limit // 4)

    def _check_progress(self, now: float) -> None:
        progress, injected, since = self._before
        self._before = (self._network.progress, self._network.injected, now)
        if progress != self._network.progress or injected != self._network.injected or now - since >= BUSY_INTERVAL:
            self._idle_turns = 0
            return
        self._idle_turns += 1
        if self._idle_turns >= IDLE_TURNS and "busy" not in self._auditor.ignored:
            self._auditor.fail("busy", f"{IDLE_TURNS} turns without progress")

    def _check_connection(self, connection: Any, seen: Observed, now: float) -> None:
        scenario, unsent, sock = self._scenario, connection.unsent, seen.client.socket
        if unsent > scenario.max_buffer * (OVERRUN + LARGE) + MAX_MESSAGE:
            self._fail("unsent_over_limit", connection, f"{unsent} bytes")
        must_not_read, before = seen.must_not_read, seen.read
        seen.observe(now, connection)
        seen.must_not_read = unsent > scenario.max_buffer or (self._over_limit and unsent > 0)
        if sock.closed_by_program:
            return  # nobody tells the server before it uses the socket, or before the system uses its number again
        if not connection.is_open:
            if unsent or not sock.reads_while_ended:
                seen.done_since = now
            self._within(now - seen.done_since, TOLERANCE, "closing_late", connection)
            self._within(now - seen.closing_progress_at, CLOSING_TIMEOUT, "closing_late", connection)
            return
        if seen.read != before and must_not_read and not sock.events() & HANG_UP:
            self._fail("read_while_full", connection, f"{seen.read - before} bytes, {unsent} unsent")
        if seen.read != before and self.full_since is not None and not sock.down:
            self._within(now - self.full_since, HOLD_TOLERANCE, "read_for_full_reader", connection)
        answered = self._auditor.answered(connection)
        self._check_totals(connection, seen, now)
        self._check_liveness(connection, seen, now, answered)
        self._check_timeouts(connection, seen, now, answered)

    def _check_totals(self, connection: Any, seen: Observed, now: float) -> None:
        """Views know the totals soon after they have changed."""
        if now - seen.changed_at > TOTALS_TOLERANCE and self._auditor.wants == "traffic":
            totals = self._auditor.totals_of(connection.id)
            right = (seen.read, len(seen.client.socket.accepted_bytes), connection.unsent)
            if totals != right:
                self._fail("totals_late", connection, f"{totals} were reported, {right} is correct")

    def _check_liveness(self, connection: Any, seen: Observed, now: float, answered: bool) -> None:
        """What has arrived is read, the end of a peer is noticed, and a peer that waits for `100 Continue` gets it."""
        sock = seen.client.socket
        held = self.full_since is not None or connection.unsent or self._auditor.paused_at(connection.id) is not None
        if held or not sock.inbound or seen.changed_at == now:
            seen.eager_since = now
        self._within(now - seen.eager_since, READ_TOLERANCE, "not_read", connection)
        if not sock.reads_while_ended or connection.ended:
            seen.ended_since = now
        self._within(now - seen.ended_since, TOLERANCE, "end_ignored", connection)
        if seen.continues and answered and not connection.unsent and seen.refused_after is None:
            count = sock.accepted_bytes.count(CONTINUE)
            if count < seen.continues and connection.protocol == "http":
                self._fail("continue_missing", connection, f"{count} of {seen.continues}")

    def _check_timeouts(self, connection: Any, seen: Observed, now: float, answered: bool) -> None:
        """Each timeout ends what it is for, within the tolerance."""
        scenario, protocol = self._scenario, connection.protocol
        if connection.ended:
            self._check_half_close(connection, seen, now)
            return
        if not seen.read and connection.address.startswith("http"):
            self._within(now - seen.connected_at, scenario.handshake_timeout + TOLERANCE, "handshake_late", connection)
        if protocol in TOYS:
            if seen.read < len(GREETING):
                self._within(now - seen.connected_at, GREETING_TIMEOUT + TOLERANCE, "greeting_late", connection)
            elif not connection.unsent:
                self._within(now - seen.active_at, PING_INTERVAL + TOLERANCE, "ping_late", connection)
        if seen.read and not protocol:
            self._within(now - seen.first_read_at, SNIFF_TIMEOUT + TOLERANCE, "identified_late", connection)
        if protocol == "http" and seen.unfinished_since is not None and answered:
            late = now - seen.unfinished_since
            self._within(late, scenario.request_timeout + TOLERANCE, "request_timeout_late", connection)
        idle = scenario.idle_timeout
        seen.idle_timeout = IDLE_TIMEOUTS.get(protocol, 0.0) if idle is None else idle
        if seen.idle_timeout and answered:
            self._within(now - seen.active_at, seen.idle_timeout + TOLERANCE, "idle_late", connection)

    def _check_half_close(self, connection: Any, seen: Observed, now: float) -> None:
        """A peer that has finished sending is closed when its time has passed, and when the program has answered."""
        limit = self._scenario.half_close + TOLERANCE
        self._within(now - seen.half_closed_at, limit, "half_close_late", connection)
        if not self._auditor.completed(connection.id):
            seen.complete_since = now
        self._within(now - seen.complete_since, TOLERANCE, "answer_ignored", connection)

    def _within(self, seconds: float, limit: float, code: str, connection: Any) -> None:
        if seconds > limit:
            self._fail(code, connection, f"{seconds:g} s, at most {limit:g}")

    def _fail(self, code: str, connection: Any, text: str) -> None:
        self._auditor.fail(code, f"#{connection.id}: {text}")

    def _check_accepting(self, connections: dict[int, Any], listeners: list[ListeningSocket], now: float) -> None:
        """A client is accepted within the retry interval once there are descriptors and there is room."""
        possible = (
            not self._network.exhausted
            and self.full_since is None
            and len(connections) < self._scenario.max_connections
        )
        if not possible or not any(listener.waiting for listener in listeners):
            self._waiting_since = None
        elif self._waiting_since is None:
            self._waiting_since = now
        else:
            waited = now - self._waiting_since
            if waited > ACCEPT_RETRY:
                self._auditor.fail("accept_late", f"a client waits for {waited:g} s")
