"""The loop: readiness, timers, calls from other threads, every poller of this system."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from tuiserver.engine.loop import FD_SETSIZE, READ, WRITE, DescriptorTooHigh, Loop, SelectorPoller, make_poller, pollers

POLLERS = list(pollers())


class Reader:
    """A handler that reads what comes and remembers it."""

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
    """Two ends of a connection."""
    a, b = socket.socketpair()
    with a, b:
        a.setblocking(False)
        yield a, b


@pytest.mark.parametrize("name", POLLERS)
def test_says_who_is_readable_and_writable(name, pair):
    """Every poller calls `writable` while that is asked for, and `readable` when bytes have come."""
    loop = Loop(name)
    reader = Reader(loop, pair[0])
    loop.watch(pair[0].fileno(), reader, READ | WRITE)
    pair[1].send(b"hello")
    loop.run()
    loop.unwatch(pair[0].fileno())
    loop.close()
    assert reader.got == [b"hello"]
    assert reader.written == 1


@pytest.mark.parametrize("name", POLLERS)
def test_an_empty_interest_is_silent_until_it_is_widened(name, pair):
    """A descriptor watched for nothing is not called for data; watched for reading again, it is."""
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


def test_a_handler_that_raises_is_told_and_the_loop_goes_on(pair):
    """What a handler raises reaches its own `on_error`."""
    loop = Loop()
    reader = Reader(loop, pair[0])
    reader.readable = lambda: 1 / 0  # type: ignore[method-assign]
    loop.watch(pair[0].fileno(), reader, READ)
    pair[1].send(b"x")
    loop.run()
    loop.close()
    assert [type(error) for error in reader.errors] == [ZeroDivisionError]


def test_a_handler_closed_earlier_in_the_turn_is_not_called():
    """Two are ready; the first one forgets the second, which then is not called."""
    loop = Loop()
    ends = [socket.socketpair() for _ in range(2)]
    called: list[int] = []

    class Forgetful:
        def __init__(self, number: int) -> None:
            self.number = number

        def readable(self) -> None:
            called.append(self.number)
            loop.unwatch(ends[1 - self.number][0].fileno())
            loop.stop()

        writable = readable

        def on_error(self, error: Exception) -> None:
            raise error

    for number, (mine, theirs) in enumerate(ends):
        loop.watch(mine.fileno(), Forgetful(number), READ)
        theirs.send(b"x")
    loop.run()
    loop.close()
    for pair in ends:
        for end in pair:
            end.close()
    assert len(called) == 1


def test_timers_come_in_order_and_can_be_cancelled():
    """Timers run in the order they are due; a cancelled one never does, not even if cancelled twice."""
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
    """A repeating timer runs until it is cancelled, also from inside itself."""
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
    with pytest.raises(ValueError, match="longer than 0"):
        loop.call_every(0, tick)


def test_calls_from_other_threads_all_arrive():
    """Ten thousand calls of four threads run, each thread's in its order, while the loop would sleep for ever."""
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


def test_end_of_turn_sets_the_longest_sleep():
    """The hook before the sleep is called again after the time it names, though nothing happens."""
    loop = Loop()
    calls: list[float] = []

    def hook() -> float | None:
        calls.append(time.monotonic())
        if len(calls) == 3:
            loop.stop()
        return 0.02

    loop.end_of_turn = hook
    loop.run()
    loop.close()
    assert len(calls) >= 3
    assert calls[2] - calls[0] >= 0.03


def test_select_refuses_what_it_cannot_watch():
    """`select()` knows no descriptor of 1024 or above, and says so instead of breaking at the next poll."""
    poller = make_poller("select")
    with pytest.raises(DescriptorTooHigh, match="1023"):
        poller.register(FD_SETSIZE, READ)
    assert poller.poll(0, 1) == []
    poller.close()


def test_unknown_poller_is_named_with_the_known_ones():
    """A poller this system has not is refused with the list of those it has."""
    with pytest.raises(ValueError, match=r'no poller "wepoll".*auto, .*select'):
        make_poller("wepoll")


def test_auto_is_the_best_of_this_system():
    """`auto` takes the first of `pollers()`; on Linux that is epoll itself, with nothing around it."""
    poller = make_poller("auto")
    assert isinstance(poller, SelectorPoller) == (POLLERS[0] != "epoll")
    poller.close()
