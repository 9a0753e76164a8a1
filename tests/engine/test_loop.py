"""The event loop: readiness, timers, calls from other threads, injected clock and poller; every poller of this system."""

from __future__ import annotations

import os
import socket
import threading
import time
import weakref

import pytest

from tests.support.scripted_loop import ManualClock, ScriptedPoller, ScriptedWakeup
from tuiserver.engine.loop import Loop
from tuiserver.engine.pollers import READ, WRITE, pollers

POLLERS = list(pollers())


class Reader:
    """A handler that records what it reads."""

    def __init__(self, loop: Loop, sock: socket.socket, stop_after: int = 1) -> None:
        self.loop, self.sock, self.stop_after = loop, sock, stop_after
        self.got: list[bytes] = []
        self.written = 0
        self.errors: list[Exception] = []

    def readable(self) -> None:
        self.got.append(self.sock.recv(100))
        if len(self.got) >= self.stop_after:
            self.loop.stop()

    def writable(self) -> None:
        self.written += 1
        self.loop.update(self.sock.fileno(), READ)

    def on_error(self, error: Exception) -> None:
        self.errors.append(error)
        self.loop.stop()


@pytest.fixture
def pair():
    """A connected pair of sockets."""
    a, b = socket.socketpair()
    with a, b:
        a.setblocking(False)
        yield a, b


@pytest.mark.parametrize("name", POLLERS)
def test_reports_readable_and_writable(name, pair):
    """With every poller, `writable` is called while it is asked for and `readable` when bytes have arrived."""
    loop = Loop(name)
    reader = Reader(loop, pair[0])
    loop.watch(pair[0].fileno(), reader, READ | WRITE)
    pair[1].send(b"hello")
    loop.run()
    loop.unwatch(pair[0].fileno(), reader)
    loop.close()
    assert reader.got == [b"hello"]
    assert reader.written == 1


@pytest.mark.parametrize("name", POLLERS)
def test_mask_zero_reports_no_data(name, pair):
    """A handler with mask 0 is not called for data; it is called once it is watched for reading again."""
    loop = Loop(name)
    reader = Reader(loop, pair[0])
    loop.watch(pair[0].fileno(), reader, READ)
    loop.update(pair[0].fileno(), 0)
    pair[1].send(b"x")
    seen_early: list[int] = []
    loop.call_later(0.05, lambda: (seen_early.append(len(reader.got)), loop.update(pair[0].fileno(), READ)))
    loop.run()
    loop.close()
    assert seen_early == [0]
    assert reader.got == [b"x"]


def test_an_exception_of_a_handler_reaches_its_on_error(pair):
    """An exception raised by a handler is passed to that handler's `on_error`, and the loop continues."""
    loop = Loop()
    reader = Reader(loop, pair[0])
    reader.readable = lambda: 1 / 0  # type: ignore[method-assign]
    loop.watch(pair[0].fileno(), reader, READ)
    pair[1].send(b"x")
    loop.run()
    loop.close()
    assert [type(error) for error in reader.errors] == [ZeroDivisionError]


def test_a_handler_unwatched_earlier_in_the_turn_is_not_called():
    """Two descriptors are ready; the first handler unwatches the second, which is then not called."""
    loop = Loop()
    ends = [socket.socketpair() for _ in range(2)]
    called: list[int] = []

    class Forgetful:
        def __init__(self, number: int) -> None:
            self.number = number

        def readable(self) -> None:
            called.append(self.number)
            loop.unwatch(ends[1 - self.number][0].fileno(), handlers[1 - self.number])
            loop.stop()

        writable = readable

        def on_error(self, error: Exception) -> None:
            raise error

    handlers = [Forgetful(number) for number in range(2)]
    for handler, (mine, theirs) in zip(handlers, ends, strict=True):
        loop.watch(mine.fileno(), handler, READ)
        theirs.send(b"x")
    loop.run()
    loop.close()
    for pair in ends:
        for end in pair:
            end.close()
    assert len(called) == 1


def test_timers_run_in_order_and_can_be_cancelled():
    """Timers run in the order of their times; a cancelled one never runs, and cancelling twice is harmless."""
    loop = Loop()
    ran: list[str] = []
    loop.call_later(0.02, ran.append, "second")
    loop.call_later(0.01, ran.append, "first")
    cancelled = loop.call_later(0.015, ran.append, "never")
    cancelled.cancel()
    cancelled.cancel()
    loop.call_later(0.03, loop.stop)
    loop.run()
    loop.close()
    assert ran == ["first", "second"]


