"""What the kernel knows about a TCP socket: `TCP_INFO` and the queues (tcp(7); linux/tcp.h, struct tcp_info).

Rules of this file:
- A value that a system does not report is None, never a guess.
"""

from __future__ import annotations

import socket
import struct
import sys

import msgspec

STATES = (
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
"""The TCP states by their numbers in the kernel."""
_FIELDS = struct.Struct("8B24I")
"""The beginning of `struct tcp_info`, the same since Linux 2.6; later kernels add to its end."""

_LATER = {
    # name: offset, format. Fields that kernels 4.1 to 6.2 added; an older kernel returns fewer bytes.
    "bytes_not_sent": (144, "I"),
    "min_rtt": (148, "I"),
    "bytes_retransmitted": (208, "Q"),
    "send_window": (228, "I"),
    "receive_window": (232, "I"),
}
_LENGTH = 240
NEVER = 0xFFFFFFFF
"""A round trip that was not measured."""

_SIOCINQ, _SIOCOUTQ = 0x541B, 0x5411


class TcpInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one socket. Times are seconds, sizes and windows bytes; None is what the system does not report."""

    state: str | None = None
    """The TCP state (RFC 9293), such as `established` or `close wait`."""
    rtt: float | None = None
    """Smoothed round-trip time."""
    rtt_variation: float | None = None
    """How much the round-trip time varies."""
    retransmits: int | None = None
    """Segments that were retransmitted since the connection began."""
    lost: int | None = None
    """Segments that are considered lost at present."""
    unacknowledged: int | None = None
    """Segments that were sent and are not acknowledged yet."""
    congestion_window: int | None = None
    """Segments that may be in flight at once."""
    send_mss: int | None = None
    """Maximum segment size for sending."""
    receive_mss: int | None = None
    """Maximum segment size for receiving."""
    path_mtu: int | None = None
    """Largest packet that the path to the peer carries."""
    receive_queue: int | None = None
    """Bytes that were received and that the server has not read yet."""
    send_queue: int | None = None
    """Bytes that were sent and that the peer has not acknowledged."""
    bytes_not_sent: int | None = None
    """How many of these the system has not sent yet."""
    send_window: int | None = None
    """Bytes that the peer accepts at present; 0: it does not read."""
    receive_window: int | None = None
    """Bytes that our system accepts at present."""
    min_rtt: float | None = None
    """The shortest recent round-trip time."""
    bytes_retransmitted: int | None = None
    """Bytes in the segments that were retransmitted."""


def tcp_info(sock: socket.socket) -> TcpInfo:
    """Read the state of `sock`; raises `OSError` when it is closed."""
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
    least = later.get("min_rtt", NEVER)
    return TcpInfo(
        state=STATES[fields[0]] if fields[0] < len(STATES) else STATES[0],
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
        bytes_not_sent=later.get("bytes_not_sent"),
        send_window=later.get("send_window"),
        receive_window=later.get("receive_window"),
        min_rtt=least / 1e6 if least != NEVER else None,
        bytes_retransmitted=later.get("bytes_retransmitted"),
    )


def _queue(sock: socket.socket, request: int) -> int | None:
    import fcntl

    try:
        return int(struct.unpack("i", fcntl.ioctl(sock.fileno(), request, b"\0\0\0\0"))[0])
    except OSError:
        return None
