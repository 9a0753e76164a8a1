"""Ask the system about a TCP socket by its addresses, also after it was closed (sock_diag(7)).

    find_socket("127.0.0.1:9999", "127.0.0.1:51234")     # state `time wait`, 59.2 seconds left

A closed socket lives on without a descriptor until both ends have closed, and the end that closed first waits after that.

Rules of this file:
- One question to the kernel, which looks up one socket: some ten microseconds, however many connections there are.
- Where the system does not tell, nothing is returned; never a guess.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct

import msgspec

from tuiserver.engine.tcp_info import STATES


class FoundSocket(msgspec.Struct, frozen=True):
    """One end of a connection. `seconds` are left of `time wait`; `receive_queue` counts bytes that nobody has read."""

    state: str
    seconds: float = 0.0
    receive_queue: int = 0


_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY, _NLMSG_ERROR, _NLM_F_REQUEST = 20, 2, 1
_HEADER = struct.Struct("=IHHII")
"""`struct nlmsghdr` (netlink(7))."""
_REQUEST = struct.Struct("=BBxxI")
"""The beginning of `struct inet_diag_req_v2`: family, protocol, states. `struct inet_diag_sockid` follows."""
_ADDRESSES = struct.Struct("!HH16s16s12s")
"""`struct inet_diag_sockid`: the ports, the addresses; then interface and cookie, of which any will do."""
_ANY_INTERFACE = struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
_ANSWER = struct.Struct("=BBBB48xIII")
"""`struct inet_diag_msg`: family, state, timer, retransmits; milliseconds of the timer, receive queue, send queue."""
_TIME_WAIT, _LISTEN = STATES.index("time wait"), STATES.index("listen")
_MISSING = FoundSocket("closed")
_LIMIT = 0.05
"""Seconds to wait for the kernel, which answers at once."""


def find_socket(local: str, peer: str) -> FoundSocket | None:
    """The socket with these addresses (`host:port`), its state `closed` if there is none; None if the system cannot say."""
    try:
        request = _request(local, peer)
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
            kernel.settimeout(_LIMIT)
            kernel.send(_HEADER.pack(_HEADER.size + len(request), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 1, 0) + request)
            answer = kernel.recv(1024)
    except (OSError, ValueError, AttributeError, struct.error):  # not Linux, or not an address
        return None
    kind = _HEADER.unpack_from(answer)[1]
    if kind == _NLMSG_ERROR:
        return _MISSING if struct.unpack_from("=i", answer, _HEADER.size)[0] == -errno.ENOENT else None
    _, state, _, _, milliseconds, receive_queue, _ = _ANSWER.unpack_from(answer, _HEADER.size)
    if state == _LISTEN:  # the kernel found only the listening socket
        return _MISSING
    seconds = milliseconds / 1000 if state == _TIME_WAIT else 0.0
    return FoundSocket(STATES[state] if state < len(STATES) else STATES[0], seconds, receive_queue)


def same_machine(local: str, peer: str) -> bool:
    """Whether both ends of a connection are on this machine."""
    ours, theirs = _split(local)[0], _split(peer)[0]
    return ours.is_loopback or ours == theirs


def _request(local: str, peer: str) -> bytes:
    (ours, our_port), (theirs, their_port) = _split(local), _split(peer)
    family = socket.AF_INET if ours.version == 4 else socket.AF_INET6
    addresses = _ADDRESSES.pack(our_port, their_port, ours.packed, theirs.packed, _ANY_INTERFACE)
    return _REQUEST.pack(family, socket.IPPROTO_TCP, 0xFFFFFFFF) + addresses


def _split(name: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    host, _, port = name.rpartition(":")
    return ipaddress.ip_address(host.strip("[]").partition("%")[0]), int(port)
