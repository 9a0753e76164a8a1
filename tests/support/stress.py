"""For the stress tests: memory and CPU of a server, its events as they are printed, and crowds of clients."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import Headless
from tests.support.serving import read_exactly

ANY = "127.0.0.1:0"
MIB = 1 << 20
TICK = 1 / os.sysconf("SC_CLK_TCK")
"""Seconds: the unit in which the system counts CPU time (proc(5), stat)."""


def resident(server: Headless) -> int:
    """Resident memory of the server in bytes (proc(5), status)."""
    status = Path(f"/proc/{server.process.pid}/status")
    if not status.exists():
        pytest.skip("needs /proc to read the memory of a process")
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text())
    assert found is not None
    return int(found[1]) * 1024


def cpu(server: Headless) -> float:
    """CPU time of the server in seconds."""
    stat = Path(f"/proc/{server.process.pid}/stat")
    if not stat.exists():
        pytest.skip("needs /proc to read the CPU time of a process")
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def cpu_within(server: Headless, seconds: float) -> float:
    """CPU time in seconds that the server uses during the next `seconds`."""
    before = cpu(server)
    time.sleep(seconds)
    return cpu(server) - before


class Events:
    """The events that a server prints with `--json`, read in a thread."""

    def __init__(self, server: Headless) -> None:
        self.all: list[dict[str, Any]] = []
        self.counts: Counter[str] = Counter()
        self._server = server
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._server.process.stdout is not None
        with open(os.dup(self._server.process.stdout.fileno()), "rb") as lines:
            for line in lines:
                event = json.loads(line)
                self.all.append(event)
                self.counts[event["event"]] += 1

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The events of one kind, in order."""
        return [event for event in self.all if event["event"] == kind]

    def end(self) -> None:
        """Wait until the server has closed its output."""
        self._thread.join(10)
        assert not self._thread.is_alive()


@contextlib.contextmanager
def crowd(server: Headless, count: int) -> Iterator[list[socket.socket]]:
    """Connect `count` clients, from several loopback addresses because one has only about 28,000 ports (ip(7))."""
    clients: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        for number in range(count):
            client = stack.enter_context(socket.socket())
            client.settimeout(30)
            client.bind((f"127.0.0.{2 + number % 200}", 0))
            client.connect(("127.0.0.1", server.port))
            clients.append(client)
        yield clients


def serves(server: Headless) -> bool:
    """Whether a new client gets its echo."""
    with server.connect() as client:
        client.sendall(b"hello")
        return read_exactly(client, 5) == b"hello"


def echoed(port: int, size: int, pause: float) -> bool:
    """Send `size` bytes, read nothing for a second, then read slowly; returns whether the same bytes came back."""
    block = hashlib.sha256(b"block").digest() * 2048
    sent, received = hashlib.sha256(), hashlib.sha256()
    with socket.create_connection(("127.0.0.1", port), 60) as client:

        def send() -> None:
            for _ in range(size // len(block)):
                client.sendall(block)
                sent.update(block)
            client.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        time.sleep(1)
        while data := client.recv(MIB):
            received.update(data)
            time.sleep(pause)
        sender.join()
    return sent.digest() == received.digest()
