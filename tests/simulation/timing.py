"""The auditor of time: deadlines, timers and turns without progress.

Rules of this file:
- Deadlines are computed from what the network moved, never from the server's own bookkeeping.
- A turn without progress is excused by an injected fault, and by time that passed; a few in a row are a busy loop.
"""

from __future__ import annotations

from typing import Any, Protocol

from tests.simulation.auditor import Auditor, client_of
from tests.simulation.clock import SimulatedClock
from tests.simulation.generator import Scenario
from tests.simulation.listening import ListeningSocket
from tests.simulation.network import HANG_UP, Network
from tests.simulation.observed import Observed
from tuiserver.core.limits import OVERRUN

TOLERANCE = 1.25
"""Seconds by which a deadline of a connection may be late: the sweep runs once a second."""
TIMER_TOLERANCE = 0.2
"""Seconds by which a timer of the program may be late: one turn with a few slow callbacks in it."""
TOTALS_TOLERANCE = 0.5
"""Seconds until the totals of a connection are told after they changed: four times a second, and a flush."""
HOLD_TOLERANCE = 0.1
"""Seconds until nothing is read any more after a watcher that must not miss anything has become full."""
IDLE_TURNS = 8
"""Turns without progress, one after the other, that are taken for a busy loop."""
BUSY_INTERVAL = 0.005
"""Seconds: a turn that slept for at least this long is not busy."""
ACCEPT_RETRY = 1.0
"""Seconds until a waiting client is accepted once that is possible again."""
SNIFF_TIMEOUT = 3.0
IDLE_TIMEOUTS = {"http": 75.0}
"""The idle timeouts that protocols have by default, in seconds."""
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
        self._waiting_since: float | None = None
        self._full_since: float | None = None

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

    def reader_is_full(self, full: bool) -> None:
        """Whether a watcher that must not miss anything has no capacity left."""
        if not full:
            self._full_since = None
        elif self._full_since is None:
            self._full_since = self._clock.monotonic()

    def after_turn(self, server: Observable, listeners: list[ListeningSocket]) -> None:
        """A turn has ended."""
        now, connections = self._clock.monotonic(), server.connections
        self._check_progress(now)
        for due in self._timers.values():
            self._auditor.require(now <= due + TIMER_TOLERANCE, "timer_late", f"{now - due:g} s late")
        self._buffered = sum(connection.unsent for connection in connections.values())
        counted = server.buffers.total
        self._auditor.require(counted == self._buffered, "buffers_total", f"{counted} counted, {self._buffered} unsent")
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

    def _check_progress(self, now: float) -> None:
        progress, injected, since = self._before
        self._before = (self._network.progress, self._network.injected, now)
        if progress != self._network.progress or injected != self._network.injected or now - since >= BUSY_INTERVAL:
            self._idle_turns = 0
            return
        self._idle_turns += 1
        sockets = [client.socket for client in self._auditor.clients.values()]
        half_closed = any(each.finished and each.down and not each.closed for each in sockets)
        code = "busy_after_half_close_and_reset" if half_closed else "busy"
        self._auditor.require(self._idle_turns < IDLE_TURNS, code, f"{IDLE_TURNS} turns without progress")

    def _check_connection(self, connection: Any, seen: Observed, now: float) -> None:
        scenario, require = self._scenario, self._auditor.require
        name = f"#{connection.id}"
        limit = scenario.max_buffer * OVERRUN
        require(connection.unsent <= limit, "unsent_over_limit", f"{name}: {connection.unsent} bytes, limit {limit}")
        held, read = seen.must_not_read, seen.read
        seen.observe(now, connection)
        over_all = self._buffered > scenario.max_buffered and connection.unsent
        seen.must_not_read = connection.unsent > scenario.max_buffer or bool(over_all)
        if held and connection.is_open and not seen.client.socket.events() & HANG_UP:
            require(
                seen.read == read, "read_while_full", f"{name}: {seen.read - read} bytes, {connection.unsent} unsent"
            )
        if self._full_since is not None and now - self._full_since > HOLD_TOLERANCE and not seen.client.socket.down:
            require(
                seen.read == read or not connection.is_open, "read_for_full_reader", f"{name}: {seen.read - read} bytes"
            )
        if now - seen.changed_at > TOTALS_TOLERANCE and self._auditor.wants == "traffic":
            totals = self._auditor.totals_of(connection.id)
            right = (seen.read, len(seen.client.socket.accepted_bytes), connection.unsent)
            require(totals == right, "totals_late", f"{name}: {totals} are told, {right} is true")
        if not connection.is_open:
            late = now - seen.closing_progress_at
            require(late <= CLOSING_TIMEOUT, "closing_late", f"{name}: {late:g} s without progress")
            return
        if not seen.read and connection.address.startswith("http"):
            late = now - seen.connected_at - scenario.handshake_timeout
            require(late <= TOLERANCE, "handshake_late", f"{name}: {late:g} s late")
        if seen.read and not connection.protocol:
            late = now - seen.first_read_at - SNIFF_TIMEOUT
            require(late <= TOLERANCE, "identified_late", f"{name}: {late:g} s late")
        answered = self._auditor.answered(connection)
        if connection.protocol == "http" and seen.unfinished_since is not None and answered:
            late = now - seen.unfinished_since - scenario.request_timeout
            require(late <= TOLERANCE, "request_timeout_late", f"{name}: {late:g} s late")
        idle = scenario.idle_timeout
        if idle is None:
            idle = IDLE_TIMEOUTS.get(connection.protocol, 0.0)
        if idle and answered:
            late = now - seen.active_at - idle
            require(late <= TOLERANCE, "idle_late", f"{name}: {late:g} s late")

    def _check_accepting(self, connections: dict[int, Any], listeners: list[ListeningSocket], now: float) -> None:
        """A client is accepted within the retry interval once there are descriptors and there is room."""
        possible = (
            not self._network.exhausted
            and self._full_since is None
            and len(connections) < self._scenario.max_connections
        )
        if not possible or not any(listener.waiting for listener in listeners):
            self._waiting_since = None
        elif self._waiting_since is None:
            self._waiting_since = now
        else:
            waited = now - self._waiting_since
            self._auditor.require(waited <= ACCEPT_RETRY, "accept_late", f"a client waits for {waited:g} s")
