"""HTTP/1.1, the server side (RFC 9110, RFC 9112), for one connection.

Rules of this file:
- Responses are sent in the order of the requests.
- After an error, or a response that closes, nothing more is served.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, NoReturn

import msgspec

from tuiserver.core.codes import CloseCode
from tuiserver.core.commands import PARTS, Answer
from tuiserver.core.limits import Limits
from tuiserver.core.media_types import media_type
from tuiserver.protocols.base import Closing, LocalProtocolError, NotYet, Protocol, Successor, Undelivered
from tuiserver.protocols.http.cache import HttpCache
from tuiserver.protocols.http.messages import Request, Response, chunk, response_of
from tuiserver.protocols.http.parser import CONTINUE, RequestParser

HTTP_KEEP_ALIVE = 75.0
"""Seconds. Longer than the 60 s after which most proxies and browsers close an idle connection."""


class HttpFactory:
    """Makes the protocol objects of the HTTP connections of one server."""

    name = "http"

    def __init__(self, limits: Limits | None = None, cache: HttpCache | None = None) -> None:
        self._limits, self._cache = limits or Limits(), HttpCache() if cache is None else cache

    def create(self) -> Protocol:
        """As `Factory.create`."""
        return HttpProtocol(self._cache, self._limits)


class HttpProtocol:
    """HTTP on one connection. See `Protocol` for what is public."""

    __slots__ = (
        "_at_boundary",
        "_cache",
        "_early",
        "_in_parts",
        "_later",
        "_limits",
        "_moved",
        "_oldest",
        "_parser",
        "_peer_finished",
        "_started",
        "closing",
        "deadline",
        "needs_service",
        "pending_requests",
        "undelivered",
    )

    name = "http"
    passthrough = False
    framed = True
    request_response = True
    nouns = ("requests", "responses")
    idle_timeout = HTTP_KEEP_ALIVE
    successor: Successor | None = None

    def __init__(self, cache: HttpCache, limits: Limits) -> None:
        self._cache, self._limits = cache, limits
        self._parser = RequestParser(cache, limits)
        self.undelivered = self._parser.undelivered
        self._oldest: Request | None = None
        """The request that is answered next."""
        self._later: deque[Request] | None = None
        """Further requests that wait for their answers."""
        self._started = False
        self._at_boundary = False
        """True between requests, once the first byte has come: only then may a whole head be looked up in the cache."""
        self._peer_finished = False
        self._moved = 0
        """How many requests have moved from `_later` to `_oldest`: the position of the last of them."""
        self._early: set[int] = set()
        """The positions of requests whose answers wait for those before them."""
        self._in_parts: Request | None = None
        """The request of which the head of a response was sent whose body follows in parts."""
        self.needs_service = True
        self.deadline: float | None = limits.handshake_timeout
        self.closing: Closing | None = None
        self.pending_requests = 0

    @property
    def turn(self) -> int:
        """As `Protocol.turn`."""
        return self._moved

    @property
    def mid_message(self) -> bool:
        """As `Protocol.mid_message`."""
        return self._parser.mid_message

    @property
    def ignored(self) -> bool:
        """As `Protocol.ignored`: empty lines between requests."""
        return not (self._parser.mid_message or self._parser.stopped)

    @property
    def buffered(self) -> int:
        """As `Protocol.buffered`."""
        return self._parser.buffered

    def receive(self, data: bytes) -> Sequence[Request]:
        """As `Protocol.receive`."""
        if self._at_boundary:
            known = self._cache.heads.get(data)
            if known is not None:
                if self.pending_requests:
                    self._expect_answer_to(known[0])
                else:
                    self.pending_requests = 1
                    self._oldest = known[0]
                return known
        parser = self._parser
        was_mid_message, was_started = parser.mid_message, self._started
        requests = parser.feed(data)
        self._started = was_started or bool(requests) or not self.ignored
        for request in requests:
            self._expect_answer_to(request)
        if requests or parser.mid_message != was_mid_message or self._started != was_started:
            self.deadline = self._limits.request_timeout if parser.mid_message else 0.0
            self.needs_service = True
        if parser.mid_message or parser.refusal is not None or parser.continue_wanted or parser.undelivered:
            self.needs_service = True
        self._at_boundary = not (parser.mid_message or parser.buffered or parser.stopped)
        return requests

    def receive_eof(self) -> Sequence[Request]:
        """As `Protocol.receive_eof`."""
        self._peer_finished = True
        return ()

    def take_undelivered(self) -> Sequence[Undelivered]:
        """As `Protocol.take_undelivered`."""
        undelivered = tuple(self.undelivered)
        self.undelivered.clear()
        return undelivered

    def take_unfinished(self) -> bytes:
        """As `Protocol.take_unfinished`."""
        unfinished = self._parser.unfinished()
        self._parser.clear()
        return unfinished

    def shown(self, message: Request) -> bytes:
        """As `Protocol.shown`."""
        return message.data

    def encode(self, message: Any, now: float) -> tuple[bytes, bytes]:
        """A response to the oldest request without one; `message` is its body, or a `Response`, which may be a part of one."""
        request = self._oldest
        if request is None:
            raise LocalProtocolError("no HTTP request of this client waits for an answer")
        cache = self._cache
        data: bytes | None = None
        if request.plain and type(message) is bytes:
            if cache.second <= now < cache.next_second:
                data = cache.responses.get(message)
            if data is None:
                data = cache.plain_response(message, request, now)
        else:
            response = message if isinstance(message, Response) else response_of(message)
            if response.to is not None and response.to is not (self._in_parts or request):
                self._wait_for_turn(response, response.to, now)
            data, request = self._encode_response(response, request, now)
            if response.interim or self._in_parts:
                return data, data
        if self.pending_requests > 1:
            assert self._later is not None
            self.pending_requests -= 1
            self._oldest = self._later.popleft()
            self._moved += 1
            self._early.discard(self._moved)
            self.needs_service = True
        else:
            self.pending_requests = 0
            self._oldest = None
            if self._parser.refusal is not None or self._parser.continue_wanted:
                self.needs_service = True
            elif self._peer_finished:
                self._close()
        if not request.keep_alive:
            self._parser.stop()
            self._close()
        return data, data

    def _encode_response(self, response: Response, request: Request, now: float) -> tuple[bytes, Request]:
        """The bytes of a response, or of a part of one, and the request as it is treated from then on.

        `_in_parts` is True afterwards if more of the response has to follow.
        """
        part = response.part
        if part not in PARTS:
            raise LocalProtocolError(f"{part!r} is not a part of a response: use one of {', '.join(PARTS)}")
        if self._in_parts:
            if part not in ("chunk", "end"):
                raise LocalProtocolError("an answer in parts has begun: send a chunk, or its end")
            data = chunk(response.body, request, last=part == "end")
            if part == "chunk" and not data:
                raise LocalProtocolError("a chunk is not empty: only the end is")
            if part == "end":
                self._in_parts = None
            return data, request
        if part in ("chunk", "end"):
            raise LocalProtocolError("no answer in parts has begun: send its head first")
        data = self._cache.response(response, now, request)
        if part == "head":  # Not plain any more: bytes alone are not an answer. HTTP/1.0 knows the end by the close.
            keep_alive = request.keep_alive and request.version == "1.1"
            if request.method != "HEAD":
                self._in_parts = request
            request = self._oldest = msgspec.structs.replace(request, plain=False, keep_alive=keep_alive)
        return data, request

    def _wait_for_turn(self, response: Response, request: Request, now: float) -> NoReturn:
        """Raise `NotYet` for the answer to a request behind the oldest; `LocalProtocolError` if it can never be sent."""
        for position, later in enumerate(self._later or (), self._moved + 1):
            if later is request and position not in self._early:
                break
        else:
            raise LocalProtocolError("the request has been answered already, or is not one of this client")
        if response.part != "whole" or response.interim:
            raise LocalProtocolError("only a whole answer can wait for those to earlier requests")
        self._cache.response(response, now, request)  # what it would raise later, it raises now
        self._early.add(position)
        raise NotYet(position)

    def answer(self, answer: Answer) -> Response:
        """As `Protocol.answer`. The content type is left out where the status has no body."""
        response = Response(answer.status, answer.body, answer.headers, part=answer.part)
        if not answer.content_type or not response.has_body:
            return response
        if any(name.lower() == "content-type" for name, _ in answer.headers):
            raise LocalProtocolError("the content type is given twice")
        try:
            content_type = media_type(answer.content_type)
        except ValueError as error:
            raise LocalProtocolError(str(error)) from None
        return msgspec.structs.replace(response, headers=(("Content-Type", content_type), *answer.headers))

    def take_output(self, now: float) -> tuple[bytes, bytes]:
        """As `Protocol.take_output`: `100 Continue`, and the answer to a request that is refused."""
        data = b""
        if self._parser.continue_wanted and not self.pending_requests:  # responses come in the order of the requests
            self._parser.continue_wanted = False
            data = CONTINUE
        refusal = self._parser.refusal
        if refusal is not None and not self.pending_requests:
            self._parser.refusal = None
            self.closing = Closing(refusal.code, refusal.reason)
            data += self._cache.response(Response(refusal.status, f"{refusal.reason}\n"), now, None)
        return data, data

    def farewell(self, now: float) -> bytes:
        """As `Protocol.farewell`: HTTP has none."""
        return b""

    def on_deadline(self) -> None:
        """A request did not begin, or did not end in time (RFC 9110 section 15.5.9)."""
        if self._parser.mid_message:
            self._parser.refuse(408, "the request did not end in time", CloseCode.REQUEST_TIMEOUT)
            self._at_boundary = False
        elif not self._started:
            seconds = self._limits.handshake_timeout
            self.closing = Closing(CloseCode.HANDSHAKE_TIMEOUT, f"no request within {seconds:g} s")
        self.needs_service = True

    def _expect_answer_to(self, request: Request) -> None:
        if self.pending_requests:
            if self._later is None:
                self._later = deque()
            self._later.append(request)
            self.needs_service = True
        else:
            self._oldest = request
        self.pending_requests += 1

    def _close(self) -> None:
        self.closing = Closing(CloseCode.ANSWERED, "answered, and asked to close")
        self._at_boundary = False
        self.needs_service = True
