"""Time that a test moves by hand, and the context of a background job on it.

time = FakeTime()
jobs, sent, reports = make_jobs(roster, time)        # a JobList, the commands it sent, what it reported
time.advance(1.5)                                    # calls what is due, in order
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Mapping
from typing import Any

from tuiserver.automation.job import JobFactory
from tuiserver.automation.job_list import JobList
from tuiserver.automation.registry import KINDS
from tuiserver.core.commands import AnyCommand
from tuiserver.views.roster import Roster


class FakeTimer:
    """A callback that waits for its time."""

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        """As `Timer.cancel`."""
        self.callback = None


class FakeTime:
    """A monotonic clock and its timers. `now` starts at 1,000 s and moves only by `advance` and `block`."""

    def __init__(self) -> None:
        self._now = 1_000.0
        self._timers: list[tuple[float, int, FakeTimer]] = []
        self._count = itertools.count()

    def now(self) -> float:
        """Seconds."""
        return self._now

    def schedule(self, delay: float, callback: Callable[[], object]) -> FakeTimer:
        """As `JobContext.schedule`."""
        timer = FakeTimer(callback)
        heapq.heappush(self._timers, (self._now + delay, next(self._count), timer))
        return timer

    @property
    def waiting(self) -> int:
        """How many timers are set."""
        return sum(timer.callback is not None for _, _, timer in self._timers)

    def advance(self, seconds: float) -> None:
        """Move the clock forward and call what becomes due, each at its own time."""
        end = self._now + seconds
        while self._timers and self._timers[0][0] <= end + 1e-9:
            due, _, timer = heapq.heappop(self._timers)
            self._now = max(self._now, due)
            if timer.callback is not None:
                timer.callback()
        self._now = max(self._now, end)

    def block(self, seconds: float) -> None:
        """Move the clock forward as a busy thread does: no timer is called meanwhile."""
        self._now += seconds


def make_jobs(
    roster: Roster, time: FakeTime, kinds: Mapping[type[Any], JobFactory] = KINDS
) -> tuple[JobList, list[AnyCommand], list[str]]:
    """A job list, the commands that it sends, and the lines that it reports."""
    sent: list[AnyCommand] = []
    reports: list[str] = []
    tokens = itertools.count(1)
    jobs = JobList(
        sent.append,
        roster,
        reports.append,
        now=time.now,
        schedule=time.schedule,
        next_token=tokens.__next__,
        kinds=kinds,
    )
    return jobs, sent, reports
