"""TCP: addresses, error messages, names of peers, and options of sockets."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.serving import LIMIT, connect, read_exactly, serving
from tuiserver.core.address import parse
from tuiserver.core.commands import Inspect
from tuiserver.core.events import Connected, Inspected, Listening
from tuiserver.core.limits import Limits, SocketOptions
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


def names(*hosts: str) -> Callable[..., list[tuple[Any, ...]]]:
    """A `getaddrinfo` for which `both` stands for these hosts."""
    real = socket.getaddrinfo

    def look_up(host: str, port: int, **options: Any) -> list[tuple[Any, ...]]:
        if host != "both":
            return list(real(host, port, **options))
        families = [socket.AF_INET6 if ":" in each else socket.AF_INET for each in hosts]
        rest = {socket.AF_INET6: (0, 0), socket.AF_INET: ()}
        return [(f, socket.SOCK_STREAM, 6, "", (each, port, *rest[f])) for f, each in zip(families, hosts, strict=True)]

    return look_up


@pytest.mark.skipif(not socket.has_ipv6, reason="this system has no IPv6")
def test_a_name_that_stands_for_several_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """All are listened on, each with a `Listening` of its own; one that is named twice is opened once."""
    monkeypatch.setattr(socket, "getaddrinfo", names("::1", "127.0.0.1", "127.0.0.1"))
    worker = Worker("http://both:0")
    with serving(worker) as sink:
        found = [event.address.rpartition(":")[0] for event in sink.wait_for(Listening, 2)]
        assert found == ["http://[::1]", "http://127.0.0.1"]
        for number in range(2):
            connect(worker, number).close()


@pytest.mark.parametrize(
    "hosts", [("198.51.100.1", "127.0.0.1"), ("127.0.0.1", "198.51.100.1"), ("198.51.100.1", "198.51.100.2")]
)
def test_an_address_that_this_machine_lacks_is_left_out(
    hosts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hosts file may name `::1` where there is no IPv6. Where nothing is left, the error names what the user wrote."""
    monkeypatch.setattr(socket, "getaddrinfo", names(*hosts))
    assert Tcp().resolve(parse("both:0")) == [parse("both:0")]
    if "127.0.0.1" in hosts:
        listener = Listener(parse("both:0"), Tcp(), 10)
        listener.open()
        assert listener.address.host == "127.0.0.1"
        listener.close()
    else:
        assert str(error_of_opening("both:0")).startswith(
            "cannot listen on tcp://both:0: this machine has no such address"
        )


def link_local() -> str:
    """A link-local address of this machine with its interface, or an empty string."""
    try:
        lines = Path("/proc/net/if_inet6").read_text().splitlines()
    except OSError:
        return ""
    for digits, _, _, _, _, interface in map(str.split, lines):
        if digits.startswith("fe80"):
            return f"{ipaddress.IPv6Address(int(digits, 16))}%{interface}"
    return ""


@pytest.mark.skipif(not link_local(), reason="this machine has no link-local address")
def test_a_link_local_address_is_given_with_its_interface() -> None:
    """The address that is shown has it as well; without it the error says so (RFC 4007)."""
    host = link_local()
    listener = Listener(parse(f"[{host}]:0"), Tcp(), 10)
    listener.open()
    assert listener.address.host == host
    listener.close()
    assert "needs its interface: [fe80::1%eth0]:0" in str(error_of_opening("[fe80::1]:0"))
    assert "unknown host" in str(error_of_opening("[fe80::1%none]:0"))


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
        assert two.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1, "by default"
        if hasattr(socket, "TCP_KEEPIDLE"):
            idle, interval, probes = socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT
            found = [
                [sock.getsockopt(socket.IPPROTO_TCP, each) for each in (idle, interval, probes)] for sock in (one, two)
            ]
            assert found == [[30, 10, 3], [60, 10, 3]]
        with pytest.raises(ListenError, match="before it is started"):
            worker.listen("127.0.0.1:0")


def test_keepalive_may_be_off() -> None:
    """With a limit of 0 the system sends no probes."""
    worker = Worker("127.0.0.1:0", limits=Limits(keepalive=0))
    with serving(worker) as sink, connect(worker):
        sink.wait_for(Connected)
        assert worker.connections[1].socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0


def test_two_processes_may_share_a_port() -> None:
    """With `reuse_port` a second listener opens the same port."""
    first = Listener(parse("127.0.0.1:0"), Tcp(), 10, SocketOptions(reuse_port=True))
    first.open()
    second = Listener(first.address, Tcp(), 10, SocketOptions(reuse_port=True))
    second.open()
    assert second.address == first.address
    first.close()
    second.close()


def test_an_ipv4_client_is_ipv4_wherever_it_is_named() -> None:
    """On a dual-stack socket and on an IPv4-mapped address: peer, our end, and the family that an inspection tells."""
    for text in (":0", "[::ffff:127.0.0.1]:0"):
        worker = Worker(text)
        worker.bind()
        port = worker.addresses[0].port
        with serving(worker) as sink, socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
            (connected,) = sink.wait_for(Connected)
            assert connected.peer == "{}:{}".format(*client.getsockname())
            assert connected.local == "{}:{}".format(*client.getpeername())
            worker.call_threadsafe(worker.handle, Inspect(1))
            assert sink.wait_for(Inspected)[0].info["family"] == "IPv4"
