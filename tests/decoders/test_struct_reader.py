"""Structs of C over the bytes of a message: every kind of type, and lengths that the message cannot have."""

from __future__ import annotations

import pytest
from dissect.cstruct import cstruct
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.decoders.base import MAX_FIELDS, DecodeError, Field
from tuiserver.decoders.sequence import Short
from tuiserver.decoders.struct_file import parse
from tuiserver.decoders.struct_reader import Reader


def read(text: str, data: bytes, big: bool = True) -> list[Field]:
    """The fields of the last struct that `text` defines."""
    definitions = parse("a.h", f"// tuiserver: endian {'big' if big else 'little'}\n{text}")
    reader = Reader(definitions, data)
    reader.read([*definitions.structs.values()][-1], 0)
    return reader.fields


@pytest.mark.parametrize(
    ("text", "data", "expected"),
    [
        ("u16 a; int8_t b; int24 c;", "01 02 ff ff ff fe", [("a", 258, 0, 2), ("b", -1, 2, 1), ("c", -2, 3, 3)]),
        ("float f; double d;", "3f 80 00 00 bf f8" + " 00" * 6, [("f", 1.0, 0, 4), ("d", -1.5, 4, 8)]),
        (
            "char name[4]; char c; u8 raw[2];",
            "61 62 00 00 41 00 ff",
            [("name", "ab", 0, 4), ("c", "A", 4, 1), ("raw", b"\0\xff", 5, 2)],
        ),
        ("u8 len; char data[len]; u8 end;", "02 68 69 07", [("len", 2, 0, 1), ("data", "hi", 1, 2), ("end", 7, 3, 1)]),
        ("char z[]; u8 end;", "68 69 00 07", [("z", "hi", 0, 3), ("end", 7, 3, 1)]),
        ("char rest[EOF];", "68 69 0d 0a", [("rest", "hi\r\n", 0, 4)]),
        ("char bin[2];", "01 02", [("bin", b"\1\2", 0, 2)]),
        ("wchar_t w[2]; wchar_t z[];", "00 68 00 69 00 41 00 00", [("w", "hi", 0, 4), ("z", "A", 4, 4)]),
        ("u16 n[2];", "00 01 00 02", [("n", None, 0, 4), ("n.0", 1, 0, 2), ("n.1", 2, 2, 2)]),
        ("uleb128 n; ileb128 m;", "e5 8e 26 7f", [("n", 624485, 0, 3), ("m", -1, 3, 1)]),
        ("struct { u8 a; } s; struct { u8 b; };", "01 02", [("s", None, 0, 1), ("s.a", 1, 0, 1), ("b", 2, 1, 1)]),
        (
            "union { u16 n; u8 b[2]; } u; u8 end;",
            "01 02 03",
            [("u", None, 0, 2), ("u.n", 258, 0, 2), ("u.b", b"\1\2", 0, 2), ("end", 3, 2, 1)],
        ),
        ("u8 a : 1; u8 b : 4; u8 : 3; u16 c : 12;", "b0 ab c0", [("a", 1, 0, 1), ("b", 6, 0, 1), ("c", 0xABC, 1, 2)]),
        (
            "struct { u8 len; } h; u8 d[len - 1];",
            "03 01 02",
            [("h", None, 0, 1), ("h.len", 3, 0, 1), ("d", b"\1\2", 1, 2)],
        ),
        ("void v; char *p;", "00" * 7 + "05", [("v", None, 0, 0), ("p", 5, 0, 8)]),
    ],
)
def test_types(text: str, data: str, expected: list[tuple[str, object, int, int]]) -> None:
    """Values with their places; nested names are dotted."""
    found = read(f"struct A {{ {text} }};", bytes.fromhex(data))
    assert [field[:4] for field in found if field.name != "v"] == [each for each in expected if each[0] != "v"]


def test_bits_of_little_endian_begin_at_the_lowest() -> None:
    """As compilers lay them out."""
    found = read("struct A { u8 a : 1; u8 b : 4; u8 c : 3; };", b"\xb1", big=False)
    assert [field.value for field in found] == [1, 8, 5]