def test_call_every_repeats_until_cancelled():
    """A repeating timer runs until it is cancelled, which its own callback may do."""
    loop = Loop()
    ran: list[float] = []

    def tick() -> None:
        ran.append(time.monotonic())
        if len(ran) == 3:
            timer.cancel()
            loop.call_later(0.03, loop.stop)

    timer = loop.call_every(0.01, tick)
    loop.run()
    loop.close()
    assert len(ran) == 3
    with pytest.raises(ValueError, match="longer than 0 seconds"):
        loop.call_every(0, tick)


def test_calls_from_other_threads_all_arrive():
    """Ten thousand calls from four threads all run, in order per thread, in a loop that would otherwise sleep forever."""
    loop = Loop()
    got: list[tuple[int, int]] = []

    def call(thread: int) -> None:
        for number in range(2500):
            loop.call_threadsafe(got.append, (thread, number))

    threads = [threading.Thread(target=call, args=(number,)) for number in range(4)]

    def finish() -> None:
        for thread in threads:
            thread.join()
        loop.call_threadsafe(loop.stop)

    finisher = threading.Thread(target=finish)
    for thread in threads:
        thread.start()
    finisher.start()
    loop.run()
    finisher.join()
    loop.close()
    assert len(got) == 10_000
    for thread in range(4):
        assert [number for who, number in got if who == thread] == list(range(2500))


def test_end_of_turn_bounds_the_sleep():
    """The hook is called again after the time it returned, even if nothing else happens."""
    loop = Loop()
    calls: list[float] = []

    def hook() -> float | None:
        calls.append(time.monotonic())
        if len(calls) == 3:
            loop.stop()
        return 0.02

    loop.add_end_of_turn(hook)
    loop.run()
    loop.close()
    assert len(calls) >= 3
    assert calls[2] - calls[0] >= 0.03


@pytest.fixture
def scripted():
    """A loop on a scripted poller, a manual clock and a scripted wake-up."""
    clock = ManualClock()
    poller, wakeup = ScriptedPoller(clock), ScriptedWakeup()
    return Loop(poller, clock, wakeup), poller, clock, wakeup


def test_an_injected_clock_drives_timers(scripted):
    """`turn` sleeps until the next timer by the injected clock, runs it, and stamps `now` and `monotonic`."""
    loop, poller, clock, _ = scripted
    ran: list[float] = []
    loop.call_later(3600.0, lambda: ran.append(clock.elapsed))
    loop.turn()
    assert poller.timeouts == [3600.0]
    assert ran == [3600.0]
    assert (loop.now, loop.monotonic) == (1_003_600.0, 3600.0)


def test_a_step_of_the_wall_clock_delays_no_timer(scripted):
    """Timers follow the monotonic clock: when the wall clock jumps back two hours, a timer still runs on time."""
    loop, poller, clock, _ = scripted
    ran: list[float] = []
    loop.call_later(5.0, lambda: ran.append(clock.elapsed))
    clock.wall -= 7200.0
    loop.turn()
    assert poller.timeouts == [5.0]
    assert ran == [5.0]


def test_a_slow_turn_is_measured_by_the_monotonic_clock(scripted):
    """A turn is slow by elapsed time; a jump of the wall clock within a turn is not reported."""
    loop, _, clock, _ = scripted
    slow: list[float] = []
    loop.add_slow_turn(slow.append)

    def jump() -> None:
        clock.wall += 3600.0

    def work() -> None:
        clock.elapsed += 0.25

    loop.call_soon(jump)
    loop.turn()
    assert slow == []
    loop.call_soon(work)
    loop.turn()
    assert slow == [0.25]


def test_an_injected_wakeup_is_used_once_until_it_is_drained(scripted):
    """Calls from other threads wake the loop once; after the wake-up was drained, the next call wakes it again."""
    loop, poller, _, wakeup = scripted
    ran: list[int] = []
    loop.call_threadsafe(ran.append, 1)
    loop.call_threadsafe(ran.append, 2)
    assert wakeup.wakes == 1
    poller.ready = [(wakeup.read_fd, READ)]
    loop.turn()
    assert poller.timeouts == [0.0]
    assert ran == [1, 2]
    assert wakeup.drains == 1
    loop.call_threadsafe(ran.append, 3)
    assert wakeup.wakes == 2


