"""What the kernel tells of a socket, and what is made of a kernel that tells less."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator

import msgspec
import pytest

from tuiserver.engine.tcp_info import TcpInfo, tcp_info

NOTHING = dict.fromkeys(TcpInfo.__struct_fields__)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The two ends of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        with client, server:
            yield client, server


@pytest.mark.skipif(sys.platform != "linux", reason="other systems tell it in other ways")
def test_tells_the_state_and_what_waits_to_be_read(pair):
    """The state is in words, round trips are seconds, and the queue has the bytes that nobody has read."""
    client, server = pair
    client.sendall(b"unread")
    info = tcp_info(server)
    assert (info.state, info.receive_queue, info.send_queue) == ("established", 6, 0)
    assert info.rtt is not None
    assert 0 <= info.rtt < 1
    assert info.send_mss
    client.close()
    assert tcp_info(server).state == "close wait"


def test_where_a_system_tells_nothing_nothing_is_guessed(pair, monkeypatch):
    """On a system without `TCP_INFO` every field is None."""
    monkeypatch.setattr(sys, "platform", "elsewhere")
    assert msgspec.structs.asdict(tcp_info(pair[0])) == NOTHING


def test_a_queue_that_cannot_be_asked_for_is_none(pair, monkeypatch):
    """A kernel that refuses to tell the queues still tells the rest."""
    fcntl = pytest.importorskip("fcntl")

    def refuse(*args):
        raise OSError("not here")

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    info = tcp_info(pair[0])
    assert (info.state, info.receive_queue, info.send_queue) == ("established", None, None)


@pytest.mark.parametrize("platform", ["linux", "elsewhere"])
def test_a_closed_socket_is_an_error(pair, platform, monkeypatch):
    """On every system a socket that is closed raises `OSError`."""
    monkeypatch.setattr(sys, "platform", platform)
    pair[0].close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        tcp_info(pair[0])
