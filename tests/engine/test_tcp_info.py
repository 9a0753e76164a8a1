"""`TCP_INFO` and queue lengths of a socket, and systems that report less."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator

import msgspec
import pytest

from tuiserver.engine.tcp_info import TcpInfo, tcp_info

Pair = tuple[socket.socket, socket.socket]
NOTHING = dict.fromkeys(TcpInfo.__struct_fields__)


@pytest.fixture
def pair() -> Iterator[Pair]:
    """The two ends of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        with client, server:
            yield client, server


@pytest.mark.skipif(sys.platform != "linux", reason="reads the Linux tcp_info structure")
def test_state_round_trip_and_queues(pair: Pair) -> None:
    """The state is in words, round trips are in seconds, and the receive queue has the unread bytes."""
    client, server = pair
    client.sendall(b"unread")
    info = tcp_info(server)
    assert (info.state, info.receive_queue, info.send_queue) == ("established", 6, 0)
    assert info.rtt is not None
    assert 0 <= info.rtt < 1
    assert info.send_mss
    client.close()
    assert tcp_info(server).state == "close wait"


def test_other_systems_report_nothing(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system without `TCP_INFO` every field is None."""
    monkeypatch.setattr(sys, "platform", "elsewhere")
    assert msgspec.structs.asdict(tcp_info(pair[0])) == NOTHING


def test_a_queue_that_cannot_be_read_is_none(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the kernel does not report the queues, the rest is reported."""
    fcntl = pytest.importorskip("fcntl")

    def refuse(*args: object) -> None:
        raise OSError("injected")

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    info = tcp_info(pair[0])
    assert (info.state, info.receive_queue, info.send_queue) == ("established", None, None)


@pytest.mark.parametrize("platform", ["linux", "elsewhere"])
def test_a_closed_socket_is_an_error(pair: Pair, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On every system a closed socket raises `OSError`."""
    monkeypatch.setattr(sys, "platform", platform)
    pair[0].close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        tcp_info(pair[0])
