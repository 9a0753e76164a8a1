"""One simulated run: the real server on a simulated network, single-threaded, step by step.

    violation = run(generate(7))        # None, or the invariant that was violated

Rules of this file:
- Nothing here decides anything: what happens is in the scenario, what is right is known to the auditors.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Callable, Sequence

from tests.simulation.account import Violation
from tests.simulation.auditor import Auditor
from tests.simulation.clock import SimulatedClock
from tests.simulation.generator import BURST, Scenario, Step
from tests.simulation.network import Client, Faults, Network
from tests.simulation.poller import SimulatedPoller, SimulatedWakeup
from tests.simulation.programs import Program
from tests.simulation.serving import SimulatedServer
from tests.simulation.timing import TimeAuditor
from tests.simulation.watchers import FaultySink, LosslessWatcher, Watcher, WireWatcher
from tuiserver.core import commands
from tuiserver.engine.loop import Loop

STOP_TIMEOUT = 5.0
MAX_EVENTS = 100
"""Events that wait for a bounded watcher at most."""
MAX_TURNS = 60_000
"""Turns while the clock stands still, far more than any scenario needs: what goes on longer never ends."""


def run(scenario: Scenario, keep: Sequence[int] | None = None) -> Violation | None:
    """Run a scenario, or only the steps with the indices `keep`."""
    steps = scenario.steps if keep is None else [scenario.steps[index] for index in keep]
    simulation = Simulation(scenario)
    try:
        simulation.run(steps)
    except Violation as violation:
        return simulation.auditor.violation or violation
    finally:
        simulation.close()
    return None


class Simulation:
    """The simulated world of one run."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._clock = SimulatedClock()
        self._network = Network(self._clock)
        wakeup = SimulatedWakeup()
        self._poller = SimulatedPoller(self._network, self._clock, wakeup, f"poller {scenario.seed}")
        self._clients: dict[int, Client] = {}
        self.auditor = Auditor(scenario, self._network, self._clients)
        self._time = TimeAuditor(scenario, self.auditor, self._network, self._clock)
        self._server = SimulatedServer(scenario, Loop(self._poller, self._clock, wakeup), self._network)
        Program(scenario, self._server.worker, self._clock, self.auditor, self._time)
        self._server.worker.add_sink(self.auditor)
        self._watchers: list[Watcher] = []
        self._token = 0
        self._turns, self._turns_at = 0, 0.0

    def run(self, steps: Sequence[Step]) -> None:
        """Serve while the steps happen, then stop. Raises `Violation`."""
        self._server.start()
        for step in steps:
            self._time.step()
            ACTIONS[step.kind](self, step)
            if step.wait == 0.0:
                self._turn()
            elif step.wait != BURST:
                self._serve_until(self._clock.monotonic() + step.wait)
        self._sinks_read(Step("sinks read"))
        self._serve_until(self._clock.monotonic() + self.scenario.settle)
        self._time.step()
        self._server.worker.stop(STOP_TIMEOUT)
        self._serve_until(self._clock.monotonic() + STOP_TIMEOUT + 1.0)
        if not self._server.stopped:
            self.auditor.fail("stop_late", f"still serving {STOP_TIMEOUT + 1:g} s after stop")
        self._server.finish()
        self._check()
        self.auditor.finish()
        for watcher in self._watchers:
            watcher.finish()
        self._check()

    def close(self) -> None:
        """Release what the server holds."""
        self._server.close()

    def _serve_until(self, when: float) -> None:
        while not self._server.stopped:
            self._turn(when)
            if self._poller.quiet and self._clock.monotonic() >= when:
                return

    def _turn(self, horizon: float = 0.0) -> None:
        now = self._clock.monotonic()
        self._turns = self._turns + 1 if now == self._turns_at else 0
        self._turns_at = now
        if self._turns > MAX_TURNS:
            self.auditor.fail("too_many_turns", f"over {MAX_TURNS} at one moment")
        self._poller.horizon = max(horizon, self._clock.monotonic())
        try:
            self._server.turn()
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.auditor.fail("server_failed", f"{error!r} in {where.name}, line {where.lineno} of {where.filename}")
        for client in self._clients.values():
            if client.saw_end and client.plan.polite and not client.closed:
                client.close()
        for watcher in self._watchers:
            watcher.after_turn()
        full = any(isinstance(watcher, LosslessWatcher) and watcher.full for watcher in self._watchers)
        self._time.reader_is_full(full)
        self._time.after_turn(self._server.worker.server, self._server.listeners)
        self._check()

    def _check(self) -> None:
        """Raise what was found in a callback or a sink: the server survives it there."""
        if self.auditor.violation is not None:
            raise self.auditor.violation

    # ── steps ──

    def _connect(self, step: Step) -> None:
        plan = self.scenario.clients[step.client]
        if step.client not in self._clients:
            faults = Faults(f"faults {self.scenario.seed} {step.client}", plan.again, plan.short)
            client = self._clients[step.client] = Client(self._network, plan, faults)
            self._server.listeners[plan.address].connect(client)

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
        if not self._server.stopped:
            self.auditor.command(command)
            self._server.send(command)

    def _sink_joins(self, step: Step) -> None:
        self._add_watcher(Watcher(self.auditor, self.scenario.view_memory, MAX_EVENTS))

    def _lossless_sink_joins(self, step: Step) -> None:
        self._add_watcher(LosslessWatcher(self.auditor, self.scenario.view_memory, MAX_EVENTS // 10))

    def _wire_sink_joins(self, step: Step) -> None:
        self._add_watcher(WireWatcher(self.auditor))

    def _faulty_sink_joins(self, step: Step) -> None:
        self._server.add_sink(FaultySink())

    def _add_watcher(self, watcher: Watcher) -> None:
        self._watchers.append(watcher)
        self._server.add_sink(watcher)

    def _sink_leaves(self, step: Step) -> None:
        for watcher in self._watchers:
            if not watcher.left:
                self._server.remove_sink(watcher, watcher.leave)
                return

    def _sinks_stall(self, step: Step) -> None:
        for watcher in self._watchers:
            watcher.stalled = True

    def _sinks_read(self, step: Step) -> None:
        for watcher in self._watchers:
            watcher.stalled = False

    def _exhaust(self, step: Step) -> None:
        self._network.exhausted_until = self._clock.monotonic() + step.value

    def _set_clock(self, step: Step) -> None:
        self.auditor.wall_stepped = True
        self._clock.step_wall(step.value)

    def _abort_accept(self, step: Step) -> None:
        for listener in self._server.listeners:
            listener.aborted += 1

    def _stop(self, step: Step) -> None:
        self._server.worker.stop(step.value)


def _of_client(action: Callable[[Client, Step], object]) -> Callable[[Simulation, Step], None]:
    """A step of a client that is connected."""

    def act(simulation: Simulation, step: Step) -> None:
        client = simulation._clients.get(step.client)
        if client is not None and not client.closed:
            action(client, step)

    return act


ACTIONS: dict[str, Callable[[Simulation, Step], None]] = {
    "connect": Simulation._connect,
    "send": _of_client(lambda client, step: client.send(step.data)),
    "read": _of_client(lambda client, step: client.read(int(step.value))),
    "finish": _of_client(lambda client, step: client.finish()),
    "reset": _of_client(lambda client, step: client.reset()),
    "close": _of_client(lambda client, step: client.close()),
    "time out": _of_client(lambda client, step: client.fail(errno.ETIMEDOUT)),
    **{f"command {name}": Simulation._command for name in ("send", "close", "reset", "pause", "resume", "inspect")},
    "sink joins": Simulation._sink_joins,
    "lossless sink joins": Simulation._lossless_sink_joins,
    "wire sink joins": Simulation._wire_sink_joins,
    "faulty sink joins": Simulation._faulty_sink_joins,
    "sink leaves": Simulation._sink_leaves,
    "sinks stall": Simulation._sinks_stall,
    "sinks read": Simulation._sinks_read,
    "exhaust": Simulation._exhaust,
    "abort accept": Simulation._abort_accept,
    "set clock": Simulation._set_clock,
    "pass": lambda simulation, step: None,
    "stop": Simulation._stop,
}
