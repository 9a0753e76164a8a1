"""HTTP/1.1, the server's side (RFC 9110, RFC 9112), over llhttp through httptools.

Rules of this file:
- llhttp reads every byte of a head and of a chunked body, strictly. We find where each ends, so that the head is kept as
  it came and the next request begins exactly there; where llhttp and we disagree, the request is refused.
- A head seen before, byte for byte, is not read again. Nothing is known but what passed in full, and what is known is bounded.
- Answers go out in the order of the requests. After an error, or an answer that closes, nothing more is served.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from typing import Any

import httptools
import msgspec

from tuiserver.protocols.base import LocalProtocolError
from tuiserver.protocols.http.messages import Request, Response, imf_date, response_of, word

__all__ = ["Http", "HttpProtocol", "Request", "Response"]

MAX_HEAD = 64 * 1024
"""Bytes of a request head, and of the trailers of a chunked body: eight times what browsers send at worst."""
MAX_CHUNK_LINE = 4096
"""Bytes of a chunk's size line; only extensions, which we ignore, can make it long."""
KNOWN_HEADS = 1024
"""Heads remembered per generation; there are two."""
KNOWN_HEAD_SIZE = 2048
"""A longer head is not remembered."""
KNOWN_ANSWERS = 64
KNOWN_ANSWER_SIZE = 4096
"""Answers remembered within a second, and the longest body of one."""

_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}(?=[;\r \t])")
_METHOD = re.compile(rb"[A-Z]+(?: |$)")
_REQUEST_LINE = re.compile(rb"[A-Z-]+ [^\s]+ HTTP/\d\.\d\r\n")
_HEAD, _LENGTH, _CHUNK_LINE, _CHUNK, _TRAILERS, _OVER = range(6)


class Http:
    """What the HTTP connections of one server share: limits, and what is known already."""

    def __init__(self, version: str, max_message: int = 10 * 1024 * 1024, max_head: int = MAX_HEAD) -> None:
        self.max_message, self.max_head = max_message, max_head
        self.known: dict[bytes, tuple[Request]] = {}
        self.answers: dict[bytes, bytes] = {}
        self.second = self.next_second = -1
        self._older: dict[bytes, tuple[Request]] = {}
        self._server = f"tuiserver/{version}"
        self._date = ""

    def connection(self) -> HttpProtocol:
        """The protocol of one more connection."""
        return HttpProtocol(self)

    def recall(self, head: bytes) -> tuple[Request] | None:
        """The request of a head seen before. One in use moves on to the next generation; the others are forgotten."""
        found = self.known.get(head)
        if found is None:
            found = self._older.get(head)
            if found is not None:
                self.remember(found[0])
        return found

    def remember(self, request: Request) -> None:
        """Know this head, of a request without a body, from now on."""
        if len(request.data) > KNOWN_HEAD_SIZE:
            return
        if len(self.known) >= KNOWN_HEADS:
            self._older = dict(self.known)
            self.known.clear()
        self.known[request.data] = (request,)

    def answer(self, response: Response, now: float, request: Request | None) -> bytes:
        """A whole response to `request`; None is for a request that could not be read. Raises `LocalProtocolError`."""
        self.tick(now)
        return word(response, request, self._date, self._server)

    def tick(self, now: float) -> None:
        """Keep the date of answers right: what was made in another second is forgotten."""
        second = int(now)
        if second != self.second:
            self.second, self.next_second = second, second + 1
            self.answers.clear()
            self._date = imf_date(second)


