"""RESP: commands by their words, replies by their types."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.decoding import check_decoder, decode, field_of, try_to_decode, values
from tuiserver.decoders.base import MAX_FIELDS, DecodeError, FieldCode, NeedsMore
from tuiserver.decoders.resp import MAX_LINE, RespDecoder

LLEN = b"*2\r\n$4\r\nLLEN\r\n$6\r\nmylist\r\n"
HELLO = b"%2\r\n+server\r\n$5\r\nredis\r\n+modules\r\n*1\r\n:3\r\n"
REPLIES: dict[bytes, dict[str, object]] = {
    b"+OK\r\n": {"value": "OK"},
    b"-ERR unknown command 'asdf'\r\n": {"value": "ERR unknown command 'asdf'"},
    b":-1000\r\n": {"value": -1000},
    b"$5\r\nhello\r\n": {"value": "hello"},
    b"$0\r\n\r\n": {"value": ""},
    b"$-1\r\n": {"value": None},
    b"*-1\r\n": {"value": None},
    b"*0\r\n": {},
    b"*3\r\n$5\r\nhello\r\n$-1\r\n:5\r\n": {"0": "hello", "1": None, "2": 5},
    b"*2\r\n*2\r\n:1\r\n:2\r\n*1\r\n+Hello\r\n": {"0": None, "0.0": 1, "0.1": 2, "1": None, "1.0": "Hello"},
    b"_\r\n": {"value": None},
    b"#t\r\n": {"value": True},
    b",1.23\r\n": {"value": 1.23},
    b",-inf\r\n": {"value": -math.inf},
    b"(3492890328409238509324850943850943825024385\r\n": {"value": 3492890328409238509324850943850943825024385},
    b"!21\r\nSYNTAX invalid syntax\r\n": {"value": "SYNTAX invalid syntax"},
    b"=15\r\ntxt:Some string\r\n": {"value": "Some string"},
    b"%2\r\n+first\r\n:1\r\n+second\r\n:2\r\n": {"first": 1, "second": 2},
    b"~2\r\n+a\r\n+b\r\n": {"0": "a", "1": "b"},
    b">3\r\n+message\r\n+ch\r\n+hi\r\n": {"0": "message", "1": "ch", "2": "hi"},
    b"|1\r\n+ttl\r\n:3600\r\n$1\r\nx\r\n": {"attribute.ttl": 3600, "value": "x"},
    HELLO: {"server": "redis", "modules": None, "modules.0": 3},
}
"""The examples of the protocol specification of Redis, and what they say."""


@pytest.mark.parametrize("data", REPLIES)
def test_examples_of_the_specification(data: bytes) -> None:
    """As a reply of the server."""
    assert values(decode(RespDecoder, data, sent=True)) == REPLIES[data]


def test_a_command_has_its_words() -> None:
    """Its name is the first; each word has its place, with the length before it."""
    result = decode(RespDecoder, LLEN)
    assert (result.name, result.summary) == ("LLEN", "LLEN mylist")
    assert [field[:4] for field in result.fields] == [("command", "LLEN", 4, 10), ("arg1", "mylist", 14, 12)]
    binary = decode(RespDecoder, b"*3\r\n$3\r\nset\r\n$1\r\nk\r\n$2\r\n\xff\x00\r\n")
    assert (binary.name, field_of(binary, "arg2").value) == ("SET", b"\xff\x00")


def test_a_command_may_be_typed_as_a_line() -> None:
    """As with telnet."""
    result = decode(RespDecoder, b"EXISTS somekey\r\nPING\r\n")
    assert (result.name, result.summary) == ("EXISTS, PING", "EXISTS somekey | PING")
    assert field_of(result, "arg1")[2:4] == (7, 7)


def test_pipelined_commands() -> None:
    """Each is read; the last may be incomplete, or something else."""
    result = decode(RespDecoder, LLEN + LLEN + b"*1\r\n$4\r\nPI")
    assert result.name == "LLEN, LLEN, unfinished"
    assert decode(RespDecoder, LLEN + b"\x00").fields[-1].code == FieldCode.EXTRA


@pytest.mark.parametrize("data", [LLEN, HELLO, b"$5\r\nhello\r\n", b"PING\r\n", b"+OK\r\n"])
def test_the_beginning_of_a_value_needs_more(data: bytes) -> None:
    """Every prefix; inside a string it says how many bytes."""
    assert all(isinstance(RespDecoder().decode(data[:end]), NeedsMore) for end in range(len(data)))
    assert RespDecoder().decode(b"$4294967296\r\nab") == NeedsMore(4294967296)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x00", "no value begins with the byte at 0"),
        (b"*x\r\n", "the length at byte 1 is not a number"),
        (b"$2\r\nabc\r\n", "the string at byte 0 does not end where its length says"),
        (b":1.5\r\n", "the integer at byte 0 is wrong"),
        (b"#x\r\n", "the boolean at byte 0 is wrong"),
        (b"%1\r\n*0\r\n:1\r\n", "the key at byte 4 is an aggregate"),
        (b"*1\r\n|0\r\n", "there are attributes inside the value at byte 4"),
        (b"+" + b"a" * MAX_LINE, f"the line at byte 0 is longer than {MAX_LINE} bytes"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(data: bytes, words: str) -> None:
    """One line."""
    with pytest.raises(DecodeError) as caught:
        RespDecoder().decode(data)
    assert str(caught.value) == words


def test_size_and_depth_are_bounded() -> None:
    """After so many values the rest is left out."""
    assert decode(RespDecoder, b"*1\r\n" * 100_000).cut
    many = decode(RespDecoder, b"*4294967295\r\n" + b":1\r\n" * 5000, sent=True)
    assert (len(many.fields), many.cut) == (MAX_FIELDS - 1, True)


def test_every_prefix_and_mutation() -> None:
    """Nothing but `DecodeError` is raised."""
    check_decoder(RespDecoder, LLEN, *REPLIES, mutations=50)


@given(st.text("*$+-:%~>|_#,(!=0123456789\r\nab", max_size=40), st.booleans())
def test_anything_similar(text: str, sent: bool) -> None:
    """Fields, or what is wrong."""
    try_to_decode(RespDecoder, text.encode(), sent)
