"""Signatures of protocols that begin with binary data. `signatures.py` says which of them is tried when, and its source.

Rules of this file:
- `head` is what decides, `data` what has come; the result is the reason, or an empty text. Nothing here raises.
- A length counts as evidence only where it agrees with what it is the length of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tuiserver.protocols.text_signatures import quoted


def number(data: bytes, start: int, size: int) -> int:
    """An unsigned integer in network byte order; 0 where `data` has ended."""
    return int.from_bytes(data[start : start + size], "big") if len(data) >= start + size else 0


# ── PROXY protocol ──

_PROXY_V2 = b"\r\n\r\n\0\r\nQUIT\n"
_PROXY_FAMILIES = {0x00: "unspecified", 0x11: "TCP over IPv4", 0x12: "UDP over IPv4", 0x21: "TCP over IPv6"} | {
    0x22: "UDP over IPv6",
    0x31: "UNIX stream",
    0x32: "UNIX datagram",
}


def proxy_v2(head: bytes, data: bytes) -> str:
    """The twelve bytes of the signature, the version and the address family."""
    if len(head) < 16 or not head.startswith(_PROXY_V2):
        return ""
    command, family = head[12], head[13]
    if command not in (0x20, 0x21) or family not in _PROXY_FAMILIES:
        return ""
    return f"version 2, {_PROXY_FAMILIES[family] if command == 0x21 else 'local'}"


# ── TLS ──

_SERVER_NAME, _ALPN = 0, 16


def tls(head: bytes, data: bytes) -> str:
    """A handshake record with a ClientHello. Its names are read from as much of it as has come."""
    if len(head) < 11 or head[0] != 22 or head[1] != 3 or head[2] > 4:
        return ""
    record, hello = number(head, 3, 2), number(head, 6, 3)
    if (
        head[5] != 1
        or head[9] != 3
        or head[10] > 4
        or not 42 <= record <= 1 << 14
        or not record <= hello + 4 <= 1 << 17
    ):
        return ""
    words = ["ClientHello"]
    for kind, content in _extensions(data):
        if kind == _SERVER_NAME and content[2:3] == b"\0":
            words.append(f"SNI {quoted(content[5 : 5 + number(content, 3, 2)])}")
        elif kind == _ALPN:
            words.append(f"ALPN {' '.join(map(quoted, _alpn_names(content)))}")
    return ", ".join(words)


def _extensions(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The extensions of a ClientHello that have come as a whole, as type and content."""
    at = 5 + 4 + 2 + 32
    at += 1 + number(data, at, 1)
    at += 2 + number(data, at, 2)
    at += 1 + number(data, at, 1) + 2
    while at + 4 <= len(data):
        kind, size = number(data, at, 2), number(data, at + 2, 2)
        at += 4
        if at + size > len(data):
            return
        yield kind, data[at : at + size]
        at += size


def _alpn_names(content: bytes) -> Iterator[bytes]:
    at = 2
    while at < len(content):
        yield content[at + 1 : at + 1 + content[at]]
        at += 1 + content[at]


# ── message brokers and databases ──

_MQTT_NAMES = {b"\0\x04MQTT": (4, 5), b"\0\x06MQIsdp": (3,)}


def mqtt(head: bytes, data: bytes) -> str:
    """CONNECT: remaining length, protocol name, level and flags."""
    at, remaining = 1, 0
    while at < len(head) and at <= 4:
        remaining |= (head[at] & 0x7F) << 7 * (at - 1)
        at += 1
        if head[at - 1] < 0x80:
            break
    for name, levels in _MQTT_NAMES.items():
        if head.startswith(name, at) and len(head) >= at + len(name) + 2:
            level, flags = head[at + len(name)], head[at + len(name) + 1]
            reserved_or_qos_3 = flags & 1 or flags & 0x18 == 0x18
            if level in levels and not reserved_or_qos_3 and remaining >= len(name) + 6:
                return f"CONNECT, protocol name {name[2:].decode()}, level {level}"
    return ""


_AMQP_HEADERS = {
    b"\0\0\x09\x01": "0-9-1",
    b"\x01\x01\0\x09": "0-9",
    b"\x01\x01\x08\0": "0-8",
    b"\x01\x01\0\x0a": "0-10",
    b"\0\x01\0\0": "1.0",
    b"\x02\x01\0\0": "1.0, TLS",
    b"\x03\x01\0\0": "1.0, SASL",
}


def amqp(head: bytes, data: bytes) -> str:
    """The protocol header: `AMQP`, and four bytes of the version."""
    version = _AMQP_HEADERS.get(head[4:8], "") if head.startswith(b"AMQP") else ""
    return f"protocol header, version {version}" if version else ""


_PG_CODES = {
    b"\0\0\0\x08\x04\xd2\x16\x2f": "SSLRequest",
    b"\0\0\0\x08\x04\xd2\x16\x30": "GSSENCRequest",
    b"\0\0\0\x10\x04\xd2\x16\x2e": "CancelRequest",
}
_PG_STARTUP = re.compile(rb"\0\0..\0\x03\0[\0-\x09]([A-Za-z_][A-Za-z0-9_.]*)\0[^\0]+\0", re.DOTALL)
_PG_USER = re.compile(rb"\0user\0([^\0]+)\0")


