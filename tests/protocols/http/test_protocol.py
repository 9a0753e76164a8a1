"""HTTP responses: their order, keep-alive, what the protocol sends on its own, and what a program may not send."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from tests.support.http import (
    CHUNKED,
    CLOSE,
    EXPECT,
    GET,
    HEAD,
    NOW,
    OLD,
    POST,
    codes,
    encode,
    protocol,
    take_output,
    talk,
)
from tuiserver.core.codes import CloseCode
from tuiserver.core.commands import Answer
from tuiserver.core.limits import Limits
from tuiserver.protocols.base import LocalProtocolError, NotYet
from tuiserver.protocols.http.cache import HttpCache
from tuiserver.protocols.http.messages import Response
from tuiserver.protocols.http.protocol import HttpFactory, HttpProtocol


def test_the_parts_of_a_response() -> None:
    """Status, type, date, server, length and body; a second later the date has changed."""
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


def test_a_cached_response_is_the_same() -> None:
    """Responses within a second are equal to the byte; those to HEAD and those that close are not cached."""
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
def test_keep_alive(request_bytes: bytes, says: bytes | None, closes: bool) -> None:
    """HTTP/1.1 stays open unless asked to close, HTTP/1.0 closes unless asked to stay; the response says which."""
    http = protocol()
    requests = http.receive(request_bytes + GET)
    out = encode(http, b"")
    assert (b"\r\nConnection: " + says + b"\r\n" in out) if says else b"Connection" not in out
    assert (http.closing is not None) == closes
    assert len(requests) == (1 if closes else 2)


def test_expect_continue_is_answered_once_if_the_body_is_missing() -> None:
    """A client that waits gets `100 Continue`; one that has already sent the body does not."""
    head, _, body = EXPECT.partition(b"\r\n\r\n")
    http = protocol()
    assert http.receive(head + b"\r\n\r\n") == []
    assert http.needs_service
    assert take_output(http) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert take_output(http) == b""
    assert [request.body for request in http.receive(body)] == [b"ok"]
    assert talk(protocol(), [EXPECT])[1].count(b"100 Continue") == 0


def test_continue_waits_for_the_answers_before_it() -> None:
    """A client would take it for the beginning of the answer to an earlier request; it is left out if the body comes."""
    head, _, body = EXPECT.partition(b"\r\n\r\n")
    for early in (b"", body):
        http = protocol()
        assert len(http.receive(GET * 2 + head + b"\r\n\r\n")) == 2
        assert take_output(http) == b""
        encode(http, b"1")
        assert take_output(http) == b""
        http.receive(early)
        http.needs_service = False
        encode(http, b"2")
        assert http.needs_service or early
        assert take_output(http) == (b"" if early else b"HTTP/1.1 100 Continue\r\n\r\n")


def test_nothing_is_to_be_continued_after_a_refusal() -> None:
    """A request whose body does not come in time gets the refusal only."""
    http = protocol()
    http.receive(GET + EXPECT[:-2])
    http.on_deadline()
    encode(http, b"1")
    assert codes(take_output(http)) == [408]


def test_a_response_with_everything() -> None:
    """Status, headers, bytes or text; headers of the program replace the default ones."""
    http = protocol()
    http.receive(GET * 3)
    out = encode(http, Response(404, "nö", (("X-A", "b"), ("content-type", "text/html"))))
    assert out.startswith(b"HTTP/1.1 404 Not Found\r\nX-A: b\r\ncontent-type: text/html\r\n")
    assert out.endswith("Content-Length: 3\r\n\r\nnö".encode())
    assert b"Content-Type" not in out
    assert encode(http, Response(299, reason="Fine")).startswith(b"HTTP/1.1 299 Fine\r\n")
    nothing = encode(http, Response(304))
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
        Response(101),
        Response(100, b"not wanted"),
        Response(1000),
        Response(part="chunk"),
        Response(part="end"),
        Response(part="tail"),  # type: ignore[arg-type]
        Response(304, b"not wanted"),
        Response(200.5),
    ],
)
def test_a_program_cannot_break_the_framing(response: Response) -> None:
    """Headers with line endings, framing headers and invalid statuses are refused; the request still waits."""
    http = protocol()
    http.receive(GET)
    with pytest.raises(LocalProtocolError):
        encode(http, response)
    assert http.pending_requests == 1
    assert encode(http, b"ok").startswith(b"HTTP/1.1 200 OK")


def test_a_response_needs_a_request() -> None:
    """Without a waiting request, and for values that are neither bytes nor text, `encode` raises."""
    http = protocol()
    with pytest.raises(LocalProtocolError, match="no HTTP request"):
        encode(http, b"")
    http.receive(GET)
    with pytest.raises(TypeError, match="not int"):
        encode(http, 5)


def test_responses_keep_the_order_of_requests() -> None:
    """Pipelined requests are answered oldest first, each by its own method; the answer to a malformed one comes last."""
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


def test_half_close() -> None:
    """After the client has shut down writing, the connection stays open while a request waits."""
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


def test_an_incomplete_request_times_out() -> None:
    """A request that does not end in time gets a 408 and closes the connection; a cached one after it is not served."""
    http = protocol()
    talk(http, [GET])
    http.receive(GET[:10])
    assert http.mid_message
    assert http.deadline == Limits().request_timeout
    http.needs_service = False
    http.on_deadline()
    assert http.needs_service
    out = take_output(http)
    assert codes(out) == [408]
    assert out.endswith(b"\r\n\r\nthe request did not end in time\n")
    assert http.closing is not None
    assert http.closing.code == CloseCode.REQUEST_TIMEOUT
    assert not http.receive(GET)


def test_a_client_that_sends_nothing_times_out() -> None:
    """Without an answer: there is no request."""
    http = protocol(handshake_timeout=7)
    assert http.needs_service
    assert http.deadline == 7
    http.needs_service = False
    http.on_deadline()
    assert http.needs_service
    assert http.closing == (CloseCode.HANDSHAKE_TIMEOUT, "no request within 7 s")
    assert take_output(http) == b""


def test_between_requests_there_is_no_deadline() -> None:
    """The first byte of a request starts its deadline, and the last one ends it."""
    http = protocol()
    assert http.receive(GET)
    assert http.deadline == 0.0
    http.on_deadline()
    assert http.closing is None
    encode(http, b"")
    http.receive(GET[:1])
    assert http.deadline == Limits().request_timeout
    http.receive(GET[1:])
    assert http.deadline == 0.0


def test_the_last_response_closes_with_its_code() -> None:
    """After it, even a cached request is not served."""
    http = protocol()
    talk(http, [GET])
    http.receive(CLOSE)
    http.needs_service = False
    encode(http, b"")
    assert http.needs_service
    assert http.closing is not None
    assert http.closing.code == CloseCode.ANSWERED
    assert not http.receive(GET)


def test_a_cached_response_is_not_used_in_the_next_second() -> None:
    """Not even at its very first moment."""
    http = protocol()
    second = int(NOW)
    http.receive(GET * 3)
    first = encode(http, b"same", second)
    assert b":20 GMT" in first
    assert encode(http, b"same", second + 0.999) == first
    assert b":21 GMT" in encode(http, b"same", second + 1)


def test_close_wins_over_keep_alive() -> None:
    """In HTTP/1.0 too, in any case and any order."""
    for value in (b"keep-alive, close", b"Close, Keep-Alive"):
        http = protocol()
        http.receive(b"GET / HTTP/1.0\r\nConnection: " + value + b"\r\n\r\n")
        assert b"Connection: close" in encode(http, b"")
        assert http.closing is not None


def test_an_interim_response_leaves_the_request_waiting() -> None:
    """As many as are sent, before the response; not within one that is sent in parts."""
    http = protocol()
    http.receive(GET + CLOSE)
    for status in (100, 102, 103):
        assert codes(encode(http, Response(status))) == [status]
    assert http.pending_requests == 2
    encode(http, Response(part="head"))
    with pytest.raises(LocalProtocolError, match="a chunk, or its end"):
        encode(http, Response(103))


@pytest.mark.parametrize("first", [GET, CLOSE, HEAD])
def test_an_answer_in_parts_waits_for_its_end(first: bytes) -> None:
    """Its request waits until then, and the next one after it; the connection closes only behind the end."""
    http = protocol()
    http.receive(first + GET)
    if first == HEAD:
        assert encode(http, Response(part="head")).endswith(b"chunked\r\n\r\n")
    else:
        encode(http, Response(body=b"a", part="head"))
        assert encode(http, Response(body="bc", part="chunk")) == b"2\r\nbc\r\n"
        for wrong in (b"ok", Response(), Response(part="head"), Response(part="chunk")):
            with pytest.raises(LocalProtocolError):
                encode(http, wrong)
        assert http.closing is None
        assert encode(http, Response(body=b"d", part="end")) == b"1\r\nd\r\n0\r\n\r\n"
    assert (http.closing is not None) == (first == CLOSE)
    assert http.pending_requests == (0 if first == CLOSE else 1)
    if first != CLOSE:
        assert encode(http, b"ok").endswith(b"\r\n\r\nok")


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_the_end_of_the_connection_ends_an_answer_in_parts_of_http_1_0(method: bytes) -> None:
    """Also if the client asked to keep it open."""
    http = protocol()
    http.receive(method + b" / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert b"\r\nConnection: close\r\n" in encode(http, Response(body=b"a", part="head"))
    if method == b"GET":
        assert http.closing is None
        assert [encode(http, Response(body=b"b", part=part)) for part in ("chunk", "end")] == [b"b", b"b"]
    assert http.closing is not None


def test_an_operator_answers_with_words_for_content_types() -> None:
    """Or with any media type; what is none is refused. Where there is no body there is no type."""
    http = protocol()
    for kind, expected in (("json", "application/json"), ("image/png", "image/png")):
        http.receive(GET)
        answer = http.answer(Answer(1, 404, kind, b"{}", (("Retry-After", "5"),)))
        assert encode(http, answer).startswith(
            f"HTTP/1.1 404 Not Found\r\nContent-Type: {expected}\r\nRetry-After: 5\r\nDate: ".encode()
        )
    for wrong in ("jsno", "text/plain\r\nA: b", "text/", " text/plain"):
        with pytest.raises(LocalProtocolError, match="not a content type"):
            http.answer(Answer(1, content_type=wrong))
    assert http.answer(Answer(1, 204, "json")) == Response(204)


def wait_for_turn(http: HttpProtocol, message: Response) -> int:
    """The position of a message that has to wait."""
    with pytest.raises(NotYet) as error:
        http.encode(message, NOW)
    return error.value.position


def test_an_answer_says_which_request_it_is_for() -> None:
    """One that is too early waits until the earlier ones are answered, and is encoded then."""
    http = protocol()
    first, second, third = http.receive(GET + POST + CHUNKED)
    late, early = Response(200, "3", to=third), Response(200, "2", to=second)
    positions = wait_for_turn(http, late), wait_for_turn(http, early)
    assert positions[0] > positions[1]
    with pytest.raises(LocalProtocolError, match="answered already"):
        encode(http, early)
    assert http.pending_requests == 3
    assert encode(http, Response(200, "1", to=first)).endswith(b"\r\n\r\n1")
    assert http.needs_service
    assert http.turn == positions[1]
    assert encode(http, early).endswith(b"\r\n\r\n2")
    assert http.turn == positions[0]
    assert encode(http, late).endswith(b"\r\n\r\n3")
    assert http.pending_requests == 0
    http.receive(GET)
    with pytest.raises(LocalProtocolError, match="answered already, or is not one of this client"):
        encode(http, Response(200, "again", to=second))
    with pytest.raises(LocalProtocolError, match="answered already, or is not one of this client"):
        encode(http, Response(200, "another client's", to=protocol().receive(POST)[0]))


def test_equal_requests_are_answered_in_the_order_of_the_answers() -> None:
    """They are one object where they are equal byte for byte, and no client could tell the difference."""
    http = protocol()
    http.receive(GET)
    encode(http, b"")
    first, second, third = (http.receive(data)[0] for data in (POST, GET, GET))
    assert second is third
    positions = [wait_for_turn(http, Response(200, body, to=second)) for body in ("2", "3")]
    assert positions == sorted(set(positions))
    with pytest.raises(LocalProtocolError, match="answered already"):
        encode(http, Response(200, "4", to=second))
    for body, request in ((b"1", first), (b"2", second), (b"3", third)):
        assert encode(http, Response(200, body, to=request)).endswith(b"\r\n\r\n" + body)


def test_an_early_answer_is_checked_at_once() -> None:
    """The program is told when it sends it, not when its turn has come. Parts do not wait."""
    http = protocol()
    _, second = http.receive(GET + POST)
    for wrong in (
        Response(200, to=second, headers=(("Connection", "x"),)),
        Response(99, to=second),
        Response(part="head", to=second),
        Response(103, to=second),
    ):
        with pytest.raises(LocalProtocolError):
            encode(http, wrong)
    assert wait_for_turn(http, Response(200, "2", to=second)) == http.turn + 1
    encode(http, Response(body=b"1", part="head"))
    with pytest.raises(LocalProtocolError):
        encode(http, Response(200, "2", to=second))


def test_an_answer_in_parts_may_name_its_request() -> None:
    """In each part."""
    http = protocol()
    first, second = http.receive(POST + POST)
    encode(http, Response(body=b"a", part="head", to=first))
    assert encode(http, Response(body=b"b", part="chunk", to=first)) == b"1\r\nb\r\n"
    assert encode(http, Response(part="end", to=first)) == b"0\r\n\r\n"
    assert encode(http, Response(200, "2", to=second)).endswith(b"2")
