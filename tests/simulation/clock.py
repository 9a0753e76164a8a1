"""Simulated time: it stands still unless the simulation moves it."""

from __future__ import annotations

import heapq
from collections.abc import Callable

WALL_START = 1_700_000_000.0
MONOTONIC_START = 1_000.0


class SimulatedClock:
    """A `tuiserver.engine.loop.Clock`, with a schedule of what the simulated world does at which time."""

    def __init__(self) -> None:
        self._wall = WALL_START
        self._monotonic = MONOTONIC_START
        self._schedule: list[tuple[float, int, Callable[[], object]]] = []
        self._count = 0
        self.stepped = False
        """The wall clock was set: times of events cannot be compared with it."""
        self.steps: list[float] = []
        """By how many seconds, each time."""

    def time(self) -> float:
        """As `Clock.time`."""
        return self._wall

    def monotonic(self) -> float:
        """As `Clock.monotonic`."""
        return self._monotonic

    def call_at(self, when: float, action: Callable[[], object]) -> None:
        """Run `action` when the monotonic time `when` is reached."""
        self._count += 1
        heapq.heappush(self._schedule, (when, self._count, action))

    def next_action(self) -> float:
        """The monotonic time of the next scheduled action; infinite if there is none."""
        return self._schedule[0][0] if self._schedule else float("inf")

    def advance_to(self, when: float) -> None:
        """Move both clocks forward to the monotonic time `when` and run the actions that are due."""
        self._wall += when - self._monotonic
        self._monotonic = when
        self.run_due()

    def run_due(self) -> None:
        """Run the actions whose time has come."""
        while self._schedule and self._schedule[0][0] <= self._monotonic:
            heapq.heappop(self._schedule)[2]()

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock forward or back, as an administrator or NTP does; durations must not notice."""
        self.stepped = True
        self.steps.append(seconds)
        self._wall += seconds
