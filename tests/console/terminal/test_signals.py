"""The end by a signal on a real terminal: restored, exit code 0, clients closed, even if the terminal is stuck."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.processes import COMMAND, LIMIT, environment
from tests.support.serving import read_all, wait_until


@contextmanager
def console(
    size: tuple[int, int] = (80, 24),
) -> Iterator[tuple[subprocess.Popen[bytes], int, int, threading.Event, bytearray]]:
    """A console on a pty that is read while `reading` is set: process, pty, port, `reading`, and its output."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, size[::-1])
    reading, seen = threading.Event(), bytearray()
    reading.set()
    command = [*COMMAND, f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env={**environment(), "TERM": "xterm"}, start_new_session=True
    )

    def read() -> None:
        while True:
            reading.wait()
            try:
                data = os.read(master, 65536)
            except OSError:
                return
            if not data:
                return
            seen.extend(data)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        wait_until(lambda: str(port).encode() in seen, "the first paint")
        yield process, slave, port, reading, seen
    finally:
        process.kill()
        process.wait()
        reading.set()
        os.close(slave)
        reader.join(LIMIT)
        os.close(master)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_restores_the_terminal(number: signal.Signals) -> None:
    """The screen and its modes are restored, clients see an orderly end, and the exit code is 0."""
    with console() as (process, slave, port, _, seen):
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
            process.send_signal(number)
            assert read_all(client) == b""
        assert process.wait(LIMIT) == 0
        assert termios.tcgetattr(slave)[3] & (termios.ECHO | termios.ICANON) == termios.ECHO | termios.ICANON
        wait_until(lambda: b"\x1b[?1049l" in seen, "the screen to be left")
        assert seen.rindex(b"\x1b[?1049l") > seen.rindex(b"\x1b[?1049h")
        assert b"Traceback" not in seen


@pytest.mark.slow
def test_a_dead_terminal_does_not_keep_the_server() -> None:
    """While clients flood a terminal that is no longer read, SIGTERM still stops the server in order."""
    with console((160, 50)) as (process, slave, port, reading, _):
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
            reading.clear()
            end = time.monotonic() + 4  # as many frames as the terminal and the queue before it hold, and some more
            while time.monotonic() < end:
                client.sendall(os.urandom(2000))
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            assert read_all(client) == b""
        assert process.wait(LIMIT) == 0
        assert termios.tcgetattr(slave)[3] & termios.ECHO
