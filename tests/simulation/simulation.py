"""One simulated run: real servers on a simulated network, single-threaded, step by step.

    violation = run(generate(7))        # None, or the invariant that was violated

Rules of this file:
- All servers of a run share one loop, one network and one clock; everything else of a server is its `Side`.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.simulation.account import Violation
from tests.simulation.auditor import Auditor
from tests.simulation.clock import SimulatedClock
from tests.simulation.generator import BURST, Scenario, Step
from tests.simulation.network import Network
from tests.simulation.poller import FairnessAuditor, SimulatedPoller, SimulatedSelector, SimulatedWakeup
from tests.simulation.serving import SharedLoop
from tests.simulation.side import STOP_TIMEOUT, STOP_TOLERANCE, Side
from tuiserver.engine.pollers import Poller, SelectorPoller
from tuiserver.engine.timers import MAX_CANCELLED

MAX_TURNS = 500_000
"""Turns while the clock stands still, more than any scenario needs: what goes on longer never ends. The largest answer takes
about 300,000 of them to a client with the smallest window whose socket accepts half of the writes, and few bytes of each."""

MAX_LIVE_TIMERS = 200
"""Timers that the programs and servers of one run need at the same time, at most."""


def run(scenario: Scenario, keep: Sequence[int] | None = None) -> Violation | None:
    """Run a scenario, or only the steps with the indices `keep`."""
    steps = scenario.steps if keep is None else [scenario.steps[index] for index in keep]
    simulation = Simulation(scenario)
    try:
        simulation.run(steps)
    except Violation as violation:
        return simulation.violation or violation
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
        scenarios = [scenario] if scenario.second is None else [scenario, scenario.second]
        poller: Poller = self._poller
        if scenario.poller == "poll":
            poller = SelectorPoller(SimulatedSelector(self._poller))  # type: ignore[arg-type]
        self._fairness = FairnessAuditor(poller, self._poller, scenario.max_ready)
        self._loop = SharedLoop(self._fairness, self._clock, wakeup, len(scenarios))
        self._sides = [Side(each, self._loop, self._network, self._clock) for each in scenarios]
        self._turns, self._turns_at = 0, 0.0

    @property
    def auditor(self) -> Auditor:
        """The auditor of the first server."""
        return self._sides[0].auditor

    @property
    def violation(self) -> Violation | None:
        """The first invariant that was found to be violated."""
        return next((side.auditor.violation for side in self._sides if side.auditor.violation is not None), None)

    def run(self, steps: Sequence[Step]) -> None:
        """Serve while the steps happen, then stop. Raises `Violation`."""
        for side in self._sides:
            side.server.start()
        for step in steps:
            self._expect_progress()
            self._sides[step.server].act(step)
            if step.wait == 0.0:
                self._turn()
            elif step.wait != BURST:
                self._serve_until(self._clock.monotonic() + step.wait)
        for side in self._sides:
            side.read()
        self._serve_until(self._clock.monotonic() + self.scenario.settle)
        self._expect_progress()
        for side in self._sides:
            side.stop(STOP_TIMEOUT)
        self._serve_until(self._clock.monotonic() + STOP_TIMEOUT + STOP_TOLERANCE)
        if not self._loop.stopping:
            self.auditor.fail("stop_late", f"still serving {STOP_TIMEOUT + STOP_TOLERANCE:g} s after stop")
        for side in self._sides:
            side.finish()
        left = sorted(self._network.descriptors)
        self.auditor.require(not left, "descriptors_left", f"descriptors {left} are still open")
        misuses = "; ".join(self._network.misuses)
        self.auditor.require(not misuses, "closed_descriptor_used", misuses)

    def close(self) -> None:
        """Release what the servers hold."""
        for side in self._sides:
            side.server.close()
        self._loop.close()

    def _expect_progress(self) -> None:
        for side in self._sides:
            side.time.step()

    def _serve_until(self, when: float) -> None:
        while not self._loop.stopping:
            self._turn(when)
            if self._poller.quiet and self._clock.monotonic() >= when:
                return

    def _turn(self, horizon: float = 0.0) -> None:
        now = self._clock.monotonic()
        self._turns = self._turns + 1 if now == self._turns_at else 0
        self._turns_at = now
        if self._turns > MAX_TURNS:
            self.auditor.fail("too_many_turns", f"over {MAX_TURNS} at one moment")
        self._poller.horizon = max(horizon, now)
        try:
            self._loop.turn()
        except Exception as error:
            self._sides[0].failed(error)
        self.auditor.require(not self._fairness.unfair, "unfair", self._fairness.unfair)
        timers, limit = self._loop.queued_timers, 2 * MAX_CANCELLED + MAX_LIVE_TIMERS
        self.auditor.require(timers <= limit, "timers_kept", f"{timers} timers are queued, at most {limit}")
        for side in self._sides:
            side.after_turn()
