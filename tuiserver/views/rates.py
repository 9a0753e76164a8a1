"""How fast the totals of a server change, for the header and its sparklines.

Rules of this file:
- Pure: the caller passes the time in seconds, always of the same clock.
"""

from __future__ import annotations

from collections import deque


class Rates:
    """The rates at which totals grow: `bytes_in`, `bytes_out` and `accepts`, each per second over the last `WINDOW` ticks.

    `history_in`, `history_out` and `history_accepts` hold the rate of each single tick, oldest first: a sparkline.
    """

    WINDOW = 3
    """Ticks over which a rate is averaged: with three seconds a number is steady enough to be read."""
    HISTORY = 60

    def __init__(self) -> None:
        self.bytes_in = self.bytes_out = self.accepts = 0.0
        self.history_in: deque[float] = deque(maxlen=self.HISTORY)
        self.history_out: deque[float] = deque(maxlen=self.HISTORY)
        self.history_accepts: deque[float] = deque(maxlen=self.HISTORY)
        self._samples: deque[tuple[float, int, int, int]] = deque(maxlen=self.WINDOW + 1)

    def tick(self, now: float, bytes_in: int, bytes_out: int, accepted: int) -> None:
        """Take the totals of this second. The first ones are the base, and again the first ones after the clock stepped back."""
        sample = (now, bytes_in, bytes_out, accepted)
        if self._samples:
            if now <= self._samples[-1][0]:
                if now < self._samples[-1][0]:
                    self._samples.clear()
                    self._samples.append(sample)
                return
            per_tick = _per_second(self._samples[-1], sample)
            self.history_in.append(per_tick[0])
            self.history_out.append(per_tick[1])
            self.history_accepts.append(per_tick[2])
        self._samples.append(sample)
        if len(self._samples) > 1:
            self.bytes_in, self.bytes_out, self.accepts = _per_second(self._samples[0], sample)


def _per_second(before: tuple[float, int, int, int], after: tuple[float, int, int, int]) -> tuple[float, float, float]:
    """The three rates between two samples; never negative, for totals that a `Traffic` corrected downwards."""
    seconds = after[0] - before[0]
    return (
        max(0.0, (after[1] - before[1]) / seconds),
        max(0.0, (after[2] - before[2]) / seconds),
        max(0.0, (after[3] - before[3]) / seconds),
    )
