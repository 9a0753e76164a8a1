"""Messages that are typed as fields."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.support.decoding import struct_encoder
from tests.support.typed import typed
from tuiserver.automation.field_template import FieldTemplate
from tuiserver.automation.template import Moment
from tuiserver.core.payload import PayloadError, UnfinishedPlaceholder

ENCODER = struct_encoder(
    """
    // tuiserver: crc = crc16-modbus
    struct Login { uint8_t seq; char name[8]; uint8_t raw[4]; uint16_t crc; };
    struct Empty { uint8_t n; uint16_t items[n]; };
    """.replace("crc16-modbus", "crc16-modbus over 0..crc")
)
NOW = Moment(7, 1_795_608_271.0)


def fill(text: str) -> bytes:
    """The bytes of a message."""
    return FieldTemplate(text, ENCODER).fill(NOW)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("Login seq=1 name=abc raw=01ff", "01 6162630000000000 01ff0000"),
        (r'  Login  seq=0x10  name="a b\x22"  raw="\x01 {{counter}}" ', "10 61206222 00000000 01203700"),
        ("Login name={{counter}}{{now:%H}} seq={{ counter }}", "07 3731320000000000 00000000"),
        ("Login raw={{random:u8:hex}}", None),
    ],
)
def test_fields_become_bytes(text: str, data: str | None) -> None:
    """Values have the escapes and placeholders of text, in quotes also blanks and bytes; checksums are filled in."""
    made = fill(text)
    assert len(made) == 15
    assert data is None or made[:13] == bytes.fromhex(data)


def test_lists() -> None:
    """Of numbers, with their length."""
    assert fill("Empty items=1,2,3") == b"\3\1\0\2\0\3\0"
    assert fill("Empty") == b"\0"


def test_a_template_knows_what_it_is() -> None:
    """Whether it is the same each time, and has a number; its line ending follows the struct."""
    kinds = [
        (template.constant, template.varies, template.numbered)
        for template in (FieldTemplate(f"Login name={value}", ENCODER) for value in ("x", "{{uuid}}", "{{counter}}"))
    ]
    assert kinds == [(True, False, False), (False, True, False), (False, True, True)]
    assert FieldTemplate("Empty", ENCODER, b"\n").fill(NOW) == b"\0\n"


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "write a struct and its fields: Login Empty"),
        (" Logn", 1, "definitions.h has no struct Logn (did you mean Login?)"),
        ("Login seq=1 nmae=x", 12, "Login has no such field (did you mean name?) (nmae)"),
        ("Login seq=300 name=x", 6, "300 does not fit in uint8 (seq)"),
        ("Login seq=1 name=a b", 19, "write FIELD=VALUE here"),
        ('Login name="a', 6, "write FIELD=VALUE here"),
        (r"Login name=a\q", 12, "unknown escape"),
        ("Login name={{tim}} seq=1", 13, "unknown placeholder tim"),
        ("Login name={{crc:modbus}}", 13, "nothing before it"),
        ("Login name={{tim seq=1", 11, "placeholder without its end"),
        ("Empty items=1,x", 6, "x is not a number (items.1)"),
    ],
)
def test_what_is_wrong_is_marked_in_its_place(text: str, position: int, message: str) -> None:
    """The field, or what is typed as its value."""
    with pytest.raises(PayloadError) as caught:
        fill(text)
    assert caught.value.message.startswith(message)
    assert caught.value.position == position


def test_a_placeholder_at_the_end_may_be_unfinished() -> None:
    """So that it can be completed."""
    with pytest.raises(UnfinishedPlaceholder) as caught:
        fill("Login seq={{coun")
    assert (caught.value.position, caught.value.source) == (10, "coun")


@given(
    typed("Login ", "Empty ", "seq=", "name=", "raw=", "items=", '"', " ", "{{counter}}", "{{", "1", ",", "\\x", ".")
)
def test_nothing_else_is_raised(text: str) -> None:
    """Any text is filled in or refused with a position within it."""
    position = 0
    try:
        fill(text)
    except PayloadError as error:
        position = error.position
    assert 0 <= position <= max(0, len(text) - 1)
