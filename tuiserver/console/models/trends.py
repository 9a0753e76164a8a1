"""The traffic of connections over the last seconds, for their sparklines.

Rules of this file:
- Only visible connections are sampled, and only those seen recently are remembered: ten thousand cost no more than thirty.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from tuiserver.views.roster import Client

MAX_CLIENTS = 200
"""Connections whose samples are kept: those sampled last."""


class Trends:
    """Bytes per second in and out together, one sample a second, the last `length` of each connection."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._samples: dict[int, deque[float]] = {}
        self._second = 0

    def due(self, now: float) -> bool:
        """True once in each second of `now`, in Unix seconds."""
        due, self._second = int(now) != self._second, int(now)
        return due

    def sample(self, clients: Iterable[Client], now: float) -> None:
        """Add the current rates of these connections."""
        for client in clients:
            samples = self._samples.pop(client.id, None) or deque(maxlen=self._length)
            samples.append(sum(client.rates_at(now)))
            self._samples[client.id] = samples
        while len(self._samples) > MAX_CLIENTS:
            del self._samples[next(iter(self._samples))]

    def of(self, number: int) -> list[float]:
        """The samples of a connection, oldest first."""
        return list(self._samples.get(number, ()))