class HttpProtocol:
    """HTTP on one connection."""

    __slots__ = (
        "_buffer",
        "_ended",
        "_fed",
        "_head",
        "_http",
        "_later",
        "_need",
        "_oldest",
        "_parser",
        "_reading",
        "_refusal",
        "_stage",
        "_words",
        "closing",
        "failure",
        "mid_message",
        "needs_service",
        "pending_requests",
    )

    name = "http"

    def __init__(self, http: Http) -> None:
        self._http = http
        self._buffer = bytearray()
        self._stage = _HEAD
        self._need = self._fed = 0
        self._parser: Any = None
        self._reading: _Reading | None = None
        self._head: Request | None = None
        self._oldest: Request | None = None
        self._later: deque[Request] | None = None
        self._words = b""
        self._refusal: tuple[Response, str] | None = None
        self._ended = False
        self.needs_service = self.closing = self.mid_message = False
        self.failure = ""
        self.pending_requests = 0

    def receive(self, data: bytes) -> Sequence[Request]:
        """As `Protocol.receive`."""
        if not self.mid_message and self._stage == _HEAD:
            known = self._http.known.get(data)
            if known is not None:
                if self.pending_requests:
                    self._ask(known[0])
                else:
                    self.pending_requests = 1
                    self._oldest = known[0]
                return known
        if self._stage == _OVER:
            return ()
        before = self.mid_message
        self._buffer += data
        requests: list[Request] = []
        while (request := self._next()) is not None:
            self._ask(request)
            requests.append(request)
        if self.mid_message != before or requests:
            self.needs_service = True
        return requests

    def data(self, message: Request) -> bytes:
        """As `Protocol.data`."""
        return message.data

    def encode(self, message: Any, now: float) -> bytes:
        """A response to the oldest request that waits; `message` is its body, or a `Response`."""
        http = self._http
        request = self._oldest
        if request is None:
            raise LocalProtocolError("no HTTP request of this client waits for an answer")
        data = None
        if request.plain and type(message) is bytes:
            if http.second <= now < http.next_second:
                data = http.answers.get(message)
            if data is None:
                data = http.answer(Response(200, message), now, request)
                if len(message) <= KNOWN_ANSWER_SIZE and len(http.answers) < KNOWN_ANSWERS:
                    http.answers[message] = data
        else:
            data = http.answer(message if isinstance(message, Response) else response_of(message), now, request)
        if self.pending_requests > 1:
            assert self._later is not None
            self.pending_requests -= 1
            self._oldest = self._later.popleft()
            self.needs_service = True
        else:
            self.pending_requests = 0
            self._oldest = None
            if self._ended or self._refusal is not None:
                self.closing = self._refusal is None
                self.needs_service = True
        if not request.keep_alive:
            self._stage = _OVER
            self.closing = self.needs_service = True
        return data

    def take_answer(self, now: float) -> bytes:
        """As `Protocol.take_answer`."""
        words, self._words = self._words, b""
        if self._refusal is not None and not self.pending_requests:
            (response, self.failure), self._refusal = self._refusal, None
            words += self._http.answer(response, now, None)
        return words

    def end(self) -> bool:
        """As `Protocol.end`."""
        self._ended = True
        return not self.pending_requests

    def timeout(self) -> None:
        """The rest of a request did not come in time (RFC 9110 section 15.5.9)."""
        self._refuse(408, "the request did not end in time")

    def _ask(self, request: Request) -> None:
        if self.pending_requests:
            if self._later is None:
                self._later = deque()
            self._later.append(request)
            self.needs_service = True
        else:
            self._oldest = request
        self.pending_requests += 1
        if not request.keep_alive:
            self._stage = _OVER
            self.mid_message = False
            self._buffer.clear()

    def _refuse(self, status: int, reason: str) -> None:
        self._stage = _OVER
        self._buffer.clear()
        self._parser = self._reading = self._head = None
        self.mid_message = False
        self._refusal = (Response(status, f"{reason}\n"), reason)
        self.needs_service = True

    def _next(self) -> Request | None:
        """The next whole request of the buffer, if there is one."""
        while True:
            stage = self._stage
            if stage == _HEAD:
                request = self._read_head()
                if request is not None or self._stage == _HEAD:
                    return request
            elif stage == _LENGTH:
                if len(self._buffer) < self._need:
                    return None
                return self._complete(self._take(self._need))
            elif stage == _OVER or not self._read_chunk():
                return None
            elif self._stage == _HEAD:
                assert self._reading is not None
                return self._complete(b"".join(self._reading.body))

    def _take(self, size: int) -> bytes:
        data = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return data

    def _read_head(self) -> Request | None:
        buffer = self._buffer
        if not self._fed:
            while buffer.startswith(b"\r\n"):  # empty lines before a request are ignored (RFC 9112 section 2.2)
                del buffer[:2]
            self.mid_message = bool(buffer)
            if not buffer:
                return None
        end = buffer.find(b"\r\n\r\n", max(0, self._fed - 3))
        stop = end + 4 if end >= 0 else len(buffer)
        whole, most = end >= 0, self._http.max_head
        too_long = stop > most
        if too_long:  # what is wrong before the limit is found all the same, however the bytes came
            whole, stop = False, most
        if whole and not self._fed:
            known = self._http.recall(bytes(memoryview(buffer)[:stop]))
            if known is not None:
                del buffer[:stop]
                self.mid_message = bool(buffer)
                return known[0]
        if self._parser is None:
            self._reading = _Reading()
            self._parser = httptools.HttpRequestParser(self._reading)
        assert self._reading is not None
        if not self._feed(bytes(memoryview(buffer)[self._fed : stop])):
            return None
        self._fed = stop
        if self._reading.head_complete != whole:
            self._refuse(400, "malformed request: a line does not end in CR LF")
            return None
        if too_long:
            self._refuse(431, f"request head over {most // 1024} KiB")
        if not whole:
            return None
        self._fed = 0
        return self._begin(self._take(stop), self._reading, self._parser)

    def _feed(self, data: bytes) -> bool:
        """Let llhttp read `data`; False when it refuses."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            assert self._reading is not None
            self._reading.upgrade = True
        except httptools.HttpParserInvalidMethodError:
            if _METHOD.match(self._buffer):
                self._refuse(501, "unknown method")
            else:
                self._refuse(400, "malformed request: it does not begin with a method")
            return False
        except httptools.HttpParserError as error:
            self._refuse(400, f"malformed request: {str(error)[:1].lower()}{str(error)[1:]}")
            return False
        return True

    def _begin(self, head: bytes, reading: _Reading, parser: Any) -> Request | None:
        """The head is whole: find out what follows."""
        method, version = parser.get_method().decode("ascii"), parser.get_http_version()
        headers = tuple([(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in reading.headers])
        fields: dict[str, list[str]] = {}
        for name, value in headers:
            fields.setdefault(name, []).append(value)
        tokens = {token.strip().lower() for value in fields.get("connection", ()) for token in value.split(",")}
        keep_alive = "close" not in tokens if version == "1.1" else "keep-alive" in tokens and "close" not in tokens
        length = int(fields.get("content-length", ["0"])[0])
        chunked = "transfer-encoding" in fields
        expect = ", ".join(fields.get("expect", ())).lower()
        if version not in ("1.0", "1.1"):
            self._refuse(505, f"HTTP version {version} is not spoken here")
        elif not _REQUEST_LINE.match(head):
            self._refuse(400, "malformed request: the first line is not METHOD TARGET VERSION")
        elif version == "1.1" and len(fields.get("host", ())) != 1:
            self._refuse(400, "malformed request: not exactly one Host header")
        elif method == "CONNECT":
            self._refuse(501, "this is not a proxy")
        elif chunked and (version == "1.0" or reading.upgrade):
            self._refuse(400, "malformed request: a chunked body where there can be none")
        elif length > self._http.max_message:
            self._refuse(413, f"request body over {self._http.max_message} bytes")
        elif expect and version == "1.1" and expect != "100-continue":
            self._refuse(417, "unknown expectation")
        else:
            plain = keep_alive and version == "1.1" and method != "HEAD"
            target = reading.url.decode("latin-1")
            self._head = Request(method, target, version, headers, b"", head, keep_alive, plain)
            self._need = length
            if not (length or chunked):
                if keep_alive and not expect:
                    self._http.remember(self._head)
                return self._complete(b"")
            self._stage = _CHUNK_LINE if chunked else _LENGTH
            self.mid_message = True
            if expect and version == "1.1" and len(self._buffer) < (self._need or 1):
                self._words += b"HTTP/1.1 100 Continue\r\n\r\n"
                self.needs_service = True
        return None

    def _read_chunk(self) -> bool:
        """Let llhttp read the next part of a chunked body (RFC 9112 section 7.1), if it is here in full."""
        if self._stage == _CHUNK:
            size = self._need
            if len(self._buffer) < size:
                return False
        else:
            size = self._buffer.find(b"\n") + 1
            longest = MAX_CHUNK_LINE if self._stage == _CHUNK_LINE else self._need
            if size > longest or (not size and len(self._buffer) > longest):
                self._refuse(400, "malformed request: a chunk line is too long")
                return False
            if not size:
                return False
        part = self._take(size)
        if not self._feed(part):
            return False
        assert self._reading is not None
        if self._stage == _CHUNK:
            self._stage = _CHUNK_LINE
        elif self._stage == _CHUNK_LINE:
            digits = _CHUNK_SIZE.match(part)
            if digits is None:
                self._refuse(400, "malformed request: a chunk has no size")
                return False
            length = int(digits[0], 16)
            self._reading.length += length
            if self._reading.length > self._http.max_message:
                self._refuse(413, f"request body over {self._http.max_message} bytes")
                return False
            self._stage, self._need = (_CHUNK, length + 2) if length else (_TRAILERS, self._http.max_head)
        else:
            self._need -= size
            if part == b"\r\n":
                if not self._reading.complete:
                    self._refuse(400, "malformed request: the chunked body does not end")
                    return False
                self._stage = _HEAD
        return True

    def _complete(self, body: bytes) -> Request:
        head = self._head
        assert head is not None
        self._parser = self._reading = self._head = None
        self._stage = _HEAD
        self.mid_message = bool(self._buffer)
        if not body:
            return head
        return msgspec.structs.replace(head, body=body, data=head.data + body)


class _Reading:
    """What llhttp tells of one request."""

    __slots__ = ("body", "complete", "head_complete", "headers", "length", "upgrade", "url")

    def __init__(self) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body: list[bytes] = []
        self.length = 0
        self.head_complete = self.complete = self.upgrade = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.head_complete = True

    def on_body(self, body: bytes) -> None:
        self.body.append(body)

    def on_message_complete(self) -> None:
        self.complete = True
