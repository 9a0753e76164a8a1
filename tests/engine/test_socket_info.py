"""What kernel and system know of a connection, held against what they tell others."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.scripted import BASE, connected
from tests.support.serving import serving
from tuiserver.core.commands import Inspect
from tuiserver.core.events import Inspected
from tuiserver.engine import socket_info as system
from tuiserver.engine.socket_info import read_socket_info
from tuiserver.links.local import LocalLink
from tuiserver.views.inspection import verdict_of
from tuiserver.views.roster import Roster
from tuiserver.worker import Worker

linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems tell it in other ways")


class Watch:
    """A view of a server, which keeps a roster and what was found out."""

    def __init__(self, worker: Worker) -> None:
        self.link = LocalLink(worker)
        self.roster = Roster()
        self.found: list[Inspected] = []
        self.link.open(lambda: None)

    def until(self, condition: Callable[[], object], seconds: float = 10.0) -> None:
        """Take events until it is so."""
        end = time.monotonic() + seconds
        while True:
            for event in self.link.take():
                self.roster.apply(event)
                if isinstance(event, Inspected):
                    self.found.append(event)
            if condition():
                return
            assert time.monotonic() < end, "it never came to be so"
            time.sleep(0.005)

    def look(self) -> Inspected:
        """Ask about the first connection, and wait for the answer."""
        before = len(self.found)
        self.until(lambda: self.roster.clients)
        self.link.send(Inspect(1))
        self.until(lambda: len(self.found) > before)
        return self.found[-1]

    def verdict(self) -> str:
        """What is the matter with it, by a look just now."""
        facts = self.look().info
        earlier = self.found[0].info if len(self.found) > 1 else {}
        return verdict_of(self.roster.clients[1], facts, earlier, time.time()).words


@pytest.fixture
def watched() -> Iterator[tuple[Watch, socket.socket]]:
    """A server on loopback that echoes, watched, and a client of it."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(message)
    with serving(worker), socket.create_connection(("127.0.0.1", worker.addresses[0].port)) as client:
        watch = Watch(worker)
        yield watch, client
        watch.link.close()


