"""Signatures of protocols that begin with text. `signatures.py` says which of them is tried when, and its source.

Rules of this file:
- `head` is what decides, `data` what has come; the result is the reason, or an empty text. Nothing here raises.
- A word alone is not enough: what follows it must have the form that the protocol requires.
"""

from __future__ import annotations

import re

CLIP = 60
"""Characters of a path or an address that a reason quotes."""

_HTTP = re.compile(rb"([A-Z][A-Z-]{1,19}) ((?:[/*]|https?://)[!-~]*|[!-~]+:\d{1,5}) HTTP/(1\.[01])\r?\n")
_UPGRADE = re.compile(rb"\nupgrade:[ \t]*websocket[ \t]*\r?\n", re.IGNORECASE)
_HTTP2 = re.compile(rb"PRI \* HTTP/2\.0\r\n")
_SIP = re.compile(
    rb"(INVITE|ACK|BYE|CANCEL|OPTIONS|REGISTER|PRACK|SUBSCRIBE|NOTIFY|PUBLISH|INFO|REFER|MESSAGE|UPDATE) "
    rb"((?:sips?|tel):[!-~]+) SIP/2\.0\r\n"
)
_STOMP = re.compile(rb"(CONNECT|STOMP)\r?\n(?:accept-version|host|login|passcode|heart-beat):[ -~]*(?:\r?\n|$)")
_PROXY_V1 = re.compile(
    rb"PROXY (?:(TCP4 [0-9.]{7,15}|TCP6 [0-9A-Fa-f:.]{2,45}) [0-9A-Fa-f:.]+|(UNKNOWN)(?:\r\n| [0-9A-Fa-f:.]{2,45} ))"
)
_SSH = re.compile(rb"SSH-(?:2\.0|1\.\d{1,2})-[!-,.-~][ -~]*")
_RESP = re.compile(rb"\*([1-9]\d{0,6})\r\n\$([1-9]\d?)\r\n([A-Za-z][A-Za-z0-9._-]*)\r\n")
_NMEA = re.compile(
    rb"[$!](G[ABILNPQ]|A[BIP]|B[DS]|EC|H[CEN]|I[IN]|LC|R[AB]|S[DN]|TI|V[DMW]|W[IV]|YX|ZA)"
    rb"(A[AP]B|ALM|BO[DW]|BWC|DB[KST]|DPT|DTM|GBS|GGA|GLL|GNS|GRS|GSA|GST|GSV|HDG|HDM|HDT|MTW|MW[DV]|RM[ABC]|ROT|RPM|RSA|RTE|"
    rb"TLL|TTM|TXT|VBW|VD[MO]|VHW|VLW|VTG|VWR|WPL|XDR|XTE|ZDA),"
)
_FIX = re.compile(rb"8=(FIX\.[2-5]\.\d(?:SP\d)?|FIXT\.1\.\d)\x019=\d{1,7}\x0135=([A-Za-z0-9]{1,3})\x01")
_SYSLOG = re.compile(
    rb"(?:([1-9]\d{0,5}) )?<(0|[1-9]\d{0,2})>(?:"
    rb"(1) (?:-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)"
    rb"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d "
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
    rb"|\d{1,10}: )"
)
_FIX_TYPES = {b"A": "Logon", b"0": "Heartbeat", b"1": "TestRequest", b"5": "Logout", b"D": "NewOrderSingle"}
_SEVERITIES = ("emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug")


def quoted(data: bytes) -> str:
    """Text of the client for a reason, clipped; a byte that is not ASCII becomes U+FFFD."""
    text = data.decode("ascii", "replace")
    return text if len(text) <= CLIP else f"{text[: CLIP - 1]}…"


def http2(head: bytes, data: bytes) -> str:
    """The preface of a client that knows already that the server speaks HTTP/2."""
    return "connection preface" if _HTTP2.match(head) else ""


def http(head: bytes, data: bytes) -> str:
    """A request line of HTTP/1.0 or 1.1: it is complete, and ends with the version."""
    match = _HTTP.match(data)
    return f"{quoted(match[1])} {quoted(match[2])}, version {quoted(match[3])}" if match else ""


def websocket(head: bytes, data: bytes) -> str:
    """A GET request with `Upgrade: websocket` in what has come of its head."""
    match = _HTTP.match(data)
    if match is None or match[1] != b"GET" or not _UPGRADE.search(data.partition(b"\r\n\r\n")[0] + b"\r\n"):
        return ""
    return f"upgrade requested for {quoted(match[2])}"


def sip(head: bytes, data: bytes) -> str:
    """The request line of a method of RFC 3261 or one of its extensions."""
    match = _SIP.match(data)
    return f"{quoted(match[1])} {quoted(match[2])}" if match else ""


def stomp(head: bytes, data: bytes) -> str:
    """A first frame, with a header that only it has."""
    match = _STOMP.match(head)
    return f"frame {quoted(match[1])}" if match else ""


def proxy_v1(head: bytes, data: bytes) -> str:
    """The line that a proxy sends in front of the data of its client."""
    match = _PROXY_V1.match(head)
    return f"version 1, {quoted(match[1] or match[2])}" if match else ""


def ssh(head: bytes, data: bytes) -> str:
    """The identification string. 1.99 offers both versions."""
    match = _SSH.match(head)
    return quoted(match[0]) if match else ""


def resp(head: bytes, data: bytes) -> str:
    """A command as an array of bulk strings. An inline command has no form of its own."""
    match = _RESP.match(head)
    if not match or len(match[3]) != int(match[2]):
        return ""
    arguments = int(match[1]) - 1
    return f"command {quoted(match[3])}, {arguments} {'argument' if arguments == 1 else 'arguments'}"


def nmea(head: bytes, data: bytes) -> str:
    """A sentence of a known talker and type."""
    match = _NMEA.match(head)
    return f"sentence {quoted(match[2])} of talker {quoted(match[1])}" if match else ""


def fix(head: bytes, data: bytes) -> str:
    """BeginString, BodyLength and MsgType: the first three fields, always in this order."""
    match = _FIX.match(head)
    if not match:
        return ""
    name = _FIX_TYPES.get(match[2])
    return f"{quoted(match[1])}, message type {quoted(match[2])}" + (f" ({name})" if name else "")


def syslog(head: bytes, data: bytes) -> str:
    """A priority and a timestamp, with or without the octet count of RFC 6587 before them."""
    match = _SYSLOG.match(head)
    if not match or int(match[2]) > 191:
        return ""
    facility, severity = divmod(int(match[2]), 8)
    framing = f"octet-counted, {int(match[1])} bytes, " if match[1] else ""
    return f"{framing}{'RFC 5424, ' if match[3] else ''}facility {facility}, severity {_SEVERITIES[severity]}"
