"""A poller over simulated descriptors: it never sleeps, it advances the simulated clock."""

from __future__ import annotations

import errno
import os
import random

from tests.simulation.clock import SimulatedClock
from tests.simulation.network import ERROR, HANG_UP, Network
from tuiserver.engine.pollers import READ

WAKEUP_DESCRIPTOR = 3


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
        self.requested = timeout
        self.quiet = False
        ready = self._ready()
        if not ready:
            beyond = self._sleep(timeout)
            ready = self._ready()
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

    def _ready(self) -> list[tuple[int, int]]:
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
