"""Listening: addresses, errors in words, bursts, and the day the descriptors run out."""

from __future__ import annotations

import errno
import os
import resource
import socket

import pytest

from tests.support.serving import LIMIT, connect, read_exactly, serving, wait_until
from tuiserver.core.address import parse
from tuiserver.core.events import Closed, Connected, Listening, Noted
from tuiserver.core.limits import Limits, SocketOptions
from tuiserver.engine.listener import Listener, ListenError, peer_name
from tuiserver.worker import Worker


def opening(text: str) -> ListenError:
    """The error that opening an address gives."""
    with pytest.raises(ListenError) as caught:
        Listener(parse(text), 10).open()
    assert "\n" not in str(caught.value)
    return caught.value


def test_port_0_is_known_at_once():
    """The real port is there as soon as the address is open, before any thread runs."""
    listener = Listener(parse("127.0.0.1:0"), 10)
    listener.open()
    assert listener.address.port > 0
    assert str(listener.address) == f"tcp://127.0.0.1:{listener.address.port}"
    listener.close()


def test_an_address_in_use_says_how_to_find_who_holds_it():
    """The line names the address and the command that tells who has it."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        error = opening(f"127.0.0.1:{port}")
    assert error.errno == errno.EADDRINUSE
    assert str(error).startswith(f"cannot listen on tcp://127.0.0.1:{port}: the address is in use")
    assert f"ss -ltnp 'sport = :{port}'" in str(error)


def test_an_unknown_host_is_named():
    """A name that no one knows is said, with what would work."""
    assert 'unknown host "no.such.host.invalid"' in str(opening("no.such.host.invalid:80"))


def test_an_address_of_another_machine_is_refused():
    """An address that this machine has not is said so."""
    assert "this machine has no such address" in str(opening("192.0.2.1:9999"))


def test_a_low_port_without_root(monkeypatch):
    """Permission denied names the remedy."""

    def bind(self, address):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(socket.socket, "bind", bind)
    assert "port 80 needs root" in str(opening("127.0.0.1:80"))


def test_several_addresses_ipv4_and_ipv6():
    """One worker serves IPv4, IPv6 and all interfaces at once; peers are shown in their own family's form."""
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    worker = Worker("127.0.0.1:0", "[::1]:0", ":0")
    worker.on_message = lambda connection, message: connection.send(f"{connection.peer} {connection.local}")
    with serving(worker) as sink:
        assert [str(a) for a in worker.addresses] == [event.address for event in sink.wait_for(Listening, 3)]
        for number in range(3):
            with connect(worker, number) as client:
                client.sendall(b"?")
                expected = f"{peer_name(client.getsockname())} {peer_name(client.getpeername())}".encode()
                assert read_exactly(client, len(expected)) == expected
        with socket.create_connection(("127.0.0.1", worker.addresses[2].port), timeout=LIMIT) as client:
            client.sendall(b"?")
            mine = f"127.0.0.1:{client.getsockname()[1]} ".encode()
            assert read_exactly(client, len(mine)) == mine


def test_one_address_that_fails_opens_none():
    """If one of several can't be opened, the others are given back."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = socket.create_server(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        worker = Worker(f"127.0.0.1:{port}", f"127.0.0.1:{other.getsockname()[1]}")
        with pytest.raises(ListenError):
            worker.start()
        worker.stop()
        socket.create_server(("127.0.0.1", port)).close()


def test_a_burst_of_clients_is_let_in():
    """Hundreds that connect at once, more than a turn accepts, are all served."""
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


def test_a_full_house_waits_and_goes_on_by_itself():
    """Past `max_connections` clients wait in the backlog; one note; when one leaves, the next is served."""
    worker = Worker("127.0.0.1:0", limits=Limits(max_connections=2))
    worker.on_message = lambda connection, message: connection.send(message)
    with serving(worker) as sink:
        first, second, third = (connect(worker) for _ in range(3))
        third.sendall(b"3")
        sink.wait_for(Noted)
        third.settimeout(0.05)
        with pytest.raises(TimeoutError):
            third.recv(1)
        third.settimeout(LIMIT)
        first.close()
        assert read_exactly(third, 1) == b"3"
        second.close()
        third.close()
        sink.wait_for(Closed, 3)
    assert [note.text for note in sink.notes()] == ["2 clients: more have to wait until one leaves"]


def test_out_of_descriptors_the_inside_is_served_and_accepting_resumes(monkeypatch):
    """With no descriptor left: one note, the clients inside are served, and within two seconds of relief so is the next."""
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
    assert "cannot accept" in note.text
    assert len(sink.notes()) == 1


def test_select_refuses_a_client_it_cannot_watch():
    """With `select`, a client past descriptor 1,023 is refused with one note, and the others are served."""
    worker = Worker("127.0.0.1:0", poller="select")
    worker.on_message = lambda connection, message: connection.send(message)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2000:
        pytest.skip("fewer descriptors here than this needs")
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
        wait_until(lambda: not worker.connections, "the end")
    assert ["refused" in note.text for note in sink.notes()] == [True]


def test_names_of_peers():
    """Peers read as `host:port`; IPv4 clients of a dual-stack socket as IPv4."""
    assert peer_name(("10.0.0.1", 5)) == "10.0.0.1:5"
    assert peer_name(("::ffff:10.0.0.1", 5, 0, 0)) == "10.0.0.1:5"
    assert peer_name(("fe80::1", 5, 0, 2)) == "[fe80::1]:5"


def test_options_reach_the_sockets_of_clients():
    """What is set for a listener holds for its clients; another listener of the same worker has its own."""
    worker = Worker("127.0.0.1:0", options=SocketOptions(keepalive=30, receive_buffer=50_000, send_buffer=60_000))
    worker.listen("127.0.0.1:0", SocketOptions(nodelay=False, backlog=5, reuse_port=True))
    with serving(worker) as sink, connect(worker, 0), connect(worker, 1):
        sink.wait_for(Connected, 2)
        one, two = (worker.connections[number].socket for number in (1, 2))
        assert one.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert one.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) in (50_000, 100_000)
        assert one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) in (60_000, 120_000)
        assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        assert two.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0
        assert two.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0
        with pytest.raises(ListenError, match="before it is started"):
            worker.listen("127.0.0.1:0")


def test_two_processes_may_share_a_port():
    """With `reuse_port` a second listener opens the same port."""
    first = Listener(parse("127.0.0.1:0"), 10, SocketOptions(reuse_port=True))
    first.open()
    second = Listener(first.address, 10, SocketOptions(reuse_port=True))
    second.open()
    assert second.address == first.address
    first.close()
    second.close()
