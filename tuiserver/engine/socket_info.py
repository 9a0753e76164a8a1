"""What the operating system reports about a socket, from its network interface to the bytes in its queues.

    read_socket_info(sock)      # {"rtt": 0.00004, "interface": "lo", "path_mtu": 65535, …}

Rules of this file:
- What the system does not report is absent, never guessed.
- It is read at most once a second, for one connection, so reading a few files of the system is cheap enough.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from tuiserver.engine.sock_diag import find_socket, same_machine
from tuiserver.engine.tcp_info import tcp_info

SocketInfo = dict[str, float | int | str]

LOOPBACK = "loopback"
"""`link` of a connection within this machine."""
_SIOCGIFADDR = 0x8915
INTERFACES = Path("/sys/class/net")
"""Attributes of network interfaces (sysfs(5))."""
IPV6_ADDRESSES = Path("/proc/net/if_inet6")
"""IPv6 addresses and their interfaces (proc(5))."""


def read_socket_info(sock: socket.socket) -> SocketInfo:
    """Everything the system reports about `sock`. Raises `OSError` if it is closed.

    The fields of `TcpInfo`, and `family` (`IPv4`, `IPv6`), `ttl` (of outgoing packets), `keepalive` (0 or 1), `interface`,
    `link` (`loopback`, `up`, `down`), `link_speed` in Mbit/s, and the sizes `send_buffer` and `receive_buffer`. If the peer is
    on this machine, `peer_state` and `peer_receive_queue`: what its program has not read.
    """
    info: SocketInfo = {
        name: value for name, value in msgspec.structs.asdict(tcp_info(sock)).items() if value is not None
    }
    local, peer = sock.getsockname(), sock.getpeername()
    ours, theirs = _address(local), _address(peer)
    info["family"] = "IPv4" if ours.version == 4 else "IPv6"
    info["keepalive"] = int(bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)))
    info["send_buffer"] = sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    info["receive_buffer"] = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    with suppress(OSError):
        if sock.family == socket.AF_INET or ours.version == 4:
            info["ttl"] = sock.getsockopt(socket.IPPROTO_IP, socket.IP_TTL)
        else:
            info["ttl"] = sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS)
    if ours.is_loopback or ours == theirs:  # both ends are on this machine, by whatever address
        info["link"] = LOOPBACK
        info["interface"] = "lo" if sys.platform == "linux" else "lo0"
        info.update(_peer_info(f"[{theirs}]:{peer[1]}", f"[{ours}]:{local[1]}"))
    elif sys.platform == "linux" and (interface := interface_of(sock, ours, local)):
        info["interface"] = interface
        info.update(link_info(interface))
    return info


def closed_socket_info(local: str, peer: str) -> SocketInfo:
    """What the system still knows about a connection whose socket is closed, by its addresses (`host:port`).

    `state` (`closed` if it has forgotten it), `seconds` that are left of `time wait`; if the peer is on this machine,
    `peer_state` and `peer_receive_queue`.
    """
    if (found := find_socket(local, peer)) is None:
        return {}
    info: SocketInfo = {"state": found.state}
    if found.seconds:
        info["seconds"] = found.seconds
    return {**info, **(_peer_info(peer, local) if same_machine(local, peer) else {})}


def _peer_info(peer: str, local: str) -> SocketInfo:
    found = find_socket(peer, local)
    return {} if found is None else {"peer_state": found.state, "peer_receive_queue": found.receive_queue}


def _address(name: tuple[str | int, ...]) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(str(name[0]).partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def interface_of(
    sock: socket.socket, ours: ipaddress.IPv4Address | ipaddress.IPv6Address, local: tuple[str | int, ...]
) -> str:
    """The interface that has the address `ours`, empty if none has (netdevice(7), proc(5))."""
    if ours.version == 6:
        if len(local) > 3 and local[3]:
            return socket.if_indextoname(int(local[3]))
        wanted = ours.packed.hex()
        with suppress(OSError):
            for line in IPV6_ADDRESSES.read_text().splitlines():
                fields = line.split()
                if fields and fields[0] == wanted:
                    return fields[-1]
        return ""
    import fcntl

    for _, name in socket.if_nameindex():
        with suppress(OSError):
            raw = fcntl.ioctl(sock.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            if raw[20:24] == ours.packed:
                return name
    return ""


def link_info(interface: str) -> SocketInfo:
    """State and speed of the link of an interface, where the system knows them (sysfs(5))."""
    info: SocketInfo = {}
    with suppress(OSError, ValueError):
        info["link"] = "up" if int((INTERFACES / interface / "carrier").read_text()) else "down"
    with suppress(OSError, ValueError):
        if (speed := int((INTERFACES / interface / "speed").read_text())) > 0:
            info["link_speed"] = speed
    return info
