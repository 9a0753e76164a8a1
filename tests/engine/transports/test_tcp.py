"""TCP: addresses, error messages, names of peers, and options of sockets."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from tests.support.serving import LIMIT, connect, read_exactly, serving
from tuiserver.core.address import parse
from tuiserver.core.events import Connected, Listening
from tuiserver.core.limits import SocketOptions
from tuiserver.engine.listener import Listener
from tuiserver.engine.transports.base import ListenError
from tuiserver.engine.transports.tcp import Tcp
from tuiserver.worker import Worker


def error_of_opening(text: str) -> ListenError:
    """Open an address that cannot be opened; returns the error."""
    with pytest.raises(ListenError) as caught:
        Listener(parse(text), Tcp(), 10).open()
    assert "\n" not in str(caught.value)
    return caught.value


def test_the_real_port_is_known_after_open() -> None:
    """Port 0 is replaced as soon as the address is open, before any thread runs."""
    listener = Listener(parse("127.0.0.1:0"), Tcp(), 10)
    listener.open()
    assert listener.address.port > 0
    assert str(listener.address) == f"tcp://127.0.0.1:{listener.address.port}"
    listener.close()


def test_an_address_in_use_names_the_command_that_finds_the_owner() -> None:
    """The message is one line with the address and the command."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        error = error_of_opening(f"127.0.0.1:{port}")
    assert error.errno == errno.EADDRINUSE
    assert str(error).startswith(f"cannot listen on tcp://127.0.0.1:{port}: the address is in use")
    assert f"ss -ltnp 'sport = :{port}'" in str(error)


def test_an_unknown_host_is_named() -> None:
    """A host name that does not resolve is in the message."""
    assert 'unknown host "no.such.host.invalid"' in str(error_of_opening("no.such.host.invalid:80"))


def test_an_address_of_another_machine_is_refused() -> None:
    """The message says that this machine does not have the address."""
    assert "this machine has no such address" in str(error_of_opening("192.0.2.1:9999"))


def test_a_low_port_needs_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message for `EACCES` names the remedy."""

    def bind(self: socket.socket, address: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(socket.socket, "bind", bind)
    assert "port 80 needs root" in str(error_of_opening("127.0.0.1:80"))


def test_several_addresses_ipv4_and_ipv6() -> None:
    """One worker serves IPv4, IPv6 and all interfaces; IPv4 peers of a dual-stack listener are shown as IPv4."""
    if not socket.has_ipv6:
        pytest.skip("this system has no IPv6")
    worker = Worker("127.0.0.1:0", "[::1]:0", ":0")
    worker.on_message = lambda connection, message: connection.send(f"{connection.peer} {connection.local}")
    with serving(worker) as sink:
        assert [str(a) for a in worker.addresses] == [event.address for event in sink.wait_for(Listening, 3)]
        for number in range(3):
            with connect(worker, number) as client:
                client.sendall(b"?")
                expected = f"{Tcp().name_of(client.getsockname())} {Tcp().name_of(client.getpeername())}".encode()
                assert read_exactly(client, len(expected)) == expected
        with socket.create_connection(("127.0.0.1", worker.addresses[2].port), timeout=LIMIT) as client:
            client.sendall(b"?")
            expected = f"127.0.0.1:{client.getsockname()[1]} ".encode()
            assert read_exactly(client, len(expected)) == expected


def test_names_of_peers() -> None:
    """Peers are shown as `host:port`; IPv4 peers of a dual-stack socket as IPv4."""
    assert Tcp().name_of(("10.0.0.1", 5)) == "10.0.0.1:5"
    assert Tcp().name_of(("::ffff:10.0.0.1", 5, 0, 0)) == "10.0.0.1:5"
    assert Tcp().name_of(("fe80::1", 5, 0, 2)) == "[fe80::1]:5"


def test_options_reach_the_sockets_of_clients() -> None:
    """Accepted sockets have the options of their listener; another listener of the worker has its own."""
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


def test_two_processes_may_share_a_port() -> None:
    """With `reuse_port` a second listener opens the same port."""
    first = Listener(parse("127.0.0.1:0"), Tcp(), 10, SocketOptions(reuse_port=True))
    first.open()
    second = Listener(first.address, Tcp(), 10, SocketOptions(reuse_port=True))
    second.open()
    assert second.address == first.address
    first.close()
    second.close()
