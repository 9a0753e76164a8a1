"""The budget for unfinished messages: bounded, and somebody can always finish."""

from __future__ import annotations

import contextlib
import socket

from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_loop import ManualClock, ScriptedPoller, ScriptedWakeup, SteppedWorker
from tests.support.serving import connect, in_loop, read_all, serving, wait_until
from tuiserver.core.commands import Pause, Resume
from tuiserver.core.limits import Limits
from tuiserver.engine.connection import READ_SIZE
from tuiserver.engine.loop import Loop
from tuiserver.engine.unfinished import TURN, Unfinished
from tuiserver.worker import Worker

HOLD = 1
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n"


class Reader:
    """Something whose reading is held or not."""

    held = False

    @property
    def reading(self) -> Reader:
        """As `Receiver.reading`."""
        return self

    def on_error(self, error: Exception) -> None:
        """As `Receiver.on_error`."""
        raise error

    def hold_reading(self, reason: int) -> None:
        """As `Reading.hold_reading`."""
        assert reason == HOLD
        self.held = True

    def release_reading(self, reason: int) -> None:
        """As `Reading.release_reading`."""
        assert reason == HOLD
        self.held = False


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 60)), max_size=60))
def test_only_the_first_is_read_over_the_budget(steps: list[tuple[int, int]]) -> None:
    """The total is exact. Over the budget exactly one of those with something unfinished is read: the one that began first."""
    clock = ManualClock()
    loop = Loop(ScriptedPoller(clock), clock, ScriptedWakeup())
    unfinished = Unfinished(100, HOLD, loop, lambda connection: None)
    readers = [Reader() for _ in range(6)]
    sizes: dict[int, int] = {}
    over = False
    for index, size in steps:
        unfinished.update(readers[index], size)
        sizes[index] = size
        if not size:
            del sizes[index]
        total = sum(sizes.values())
        over = total > 100 or (over and total > 75)
        assert unfinished.total == total
        expected = list(sizes)[1:] if over else []
        assert [i for i, each in enumerate(readers) if each.held] == sorted(expected)


def test_bodies_of_many_clients_share_one_budget() -> None:
    """Sixty clients send large bodies without an end: what the server holds is bounded. Then all finish, and all are answered."""
    size, limit, clients = 300_000, 1_000_000, 60
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size
    worker = Worker("http://127.0.0.1:0", limits=Limits(max_unfinished=limit))
    worker.on_message = lambda connection, request: connection.send(b"%d" % len(request.body))
    with serving(worker), contextlib.ExitStack() as stack:
        socks = [stack.enter_context(connect(worker)) for _ in range(clients)]
        for sock in socks:
            sock.setblocking(False)
        rests = [memoryview(head + b"x" * (size - 1)) for _ in socks]
        highest = 0

        def held() -> int:
            return in_loop(worker, lambda: worker.server.unfinished.total)

        def send_more() -> int:
            """Send a little more of each; returns how much was sent."""
            sent = 0
            for index, sock in enumerate(socks):
                with contextlib.suppress(BlockingIOError):
                    done = sock.send(rests[index][:16_384]) if rests[index] else 0
                    rests[index] = rests[index][done:]
                    sent += done
            return sent

        def stalled() -> bool:
            nonlocal highest
            sent = send_more()
            highest = max(highest, held())
            return not sent and highest > limit

        wait_until(stalled, "the budget to be used up")
        assert limit < highest <= limit + size + clients * READ_SIZE
        rests = [memoryview(bytes(rest) + b"x") for rest in rests]
        wait_until(lambda: not send_more() and not any(rests), "everything to be sent")
        for sock in socks:
            sock.setblocking(True)
            sock.shutdown(socket.SHUT_WR)
            assert read_all(sock).endswith(b"\r\n\r\n%d" % size)
        wait_until(lambda: held() == 0, "everything to be finished")


def test_the_budget_is_returned_when_a_client_disappears() -> None:
    """Its unfinished request counts until its connection has ended."""
    worker = Worker("http://127.0.0.1:0", limits=Limits(max_unfinished=1000))
    with serving(worker):
        with connect(worker) as client:
            client.sendall(HEAD + b"x" * 5000)
            wait_until(lambda: in_loop(worker, lambda: worker.server.unfinished.total) >= 5000, "the body")
        wait_until(lambda: in_loop(worker, lambda: worker.server.unfinished.total) == 0, "its end")


def test_a_client_that_stalls_holds_the_others_for_one_turn() -> None:
    """Without a request timeout, too: it is refused (408) after its turn, then the next one. The last one may take its time."""
    limits = Limits(max_unfinished=1000, request_timeout=0.0, idle_timeout=0.0)
    with SteppedWorker("http://127.0.0.1:0", limits) as server:
        clients = [server.connect() for _ in range(3)]
        for client in clients:
            client.sendall(HEAD + b"x" * 2000)
            server.run(0.0)
        for turn, client in enumerate(clients[:2]):
            server.run(TURN - 1)
            assert list(server.worker.server.connections) == [1, 2, 3][turn:]
            server.run(2.0)
            assert client.recv(1000).startswith(b"HTTP/1.1 408 ")
            client.close()
            server.run(0.0)
        server.run(10 * TURN)
        clients[2].sendall(b"x" * 7000)
        server.run(0.0)
        assert clients[2].recv(1000).startswith(b"HTTP/1.1 200 ")
        assert server.worker.server.unfinished.total == 0


def test_the_next_request_has_a_turn_of_its_own() -> None:
    """Who ends a request and begins the next one in the same read waits behind the others; it is not refused for both."""
    limits = Limits(max_unfinished=1000, request_timeout=0.0, idle_timeout=0.0)
    with SteppedWorker("http://127.0.0.1:0", limits) as server:
        first, second = (server.connect() for _ in range(2))
        for client in (first, second):
            client.sendall(HEAD + b"x" * 2000)
            server.run(0.0)
        server.run(TURN - 2)
        first.sendall(b"x" * 7000 + HEAD + b"x" * 2000)
        server.run(4.0)
        assert first.recv(1000).startswith(b"HTTP/1.1 200 ")
        second.sendall(b"x" * 7000)
        server.run(0.0)
        assert second.recv(1000).startswith(b"HTTP/1.1 200 ")
        server.run(TURN - 2)
        first.sendall(b"x" * 7000)
        server.run(0.0)
        assert first.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_time_in_which_a_request_is_held_does_not_count_against_it() -> None:
    """It waits for the memory of another one, or an operator pauses it: its own time stands still. Without a hold it does not."""
    limits = Limits(request_timeout=30.0, idle_timeout=100.0)
    with SteppedWorker("http://127.0.0.1:0", limits) as server:
        client = server.connect()
        client.sendall(HEAD)
        server.run(10.0)
        server.worker.handle(Pause(1))
        server.run(200.0)
        assert 1 in server.worker.server.connections
        server.worker.handle(Resume(1))
        server.run(18.0)
        client.sendall(b"x")
        server.run(0.0)
        assert server.worker.server.connections[1].is_open
        server.run(4.0)
        assert client.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_time_in_which_a_client_is_held_is_no_idle_time() -> None:
    """A pause by the operator that is longer than the idle timeout closes nobody; the time begins again with the end of it."""
    with SteppedWorker("127.0.0.1:0", Limits(idle_timeout=60.0)) as server:
        client = server.connect()
        server.worker.handle(Pause(1))
        server.run(200.0)
        server.worker.handle(Resume(1))
        server.run(50.0)
        assert server.worker.server.connections[1].is_open
        server.run(20.0)
        assert client.recv(1) == b""
