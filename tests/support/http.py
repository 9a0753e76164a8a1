"""For tests of HTTP: well-formed requests, and a protocol object that answers each request with its own body."""

from __future__ import annotations

import re

from tuiserver.core.limits import Limits
from tuiserver.protocols.http.cache import HttpCache
from tuiserver.protocols.http.messages import Request
from tuiserver.protocols.http.protocol import HttpProtocol

NOW = 1_700_000_000.25
GET = b"GET /a?b=c HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n"
POST = b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5;name=value\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: yes\r\n\r\n"
)
OLD = b"GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
UPGRADE = b"POST /u HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc"
HEAD = b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"
EXPECT = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok"
CLOSE = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
GOOD = {"get": GET, "post": POST, "chunked": CHUNKED, "old": OLD, "upgrade": UPGRADE, "head": HEAD, "expect": EXPECT}


def protocol(**limits: int) -> HttpProtocol:
    """A new connection of a new server with empty caches."""
    return HttpProtocol(HttpCache("9.9"), Limits(**limits))


def encode(http: HttpProtocol, message: object, now: float = NOW) -> bytes:
    """The bytes of a response; views are shown the same."""
    wire, shown = http.encode(message, now)
    assert wire == shown
    return wire


def take_output(http: HttpProtocol) -> bytes:
    """What the protocol sends on its own; views are shown the same."""
    wire, shown = http.take_output(NOW)
    assert wire == shown
    return wire


def talk(http: HttpProtocol, pieces: list[bytes]) -> tuple[list[Request], bytes]:
    """Feed the pieces, answer every request with its own body; the requests, and all the bytes that went out."""
    requests: list[Request] = []
    out = b""
    for piece in pieces:
        for request in http.receive(piece):
            requests.append(request)
            out += encode(http, request.body)
        out += take_output(http)
    return requests, out


def codes(out: bytes) -> list[int]:
    """The status codes of what went out; bodies in these tests hold no status line."""
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", out)]
