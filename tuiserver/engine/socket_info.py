"""What kernel and system know of a socket, by names: from the wire it goes over up to what waits in its queues.

    read_socket_info(sock)      # {"rtt": 0.00004, "interface": "lo", "path_mtu": 65535, …}

Rules of this file:
- What a system does not tell is not in it, never a guess.
- It is asked for once a second at most, for one connection: reading a few files of the system is no matter.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from tuiserver.engine.tcp_info import tcp_info

SocketInfo = dict[str, float | int | str]

LOOPBACK = "loopback"
"""`link` of a connection that goes over no wire."""
_SIOCGIFADDR = 0x8915
_INTERFACES = Path("/sys/class/net")
_IPV6_ADDRESSES = Path("/proc/net/if_inet6")


def read_socket_info(sock: socket.socket) -> SocketInfo:
    """All that can be known of `sock`; raises `OSError` when it is closed.

    The fields of `TcpInfo`, and `family` (`IPv4`, `IPv6`), `ttl` (that of what we send), `keepalive`, `interface`, `link`
    (`loopback`, `up`, `down`), `link_speed` in Mbit/s.
    """
    facts: SocketInfo = {
        name: value for name, value in msgspec.structs.asdict(tcp_info(sock)).items() if value is not None
    }
    local, peer = sock.getsockname(), sock.getpeername()
    ours, theirs = _address(local), _address(peer)
    facts["family"] = "IPv4" if ours.version == 4 else "IPv6"
    facts["keepalive"] = int(bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)))
    with suppress(OSError):
        if sock.family == socket.AF_INET or ours.version == 4:
            facts["ttl"] = sock.getsockopt(socket.IPPROTO_IP, socket.IP_TTL)
        else:
            facts["ttl"] = sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS)
    if ours.is_loopback or ours == theirs:  # a machine talks to itself over no wire, by whatever address
        facts["link"] = LOOPBACK
        facts["interface"] = "lo" if sys.platform == "linux" else "lo0"
    elif sys.platform == "linux" and (interface := _interface(sock, ours, local)):
        facts["interface"] = interface
        facts.update(_wire(interface))
    return facts


def _address(name: tuple[str | int, ...]) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(str(name[0]).partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def _interface(
    sock: socket.socket, ours: ipaddress.IPv4Address | ipaddress.IPv6Address, local: tuple[str | int, ...]
) -> str:
    """The interface that has our address; empty where none is found (netdevice(7), proc(5))."""
    if ours.version == 6:
        if len(local) > 3 and local[3]:
            return socket.if_indextoname(int(local[3]))
        wanted = ours.packed.hex()
        with suppress(OSError):
            for line in _IPV6_ADDRESSES.read_text().splitlines():
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


def _wire(interface: str) -> SocketInfo:
    """Whether the wire of an interface is plugged in, and how fast it is, where the system knows (sysfs(5))."""
    facts: SocketInfo = {}
    with suppress(OSError, ValueError):
        facts["link"] = "up" if int((_INTERFACES / interface / "carrier").read_text()) else "down"
    with suppress(OSError, ValueError):
        if (speed := int((_INTERFACES / interface / "speed").read_text())) > 0:
            facts["link_speed"] = speed
    return facts
