"""MessagePack: every value with the offset of its bytes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.decoding import check_decoder, decode, field_of, try_to_decode, values
from tuiserver.decoders.base import MAX_DEPTH, MAX_FIELDS, DecodeError, NeedsMore
from tuiserver.decoders.msgpack import MsgpackDecoder

COMPACT = bytes.fromhex("82 a7 63 6f 6d 70 61 63 74 c3 a6 73 63 68 65 6d 61 00")
"""The example at https://msgpack.org: {"compact": true, "schema": 0}."""
FORWARD = bytes.fromhex("93 a3 74 61 67 ce 5a 0b 24 78 81 a3 6c 6f 67 a5 68 65 6c 6c 6f")
"""A message of the Fluentd forward protocol (specification v1, "Message Mode"): [tag, time, record]."""


def test_the_example_of_the_format() -> None:
    """Members have the names of their keys; sizes include the byte that says the type."""
    result = decode(MsgpackDecoder, COMPACT)
    assert result.fields == (("compact", True, 9, 1, "", ""), ("schema", 0, 17, 1, "", ""))
    assert result.summary == "MessagePack compact=true schema=0"


def test_a_message_of_fluentd() -> None:
    """Elements are numbered, nested names are dotted."""
    result = decode(MsgpackDecoder, FORWARD)
    assert values(result) == {"0": "tag", "1": 1510679672, "2": None, "2.log": "hello"}
    assert field_of(result, "2")[2:5] == (10, 11, "map of 1 member")


@pytest.mark.parametrize(
    ("data", "value", "note"),
    [
        ("7f", 127, ""),
        ("e0", -32, ""),
        ("c0", None, "nil"),
        ("c2", False, ""),
        ("ca 3f 80 00 00", 1.0, ""),
        ("cb bf f8 00 00 00 00 00 00", -1.5, ""),
        ("cd ff ff", 65535, ""),
        ("cf ff ff ff ff ff ff ff ff", 2**64 - 1, ""),
        ("d3 80 00 00 00 00 00 00 00", -(2**63), ""),
        ("c4 02 00 ff", b"\x00\xff", ""),
        ("d9 02 c3 a9", "é", ""),
        ("a2 ff fe", b"\xff\xfe", "text that is not valid UTF-8"),
        ("d6 ff 5a 0b 24 78", 1510679672, "timestamp"),
        ("d7 ff 77 35 94 00 5a 0b 24 78", 1510679672.5, "timestamp"),
        ("c7 0c ff 1d cd 65 00 ff ff ff ff ff ff ff ff", -0.5, "timestamp"),
        ("d4 05 aa", b"\xaa", "extension 5"),
        ("c7 00 07", b"", "extension 7"),
    ],
)
def test_every_format(data: str, value: object, note: str) -> None:
    """As in the tables of the specification."""
    raw = bytes.fromhex(data)
    assert decode(MsgpackDecoder, raw).fields == (("value", value, 0, len(raw), note, ""),)


def test_sizes_that_are_written_out() -> None:
    """Arrays and maps with 16 and 32 bits of length; empty ones; several values in one message."""
    assert values(decode(MsgpackDecoder, bytes.fromhex("dc 00 01 05"))) == {"0": 5}
    assert values(decode(MsgpackDecoder, bytes.fromhex("df 00 00 00 01 01 dd 00 00 00 00"))) == {"1": None}
    assert values(decode(MsgpackDecoder, bytes.fromhex("01 81 a1 61 02 90"))) == {
        "value": 1,
        "1": None,
        "1.a": 2,
        "2": None,
    }


@pytest.mark.parametrize(
    ("data", "missing"), [("", 1), ("dc 00", 1), ("c6 ff ff ff ff 00", 2**32 - 2), ("81 a1 61", 1)]
)
def test_the_beginning_of_a_value_needs_more(data: str, missing: int) -> None:
    """It says how many bytes at least, and allocates none of them."""
    assert MsgpackDecoder().decode(bytes.fromhex(data)) == NeedsMore(missing)


@pytest.mark.parametrize(
    ("data", "words"),
    [("c1", "byte 0 is C1, which no value begins with"), ("81 90 00", "the key at byte 1 is a map or an array")],
)
def test_what_is_wrong_is_named_with_its_place(data: str, words: str) -> None:
    """One line."""
    with pytest.raises(DecodeError) as caught:
        MsgpackDecoder().decode(bytes.fromhex(data))
    assert str(caught.value) == words


def test_every_prefix_and_mutation() -> None:
    """Nothing but `DecodeError` is raised; every prefix needs more."""
    check_decoder(MsgpackDecoder, COMPACT, FORWARD)
    for end in range(len(FORWARD)):
        assert isinstance(MsgpackDecoder().decode(FORWARD[:end]), NeedsMore)


def test_size_and_depth_are_bounded() -> None:
    """After so many values the rest is left out; what is nested deeper has no fields."""
    result = decode(MsgpackDecoder, bytes.fromhex("dd ff ff ff ff") + bytes(5000))
    assert (len(result.fields), result.cut) == (MAX_FIELDS - 1, True)
    assert decode(MsgpackDecoder, b"\x91" * (1 << 20)).cut
    assert len(decode(MsgpackDecoder, b"\x91" * 100 + b"\x00").fields) == MAX_DEPTH


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    """Fields, or what is wrong."""
    try_to_decode(MsgpackDecoder, data)


_NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False)


@given(
    st.recursive(
        st.none() | st.booleans() | _NUMBERS | st.text(max_size=40) | st.binary(max_size=40),
        lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
        max_leaves=20,
    )
)
def test_any_value_is_read_as_the_library_reads_it(value: object) -> None:
    """The bytes of each field, read by msgspec, are the value of the field."""
    data = msgspec.msgpack.encode(value)
    for field in decode(MsgpackDecoder, data).fields:
        written = msgspec.msgpack.decode(data[field.offset : field.offset + field.size])
        assert written == field.value or (isinstance(written, dict | list) and field.value is None)