def postgresql(head: bytes, data: bytes) -> str:
    """A StartupMessage of protocol 3, or a request that comes before it."""
    if name := _PG_CODES.get(head[:8]):
        return name if len(data) == number(head, 0, 4) else ""
    match = _PG_STARTUP.match(head)
    if not match or not len(match[0]) < number(head, 0, 4) <= 10_000 or number(head, 0, 4) != len(data) or data[-1]:
        return ""
    user = _PG_USER.search(data, 7)
    version = f"StartupMessage, protocol 3.{head[7]}"
    return f"{version}, user {quoted(user[1])}" if user else ""


# ── trackers ──


def gt06(head: bytes, data: bytes) -> str:
    """A login packet: start bytes, length, number 1, the IMEI as BCD, and the stop bytes where the length says."""
    if head[:2] != b"xx" or head[3:4] != b"\x01" or head[2] not in (0x0D, 0x11):
        return ""
    end = 5 + head[2]
    imei = head[4:12].hex()
    if head[end - 2 : end] != b"\r\n" or not imei.isdigit() or imei[0] != "0":
        return ""
    return f"login, IMEI {imei[1:]}"


def teltonika(head: bytes, data: bytes) -> str:
    """The length 15, and an IMEI in ASCII: nothing else before the server has accepted it."""
    if len(data) != 17 or head[:2] != b"\0\x0f" or not head[2:].isdigit():
        return ""
    return f"IMEI {head[2:].decode()}"


# ── telnet ──

_IAC, _WILL, _WONT, _DO = 255, 251, 252, 253
_VERBS = {_WILL: "WILL", _WONT: "WON'T", _DO: "DO", 254: "DON'T"}
_OPTIONS = {0: "binary", 1: "echo", 3: "suppress go ahead", 5: "status", 6: "timing mark", 24: "terminal type"} | {
    31: "window size",
    32: "terminal speed",
    33: "remote flow control",
    34: "linemode",
    35: "X display location",
    36: "environment",
    37: "authentication",
    38: "encryption",
    39: "new environment",
    42: "charset",
    44: "COM port control",
    70: "MSSP",
    86: "MCCP2",
    91: "MXP",
    201: "GMCP",
}


def telnet(head: bytes, data: bytes) -> str:
    """A negotiation of a known option. DON'T does not come first: `FF FE` is the byte order mark of UTF-16."""
    if len(head) < 3 or head[0] != _IAC or head[1] not in (_WILL, _WONT, _DO) or head[2] not in _OPTIONS:
        return ""
    if head[3:5] and (head[3] != _IAC or (len(head) > 4 and head[4] < 240)):
        return ""
    return f"{_VERBS[head[1]]} {_OPTIONS[head[2]]}"


# ── DNS over TCP ──

_QTYPES = {
    1: "A",
    2: "NS",
    5: "CNAME",
    6: "SOA",
    12: "PTR",
    15: "MX",
    16: "TXT",
    28: "AAAA",
    33: "SRV",
    65: "HTTPS",
} | {
    43: "DS",
    48: "DNSKEY",
    251: "IXFR",
    252: "AXFR",
    255: "ANY",
}


def dns(head: bytes, data: bytes) -> str:
    """One message that is as long as its length says: a standard query with one question."""
    if len(head) < 19 or head[4] & 0xFE or number(head, 0, 2) != len(data) - 2:
        return ""
    if head[5] & 0xCF or head[6:11] != b"\0\x01\0\0\0" or head[11] > 1 or number(head, 12, 2) > 2:
        return ""
    labels: list[str] = []
    at = 14
    while at < len(data) and 0 < data[at] < 64 and at < 14 + 255:
        labels.append(quoted(data[at + 1 : at + 1 + data[at]]))
        at += 1 + data[at]
    if at + 5 > len(data) or data[at]:
        return ""
    kind, group = number(data, at + 1, 2), number(data, at + 3, 2)
    if kind not in _QTYPES or group not in (1, 3, 4, 255):
        return ""
    return f"query {_QTYPES[kind]} {'.'.join(labels) or '.'}"


# ── Modbus/TCP ──

_READS = {1: "coils", 2: "discrete inputs", 3: "holding registers", 4: "input registers"}
_MAX_READ = {1: 2000, 2: 2000, 3: 125, 4: 125}
_SHORT = {7: "read exception status", 11: "get comm event counter", 12: "get comm event log", 17: "report server ID"}


def modbus(head: bytes, data: bytes) -> str:
    """One request that is as long as its length says, and whose fields are in the range of its function."""
    if len(head) < 8 or head[2] or head[3] or number(head, 4, 2) != len(data) - 6 or len(data) > 260:
        return ""
    unit, function, size = head[6], head[7], len(data) - 7
    address, value = number(head, 8, 2), number(head, 10, 2)
    what = ""
    if function in _READS and size == 5 and 1 <= value <= _MAX_READ[function]:
        what = f"read {value} {_READS[function]} at {address}"
    elif function == 5 and size == 5 and value in (0, 0xFF00):
        what = f"write coil {address}"
    elif function == 6 and size == 5:
        what = f"write register {address}"
    elif function == 15 and 1 <= value <= 0x7B0 and size == 6 + number(head, 12, 1) == 6 + (value + 7) // 8:
        what = f"write {value} coils at {address}"
    elif function == 16 and 1 <= value <= 123 and size == 6 + number(head, 12, 1) == 6 + 2 * value:
        what = f"write {value} registers at {address}"
    elif function in _SHORT and size == 1:
        what = _SHORT[function]
    elif function == 43 and size == 4 and head[8] == 14 and 1 <= head[9] <= 4:
        what = "read device identification"
    return f"{what}, unit {unit}" if what else ""