def ss(port: int, peer: int) -> str:
    """What ss(8) says of the server's end of a connection."""
    command = ["ss", "-tinmH", "sport", "=", f":{port}", "and", "dport", "=", f":{peer}"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout


@linux
@pytest.mark.skipif(shutil.which("ss") is None, reason="there is no ss here to compare with")
def test_it_tells_what_ss_tells(watched: tuple[Watch, socket.socket]) -> None:
    """State, queues, windows, round trip, segment sizes: as `ss -tinm` has them for the same socket."""
    watch, client = watched
    client.sendall(b"x" * 1000)
    assert client.recv(2000)
    facts = watch.look().info
    local, peer = client.getpeername()[1], client.getsockname()[1]
    told = ss(local, peer)
    assert told.split()[:3] == ["ESTAB", str(facts["receive_queue"]), str(facts["send_queue"])]
    assert facts["state"] == "established"

    def number(name: str) -> float:
        match = re.search(rf"\b{name}:([0-9.]+)", told)
        assert match, f"{name} is not in {told}"
        return float(match[1])

    assert facts["send_mss"] == number("mss")
    assert facts["receive_mss"] == number("rcvmss")
    assert facts["path_mtu"] == number("pmtu")
    assert facts["congestion_window"] == number("cwnd")
    assert float(facts["rtt"]) * 1000 == pytest.approx(number("rtt"), abs=0.002)
    assert float(facts["least_rtt"]) * 1000 == pytest.approx(number("minrtt"), abs=0.002)
    if "snd_wnd" in told:
        assert facts["send_window"] == number("snd_wnd")
    assert (facts["retransmits"], facts["lost"], facts["unacknowledged"]) == (0, 0, 0)
    assert (facts["link"], facts["interface"], facts["family"], facts["ttl"]) == ("loopback", "lo", "IPv4", 64)


def test_a_client_that_stops_reading_is_named(watched: tuple[Watch, socket.socket]) -> None:
    """At first it flows; once its window is shut and we hold bytes, the peer is not reading; when it reads on, it flows."""
    watch, client = watched
    client.sendall(b"x")
    assert client.recv(1) == b"x"
    watch.until(lambda: watch.roster.clients[1].bytes_in)
    assert watch.verdict() == "flowing"
    client.setblocking(False)
    sent = 0
    end = time.monotonic() + 10
    while watch.look().info["unsent"] == 0:
        assert time.monotonic() < end
        try:
            sent += client.send(b"x" * 65_536)
        except BlockingIOError:
            pass
    assert watch.verdict() == "peer not reading"
    client.setblocking(True)
    while sent:
        sent -= len(client.recv(1 << 20))
    watch.until(lambda: watch.verdict() == "flowing")


def test_one_that_is_gone_is_not_told_of(watched: tuple[Watch, socket.socket]) -> None:
    """No event, no warning, no harm."""
    watch, client = watched
    watch.look()
    before = len(watch.found)
    client.close()
    watch.until(lambda: watch.roster.closed)
    watch.link.send(Inspect(1))
    watch.link.send(Inspect(99))
    with pytest.raises(AssertionError):
        watch.until(lambda: len(watch.found) > before or watch.roster.notes, 0.1)


def test_ipv6_and_http() -> None:
    """The family, and what the protocol knows: requests that wait for an answer, of which none is given here."""
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    worker = Worker("http://[::1]:0")
    try:
        worker.bind()
    except OSError:
        pytest.skip("no IPv6 here")
    with serving(worker), socket.create_connection(("::1", worker.addresses[0].port)) as client:
        watch = Watch(worker)
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        watch.until(lambda: watch.roster.clients and watch.roster.clients[1].messages_in)
        facts = watch.look().info
        assert (facts["family"], facts["pending_requests"], facts["mid_message"]) == ("IPv6", 1, 0)
        assert watch.verdict() == "waiting for us"
        watch.link.close()


def test_another_system_tells_less(watched: tuple[Watch, socket.socket], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not known is not in it; the loopback is known by its address."""
    monkeypatch.setattr(sys, "platform", "elsewhere")
    facts = read_socket_info(watched[1])
    assert "rtt" not in facts
    assert (facts["link"], facts["interface"]) == ("loopback", "lo0")


INSIDE = """
import heapq, json, os, random, select, socket, subprocess, sys, threading, time
sys.path.insert(0, {root!r})
from tuiserver.engine.socket_info import read_socket_info

def reflector():
    # A wire of our own, where the kernel has no netem: what goes to 10.99.0.2 comes back from there, 40 ms later, or never.
    import fcntl, struct
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH", b"va", 0x1001))
    for command in ("ip addr add 10.99.0.1/24 dev va", "ip link set va up"):
        subprocess.run(command.split(), check=True)
    def carry():
        late, chance = [], random.Random(5)
        while True:
            wait = max(0.0, late[0][0] - time.monotonic()) if late else 1.0
            if select.select([tun], [], [], wait)[0]:
                packet = os.read(tun, 2000)
                if packet[0] >> 4 == 4 and chance.random() > 0.25:
                    back = packet[:12] + packet[16:20] + packet[12:16] + packet[20:]
                    heapq.heappush(late, (time.monotonic() + 0.04, back))
            while late and late[0][0] <= time.monotonic():
                os.write(tun, heapq.heappop(late)[1])
    threading.Thread(target=carry, daemon=True).start()

def client():
    connection = socket.create_connection((sys.argv[2], 9999), timeout=20)
    while connection.recv(65536):
        pass

if sys.argv[1] == "tun":
    reflector()
listener = socket.create_server(("10.99.0.1", 9999))
print("ready", flush=True)
if sys.argv[1] == "tun":
    threading.Thread(target=client, daemon=True).start()
listener.settimeout(20)
server, _ = listener.accept()
deadline = time.monotonic() + 20
looks = []
while time.monotonic() < deadline:
    server.send(b"x" * 1200)
    time.sleep(0.05)
    looks.append(read_socket_info(server))
    if looks[-1]["retransmits"] > 2 and looks[-1]["rtt"] > 0.04:
        break
print(json.dumps([looks[0], looks[-1]]), flush=True)
os._exit(0)
"""
CLIENT = """
import socket
client = socket.create_connection(("10.99.0.1", 9999), timeout=20)
while client.recv(65536):
    pass
"""


def _allowed(*commands: str) -> bool:
    """Run commands that only root may run; False where one is not allowed, or not known."""
    return all(
        subprocess.run(each.split(), capture_output=True, check=False, timeout=10).returncode == 0 for each in commands
    )


@linux
@pytest.mark.skipif(not (shutil.which("ip") and shutil.which("tc")), reason="there is no ip or tc here")
@pytest.mark.parametrize("wire", ["netem", "tun"])
def test_loss_and_delay_on_the_way_are_seen(wire: str) -> None:
    """Over a wire of 40 ms that loses every fourth segment: a round trip of that long, segments sent again, and the verdict.

    The wire is one of the kernel's (netem) between two namespaces, or one of our own (a tun device) in one.
    """
    here, there = f"tui{os.getpid()}a", f"tui{os.getpid()}b"
    ends: list[subprocess.Popen[str]] = []
    try:
        made = _allowed(f"ip netns add {here}", f"ip netns add {there}")
        if wire == "netem":
            made = made and _allowed(
                f"ip link add va netns {here} type veth peer name vb netns {there}",
                f"ip -n {here} addr add 10.99.0.1/24 dev va",
                f"ip -n {there} addr add 10.99.0.2/24 dev vb",
                f"ip -n {here} link set va up",
                f"ip -n {there} link set vb up",
                f"ip netns exec {here} tc qdisc add dev va root netem delay 40ms loss 25%",
            )
        if not made or not os.access("/dev/net/tun", os.R_OK | os.W_OK):
            pytest.skip(f"namespaces with {wire} are not allowed here, or this kernel has none")
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        program = [sys.executable, "-c", INSIDE.format(root=root), wire, "10.99.0.2"]
        server = subprocess.Popen(["ip", "netns", "exec", here, *program], stdout=subprocess.PIPE, text=True)
        ends.append(server)
        assert server.stdout is not None
        with server.stdout:
            assert server.stdout.readline() == "ready\n"
            if wire == "netem":
                command = ["ip", "netns", "exec", there, sys.executable, "-c", CLIENT]
                ends.append(subprocess.Popen(command, text=True))
            earlier, facts = json.loads(server.stdout.readline())
    finally:
        for end in ends:
            end.kill()
            end.wait()
        _allowed(f"ip netns del {here}")
        _allowed(f"ip netns del {there}")
    assert facts["rtt"] > 0.04
    assert facts["retransmits"] > 2
    assert (facts["interface"], facts["path_mtu"]) == ("va", 1500)
    roster = Roster()
    roster.apply(connected(1))
    assert verdict_of(roster.clients[1], facts, earlier, BASE).words.startswith("loss on the way")


@linux
def test_the_interface_is_that_of_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the addresses of the interfaces for IPv4, by the list of the system or the scope for IPv6; none is guessed."""
    with socket.socket() as sock:
        assert system._interface(sock, ipaddress.ip_address("127.0.0.1"), ("127.0.0.1", 1)) == "lo"
        assert system._interface(sock, ipaddress.ip_address("192.0.2.77"), ("192.0.2.77", 1)) == ""
        known = tmp_path / "if_inet6"
        known.write_text("20010db8000000000000000000000001 02 40 00 80 wlan7\n\n")
        monkeypatch.setattr(system, "_IPV6_ADDRESSES", known)
        ours = ipaddress.ip_address("2001:db8::1")
        assert system._interface(sock, ours, ("2001:db8::1", 1, 0, 0)) == "wlan7"
        assert system._interface(sock, ipaddress.ip_address("2001:db8::2"), ("2001:db8::2", 1, 0, 0)) == ""
        assert system._interface(sock, ours, ("2001:db8::1", 1, 0, socket.if_nametoindex("lo"))) == "lo"


def test_the_wire_tells_what_the_system_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plugged in or not, and how fast; -1 and nothing are not known."""
    monkeypatch.setattr(system, "_INTERFACES", tmp_path)
    wires = (("up", "1", "1000"), ("down", "0", "-1"), ("odd", "x", "x"), ("none", "", ""))
    for name, carrier, speed in wires:
        (tmp_path / name).mkdir()
        (tmp_path / name / "carrier").write_text(carrier)
        (tmp_path / name / "speed").write_text(speed)
    told = [system._wire(name) for name in ("up", "down", "odd", "none", "gone")]
    assert told == [{"link": "up", "link_speed": 1000}, {"link": "down"}, {}, {}, {}]
