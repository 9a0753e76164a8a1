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

import heapq
import select
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

READ = 1
WRITE = 4
"""Interest and readiness masks. They equal `EPOLLIN` and `EPOLLOUT`, so epoll needs no translation."""

MAX_READY = 256
"""Handlers called per turn at most, so that timers and calls from other threads run soon even under load."""

SLOW_TURN = 0.05
"""Seconds a turn may take. The engine itself needs a few milliseconds at most; a longer turn was spent in a callback."""

FD_SETSIZE = 1024
"""`select()` cannot watch a descriptor with this number or a higher one (select(2), BUGS)."""


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

    def on_error(self, error: Exception) -> None:
        """`readable` or `writable` raised `error`."""


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


class SelectorPoller:
    """Adapts a selector of the standard library to `Poller`, for systems without epoll."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self._masks: dict[int, int] = {}
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
        return [
            (key.fd, (READ if events & selectors.EVENT_READ else 0) | (WRITE if events & selectors.EVENT_WRITE else 0))
            for key, events in self._selector.select(timeout)[:max_events]
        ]

    def close(self) -> None:
        """As `Poller.close`."""
        self._selector.close()


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


class Timer:
    """A scheduled call. `when` is its time by the monotonic clock, `every` the interval of a repeating timer, else 0."""

    __slots__ = ("args", "callback", "every", "when")

    def __init__(self, when: float, every: float, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.when, self.every, self.args = when, every, args
        self.callback: Callable[..., object] | None = callback

    def cancel(self) -> None:
        """Prevent any further call. May be called at any time and more than once."""
        self.callback = None
        self.args = ()


class Loop:
    """The event loop. `poller` is a name from `pollers()`, `auto`, or a `Poller`; the loop closes it in `close`.

    `now` and `monotonic` are the wall time and the monotonic time at which the current turn began. They cost nothing to
    read; a duration that must include the turn itself needs `clock.monotonic()`. Raises `ValueError` for an unknown name.
    """

    def __init__(self, poller: str | Poller = "auto", clock: Clock | None = None, wakeup: Wakeup | None = None) -> None:
        self.clock: Clock = clock or SystemClock()
        self.now = self.clock.time()
        self.monotonic = self.clock.monotonic()
        self._end_of_turn: list[Callable[[], float | None]] = []
        self._slow_turn: list[Callable[[float], object]] = []
        self._poller = make_poller(poller) if isinstance(poller, str) else poller
        self._handlers: dict[int, Handler] = {}
        self._timers: list[tuple[float, int, Timer]] = []
        self._timer_count = 0
        self._calls: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._stopping = False
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
        self._poller.register(fd, mask)
        self._handlers[fd] = handler

    def update(self, fd: int, mask: int) -> None:
        """Watch `fd` for `mask` from now on; 0 reports only errors and hang-ups."""
        self._poller.modify(fd, mask)

    def unwatch(self, fd: int) -> None:
        """Stop watching `fd`. Call it before the descriptor is closed."""
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
        """Call soon in the loop's thread. From any thread or a signal handler; never blocks."""
        self._calls.append((callback, args))
        if not self._woken:
            self._woken = True
            self._wakeup.wake()

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> Timer:
        """Call once, `delay` seconds from now."""
        return self._schedule(Timer(self.clock.monotonic() + delay, 0.0, callback, args))

    def call_every(self, interval: float, callback: Callable[..., object], *args: Any) -> Timer:
        """Call every `interval` seconds, first after one interval. A late call is not caught up. Raises `ValueError`."""
        if interval <= 0:
            raise ValueError("an interval must be longer than 0 seconds")
        return self._schedule(Timer(self.clock.monotonic() + interval, interval, callback, args))

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
        self._poller.close()
        self._wakeup.close()

    def _run(self, once: bool) -> None:
        poll, handler_of = self._poller.poll, self._handlers.get
        wall_time, monotonic = self.clock.time, self.clock.monotonic
        end_of_turn = self._end_of_turn
        while not self._stopping:
            wait: float | None = None
            for hook in end_of_turn:
                seconds = hook()
                if seconds is not None and (wait is None or seconds < wait):
                    wait = seconds
            if self._calls:
                wait = 0.0
            elif self._timers:
                due = max(0.0, self._timers[0][0] - monotonic())
                wait = due if wait is None else min(wait, due)
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
                            handler.readable()
                except Exception as error:
                    handler.on_error(error)
            if self._timers:
                self._run_timers(monotonic())
            self.run_calls()
            duration = monotonic() - started
            if duration > SLOW_TURN:
                for report in self._slow_turn:
                    report(duration)
            if once:
                return

    def _schedule(self, timer: Timer) -> Timer:
        self._timer_count += 1
        heapq.heappush(self._timers, (timer.when, self._timer_count, timer))
        return timer

    def _run_timers(self, now: float) -> None:
        while self._timers and self._timers[0][0] <= now:
            timer = heapq.heappop(self._timers)[2]
            if timer.callback is None:
                continue
            if timer.every:
                timer.when = now + timer.every
                self._schedule(timer)
            timer.callback(*timer.args)

    def _drain_wakeup(self) -> None:
        self._wakeup.drain()
        # Cleared after draining: a call added before this line runs in this turn, one added after it wakes the loop again.
        self._woken = False


class _WakeupHandler:
    """Handles the loop's own wake-up descriptor."""

    __slots__ = ("readable",)

    def __init__(self, drain: Callable[[], None]) -> None:
        self.readable = drain

    def writable(self) -> None:
        """Never called: only reading is watched."""

    def on_error(self, error: Exception) -> None:
        raise error
