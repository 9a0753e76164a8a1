"""One server of a run, with its clients, its watchers, its operator and its auditors.

Rules of this file:
- Nothing here decides anything: what happens is in the scenario, what is right is known to the auditors.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Callable

from tests.simulation.auditor import Auditor
from tests.simulation.clock import SimulatedClock
from tests.simulation.generator import Scenario, Step
from tests.simulation.network import Client, Faults, Network
from tests.simulation.programs import Program
from tests.simulation.serving import SharedLoop, SimulatedServer
from tests.simulation.timing import TimeAuditor
from tests.simulation.watchers import FaultySink, LosslessWatcher, SnapshotWatcher, Watcher, WireWatcher
from tuiserver.core import commands

STOP_TIMEOUT = 5.0
STOP_TOLERANCE = 1.0
"""Seconds by which a stop may take longer than its time."""
MAX_EVENTS = 100
"""Events that wait for a bounded watcher at most."""


class Side:
    """One server and everything around it."""

    def __init__(self, scenario: Scenario, loop: SharedLoop, network: Network, clock: SimulatedClock) -> None:
        self.scenario = scenario
        self._network, self._clock = network, clock
        self.clients: dict[int, Client] = {}
        self.auditor = Auditor(scenario, network, self.clients)
        self.time = TimeAuditor(scenario, self.auditor, network, clock)
        self.server = SimulatedServer(scenario, loop, network)
        Program(scenario, self.server.worker, clock, self.auditor, self.time)
        self.server.worker.add_sink(self.auditor)
        self.watchers: list[Watcher] = []
        self._token = 0
        self._stops_until = float("inf")

    def act(self, step: Step) -> None:
        """Take a step."""
        ACTIONS[step.kind](self, step)

    def after_turn(self) -> None:
        """A turn of the loop has ended: everybody does what follows from it, then it is audited."""
        for client in self.clients.values():
            if client.saw_end and client.plan.polite and not client.closed:
                client.close()
        for watcher in self.watchers:
            watcher.after_turn()
        lossless = [watcher for watcher in self.watchers if isinstance(watcher, LosslessWatcher)]
        full = [watcher.full_since for watcher in lossless if watcher.full_since is not None]
        self.time.full_since = min(full, default=None)
        self.time.full_at = max((watcher.full_at for watcher in lossless), default=0.0)
        self.time.after_turn(self.server.worker.server, self.server.listeners)
        if self._clock.monotonic() > self._stops_until and self.server.worker.connections:
            self.auditor.fail("stop_late", f"{len(self.server.worker.connections)} clients after the stop")
        self.check()

    def check(self) -> None:
        """Raise what was found in a callback or a sink: the server survives it there."""
        if self.auditor.violation is not None:
            raise self.auditor.violation

    def read(self) -> None:
        """Let every watcher read again."""
        for watcher in self.watchers:
            watcher.stalled = False

    def stop(self, timeout: float) -> None:
        """Stop the server."""
        self._stops_until = min(self._stops_until, self._clock.monotonic() + timeout + STOP_TOLERANCE)
        self.auditor.stopping = True
        self.server.worker.stop(timeout)

    def finish(self) -> None:
        """The loop has ended: nothing may be left open."""
        self.server.finish()
        self.check()
        self.auditor.finish()
        for watcher in self.watchers:
            watcher.finish()
        self.check()

    def failed(self, error: Exception) -> None:
        """A turn of the loop has raised `error`."""
        where = traceback.extract_tb(error.__traceback__)[-1]
        self.auditor.fail("server_failed", f"{error!r} in {where.name}, line {where.lineno} of {where.filename}")

    # ── steps ──

    def _connect(self, step: Step) -> None:
        plan = self.scenario.clients[step.client]
        if step.client not in self.clients:
            faults = Faults(f"faults {self.scenario.seed} {step.client}", plan.again, plan.short)
            client = self.clients[step.client] = Client(self._network, plan, faults)
            self.server.listeners[plan.address].connect(client)

    def _command(self, step: Step) -> None:
        self._token += 1
        token, number = self._token, step.client
        command = {
            "command send": commands.Send(number, step.data, token=token),
            "command close": commands.Close(number, token=token),
            "command reset": commands.Close(number, reset=True, token=token),
            "command pause": commands.Pause(number, token=token),
            "command resume": commands.Resume(number, token=token),
            "command inspect": commands.Inspect(number, token=token),
        }[step.kind]
        if not self.server.stopped:
            self.auditor.command(command)
            self.server.send(command)

    def _sink_joins(self, step: Step) -> None:
        self._add_watcher(Watcher(self.auditor, self.scenario.view_memory, MAX_EVENTS))

    def _snapshot_sink_joins(self, step: Step) -> None:
        watcher = SnapshotWatcher(self.auditor, self.scenario.view_memory, MAX_EVENTS)
        watcher.request = lambda: self.server.worker.resynchronize_sink(watcher)
        self._add_watcher(watcher)

    def _lossless_sink_joins(self, step: Step) -> None:
        self._add_watcher(LosslessWatcher(self.auditor, self.scenario.view_memory, MAX_EVENTS // 10))

    def _wire_sink_joins(self, step: Step) -> None:
        self._add_watcher(WireWatcher(self.auditor))

    def _faulty_sink_joins(self, step: Step) -> None:
        self.server.add_sink(FaultySink())

    def _add_watcher(self, watcher: Watcher) -> None:
        self.watchers.append(watcher)
        self.server.add_sink(watcher)

    def _sink_leaves(self, step: Step) -> None:
        for watcher in self.watchers:
            if not watcher.left:
                self.server.remove_sink(watcher, watcher.leave)
                return

    def _sinks_stall(self, step: Step) -> None:
        for watcher in self.watchers:
            watcher.stalled = True

    def _exhaust(self, step: Step) -> None:
        self._network.exhausted_until = self._clock.monotonic() + step.value

    def _abort_accept(self, step: Step) -> None:
        for listener in self.server.listeners:
            listener.aborted += 1


def _of_client(action: Callable[[Client, Step], object]) -> Callable[[Side, Step], None]:
    """A step of a client that is connected."""

    def act(side: Side, step: Step) -> None:
        client = side.clients.get(step.client)
        if client is not None and not client.closed:
            action(client, step)

    return act


ACTIONS: dict[str, Callable[[Side, Step], None]] = {
    "connect": Side._connect,
    "send": _of_client(lambda client, step: client.send(step.data)),
    "read": _of_client(lambda client, step: client.read(int(step.value))),
    "finish": _of_client(lambda client, step: client.finish()),
    "reset": _of_client(lambda client, step: client.reset()),
    "close": _of_client(lambda client, step: client.close()),
    "time out": _of_client(lambda client, step: client.fail(errno.ETIMEDOUT)),
    **{f"command {name}": Side._command for name in ("send", "close", "reset", "pause", "resume", "inspect")},
    "sink joins": Side._sink_joins,
    "snapshot sink joins": Side._snapshot_sink_joins,
    "lossless sink joins": Side._lossless_sink_joins,
    "wire sink joins": Side._wire_sink_joins,
    "faulty sink joins": Side._faulty_sink_joins,
    "sink leaves": Side._sink_leaves,
    "sinks stall": Side._sinks_stall,
    "sinks read": lambda side, step: side.read(),
    "exhaust": Side._exhaust,
    "abort accept": Side._abort_accept,
    "set clock": lambda side, step: side._clock.step_wall(step.value),
    "pass": lambda side, step: None,
    "stop": lambda side, step: side.stop(step.value),
}
