"""What a worker does, and what it refuses, in each state: created, bound, running, ended."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable

import pytest

from tests.support.serving import RecordingSink, connect, read_exactly, wait_until
from tuiserver.core.events import Connected, Listening
from tuiserver.core.limits import Limits
from tuiserver.worker import Worker


def echo() -> Worker:
    """A worker that answers what it gets."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(message)
    return worker


def is_served(worker: Worker) -> bool:
    """True if a client gets its answer."""
    with connect(worker) as client:
        client.sendall(b"x")
        return read_exactly(client, 1) == b"x"


def refuses_clients(worker: Worker) -> bool:
    """True if nothing listens on its port."""
    try:
        connect(worker).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("again", [Worker.start, Worker.run, Worker.bind])
def test_a_worker_that_has_ended_does_not_start_again(again: Callable[[Worker], object]) -> None:
    """It says so, instead of serving nobody."""
    worker = echo()
    worker.start()
    assert worker.stop()
    assert worker.stop()
    with pytest.raises(RuntimeError, match=r"this worker has ended and cannot be .*: create another one"):
        again(worker)


@pytest.mark.parametrize("again", [Worker.start, Worker.run, Worker.bind])
def test_a_worker_that_runs_does_not_start_again(again: Callable[[Worker], object]) -> None:
    """Two threads would run one loop; it goes on serving."""
    worker = echo()
    worker.start()
    with pytest.raises(RuntimeError, match="this worker is running and cannot be"):
        again(worker)
    assert is_served(worker)
    assert worker.stop()
    assert refuses_clients(worker)


def test_a_worker_that_is_bound_and_stopped_leaves_no_port_open() -> None:
    """Nor a descriptor of the loop."""
    worker = echo()
    worker.bind()
    wakeup = worker.loop.wakeup_fd
    assert worker.stop()
    assert refuses_clients(worker)
    with pytest.raises(OSError, match="descriptor"):
        socket.socket(fileno=wakeup).close()


def test_a_stop_before_the_run_is_not_lost() -> None:
    """A thread that runs the worker later gets an error, and serves nobody."""
    worker = echo()
    worker.stop()
    with pytest.raises(RuntimeError, match="has ended and cannot be started"):
        worker.run()


def test_a_stop_while_the_run_begins_ends_it() -> None:
    """At whatever moment it comes: the run ends, or refuses to begin."""
    for _ in range(20):
        worker = echo()
        errors: list[BaseException] = []

        def run(worker: Worker = worker, errors: list[BaseException] = errors) -> None:
            try:
                worker.run()
            except BaseException as raised:
                errors.append(raised)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join(random.random() * 0.002)
        assert worker.stop()
        thread.join(5)
        assert not thread.is_alive()
        assert [type(each) for each in errors] in ([], [RuntimeError])


def test_a_stop_that_takes_longer_than_its_time_says_so() -> None:
    """A callback blocks the loop: `stop` returns False, and True once the callback has returned."""
    worker = Worker("127.0.0.1:0")
    entered, leave = threading.Event(), threading.Event()

    def block(connection: object) -> None:
        entered.set()
        leave.wait(10)

    worker.on_connect = block
    worker.start()
    with connect(worker):
        assert entered.wait(10)
        assert worker.stop(timeout=0.0) is False
        leave.set()
        assert worker.stop(timeout=5.0) is True


def test_a_stop_from_another_thread_waits_for_a_run() -> None:
    """Not only for the thread of `start`."""
    worker = echo()
    worker.bind()
    thread = threading.Thread(target=worker.run)
    thread.start()
    assert is_served(worker)
    assert worker.stop()
    assert refuses_clients(worker)
    thread.join()


def test_a_stop_in_the_thread_of_the_loop_does_not_wait() -> None:
    """It would wait for itself: it returns False, and the server ends after the callback."""
    worker = Worker("127.0.0.1:0")
    results: list[bool] = []
    worker.on_connect = lambda connection: results.append(worker.stop())
    worker.start()
    with connect(worker) as client:
        assert client.recv(1) == b""
    assert worker.stop()
    assert results == [False]


def test_what_only_the_start_reads_is_refused_after_it() -> None:
    """Limits and the protocol are read when the worker is bound."""
    worker = echo()
    worker.bind()
    with pytest.raises(RuntimeError, match="is bound and cannot be limited"):
        worker.limits = Limits()
    with pytest.raises(RuntimeError, match="is bound and cannot be configured"):
        worker.use_protocol("http")
    worker.stop()


def test_a_call_after_the_end_is_refused() -> None:
    """Nobody would ever call it."""
    worker = echo()
    worker.start()
    worker.stop()
    for method in (lambda: worker.call_threadsafe(print), lambda: worker.add_sink(RecordingSink())):
        with pytest.raises(RuntimeError, match="has ended"):
            method()
    worker.remove_sink(RecordingSink())


@pytest.mark.parametrize("how", ["start", "run"])
def test_a_sink_is_added_from_any_thread_while_it_runs(how: str) -> None:
    """It gets a snapshot first, whether the loop runs in the background or in the thread of the caller."""
    worker = echo()
    worker.bind()
    late, inside = RecordingSink(), RecordingSink()
    worker.on_message = lambda connection, message: worker.add_sink(inside)
    thread = threading.Thread(target=worker.run) if how == "run" else None
    if thread is None:
        worker.start()
    else:
        thread.start()
    with connect(worker) as client:
        client.sendall(b"x")
        wait_until(lambda: inside.of(Connected), "the snapshot for the sink of the callback")
        worker.add_sink(late)
        late.wait_for(Connected)
        assert [len(sink.of(kind)) for sink in (late, inside) for kind in (Listening, Connected)] == [1, 1, 1, 1]
    worker.stop()
    if thread is not None:
        thread.join()


def test_a_sink_that_is_added_between_bind_and_start_knows_the_addresses() -> None:
    """The listeners were reported before it came."""
    worker = echo()
    worker.bind()
    sink = RecordingSink()
    worker.add_sink(sink)
    worker.start()
    worker.stop()
    assert len(sink.of(Listening)) == 1


@pytest.mark.parametrize("value", [float("nan"), -1.0])
@pytest.mark.parametrize("name", ["idle_timeout", "handshake_timeout", "max_buffer"])
def test_a_limit_that_is_no_number_is_refused(name: str, value: float) -> None:
    """Where it is written, not at the first client."""
    with pytest.raises(ValueError, match=f"{name} must be 0 or more"):
        Limits(**{name: value})


def test_limits_of_any_size_serve() -> None:
    """A timeout that no clock can count, and a backlog that listen(2) cannot take."""
    worker = Worker("127.0.0.1:0", limits=Limits(idle_timeout=1e300, backlog=10**30))
    worker.on_message = lambda connection, message: connection.send(message)
    worker.start()
    assert is_served(worker)
    assert is_served(worker)
    worker.stop()
