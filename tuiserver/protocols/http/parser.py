"""Bytes of one HTTP connection to requests (RFC 9112), over llhttp through httptools.

Rules of this file:
- llhttp parses every byte of a head and of a chunked body, strictly. We find where each ends, so that the head is kept as
  received and the next request begins exactly there; where llhttp disagrees with us, the request is refused.
- A head seen before, byte for byte, is not parsed again.
- After a refusal, or a request that closes the connection, nothing more is parsed.
- Every byte ends in a request or in `undelivered`, whatever is refused, discarded or ignored; the size lines of chunks do not.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import httptools
import msgspec

from tuiserver.core.codes import EMPTY_LINE, CloseCode, ReceivedKind
from tuiserver.core.limits import KIB, Limits
from tuiserver.protocols.base import Undelivered
from tuiserver.protocols.http.cache import HEADER_COST, HttpCache
from tuiserver.protocols.http.messages import Request
from tuiserver.protocols.http.parts import Parts

MAX_HEAD = 64 * KIB
"""Bytes of a request head, and of the trailers of a chunked body: eight times what browsers send at worst."""
MAX_HEADERS = 256
"""Headers of a request, and trailers of a chunked body. Browsers send 30; a short one takes forty times its size in memory."""
MAX_CHUNK_LINE = 4096
"""Bytes of a chunk's size line; only extensions, which are ignored, can make it long."""

_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}(?=[;\r \t])")
_METHOD = re.compile(rb"[A-Z]+(?: |$)")
_REQUEST_LINE = re.compile(rb"[A-Z-]+ [^\s]+ HTTP/\d\.\d\r\n")
_HOST = re.compile(r"(\[[0-9A-Fa-fv:.]+\]|([A-Za-z0-9._~!$&'()*+;=-]|%[0-9A-Fa-f]{2})*)(:\d*)?")
"""RFC 9112 section 3.2: host and port of RFC 3986, without user information, and without the comma of a list."""
_ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n"
_HEAD, _LENGTH, _CHUNK_LINE, _CHUNK, _TRAILERS, _STOPPED = range(6)

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Refusal(NamedTuple):
    """A request that is not served: the status of the answer, the reason, and the close code."""

    status: int
    reason: str
    code: str = CloseCode.PROTOCOL_ERROR


