"""Pollers over simulated descriptors: they never sleep, they advance the simulated clock.

Rules of this file:
- What the kernel does is simulated, what tuiserver adds to it is real: `epoll` needs nothing, the others are behind its adapter.
"""

from __future__ import annotations

import errno
import os
import random
import selectors
from typing import Any

from tests.simulation.clock import SimulatedClock
from tests.simulation.network import ERROR, HANG_UP, Network
from tuiserver.engine.pollers import READ, WRITE, Poller

WAKEUP_DESCRIPTOR = 3
MAX_TIMEOUT = 2_147_483.647
"""Seconds: epoll_wait(2) and poll(2) take milliseconds as an `int`, and Python raises `OverflowError` for more."""


class SimulatedWakeup:
    """A `tuiserver.engine.loop.Wakeup` without a socket."""

    read_fd = write_fd = WAKEUP_DESCRIPTOR

    def __init__(self) -> None:
        self.pending = False
        self.closed = False

    def wake(self) -> None:
        """As `Wakeup.wake`."""
        self.pending = True

    def drain(self) -> None:
        """As `Wakeup.drain`."""
        self.pending = False

    def close(self) -> None:
        """As `Wakeup.close`."""
        self.closed = True


class SimulatedPoller:
    """A `tuiserver.engine.pollers.Poller`. It sleeps no longer than to `horizon`, the time of the simulation's next step."""

    def __init__(self, network: Network, clock: SimulatedClock, wakeup: SimulatedWakeup, seed: str) -> None:
        self.horizon = clock.monotonic()
        self.quiet = False
        """True if the last poll reported nothing and was asked to sleep beyond the horizon."""
        self.requested: float | None = 0.0
        """The timeout of the last poll."""
        self.watched: dict[int, int] = {}
        self.closed = False
        self._network, self._clock, self._wakeup = network, clock, wakeup
        self._random = random.Random(seed)
        network.released = lambda fd: self.watched.pop(fd, None)  # a closed descriptor leaves the set (epoll(7))

    def register(self, fd: int, mask: int, /) -> None:
        """As epoll_ctl(2) with EPOLL_CTL_ADD."""
        if fd != WAKEUP_DESCRIPTOR and fd not in self._network.descriptors:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        if fd in self.watched:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        self.watched[fd] = mask

    def modify(self, fd: int, mask: int, /) -> None:
        """As epoll_ctl(2) with EPOLL_CTL_MOD."""
        self._require(fd)
        self.watched[fd] = mask

    def unregister(self, fd: int, /) -> None:
        """As epoll_ctl(2) with EPOLL_CTL_DEL."""
        self._require(fd)
        del self.watched[fd]

    def poll(self, timeout: float | None, max_events: int, /) -> list[tuple[int, int]]:
        """What is ready; if nothing is, the clock advances to the next event, to the timeout or to the horizon."""
        if timeout is not None and timeout > MAX_TIMEOUT:
            raise OverflowError("timeout is too large")
        self.requested = timeout
        self.quiet = False
        ready = self.ready()
        if not ready:
            beyond = self._sleep(timeout)
            ready = self.ready()
            self.quiet = beyond and not ready
        self._random.shuffle(ready)
        return ready[:max_events]

    def close(self) -> None:
        """As `Poller.close`."""
        self.closed = True

    def _sleep(self, timeout: float | None) -> bool:
        """Advance the clock; True if the timeout lies beyond the horizon."""
        now = self._clock.monotonic()
        wanted = now + timeout if timeout is not None else float("inf")
        wake = min(wanted, self._clock.next_action(), self.horizon)
        if wake > now:
            self._clock.advance_to(wake)
        else:
            self._clock.run_due()
        return wanted > self.horizon

    def ready(self) -> list[tuple[int, int]]:
        """What is ready now."""
        ready: list[tuple[int, int]] = []
        for fd, interest in self.watched.items():
            if fd == WAKEUP_DESCRIPTOR:
                if self._wakeup.pending:
                    ready.append((fd, READ))
                continue
            mask = self._network.descriptors[fd].events() & (interest | ERROR | HANG_UP)
            if mask:
                ready.append((fd, mask))
        return ready

    def _require(self, fd: int) -> None:
        if fd not in self.watched:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


class SimulatedSelector:
    """A `selectors.PollSelector` over a `SimulatedPoller`: it reports all that is ready, in the same order every time."""

    def __init__(self, poller: SimulatedPoller) -> None:
        self._poller = poller
        self._keys: dict[int, selectors.SelectorKey] = {}

    def register(self, fd: int, events: int, data: Any = None) -> selectors.SelectorKey:
        """As `selectors.BaseSelector.register`."""
        if fd in self._keys:
            raise KeyError(f"{fd} is already registered")
        key = self._keys[fd] = selectors.SelectorKey(fd, fd, events, data)
        self._poller.register(fd, _mask_of(events))
        return key

    def unregister(self, fd: int) -> selectors.SelectorKey:
        """As `selectors.BaseSelector.unregister`: a descriptor that was closed is no error (poll(2) has no set in the kernel)."""
        self._poller.watched.pop(fd, None)
        return self._keys.pop(fd)

    def modify(self, fd: int, events: int, data: Any = None) -> selectors.SelectorKey:
        """As `selectors.BaseSelector.modify`."""
        key = self._keys[fd] = selectors.SelectorKey(fd, fd, events, data)
        if fd in self._poller.watched:
            self._poller.modify(fd, _mask_of(events))
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As `selectors.PollSelector.select`: errors and hang-ups, and POLLNVAL, are reported as what is waited for."""
        closed = [fd for fd in self._keys if fd not in self._poller.watched]
        ready = self._poller.poll(0.0 if closed else timeout, len(self._keys)) + [(fd, ERROR) for fd in closed]
        selected = []
        for fd, mask in sorted(ready):
            events = selectors.EVENT_READ if mask & ~WRITE else 0
            events |= selectors.EVENT_WRITE if mask & ~READ else 0
            if events & self._keys[fd].events:
                selected.append((self._keys[fd], events & self._keys[fd].events))
        return selected

    def close(self) -> None:
        """As `selectors.BaseSelector.close`."""
        self._poller.close()


def _mask_of(events: int) -> int:
    return (READ if events & selectors.EVENT_READ else 0) | (WRITE if events & selectors.EVENT_WRITE else 0)


class FairnessAuditor:
    """A poller in front of another one that lets it report few descriptors at once, and measures how long the others wait."""

    def __init__(self, poller: Poller, simulated: SimulatedPoller, max_events: int) -> None:
        self.unfair = ""
        """What was found: a descriptor waits while others are reported twice."""
        self._poller, self._simulated, self._max_events = poller, simulated, max_events
        self.register, self.modify, self.unregister = poller.register, poller.modify, poller.unregister
        self.close = poller.close
        self._waited: dict[int, int] = {}
        self._most = 0
        """Descriptors that were watched at the same time: each of them may be reported once before one that waits."""

    def poll(self, timeout: float | None, max_events: int, /) -> list[tuple[int, int]]:
        """As `Poller.poll`."""
        limit = min(max_events, self._max_events)
        reported = self._poller.poll(timeout, limit)
        waiting = {fd for fd, _ in self._simulated.ready()} - {fd for fd, _ in reported}
        self._waited = {fd: self._waited.get(fd, 0) + 1 for fd in waiting}
        self._most = max(self._most, len(self._simulated.watched))
        for fd, polls in self._waited.items():
            if polls > -(-self._most // limit):
                self.unfair = self.unfair or f"descriptor {fd} was ready in {polls} polls and was not reported"
        return reported
