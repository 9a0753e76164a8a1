"""The faults at full size, against the program as its users run it: nothing lost, nothing left over. `make stress`."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import Headless, environment
from tests.support.serving import read_all, read_exactly, wait_until

pytestmark = pytest.mark.stress

ANY = "127.0.0.1:0"
ROOT = Path(__file__).parent.parent
MIB = 1 << 20
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
RESET = struct.pack("ii", 1, 0)
TICK = 1 / os.sysconf("SC_CLK_TCK")
"""Seconds: the unit in which the system counts CPU time (proc(5), stat)."""


def resident(server: Headless) -> int:
    """Bytes of memory that the server holds (proc(5), status)."""
    status = Path(f"/proc/{server.process.pid}/status")
    if not status.exists():
        pytest.skip("needs /proc to see the memory of a process")
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text())
    assert found is not None
    return int(found[1]) * 1024


def cpu(server: Headless) -> float:
    """Seconds of CPU that the server has used."""
    stat = Path(f"/proc/{server.process.pid}/stat")
    if not stat.exists():
        pytest.skip("needs /proc to see the CPU time of a process")
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def cpu_within(server: Headless, seconds: float) -> float:
    """Seconds of CPU that the server uses while the clock goes on by `seconds`."""
    before = cpu(server)
    time.sleep(seconds)
    return cpu(server) - before


class Told:
    """The events that a server prints with `--json`, read as they come."""

    def __init__(self, server: Headless) -> None:
        self.events: list[dict[str, Any]] = []
        self.counts: Counter[str] = Counter()
        self._server = server
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._server.process.stdout is not None
        with open(os.dup(self._server.process.stdout.fileno()), "rb") as lines:
            for line in lines:
                event = json.loads(line)
                self.events.append(event)
                self.counts[event["event"]] += 1

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Those of one kind, in order."""
        return [event for event in self.events if event["event"] == kind]

    def end(self) -> None:
        """Wait until the server prints no more."""
        self._thread.join(10)
        assert not self._thread.is_alive()


@contextlib.contextmanager
def crowd(server: Headless, count: int) -> Iterator[list[socket.socket]]:
    """So many clients at once; from several addresses of the loopback, for one has but 28,000 ports (ip(7))."""
    clients: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        for number in range(count):
            client = stack.enter_context(socket.socket())
            client.settimeout(30)
            client.bind((f"127.0.0.{2 + number % 200}", 0))
            client.connect(("127.0.0.1", server.port))
            clients.append(client)
        yield clients


