"""HTTP/1.1 as bytes: every message whole, byte by byte, split at every offset, and with a tail; and what must be refused."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiserver.core.limits import Limits
from tuiserver.protocols.base import LocalProtocolError
from tuiserver.protocols.http.cache import CACHED_HEADS, HttpCache
from tuiserver.protocols.http.messages import Request, Response
from tuiserver.protocols.http.protocol import HttpFactory, HttpProtocol

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
GOOD = {"get": GET, "post": POST, "chunked": CHUNKED, "old": OLD, "upgrade": UPGRADE, "head": HEAD, "expect": EXPECT}

CLOSE = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

BAD = {
    "not http at all": (b"\x16\x03\x01\x02\x00\x01", 400),
    "unknown method": (b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    "connect": (b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 501),
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


def ways(data: bytes) -> list[list[bytes]]:
    """`data` whole, byte by byte, and split in two at every offset."""
    return [
        [data],
        [data[i : i + 1] for i in range(len(data))],
        *([data[:i], data[i:]] for i in range(1, len(data))),
    ]


def codes(out: bytes) -> list[int]:
    """The status codes of what went out; bodies in these tests hold no status line."""
    return [int(line.split(b" ")[1]) for line in out.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


@pytest.mark.parametrize("name", GOOD)
def test_however_it_is_split(name):
    """The same request comes out whole, byte by byte, split at every offset, first time and from memory."""
    data = GOOD[name]
    (expected,), _ = talk(protocol(), [data])
    shared = HttpFactory(cache=HttpCache("9.9"))
    for pieces in ways(data):
        requests, _ = talk(shared.create(), pieces)
        assert requests == [expected]


@pytest.mark.parametrize("name", GOOD)
def test_with_a_tail(name):
    """Whatever follows in the same bytes, however split, does not change the request, and is the next one."""
    data = GOOD[name] + CHUNKED + GET
    expected, _ = talk(protocol(), [GOOD[name]])
    after, _ = talk(protocol(), [CHUNKED, GET])
    for pieces in ways(data):
        http = protocol()
        assert talk(http, pieces)[0] == expected + after
        assert not http.mid_message


@pytest.mark.parametrize("name", BAD)
def test_refuses_once(name):
    """Each malformed request gets exactly one answer, its status, a reason, and nothing after it is served."""
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


def test_what_a_request_holds():
    """Method, target, version, headers by lower-case name, body decoded, and the head exactly as it came."""
    (get,), _ = talk(protocol(), [GET])
    assert (get.method, get.target, get.version, get.body, get.data) == ("GET", "/a?b=c", "1.1", b"", GET)
    assert get.headers == (("host", "x"), ("accept", "*/*"))
    assert (get.header("Host"), get.header("absent"), get.header("absent", "-")) == ("x", "", "-")
    (put,), _ = talk(protocol(), [CHUNKED])
    assert put.body == b"hello world"
    assert put.data == CHUNKED[: CHUNKED.index(b"\r\n\r\n") + 4] + b"hello world"
    assert Request("GET", "/", "1.1", (("a", "1"), ("a", "2")), b"", b"", True).header("A") == "1, 2"


def test_empty_lines_before_a_request():
    """Line endings between requests are ignored, as the RFC asks; they do not count as a beginning."""
    http = protocol()
    assert talk(http, [b"\r\n", b"\r\n"])[0] == []
    assert not http.mid_message
    assert len(talk(http, [b"\r\n" + GET + b"\r\n"])[0]) == 1


def test_what_an_answer_holds():
    """Status, type, date, server, length, body; a second later, the next date."""
    http = protocol()
    http.receive(GET)
    head, _, body = encode(http, b"hello world~").partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    fields = dict(line.split(": ", 1) for line in lines[1:])
    assert fields.keys() == {"Content-Type", "Date", "Server", "Content-Length"}
    assert (fields["Content-Type"], fields["Server"], fields["Content-Length"]) == ("text/plain", "tuiserver/9.9", "12")
    assert parsedate_to_datetime(fields["Date"]).timestamp() == int(NOW)
    assert body == b"hello world~"
    http.receive(GET)
    assert b"22:13:21 GMT" in encode(http, b"hello world~", NOW + 1)


def test_an_answer_from_memory_is_the_same():
    """The second answer of a second, and its first, are equal to the byte; HEAD and close never share them."""
    shared = HttpFactory(cache=HttpCache("9.9"))
    http = shared.create()
    answers = []
    for _ in range(3):
        http.receive(GET)
        answers.append(encode(http, b"same"))
    assert len(set(answers)) == 1
    http.receive(HEAD)
    assert encode(http, b"same").endswith(b"Content-Length: 4\r\n\r\n")
    http.receive(CLOSE)
    assert b"Connection: close" in encode(http, b"same")


@pytest.mark.parametrize(
    ("request_bytes", "says", "closes"),
    [
        (GET, None, False),
        (CLOSE, b"close", True),
        (b"GET / HTTP/1.0\r\n\r\n", b"close", True),
        (OLD, b"keep-alive", False),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Keep-Alive, CLOSE\r\n\r\n", b"close", True),
    ],
)
def test_keep_alive(request_bytes, says, closes):
    """1.1 stays unless asked to close, 1.0 closes unless asked to stay; the answer says what happens."""
    http = protocol()
    requests = http.receive(request_bytes + GET)
    out = encode(http, b"")
    assert (b"\r\nConnection: " + says + b"\r\n" in out) if says else b"Connection" not in out
    assert (http.closing is not None) == closes
    assert len(requests) == (1 if closes else 2)


def test_expect_continue_is_answered_once_and_only_if_the_body_is_missing():
    """A client that waits is told to go on; one that has sent its body already is not."""
    head, _, body = EXPECT.partition(b"\r\n\r\n")
    http = protocol()
    assert http.receive(head + b"\r\n\r\n") == []
    assert http.needs_service
    assert take_output(http) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert take_output(http) == b""
    assert [request.body for request in http.receive(body)] == [b"ok"]
    assert talk(protocol(), [EXPECT])[1].count(b"100 Continue") == 0


def test_a_response_with_everything():
    """Status, headers of the program's own, bytes or text; the program's headers replace ours of that name."""
    http = protocol()
    http.receive(GET * 3)
    out = encode(http, Response(404, "nö", (("X-A", "b"), ("content-type", "text/html"))))
    assert out.startswith(b"HTTP/1.1 404 Not Found\r\nX-A: b\r\ncontent-type: text/html\r\n")
    assert out.endswith("Content-Length: 3\r\n\r\nnö".encode())
    assert b"Content-Type" not in out
    assert encode(http, Response(299, reason="Fine")).startswith(b"HTTP/1.1 299 Fine\r\n")
    nothing = encode(http, Response(304, b"not wanted"))
    assert b"Content-Length" not in nothing
    assert nothing.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "response",
    [
        Response(headers=(("A", "b\r\nSet-Cookie: c"),)),
        Response(headers=(("A b", "c"),)),
        Response(headers=(("A", "b\0"),)),
        Response(headers=(("A", "snowman ☃"),)),
        Response(headers=(("Content-Length", "7"),)),
        Response(reason="a\r\nb"),
        Response(100),
        Response(1000),
    ],
)
def test_a_program_cannot_break_the_framing(response):
    """Headers with line endings, framing headers, statuses that are none: refused, and the request still waits."""
    http = protocol()
    http.receive(GET)
    with pytest.raises(LocalProtocolError):
        encode(http, response)
    assert http.pending_requests == 1
    assert encode(http, b"ok").startswith(b"HTTP/1.1 200 OK")


def test_an_answer_needs_a_request():
    """Without a request that waits there is nothing to answer; what is neither bytes nor text is no answer."""
    http = protocol()
    with pytest.raises(LocalProtocolError, match="no HTTP request"):
        encode(http, b"")
    http.receive(GET)
    with pytest.raises(TypeError, match="not int"):
        encode(http, 5)


def test_answers_keep_their_order():
    """Pipelined requests are answered oldest first, each by its own rules; an error waits for its turn."""
    http = protocol()
    assert len(http.receive(GET + HEAD + GET + b"garbage\r\n\r\n")) == 3
    assert take_output(http) == b""
    assert http.closing is None
    assert encode(http, b"1").endswith(b"1")
    assert encode(http, b"2").endswith(b"\r\n\r\n")
    assert encode(http, b"3").endswith(b"3")
    assert http.needs_service
    assert codes(take_output(http)) == [400]
    assert http.closing is not None


def test_half_close():
    """After the end of the client's writing the connection stays as long as a request waits."""
    http = protocol()
    assert not http.receive_eof()
    assert http.pending_requests == 0
    http = protocol()
    http.receive(GET)
    assert not http.receive_eof()
    assert http.pending_requests == 1
    encode(http, b"late")
    assert http.closing
    assert http.needs_service


