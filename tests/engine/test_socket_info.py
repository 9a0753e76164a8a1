"""What `Inspect` reports about a connection, compared with ss(8) and on a network with loss and delay."""

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
from tuiserver.engine import socket_info
from tuiserver.engine.socket_info import interface_of, link_info, read_socket_info
from tuiserver.links.local import LocalLink
from tuiserver.views.roster import Roster
from tuiserver.views.verdict import verdict_of
from tuiserver.worker import Worker

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux structures and files")


class Watcher:
    """A link to a server that keeps a roster and the `Inspected` events."""

    def __init__(self, worker: Worker) -> None:
        self.link = LocalLink(worker)
        self.roster = Roster()
        self.found: list[Inspected] = []
        self.link.open(lambda: None)

    def until(self, condition: Callable[[], object], seconds: float = 10.0) -> None:
        """Take events until the condition holds."""
        end = time.monotonic() + seconds
        while True:
            for event in self.link.take():
                self.roster.apply(event)
                if isinstance(event, Inspected):
                    self.found.append(event)
            if condition():
                return
            assert time.monotonic() < end, f"waited {seconds:g} s for the condition"
            time.sleep(0.005)

    def inspect(self, number: int = 1) -> Inspected:
        """Inspect a connection and wait for the answer."""
        before = len(self.found)
        self.until(lambda: self.roster.clients)
        self.link.send(Inspect(number))
        self.until(lambda: len(self.found) > before)
        return self.found[-1]

    def verdict(self) -> str:
        """The verdict on the first connection now."""
        info = self.inspect().info
        earlier = self.found[-2].info if len(self.found) > 1 else {}
        return verdict_of(self.roster.clients[1], info, earlier, time.time()).text


