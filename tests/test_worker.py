"""The worker: callbacks, timers, sinks and commands, starting and stopping."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack

import pytest

from tests.support.serving import RecordingSink, connect, in_loop, read_all, read_exactly, serving, wait_until
from tuiserver.core import commands
from tuiserver.core.address import AddressError
from tuiserver.core.codes import CloseCode
from tuiserver.core.events import (
    Closed,
    Connected,
    Listening,
    Noted,
    Paused,
    Refused,
    Resumed,
    Sent,
    Traffic,
    Unopened,
    encode,
)
from tuiserver.core.limits import Limits
from tuiserver.engine.descriptors import SPARE_DESCRIPTORS
from tuiserver.engine.transports.base import ListenError
from tuiserver.worker import Worker

SHOUT = """
import sys
from tuiserver import Worker
worker = Worker("127.0.0.1:0")
@worker.on_message
def shout(connection, message):
    connection.send(message.upper() * int(sys.argv[1]))
worker.bind()
print(worker.addresses[0].port, flush=True)
worker.run()
print("over", flush=True)
"""


def test_callbacks_by_decorator_and_by_assignment():
    """Both register the same callback, and the decorator returns the function; anything not callable is refused."""
    worker = Worker("127.0.0.1:0")
    called: list[object] = []

    @worker.on_connect
    def connected(connection):
        called.append(connection.id)

    @worker.on_message
    def answer(connection, message):
        connection.send(message)

    worker.on_close = lambda connection: called.append(connection.reason)
    assert connected.__name__ == "connected"
    with pytest.raises(TypeError, match="on_message is a function, not int"):
        worker.on_message = 3
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"x")
        assert read_exactly(client, 1) == b"x"
        client.close()
        sink.wait_for(Closed)
    assert called == [1, "closed by peer"]


def test_misuse_is_raised_at_once():
    """A wrong address, the same one twice, no address, a wrong poller: each raises where it is written."""
    with pytest.raises(AddressError, match="no port"):
        Worker("nowhere")
    with pytest.raises(AddressError, match=r"tcp://127\.0\.0\.1:80 is given twice"):
        Worker("127.0.0.1:80", "127.0.0.1:80")
    with pytest.raises(ValueError, match="no poller"):
        Worker("127.0.0.1:0", poller="magic")
    worker = Worker()
    with pytest.raises(ListenError, match="needs an address"):
        worker.run()
    worker.stop()


@pytest.mark.parametrize("name", ["connect", "message", "end", "close", "error", "buffer_full"])
def test_every_callback_may_raise(name):
    """The error is noted with the name of the callback, that connection is closed, and the server continues."""
    worker = Worker("127.0.0.1:0", limits=Limits(max_buffer=1_000_000))

    def fail(*args):
        raise RuntimeError(f"in {name}")

    def answer(connection, message):
        if name == "error":
            raise ValueError("first")
        connection.send(b"x" * 15_000_000 if name == "buffer_full" else message)

    worker.on_message = answer
    setattr(worker, f"on_{name}", fail)
    with serving(worker) as sink:
        with connect(worker) as client:
            client.sendall(b"x")
            if name == "end":
                client.shutdown(socket.SHUT_WR)
            if name == "close":
                assert read_exactly(client, 1) == b"x"
                client.close()
            else:
                read_all(client)
            client.close()
            sink.wait_for(Closed)
        assert any(note.text.startswith(f"on_{name}: RuntimeError: in {name}") for note in sink.wait_for(Noted))
        connect(worker).close()
        sink.wait_for(Connected, 2)


def test_timers_of_the_program_are_guarded():
    """`call_later` and `call_every` run in the loop's thread; what they raise is noted and stops nothing."""
    worker = Worker("127.0.0.1:0")
    ran: list[str] = []

    def fail():
        raise ValueError("in a timer")

    worker.call_later(0.01, fail)
    timer = worker.call_every(0.01, lambda: ran.append(threading.current_thread().name))
    with serving(worker) as sink:
        (note,) = sink.wait_for(Noted)
        wait_until(lambda: len(ran) > 2, "the timer")
        in_loop(worker, lambda: timer.cancel() or True)
        worker.call_threadsafe(ran.append, "called")
        wait_until(lambda: "called" in ran, "the call")
    assert note.text.startswith("fail: ValueError: in a timer (test_worker.py:")
    assert set(ran) == {"tuiserver", "called"}


