"""Structs are written so that they read back as what was given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.decoders.base import EncodeError, Given
from tuiserver.decoders.struct_file import Definitions, parse
from tuiserver.decoders.struct_reader import Reader
from tuiserver.decoders.struct_writer import MAX_SIZE, Writer

SOURCE = """
enum Kind : uint8_t {{ LOGIN = 1, DATA = 2 }};
flag Bits : uint8_t {{ A = 1, B = 2, C = 4 }};
struct Point {{ int16_t x; int16_t y; }};
struct Header {{ enum Kind kind; uint8_t count; }};
struct All {{
    struct Header header;
    Bits bits;
    uint8_t low : 3;
    uint8_t high : 5;
    uint16_t wide : 12;
    uint16_t : 4;
    int24 middle;
    float ratio;
    char letter;
    char name[6];
    uint8_t raw[4];
    uint16_t numbers[3];
    struct Point points[2];
    uleb128 leb;
    ileb128 sleb;
    uint8_t size;
    char text[size];
    int16_t counted[count];
    uint8_t total;
    uint8_t rest[total - 1];
    wchar wide_text[2];
    char title[];
    uint32_t end;
}};
"""


def definitions(order: str = "big") -> Definitions:
    """The structs above."""
    return parse("all.h", f"// tuiserver: endian {order}\n{SOURCE.format()}")


BIG, LITTLE = definitions(), definitions("little")


def write(given_values: dict[str, str], of: Definitions = BIG, struct: str = "All") -> bytes:
    """The bytes of a struct; a value in quotes is quoted."""
    values = [Given(name, text.strip('"').encode(), quoted=text.startswith('"')) for name, text in given_values.items()]
    writer = Writer(of, values)
    writer.write(of.structs[struct])
    return bytes(writer.data)


def read(data: bytes, of: Definitions = BIG, struct: str = "All") -> dict[str, object]:
    """The values of the fields of a struct, which is all of the message."""
    reader = Reader(of, data)
    assert reader.read(of.structs[struct], 0) == len(data)
    return {field.name: field.value for field in reader.fields}


def test_what_is_not_given_is_zero_or_empty() -> None:
    """The lengths too."""
    data = write({"total": "1"})
    assert set(data) == {0, 1}
    assert read(data)["title"] == ""


@pytest.mark.parametrize("of", [BIG, LITTLE], ids=["big", "little"])
def test_what_is_given_is_read_back(of: Definitions) -> None:
    """Every kind of field; lengths follow what is given."""
    given_values = {
        "header.kind": "DATA",
        "bits": "A|C",
        "low": "5",
        "high": "0x1f",
        "wide": "0xabc",
        "middle": "-2",
        "ratio": "0.5",
        "letter": "x",
        "name": "abc",
        "raw": "01 02ff00",
        "numbers": "1,0x10,65535",
        "points.1.x": "-7",
        "leb": "300",
        "sleb": "-300",
        "text": "hello, world",
        "counted": "1,-2",
        "rest": '"abc"',
        "wide_text": "hé",
        "title": "end",
        "end": "4000000000",
    }
    values = read(write(given_values, of), of)
    expected: dict[str, object] = {
        "header.kind": "DATA",
        "header.count": 2,
        "bits": 5,
        "low": 5,
        "high": 31,
        "wide": 0xABC,
        "middle": -2,
        "ratio": 0.5,
        "letter": "x",
        "name": "abc",
        "raw": b"\1\2\xff\0",
        "numbers.1": 16,
        "numbers.2": 65535,
        "points.0.x": 0,
        "points.1.x": -7,
        "leb": 300,
        "sleb": -300,
        "size": 12,
        "text": "hello, world",
        "counted.1": -2,
        "total": 4,
        "rest": b"abc",
        "wide_text": "hé",
        "title": "end",
        "end": 4_000_000_000,
    }
    assert {name: values[name] for name in expected} == expected


def test_a_length_that_is_given_is_written_as_it_is() -> None:
    """Also a wrong one: a device must be able to be tested with it."""
    assert write({"n": "9", "text": "ab"}, parse("a.h", "struct A { uint8_t n; char text[n]; };"), "A") == b"\x09ab"
    assert write({"n": "3"}, parse("a.h", "struct A { uint8_t n; char text[n]; };"), "A") == b"\3\0\0\0"


def test_a_union_has_the_member_that_is_given() -> None:
    """And the size of the largest."""
    of = parse("u.h", "struct U { union { uint8_t small; uint32_t large; } u; uint8_t after; };")
    assert write({"u.small": "7", "after": "1"}, of, "U") == b"\7\0\0\0\1"
    assert write({"u.large": "7"}, of, "U") == b"\7\0\0\0\0"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"nmae": "x"}, "nmae: All has no such field (did you mean name?)"),
        ({"name": "seven77"}, "name: 7 do not fit in char[6]"),
        ({"raw": "0g"}, 'raw: not a hex digit: write hex digits, or text as "…"'),
        ({"raw": "012"}, "raw: an odd number of hex digits"),
        ({"numbers": "1,2,3,4"}, "numbers: 4 do not fit in uint16[3]"),
        ({"numbers": "1,x"}, "numbers.1: x is not a number"),
        ({"numbers.9": "1"}, "numbers: 10 do not fit in uint16[3]"),
        ({"low": "8"}, "low: 8 does not fit in 3 bits"),
        ({"middle": "8388608"}, "middle: 8388608 does not fit in int24"),
        ({"end": "-1"}, "end: -1 does not fit in uint32"),
        ({"end": "1.5"}, "end: 1.5 is not a number"),
        ({"ratio": "half"}, "ratio: half is not a number"),
        ({"letter": "xy"}, "letter: it is one character"),
        ({"header.kind": "LOGOUT"}, "header.kind: there is no LOGOUT"),
        ({"leb": "-1"}, "leb: -1 does not fit in uleb128"),
        ({"size": "255", "header.count": "255", "total": "0"}, ""),
    ],
)
def test_what_cannot_be_written_names_its_field(values: dict[str, str], message: str) -> None:
    """And says why, in one line. Lengths alone are written as zeros."""
    if not message:
        assert len(write(values)) > 700
        return
    with pytest.raises(EncodeError) as caught:
        write(values)
    assert str(caught.value).startswith(message)


def test_a_length_alone_allocates_little() -> None:
    """It is refused before anything is allocated."""
    of = parse("a.h", "struct A { uint32_t n; uint64_t items[n]; };")
    with pytest.raises(EncodeError, match=r"items: it would have 4,294,967,295 elements"):
        write({"n": "0xffffffff"}, of, "A")
    assert MAX_SIZE < 0xFFFFFFFF


NAMES = (*Writer(BIG, ()).names(BIG.structs["All"]), "points.0.x", "points.9", "counted.3", "nothing", "")
TYPED = ("", "1", "-1", "0x1f", "300", "1,2", "abc", "DATA", "A|B", "0102", "ff" * 300, "9" * 5000, "é")
TEXTS = st.sampled_from(TYPED) | st.text(max_size=4)


@given(st.dictionaries(st.sampled_from(NAMES), TEXTS.filter(lambda text: text.isprintable()), max_size=5))
def test_anything_is_written_or_refused(values: dict[str, str]) -> None:
    """Nothing but `EncodeError` is raised. What is written is a struct, unless a length was given."""
    try:
        data = write(values)
    except EncodeError:
        return
    if not values.keys() & {"size", "header.count", "total"}:
        Reader(BIG, data).read(BIG.structs["All"], 0)
