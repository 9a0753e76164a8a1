"""Send a message repeatedly: the plan as it is typed, and the job that carries it out.

    plan = read_plan("500ms x10 ~50ms")      # every 500 ms, 10 times, each up to 50 ms earlier or later
    jobs.start(RepeatRequest(plan, (12,), make))

Rules of this file:
- Messages are sent at multiples of the interval since the start, so that times do not drift. A missed time is skipped and
  counted.
- A target that has closed gets nothing; when no target is open any more, the job ends.
- After the last message the job waits until the server has accepted or refused every one, so that its outcome is true.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from tuiserver.automation.job import SNAPSHOT_TIMEOUT, JobContext, Timer, name_targets
from tuiserver.core.commands import Send
from tuiserver.core.events import AnyEvent, Closed, Refused, Sent, Skipped
from tuiserver.core.numbers import interval_words
from tuiserver.core.payload import PayloadError

MIN_INTERVAL = 0.001
"""Seconds."""
MAX_INTERVAL = 86_400.0
"""Seconds."""
MAX_TIMES = 1_000_000_000
"""Messages of one plan."""


class PlanError(ValueError):
    """The text is not a plan; `str()` says what would be valid."""


class Plan(NamedTuple):
    """Send every `interval` seconds, `times` times (0: until stopped), each up to `jitter` seconds earlier or later."""

    interval: float
    times: int = 0
    jitter: float = 0.0

    def describe(self) -> str:
        """The plan in words."""
        times = f", {self.times:,} times" if self.times else ", until stopped"
        jitter = f", up to {interval_words(self.jitter)} earlier or later" if self.jitter else ""
        return f"every {interval_words(self.interval)}{times}{jitter}"


_PART = re.compile(r"(?P<sign>[x~]?)(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<unit>ms|s|m|h|)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 0.001}


def read_plan(text: str) -> Plan:
    """Parse `500ms`, `1s x10` or `2m ~500ms`; a bare number is milliseconds. Raises `PlanError`."""
    interval, times, jitter = 0.0, 0, 0.0
    for part in text.lower().split():
        match = _PART.fullmatch(part)
        if match is None or (match["sign"] == "x" and (match["unit"] or "." in match["number"])):
            raise PlanError(f'"{part}" is not understood: write 500ms x10 ~50ms')
        value = float(match["number"])
        if match["sign"] == "x":
            if value > MAX_TIMES:
                raise PlanError(f"x can be at most {MAX_TIMES}")
            times = int(value)
        elif match["sign"] == "~":
            jitter = value * _UNITS[match["unit"]]
        else:
            interval = value * _UNITS[match["unit"]]
    if not MIN_INTERVAL <= interval <= MAX_INTERVAL:
        raise PlanError("how often? write 500ms, 1s or 2m; at least 1 ms, at most a day")
    if jitter > interval / 2:
        raise PlanError(f"~ can be at most half of {interval_words(interval)}")
    return Plan(interval, times, jitter)


class RepeatRequest(NamedTuple):
    """Send what `make` returns to each of `ids`, as `plan` says. `make` is called anew for each message; the repeat ends if it
    raises `PayloadError`, as when a length does not fit any more."""

    plan: Plan
    ids: tuple[int, ...]
    make: Callable[[], bytes]


class Repeat:
    """The `Job` that carries out a plan."""

    def __init__(self, request: RepeatRequest, context: JobContext) -> None:
        self.done = False
        self.outcome = ""
        self.sent = 0
        """How many times the message was sent."""
        self.skipped = 0
        """How many times it was not sent because the time had passed."""
        self.refused = 0
        """How many messages the server refused."""
        self.unknown = 0
        """How many messages may have been refused: their answers are among what this view has missed."""
        self._refusal = ""
        self._plan, self._ids, self._make = request
        self._context = context
        self._token = context.next_token()
        self._started = 0.0
        self._slot = 0
        self._timer: Timer | None = None
        self._unanswered: Counter[int] = Counter()
        """Connection → messages that the server has neither accepted nor refused yet."""

    def start(self) -> None:
        """As `Job.start`: the first message is sent at once."""
        self._started = self._context.now()
        self._send_and_schedule()

    def stop(self) -> None:
        """As `Job.stop`."""
        self._end("stopped")

    def apply(self, event: AnyEvent) -> None:
        """As `Job.apply`."""
        if isinstance(event, (Sent, Refused)):
            if event.token == self._token:
                self._unanswered.subtract((event.id,))
                if self._unanswered[event.id] <= 0:
                    del self._unanswered[event.id]
                if isinstance(event, Refused):
                    self.refused += 1
                    self._refusal = event.text
        elif isinstance(event, Closed):
            self._unanswered.pop(event.id, None)
        elif isinstance(event, Skipped) and event.lifecycle:
            settle = partial(self._settle, self._unanswered.copy(), event.lifecycle.get("refused", 0))
            self._context.schedule(SNAPSHOT_TIMEOUT, settle)
        self._end_if_finished()

    def describe(self) -> str:
        """As `Job.describe`."""
        return f"every {interval_words(self._plan.interval)}  {self._progress()} to {name_targets(self._ids)}{self._losses()}"

    def _progress(self) -> str:
        return f"{self.sent:,} of {self._plan.times:,}" if self._plan.times else f"{self.sent:,}"

    def _losses(self) -> str:
        skipped = f", {self.skipped:,} skipped" if self.skipped else ""
        refused = f", {self.refused:,} refused ({self._refusal})" if self.refused else ""
        unknown = f", {self.unknown:,} may have been refused: answers were missed" if self.unknown else ""
        return f"{skipped}{refused}{unknown}"

    def _settle(self, unanswered: Counter[int], refusals_missed: int) -> None:
        """What was `unanswered` when this view missed events, and is still, has been answered unseen."""
        missed = unanswered & self._unanswered
        self.unknown += min(missed.total(), refusals_missed)
        self._unanswered -= missed
        self._end_if_finished()
        if self.done:
            self._context.on_done()

    def _end_if_finished(self) -> None:
        if self.sent == self._plan.times and not self._unanswered:
            self._end("finished")

    def _end(self, how: str, reason: str = "") -> None:
        if not self.done:
            self.done = True
            self.outcome = f"Repeat {how} after {self._progress()}{self._losses()}{reason}"
            if self._timer is not None:
                self._timer.cancel()

    def _send_and_schedule(self) -> None:
        targets = [connection for connection in self._ids if self._context.is_open(connection)]
        if not targets:
            self._end("ended", ": no target is open")
            self._context.on_done()
            return
        try:
            for connection in targets:
                data = self._make()
                self._unanswered[connection] += 1
                self._context.send(Send(connection, data, token=self._token))
        except PayloadError as error:
            self._end("ended", f": {error.message}")
            self._context.on_done()
            return
        self.sent += 1
        if self.sent != self._plan.times:
            self._schedule()

    def _schedule(self) -> None:
        now, interval = self._context.now(), self._plan.interval
        self._slot += 1
        late = int((now - self._started) / interval) - self._slot
        if late > 0:
            self.skipped += late
            self._slot += late
        due = self._started + self._slot * interval + random.uniform(-1, 1) * self._plan.jitter
        self._timer = self._context.schedule(max(0.0, due - now), self._send_and_schedule)
