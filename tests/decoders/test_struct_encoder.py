"""Structs of a file are made of what was typed for their fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.decoders.test_struct import ANSWER, GT06, LOGIN
from tests.support.decoding import struct_encoder
from tuiserver.automation.field_template import FieldTemplate
from tuiserver.automation.template import Moment
from tuiserver.decoders.base import EncodeError, Encoder, Given
from tuiserver.decoders.registry import SpecError, find_encoder


def encode(encoder: Encoder, name: str, **typed: str) -> bytes:
    """The bytes of a message."""
    return encoder.encode(name, [Given(field.replace("__", "."), text.encode()) for field, text in typed.items()])


GT06_FILE = struct_encoder(GT06)


def test_messages_of_a_tracker() -> None:
    """As the protocol document prints them: the kind and the checksum are filled in."""
    assert encode(GT06_FILE, "Answer", start="0x7878", length="5", serial="1", stop="0x0d0a") == ANSWER
    imei = "01 23 45 67 89 01 23 45"
    assert encode(GT06_FILE, "Login", header__start="30840", length="13", imei=imei, serial="1", stop="3338") == LOGIN


def test_what_is_filled_in_can_be_given() -> None:
    """A wrong checksum, and another kind."""
    data = encode(GT06_FILE, "Answer", kind="STATUS", crc="0xdead")
    assert data.hex(" ") == "00 00 00 13 00 00 de ad 00 00"


def test_names_and_fields() -> None:
    """Those that are left to type."""
    assert GT06_FILE.names() == ("Header", "Login", "Status", "Answer")
    assert GT06_FILE.fields("Answer") == ("header.start", "header.length", "serial", "stop")
    assert GT06_FILE.fields("Nothing") == ()


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("Logn", {}, r"definitions.h has no struct Logn (did you mean Login?)"),
        ("X", {}, r"definitions.h has no struct X: it has Header, Login, Status, Answer"),
        ("Answer", {"sreial": "1"}, "sreial: Answer has no such field (did you mean serial?)"),
        ("Answer", {"serial": "65536"}, "serial: 65536 does not fit in uint16"),
        ("Answer", {"kind": "X"}, "header.kind: there is no X: use LOGIN, STATUS"),
    ],
)
def test_what_is_wrong_names_its_field(name: str, typed: dict[str, str], message: str) -> None:
    """In one line."""
    with pytest.raises(EncodeError) as caught:
        encode(GT06_FILE, name, **typed)
    assert str(caught.value) == message


def test_the_example_of_the_manual() -> None:
    """Its line makes its bytes."""
    text = Path(__file__).parents[2].joinpath("docs/decoders.md").read_text()
    example = text.partition("## Send")[2]
    line, made = [each.strip() for each in example.splitlines() if each.startswith("    ")][:2]
    assert FieldTemplate(line, GT06_FILE).fill(Moment(1, 0.0)).hex(" ") == made


def test_a_field_may_be_given_once() -> None:
    """By its short and its long name, too."""
    with pytest.raises(EncodeError, match=r"header\.length: it is given twice"):
        encode(GT06_FILE, "Answer", length="5", header__length="6")


def test_a_checksum_that_does_not_fit() -> None:
    """The definition is wrong."""
    encoder = struct_encoder("// tuiserver: c = crc32 over 0..c\nstruct A { uint8_t a; uint8_t c; };")
    with pytest.raises(EncodeError, match="c: crc32-iso-hdlc does not fit in 1 bytes"):
        encode(encoder, "A", a="1")


def test_the_file_may_change(tmp_path: Path) -> None:
    """It is read again; while it is wrong, nothing is sent."""
    path = tmp_path / "a.h"
    path.write_text("struct A { uint8_t a; };")
    encoder = find_encoder(f"{path}:A")
    assert encoder is not None
    assert encode(encoder, "A", a="1") == b"\1"
    path.write_text("struct A { uint16_t a; uint8_t b; };")
    assert encode(encoder, "A", a="1", b="2") == b"\1\0\2"
    path.write_text("struct A { nothing_known a; };")
    with pytest.raises(EncodeError, match=r"a\.h"):
        encode(encoder, "A")
    assert (encoder.names(), encoder.fields("A")) == ((), ())


def test_other_decoders_only_decode(tmp_path: Path) -> None:
    """They have no encoder; a file that is missing is an error."""
    assert find_encoder("json") is None
    with pytest.raises(SpecError):
        find_encoder(str(tmp_path / "none.h"))
