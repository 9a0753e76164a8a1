"""HTTP messages as values, and the bytes of a response."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.protocols.base import LocalProtocolError
from tuiserver.protocols.http.messages import Request, Response, chunk, imf_date, response_of, serialize

DATE, SERVER = "Tue, 14 Nov 2023 22:13:20 GMT", "tuiserver/9.9"


def request(method: str = "GET", version: str = "1.1", keep_alive: bool = True) -> Request:
    """A request without headers."""
    return Request(method, "/", version, (), b"", b"", keep_alive)


def head_of(response: Response, to: Request | None = None) -> list[str]:
    """The lines of the head of a response."""
    return serialize(response, to or request(), DATE, SERVER).partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")


def request_to(target: str, host: str = "x") -> Request:
    """A request with this target."""
    return Request("GET", target, "1.1", (("host", host),), b"", b"", True)


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/", "/", ()),
        ("/a%20b", "/a b", ()),
        ("/a+b", "/a+b", ()),
        ("/%E6%B8%A9%E5%BA%A6", "/温度", ()),
        ("/%ff%zz%4", "/\ufffd%zz%4", ()),
        ("/a%2Fb/..%00", "/a/b/..\0", ()),
        ("/s?q=a+b%26c&q=2&empty=&flag", "/s", (("q", "a b&c"), ("q", "2"), ("empty", ""), ("flag", ""))),
        ("/s?a=1?b=2", "/s", (("a", "1?b=2"),)),
        ("/s?%ff=%zz&&=", "/s", (("\ufffd", "%zz"), ("", ""))),
        ("/s?a;b=c", "/s", (("a;b", "c"),)),
        ("/s?", "/s", ()),
        ("/s#part?a=b", "/s", ()),
        ("//x/y?z", "//x/y", (("z", ""),)),
        ("http://example.com?a=b", "/", (("a", "b"),)),
        ("http://example.com:8080/p/q?a=b", "/p/q", (("a", "b"),)),
        ("*", "*", ()),
    ],
)
def test_a_target_is_split_and_decoded(target: str, path: str, query: tuple[tuple[str, str], ...]) -> None:
    """Path and parameters; what is not an escape stays, and what is not UTF-8 is replaced. The target stays as it came."""
    request = request_to(target)
    assert (request.path, request.query, request.target) == (path, query, target)


def test_the_first_parameter_of_a_name_counts() -> None:
    """Or the default."""
    request = request_to("/?page=2&page=3")
    assert (request.parameter("page"), request.parameter("size"), request.parameter("size", "10")) == ("2", "", "10")


def test_the_host_of_a_url_replaces_the_header() -> None:
    """As RFC 9112 section 3.2.2 demands."""
    assert request_to("/", "x:80").host == "x:80"
    assert request_to("http://y:81/", "x").host == "y:81"
    assert Request("GET", "/", "1.0", (), b"", b"", False).host == ""


def test_a_response_has_default_headers() -> None:
    """Type, date, server and length, in this order, and nothing else on a connection that stays open."""
    assert head_of(Response(200, b"hi")) == [
        "HTTP/1.1 200 OK",
        "Content-Type: text/plain",
        f"Date: {DATE}",
        f"Server: {SERVER}",
        "Content-Length: 2",
    ]


@pytest.mark.parametrize(
    ("body", "content_type", "length"),
    [(b"\xff", "text/plain", 1), ("abc", "text/plain", 3), ("é", "text/plain; charset=utf-8", 2)],
)
def test_the_type_and_length_are_those_of_the_body(body: bytes | str, content_type: str, length: int) -> None:
    """Text with other characters than ASCII has a charset, and its length is counted in bytes."""
    head = head_of(Response(200, body))
    assert head[1] == f"Content-Type: {content_type}"
    assert head[-1] == f"Content-Length: {length}"


@pytest.mark.parametrize(
    ("to", "connection"),
    [
        (request(), None),
        (request(keep_alive=False), "close"),
        (request(version="1.0"), "keep-alive"),
        (request(version="1.0", keep_alive=False), "close"),
        (None, "close"),
    ],
)
def test_the_connection_header_says_what_happens(to: Request | None, connection: str | None) -> None:
    """HTTP/1.1 stays open silently, HTTP/1.0 has to say so; a request that could not be parsed closes."""
    head = serialize(Response(), to, DATE, SERVER).decode()
    expected = "" if connection is None else f"\r\nConnection: {connection}\r\n"
    assert expected in head
    assert ("Connection" in head) == (connection is not None)


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_content(status: int) -> None:
    """Neither a body nor a header about one."""
    data = serialize(Response(status), request(), DATE, SERVER)
    assert data.endswith(b"\r\n\r\n")
    assert b"\r\nContent-" not in data


def test_a_reset_of_content_says_that_there_is_none() -> None:
    """205 has an empty body with its length: otherwise a client would wait for one (RFC 9110 section 15.3.6)."""
    data = serialize(Response(205), request(), DATE, SERVER)
    assert b"\r\nContent-Length: 0\r\n" in data
    assert b"\r\nContent-Type" not in data


@pytest.mark.parametrize("status", [204, 205, 304])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_body_where_there_is_none_is_refused(status: int, method: str) -> None:
    """A program that gives one has made a mistake, and hears of it."""
    with pytest.raises(LocalProtocolError, match=f"{status} has no body"):
        serialize(Response(status, b"not wanted"), request(method), DATE, SERVER)


@pytest.mark.parametrize("body", [5, None, ["a"]])
def test_a_body_is_bytes_or_text(body: object) -> None:
    """A number is not that many zeros."""
    with pytest.raises(TypeError, match=type(body).__name__):
        serialize(Response(200, body), request(), DATE, SERVER)  # type: ignore[arg-type]


def test_a_response_to_head_has_the_length_and_no_body() -> None:
    """The head is the same as that of the response to GET."""
    get, head = (serialize(Response(200, b"body"), request(method), DATE, SERVER) for method in ("GET", "HEAD"))
    assert get == head + b"body"


@pytest.mark.parametrize("status", [99, 101, 1000, 0, -1, 200.5, 200.0, "200", None])
def test_a_status_is_one_that_we_can_keep(status: int) -> None:
    """100 to 999, but not 101: the connection would have to speak another protocol."""
    with pytest.raises(LocalProtocolError, match="102 to 999"):
        serialize(Response(status), request(), DATE, SERVER)


def test_an_interim_response_has_only_its_own_headers() -> None:
    """No date, length or type; no body and no parts; and clients of HTTP/1.0 get none (RFC 9110 section 15.2)."""
    hints = Response(103, headers=(("Link", "</a.css>; rel=preload"),))
    assert serialize(hints, request(keep_alive=False), DATE, SERVER) == (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
    )
    for wrong in (Response(103, b"x"), Response(103, part="head")):
        with pytest.raises(LocalProtocolError, match="no body"):
            serialize(wrong, request(), DATE, SERVER)
    for to in (request(version="1.0"), None):
        with pytest.raises(LocalProtocolError, match=r"HTTP/1\.0"):
            serialize(hints, to, DATE, SERVER)


def test_a_response_in_parts_has_no_length() -> None:
    """Chunks end it in HTTP/1.1, and the end of the connection in HTTP/1.0 (RFC 9112 sections 6.3 and 7.1)."""
    head = Response(200, b"hello world~", part="head")
    data = serialize(head, request(), DATE, SERVER)
    assert b"\r\nTransfer-Encoding: chunked\r\n" in data
    assert b"Content-Length" not in data
    assert data.endswith(b"\r\n\r\nc\r\nhello world~\r\n")
    old = serialize(head, request(version="1.0"), DATE, SERVER)
    assert b"\r\nConnection: close\r\n" in old
    assert b"Transfer-Encoding" not in old
    assert old.endswith(b"\r\n\r\nhello world~")
    assert serialize(head, request("HEAD"), DATE, SERVER).endswith(b"chunked\r\n\r\n")
    assert [chunk("é", request()), chunk(b"", request(), last=True), chunk(b"x", request(), last=True)] == [
        b"2\r\n\xc3\xa9\r\n",
        b"0\r\n\r\n",
        b"1\r\nx\r\n0\r\n\r\n",
    ]
    assert [chunk(b"x", request(version="1.0")), chunk(b"", request(version="1.0"), last=True)] == [b"x", b""]


@pytest.mark.parametrize(("status", "phrase"), [(200, "OK"), (404, "Not Found"), (299, "Unknown"), (999, "Unknown")])
def test_a_status_has_its_phrase(status: int, phrase: str) -> None:
    """The one of the RFC, or `Unknown`."""
    assert head_of(Response(status))[0] == f"HTTP/1.1 {status} {phrase}"


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "CONNECTION"])
def test_framing_headers_are_refused(name: str) -> None:
    """The error names the header."""
    with pytest.raises(LocalProtocolError, match=name.lower()):
        serialize(Response(headers=((name, "1"),)), request(), DATE, SERVER)


def test_headers_of_the_program_replace_the_defaults() -> None:
    """They come first, as they were given, and may occur more than once."""
    headers = (("date", "never"), ("SERVER", "mine"), ("Set-Cookie", "a"), ("Set-Cookie", "b"), ("A", ""))
    assert head_of(Response(headers=headers))[1:] == [
        "date: never",
        "SERVER: mine",
        "Set-Cookie: a",
        "Set-Cookie: b",
        "A: ",
        "Content-Type: text/plain",
        "Content-Length: 0",
    ]


def test_headers_of_a_request_are_found_by_any_case() -> None:
    """Values of a repeated header are joined; an absent one has a default."""
    several = Request("GET", "/", "1.1", (("a", "1"), ("b", "2"), ("a", "3")), b"", b"", True)
    assert (several.header("A"), several.header("b"), several.header("c"), several.header("c", "-")) == (
        "1, 3",
        "2",
        "",
        "-",
    )
    assert not several.plain


@pytest.mark.parametrize("message", [b"hi", "hi", bytearray(b"hi"), memoryview(b"hi")])
def test_bytes_and_text_are_a_response(message: object) -> None:
    """With status 200."""
    response = response_of(message)
    assert response.status == 200
    assert response.body in (b"hi", "hi")


def test_other_types_are_refused() -> None:
    """The error names the type."""
    with pytest.raises(TypeError, match="not NoneType"):
        response_of(None)


@given(st.integers(0, 4_000_000_000))
def test_dates_are_those_of_the_standard_library(second: int) -> None:
    """The format is that of RFC 9110."""
    assert imf_date(second) == formatdate(second, usegmt=True)
