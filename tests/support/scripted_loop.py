"""For deterministic tests of the engine: a loop on a clock that a test sets and a poller that never really waits."""

from __future__ import annotations

import contextlib
import socket
from types import TracebackType

from tests.support.serving import connect
from tuiserver.core.limits import Limits
from tuiserver.engine.loop import Loop
from tuiserver.worker import Worker


class ManualClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.wall, self.elapsed = 1_000_000.0, 0.0

    def time(self) -> float:
        """As `Clock.time`."""
        return self.wall

    def monotonic(self) -> float:
        """As `Clock.monotonic`."""
        return self.elapsed


class ScriptedPoller:
    """A poller that records each timeout, advances the clock by it, and reports what the test put into `ready`."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.watched: dict[int, int] = {}
        self.ready: list[tuple[int, int]] = []
        self.timeouts: list[float | None] = []
        self.closed = False

    def register(self, fd: int, mask: int, /) -> None:
        """As `Poller.register`."""
        self.watched[fd] = mask

    modify = register

    def unregister(self, fd: int, /) -> None:
        """As `Poller.unregister`."""
        del self.watched[fd]

    def poll(self, timeout: float | None, max_events: int, /) -> list[tuple[int, int]]:
        """As `Poller.poll`."""
        self.timeouts.append(timeout)
        ready, self.ready = self.ready[:max_events], self.ready[max_events:]
        if not ready:
            self.clock.elapsed += timeout or 0.0
            self.clock.wall += timeout or 0.0
        return ready

    def close(self) -> None:
        """As `Poller.close`."""
        self.closed = True


class ScriptedWakeup:
    """A wake-up without descriptors."""

    read_fd, write_fd = 900, 901

    def __init__(self) -> None:
        self.wakes = self.drains = 0
        self.closed = False

    def wake(self) -> None:
        """As `Wakeup.wake`."""
        self.wakes += 1

    def drain(self) -> None:
        """As `Wakeup.drain`."""
        self.drains += 1

    def close(self) -> None:
        """As `Wakeup.close`."""
        self.closed = True


class SteppedWorker:
    """A worker on real sockets and a manual clock. It answers every message, and runs in `run` only."""

    def __init__(self, address: str, limits: Limits, sniff: bool = False) -> None:
        self.clock = ManualClock()
        self.loop = Loop("auto", self.clock)
        self.worker = Worker(address, sniff=sniff, limits=limits, loop=self.loop)
        self.worker.on_message = lambda connection, message: connection.send(b"ok")
        self._stack = contextlib.ExitStack()

    def connect(self) -> socket.socket:
        """A client, accepted."""
        sock = self._stack.enter_context(connect(self.worker))
        self.run(0.0)
        return sock

    def run(self, seconds: float) -> None:
        """Let time pass, a quarter of a second at a time, and do what is due and what has arrived until then."""
        for _ in range(max(4, round(seconds * 4))):
            self.clock.elapsed += seconds and 0.25
            self.clock.wall += seconds and 0.25
            self.loop.call_soon(lambda: None)  # it must not sleep: time does not pass by itself
            self.loop.turn()

    def __enter__(self) -> SteppedWorker:
        self.worker.bind()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        self.worker.stop(0)
        self.run(1.0)
        self.loop.close()
