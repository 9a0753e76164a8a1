"""What the kernel knows of a TCP socket: `TCP_INFO` and the queues (tcp(7); linux/tcp.h, struct tcp_info).

Rules of this file:
- What a system does not tell is None, never a guess.
"""

from __future__ import annotations

import socket
import struct
import sys

import msgspec

_STATES = (
    "unknown",
    "established",
    "syn sent",
    "syn received",
    "fin wait 1",
    "fin wait 2",
    "time wait",
    "closed",
    "close wait",
    "last ack",
    "listen",
    "closing",
)
_FIELDS = struct.Struct("8B24I")
"""The beginning of `struct tcp_info`, the same since Linux 2.6; later kernels add to its end."""

_LATER = {
    # name: offset, format. What kernels since 4.1 to 6.2 have added; an older one gives fewer bytes.
    "not_sent": (144, "I"),
    "least_rtt": (148, "I"),
    "bytes_sent_again": (208, "Q"),
    "send_window": (228, "I"),
    "receive_window": (232, "I"),
}
_LENGTH = 240
NEVER = 0xFFFFFFFF
"""A round trip that was not measured."""

_SIOCINQ, _SIOCOUTQ = 0x541B, 0x5411


class TcpInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A look at one socket. Times are seconds, sizes bytes, windows packets; None is what the system does not tell."""

    state: str | None = None
    rtt: float | None = None
    """Smoothed round-trip time."""
    rtt_variation: float | None = None
    retransmits: int | None = None
    """Segments sent again since the connection began."""
    lost: int | None = None
    unacknowledged: int | None = None
    """Segments on their way."""
    congestion_window: int | None = None
    """Segments that may be on their way at once."""
    send_mss: int | None = None
    receive_mss: int | None = None
    path_mtu: int | None = None
    receive_queue: int | None = None
    """Bytes that have come and were not read by us."""
    send_queue: int | None = None
    """Bytes that we sent and the peer has not acknowledged."""
    not_sent: int | None = None
    """Bytes of these that the system has not sent yet."""
    send_window: int | None = None
    """Bytes that the peer still takes; 0: it does not read."""
    receive_window: int | None = None
    """Bytes that we still take."""
    least_rtt: float | None = None
    """The shortest round trip of late."""
    bytes_sent_again: int | None = None
    """Bytes in the segments sent again."""


def tcp_info(sock: socket.socket) -> TcpInfo:
    """Look at `sock`; raises `OSError` when it is closed."""
    if sys.platform != "linux":
        sock.getsockname()
        return TcpInfo()
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LENGTH)
    fields = _FIELDS.unpack(raw[: _FIELDS.size].ljust(_FIELDS.size, b"\0"))
    later = {
        name: struct.unpack_from(f"={format_}", raw, offset)[0]
        for name, (offset, format_) in _LATER.items()
        if offset + struct.calcsize(f"={format_}") <= len(raw)
    }
    least = later.get("least_rtt", NEVER)
    return TcpInfo(
        state=_STATES[fields[0]] if fields[0] < len(_STATES) else _STATES[0],
        rtt=fields[23] / 1e6,
        rtt_variation=fields[24] / 1e6,
        retransmits=fields[31],
        lost=fields[14],
        unacknowledged=fields[12],
        congestion_window=fields[26],
        send_mss=fields[10],
        receive_mss=fields[11],
        path_mtu=fields[21],
        receive_queue=_queue(sock, _SIOCINQ),
        send_queue=_queue(sock, _SIOCOUTQ),
        not_sent=later.get("not_sent"),
        send_window=later.get("send_window"),
        receive_window=later.get("receive_window"),
        least_rtt=least / 1e6 if least != NEVER else None,
        bytes_sent_again=later.get("bytes_sent_again"),
    )


def _queue(sock: socket.socket, request: int) -> int | None:
    import fcntl

    try:
        return int(struct.unpack("i", fcntl.ioctl(sock.fileno(), request, b"\0\0\0\0"))[0])
    except OSError:
        return None
