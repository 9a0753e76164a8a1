"""HTTP requests as bytes: whole, byte by byte, split at every offset, with a tail; and requests that are refused."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.http import CHUNKED, CLOSE, EXPECT, GET, GOOD, POST, UPGRADE, codes, protocol, talk
from tuiserver.core.codes import CloseCode
from tuiserver.core.limits import Limits
from tuiserver.protocols.http.cache import CACHE_SIZE, HEAD_COST, HEADER_COST, HttpCache
from tuiserver.protocols.http.messages import Request
from tuiserver.protocols.http.parser import MAX_CHUNK_LINE, MAX_HEAD, MAX_HEADERS, RequestParser
from tuiserver.protocols.http.protocol import HttpFactory

BAD = {
    "not http at all": (b"\x16\x03\x01\x02\x00\x01", 400),
    "unknown method": (b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    "connect": (b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    "preface of version 2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "user in the target": (b"GET http://me@x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "no host in the target": (b"GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "only a port in the target": (b"GET http://:80/a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "half an address in the target": (b"GET http://[::1/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "words for a port in the target": (b"GET http://a:b/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a host as the target": (b"GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a word as the target": (b"GET lost HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a letter that is not ASCII in the target": (b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "version 2": (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    "two spaces": (b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "bare line feeds": (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    "bare line feed at the end": (b"GET / HTTP/1.1\r\nHost: x\r\n\n", 400),
    "bare carriage return": (b"GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", 400),
    "space before the colon": (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
    "folded header": (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400),
    "nul in a value": (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    "asterisk": (b"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "asterisk and more": (b"OPTIONS *x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "host list": (b"GET / HTTP/1.1\r\nHost: x,y\r\n\r\n", 400),
    "user in the host": (b"GET / HTTP/1.1\r\nHost: me@x\r\n\r\n", 400),
    "path in the host": (b"GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400),
    "space in the host": (b"GET / HTTP/1.1\r\nHost: x y\r\n\r\n", 400),
    "words for a port": (b"GET / HTTP/1.1\r\nHost: x:y\r\n\r\n", 400),
    "bad host in 1.0": (b"GET / HTTP/1.0\r\nHost: x,y\r\n\r\n", 400),
    "two hosts in 1.0": (b"GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    "gzip, chunked": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    "gzip and chunked": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        501,
    ),
    "length and chunked": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "two lengths": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
    "signed length": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na", 400),
    "length list": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na", 400),
    "gzip only": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
    "chunked twice": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "chunked then identity": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        400,
    ),
    "chunked in 1.0": (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunked upgrade": (
        b"POST / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "chunk size of words": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n", 400),
    "chunk size with a sign": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
    "chunk with a bare line feed": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
        400,
    ),
    "chunk that is longer than it says": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        400,
    ),
    "endless chunk size": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"a" * 5000,
        400,
    ),
    "huge chunk": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffff0\r\n", 413),
    "huge length": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", 413),
    "huge head": (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 70_000, 431),
    "huge target": (b"GET /" + b"a" * 70_000, 431),
    "unknown expectation": (b"GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n", 417),
}


def splits_of(data: bytes) -> list[list[bytes]]:
    """`data` in one piece, byte by byte, and in two pieces for every offset."""
    return [
        [data],
        [data[i : i + 1] for i in range(len(data))],
        *([data[:i], data[i:]] for i in range(1, len(data))),
    ]


@pytest.mark.parametrize("name", GOOD)
def test_a_request_is_the_same_however_it_is_split(name: str) -> None:
    """The request is the same in one piece, byte by byte and split at every offset, parsed and from the cache."""
    data = GOOD[name]
    (expected,), _ = talk(protocol(), [data])
    shared = HttpFactory(cache=HttpCache("9.9"))
    for pieces in splits_of(data):
        requests, _ = talk(shared.create(), pieces)
        assert requests == [expected]


@pytest.mark.parametrize("name", GOOD)
def test_a_request_is_the_same_whatever_follows(name: str) -> None:
    """Bytes that follow in the same read do not change the request; they are the next one."""
    data = GOOD[name] + CHUNKED + GET
    expected, _ = talk(protocol(), [GOOD[name]])
    after, _ = talk(protocol(), [CHUNKED, GET])
    for pieces in splits_of(data):
        http = protocol()
        assert talk(http, pieces)[0] == expected + after
        assert not http.mid_message


@pytest.mark.parametrize("name", BAD)
def test_a_malformed_request_is_refused_once(name: str) -> None:
    """It gets one answer with its status and closes the connection with a reason; nothing after it is served."""
    data, status = BAD[name]
    for pieces in (
        [data],
        [data + GET],
        [GET + data],
        [data[i : i + 1] for i in range(len(data))] if len(data) < 500 else [data[:99], data[99:]],
    ):
        http = protocol()
        requests, out = talk(http, [*pieces, GET])
        good = 1 if pieces[0].startswith(GET) else 0
        assert len(requests) == good
        assert codes(out) == [200] * good + [status]
        assert http.closing is not None
        assert b"Connection: close\r\n" in out
        assert not http.mid_message
        assert not http.receive(GET)


@pytest.mark.parametrize(
    "host", ["", "x", "x:80", "x:", "127.0.0.1:9999", "[::1]", "[::1]:9999", "a_b.example", "%41", " x\t"]
)
def test_a_host_is_a_name_or_an_address(host: str) -> None:
    """With or without a port; it may be empty (RFC 9112 section 3.2)."""
    for version in (b"1.0", b"1.1"):
        requests, _ = talk(protocol(), [b"GET / HTTP/" + version + b"\r\nHost: " + host.encode() + b"\r\n\r\n"])
        assert len(requests) == 1


@pytest.mark.parametrize("target", ["*", "/", "http://x/"])
def test_the_target_of_options(target: str) -> None:
    """It may be the whole server."""
    requests, _ = talk(protocol(), [f"OPTIONS {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()])
    assert [request.target for request in requests] == [target]


def test_an_empty_line_may_come_in_two_reads() -> None:
    """CR at the end of one read, LF at the beginning of the next."""
    http = protocol()
    assert http.receive(b"\r") == []
    assert len(http.receive(b"\n" + GET)) == 1


def test_the_parts_of_a_request() -> None:
    """Method, target, version, headers with lower-case names, the decoded body, and the head exactly as received."""
    (get,), _ = talk(protocol(), [GET])
    assert (get.method, get.target, get.version, get.body, get.data) == ("GET", "/a?b=c", "1.1", b"", GET)
    assert get.headers == (("host", "x"), ("accept", "*/*"))
    assert (get.header("Host"), get.header("absent"), get.header("absent", "-")) == ("x", "", "-")
    (put,), _ = talk(protocol(), [CHUNKED])
    assert put.body == b"hello world"
    assert put.data == CHUNKED[: CHUNKED.index(b"\r\n\r\n") + 4] + b"hello world"
    assert Request("GET", "/", "1.1", (("a", "1"), ("a", "2")), b"", b"", True).header("A") == "1, 2"


def test_empty_lines_before_a_request() -> None:
    """Line endings between requests are ignored (RFC 9112 section 2.2) and do not begin a request."""
    http = protocol()
    assert talk(http, [b"\r\n", b"\r\n"])[0] == []
    assert not http.mid_message
    assert len(talk(http, [b"\r\n" + GET + b"\r\n"])[0]) == 1
    for pieces in splits_of(b"\r\n\r\n" + GET + b"\r\n" + GET):
        assert len(talk(protocol(), pieces)[0]) == 2


def test_half_an_empty_line_is_not_skipped() -> None:
    """A carriage return without its line feed is refused, and a cached request after it is not served."""
    http = protocol()
    talk(http, [GET])
    requests, out = talk(http, [b"\r", GET])
    assert requests == []
    assert codes(out) == [400]


def test_the_size_of_a_body_is_limited() -> None:
    """A body may have `max_message` bytes and not one more, with a length or chunked."""
    exact = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n" + b"a" * 10
    assert len(talk(protocol(max_message=10), [exact])[0]) == 1
    assert codes(talk(protocol(max_message=9), [exact])[1]) == [413]
    chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 10
    assert len(talk(protocol(max_message=10), [chunked + b"0\r\n\r\n"])[0]) == 1
    assert codes(talk(protocol(max_message=9), [chunked])[1]) == [413]


CHUNKED_HEAD = b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("size", [b"1f", b"1F", b"0001f", b"1f;name=value"])
def test_chunk_sizes_are_hexadecimal(size: bytes) -> None:
    """In upper or lower case, with leading zeros, followed by extensions."""
    data = CHUNKED_HEAD + size + b"\r\n" + b"a" * 31 + b"\r\n0\r\n\r\n"
    for pieces in ([data], [data[i : i + 1] for i in range(len(data))]):
        requests, out = talk(protocol(), [*pieces, GET])
        assert [request.body for request in requests] == [b"a" * 31, b""]
        assert b" 400 " not in out


@pytest.mark.parametrize(("extra", "status"), [(0, 200), (1, 400)])
def test_chunk_lines_are_limited(extra: int, status: int) -> None:
    """`MAX_CHUNK_LINE` bytes with the line ending, in one read or while the line is incomplete."""
    line = b"1;" + b"a" * (MAX_CHUNK_LINE - 4 + extra) + b"\r\n"
    data = CHUNKED_HEAD + line + b"x\r\n0\r\n\r\n"
    for pieces in ([data], [data[:1000], data[1000:]], [CHUNKED_HEAD, line[:-1], line[-1:] + b"x\r\n0\r\n\r\n"]):
        assert codes(talk(protocol(), pieces)[1]) == [status]


@pytest.mark.parametrize(("extra", "status"), [(0, 200), (1, 400)])
def test_trailers_are_limited(extra: int, status: int) -> None:
    """`MAX_HEAD` bytes, in one line or several."""
    for count in (1, 4):
        size = (MAX_HEAD - 2) // count
        lines = [b"T: " + b"a" * (size - 5) + b"\r\n" for _ in range(count)]
        lines[-1] = b"T: " + b"a" * (MAX_HEAD - 2 - size * (count - 1) - 5 + extra) + b"\r\n"
        data = CHUNKED_HEAD + b"0\r\n" + b"".join(lines) + b"\r\n"
        assert codes(talk(protocol(), [data])[1]) == [status]
        assert codes(talk(protocol(), [data[:-1], data[-1:]])[1]) == [status]


def test_a_refusal_closes_as_a_protocol_error() -> None:
    """The reason is that of the answer."""
    http = protocol()
    _, out = talk(http, [CHUNKED_HEAD + b"zz\r\n"])
    assert http.closing is not None
    assert http.closing.code == CloseCode.PROTOCOL_ERROR
    assert out.endswith(f"\r\n\r\n{http.closing.reason}\n".encode())


def test_the_cache_of_heads_is_bounded() -> None:
    """After thousands of different heads the cache is bounded, and a head that is used among them is still cached."""
    cache = HttpCache("9.9")
    http = HttpFactory(cache=cache)
    for number in range(2 * (CACHE_SIZE // HEAD_COST)):
        connection = http.create()
        assert len(connection.receive(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number)) == 1
        if number % 100 == 0:
            talk(http.create(), [GET])
    assert len(cache) <= 2 * (CACHE_SIZE // HEAD_COST)
    assert GET in cache


def test_the_cache_is_used_only_where_a_request_begins() -> None:
    """Bytes that equal a cached request are part of the body within a body, and nothing after the last request."""
    cache = HttpCache("9.9")
    http = HttpFactory(cache=cache)
    talk(http.create(), [GET])
    assert GET in cache
    connection = http.create()
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(GET)
    assert connection.receive(head) == []
    (post,) = connection.receive(GET)
    assert post.body == GET
    connection = http.create()
    connection.receive(GET[:5])
    assert connection.receive(GET) == []
    connection = http.create()
    connection.receive(CLOSE)
    assert not connection.receive(GET)


def test_requests_that_are_not_cached() -> None:
    """Requests that close, have a body, or expect `100 Continue`, and those with long heads, are parsed each time."""
    cache = HttpCache("9.9")
    http = HttpFactory(cache=cache)
    long = b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 3000 + b"\r\n\r\n"
    for data in (CLOSE, POST, CHUNKED, EXPECT, UPGRADE, long):
        talk(http.create(), [data])
    assert len(cache) == 0


PARTS = st.sampled_from(
    [*GOOD.values(), CLOSE, b"\r\n", b"GET / HT", b"0\r\n\r\n", b"\x00\xff", *(d for d, _ in BAD.values())]
)


@pytest.mark.parametrize("size", [pytest.param(1, marks=pytest.mark.slow), 2, 1000])
def test_an_unfinished_body_takes_its_size_in_memory(size: int) -> None:
    """A chunked body that is not complete takes little more than its size, however small its chunks are."""
    parser = RequestParser(HttpCache(), Limits())
    chunks = b"%x\r\n%s\r\n" % (size, b"x" * size) * (1000 // size)
    tracemalloc.start()
    try:
        assert parser.feed(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n") == []
        for _ in range(100):
            assert parser.feed(chunks) == []
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 100_000 <= taken <= 140_000
    (request,) = parser.feed(b"0\r\n\r\n")
    assert request.body == b"x" * 100_000
    assert request.data.endswith(b"\r\n\r\n" + request.body)


def test_an_unfinished_head_takes_its_size_in_memory() -> None:
    """However short its headers are; and `buffered` says so."""
    parser = RequestParser(HttpCache(), Limits())
    head = b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * (MAX_HEADERS - 1)
    parser.feed(head[:20])
    tracemalloc.start()
    try:
        assert parser.feed(head[20:]) == []
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(head) - 20 <= taken <= 1.5 * len(head) + 500
    assert parser.buffered == len(head)
    (request,) = parser.feed(b"\r\n")
    assert request.headers == (("host", "x"), *[("a", "b")] * (MAX_HEADERS - 1))
    assert parser.buffered == 0


def test_the_head_of_an_unfinished_body_counts_as_buffered() -> None:
    """Its headers take more memory than its bytes."""
    parser = RequestParser(HttpCache(), Limits())
    assert (
        parser.feed(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n" + b"a: b\r\n" * 100 + b"\r\n12345678") == []
    )
    assert parser.buffered > 102 * HEADER_COST


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * MAX_HEADERS + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        + b"a: b\r\n" * (MAX_HEADERS + 1)
        + b"\r\n",
    ],
    ids=["headers", "trailers"],
)
def test_too_many_headers_are_refused(data: bytes) -> None:
    """Headers and trailers are limited in number, in one piece or byte by byte: in memory they take forty times their size."""
    whole = talk(protocol(), [data])
    assert whole == talk(protocol(), [data[position : position + 1] for position in range(len(data))])
    assert whole[0] == []
    assert whole[1].startswith(b"HTTP/1.1 431")


@settings(max_examples=150, deadline=None)
@given(st.lists(PARTS, max_size=5).map(b"".join), st.data())
def test_splits_never_change_the_result(data: bytes, choose: st.DataObject) -> None:
    """Any mixture of valid and malformed requests, split anywhere, gives the same requests and the same answers."""
    whole = talk(protocol(), [data])
    cuts = sorted(choose.draw(st.lists(st.integers(0, len(data)), max_size=8)))
    pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    requests, out = talk(protocol(), [piece for piece in pieces if piece])
    assert requests == whole[0]
    assert out.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"") == whole[1].replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"")


@pytest.mark.parametrize(
    ("start", "status"), [(b"\x00\xff", b"400"), (b"FETCH / HTTP/1.1\r\n", b"501"), (b"GET / HTTP/1.1\r\n", b"431")]
)
@pytest.mark.parametrize("tail", [b"", b"\r\n\r\n"])
def test_a_long_head_is_refused_for_its_first_error(start: bytes, status: bytes, tail: bytes) -> None:
    """An error at the start of a head of more than 64 KiB decides its status, in one piece or several."""
    data = start + b"A: " + b"a" * 70_000 + tail
    whole = talk(protocol(), [data])
    assert whole == talk(protocol(), [data[:1], data[1:40], data[40:]])
    assert whole[1].startswith(b"HTTP/1.1 " + status)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=10))
def test_arbitrary_bytes_never_raise(pieces: list[bytes]) -> None:
    """There is no exception, at most one refusal, and nothing after it."""
    http = protocol()
    _, out = talk(http, pieces)
    assert len([code for code in codes(out) if code >= 400]) <= 1