def test_commands_are_carried_out_and_answered_with_their_tokens():
    """The events of Send, Close, Pause and Resume say who did it and carry the token."""
    worker = Worker("127.0.0.1:0")
    with serving(worker) as sink, connect(worker) as one, connect(worker) as two:
        sink.wait_for(Connected, 2)

        def send(command):
            worker.loop.call_threadsafe(worker.handle, command)

        send(commands.Send(1, b"to one", token=1))
        assert read_exactly(one, 6) == b"to one"
        send(commands.Pause(2, token=2))
        assert sink.wait_for(Paused)[0].code == "operator"
        send(commands.Resume(2, token=3))
        sink.wait_for(Resumed)
        send(commands.Close(1, token=4))
        assert read_all(one) == b""
        one.close()
        send(commands.Close(2, reset=True, token=5))
        with pytest.raises(ConnectionResetError):
            read_all(two)
        closed = sink.wait_for(Closed, 2)
        send(commands.Send(1, b"too late", token=6))
        (refused,) = sink.wait_for(Refused)
    assert {e.id: (e.reason, e.code, e.token) for e in closed} == {
        1: ("closed by operator", "operator_closed", 4),
        2: ("reset by operator", "operator_reset", 5),
    }
    assert [(e.id, e.by, e.token) for e in sink.of(Sent)] == [(1, "operator", 1)]
    assert [(e.why, e.token) for e in sink.of(Paused)] == [("operator", 2)]
    assert [e.token for e in sink.of(Resumed)] == [3]
    assert (refused.text, refused.id, refused.code, refused.token) == (
        "cannot send to #1: it is closed",
        1,
        "not_open",
        6,
    )


@pytest.mark.parametrize("late", [False, True])
def test_with_partly_one_address_that_opens_is_enough(late):
    """The others are reported, to later sinks too. If none opens, `ListenError` is raised."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        held = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        worker = Worker(held, "127.0.0.1:0")
        with pytest.raises(ListenError, match="in use"):
            worker.bind()
        sink = RecordingSink()
        if not late:
            worker.add_sink(sink)
        worker.bind(partly=True)
        with serving(worker), connect(worker):
            if late:
                worker.add_sink(sink)
            sink.wait_for(Connected)
        (unopened,) = sink.of(Unopened)
        assert unopened.address == held
        assert unopened.reason.startswith(f"cannot listen on {held}: the address is in use")
        assert [event.address for event in sink.of(Listening)] == [str(worker.addresses[0])]
        alone = Worker(held)
        with pytest.raises(ListenError, match="in use"):
            alone.bind(partly=True)
        alone.stop()


def test_a_late_sink_gets_a_snapshot():
    """The listeners, the open connections and their totals."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(message)
    with serving(worker), connect(worker) as client:
        client.sendall(b"early")
        assert read_exactly(client, 5) == b"early"
        late = RecordingSink()
        worker.add_sink(late)
        _, traffic = late.wait_for(Traffic, 2)
        worker.remove_sink(late)
    assert [type(e) for e in late.events[:2]] == [Listening, Connected]
    assert traffic.totals[0][:5] == (1, 5, 5, 1, 1)