class RequestParser:
    """Parses the requests of one connection.

    `mid_message` is True from the first byte of a request to its last; `refusal` ends the parsing;
    `continue_wanted` is True when a client waits for `100 Continue` before it sends a body.
    """

    __slots__ = (
        "_buffer",
        "_cache",
        "_fed",
        "_head",
        "_limits",
        "_llhttp",
        "_needed",
        "_parts",
        "_state",
        "_stopped_by",
        "continue_wanted",
        "mid_message",
        "refusal",
        "undelivered",
    )

    def __init__(self, cache: HttpCache, limits: Limits) -> None:
        self._cache, self._limits = cache, limits
        self._buffer = bytearray()
        self._state = _HEAD
        self._needed = 0
        """Bytes of the body, of the chunk with its line ending, or the maximum that the trailers may still take."""
        self._fed = 0
        """Bytes of the head in `_buffer` that llhttp has parsed."""
        self._llhttp: Any = None
        self._parts: Parts | None = None
        self._head: Request | None = None
        self.mid_message = False
        self.continue_wanted = False
        self.refusal: Refusal | None = None
        self.undelivered: list[Undelivered] = []
        self._stopped_by = ""
        """The code of what comes after the end."""

    @property
    def stopped(self) -> bool:
        """True when nothing more is parsed."""
        return self._state == _STOPPED

    @property
    def buffered(self) -> int:
        """The memory that is held for a request that is not complete, in bytes."""
        size = len(self._buffer)
        if self._parts is not None:
            size += len(self._parts.body)
        if self._head is not None:
            size += 2 * len(self._head.data) + HEADER_COST * len(self._head.headers)
        return size

    def feed(self, data: bytes) -> list[Request]:
        """Take the bytes of one read; return the requests they complete."""
        if self._state == _STOPPED:
            self.undelivered.append(Undelivered(data, ReceivedKind.DISCARDED, self._stopped_by))
            return []
        self._buffer += data
        requests: list[Request] = []
        while (request := self._next()) is not None:
            requests.append(request)
            if not request.keep_alive:
                self.stop()
        return requests

    def stop(self, kind: str = ReceivedKind.DISCARDED, code: str = CloseCode.ANSWERED) -> None:
        """Parse nothing more; what is left becomes undelivered."""
        if rest := self.unfinished():
            self.undelivered.append(Undelivered(rest, kind, code))
        self._stopped_by = code
        self._state = _STOPPED
        self.clear()

    def unfinished(self) -> bytes:
        """What was received of a request that is not complete; of a chunked body its content."""
        if self._head is None or self._parts is None:
            return bytes(self._buffer)
        return b"".join((self._head.data, self._parts.body, self._buffer))

    def clear(self) -> None:
        """Forget what is unfinished."""
        self._buffer.clear()
        self._llhttp = self._parts = self._head = None
        self.mid_message = self.continue_wanted = False

    def refuse(self, status: int, reason: str, code: str = CloseCode.PROTOCOL_ERROR) -> None:
        """Stop, with an answer to send once all earlier requests have been answered."""
        self.stop(ReceivedKind.REFUSED, code)
        self.refusal = Refusal(status, reason, code)

    def _next(self) -> Request | None:
        """The next complete request of the buffer, if there is one."""
        while True:
            state = self._state
            if state == _HEAD:
                request = self._read_head()
                if request is not None or self._state == _HEAD:
                    return request
            elif state == _LENGTH:
                if len(self._buffer) < self._needed:
                    return None
                return self._complete(self._take(self._needed))
            elif state == _STOPPED or not self._read_chunk():
                return None
            elif self._state == _HEAD:
                assert self._parts is not None
                return self._complete(bytes(self._parts.body))

    def _take(self, size: int) -> bytes:
        data = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return data

    def _read_head(self) -> Request | None:
        buffer = self._buffer
        if not self._fed:
            if buffer.startswith(b"\r\n"):
                self._skip_empty_lines()
            self.mid_message = bool(buffer) and buffer != b"\r"  # the first half of an empty line
            if not self.mid_message:
                return None
        end = buffer.find(b"\r\n\r\n", max(0, self._fed - 3))
        stop = end + 4 if end >= 0 else len(buffer)
        complete = end >= 0
        too_long = stop > MAX_HEAD
        if too_long:  # parsed up to the limit, so that the refusal does not depend on how the bytes were split
            complete, stop = False, MAX_HEAD
        if complete and not self._fed:
            known = self._cache.recall(bytes(memoryview(buffer)[:stop]))
            if known is not None:
                del buffer[:stop]
                self.mid_message = bool(buffer)
                return known
        if self._llhttp is None or (complete and self._fed):
            self._parts = Parts(keep_headers=complete)
            self._llhttp = httptools.HttpRequestParser(self._parts)
            self._fed = 0
        assert self._parts is not None
        if not self._feed_llhttp(bytes(memoryview(buffer)[self._fed : stop])):
            return None
        self._fed = stop
        if self._parts.head_complete != complete:
            if buffer.startswith(_HTTP2_PREFACE):
                self.refuse(505, "HTTP/2 is not supported")
            else:
                self.refuse(400, "malformed request: a line does not end in CR LF")
            return None
        if too_long:
            self.refuse(431, f"request head over {MAX_HEAD // KIB} KiB")
        if not complete:
            return None
        self._fed = 0
        return self._begin(bytes(memoryview(buffer)[:stop]), self._parts, self._llhttp)

    def _skip_empty_lines(self) -> None:
        """Empty lines before a request are ignored (RFC 9112 section 2.2)."""
        size = 0
        while self._buffer.startswith(b"\r\n", size):
            size += 2
        self.undelivered.append(Undelivered(self._take(size), ReceivedKind.DISCARDED, EMPTY_LINE))

    def _feed_llhttp(self, data: bytes) -> bool:
        """Let llhttp parse `data`; False when it refuses."""
        try:
            self._llhttp.feed_data(data)
        except httptools.HttpParserUpgrade:
            assert self._parts is not None
            self._parts.upgrade = True
        except httptools.HttpParserInvalidMethodError:
            if _METHOD.match(self._buffer):
                self.refuse(501, "unknown method")
            else:
                self.refuse(400, "malformed request: it does not begin with a method")
            return False
        except httptools.HttpParserError as error:
            self.refuse(400, f"malformed request: {str(error)[:1].lower()}{str(error)[1:]}")
            return False
        assert self._parts is not None
        if self._parts.header_count > MAX_HEADERS:
            self.refuse(431, f"more than {MAX_HEADERS} headers")
            return False
        return True

    def _begin(self, head: bytes, parts: Parts, llhttp: Any) -> Request | None:
        """The head is complete: check it, and find out which body follows."""
        method, version = llhttp.get_method().decode("ascii"), llhttp.get_http_version()
        headers = tuple(
            [(name.decode("latin-1").lower(), value.decode("latin-1").rstrip(" \t")) for name, value in parts.headers]
        )
        fields: dict[str, list[str]] = {}
        for name, value in headers:
            fields.setdefault(name, []).append(value)
        tokens = {token.strip().lower() for value in fields.get("connection", ()) for token in value.split(",")}
        keep_alive = "close" not in tokens if version == "1.1" else "keep-alive" in tokens and "close" not in tokens
        length = int(fields.get("content-length", ["0"])[0])
        codings = [value.lower() for value in fields.get("transfer-encoding", ())]
        chunked = bool(codings)
        hosts = fields.get("host", [])
        expect = ", ".join(fields.get("expect", ())).lower()
        max_message = self._limits.max_message
        if version not in ("1.0", "1.1"):
            self.refuse(505, f"HTTP version {version} is not supported")
        elif not _REQUEST_LINE.match(head):
            self.refuse(400, "malformed request: the first line is not METHOD TARGET VERSION")
        elif len(hosts) > 1 or (version == "1.1" and not hosts):
            self.refuse(400, "malformed request: not exactly one Host header")
        elif hosts and not _HOST.fullmatch(hosts[0]):
            self.refuse(400, "malformed request: Host is not HOST or HOST:PORT")
        elif parts.url.startswith(b"*") and (method != "OPTIONS" or parts.url != b"*"):
            self.refuse(400, "malformed request: only OPTIONS may have the target *")
        elif (absolute := _ABSOLUTE.match(parts.url)) and not _is_host(absolute[1]):
            self.refuse(400, "malformed request: the host in the target is not HOST or HOST:PORT")
        elif method == "CONNECT":
            self.refuse(501, "this is not a proxy")
        elif codings and codings != ["chunked"]:
            self.refuse(501, "the only transfer coding that is supported is chunked")
        elif chunked and (version == "1.0" or parts.upgrade):
            self.refuse(400, "malformed request: a chunked body where there can be none")
        elif length > max_message:
            self.refuse(413, f"request body over {max_message} bytes")
        elif expect and version == "1.1" and expect != "100-continue":
            self.refuse(417, "unknown expectation")
        else:
            del self._buffer[: len(head)]
            plain = keep_alive and version == "1.1" and method != "HEAD"
            target = parts.url.decode("latin-1")
            parts.headers.clear()
            parts.header_count, parts.keep_headers = 0, False
            self._head = Request(method, target, version, headers, b"", head, keep_alive, plain)
            self._needed = length
            if not (length or chunked):
                if keep_alive and not expect:
                    self._cache.remember(self._head)
                return self._complete(b"")
            self._state = _CHUNK_LINE if chunked else _LENGTH
            self.mid_message = True
            if expect and version == "1.1" and len(self._buffer) < (self._needed or 1):
                self.continue_wanted = True
        return None

    def _read_chunk(self) -> bool:
        """Let llhttp parse the next part of a chunked body (RFC 9112 section 7.1); False where it is not complete yet."""
        if self._state == _CHUNK:
            size = self._needed
            if len(self._buffer) < size:
                return False
        else:
            size = self._buffer.find(b"\n") + 1
            longest = MAX_CHUNK_LINE if self._state == _CHUNK_LINE else self._needed
            if size > longest or (not size and len(self._buffer) > longest):
                self.refuse(400, "malformed request: a chunk line is too long")
                return False
            if not size:
                return False
        part = bytes(memoryview(self._buffer)[:size])
        if self._state == _CHUNK and not part.endswith(b"\r\n"):
            self.refuse(400, "malformed request: a chunk does not end where its size says")
            return False
        if not self._feed_llhttp(part):
            return False
        assert self._parts is not None
        if self._state == _CHUNK:
            self._state = _CHUNK_LINE
        elif self._state == _CHUNK_LINE:
            digits = _CHUNK_SIZE.match(part)
            if digits is None:
                self.refuse(400, "malformed request: a chunk has no size")
                return False
            length = int(digits[0], 16)
            self._parts.length += length
            if self._parts.length > self._limits.max_message:
                self.refuse(413, f"request body over {self._limits.max_message} bytes")
                return False
            self._state, self._needed = (_CHUNK, length + 2) if length else (_TRAILERS, MAX_HEAD)
        else:
            self._needed -= size
            if part == b"\r\n":
                if not self._parts.complete:
                    self.refuse(400, "malformed request: the chunked body does not end")
                    return False
                self._state = _HEAD
        del self._buffer[:size]
        return True

    def _complete(self, body: bytes) -> Request:
        head = self._head
        assert head is not None
        self._llhttp = self._parts = self._head = None
        self.continue_wanted = False
        self._state = _HEAD
        self.mid_message = bool(self._buffer)
        if not body:
            return head
        return msgspec.structs.replace(head, body=body, data=head.data + body)


def _is_host(authority: bytes) -> bool:
    """Whether a URL may have this host: it is not empty, and has no user information (RFC 9110 sections 4.2.1 and 4.2.4)."""
    return bool(authority) and authority[:1] != b":" and _HOST.fullmatch(authority.decode("latin-1")) is not None
