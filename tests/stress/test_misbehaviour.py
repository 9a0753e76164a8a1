"""Clients, programs and systems that misbehave, at full size, against the program as users run it. `make stress`."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.processes import Headless, environment
from tests.support.serving import read_all, read_exactly, wait_until
from tests.support.stress import ANY, MIB, Events, cpu, cpu_within, crowd, echoed, resident, serves

pytestmark = pytest.mark.stress

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def test_a_slow_reader_of_100_mb_uses_little_memory() -> None:
    """The server stops reading from it: memory grows by at most 64 MB, and every byte is echoed."""
    with Headless("--quiet", "--reply", "echo", ANY) as server:
        before = resident(server)
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(echoed, server.port, 100 * MIB, 0.01)
            peak = 0
            while not done.done():
                peak = max(peak, resident(server))
                time.sleep(0.05)
        assert done.result()
        assert peak - before < 64 * MIB
        assert server.stop() == (0, "")


def test_fifty_slow_readers_share_one_limit() -> None:
    """Fifty clients get every byte, each more than the kernel buffers; memory grows by at most 128 MB."""
    with Headless("--quiet", "--reply", "echo", ANY) as server:
        before = resident(server)
        with ThreadPoolExecutor(50) as pool:
            done = [pool.submit(echoed, server.port, 16 * MIB, 0.02) for _ in range(50)]
            peak = 0
            while not all(each.done() for each in done):
                peak = max(peak, resident(server))
                time.sleep(0.05)
        assert all(each.result() for each in done)
        assert peak - before < 128 * MIB
        assert server.stop() == (0, "")


def test_one_byte_at_a_time() -> None:
    """20,000 single bytes are all echoed; 200 requests sent byte by byte get 200 answers."""
    with Headless("--quiet", "--reply", "echo", ANY) as server, server.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = os.urandom(20_000)
        with ThreadPoolExecutor(1) as pool:
            got = pool.submit(read_exactly, client, len(data))
            for number in range(len(data)):
                client.sendall(data[number : number + 1])
            assert got.result() == data
        assert server.stop()[0] == 0
    with Headless("--quiet", ANY) as server, server.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with ThreadPoolExecutor(1) as pool:
            answers = pool.submit(read_all, client)
            for byte in GET * 200:
                client.sendall(bytes([byte]))
            client.shutdown(socket.SHUT_WR)
            assert answers.result().count(b"hello world~") == 200


def test_a_client_that_pipelines_and_reads_nothing() -> None:
    """The server stops reading from it and uses neither memory nor CPU; once it reads, no answer is missing."""
    with Headless("--quiet", ANY) as server, server.connect() as client:
        before = resident(server)
        client.settimeout(1)
        block, sent = GET * 1000, 0
        with contextlib.suppress(TimeoutError):
            while True:
                sent += client.send(block[sent % len(GET) :])
        assert resident(server) - before < 16 * MIB
        assert cpu_within(server, 1) <= 0.05
        with server.connect() as other:
            other.sendall(GET)
            assert other.recv(15) == b"HTTP/1.1 200 OK"

        def finish() -> None:
            client.sendall(GET[sent % len(GET) :] if sent % len(GET) else GET)
            client.shutdown(socket.SHUT_WR)

        requests = sent // len(GET) + 1
        client.settimeout(30)
        sender = threading.Thread(target=finish)
        sender.start()
        assert read_all(client).count(b"hello world~") == requests
        sender.join()
        assert server.stop() == (0, "")


PROGRAM = """
import time
from tuiserver import Worker

worker = Worker("127.0.0.1:0")

@worker.on_message
def answer(connection, message):
    if message == b"raise":
        raise KeyError(message)
    if message == b"sleep":
        time.sleep(0.2)
    if message == b"close all":
        for each in worker.connections.values():
            each.close("closed by test")
    connection.send(message)
