"""What the system knows about a socket by its addresses."""

from __future__ import annotations

import socket
import sys
import time

import pytest

from tuiserver.engine import sock_diag
from tuiserver.engine.sock_diag import FoundSocket, find_socket, same_machine

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")


def name(sockname: tuple[str, int]) -> str:
    """`host:port`, an IPv6 host in brackets."""
    host, port = sockname[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@linux
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_close_step_by_step(host: str) -> None:
    """Established; after the first end of stream, fin wait 2 here and close wait there; after the second, time wait here, with
    the seconds that are left, and nothing there. Bytes that the peer has not read are counted."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip("this system has no IPv6")
    with listener, socket.create_connection(listener.getsockname()[:2]) as ours, listener.accept()[0] as theirs:
        here, there = name(ours.getsockname()), name(ours.getpeername())

        def becomes(state: str) -> FoundSocket:
            """Our socket once it has this state: the peer's system acknowledges the end of the stream a little later."""
            end = time.monotonic() + 5
            while (found := find_socket(here, there)) is None or found.state != state:
                assert time.monotonic() < end, found
                time.sleep(0.005)
            return found

        assert becomes("established").receive_queue == 0
        ours.sendall(b"abc")
        assert find_socket(there, here) == FoundSocket("established", 0.0, 3)
        assert theirs.recv(10) == b"abc"
        ours.shutdown(socket.SHUT_WR)
        becomes("fin wait 2")
        found = find_socket(there, here)
        assert found is not None
        assert found.state == "close wait"
        theirs.close()
        ours.close()
        assert 0 < becomes("time wait").seconds <= 60
        assert find_socket(there, here) == FoundSocket("closed")


@pytest.mark.parametrize(
    ("local", "peer"), [("", ""), ("127.0.0.1:1", "elsewhere:2"), ("127.0.0.1:99999", "127.0.0.1:1")]
)
def test_no_address_no_answer(local: str, peer: str) -> None:
    """What is not an address has no socket, and raises nothing; struct refuses a port that is too large."""
    assert find_socket(local, peer) is None


def test_elsewhere_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without netlink there is no answer."""
    monkeypatch.delattr(sock_diag.socket, "AF_NETLINK", raising=False)
    assert find_socket("127.0.0.1:1", "127.0.0.1:2") is None


def test_both_ends_on_this_machine() -> None:
    """Loopback, or the same address at both ends."""
    assert same_machine("127.0.0.1:1", "127.0.0.1:2")
    assert same_machine("[2001:db8::1]:1", "[2001:db8::1]:2")
    assert not same_machine("10.0.0.1:1", "10.0.0.2:2")