def seconds_for(server: Headless, word: bytes = b"hello") -> float:
    """How long a new client waits until what it says has come back."""
    begin = time.monotonic()
    with server.connect() as client:
        client.sendall(word)
        assert read_exactly(client, len(word)) == word
    return time.monotonic() - begin


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
        told = Told(server)

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
        wait_until(lambda: told.counts["closed"] == count, "the last of them to be told")
        assert server.stop() == (0, "")
        told.end()
    assert told.counts["connected"] == told.counts["closed"] == count
    assert len({event["id"] for event in told.of("closed")}) == count
    assert Counter(event["bytes_in"] for event in told.of("closed")) == {5: count // 2, 0: count // 2}


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


def test_5_000_clients_are_held_and_served():
    """All are there at once, each is answered, twice; the last word of each is told with exact totals."""
    with Headless("--json", "--quiet", "--reply", "echo", ANY) as server:
        told = Told(server)
        with crowd(server, 5_000) as clients:
            for word in (b"first", b"again"):
                for client in clients:
                    client.sendall(word)
                for client in clients:
                    assert read_exactly(client, 5) == word
        wait_until(lambda: told.counts["closed"] == 5_000, "all to leave")
        assert server.stop() == (0, "")
        told.end()
    assert {(event["bytes_in"], event["bytes_out"]) for event in told.of("closed")} == {(10, 10)}


def test_10_000_idle_clients_cost_no_time():
    """Held and silent they take not one tick of CPU in three seconds, and the next word of any is answered."""
    with Headless("--json", "--quiet", "--reply", "echo", ANY) as server:
        told = Told(server)
        with crowd(server, 10_000) as clients:
            wait_until(lambda: told.counts["connected"] == 10_000, "all to be let in")
            time.sleep(1.5)  # the printer and this reader come to rest, and the log has counted the storm
            assert cpu_within(server, 3) == 0
            for client in clients[::1000]:
                client.sendall(b"hello")
                assert read_exactly(client, 5) == b"hello"
        assert server.stop() == (0, "")


def test_one_byte_at_a_time():
    """A writer that sends single bytes, 20,000 of them, gets them all back; 200 requests so written get 200 answers."""
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


def test_a_client_that_pipelines_for_ever_and_reads_nothing():
    """It is made to wait and costs neither memory nor CPU; once it reads, no answer is missing."""
    with Headless("--quiet", ANY) as server, server.connect() as client:
        before = resident(server)
        client.settimeout(1)
        block, sent = GET * 1000, 0
        with contextlib.suppress(TimeoutError):
            while True:
                sent += client.send(block[sent % len(GET) :])
        assert resident(server) - before < 16 * MIB
        assert cpu_within(server, 1) <= 0.05
        begin = time.monotonic()
        with server.connect() as other:
            other.sendall(GET)
            assert other.recv(15) == b"HTTP/1.1 200 OK"
        assert time.monotonic() - begin < 1

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


def test_a_stop_while_everybody_sends_loses_nothing_that_was_accepted():
    """At SIGTERM what was taken as a message is echoed to the last byte, each end is told, the exit is 0 within 5 s."""
    with Headless("--json", "--reply", "echo", ANY) as server:
        told = Told(server)

        def chatter(number: int) -> tuple[str, bytes]:
            word = f"{number:04}".encode() * 250
            got = bytearray()
            with server.connect() as client:
                name = "{}:{}".format(*client.getsockname())
                over = threading.Event()

                def send() -> None:
                    with contextlib.suppress(OSError):
                        while not over.wait(0.001):
                            client.sendall(word)

                sender = threading.Thread(target=send)
                sender.start()
                while data := client.recv(MIB):
                    got += data
                over.set()
                sender.join()
            assert bytes(got) == (word * (len(got) // len(word) + 1))[: len(got)]
            return name, bytes(got)

        with ThreadPoolExecutor(20) as pool:
            clients = [pool.submit(chatter, number) for number in range(20)]
            wait_until(lambda: told.counts["received"] > 2_000, "everybody to talk")
            begin = time.monotonic()
            assert server.stop() == (0, "")
            assert time.monotonic() - begin < 5
            got = dict(client.result() for client in clients)
        told.end()
    assert told.counts["skipped"] == 0
    accepted: Counter[int] = Counter()
    for event in told.of("received"):
        accepted[event["id"]] += event["size"]
    closed = {event["id"]: event for event in told.of("closed")}
    assert len(closed) == 20
    for event in told.of("connected"):
        end = closed[event["id"]]
        assert len(got[event["peer"]]) == end["bytes_out"] == accepted[event["id"]]
        assert (end["reason"], end["unsent"]) == ("server stopped", 0)


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
    if message == b"everybody":
        for each in worker.connections.values():
            each.close("sent home")
    connection.send(message)
"""


def test_a_program_that_raises_sleeps_and_sends_everybody_home(tmp_path: Path):
    """Among 300 clients: who makes it raise is gone, who makes it sleep delays all by that, and all can be sent home."""
    program = tmp_path / "unkind.py"
    program.write_text(PROGRAM)
    with Headless("--json", "--quiet", "--app", str(program), ANY) as server:
        told = Told(server)
        with crowd(server, 300) as clients:
            wicked, kind = clients[:100], clients[100:]
            for client in wicked:
                client.sendall(b"raise")
            for client in kind:
                client.sendall(b"hello")
            for client in wicked:
                assert read_all(client) == b""
                client.close()
            for client in kind:
                assert read_exactly(client, 5) == b"hello"
            wait_until(lambda: told.counts["closed"] == 100, "those to be gone")
            delays = []
            for _ in range(5):
                kind[0].sendall(b"sleep")
                delays.append(seconds_for(server))
                assert read_exactly(kind[0], 5) == b"sleep"
            assert max(delays) < 0.2 + 0.1
            slow = [event for event in told.of("noted") if "all other clients waited" in event["text"]]
            assert [event["text"].startswith("on_message took 2") for event in slow] == [True]
            kind[1].sendall(b"everybody")
            for client in kind:
                assert read_all(client) == b""
                client.close()
            assert seconds_for(server) < 1
        wait_until(lambda: told.counts["closed"] == 306, "all to be gone")
        assert server.stop() == (0, "")
        told.end()
    assert Counter(event["reason"] for event in told.of("closed")) == {
        "on_message failed": 100,
        "sent home": 200,
        "peer closed": 6,
    }
    assert sum(event["text"].startswith("on_message: KeyError") for event in told.of("noted")) == 100


def test_a_client_may_be_stopped_and_go_on():
    """A client that is stopped in the middle costs no CPU and holds nobody up; when it goes on it gets every byte."""
    script = "import sys; from tests.test_stress import echoed; print(echoed(int(sys.argv[1]), 300 << 20, 0.02))"
    with Headless("--quiet", "--reply", "echo", ANY) as server:
        before, rested = resident(server), cpu(server)
        arguments = [sys.executable, "-c", script, str(server.port)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment()) as client:
            wait_until(lambda: cpu(server) >= rested + 0.05, "it to be well on its way")
            client.send_signal(signal.SIGSTOP)
            try:
                time.sleep(0.5)  # what is on its way arrives
                assert cpu_within(server, 2) <= 0.1
                assert seconds_for(server) < 1
                assert resident(server) - before < 64 * MIB
                assert server.process.poll() is client.poll() is None
            finally:
                client.send_signal(signal.SIGCONT)
            assert client.stdout is not None
            assert client.stdout.read() == "True\n"
        assert server.stop() == (0, "")


def test_the_server_may_be_stopped_and_go_on():
    """While it is stopped clients connect and send; when it goes on, each is answered and told."""
    with Headless("--json", "--quiet", "--reply", "echo", ANY) as server:
        told = Told(server)
        with crowd(server, 100) as early:
            wait_until(lambda: told.counts["connected"] == 100, "them to be let in")
            server.process.send_signal(signal.SIGSTOP)
            with crowd(server, 100) as late:
                for client in early + late:
                    client.sendall(b"hello")
                time.sleep(1)
                server.process.send_signal(signal.SIGCONT)
                for client in early + late:
                    assert read_exactly(client, 5) == b"hello"
        wait_until(lambda: told.counts["closed"] == 200, "them to leave")
        assert server.stop() == (0, "")


GREEDY = """
import os
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160))

from tuiserver import Worker

worker = Worker("127.0.0.1:0")
worker.on_message = lambda connection, message: connection.send(message)
hoard = [os.dup(0) for _ in range(100)]
"""


def test_out_of_descriptors(tmp_path: Path):
    """Nobody more can be let in: those inside are served, the CPU rests, and one that leaves lets the next in at once."""
    program = tmp_path / "greedy.py"
    program.write_text(GREEDY)
    with Headless("--json", "--quiet", "--app", str(program), ANY) as server:
        told = Told(server)
        with crowd(server, 80) as clients:
            wait_until(lambda: told.of("noted"), "the warning")
            inside, outside = clients[: told.counts["connected"]], clients[told.counts["connected"] :]
            assert 10 < len(inside) < 60
            for client in inside:
                client.sendall(b"hello")
                assert read_exactly(client, 5) == b"hello"
            assert cpu_within(server, 3) <= 0.05 * 3
            for gone, next_one in zip(inside[:3], outside[:3], strict=True):
                begin = time.monotonic()
                gone.close()
                next_one.sendall(b"hello")
                assert read_exactly(next_one, 5) == b"hello"
                assert time.monotonic() - begin < 1
        wait_until(lambda: told.counts["closed"] == 80, "all to be let in, and to leave")
        assert server.stop() == (0, "")
        told.end()
    assert [event["text"].partition(": ")[2] for event in told.of("noted")] == ["too many open files; trying again"]