def test_turn_does_nothing_after_stop(scripted):
    """After `stop`, `turn` neither polls nor runs calls; `close` releases the injected poller and wake-up."""
    loop, poller, _, wakeup = scripted
    loop.stop()
    loop.turn()
    assert loop.stopping
    assert poller.timeouts == []
    loop.close()
    assert poller.closed
    assert wakeup.closed


def test_a_call_may_run_the_calls_behind_it(scripted):
    """`run_calls` may be nested: each call runs once, and the outer one ends when none is left."""
    loop, *_ = scripted
    ran: list[int] = []
    loop.call_soon(loop.run_calls)
    loop.call_soon(ran.append, 1)
    loop.call_soon(ran.append, 2)
    loop.turn()
    assert ran == [1, 2]


@pytest.mark.parametrize("name", POLLERS)
def test_a_descriptor_that_is_used_again_belongs_to_its_new_handler(name):
    """A handler whose descriptor was closed is informed when the number is used again, and cannot unwatch the new one."""
    loop = Loop(name)
    mine, theirs = socket.socketpair()
    fd = mine.fileno()
    lost: list[str] = []
    first, second = Reader(loop, mine), Reader(loop, mine)
    first.descriptor_lost = lambda: lost.append("first")  # type: ignore[attr-defined]
    loop.watch(fd, first, READ)
    mine.close()
    reused, peer = socket.socketpair()
    if reused.fileno() != fd:
        reused = socket.socket(fileno=os.dup2(reused.detach(), fd))
    second.sock = reused
    loop.watch(fd, second, READ)
    loop.unwatch(fd, first)
    peer.send(b"hello")
    loop.run()
    loop.close()
    for each in (theirs, reused, peer):
        each.close()
    assert lost == ["first"]
    assert second.got == [b"hello"]


@pytest.mark.skipif("epoll" not in POLLERS, reason="only epoll reports what is not asked for")
def test_a_hang_up_that_is_not_read_is_reported_as_such(pair):
    """With mask 0, the end of the other side calls `hung_up`, not `readable`."""
    loop = Loop()
    reader = Reader(loop, pair[0])
    calls: list[str] = []

    def hung_up() -> None:
        calls.append("hung up")
        loop.unwatch(pair[0].fileno(), reader)
        loop.stop()

    reader.hung_up = hung_up  # type: ignore[attr-defined]
    loop.watch(pair[0].fileno(), reader, 0)
    pair[1].close()
    loop.run()
    loop.close()
    assert calls == ["hung up"]
    assert reader.got == []


def test_a_long_sleep_is_divided(scripted):
    """A timer a year away, and one further away than any clock can count, sleep an hour at a time."""
    loop, poller, _, _ = scripted
    loop.call_later(365 * 86_400.0, print)
    loop.call_later(1e300, print)
    loop.turn()
    assert poller.timeouts == [3600.0]


def test_what_a_handler_raises_ends_no_loop_unless_it_is_ctrl_c(pair):
    """`SystemExit` goes to `on_error` like any exception; `KeyboardInterrupt` ends the loop: it comes from the user."""
    for error, passes in ((SystemExit(3), False), (KeyboardInterrupt(), True)):
        loop = Loop()
        reader = Reader(loop, pair[0])

        def fail(error: BaseException = error) -> None:
            raise error

        reader.readable = fail  # type: ignore[method-assign]
        loop.watch(pair[0].fileno(), reader, READ)
        pair[1].send(b"x")
        if passes:
            with pytest.raises(KeyboardInterrupt):
                loop.run()
        else:
            loop.run()
        loop.close()
        assert reader.errors == ([] if passes else [error])


def test_a_closed_loop_keeps_no_calls(scripted):
    """What is queued when the loop is closed is dropped, and so is what comes later."""
    loop, *_ = scripted

    class Thing:
        def call(self) -> None: ...

    things = [Thing(), Thing()]
    references = [weakref.ref(thing) for thing in things]
    loop.call_threadsafe(things[0].call)
    loop.close()
    loop.call_threadsafe(things[1].call)
    things.clear()
    assert [reference() for reference in references] == [None, None]
