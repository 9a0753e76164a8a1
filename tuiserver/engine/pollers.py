"""Pollers: which descriptors are ready.

Rules of this file:
- Polling is level-triggered.
- When more descriptors are ready than one poll returns, each gets its turn: none is served twice before the others.
"""

from __future__ import annotations

import errno
import os
import select
import selectors
from bisect import bisect_right
from collections.abc import Callable
from operator import itemgetter
from typing import Protocol

READ = 1
WRITE = 4
"""Interest and readiness masks. They equal `EPOLLIN` and `EPOLLOUT`, so epoll needs no translation."""

FD_SETSIZE = 1024
"""`select()` cannot watch a descriptor with this number or a higher one (select(2), BUGS)."""


class Poller(Protocol):
    """Readiness of descriptors. `select.epoll` satisfies this interface as it is (epoll(7))."""

    def register(self, fd: int, mask: int, /) -> None:
        """Start watching `fd` for `mask`. Raises `DescriptorTooHigh`, or `OSError` when the system is out of memory."""

    def modify(self, fd: int, mask: int, /) -> None:
        """Change what `fd` is watched for; with a mask of 0, only errors and hang-ups are reported."""

    def unregister(self, fd: int, /) -> None:
        """Stop watching `fd`."""

    def poll(self, timeout: float | None, max_events: int, /) -> list[tuple[int, int]]:
        """Wait up to `timeout` seconds (None: without limit); return up to `max_events` ready pairs `(fd, mask)`."""

    def close(self) -> None:
        """Release the poller's own descriptor."""


class DescriptorTooHigh(OSError):
    """The poller cannot watch a descriptor with so high a number."""


class SelectorPoller:
    """Adapts a selector of the standard library to `Poller`, for systems without epoll."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self._masks: dict[int, int] = {}
        self._last = -1
        self._below = FD_SETSIZE if isinstance(selector, selectors.SelectSelector) else 0

    def register(self, fd: int, mask: int, /) -> None:
        """As `Poller.register`."""
        if self._below and fd >= self._below:
            raise DescriptorTooHigh(f"select() cannot watch a descriptor above {self._below - 1}")
        self._masks[fd] = 0
        self.modify(fd, mask)

    def modify(self, fd: int, mask: int, /) -> None:
        """As `Poller.modify`. A selector rejects an empty mask, so a descriptor with mask 0 is not registered."""
        before, self._masks[fd] = self._masks[fd], mask
        events = (selectors.EVENT_READ if mask & READ else 0) | (selectors.EVENT_WRITE if mask & WRITE else 0)
        if not before and events:
            self._selector.register(fd, events)
        elif before and not events:
            self._selector.unregister(fd)
        elif events:
            self._selector.modify(fd, events)

    def unregister(self, fd: int, /) -> None:
        """As `Poller.unregister`."""
        if self._masks.pop(fd):
            self._selector.unregister(fd)

    def poll(self, timeout: float | None, max_events: int, /) -> list[tuple[int, int]]:
        """As `Poller.poll`."""
        try:
            selected = self._selector.select(timeout)
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            return self._closed_descriptors()[:max_events]
        ready = [
            (key.fd, (READ if events & selectors.EVENT_READ else 0) | (WRITE if events & selectors.EVENT_WRITE else 0))
            for key, events in selected
        ]
        if len(ready) > max_events:  # continue after the last one: the system reports them in the same order every time
            ready.sort()
            first = bisect_right(ready, self._last, key=itemgetter(0))
            ready = (ready[first:] + ready[:first])[:max_events]
            self._last = ready[-1][0]
        return ready

    def close(self) -> None:
        """As `Poller.close`."""
        self._selector.close()

    def _closed_descriptors(self) -> list[tuple[int, int]]:
        """Those that were closed while they were watched: select(2) fails for them, their handlers find out by reading."""
        closed: list[tuple[int, int]] = []
        for fd in self._masks:
            try:
                os.fstat(fd)
            except OSError:
                closed.append((fd, READ))
        return closed


def pollers() -> dict[str, Callable[[], Poller]]:
    """The pollers this system has, by name, best first."""
    found: dict[str, Callable[[], Poller]] = {}
    if hasattr(select, "epoll"):
        found["epoll"] = lambda: select.epoll()
    for name in ("kqueue", "poll", "select"):
        selector = getattr(selectors, f"{name.capitalize()}Selector", None)
        if selector is not None:
            found[name] = lambda selector=selector: SelectorPoller(selector())  # type: ignore[misc]
    return found


def make_poller(name: str) -> Poller:
    """The poller called `name`, or the best one for `auto`. Raises `ValueError` if this system has no such poller."""
    known = pollers()
    if name != "auto" and name not in known:
        raise ValueError(f'no poller "{name}" on this system: use one of auto, {", ".join(known)}')
    return known[next(iter(known)) if name == "auto" else name]()
