"""HTTP: the names in a head, and the fields of its body by type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.decoding import check_decoder, decode, field_of, try_to_decode, values
from tuiserver.decoders.base import DecodeError, FieldCode, NeedsMore
from tuiserver.decoders.http import MAX_HEAD, HttpDecoder

GET = (
    b"GET /hello%20world?id=7&name=J%C3%BCrgen+K&x HTTP/1.1\r\nHost: www.example.com\r\nAccept-Language: en, mi\r\n\r\n"
)
"""A request in the form of RFC 9112, section 2.1, with a query."""


def post(kind: str, body: bytes) -> bytes:
    """A request with a body of this type."""
    return (
        f"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )


JSON = "application/json; charset=utf-8"
WEBHOOK = post(JSON, b'{"zen":"Keep it simple.","hook":{"id":1234}}')
FORM = post("application/x-www-form-urlencoded", b"user=alice&password=a%26b+c&go=")
MULTIPART = post(
    "multipart/form-data; boundary=AaB03x",
    b'--AaB03x\r\nContent-Disposition: form-data; name="submit-name"\r\n\r\nLarry\r\n'
    b'--AaB03x\r\nContent-Disposition: form-data; name="files"; filename="file1.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\n... contents ...\r\n--AaB03x--\r\n",
)
"""The example of HTML 4.01, section 17.13.4, which RFC 7578 builds on."""
ANSWER = (
    b"HTTP/1.1 200 OK\r\nDate: Mon, 27 Jul 2009 12:28:53 GMT\r\nServer: Apache\r\n"
    b"Content-Length: 51\r\nVary: Accept-Encoding\r\nContent-Type: text/plain\r\n\r\n"
    b"Hello World! My content includes a trailing CRLF.\r\n"
)
"""The response of RFC 9110, section 3.9."""


def test_a_request() -> None:
    """The target is split; escapes are read; each value has its offset."""
    result = decode(HttpDecoder, GET)
    assert values(result) == {
        "method": "GET",
        "path": "/hello world",
        "query.id": "7",
        "query.name": "Jürgen K",
        "query.x": "",
        "version": "HTTP/1.1",
        "header.host": "www.example.com",
        "header.accept-language": "en, mi",
    }
    assert (result.name, result.summary) == ("GET", "GET /hello%20world?id=7&name=J%C3%BCrgen+K&x")
    for name in ("method", "version", "query.id", "header.host", "header.accept-language"):
        field = field_of(result, name)
        assert GET[field.offset : field.offset + field.size].decode() == field.value


def test_a_body_of_json() -> None:
    """Its fields are those of the JSON decoder, at their places in the message."""
    result = decode(HttpDecoder, WEBHOOK)
    assert result.summary == "POST /hook body.zen=Keep it simple. body.hook.id=1234"
    field = field_of(result, "body.hook.id")
    assert (field.value, WEBHOOK[field.offset : field.offset + field.size]) == (1234, b"1234")


@pytest.mark.parametrize(
    ("body", "value"), [(b'{"zen":"Keep', '{"zen":"Keep'), (b"[" * 43, "[" * 43), (b"hello", "hello"), (b" 7", 7)]
)
def test_a_body_that_is_not_what_it_says_is_one_field(body: bytes, value: object) -> None:
    """JSON that is cut or wrong; a single value needs no name below `body`."""
    result = values(decode(HttpDecoder, post(JSON, body)))
    assert {name: value for name, value in result.items() if name.startswith("body")} == {"body": value}


def test_a_form() -> None:
    """Names and values are unescaped."""
    result = values(decode(HttpDecoder, FORM))
    assert {name: value for name, value in result.items() if name.startswith("body")} == {
        "body.user": "alice",
        "body.password": "a&b c",
        "body.go": "",
    }


def test_a_form_with_files() -> None:
    """A file is bytes, with its name and type in the note."""
    result = decode(HttpDecoder, MULTIPART)
    assert values(result)["body.submit-name"] == "Larry"
    field = field_of(result, "body.files")
    assert (field.value, field.note) == (b"... contents ...", "file1.txt text/plain")
    assert MULTIPART[field.offset : field.offset + field.size] == field.value


def test_a_response() -> None:
    """Status and reason; the body is text."""
    result = decode(HttpDecoder, ANSWER)
    assert result.name == "200"
    assert result.summary.startswith("200 OK body=Hello World! My content includes")
    assert values(result)["status"] == 200
    assert field_of(result, "body").size == 51


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", None),
        (b"HTTP/1.0 200\r\n\r\nuntil the end", "until the end"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ndecoded", "decoded"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\n\r\n\x1f\x8b", b"\x1f\x8b"),
        (b"GET / HTTP/1.1\n\n", None),
    ],
)
def test_where_a_body_ends(data: bytes, body: object) -> None:
    """An answer to `HEAD` has a length and no body; other responses last until the end."""
    assert values(decode(HttpDecoder, data)).get("body") == body


def test_several_messages_in_one_read() -> None:
    """Each is read; the last one may be incomplete, or something else."""
    result = decode(HttpDecoder, GET + FORM + GET[:20])
    assert result.name == "GET, POST, unfinished"
    assert result.fields[-1][2:] == (len(GET + FORM), 20, "", FieldCode.UNFINISHED)
    other = decode(HttpDecoder, GET + b"\x00\x01\n")
    assert other.fields[-1].code == FieldCode.EXTRA
    many = decode(HttpDecoder, GET * 2000)
    assert (many.fields[-1].name, many.cut) == ("header.accept-language", True)


def test_the_beginning_of_a_message_needs_more() -> None:
    """Every prefix; inside the body it says how many bytes."""
    for data in (GET, FORM):
        for end in range(len(data)):
            assert isinstance(HttpDecoder().decode(data[:end]), NeedsMore), data[:end]
    assert HttpDecoder().decode(FORM[:-5]) == NeedsMore(5)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"hello\r\n", "no request or status line at byte 0"),
        (b"\x16\x03\x01", "no request or status line at byte 0"),
        (b"GET / HTTP/1.1\r\nno header\r\n\r\n", "no header at byte 16"),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 50_000, f"the head at byte 0 is longer than {MAX_HEAD} bytes"),
        (b"GET /" + b"a" * MAX_HEAD, "no request or status line at byte 0"),
    ],
)
def test_other_bytes_are_an_error(data: bytes, words: str) -> None:
    """One line with the place."""
    with pytest.raises(DecodeError) as caught:
        HttpDecoder().decode(data)
    assert str(caught.value) == words


def test_every_prefix_and_mutation() -> None:
    """Nothing but `DecodeError` is raised."""
    check_decoder(HttpDecoder, GET, WEBHOOK, FORM, MULTIPART, ANSWER, mutations=100)


@given(st.sampled_from((GET, WEBHOOK, FORM, MULTIPART, ANSWER)), st.data())
def test_anything_similar(sample: bytes, data: st.DataObject) -> None:
    """A message with a part of it replaced by any bytes."""
    start = data.draw(st.integers(0, len(sample)))
    end = data.draw(st.integers(start, min(len(sample), start + 20)))
    try_to_decode(HttpDecoder, sample[:start] + data.draw(st.binary(max_size=20)) + sample[end:])
