"""The select loop: who is ready, what is due, who wakes me, and a hook at the end of each turn. Nothing else.

Rules of this file:
- One thread runs the loop; all but `call_threadsafe` and `stop` belong to that thread.
- Level-triggered; a handler is looked up again before it is called, since an earlier one may have closed it.
- Nothing in a turn waits: the only place where the thread sleeps is the poll.
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
"""Masks of interest and readiness: the values of `EPOLLIN` and `EPOLLOUT`, so that epoll needs no translation."""

MAX_READY = 256
"""Handlers called per turn at most, so that timers and other threads' calls are never far away."""

SLOW_TURN = 0.05
"""Seconds a turn may take. Ours take a few milliseconds at most: past this, a callback made everybody wait."""

FD_SETSIZE = 1024
"""`select()` cannot watch a descriptor of this number or above (select(2), BUGS)."""


class Handler(Protocol):
    """What the loop watches a descriptor for."""

    def readable(self) -> None:
        """There is something to read, or an error or the end to find by reading."""

    def writable(self) -> None:
        """There is room to write."""

    def on_error(self, error: Exception) -> None:
        """One of the two above raised: a fault in this program."""


class Poller(Protocol):
    """Who is ready. `select.epoll` is one as it is."""

    def register(self, fd: int, mask: int, /) -> None:
        """Begin to watch `fd`; raises `DescriptorTooHigh` where it can't be watched."""

    def modify(self, fd: int, mask: int, /) -> None:
        """Watch `fd` for something else; a mask of 0 is for nothing but errors."""

    def unregister(self, fd: int, /) -> None:
        """Watch it no more."""

    def poll(self, timeout: float | None, most: int, /) -> list[tuple[int, int]]:
        """Wait for up to `timeout` seconds (None: for ever) and return `(fd, mask)` of up to `most` that are ready."""

    def close(self) -> None:
        """Give the poller's own descriptor back."""


class DescriptorTooHigh(OSError):
    """This poller cannot watch so high a descriptor."""


