"""Sending again and again: how often, and the clock that keeps it.

    plan = read_plan("500ms x10 ~50ms")      # every 500 ms, ten times, each up to 50 ms earlier or later
    repeat = Repeat(plan, (12,), make, send, alive, changed)
    repeat.start(); repeat.words; repeat.stop()

Rules of this file:
- Beats are counted from the first one, so that they do not drift. One that comes too late is left out, and counted.
- It only sends; a target that has closed gets nothing, and when none is left it ends.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Callable
from typing import NamedTuple

from tuiserver.core.commands import AnyCommand, Send
from tuiserver.core.numbers import interval_words

SHORTEST = 0.001
"""Seconds between two beats at least."""
LONGEST = 86_400.0


class PlanError(ValueError):
    """That is no plan; `str()` says what would be right."""


class Plan(NamedTuple):
    """Every `interval` seconds, `times` times (0: until it is stopped), each up to `jitter` seconds earlier or later."""

    interval: float
    times: int = 0
    jitter: float = 0.0

    @property
    def words(self) -> str:
        """In words."""
        often = f", {self.times:,} times" if self.times else ", until stopped"
        about = f", up to {interval_words(self.jitter)} earlier or later" if self.jitter else ""
        return f"every {interval_words(self.interval)}{often}{about}"


_PART = re.compile(r"(?P<sign>[x~]?)(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<unit>ms|s|m|h|)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 0.001}


def read_plan(text: str) -> Plan:
    """`500ms`, `1s x10`, `2m ~500ms` → a plan; a bare number is milliseconds. Raises `PlanError`."""
    interval, times, jitter = 0.0, 0, 0.0
    for word in text.lower().split():
        match = _PART.fullmatch(word)
        if match is None or (match["sign"] == "x" and (match["unit"] or "." in match["number"])):
            raise PlanError(f'"{word}" is not understood: write 500ms x10 ~50ms')
        value = float(match["number"])
        if match["sign"] == "x":
            times = int(value)
        elif match["sign"] == "~":
            jitter = value * _UNITS[match["unit"]]
        else:
            interval = value * _UNITS[match["unit"]]
    if not SHORTEST <= interval <= LONGEST:
        raise PlanError("how often? write 500ms, 1s or 2m; 1 ms at least, a day at most")
    if jitter > interval / 2:
        raise PlanError(f"~ can be half of {interval_words(interval)} at most")
    return Plan(interval, times, jitter)


class Repeat:
    """A plan at work. `make` gives the bytes anew each time; `changed` is called after each beat and at the end."""

    def __init__(
        self,
        plan: Plan,
        ids: tuple[int, ...],
        make: Callable[[], bytes],
        send: Callable[[AnyCommand], object],
        alive: Callable[[int], bool],
        changed: Callable[[], object],
    ) -> None:
        self.plan = plan
        self.done = False
        self.sent = self.missed = 0
        self._ids = ids
        self._make, self._send, self._alive, self._changed = make, send, alive, changed
        self._start = 0.0
        self._beat = 0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin, with the first one now."""
        self._start = time.monotonic()
        self._next()

    def stop(self) -> None:
        """Send no more."""
        self.done = True
        if self._timer is not None:
            self._timer.cancel()
        self._changed()

    @property
    def words(self) -> str:
        """What it does, in a few words."""
        whose = f"#{self._ids[0]}" if len(self._ids) == 1 else f"{len(self._ids):,} targets"
        of = f" of {self.plan.times:,}" if self.plan.times else ""
        missed = f", {self.missed:,} too late" if self.missed else ""
        return f"every {interval_words(self.plan.interval)}  {self.sent:,}{of} to {whose}{missed}"

    def _next(self) -> None:
        if self.done:
            return
        targets = [number for number in self._ids if self._alive(number)]
        for number in targets:
            self._send(Send(number, self._make()))
        if targets:
            self.sent += 1
        if not targets or (self.plan.times and self.sent >= self.plan.times):
            self.stop()
            return
        self._beat += 1
        now, interval = time.monotonic(), self.plan.interval
        late = int((now - self._start) / interval) - self._beat
        if late > 0:
            self.missed += late
            self._beat += late
        due = self._start + self._beat * interval + random.uniform(-1, 1) * self.plan.jitter
        self._timer = asyncio.get_running_loop().call_later(max(0.0, due - now), self._next)
        self._changed()