@pytest.fixture
def watched() -> Iterator[tuple[Watcher, socket.socket]]:
    """A watched echo server on loopback, and a client of it."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(message)
    with serving(worker), socket.create_connection(("127.0.0.1", worker.addresses[0].port)) as client:
        watcher = Watcher(worker)
        yield watcher, client
        watcher.link.close()


def ss(port: int, peer: int) -> str:
    """What ss(8) reports about the server's end of a connection."""
    command = ["ss", "-tinmH", "sport", "=", f":{port}", "and", "dport", "=", f":{peer}"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout


@linux
@pytest.mark.skipif(shutil.which("ss") is None, reason="there is no ss to compare with")
def test_it_reports_what_ss_reports(watched: tuple[Watcher, socket.socket]) -> None:
    """State, queues, windows, round trip and segment sizes equal those of `ss -tinm` for the same socket."""
    watcher, client = watched
    client.sendall(b"x" * 1000)
    assert client.recv(2000)
    info = watcher.inspect().info
    local, peer = client.getpeername()[1], client.getsockname()[1]
    shown = ss(local, peer)
    assert shown.split()[:3] == ["ESTAB", str(info["receive_queue"]), str(info["send_queue"])]
    assert info["state"] == "established"

    def number(name: str) -> float:
        match = re.search(rf"\b{name}:([0-9.]+)", shown)
        assert match, f"{name} is not in {shown}"
        return float(match[1])

    assert info["send_mss"] == number("mss")
    assert info["receive_mss"] == number("rcvmss")
    assert info["path_mtu"] == number("pmtu")
    assert info["congestion_window"] == number("cwnd")
    assert float(info["rtt"]) * 1000 == pytest.approx(number("rtt"), abs=0.002)
    assert float(info["min_rtt"]) * 1000 == pytest.approx(number("minrtt"), abs=0.002)
    if "snd_wnd" in shown:
        assert info["send_window"] == number("snd_wnd")
    assert (info["retransmits"], info["lost"], info["unacknowledged"]) == (0, 0, 0)
    assert (info["link"], info["interface"], info["family"], info["ttl"]) == ("loopback", "lo", "IPv4", 64)


def test_a_client_that_stops_reading_is_recognised(watched: tuple[Watcher, socket.socket]) -> None:
    """Flowing at first; once its window is closed and bytes are queued, not reading; after it reads them, flowing."""
    watcher, client = watched
    client.sendall(b"x")
    assert client.recv(1) == b"x"
    watcher.until(lambda: watcher.roster.clients[1].bytes_in)
    assert watcher.verdict() == "flowing"
    client.setblocking(False)
    sent = 0

    def not_reading() -> bool:
        """Send what the socket takes; the kernel may still move queued bytes on."""
        nonlocal sent
        try:
            sent += client.send(b"x" * 65_536)
        except BlockingIOError:
            pass
        return watcher.verdict() == "peer not reading"

    watcher.until(not_reading)
    client.setblocking(True)
    while sent:
        sent -= len(client.recv(1 << 20))
    watcher.until(lambda: watcher.verdict() == "flowing")


def test_a_closed_connection_is_not_inspected(watched: tuple[Watcher, socket.socket]) -> None:
    """Commands for closed and unknown connections are answered neither with `Inspected` nor with a note."""
    watcher, client = watched
    watcher.inspect()
    port = client.getpeername()[1]
    client.close()
    watcher.until(lambda: watcher.roster.closed)
    watcher.link.send(Inspect(1))
    watcher.link.send(Inspect(99))
    with socket.create_connection(("127.0.0.1", port)):
        watcher.until(lambda: watcher.roster.accepted == 2)
        watcher.inspect(2)
    assert [event.id for event in watcher.found] == [1, 2]
    assert not watcher.roster.notes


@linux
def test_what_the_system_knows_of_a_closed_connection(watched: tuple[Watcher, socket.socket]) -> None:
    """With its addresses: the end that closed first waits for a minute, and the other one is gone."""
    watcher, client = watched
    local, peer = watcher.inspect().info, watcher.roster.clients[1]
    assert local["peer_state"] == "established"
    client.close()
    watcher.until(lambda: watcher.roster.closed)
    watcher.link.send(Inspect(1, peer.local, peer.peer))
    watcher.until(lambda: len(watcher.found) == 2)
    assert watcher.found[1].info == {"state": "closed", "peer_state": "time wait", "peer_receive_queue": 0}


def test_ipv6_and_http() -> None:
    """The address family, and what the protocol reports: a request that waits for an answer."""
    if not socket.has_ipv6:
        pytest.skip("this system has no IPv6")
    worker = Worker("http://[::1]:0")
    try:
        worker.bind()
    except OSError:
        pytest.skip("this system has no IPv6")
    with serving(worker), socket.create_connection(("::1", worker.addresses[0].port)) as client:
        watcher = Watcher(worker)
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        watcher.until(lambda: watcher.roster.clients and watcher.roster.clients[1].messages_in)
        info = watcher.inspect().info
        assert (info["family"], info["pending_requests"], info["mid_message"]) == ("IPv6", 1, 0)
        assert watcher.verdict() == "waiting for us"
        watcher.link.close()


def test_other_systems_report_less(watched: tuple[Watcher, socket.socket], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is unknown is absent; loopback is recognised by its address."""
    monkeypatch.setattr(sys, "platform", "elsewhere")
    info = read_socket_info(watched[1])
    assert "rtt" not in info
    assert (info["link"], info["interface"]) == ("loopback", "lo0")


INSIDE = """
import heapq, json, os, random, select, socket, subprocess, sys, threading, time
sys.path.insert(0, {root!r})
from tuiserver.engine.socket_info import read_socket_info

def reflector():
    # Where the kernel has no netem: what is sent to 10.99.0.2 comes back from there after 40 ms, or is lost.
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
    """Run commands that need root; False if one of them fails."""
    return all(
        subprocess.run(each.split(), capture_output=True, check=False, timeout=10).returncode == 0 for each in commands
    )


@linux
@pytest.mark.skipif(not (shutil.which("ip") and shutil.which("tc")), reason="there is no ip or tc")
@pytest.mark.parametrize("wire", ["netem", "tun"])
def test_loss_and_delay_are_reported(wire: str) -> None:
    """On a network with 40 ms delay and 25 % loss: the round trip, the retransmits and the verdict.

    The network is netem between two namespaces, or a reflector on a tun device in one namespace.
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
            pytest.skip(f"network namespaces with {wire} are not available")
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
            earlier, info = json.loads(server.stdout.readline())
    finally:
        for end in ends:
            end.kill()
            end.wait()
        _allowed(f"ip netns del {here}")
        _allowed(f"ip netns del {there}")
    assert info["rtt"] > 0.04
    assert info["retransmits"] > 2
    assert (info["interface"], info["path_mtu"]) == ("va", 1500)
    roster = Roster()
    roster.apply(connected(1))
    assert verdict_of(roster.clients[1], info, earlier, BASE).text.startswith("packet loss")


@linux
def test_the_interface_is_found_by_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """IPv4 by the addresses of the interfaces, IPv6 by the list of the system or the scope id; empty if unknown."""
    with socket.socket() as sock:
        assert interface_of(sock, ipaddress.ip_address("127.0.0.1"), ("127.0.0.1", 1)) == "lo"
        assert interface_of(sock, ipaddress.ip_address("192.0.2.77"), ("192.0.2.77", 1)) == ""
        known = tmp_path / "if_inet6"
        known.write_text("20010db8000000000000000000000001 02 40 00 80 wlan7\n\n")
        monkeypatch.setattr(socket_info, "IPV6_ADDRESSES", known)
        ours = ipaddress.ip_address("2001:db8::1")
        assert interface_of(sock, ours, ("2001:db8::1", 1, 0, 0)) == "wlan7"
        assert interface_of(sock, ipaddress.ip_address("2001:db8::2"), ("2001:db8::2", 1, 0, 0)) == ""
        assert interface_of(sock, ours, ("2001:db8::1", 1, 0, socket.if_nametoindex("lo"))) == "lo"


def test_link_state_and_speed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up or down and the speed in Mbit/s; -1 and unreadable values are absent."""
    monkeypatch.setattr(socket_info, "INTERFACES", tmp_path)
    wires = (("up", "1", "1000"), ("down", "0", "-1"), ("odd", "x", "x"), ("none", "", ""))
    for name, carrier, speed in wires:
        (tmp_path / name).mkdir()
        (tmp_path / name / "carrier").write_text(carrier)
        (tmp_path / name / "speed").write_text(speed)
    shown = [link_info(name) for name in ("up", "down", "odd", "none", "gone")]
    assert shown == [{"link": "up", "link_speed": 1000}, {"link": "down"}, {}, {}, {}]