"""


def test_a_program_that_raises_blocks_and_closes_all_connections(tmp_path: Path) -> None:
    """Of 300 clients, those whose callback raises are closed; one that blocks delays the others only; all can be closed."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    with Headless("--json", "--quiet", "--app", str(program), ANY) as server:
        events = Events(server)
        with crowd(server, 300) as clients:
            failing, others = clients[:100], clients[100:]
            for client in failing:
                client.sendall(b"raise")
            for client in others:
                client.sendall(b"hello")
            for client in failing:
                assert read_all(client) == b""
                client.close()
            for client in others:
                assert read_exactly(client, 5) == b"hello"
            wait_until(lambda: events.counts["closed"] == 100, "these to be closed")
            for _ in range(5):
                others[0].sendall(b"sleep")
                assert serves(server)
                assert read_exactly(others[0], 5) == b"sleep"
            assert len([event for event in events.of("noted") if event["code"] == "slow_callback"]) == 1
            others[1].sendall(b"close all")
            for client in others:
                assert read_all(client) == b""
                client.close()
            assert serves(server)
        wait_until(lambda: events.counts["closed"] == 306, "all to be closed")
        assert server.stop() == (0, "")
        events.end()
    assert Counter(event["reason"] for event in events.of("closed")) == {
        "on_message failed": 100,
        "closed by test": 200,
        "closed by peer": 6,
    }
    assert sum(event["text"].startswith("on_message: KeyError") for event in events.of("noted")) == 100


def test_a_client_may_be_suspended() -> None:
    """A suspended client costs no CPU and holds up no one; after it continues it gets every byte."""
    script = "import sys; from tests.support.stress import echoed; print(echoed(int(sys.argv[1]), 300 << 20, 0.02))"
    with Headless("--quiet", "--reply", "echo", ANY) as server:
        before, rested = resident(server), cpu(server)
        arguments = [sys.executable, "-c", script, str(server.port)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment()) as client:
            wait_until(lambda: cpu(server) >= rested + 0.05, "the transfer to start")
            client.send_signal(signal.SIGSTOP)
            try:
                time.sleep(0.5)  # what is in flight arrives
                assert cpu_within(server, 2) <= 0.1
                assert serves(server)
                assert resident(server) - before < 64 * MIB
                assert server.process.poll() is client.poll() is None
            finally:
                client.send_signal(signal.SIGCONT)
            assert client.stdout is not None
            assert client.stdout.read() == "True\n"
        assert server.stop() == (0, "")


def test_the_server_may_be_suspended() -> None:
    """Clients that connect and send while it is suspended are answered and reported after it continues."""
    with Headless("--json", "--quiet", "--reply", "echo", ANY) as server:
        events = Events(server)
        with crowd(server, 100) as early:
            wait_until(lambda: events.counts["connected"] == 100, "them to be accepted")
            server.process.send_signal(signal.SIGSTOP)
            with crowd(server, 100) as late:
                for client in early + late:
                    client.sendall(b"hello")
                time.sleep(1)
                server.process.send_signal(signal.SIGCONT)
                for client in early + late:
                    assert read_exactly(client, 5) == b"hello"
        wait_until(lambda: events.counts["closed"] == 200, "them to disconnect")
        assert server.stop() == (0, "")


HOARDING_PROGRAM = """
import os
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160))

from tuiserver import Worker

worker = Worker("127.0.0.1:0")
worker.on_message = lambda connection, message: connection.send(message)
hoarded = [os.dup(0) for _ in range(100)]
"""


def test_out_of_descriptors(tmp_path: Path) -> None:
    """Without free descriptors connected clients are served and no CPU is used; each disconnect admits the next client."""
    program = tmp_path / "program.py"
    program.write_text(HOARDING_PROGRAM)
    with Headless("--json", "--quiet", "--app", str(program), ANY) as server:
        events = Events(server)
        with crowd(server, 80) as clients:
            wait_until(lambda: events.of("noted"), "the note")
            accepted, waiting = clients[: events.counts["connected"]], clients[events.counts["connected"] :]
            assert 10 < len(accepted) < 60
            for client in accepted:
                client.sendall(b"hello")
                assert read_exactly(client, 5) == b"hello"
            assert cpu_within(server, 3) <= 0.05 * 3
            for leaving, entering in zip(accepted[:3], waiting[:3], strict=True):
                leaving.close()
                entering.sendall(b"hello")
                assert read_exactly(entering, 5) == b"hello"
        wait_until(lambda: events.counts["closed"] == 80, "all to be accepted and to disconnect")
        assert server.stop() == (0, "")
        events.end()
    assert [event["text"].partition(": ")[2] for event in events.of("noted")] == ["too many open files; trying again"]
