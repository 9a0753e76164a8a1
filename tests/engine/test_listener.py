"""Listeners: several addresses, bursts of clients, limits, and errors of accept."""

from __future__ import annotations

import errno
import os
import resource
import socket

import pytest

from tests.support.scripted_loop import ManualClock, ScriptedPoller, ScriptedWakeup
from tests.support.serving import LIMIT, connect, read_exactly, serving, wait_until
from tuiserver.core.address import parse
from tuiserver.core.codes import NoteCode
from tuiserver.core.events import Closed, Connected, Noted
from tuiserver.core.limits import Limits
from tuiserver.engine.listener import MAX_FAILURES, RETRY, Listener
from tuiserver.engine.loop import Loop
from tuiserver.engine.pollers import READ
from tuiserver.engine.transports.base import ListenError
from tuiserver.engine.transports.tcp import Tcp
from tuiserver.worker import Worker


def test_if_one_address_fails_none_stays_open() -> None:
    """When one of several addresses cannot be opened, the others are closed again."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = socket.create_server(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        worker = Worker(f"127.0.0.1:{port}", f"127.0.0.1:{other.getsockname()[1]}")
        with pytest.raises(ListenError):
            worker.start()
        worker.stop()
        socket.create_server(("127.0.0.1", port)).close()


def test_a_burst_of_clients_is_accepted() -> None:
    """All of 300 clients that connect at once, more than one turn accepts, are served."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(message)
    with serving(worker) as sink:
        clients = [connect(worker) for _ in range(300)]
        for client in clients:
            client.sendall(b"x")
        for client in clients:
            assert read_exactly(client, 1) == b"x"
            client.close()
        sink.wait_for(Closed, 300)
    assert len(sink.of(Connected)) == 300


def test_past_max_connections_clients_wait() -> None:
    """They wait in the backlog, with one note; when a client disconnects, the next one is served."""
    worker = Worker("127.0.0.1:0", limits=Limits(max_connections=2))
    worker.on_message = lambda connection, message: connection.send(message)
    with serving(worker) as sink:
        first, second, third = (connect(worker) for _ in range(3))
        third.sendall(b"3")
        sink.wait_for(Noted)
        for client in (first, second):  # several turns, in each of which the third could be accepted
            client.sendall(b"x")
            assert read_exactly(client, 1) == b"x"
        assert len(sink.of(Connected)) == 2
        first.close()
        assert read_exactly(third, 1) == b"3"
        second.close()
        third.close()
        sink.wait_for(Closed, 3)
    assert [note.code for note in sink.notes()] == [NoteCode.MAX_CONNECTIONS]


def test_out_of_descriptors_clients_are_served_and_accepting_resumes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a free descriptor there is one note and connected clients are served; with one, the waiting client is."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(message)
    with serving(worker) as sink:
        inside = connect(worker)
        sink.wait_for(Connected)
        outside = socket.socket()
        outside.settimeout(LIMIT)
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (outside.fileno() + 1, before[1]))
        try:
            address = worker.addresses[0]
            outside.connect((address.host, address.port))
            (note,) = sink.wait_for(Noted)
            inside.sendall(b"in")
            assert read_exactly(inside, 2) == b"in"
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        outside.sendall(b"out")
        assert read_exactly(outside, 3) == b"out"
        inside.close()
        outside.close()
        sink.wait_for(Closed, 2)
    assert note.code == NoteCode.ACCEPT_FAILED
    assert len(sink.notes()) == 1


def test_select_refuses_a_client_it_cannot_watch() -> None:
    """With `select`, clients with a descriptor above 1,023 are refused with one note; the others are served."""
    worker = Worker("127.0.0.1:0", poller="select")
    worker.on_message = lambda connection, message: connection.send(message)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2000:
        pytest.skip("the limit on descriptors is too low")
    with serving(worker) as sink:
        inside = connect(worker)
        sink.wait_for(Connected)
        held = []
        try:
            while not held or held[-1] < 1100:
                held.append(os.dup(0))
            for _ in range(2):
                with connect(worker) as refused:
                    assert refused.recv(1) == b""
        finally:
            for fd in held:
                os.close(fd)
        inside.sendall(b"ok")
        assert read_exactly(inside, 2) == b"ok"
        inside.close()
        wait_until(lambda: not worker.connections, "the connection to close")
    assert [note.code for note in sink.notes()] == [NoteCode.CLIENT_REFUSED]


@pytest.mark.parametrize(("number", "calls"), [(errno.EMFILE, 1), (errno.ENOMEM, 1), (errno.EINVAL, MAX_FAILURES)])
def test_an_accept_that_always_fails_does_not_spin(monkeypatch: pytest.MonkeyPatch, number: int, calls: int) -> None:
    """After that many calls the listener is not watched for `RETRY` seconds; then it is tried again."""
    tried = 0

    def accept(self: socket.socket) -> None:
        nonlocal tried
        tried += 1
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "accept", accept)
    clock = ManualClock()
    poller = ScriptedPoller(clock)
    loop = Loop(poller, clock, ScriptedWakeup())
    listener = Listener(parse("127.0.0.1:0"), Tcp(), 10)
    listener.open()
    refused: list[OSError] = []
    before = set(poller.watched)
    listener.start(loop, lambda *accepted: pytest.fail("accepted a client"), lambda _, error: refused.append(error))
    (fd,) = poller.watched.keys() - before
    for attempt in (1, 2):
        poller.ready = [(fd, READ)]
        loop.turn()
        assert tried == calls * attempt
        assert fd not in poller.watched
        assert [error.errno for error in refused] == [number] * attempt
        begin = clock.elapsed
        loop.turn()
        assert clock.elapsed == begin + RETRY
        assert fd in poller.watched
    listener.close()
