"""The faults at full size, against the program as its users run it: nothing lost, nothing left over. `make stress`."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.processes import Headless
from tests.serving import wait_until

pytestmark = pytest.mark.stress

ANY = "127.0.0.1:0"
MIB = 1 << 20


def resident(server: Headless) -> int:
    """Bytes of memory that the server holds (proc(5), status)."""
    status = Path(f"/proc/{server.process.pid}/status")
    if not status.exists():
        pytest.skip("needs /proc to see the memory of a process")
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text())
    assert found is not None
    return int(found[1]) * 1024


def echoed(port: int, size: int, pause: float) -> bool:
    """Send `size` bytes, read nothing for a second, then read slowly: the same bytes came back."""
    block = hashlib.sha256(b"block").digest() * 2048
    sent, got = hashlib.sha256(), hashlib.sha256()
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
            got.update(data)
            time.sleep(pause)
        sender.join()
    return sent.digest() == got.digest()


def test_a_slow_reader_of_100_mb_costs_little_memory():
    """What it does not read waits at its own end: the server grows by 64 MB at most, and every byte comes back."""
    with Headless("--quiet", "--reply", "echo", ANY) as server:
        before = resident(server)
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(echoed, server.port, 100 * MIB, 0.01)
            most = 0
            while not done.done():
                most = max(most, resident(server))
                time.sleep(0.05)
        assert done.result()
        assert most - before < 64 * MIB
        assert server.stop() == (0, "")


def test_fifty_slow_readers_add_up_to_no_more_than_they_may():
    """Fifty clients get every byte, each more than the system itself keeps for it; the server grows by 128 MB at most."""
    with Headless("--quiet", "--reply", "echo", ANY) as server:
        before = resident(server)
        with ThreadPoolExecutor(50) as pool:
            done = [pool.submit(echoed, server.port, 16 * MIB, 0.02) for _ in range(50)]
            most = 0
            while not all(each.done() for each in done):
                most = max(most, resident(server))
                time.sleep(0.05)
        assert all(each.result() for each in done)
        assert most - before < 128 * MIB
        assert server.stop() == (0, "")


def test_a_storm_of_20_000_clients_is_told_to_the_last():
    """Each that comes is told once, and once that it went, whether it spoke, vanished or reset."""
    count = 20_000
    with Headless("--json", "--quiet", "--reply", "echo", ANY) as server:
        told: Counter[str] = Counter()
        reader = threading.Thread(target=read_all_events, args=(server, told))
        reader.start()

        def visit(number: int) -> None:
            with socket.socket() as client:
                client.bind((f"127.0.0.{2 + number % 200}", 0))
                client.settimeout(30)
                client.connect(("127.0.0.1", server.port))
                if number % 2:
                    client.sendall(b"hello")
                    assert client.recv(5) == b"hello"

        with ThreadPoolExecutor(32) as pool:
            list(pool.map(visit, range(count)))
        wait_until(lambda: told["closed"] == count, "the last of them to be told")
        code, errors = server.stop()
        reader.join()
    assert (code, errors) == (0, "")
    assert told["connected"] == told["closed"] == count


def read_all_events(server: Headless, told: Counter[str]) -> None:
    """Count the kinds of events until there are no more."""
    while line := server.line():
        told[json.loads(line)["event"]] += 1


def test_idle_and_half_finished_clients_are_in_nobodys_way():
    """Beside 200 silent clients and 200 that stop in the middle of a request, one is answered within a second."""
    with Headless("--quiet", "http://127.0.0.1:0") as server:
        others = [socket.create_connection(("127.0.0.1", server.port), 10) for _ in range(400)]
        try:
            for half in others[::2]:
                half.sendall(b"GET / HTTP/1.1\r\nHos")
            begin = time.monotonic()
            with server.connect() as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                answer = b""
                while data := client.recv(MIB):
                    answer += data
            assert answer.endswith(b"hello world~")
            assert time.monotonic() - begin < 1
        finally:
            for other in others:
                other.close()
        assert server.stop() == (0, "")