def test_totals_are_exact_under_a_flood():
    """Whatever a view skips, `Closed` counts every byte and message."""

    class Tiny(RecordingSink):
        def capacity(self):
            return 3

    worker = Worker("127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(b"!")
    tiny = Tiny()
    worker.add_sink(tiny)
    with serving(worker) as sink, connect(worker) as client:
        for _ in range(500):
            client.sendall(b"ping")
            assert read_exactly(client, 1) == b"!"
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert (closed.bytes_in, closed.bytes_out, closed.messages_in, closed.messages_out) == (2000, 500, 500, 500)


def test_stop_sends_what_is_buffered():
    """A stopping server accepts no more, sends slow clients their bytes, and emits each `Closed`."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(b"q" * 15_000_000)
    with serving(worker) as sink, connect(worker) as client, connect(worker):
        sink.wait_for(Connected, 2)
        client.sendall(b"go")
        wait_until(lambda: worker.connections[1].unsent, "a queue")
        stopper = threading.Thread(target=worker.stop)
        stopper.start()
        assert len(read_all(client)) == 15_000_000
        client.close()
        stopper.join()
        closed = sink.wait_for(Closed, 2)
        with pytest.raises(OSError):
            connect(worker)
    assert {(e.reason, e.unsent) for e in closed} == {("server stopped", 0)}


def test_stop_does_not_wait_for_ever():
    """A client that does not read is terminated after the timeout, and its unsent bytes are reported."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(b"q" * 15_000_000)
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"go")
        wait_until(lambda: worker.connections and worker.connections[1].unsent, "a queue")
        before = time.monotonic()
        worker.stop(timeout=0.2)
        assert time.monotonic() - before < 2
    (closed,) = sink.of(Closed)
    assert closed.unsent > 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_run_ends_on_a_signal(number):
    """`run()` in the main thread returns after SIGINT, SIGTERM or SIGHUP; the program continues and exits with 0."""
    with subprocess.Popen([sys.executable, "-c", SHOUT, "1"], stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"hey")
            assert read_exactly(client, 3) == b"HEY"
            process.send_signal(number)
            assert read_all(client) == b""
        assert process.stdout.read() == "over\n"
        assert process.wait(10) == 0


def test_a_second_signal_ends_it_now():
    """With a client that does not read, the first signal would wait five seconds; the second does not."""
    with subprocess.Popen([sys.executable, "-c", SHOUT, "9000000"], stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"x")
            assert read_exactly(client, 1) == b"X"
            before = time.monotonic()
            os.kill(process.pid, signal.SIGTERM)
            with pytest.raises(ConnectionError):
                while True:
                    socket.create_connection(("127.0.0.1", port), timeout=10).close()
            os.kill(process.pid, signal.SIGTERM)
            assert process.wait(10) == 0
            assert time.monotonic() - before < 3


@pytest.mark.slow
def test_a_signal_right_after_the_handlers_are_set_stops_the_server():
    """Between two turns or before the first one, too."""
    for _ in range(12):
        with subprocess.Popen([sys.executable, "-c", SHOUT, "1"], stdout=subprocess.PIPE, text=True) as process:
            process.stdout.readline()
            wait_until(lambda p=process: _catches_sigterm(p.pid), "the handlers")
            process.terminate()
            assert process.wait(5) == 0


def _catches_sigterm(pid: int) -> bool:
    """True once SIGTERM no longer kills: the kernel says which signals a process catches (proc(5))."""
    if not os.path.exists(f"/proc/{pid}/status"):
        return True
    with open(f"/proc/{pid}/status") as status:
        caught = next(line for line in status if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) & 1 << signal.SIGTERM - 1)


def test_the_command_stop_ends_the_server():
    """A second one has no effect."""
    worker = Worker("127.0.0.1:0")
    with serving(worker) as sink, connect(worker) as client:
        sink.wait_for(Connected)
        worker.loop.call_threadsafe(worker.handle, commands.Stop())
        worker.loop.call_threadsafe(worker.handle, commands.Stop())
        assert read_all(client) == b""
        client.close()
        (closed,) = sink.wait_for(Closed)
    assert closed.reason == "server stopped"


def test_a_sink_added_while_the_server_stops_is_ignored():
    """It gets no events, and the server does not wait for it."""
    worker = Worker("127.0.0.1:0")
    late = RecordingSink()
    with serving(worker) as sink, connect(worker):
        sink.wait_for(Connected)
        worker.loop.call_threadsafe(worker.handle, commands.Stop())
        worker.add_sink(late)
        sink.wait_for(Closed)
    assert late.events == []


