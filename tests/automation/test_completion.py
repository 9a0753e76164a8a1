"""Placeholders that are being typed are completed."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.support.decoding import struct_encoder
from tests.support.typed import typed
from tuiserver.automation.completion import MAX_COMPLETIONS, completions, field_completions
from tuiserver.automation.placeholders import read


@pytest.mark.parametrize(
    ("source", "first"),
    [
        ("", ("counter", "len:u16", "crc:modbus")),
        ("c", ("counter", "crc:modbus", "crc:x-25")),
        ("counter", ("counter",)),
        ("counter:u1", ("counter:u16", "counter:u16le")),
        (" len:u16l", ("len:u16le",)),
        ("crc:mo", ("crc:modbus",)),
        ("crc:crc16-mo", ("crc:crc16-modbus",)),
        ("crc:ccitt", ("crc:crc16-ccitt-false", "crc:crc16-ccitt")),
        ("crc:modbus:", ("crc:modbus:be", "crc:modbus:le", "crc:modbus:hex", "crc:modbus:dec", "crc:modbus:before")),
        ("now:unixms:u3", ("now:unixms:u32", "now:unixms:u32le")),
        ("nothing", ()),
        ("crc:modbus:q", ()),
    ],
)
def test_what_a_placeholder_may_become(source: str, first: tuple[str, ...]) -> None:
    """Common ones first; what is complete already stays as it is."""
    found = completions(source)
    assert found[: len(first)] == first
    assert bool(found) == bool(first)


@given(typed("crc:", "crc16", "len", ":", "u16", "@1..", "now", "%", "modbus"))
def test_completions_can_be_used(source: str) -> None:
    """Whatever is typed: each of them is a placeholder, and there are not too many."""
    found = completions(source)
    assert len(set(found)) == len(found) <= MAX_COMPLETIONS
    for each in found:
        read(each, 0)


@pytest.mark.parametrize(
    ("text", "typed_word", "choices"),
    [
        ("", "", ("Login ", "Logout ")),
        ("Log", "Log", ("Login ", "Logout ")),
        ("Login", "Login", ()),
        ("Login ", "", ("head.id=", "seq=")),
        ("Login s", "s", ("seq=",)),
        ("Login id=1 ", "", ("seq=",)),
        ("Login seq=1", "seq=1", ()),
        ("Nothing ", "", ()),
    ],
)
def test_fields_are_completed(text: str, typed_word: str, choices: tuple[str, ...]) -> None:
    """First the struct, then those of its fields that are not given yet."""
    encoder = struct_encoder(
        "struct Login { struct { uint8_t id; } head; uint8_t seq; }; struct Logout { uint8_t seq; };"
    )
    assert field_completions(text, encoder) == (typed_word, choices)
