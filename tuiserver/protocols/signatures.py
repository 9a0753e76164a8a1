"""What the first bytes of a client look like, for addresses that name no protocol: one line per signature, in `SIGNATURES`.

    recognize(b"SSH-2.0-OpenSSH_9.2\\r\\n")     # Finding("ssh", "SSH: SSH-2.0-OpenSSH_9.2")

Rules of this file:
- A finding is a note for people: nothing is consumed, altered or delayed. A wrong one is worse than none.
- The first `DECIDED_BY` bytes must have the form of the protocol. More of what has come is read, up to `MAX_LOOK` bytes, to
  confirm the end of a line or message that began in them, and for names in them: SNI and ALPN, a path, an upgrade.
- A signature returns a reason, or an empty text; it never raises. The first line of the table that fits decides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tuiserver.core.codes import LooksLike
from tuiserver.protocols import binary_signatures as binary
from tuiserver.protocols import text_signatures as text
from tuiserver.protocols.base import Finding

DECIDED_BY = 64
"""Bytes that must have the form of the protocol."""
MAX_LOOK = 4096
"""Bytes that are read at most. A ClientHello with post-quantum key shares has 1.8 KiB."""


class Signature(NamedTuple):
    """How a protocol begins.

    `first`: the bytes that it may begin with. `match(head, data)` returns the reason, or an empty text if it does not fit: `head`
    is what decides, `data` what has come. `source`: the specification.
    """

    code: str
    name: str
    first: bytes
    match: Callable[[bytes, bytes], str]
    source: str


_ANY = bytes(range(256))
_CAPITALS = bytes(range(ord("A"), ord("Z") + 1))

SIGNATURES: tuple[Signature, ...] = (
    Signature(LooksLike.HTTP2, "HTTP/2", b"P", text.http2, "RFC 9113 section 3.4"),
    Signature(LooksLike.WEBSOCKET, "WebSocket", b"G", text.websocket, "RFC 6455 section 4.1"),
    Signature(LooksLike.HTTP, "HTTP", _CAPITALS, text.http, "RFC 9112 section 3"),
    Signature(LooksLike.SIP, "SIP", _CAPITALS, text.sip, "RFC 3261 section 7"),
    Signature(LooksLike.STOMP, "STOMP", b"CS", text.stomp, "STOMP 1.2, CONNECT or STOMP frame"),
    Signature(LooksLike.PROXY, "PROXY protocol", b"P", text.proxy_v1, "The PROXY protocol, section 2.1"),
    Signature(LooksLike.PROXY, "PROXY protocol", b"\r", binary.proxy_v2, "The PROXY protocol, section 2.2"),
    Signature(LooksLike.TLS, "TLS", b"\x16", binary.tls, "RFC 8446 sections 4.1.2 and 5.1; RFC 6066, RFC 7301"),
    Signature(LooksLike.SSH, "SSH", b"S", text.ssh, "RFC 4253 section 4.2"),
    Signature(LooksLike.RESP, "RESP", b"*", text.resp, "Redis serialization protocol, array of bulk strings"),
    Signature(LooksLike.MQTT, "MQTT", b"\x10", binary.mqtt, "MQTT 3.1.1 and 5.0 section 3.1; MQTT 3.1 section 3.1"),
    Signature(
        LooksLike.AMQP, "AMQP", b"A", binary.amqp, "AMQP 0-9-1 section 4.2.2; AMQP 1.0 sections 2.2, 5.2.1 and 5.3.2"
    ),
    Signature(LooksLike.POSTGRESQL, "PostgreSQL", b"\0", binary.postgresql, "PostgreSQL manual, message formats"),
    Signature(LooksLike.NMEA, "NMEA 0183", b"$!", text.nmea, "NMEA 0183 section 5; IEC 61162-1 section 7"),
    Signature(LooksLike.GT06, "GT06", b"x", binary.gt06, "GT06 GPS tracker protocol 1.8.1, login packet"),
    Signature(LooksLike.TELTONIKA, "Teltonika", b"\0", binary.teltonika, "Teltonika data sending protocols, IMEI"),
    Signature(LooksLike.FIX, "FIX", b"8", text.fix, "FIX 4.4 volume 2, standard header; FIXT 1.1"),
    Signature(LooksLike.TELNET, "telnet", b"\xff", binary.telnet, "RFC 854; RFC 855"),
    Signature(LooksLike.SYSLOG, "syslog", b"<123456789", text.syslog, "RFC 5424; RFC 3164; RFC 6587 section 3.4.1"),
    Signature(LooksLike.DNS, "DNS over TCP", _ANY, binary.dns, "RFC 1035 sections 4.1 and 4.2.2; RFC 7766 section 8"),
    Signature(LooksLike.MODBUS, "Modbus/TCP", _ANY, binary.modbus, "Modbus Messaging on TCP/IP V1.0b section 3.1.3"),
)
"""From the most specific to the least."""

SILENT = Finding(LooksLike.SILENT, "waits for us to speak, as clients of MySQL, SMTP and FTP do")
"""A client that has connected and says nothing."""

_BY_FIRST_BYTE = tuple(tuple(each for each in SIGNATURES if first in each.first) for first in range(256))


def recognize(data: bytes) -> Finding | None:
    """What a client whose first bytes are `data` looks like; None if that is unknown, also because too few have come."""
    if not data:
        return None
    data = data[:MAX_LOOK]
    head = data[:DECIDED_BY]
    for signature in _BY_FIRST_BYTE[data[0]]:
        if reason := signature.match(head, data):
            return Finding(signature.code, f"{signature.name}: {reason}")
    return None
