"""Many clients at full size, against the program as users run it: nothing is lost and nothing remains. `make stress`."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.processes import Headless
from tests.support.serving import read_exactly, wait_until
from tests.support.stress import ANY, MIB, Events, cpu_within, crowd

pytestmark = pytest.mark.stress

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes `close` send a reset (socket(7))."""


def test_20_000_short_connections_are_all_reported() -> None:
    """Each has one `connected` and one `closed`, whether it sent something, closed or reset."""
    count = 20_000
    with Headless("--json", "--quiet", "--reply", "echo", ANY) as server:
        events = Events(server)

        def visit(number: int) -> None:
            with socket.socket() as client:
                client.bind((f"127.0.0.{2 + number % 200}", 0))
                client.settimeout(30)
                client.connect(("127.0.0.1", server.port))
                if number % 2:
                    client.sendall(b"hello")
                    assert client.recv(5) == b"hello"
                elif number % 4:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

        with ThreadPoolExecutor(32) as pool:
            list(pool.map(visit, range(count)))
        wait_until(lambda: events.counts["closed"] == count, "all to be reported as closed")
        assert server.stop() == (0, "")
        events.end()
    assert events.counts["connected"] == events.counts["closed"] == count
    assert len({event["id"] for event in events.of("closed")}) == count
    assert Counter(event["bytes_in"] for event in events.of("closed")) == {5: count // 2, 0: count // 2}


def test_idle_and_incomplete_clients_do_not_hold_up_others() -> None:
    """With 200 idle clients and 200 in the middle of a request, another one is answered."""
    with Headless("--quiet", "http://127.0.0.1:0") as server:
        others = [socket.create_connection(("127.0.0.1", server.port), 10) for _ in range(400)]
        try:
            for incomplete in others[::2]:
                incomplete.sendall(b"GET / HTTP/1.1\r\nHos")
            with server.connect() as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                answer = b""
                while data := client.recv(MIB):
                    answer += data
            assert answer.endswith(b"hello world~")
        finally:
            for other in others:
                other.close()
        assert server.stop() == (0, "")


def test_5_000_clients_are_served() -> None:
    """Each of 5,000 connected clients is answered twice, and `closed` has its exact totals."""
    with Headless("--json", "--quiet", "--reply", "echo", ANY) as server:
        events = Events(server)
        with crowd(server, 5_000) as clients:
            for word in (b"first", b"again"):
                for client in clients:
                    client.sendall(word)
                for client in clients:
                    assert read_exactly(client, 5) == word
        wait_until(lambda: events.counts["closed"] == 5_000, "all to disconnect")
        assert server.stop() == (0, "")
        events.end()
    assert {(event["bytes_in"], event["bytes_out"]) for event in events.of("closed")} == {(10, 10)}


def test_10_000_idle_clients_use_no_cpu() -> None:
    """They take less than a tick of CPU time in three seconds, and each is answered when it sends something."""
    with Headless("--json", "--quiet", "--reply", "echo", ANY) as server:
        events = Events(server)
        with crowd(server, 10_000) as clients:
            wait_until(lambda: events.counts["connected"] == 10_000, "all to be accepted")
            time.sleep(1.5)  # until the events are printed and the log has written its summary
            assert cpu_within(server, 3) == 0
            for client in clients[::1000]:
                client.sendall(b"hello")
                assert read_exactly(client, 5) == b"hello"
        assert server.stop() == (0, "")


def test_a_stop_under_load_loses_nothing_that_was_received() -> None:
    """At SIGTERM each received message is echoed to the last byte, each `closed` is printed, and the exit code is 0."""
    with Headless("--json", "--reply", "echo", ANY) as server:
        events = Events(server)

        def chatter(number: int) -> tuple[str, bytes]:
            word = f"{number:04}".encode() * 250
            got = bytearray()
            with server.connect() as client:
                name = "{}:{}".format(*client.getsockname())
                finished = threading.Event()

                def send() -> None:
                    with contextlib.suppress(OSError):
                        while not finished.wait(0.001):
                            client.sendall(word)

                sender = threading.Thread(target=send)
                sender.start()
                while data := client.recv(MIB):
                    got += data
                finished.set()
                sender.join()
            assert bytes(got) == (word * (len(got) // len(word) + 1))[: len(got)]
            return name, bytes(got)

        with ThreadPoolExecutor(20) as pool:
            clients = [pool.submit(chatter, number) for number in range(20)]
            wait_until(lambda: events.counts["received"] > 2_000, "all clients to send")
            assert server.stop() == (0, "")
            got = dict(client.result() for client in clients)
        events.end()
    assert events.counts["skipped"] == 0
    accepted: Counter[int] = Counter()
    for event in events.of("received"):
        accepted[event["id"]] += event["size"]
    closed = {event["id"]: event for event in events.of("closed")}
    assert len(closed) == 20
    for event in events.of("connected"):
        end = closed[event["id"]]
        assert len(got[event["peer"]]) == end["bytes_out"] == accepted[event["id"]]
        assert (end["reason"], end["unsent"]) == ("server stopped", 0)
