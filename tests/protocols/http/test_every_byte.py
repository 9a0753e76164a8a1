"""Every byte of an HTTP connection is in a request, or in what is undelivered or unfinished."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.http import CLOSE, GET, POST, protocol
from tuiserver.core.codes import EMPTY_LINE, CloseCode, ReceivedKind
from tuiserver.protocols.base import Undelivered
from tuiserver.protocols.http.protocol import HttpProtocol

CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
REFUSED = [
    b"GET / HTTP/1.1\nHost: x\n\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nbody",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 70_000,
    b"\x16\x03\x01",
]


def shown(http: HttpProtocol, pieces: list[bytes]) -> bytes:
    """All that views show of these reads, and of the end."""
    out = b""
    for piece in pieces:
        out += b"".join(http.shown(request) for request in http.receive(piece))
        out += b"".join(each.data for each in http.take_undelivered())
    return out + http.take_unfinished()


@pytest.mark.parametrize("wire", REFUSED)
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_what_is_refused_is_undelivered(wire: bytes, step: int) -> None:
    """With the code with which the connection closes, however the bytes are split."""
    http = protocol()
    assert shown(http, [wire[start : start + step] for start in range(0, len(wire), step)]) == wire
    http = protocol()
    http.receive(wire)
    assert list(http.take_undelivered()) == [Undelivered(wire, ReceivedKind.REFUSED, CloseCode.PROTOCOL_ERROR)]


def test_what_follows_the_last_request_is_discarded() -> None:
    """Behind `Connection: close` nothing is served: neither what came with it nor what comes later."""
    http = protocol()
    assert len(http.receive(CLOSE + GET)) == 1
    http.receive(b"more")
    kinds = [(each.data, each.kind, each.code) for each in http.take_undelivered()]
    assert kinds == [
        (GET, ReceivedKind.DISCARDED, CloseCode.ANSWERED),
        (b"more", ReceivedKind.DISCARDED, CloseCode.ANSWERED),
    ]


def test_empty_lines_before_a_request_are_discarded() -> None:
    """As one piece, so that many of them cost little."""
    http = protocol()
    assert len(http.receive(b"\r\n" * 3 + GET)) == 1
    assert list(http.take_undelivered()) == [Undelivered(b"\r\n" * 3, ReceivedKind.DISCARDED, EMPTY_LINE)]


@pytest.mark.parametrize(
    ("wire", "unfinished"),
    [
        (GET[:9], GET[:9]),
        (POST[:-2], POST[:-2]),
        (CHUNKED + b"3\r\nabc\r\n4\r\nde", CHUNKED + b"abc" + b"de"),
    ],
)
def test_what_does_not_end_is_unfinished(wire: bytes, unfinished: bytes) -> None:
    """A head, a body, and the content of a chunked body; it is taken once."""
    http = protocol()
    http.receive(wire)
    assert (http.take_unfinished(), http.take_unfinished()) == (unfinished, b"")


def test_a_request_that_takes_too_long_is_refused_with_its_bytes() -> None:
    """With the code of the timeout."""
    http = protocol()
    http.receive(GET[:9])
    http.on_deadline()
    assert list(http.take_undelivered()) == [Undelivered(GET[:9], ReceivedKind.REFUSED, CloseCode.REQUEST_TIMEOUT)]


@given(st.lists(st.sampled_from([GET, POST, CLOSE, b"\r\n", *REFUSED[:4], GET[:7]]), max_size=5), st.integers(1, 90))
def test_every_byte_is_shown_once(parts: list[bytes], step: int) -> None:
    """Whatever comes, in whatever pieces; only empty lines may be shown behind the requests that follow them."""
    wire = b"".join(parts)
    out = shown(protocol(), [wire[start : start + step] for start in range(0, len(wire), step)])
    assert sorted(out) == sorted(wire)
