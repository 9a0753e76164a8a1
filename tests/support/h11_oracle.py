"""What h11 makes of the bytes of a client: a second opinion on where requests begin and end.

Rules of this file:
- h11 accepts more in a few ways (a bare LF ends a line, folded headers): what we refuse there is our choice.
"""

from __future__ import annotations

from typing import NamedTuple

import h11

from tests.support.http import codes, talk
from tuiserver.core.limits import Limits
from tuiserver.protocols.http.cache import HttpCache
from tuiserver.protocols.http.messages import Request
from tuiserver.protocols.http.protocol import HttpProtocol

MAX_HEAD = 64 * 1024


class Seen(NamedTuple):
    """One request, as an implementation understood it."""

    method: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Opinion(NamedTuple):
    """The complete requests, and whether what follows them was refused. `last`: nothing is served after these requests."""

    requests: list[Seen]
    refused: bool
    last: bool


def seen(request: Request) -> Seen:
    """One of our requests."""
    return seen_as(request.method, request.target, request.version, request.headers, request.body)


def seen_as(method: str, target: str, version: str, headers: tuple[tuple[str, str], ...], body: bytes) -> Seen:
    """A request without what means the same: h11 writes transfer codings in lower case."""
    pairs = tuple((name, value.lower() if name == "transfer-encoding" else value) for name, value in headers)
    return Seen(method, target, version, pairs, body)


def opinion(data: bytes) -> Opinion:
    """Feed all of `data` to a server of h11, which answers each request. Empty lines before a request are left out."""
    requests: list[Seen] = []
    while True:
        while data.startswith(b"\r\n"):
            data = data[2:]
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        connection.receive_data(data)
        try:
            request = _request(connection)
        except h11.RemoteProtocolError:
            return Opinion(requests, True, False)
        if request is None:
            return Opinion(requests, False, False)
        requests.append(request)
        if connection.states[h11.CLIENT] is not h11.DONE:
            return Opinion(requests, False, True)
        data = connection.trailing_data[0]


def _request(connection: h11.Connection) -> Seen | None:
    """The request that `connection` has received; None if it is not complete."""
    head: h11.Request | None = None
    body = b""
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            assert head is not None
            headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers)
            connection.send(h11.Response(status_code=404, headers=[("Content-Length", "0")]))
            connection.send(h11.EndOfMessage())
            return seen_as(
                *(each.decode("latin-1") for each in (head.method, head.target, head.http_version)), headers, body
            )
        else:
            return None


def disagreement(data: bytes) -> str:
    """How our parser and h11 differ about `data`, in words; empty if they find the same requests, or one of them refuses.

    Also where we serve what h11 refuses: whoever is in front of us may have taken it for something else.
    """
    http = HttpProtocol(HttpCache("9.9"), Limits())
    requests, out = talk(http, [data])
    ours, theirs = [*map(seen, requests)], opinion(data)
    common = min(len(ours), len(theirs.requests))
    if ours[:common] != theirs.requests[:common]:
        return f"we: {ours[:common]}, h11: {theirs.requests[:common]}"
    if len(ours) > common and not theirs.last:
        return f"h11 {'refuses' if theirs.refused else 'does not complete'} {ours[common]}"
    refused = any(code >= 400 for code in codes(out)) or http.closing is not None
    if len(theirs.requests) > common and not refused:
        return f"we do not complete {theirs.requests[common]}"
    return ""
