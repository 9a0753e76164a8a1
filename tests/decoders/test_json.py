"""JSON: every value with the offset of its bytes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.decoding import check_decoder, decode, field_of, try_to_decode, values
from tuiserver.decoders.base import MAX_DEPTH, MAX_FIELDS, DecodeError, NeedsMore
from tuiserver.decoders.json import JsonDecoder

RFC_8259 = b"""{
  "Image": {
    "Width":  800,
    "Height": 600,
    "Title":  "View from 15th Floor",
    "Thumbnail": {"Url": "http://www.example.com/image/481989943", "Height": 125, "Width":  100},
    "Animated" : false,
    "IDs": [116, 943, 234, 38793]
  }
}"""
"""The first example of RFC 8259, section 13."""
SENML = b'[{"bn":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1},{"n":"a\\u00e9","v":-1.5e3,"x":null}]'
"""A SenML record in the form of RFC 8428, section 5.1.1."""


def test_the_example_of_the_rfc() -> None:
    """Nested names are dotted, elements are numbered, and each offset is that of the value."""
    result = decode(JsonDecoder, RFC_8259)
    assert (result.name, result.cut) == ("JSON", False)
    assert values(result) == {
        "Image": None,
        "Image.Width": 800,
        "Image.Height": 600,
        "Image.Title": "View from 15th Floor",
        "Image.Thumbnail": None,
        "Image.Thumbnail.Url": "http://www.example.com/image/481989943",
        "Image.Thumbnail.Height": 125,
        "Image.Thumbnail.Width": 100,
        "Image.Animated": False,
        "Image.IDs": None,
        **{f"Image.IDs.{index}": value for index, value in enumerate((116, 943, 234, 38793))},
    }
    for field in result.fields:
        written = json.loads(RFC_8259[field.offset : field.offset + field.size])
        assert written == field.value or isinstance(written, dict | list)
    assert field_of(result, "Image.IDs").note == "array of 4 elements"
    assert result.summary.startswith("JSON Image.Width=800 Image.Height=600 Image.Title=View from 15th Floor")


def test_a_list_of_records() -> None:
    """The outermost value has no field of its own; escapes are read, `null` is told from containers by its note."""
    result = decode(JsonDecoder, SENML)
    assert values(result)["0.v"] == 23.1
    assert values(result)["1.n"] == "aé"
    assert values(result)["1.v"] == -1500.0
    assert field_of(result, "1.x")[1:] == (None, SENML.index(b"null"), 4, "null", "")


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (b"5", {"value": 5}),
        (b' "a" ', {"value": "a"}),
        (b"{}", {}),
        (b'{"a":{}}', {"a": None}),
        (b"[[],[[]]]", {"0": None, "1": None, "1.0": None}),
        (b'{"a":1}\n{"a":2}\n', {"a": 1, "1": None, "1.a": 2}),
        (b'{"a":1}{"a":2}', {"a": 1, "1": None, "1.a": 2}),
        (b"1 2", {"value": 1, "1": 2}),
        (b"9" * 400, {"value": "9" * 400}),
        (b"[1e999]", {"0": float("inf")}),
    ],
)
def test_unusual_values(data: bytes, fields: dict[str, object]) -> None:
    """Single values, empty containers, several values, and numbers that Python cannot hold."""
    assert values(decode(JsonDecoder, data)) == fields


@pytest.mark.parametrize(
    "data", [b"", b" \n", b"{", b'{"a"', b'{"a":', b"[1,", b'"a\\', b'"\\u12', b"-", b"1.", b"1e+", b"tr"]
)
def test_the_beginning_of_a_value_needs_more(data: bytes) -> None:
    """Nothing is wrong so far."""
    assert JsonDecoder().decode(data) == NeedsMore()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"hello", "a value is missing at byte 0"),
        (b"{1:2}", "a name in quotes is missing at byte 1"),
        (b'{"a" 2}', "a colon is missing at byte 5"),
        (b"[1 2]", "a comma or the end of the array is missing at byte 3"),
        (b'{"a":1]', "a comma or the end of the object is missing at byte 6"),
        (b"[1,]", "a value is missing at byte 3"),
        (b'["a\n"]', "the string at byte 1 has a control character"),
        (b'["\xff"]', "the string at byte 1 is not valid text"),
        (b'["\\x"]', "the string at byte 1 is not valid text"),
        (b"[-a]", "the number at byte 1 has no digits"),
        (b"[01]", "a comma or the end of the array is missing at byte 2"),
        (b"12true", "the value ends at byte 2, but something follows"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(data: bytes, words: str) -> None:
    """One line, without bytes of the message."""
    with pytest.raises(DecodeError) as caught:
        JsonDecoder().decode(data)
    assert str(caught.value) == words


def test_every_prefix_and_mutation() -> None:
    """Nothing but `DecodeError` is raised; every prefix of one object needs more."""
    check_decoder(JsonDecoder, RFC_8259, SENML)
    for end in range(len(RFC_8259)):
        assert JsonDecoder().decode(RFC_8259[:end]) == NeedsMore()


def test_size_and_depth_are_bounded() -> None:
    """After so many values the rest is left out; what is nested deeper has no fields; long names are clipped."""
    result = decode(JsonDecoder, b"[" + b"1," * 5000)
    assert (len(result.fields), result.cut) == (MAX_FIELDS - 1, True)
    assert decode(JsonDecoder, b"[" * (1 << 20)).cut
    deep = decode(JsonDecoder, b"[" * 100 + b"]" * 100)
    assert len(deep.fields) == MAX_DEPTH
    long = decode(JsonDecoder, b'{"' + b"n" * 100_000 + b'":[' + b"1," * 500 + b"1]}")
    assert max(len(field.name) for field in long.fields) <= 200


@given(st.binary(max_size=80))
def test_any_bytes(data: bytes) -> None:
    """Fields, or what is wrong."""
    try_to_decode(JsonDecoder, data)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
        max_leaves=20,
    )
)
def test_any_value_is_read_as_the_library_reads_it(value: object) -> None:
    """The bytes of each field, read by Python's own `json`, are the value of the field."""
    data = json.dumps(value).encode()
    for field in decode(JsonDecoder, data).fields:
        written = json.loads(data[field.offset : field.offset + field.size])
        assert written == field.value or (isinstance(written, dict | list) and field.value is None)
