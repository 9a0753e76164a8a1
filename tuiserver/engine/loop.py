"""The event loop: readiness, timers, calls from other threads, and a hook at the end of each turn.

Rules of this file:
- One thread runs the loop. Every method belongs to that thread, except `call_threadsafe` and `stop`.
- Polling is level-triggered. A handler is looked up again just before it is called: an earlier handler of the same turn
  may have unregistered it.
- A turn sleeps in the poll and nowhere else.
- Time is read from the injected clock only, and readiness from the injected poller only, so that a simulation controls
  both.
"""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from tuiserver.engine.pollers import READ, WRITE, Poller, make_poller
from tuiserver.engine.timers import Timer, Timers

MAX_READY = 256
"""Handlers called per turn at most, so that timers and calls from other threads run soon even under load."""

SLOW_TURN = 0.05
"""Seconds a turn may take. The engine itself needs a few milliseconds at most; a longer turn was spent in a callback."""

MAX_SLEEP = 3600.0
"""Seconds of one sleep at most: poll(2) and epoll_wait(2) take milliseconds as an `int`, which is less than 25 days."""


class Clock(Protocol):
    """Where the loop reads the time."""

    def time(self) -> float:
        """Wall time: Unix time in seconds, for display. It can jump."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start, for durations. Never goes backwards."""


class SystemClock:
    """The clocks of the operating system."""

    monotonic = staticmethod(time.monotonic)
    time = staticmethod(time.time)


class Handler(Protocol):
    """What the loop calls when a descriptor is ready."""

    def readable(self) -> None:
        """Reading will not block: there is data, the end of the stream, or an error."""

    def writable(self) -> None:
        """Writing will not block."""

    def hung_up(self) -> None:
        """The other end is gone or the socket has failed, and it is not watched for reading.

        No interest mask switches this off (epoll_ctl(2), EPOLLERR and EPOLLHUP): unless the handler unwatches the
        descriptor, it is called again and again.
        """

    def descriptor_lost(self) -> None:
        """The descriptor was closed without `unwatch`, and its number now belongs to another handler: it must not be used."""

    def on_error(self, error: BaseException) -> None:
        """Another method raised `error`."""


class Wakeup(Protocol):
    """Ends the loop's sleep from another thread or from a signal handler."""

    read_fd: int
    """Becomes readable after `wake`."""
    write_fd: int
    """A byte written to it has the effect of `wake` (`signal.set_wakeup_fd`)."""

    def wake(self) -> None:
        """Make `read_fd` readable. Never blocks, never raises; from any thread."""

    def drain(self) -> None:
        """Make `read_fd` unreadable again."""

    def close(self) -> None:
        """Release both descriptors."""


class SocketWakeup:
    """A `Wakeup` over a socket pair."""

    def __init__(self) -> None:
        self._read_end, self._write_end = socket.socketpair()
        for end in (self._read_end, self._write_end):
            end.setblocking(False)
        self.read_fd, self.write_fd = self._read_end.fileno(), self._write_end.fileno()

    def wake(self) -> None:
        """As `Wakeup.wake`."""
        with suppress(OSError):  # full: the loop wakes anyway; closed: the loop has ended
            self._write_end.send(b"\0")

    def drain(self) -> None:
        """As `Wakeup.drain`."""
        with suppress(BlockingIOError):
            while self._read_end.recv(4096):
                pass

    def close(self) -> None:
        """As `Wakeup.close`."""
        self._read_end.close()
        self._write_end.close()


