"""What HTTP clients ask and programs answer, as values; and an answer as bytes.

Rules of this file:
- A program cannot break the framing: headers that would are refused, those of the framing are ours.
"""

from __future__ import annotations

import re
import time
from http import HTTPStatus
from typing import Any

import msgspec

from tuiserver.protocols.base import LocalProtocolError

_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Request(msgspec.Struct, frozen=True, gc=False):
    """A request. Header names are in lower case; `data` is the head exactly as it came and the body decoded."""

    method: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    data: bytes
    keep_alive: bool
    plain: bool = False
    """True where the answer's bytes depend on nothing but its body: HTTP/1.1, kept alive, not HEAD."""

    def header(self, name: str, default: str = "") -> str:
        """The value of the header `name`, of several the values joined with `, ` (RFC 9110 section 5.3)."""
        values = [value for each, value in self.headers if each == name.lower()]
        return ", ".join(values) if values else default


class Response(msgspec.Struct, frozen=True):
    """An answer with more than a body. `headers` come before ours and replace ours of the same name."""

    status: int = 200
    body: bytes | str = b""
    headers: tuple[tuple[str, str], ...] = ()
    reason: str = ""


def word(response: Response, request: Request | None, date: str, server: str) -> bytes:
    """The bytes of an answer to `request`; None is for a request that could not be read. Raises `LocalProtocolError`."""
    body = response.body.encode() if isinstance(response.body, str) else bytes(response.body)
    status = response.status
    if not 200 <= status <= 999:
        raise LocalProtocolError(f"{status} is not the status of an answer: use 200 to 999")
    ours = {"Content-Type": _content_type(response.body), "Date": date, "Server": server}
    if status in (204, 304):  # these have no content, whatever the program gave (RFC 9110 section 6.4.1)
        del ours["Content-Type"]
        body = b""
    else:
        ours["Content-Length"] = str(len(body))
    if request is None or not request.keep_alive:
        ours["Connection"] = "close"
    elif request.version == "1.0":
        ours["Connection"] = "keep-alive"
    theirs = {name.lower() for name, _ in response.headers}
    if clash := theirs & {"content-length", "transfer-encoding", "connection"}:
        raise LocalProtocolError(f"the header {min(clash)} is set by the server")
    reason = response.reason or _phrase(status)
    lines = [f"HTTP/1.1 {status} {reason}"]
    for name, value in (*response.headers, *(pair for pair in ours.items() if pair[0].lower() not in theirs)):
        if not _FIELD.fullmatch(name) or not _VALUE.fullmatch(value):
            raise LocalProtocolError(f"the header {name!r} has a character that a header cannot have")
        lines.append(f"{name}: {value}")
    if not _VALUE.fullmatch(reason):
        raise LocalProtocolError("the reason has a character that it cannot have")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head if request is not None and request.method == "HEAD" else head + body


def response_of(message: Any) -> Response:
    """What a program sent as a `Response`; raises `TypeError` for what is none."""
    if isinstance(message, (bytes, str)):
        return Response(200, message)
    if isinstance(message, (bytearray, memoryview)):
        return Response(200, bytes(message))
    raise TypeError(f"an HTTP answer is bytes, str or a Response, not {type(message).__name__}")


def _content_type(body: bytes | str) -> str:
    return "text/plain" if isinstance(body, bytes) or body.isascii() else "text/plain; charset=utf-8"


def imf_date(second: int) -> str:
    """Unix time as `Date` wants it (RFC 9110, 5.6.7); `email.utils` does it too, and costs a start 6 ms."""
    t = time.gmtime(second)
    day, month = _DAYS[t.tm_wday], _MONTHS[t.tm_mon - 1]
    return f"{day}, {t.tm_mday:02d} {month} {t.tm_year} {t.tm_hour:02d}:{t.tm_min:02d}:{t.tm_sec:02d} GMT"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