class SelectorPoller:
    """Any selector of the standard library as a `Poller`: for systems without epoll, and for comparing."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self._masks: dict[int, int] = {}
        self._below = FD_SETSIZE if isinstance(selector, selectors.SelectSelector) else 0

    def register(self, fd: int, mask: int, /) -> None:
        """As `Poller.register`."""
        if self._below and fd >= self._below:
            raise DescriptorTooHigh(f"select() can watch no descriptor above {self._below - 1}")
        self._masks[fd] = 0
        self.modify(fd, mask)

    def modify(self, fd: int, mask: int, /) -> None:
        """As `Poller.modify`; a selector refuses an empty interest, so that is not registered at all."""
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

    def poll(self, timeout: float | None, most: int, /) -> list[tuple[int, int]]:
        """As `Poller.poll`."""
        return [
            (key.fd, (READ if events & selectors.EVENT_READ else 0) | (WRITE if events & selectors.EVENT_WRITE else 0))
            for key, events in self._selector.select(timeout)[:most]
        ]

    def close(self) -> None:
        """As `Poller.close`."""
        self._selector.close()


def pollers() -> dict[str, Callable[[], Poller]]:
    """The pollers of this system by name, the best first."""
    found: dict[str, Callable[[], Poller]] = {}
    if hasattr(select, "epoll"):
        found["epoll"] = lambda: select.epoll()
    for name in ("kqueue", "poll", "select"):
        selector = getattr(selectors, f"{name.capitalize()}Selector", None)
        if selector is not None:
            found[name] = lambda selector=selector: SelectorPoller(selector())  # type: ignore[misc]
    return found


def make_poller(name: str) -> Poller:
    """The poller called `name`, or the best for `auto`; raises `ValueError` where this system has none of that name."""
    known = pollers()
    if name != "auto" and name not in known:
        raise ValueError(f'no poller "{name}" on this system: use one of auto, {", ".join(known)}')
    return known[next(iter(known)) if name == "auto" else name]()


class Timer:
    """A call that is due later. `cancel()` may come at any time, also twice, also after it ran."""

    __slots__ = ("args", "callback", "every", "when")

    def __init__(self, when: float, every: float, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.when, self.every, self.args = when, every, args
        self.callback: Callable[..., object] | None = callback

    def cancel(self) -> None:
        """Never call it, or never again."""
        self.callback = None
        self.args = ()


class Loop:
    """The loop itself. `now` is the Unix time of the latest look at the clock, for stamping events."""

    def __init__(self, poller: str = "auto") -> None:
        self.now = time.time()
        self.end_of_turn: Callable[[], float | None] = lambda: None
        """Called before each sleep; returns in how many seconds it wants to be called again, or None."""
        self.slow_turn: Callable[[float], object] = lambda seconds: None
        """Called after a turn that took longer than `SLOW_TURN`, with its length in seconds."""
        self._poller = make_poller(poller)
        self._handlers: dict[int, Handler] = {}
        self._timers: list[tuple[float, int, Timer]] = []
        self._timer_count = 0
        self._calls: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._stopping = False
        self._woken = False
        self._wake_in, self._wake_out = socket.socketpair()
        for end in (self._wake_in, self._wake_out):
            end.setblocking(False)
        self.watch(self._wake_in.fileno(), _Waker(self, self._wake_in), READ)

    @property
    def wakeup_fd(self) -> int:
        """A descriptor that ends the loop's sleep when a byte is written to it (`signal.set_wakeup_fd`)."""
        return self._wake_out.fileno()

    def watch(self, fd: int, handler: Handler, mask: int) -> None:
        """Call `handler` when `fd` is ready for `mask`. Raises `DescriptorTooHigh`, or `OSError` where memory is out."""
        self._poller.register(fd, mask)
        self._handlers[fd] = handler

    def update(self, fd: int, mask: int) -> None:
        """Watch `fd` for `mask` from now on."""
        self._poller.modify(fd, mask)

    def unwatch(self, fd: int) -> None:
        """Forget `fd`; call it before closing the descriptor."""
        del self._handlers[fd]
        with suppress(OSError):  # closed behind our back: the kernel has forgotten it already (epoll(7), Questions)
            self._poller.unregister(fd)

    def call_soon(self, callback: Callable[..., object], *args: Any) -> None:
        """Call at the end of this turn."""
        self._calls.append((callback, args))

    def call_threadsafe(self, callback: Callable[..., object], *args: Any) -> None:
        """Call in the loop's thread, soon; from any thread, or from a signal handler. Never waits."""
        self._calls.append((callback, args))
        if not self._woken:
            self._woken = True
            try:
                self._wake_out.send(b"\0")
            except OSError:  # full: a byte is on its way already; closed: nobody is left to wake
                pass

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> Timer:
        """Call once, `delay` seconds from now."""
        return self._schedule(Timer(time.monotonic() + delay, 0.0, callback, args))

    def call_every(self, interval: float, callback: Callable[..., object], *args: Any) -> Timer:
        """Call every `interval` seconds, the first time after one; a late call is not made up for."""
        if interval <= 0:
            raise ValueError("an interval is longer than 0 seconds")
        return self._schedule(Timer(time.monotonic() + interval, interval, callback, args))

    def stop(self) -> None:
        """End `run` after this turn; from any thread."""
        self._stopping = True
        self.call_threadsafe(lambda: None)

    def run(self) -> None:
        """Turn until `stop`."""
        poll, handler_of, clock = self._poller.poll, self._handlers.get, time.time
        while not self._stopping:
            wait = self.end_of_turn()
            if self._calls:
                wait = 0.0
            elif self._timers:
                due = max(0.0, self._timers[0][0] - time.monotonic())
                wait = due if wait is None else min(wait, due)
            ready = poll(wait, MAX_READY)
            self.now = now = clock()
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
                self._call_due()
            self.run_calls()
            if clock() - now > SLOW_TURN:
                self.slow_turn(clock() - now)

    def run_calls(self) -> None:
        """Run the calls that wait, those present now and no later ones."""
        for _ in range(len(self._calls)):
            callback, args = self._calls.popleft()
            callback(*args)

    def close(self) -> None:
        """Give back the loop's own descriptors; after `run` has ended."""
        self._poller.close()
        self._wake_in.close()
        self._wake_out.close()

    def _schedule(self, timer: Timer) -> Timer:
        self._timer_count += 1
        heapq.heappush(self._timers, (timer.when, self._timer_count, timer))
        return timer

    def _call_due(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            timer = heapq.heappop(self._timers)[2]
            if timer.callback is None:
                continue
            if timer.every:
                timer.when = now + timer.every
                self._schedule(timer)
            timer.callback(*timer.args)


class _Waker:
    """Empties the socketpair by which other threads end the loop's sleep."""

    __slots__ = ("_loop", "_sock")

    def __init__(self, loop: Loop, sock: socket.socket) -> None:
        self._loop, self._sock = loop, sock

    def readable(self) -> None:
        try:
            while self._sock.recv(4096):
                pass
        except BlockingIOError:
            pass
        # Only now: a call appended before this is run at the end of this turn, one appended after it sends a byte.
        self._loop._woken = False

    def writable(self) -> None:
        """Never asked for."""

    def on_error(self, error: Exception) -> None:
        raise error