def test_enums_and_flags_have_names() -> None:
    """The number is in the note; flags are a number, with their names."""
    text = (
        "enum K : uint8_t { ON = 2 };\nflag F : uint8_t { X = 1, Y = 4 };\nstruct A { enum K k; K l; F f; K m : 4; };"
    )
    assert [(field.value, field.note) for field in read(text, bytes([2, 9, 5, 0x20]))] == [
        ("ON", "2"),
        (9, "not in K"),
        (5, "X Y"),
        ("ON", "2"),
    ]


@pytest.mark.parametrize(
    ("text", "data", "missing"),
    [
        ("u32 len; char data[len];", "ff ff ff ff 00", 2**32 - 2),
        ("u32 len; u32 data[len * len];", "ff ff ff ff", 4 * (2**32 - 1) ** 2),
        ("u8 a; u16 b;", "01 02", 1),
        ("char z[];", "61", 1),
        ("wchar_t z[];", "61 00 00", 2),
        ("uleb128 n;", "80", 1),
        ("struct { u8 a[4]; } s[2];", "00" * 7, 1),
    ],
)
def test_what_the_message_does_not_have_is_not_read(text: str, data: str, missing: int) -> None:
    """However long it claims to be."""
    with pytest.raises(Short) as caught:
        read(f"struct A {{ {text} }};", bytes.fromhex(data))
    assert caught.value.missing == missing


@pytest.mark.parametrize(
    ("text", "data", "words"),
    [
        ("u8 n; u8 d[5 / n];", "00", "the length of d, 5 / n, cannot be calculated"),
        ("u32 n; u8 d[1 << n];", "ff ff ff ff", "the length of d is too large"),
        ("u8 d[what];", "00", "the length of d, what, cannot be calculated"),
        ("uleb128 n;", "ff" * 30, "n is a number of more than 19 bytes"),
        ("u16 n[];", "00 01" * 2000, f"n has more than {MAX_FIELDS} elements"),
    ],
)
def test_lengths_that_cannot_be(text: str, data: str, words: str) -> None:
    """One line that names the field."""
    with pytest.raises(DecodeError) as caught:
        read(f"struct A {{ {text} }};", bytes.fromhex(data))
    assert str(caught.value) == words


def test_negative_lengths_are_zero_and_long_arrays_are_cut() -> None:
    """What follows is still read at its place."""
    assert [field[:4] for field in read("struct A { u8 n; u8 d[n - 5]; u8 e; };", b"\1\2")][1:] == [
        ("d", b"", 1, 0),
        ("e", 2, 1, 1),
    ]
    definitions = parse("a.h", "struct A { u16 n[5000]; u8 end; };")
    reader = Reader(definitions, bytes(10_001))
    assert reader.read(definitions.structs["A"], 0) == 10_001
    assert (len(reader.fields), reader.cut) == (MAX_FIELDS, True)
    assert len(read("struct E { };\nstruct A { u32 n; struct E e[n]; };", b"\xff" * 4)) < 5


@given(st.binary(min_size=27, max_size=27), st.booleans())
def test_numbers_are_those_of_cstruct(data: bytes, big: bool) -> None:
    """The library reads the same values."""
    text = "struct A { u8 a; u16 b; int32_t c; int64_t d; uint24 e; u8 f : 3; u8 g : 5; u32 h : 7; u32 i : 25; int16_t j[2]; };"
    ours = {field.name: field.value for field in read(text, data, big)}
    library = cstruct(endian=">" if big else "<")
    for name, kind in (("u8", "uint8"), ("u16", "uint16"), ("u32", "uint32")):
        library.add_type(name, kind, replace=True)
    theirs = library.load(text).A(data)
    for name in "abcdefghi":
        assert ours[name] == getattr(theirs, name), name
    assert [ours["j.0"], ours["j.1"]] == theirs.j