def test_the_note_on_a_slow_callback_names_it():
    """The callback that blocked the other clients."""
    worker = Worker("127.0.0.1:0")
    worker.on_connect = lambda connection: time.sleep(0.1)
    with serving(worker) as sink, connect(worker):
        (note,) = sink.wait_for(Noted)
    assert note.text.startswith("on_connect took 1")


def test_an_error_of_the_loop_is_raised_by_run():
    """All clients are closed first, and the error is noted with its traceback."""
    worker = Worker("127.0.0.1:0")
    sink = RecordingSink()
    worker.add_sink(sink)
    worker.bind()
    raised: list[BaseException] = []

    def run():
        try:
            worker.run()
        except ZeroDivisionError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    with connect(worker) as client:
        sink.wait_for(Connected)
        worker.loop.call_threadsafe(lambda: 1 / 0)
        with pytest.raises(ConnectionResetError):
            read_all(client)
        thread.join()
    assert raised == [worker.failure]
    assert [event.reason for event in sink.of(Closed)] == ["server stopped"]
    (note,) = sink.of(Noted)
    assert note.text.startswith("the server failed: ZeroDivisionError")
    assert "Traceback" in note.detail


def test_listen_on_replaces_the_addresses():
    """After the start neither `listen_on` nor `listen` changes them."""
    worker = Worker("127.0.0.1:1", "127.0.0.1:2")
    worker.listen_on("127.0.0.1:0", "http://127.0.0.1:0")
    with serving(worker):
        assert [(address.protocol, address.port > 2) for address in worker.addresses] == [("", True), ("http", True)]
        for method in (worker.listen, worker.listen_on):
            with pytest.raises(ListenError, match="before it is started"):
                method("127.0.0.1:3")
        assert len(worker.addresses) == 2


@pytest.mark.parametrize(
    ("descriptors", "clients"), [(SPARE_DESCRIPTORS * 2 + 1, SPARE_DESCRIPTORS + 1), (64, 32), (1, 1)]
)
def test_max_connections_respects_the_limit_on_descriptors(descriptors, clients, monkeypatch):
    """Where the limit cannot be raised, it bounds the number of clients; some descriptors are reserved, at most half."""
    resource = pytest.importorskip("resource")

    def refuse(*args):
        raise ValueError("not permitted")

    monkeypatch.setattr(resource, "getrlimit", lambda which: (descriptors, 1 << 20))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    worker = Worker("127.0.0.1:0")
    with serving(worker) as sink, ExitStack() as stack:
        for _ in range(clients):
            stack.enter_context(connect(worker))
        (note,) = sink.wait_for(Noted)
        assert worker.server.max_connections == clients
    assert note.text.startswith(f"{clients} client")


def test_texts_of_a_program_are_valid_utf8_in_events():
    """A lone surrogate in an exception or a reason is escaped."""
    worker = Worker("127.0.0.1:0")

    def on_message(connection, message):
        connection.close("gone \ud800 é")
        raise ValueError("bad \udfff word")

    worker.on_message = on_message
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"x")
        assert read_all(client) == b""
        client.close()
        (closed,) = sink.wait_for(Closed)
        (note,) = sink.notes()
    assert closed.reason == "gone \\ud800 é"
    assert "bad \\udfff word" in note.text
    assert encode(note)
    assert encode(closed)


def test_a_client_that_ignores_the_close_of_the_operator_is_reset():
    """One that does not close after the end of the stream, such as `nc` at a keyboard, is reset a moment later."""
    worker = Worker("127.0.0.1:0")
    with serving(worker) as sink, connect(worker) as client:
        sink.wait_for(Connected)
        worker.loop.call_threadsafe(worker.handle, commands.Send(1, b"bye"))
        worker.loop.call_threadsafe(worker.handle, commands.Close(1))
        assert read_all(client) == b"bye"
        poll = select.poll()
        poll.register(client, 0)
        ((_, events),) = poll.poll(5000)
        (closed,) = sink.wait_for(Closed)
    assert events & (select.POLLERR | select.POLLHUP)
    assert (closed.code, closed.unsent) == (CloseCode.OPERATOR_CLOSED, 0)
    assert closed.reason == "closed by operator, then reset: the peer did not close"
