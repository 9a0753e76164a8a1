"""System calls that fail once, injected into a running server by strace(1).

Whatever fails, the server continues and loses at most the client whose call it was. Run with `make torture`.

Rules of this file:
- strace attaches to a server that is already serving, so that the fault meets the path under test and not the start.
- Every test checks that the fault was injected.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.processes import LIMIT, Headless
from tests.support.serving import wait_until

pytestmark = [pytest.mark.torture, pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")]

RETRIED = ("EAGAIN", "EINTR")
"""Errors after which the call is repeated: no client is lost."""
RECEIVE = (*RETRIED, "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "ENETDOWN", "ENOMEM", "ENOBUFS", "EIO")
SEND = (*RETRIED, "EPIPE", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENOBUFS", "ENOMEM", "EMSGSIZE")
ACCEPT = (*RETRIED, "ECONNABORTED", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EPERM", "EPROTO", "ENETDOWN", "EHOSTDOWN")
WRITE = (*RETRIED, "ENOSPC", "EIO", "EPIPE", "EDQUOT", "EFBIG")
OPEN = ("EINTR", "EMFILE", "ENFILE", "ENOMEM", "EACCES", "ENOENT", "ENOSPC", "EROFS")
MAIN, LOG, STDOUT = range(3)
"""The threads of a headless server in the order in which they start."""


class Server:
    """A headless echo server with two clients that have talked to it already."""

    def __init__(self, headless: Headless, log: Path) -> None:
        self.headless, self.log = headless, log
        self.first, self.second = headless.connect(), headless.connect()
        for client in (self.first, self.second):
            assert echoes(client, b"hello")

    @contextmanager
    def failing(self, call: str, error: str, thread: int, tmp_path: Path) -> Iterator[None]:
        """The next `call` of a thread fails with `error`; leaves when that has happened."""
        trace = tmp_path / "trace"
        thread_id = sorted(int(name) for name in os.listdir(f"/proc/{self.headless.process.pid}/task"))[thread]
        command = ["strace", "-o", trace, "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when=1"]
        with subprocess.Popen([*command, "-p", str(thread_id)], stderr=subprocess.PIPE) as strace:
            try:
                assert strace.stderr is not None
                line = strace.stderr.readline()
                if b"attached" not in line:
                    pytest.skip(f"strace cannot attach: {line.decode().strip()}")
                yield
                wait_until(lambda: "(INJECTED)" in trace.read_text(), f"{call} to fail with {error}")
            finally:
                strace.terminate()

    def check(self) -> None:
        """The second client and a new one are served, and the server stops cleanly."""
        assert echoes(self.second, b"still here")
        with self.headless.connect() as third:
            assert echoes(third, b"new here")
        code, errors = self.headless.stop()
        assert code == 0
        assert "Traceback" not in errors


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of its own for each test."""
    log = tmp_path / "server.log"
    with Headless("--reply", "echo", "--log", str(log), "127.0.0.1:0") as headless:
        served = Server(headless, log)
        with served.first, served.second:
            yield served


def echoes(client: socket.socket, data: bytes) -> bool:
    """True if the server echoes `data`, False if it closes or resets the connection."""
    client.settimeout(LIMIT)
    try:
        client.sendall(data)
        answer = b""
        while len(answer) < len(data):
            chunk = client.recv(100)
            if not chunk:
                return False
            answer += chunk
    except ConnectionError:
        return False
    assert answer == data
    return True


@pytest.mark.parametrize("error", RECEIVE)
def test_recv_fails(server: Server, tmp_path: Path, error: str) -> None:
    """After a failed recv at most its own client is lost; if it can be repeated, none is."""
    with server.failing("recvfrom", error, MAIN, tmp_path):
        survived = echoes(server.first, b"ping")
    assert survived == (error in RETRIED)
    server.check()


@pytest.mark.parametrize("error", SEND)
def test_send_fails(server: Server, tmp_path: Path, error: str) -> None:
    """After a failed send at most its own client is lost; if it can be repeated, none is."""
    with server.failing("sendto", error, MAIN, tmp_path):
        survived = echoes(server.first, b"ping")
    assert survived == (error in RETRIED)
    server.check()


@pytest.mark.parametrize("error", ACCEPT)
def test_accept_fails(server: Server, tmp_path: Path, error: str) -> None:
    """After a failed accept no client is lost: the waiting one is accepted when the call is repeated."""
    with server.failing("accept4", error, MAIN, tmp_path), server.headless.connect() as client:
        assert echoes(client, b"ping")
    assert echoes(server.first, b"still here")
    server.check()


def test_epoll_wait_is_interrupted(server: Server, tmp_path: Path) -> None:
    """EINTR, the only error of epoll_wait(2) that is not a programming error, has no effect."""
    with server.failing("epoll_wait", "EINTR", MAIN, tmp_path):
        assert echoes(server.first, b"ping")
        assert echoes(server.first, b"pong")
    server.check()


@pytest.mark.parametrize("error", WRITE)
def test_write_to_the_log_fails(server: Server, tmp_path: Path, error: str) -> None:
    """No client is lost when the log cannot be written."""
    with server.failing("write", error, LOG, tmp_path), server.headless.connect() as client:
        assert echoes(client, b"ping")
    assert echoes(server.first, b"still here")
    server.check()


@pytest.mark.parametrize("error", WRITE)
def test_write_to_stdout_fails(server: Server, tmp_path: Path, error: str) -> None:
    """No client is lost when stdout cannot be written."""
    with server.failing("write", error, STDOUT, tmp_path):
        assert echoes(server.first, b"ping")
    assert echoes(server.first, b"still here")
    server.check()


@pytest.mark.parametrize("error", OPEN)
def test_opening_the_log_again_fails(server: Server, tmp_path: Path, error: str) -> None:
    """No client is lost when a log file was moved away and cannot be opened again."""
    wait_until(lambda: "#2 " in server.log.read_text(), "the log of what has happened")
    server.log.rename(tmp_path / "moved.log")
    with server.failing("openat", error, LOG, tmp_path), server.headless.connect() as client:
        assert echoes(client, b"ping")
    assert echoes(server.first, b"still here")
    server.check()
