"""HTTP requests and responses as values, and a response as bytes.

Rules of this file:
- A program cannot break the framing: headers that would break it are refused, and the framing headers are set here.
"""

from __future__ import annotations

import re
import time
from http import HTTPStatus
from typing import Any

import msgspec

from tuiserver.core.commands import Part
from tuiserver.protocols.base import LocalProtocolError

BODILESS = (204, 205, 304)
"""Statuses of responses without a body (RFC 9110 sections 6.4.1 and 15.3.6)."""

_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_TARGET = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*))?([^?#]*)(?:\?([^#]*))?")
"""RFC 9112 section 3.2: the authority of the absolute form, the path, and the query."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Request(msgspec.Struct, frozen=True, gc=False):
    """A request. Header names are lower case; `data` is the head exactly as received, and the decoded body."""

    method: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    data: bytes
    keep_alive: bool
    plain: bool = False
    """True where the response depends on nothing but its body: HTTP/1.1, kept alive, not HEAD."""

    def header(self, name: str, default: str = "") -> str:
        """The value of the header `name`; several values are joined with `, ` (RFC 9110 section 5.3)."""
        values = [value for each, value in self.headers if each == name.lower()]
        return ", ".join(values) if values else default

    @property
    def host(self) -> str:
        """The host, and its port if there is one, that the request is for: of the target if it is a URL, otherwise of `Host`."""
        match = _TARGET.match(self.target)
        return match[1] if match and match[1] is not None else self.header("host")

    @property
    def path(self) -> str:
        """The path of the target, percent-decoded as UTF-8: `/a b` where the target is `/a%20b?c=d`. It is `*` in `OPTIONS *`.

        An escape that is not two hexadecimal digits stays as it is, and bytes that are not UTF-8 become U+FFFD. The result may
        hold any character, `..` and NUL included: it is not the name of a file. `%2F` cannot be told from `/` any more.
        """
        from urllib.parse import unquote

        match = _TARGET.match(self.target)
        path = match[2] if match else ""
        return unquote(path) or "/"

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The parameters behind the `?` of the target, as pairs of name and value, percent-decoded as `path`; `+` is a space.

        Parameters without a value have an empty one (WHATWG URL section 5.1, application/x-www-form-urlencoded).
        """
        from urllib.parse import parse_qsl

        match = _TARGET.match(self.target)
        return tuple(parse_qsl(match[3], keep_blank_values=True)) if match and match[3] else ()

    def parameter(self, name: str, default: str = "") -> str:
        """The value of the first parameter `name` of the query."""
        return next((value for each, value in self.query if each == name), default)


class Response(msgspec.Struct, frozen=True):
    """A response with more than a body. `headers` come before the default ones and replace those of the same name.

    A status from 100 to 199 is sent before the response (RFC 9110 section 15.2). With a `part` other than `whole` the body is
    sent as it becomes known: first `head`, then `chunk` as often as needed, then `end`; each may have a body.

    `to` is the request that it answers, by default the first one without an answer. A client that sends several at once gets
    the answers in the order of its requests: one that is too early is sent when its turn has come.
    """

    status: int = 200
    body: bytes | str = b""
    headers: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    part: Part = "whole"
    to: Request | None = None

    @property
    def interim(self) -> bool:
        """True if the response itself is still to come."""
        return self.status < 200

    @property
    def has_body(self) -> bool:
        """False for a status without a body, not even an empty one with a content type."""
        return not self.interim and self.status not in BODILESS


def serialize(response: Response, request: Request | None, date: str, server: str) -> bytes:
    """The bytes of `response` to `request`, or of its head and the first part of its body.

    None is for a request that could not be parsed.

    Raises `LocalProtocolError`, or `TypeError` for a body that is neither bytes nor text.
    """
    body = _content(response.body)
    status = response.status
    if not isinstance(status, int) or not 100 <= status <= 999 or status == 101:
        raise LocalProtocolError(f"{status} is not the status of a response: use 100, or 102 to 999")
    if not response.has_body and (body or response.part != "whole"):
        raise LocalProtocolError(f"a response with the status {status} has no body")
    if not response.interim:
        defaults = _default_headers(response, body, request, date, server)
    elif request is None or request.version != "1.1":
        raise LocalProtocolError(f"the status {status} is not for a client of HTTP/1.0")
    else:
        defaults = {}
    given = {name.lower() for name, _ in response.headers}
    if clash := given & {"content-length", "transfer-encoding", "connection"}:
        raise LocalProtocolError(f"the header {min(clash)} is set by the server")
    reason = response.reason or _phrase(status)
    lines = [f"HTTP/1.1 {status} {reason}"]
    for name, value in (*response.headers, *(pair for pair in defaults.items() if pair[0].lower() not in given)):
        if not _FIELD.fullmatch(name) or not _VALUE.fullmatch(value):
            raise LocalProtocolError(f"the header {name!r} has a character that is not allowed in a header")
        lines.append(f"{name}: {value}")
    if not _VALUE.fullmatch(reason):
        raise LocalProtocolError("the reason has a character that is not allowed in it")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    if request is not None and request.method == "HEAD":
        return head
    return head + (body if response.part == "whole" else chunk(body, request))


def chunk(body: bytes | str, request: Request | None, last: bool = False) -> bytes:
    """Further bytes of the body of a response in parts, as a chunk (RFC 9112 section 7.1); HTTP/1.0 takes them as they are."""
    data = _content(body)
    if request is None or request.version != "1.1":
        return data
    return (b"%x\r\n%b\r\n" % (len(data), data) if data else b"") + (b"0\r\n\r\n" if last else b"")


def _default_headers(
    response: Response, body: bytes, request: Request | None, date: str, server: str
) -> dict[str, str]:
    status, in_parts = response.status, response.part != "whole"
    headers = {"Content-Type": _content_type(response.body), "Date": date, "Server": server}
    if status in BODILESS:
        del headers["Content-Type"]
    if in_parts and request is not None and request.version == "1.1":
        headers["Transfer-Encoding"] = "chunked"
    elif not in_parts and status not in (204, 304):
        headers["Content-Length"] = str(len(body))
    if request is None or not request.keep_alive or (in_parts and request.version != "1.1"):
        headers["Connection"] = "close"
    elif request.version == "1.0":
        headers["Connection"] = "keep-alive"
    return headers


def response_of(message: Any) -> Response:
    """A message of a program as a `Response`; raises `TypeError` where it cannot be one."""
    if isinstance(message, (bytes, str)):
        return Response(200, message)
    if isinstance(message, (bytearray, memoryview)):
        return Response(200, bytes(message))
    raise TypeError(f"an HTTP response is bytes, str or a Response, not {type(message).__name__}")


def _content(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    raise TypeError(f"the body of an HTTP response is bytes or str, not {type(body).__name__}")


def _content_type(body: bytes | str) -> str:
    return "text/plain" if isinstance(body, bytes) or body.isascii() else "text/plain; charset=utf-8"


def imf_date(second: int) -> str:
    """Unix time in the format of `Date` (RFC 9110 section 5.6.7). `email.utils` does the same; importing it takes 6 ms."""
    t = time.gmtime(second)
    day, month = _DAYS[t.tm_wday], _MONTHS[t.tm_mon - 1]
    return f"{day}, {t.tm_mday:02d} {month} {t.tm_year} {t.tm_hour:02d}:{t.tm_min:02d}:{t.tm_sec:02d} GMT"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
