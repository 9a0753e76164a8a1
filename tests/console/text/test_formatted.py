"""Messages formatted for reading."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiserver.console.text.formatted import MAX_BODY, MAX_INDENT, format_json, format_message


def test_json_is_indented() -> None:
    """With its keys in their order, and each value as it was written."""
    assert format_json(b' {"b":1.50,"a":[true,"\\u00e4"]}\n') == (
        b'{\n  "b": 1.50,\n  "a": [\n    true,\n    "\\u00e4"\n  ]\n}'
    )
    assert format_json(b'{"a":1}\n[2]\r\n') == b'{\n  "a": 1\n}\n[\n  2\n]'
    for data in (b"", b"12", b'"text"', b"{", b'{"a":1} x', b"[1,]", b"PING\n{}", b"\xff{}"):
        assert format_json(data) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    )
)
@settings(max_examples=50)
def test_formatted_json_means_the_same(value: object) -> None:
    """Whatever the value."""
    data = json.dumps([value]).encode()
    formatted = format_json(data)
    assert formatted is not None
    assert json.loads(formatted) == [value]


@pytest.mark.parametrize(
    "data", [b"[" * 100_000 + b"]" * 100_000, (b"[" * 900 + b"]" * 900 + b",") * 500, b'["' + b'\\"' * 500_000]
)
def test_hostile_nesting_is_not_formatted(data: bytes) -> None:
    """Indentation would make gigabytes of it; strings that do not end take no more time than others."""
    assert format_json(b"[" + data.rstrip(b",") + b"]") is None


def test_size_is_bounded() -> None:
    """Larger bodies stay as they are; a formatted one is larger by its indentation at most."""
    assert format_json(b"[" + b" " * MAX_BODY + b"]") is None
    large = b"[" + b"[0]," * (MAX_BODY // 5) + b"[0]]"
    formatted = format_json(large)
    assert formatted is not None
    assert len(formatted) < 3 * len(large) + MAX_INDENT


def test_http() -> None:
    """Requests and responses: the head as text, then the body."""
    formatted = format_message(b'HTTP/1.1 200 OK\r\nA: b\r\n\r\n{"a":1}')
    assert formatted is not None
    assert formatted.data == b'HTTP/1.1 200 OK\nA: b\n\n{\n  "a": 1\n}'
    assert formatted.name == "HTTP, JSON"
    assert [formatted.language(at) for at in (0, formatted.head - 1, formatted.head)] == ["http", "http", "json"]
    formatted = format_message(b"GET / HTTP/1.0\n\n")
    assert formatted is not None
    assert formatted.data == b"GET / HTTP/1.0"
    formatted = format_message(b"POST / HTTP/1.1\r\n\r\n\x00\x01\xff")
    assert formatted is not None
    assert formatted.data.endswith(b"\n\n3 of body, not formatted")
    assert formatted.language(len(formatted.data) - 1) == "note"
    for data in (b"", b"GET", b"GET / HTTP/2.0\r\n\r\n", b"a b HTTP/1.1x\r\n\r\n", b"HTTP/1.1", b" / HTTP/1.1\n\n"):
        assert format_message(data) is None


@given(st.binary(max_size=200), st.sampled_from([b"", b"GET / HTTP/1.1\r\n", b"HTTP/1.1 200\n\n", b"{"]))
@settings(max_examples=100)
def test_any_bytes(data: bytes, start: bytes) -> None:
    """Are formatted or left alone."""
    formatted = format_message(start + data)
    if formatted is not None:
        assert len(formatted.data) <= 3 * len(start + data) + 80