def test_timeout():
    """A request that does not end gets a 408 and a reason."""
    http = protocol()
    http.receive(GET[:10])
    assert http.mid_message
    http.on_deadline()
    assert codes(take_output(http)) == [408]
    assert http.closing is not None
    assert not http.receive(GET)


def test_limits():
    """A body may have `max_message` bytes and not one more, however it is framed."""
    exact = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n" + b"a" * 10
    assert len(talk(protocol(max_message=10), [exact])[0]) == 1
    assert codes(talk(protocol(max_message=9), [exact])[1]) == [413]
    chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 10
    assert len(talk(protocol(max_message=10), [chunked + b"0\r\n\r\n"])[0]) == 1
    assert codes(talk(protocol(max_message=9), [chunked])[1]) == [413]


def test_memory_of_heads_is_bounded_and_keeps_what_is_used():
    """Thousands of different heads leave a bounded memory; one that is used among them stays known."""
    cache = HttpCache("9.9")
    http = HttpFactory(cache=cache)
    for number in range(5 * CACHED_HEADS):
        connection = http.create()
        assert len(connection.receive(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number)) == 1
        if number % 100 == 0:
            talk(http.create(), [GET])
    assert len(cache) <= 2 * CACHED_HEADS
    assert GET in cache


def test_no_shortcut_lets_anything_through():
    """Bytes that equal a known request are one only where a request begins: within a body they are the body."""
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