class Loop:
    """The event loop. `poller` is a name from `pollers()`, `auto`, or a `Poller`; the loop closes it in `close`.

    `now` and `monotonic` are the wall time and the monotonic time at which the current turn began. They cost nothing to
    read; a duration that must include the turn itself needs `clock.monotonic()`. `timers` are those that are queued. Raises
    `ValueError` for an unknown name.
    """

    def __init__(self, poller: str | Poller = "auto", clock: Clock | None = None, wakeup: Wakeup | None = None) -> None:
        self.clock: Clock = clock or SystemClock()
        self.now = self.clock.time()
        self.monotonic = self.clock.monotonic()
        self._end_of_turn: list[Callable[[], float | None]] = []
        self._slow_turn: list[Callable[[float], object]] = []
        self._poller = make_poller(poller) if isinstance(poller, str) else poller
        self._handlers: dict[int, Handler] = {}
        self.timers = Timers()
        self._calls: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._stopping = self._closed = False
        self._woken = False
        self._wakeup: Wakeup = wakeup or SocketWakeup()
        self.watch(self._wakeup.read_fd, _WakeupHandler(self._drain_wakeup), READ)

    @property
    def wakeup_fd(self) -> int:
        """A descriptor that ends the loop's sleep when a byte is written to it (`signal.set_wakeup_fd`)."""
        return self._wakeup.write_fd

    @property
    def stopping(self) -> bool:
        """True once `stop` has been called."""
        return self._stopping

    def watch(self, fd: int, handler: Handler, mask: int) -> None:
        """Call `handler` when `fd` is ready for `mask`. Raises as `Poller.register`."""
        before = self._handlers.get(fd)
        if before is not None:  # somebody closed its descriptor, and the system uses the number again
            self.unwatch(fd, before)
            before.descriptor_lost()
        self._poller.register(fd, mask)
        self._handlers[fd] = handler

    def update(self, fd: int, mask: int) -> None:
        """Watch `fd` for `mask` from now on; 0 reports only errors and hang-ups."""
        try:
            self._poller.modify(fd, mask)
        except OSError:  # already closed elsewhere, as in `unwatch`
            pass

    def unwatch(self, fd: int, handler: Handler) -> None:
        """Stop watching `fd` for `handler`; nothing happens if it is not watched for it. Call it before `fd` is closed."""
        if self._handlers.get(fd) is not handler:
            return
        del self._handlers[fd]
        try:  # not `suppress`: each connection would pay three calls for it
            self._poller.unregister(fd)
        except OSError:  # already closed elsewhere: the kernel has dropped it from the set (epoll(7), Questions)
            pass

    def add_end_of_turn(self, hook: Callable[[], float | None]) -> None:
        """Call `hook` before each sleep; it returns the seconds until it must be called again, or None."""
        self._end_of_turn.append(hook)

    def add_slow_turn(self, hook: Callable[[float], object]) -> None:
        """Call `hook` after a turn that took longer than `SLOW_TURN`, with its duration in seconds."""
        self._slow_turn.append(hook)

    def call_soon(self, callback: Callable[..., object], *args: Any) -> None:
        """Call at the end of this turn."""
        self._calls.append((callback, args))

    def call_threadsafe(self, callback: Callable[..., object], *args: Any) -> None:
        """Call soon in the loop's thread, or never once the loop is closed. From any thread or a signal handler; never blocks."""
        self._calls.append((callback, args))
        if self._closed:
            self._calls.clear()
            return
        if not self._woken:
            self._woken = True
            self._wakeup.wake()

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> Timer:
        """Call once, `delay` seconds from now; a negative delay counts as 0. Raises `ValueError` if it is not finite."""
        return self.timers.add(self.clock.monotonic(), delay, 0.0, callback, *args)

    def call_every(self, interval: float, callback: Callable[..., object], *args: Any) -> Timer:
        """Call every `interval` seconds, first after one interval. A late call is not caught up. Raises `ValueError`."""
        if interval <= 0:
            raise ValueError("an interval must be longer than 0 seconds")
        return self.timers.add(self.clock.monotonic(), interval, interval, callback, *args)

    def stop(self) -> None:
        """Make `run` return after the current turn. From any thread."""
        self._stopping = True
        self.call_threadsafe(lambda: None)

    def run(self) -> None:
        """Run turns until `stop`."""
        self._run(once=False)

    def turn(self) -> None:
        """Run one turn, for a caller that steps the loop itself. Does nothing after `stop`."""
        self._run(once=True)

    def run_calls(self) -> None:
        """Run the calls that are queued now. Calls that they add wait for the next turn. A call may use this method itself."""
        calls = self._calls
        for _ in range(len(calls)):
            if not calls:
                return
            callback, args = calls.popleft()
            callback(*args)

    def close(self) -> None:
        """Release the poller and the wake-up. Call it after `run` has returned."""
        self._closed = True
        self._calls.clear()
        self._poller.close()
        self._wakeup.close()

    def _run(self, once: bool) -> None:
        poll, handler_of = self._poller.poll, self._handlers.get
        wall_time, monotonic = self.clock.time, self.clock.monotonic
        end_of_turn, timers, heap = self._end_of_turn, self.timers, self.timers.heap
        while not self._stopping:
            wait: float | None = None
            for hook in end_of_turn:
                seconds = hook()
                if seconds is not None and (wait is None or seconds < wait):
                    wait = seconds
            if self._calls:
                wait = 0.0
            elif heap:
                due = heap[0][0] - monotonic()
                if wait is None or due < wait:
                    wait = min(max(0.0, due), MAX_SLEEP)
            ready = poll(wait, MAX_READY)
            self.now = wall_time()
            self.monotonic = started = monotonic()
            for fd, mask in ready:
                handler = handler_of(fd)
                if handler is None:
                    continue
                try:
                    if mask == READ:
                        handler.readable()
                    else:
                        if mask & WRITE:
                            handler.writable()
                        if mask & ~WRITE and handler_of(fd) is handler:
                            if mask & READ:
                                handler.readable()
                            else:
                                handler.hung_up()
                except KeyboardInterrupt:
                    raise
                except BaseException as error:
                    handler.on_error(error)
            if heap and heap[0][0] <= (now := monotonic()):
                timers.run(now)
            self.run_calls()
            duration = monotonic() - started
            if duration > SLOW_TURN:
                for report in self._slow_turn:
                    report(duration)
            if once:
                return

    def _drain_wakeup(self) -> None:
        self._wakeup.drain()
        # Cleared after draining: a call added before this line runs in this turn, one added after it wakes the loop again.
        self._woken = False


class _WakeupHandler:
    """Handles the loop's own wake-up descriptor."""

    __slots__ = ("hung_up", "readable")

    def __init__(self, drain: Callable[[], None]) -> None:
        self.readable = self.hung_up = drain

    def writable(self) -> None:
        """Never called: only reading is watched."""

    def descriptor_lost(self) -> None:
        """Never called: nobody else knows this descriptor."""

    def on_error(self, error: BaseException) -> None:
        raise error
