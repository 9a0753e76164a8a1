"""The timers of a loop.

Rules of this file:
- Timers run in the order of their times, and those of the same time in the order in which they were set.
- A run is bounded: timers that are set while it lasts wait for the next run.
- Cancelled timers are removed before they are due once they are in the majority, so that they do not use up memory.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from typing import Any

MAX_TIMERS = 256
"""Timers run per turn at most, so that sockets are served in between."""

MAX_CANCELLED = 512
"""Cancelled timers that may wait for their time: fewer are not worth a search."""


class Timer:
    """A scheduled call. `when` is its time by the monotonic clock, `every` the interval of a repeating timer, else 0."""

    __slots__ = ("_timers", "args", "callback", "every", "when")

    def __init__(
        self, timers: Timers, when: float, every: float, callback: Callable[..., object], args: tuple[Any, ...]
    ) -> None:
        self._timers, self.when, self.every, self.args = timers, when, every, args
        self.callback: Callable[..., object] | None = callback

    def cancel(self) -> None:
        """Prevent any further call. May be called at any time and more than once."""
        if self.callback is not None:
            self.callback = None
            self.args = ()
            self._timers.cancelled += 1


class Timers:
    """A queue of timers. `heap` holds them with their times, the next one first; `cancelled` counts those to be skipped."""

    def __init__(self) -> None:
        self.heap: list[tuple[float, int, Timer]] = []
        self.cancelled = 0
        self._count = 0

    def add(self, now: float, delay: float, every: float, callback: Callable[..., object], *args: Any) -> Timer:
        """Call once `delay` seconds after `now`, then every `every` seconds unless that is 0.

        A negative delay counts as 0. Raises `ValueError` where a number is not finite.
        """
        try:
            finite = math.isfinite(delay)
        except OverflowError:  # an integer that no float can hold
            finite = False
        if not finite:
            raise ValueError(
                f"a delay must be a finite number of seconds, not {'nan' if delay != delay else 'infinite'}"
            )
        if self.cancelled > MAX_CANCELLED and self.cancelled * 2 > len(self.heap):
            self._remove_cancelled()
        return self._schedule(Timer(self, now + max(0.0, delay), every, callback, args))

    def run(self, now: float) -> None:
        """Run the timers that are due, `MAX_TIMERS` at most."""
        heap, newest = self.heap, self._count
        for _ in range(MAX_TIMERS):
            if not heap or heap[0][0] > now or heap[0][1] > newest:
                return
            timer = heapq.heappop(heap)[2]
            callback, args = timer.callback, timer.args
            if callback is None:
                self.cancelled -= 1
                continue
            if timer.every:
                timer.when = now + timer.every
                self._schedule(timer)
            else:
                timer.callback, timer.args = None, ()
            callback(*args)

    def _schedule(self, timer: Timer) -> Timer:
        self._count += 1
        heapq.heappush(self.heap, (timer.when, self._count, timer))
        return timer

    def _remove_cancelled(self) -> None:
        self.heap[:] = [entry for entry in self.heap if entry[2].callback is not None]  # the loop holds this list
        heapq.heapify(self.heap)
        self.cancelled = 0
