"""Files of C definitions: what is read from them, and what is wrong with the line it is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuiserver.decoders.struct_file import MAX_SIZE, Choice, DefinitionError, load, parse

TRACKER = """
#pragma once
#ifndef TRACKER_H
#define TRACKER_H
#include <stdint.h>
#define MAGIC 0x7878

// tuiserver: endian big
// tuiserver: kind == LOGIN -> Login
//tuiserver: sent header.start == MAGIC -> Answer
/* // a comment in a comment: int x, y; */
typedef enum { LOGIN = 1, POSITION = 0x12 } Kind;

struct Header {
    uint16_t start;
    uint8_t length;
    enum Kind kind;
} __attribute__((packed));

typedef struct {
    struct Header header;
    const unsigned char imei[8];    // BCD
    uint8_t major, minor[2], : 4;
    uint16_t crc;                   // tuiserver: crc = crc16-x-25 over length..crc
} Login;

struct Answer { struct Header header; u16 crc; };
#endif
"""


def test_a_header_of_c_is_taken_as_it_is() -> None:
    """Guards, pragmas, attributes, `const`, enums by `typedef`, several fields in a declaration, bit fields without a name."""
    definitions = parse(
        "tracker.h", TRACKER.replace("uint8_t major, minor[2], : 4;", "uint8_t major, minor[2]; u8 : 4;")
    )
    assert list(definitions.structs) == ["Header", "Login", "Answer"]
    assert [field.name for field in definitions.structs["Login"].__fields__] == [
        "header",
        "imei",
        "major",
        "minor",
        "_",
        "crc",
    ]
    assert definitions.byteorder == "big"
    assert definitions.choices == (
        Choice("", "kind", 1, "Login"),
        Choice("sent", "header.start", 0x7878, "Answer"),
    )
    (check,) = definitions.checks
    assert (check.field, check.checksum.name, check.start, check.stop) == ("crc", "crc16-ibm-sdlc", "length", "crc")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("kind == 0x10", 16),
        ("kind == -1", -1),
        ("kind == 'A'", b"A"),
        ('kind == "\\x01P"', b"\x01P"),
        ("kind == K.ON", 2),
    ],
)
def test_values_of_a_choice(line: str, value: object) -> None:
    """Numbers, characters, text, and members of an enum."""
    definitions = parse("a.h", f"enum K {{ ON = 2 }};\nstruct A {{ int kind; }};\n// tuiserver: {line} -> A")
    assert definitions.choices[0].value == value


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("crc = modbus", (0, None)),
        ("crc = modbus over 2..", (2, None)),
        ("crc = modbus over ..-2", (0, -2)),
        ("A.crc = crc-16/modbus over 0..-2 little", (0, -2)),
    ],
)
def test_what_a_checksum_covers(line: str, place: tuple[object, object]) -> None:
    """From the beginning to the checksum itself, unless the line says otherwise."""
    (check,) = parse("a.h", f"// tuiserver: {line}\nstruct A {{ u16 crc; }};").checks
    assert (check.start, check.stop) == place
    assert check.byteorder == ("little" if "little" in line else None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("struct A { foo x; };", "a.h:1: unknown type foo"),
        ("\n\nint x;", "a.h:3: unexpected token int"),
        ("", "a.h: it defines no struct"),
        (
            "struct A { u8 n; };\n// tuiserver: hello",
            "a.h:2: this line is not known: use endian big, FIELD == VALUE -> ",
        ),
        ("struct A { u8 n; };\n// tuiserver: n = modbs", 'a.h:2: unknown checksum "modbs" (did you mean modbus?)'),
        (
            "struct A { u8 num; };\n// tuiserver: nun = sum8",
            "a.h:2: there is no field nun in any struct (did you mean num?)",
        ),
        ("struct A { u8 n; };\n// tuiserver: n = sum8 over x..n", "a.h:2: there is no field x in any struct"),
        ("struct Abc { u8 n; };\n// tuiserver: n == 1 -> Abd", "a.h:2: there is no struct Abd (did you mean Abc?)"),
        ("struct A { u8 n; };\n// tuiserver: m == 1 -> A", "a.h:2: there is no field m in A"),
        ("struct A { u8 n; };\n// tuiserver: n == ON -> A", "a.h:2: ON is not a number, constant or member of an enum"),
    ],
)
def test_an_error_is_one_line_with_its_place(text: str, words: str) -> None:
    """The name of the file, and the line where it is known."""
    with pytest.raises(DefinitionError) as caught:
        parse("a.h", text)
    assert str(caught.value).startswith(words)
    assert str(caught.value).isprintable()


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, or much too large."""
    with pytest.raises(DefinitionError, match=r"none\.h: No such file or directory"):
        load(str(tmp_path / "none.h"))
    (tmp_path / "large.h").write_text(" " * (MAX_SIZE + 1))
    with pytest.raises(DefinitionError, match="it is larger than 1 MB"):
        load(str(tmp_path / "large.h"))