def test_what_is_not_remembered():
    """Requests that close, that have a body, that expect, and long heads, are read in full each time."""
    cache = HttpCache("9.9")
    http = HttpFactory(cache=cache)
    long = b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 3000 + b"\r\n\r\n"
    for data in (CLOSE, POST, CHUNKED, EXPECT, UPGRADE, long):
        talk(http.create(), [data])
    assert len(cache) == 0


PARTS = st.sampled_from(
    [*GOOD.values(), CLOSE, b"\r\n", b"GET / HT", b"0\r\n\r\n", b"\x00\xff", *(d for d, _ in BAD.values())]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PARTS, max_size=5).map(b"".join), st.data())
def test_splits_never_change_the_outcome(data, choose):
    """Any mixture of good and bad, split anywhere: the same requests and the same bytes out as in one piece."""
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
def test_a_long_head_is_refused_for_the_first_thing_that_is_wrong(start, status, tail):
    """In one piece or in many, ended or not: nonsense at its start is what a head over 64 KiB is refused for."""
    data = start + b"A: " + b"a" * 70_000 + tail
    whole = talk(protocol(), [data])
    assert whole == talk(protocol(), [data[:1], data[1:40], data[40:]])
    assert whole[1].startswith(b"HTTP/1.1 " + status)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=10))
def test_arbitrary_bytes_never_raise(pieces):
    """Whatever comes: no exception, at most one refusal, and after it silence."""
    http = protocol()
    _, out = talk(http, pieces)
    assert len([code for code in codes(out) if code >= 400]) <= 1
