"""Typed text and hex become bytes, and bytes become text and hex that can be typed again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_characters import is_shown
from tests.support.typed import PAYLOAD_PARTS, typed
from tuiserver.core.payload import (
    ENDINGS,
    PayloadError,
    escape_nonprintable,
    parse_hex,
    parse_hex_parts,
    parse_text,
    parse_text_parts,
    preview,
    to_hex,
    to_text,
    to_typed,
)


@pytest.mark.parametrize(
    ("typed", "data"),
    [
        ("", b""),
        ("PING", b"PING"),
        (r"status\x00\x01", b"status\x00\x01"),
        (r"\r\n\t\0\\", b"\r\n\t\0\\"),
        (r"\\n", b"\\n"),
        (r"\01", b"\x001"),
        (r"\xC3\xa4", "ä".encode()),
        (r"\u{20ac}\u{1F600}\u{10ffff}\u{d7ff}\u{e000}", "€😀\U0010ffff\ud7ff\ue000".encode()),
        ("ä€😀", "ä€😀".encode()),
        ("[bold red]x[/]", b"[bold red]x[/]"),
        ("{{time}}", b"{{time}}"),
        (r"\{{time}}", b"{{time}}"),
    ],
)
def test_text_with_escapes_becomes_bytes(typed: str, data: bytes) -> None:
    """Each escape stands for its byte or character; everything else is UTF-8."""
    assert parse_text(typed) == data


@pytest.mark.parametrize(
    ("typed", "position", "words"),
    [
        ("ab\\", 2, "incomplete escape"),
        (r"ab\q", 2, "unknown escape"),
        (r"\r\x1", 2, "two hex digits"),
        (r"\xzz", 0, "two hex digits"),
        (r"ä\u20ac", 1, "braces"),
        (r"\u{}", 0, "braces"),
        (r"\u{110000}", 0, "is not a character"),
        (r"x\u{d800}", 1, "is not a character"),
        (r"x\u{dfff}", 1, "is not a character"),
        ("ab\ud800", 2, "unpaired surrogate"),
    ],
)
def test_invalid_text_is_refused_with_its_position(typed: str, position: int, words: str) -> None:
    """An error names the index of the first invalid character and says why."""
    with pytest.raises(PayloadError) as caught:
        parse_text(typed)
    assert caught.value.position == position
    assert words in caught.value.message
    assert f"at character {position + 1}" in str(caught.value)


def read(source: str, position: int) -> str:
    """A placeholder is its text and its position; `?` is none."""
    if source == "?":
        raise PayloadError(position, "unknown")
    return f"{source}@{position}"


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("", [b""]),
        (r"a\x00{{x:u8}}b", [b"a\0", "x:u8@7", b"b"]),
        (r"\{{x}}{{ y }}{{}}", [b"{{x}}", " y @8", b"", "@15", b""]),
        ("{{{x}}}", [b"", "{x@2", b"}"]),
        ("{ä}", ["{ä}".encode()]),
        (r"\\{{x}}", [b"\\", "x@4", b""]),
    ],
)
def test_text_has_placeholders(typed: str, parts: list[bytes | str]) -> None:
    """They come between the bytes around them; escaped braces are bytes."""
    assert parse_text_parts(typed, read) == parts


def test_hex_has_placeholders() -> None:
    """Between digits; an odd digit before or behind one is padded."""
    assert parse_hex_parts("01 0x3,{{x}}:4{{y}}", read) == ([b"\1\3", "x@9", b"\4", "y@16", b""], True)
    assert parse_hex_parts("0102", read) == ([b"\1\2"], False)


@pytest.mark.parametrize(("typed", "position"), [("41{{?}}", 4), ("41{{counter", 2), ("{{x}}{{", 5), ("{{x}}4q", 6)])
def test_an_invalid_placeholder_has_its_position(typed: str, position: int) -> None:
    """One that is not read, one that does not end, and what is wrong behind one."""
    with pytest.raises(PayloadError) as caught:
        parse_hex_parts(typed, read)
    assert caught.value.position == position


def test_a_placeholder_without_its_end_is_explained() -> None:
    """The error says how to write literal braces; an invalid escape before it comes first."""
    with pytest.raises(PayloadError, match=r"\\{{ for literal braces"):
        parse_text_parts("a{{b}", read)
    with pytest.raises(PayloadError, match="unknown escape"):
        parse_text_parts(r"\q{{b}", read)


@pytest.mark.parametrize(
    ("typed", "data", "padded"),
    [
        ("", b"", False),
        ("73 74 0a", b"st\n", False),
        ("73740A", b"st\n", False),
        ("0x73,0x74, 0X0a", b"st\n", False),
        (" 73:74:0a ", b"st\n", False),
        ("1f 3", b"\x1f\x03", True),
        ("1f3", b"\x1f\x03", True),
        ("0x1, 2", b"\x01\x02", True),
        ("0", b"\0", True),
    ],
)
def test_hex_accepts_common_notations(typed: str, data: bytes, padded: bool) -> None:
    """Spaces, commas, colons and 0x may separate the bytes; a padded digit is reported."""
    assert parse_hex(typed) == (data, padded)


@pytest.mark.parametrize(
    ("typed", "position"), [("7g", 1), ("73 zz", 3), ("0x", 0), ("73 0x,", 3), ("x41", 0), ("٣", 0)]
)
def test_invalid_hex_is_refused_with_its_position(typed: str, position: int) -> None:
    """An error names the index of the first character that is not a hex digit."""
    with pytest.raises(PayloadError) as caught:
        parse_hex(typed)
    assert caught.value.position == position


@given(st.binary())
def test_text_of_bytes_parses_back(data: bytes) -> None:
    """The text form of any bytes is printable, on one line, and parses back to the same bytes."""
    text = to_text(data)
    assert is_shown(text)
    assert parse_text(text) == data


@given(st.binary() | st.text("{}\\ a").map(str.encode))
def test_typed_form_of_bytes_contains_no_placeholder(data: bytes) -> None:
    """The typed form of any bytes parses back although placeholders are expanded."""
    assert parse_text_parts(to_typed(data), read) == [data]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_without_escapes_is_utf8(text: str) -> None:
    """Text in which backslashes are doubled is sent unchanged, in UTF-8."""
    assert parse_text(text.replace("\\", "\\\\")) == text.encode()


@given(st.binary())
def test_hex_of_bytes_parses_back(data: bytes) -> None:
    """The hex form of any bytes parses back to the same bytes, without padding."""
    assert parse_hex(to_hex(data)) == (data, False)


@given(st.text(st.characters(exclude_characters="\\", exclude_categories=["Cs"])))
def test_pasted_text_fits_on_one_line(text: str) -> None:
    """Pasted text with its control characters escaped is printable and stands for the same bytes."""
    assert is_shown(escape_nonprintable(text))
    assert parse_text(escape_nonprintable(text)) == text.encode()


def test_pasted_escapes_are_unchanged() -> None:
    """A pasted backslash begins an escape, so it is not doubled."""
    assert escape_nonprintable("PING\\r\\n\r\n\x1b\ud800") == r"PING\r\n\r\n\x1b\xed\xa0\x80"


@given(typed(*PAYLOAD_PARTS))
def test_parsing_raises_nothing_else(text: str) -> None:
    """Any typed text is parsed or refused with a `PayloadError` whose position is within the text."""
    parsers: tuple[Callable[[str], object], ...] = (
        parse_text,
        parse_hex,
        lambda typed: parse_text_parts(typed, read),
        lambda typed: parse_hex_parts(typed, read),
    )
    for parse in parsers:
        position = 0
        try:
            parse(text)
        except PayloadError as error:
            position = error.position
        assert 0 <= position <= max(0, len(text) - 1)


def test_preview_is_the_hex_of_the_first_and_last_bytes() -> None:
    """The preview shows every byte that fits, and an ellipsis for the others."""
    assert preview(b"st\n", 3) == "73 74 0a"
    assert preview(b"", 3) == ""
    assert preview(b"st\n!", 2) == "73 74 …"
    assert preview(bytes(range(40)), 9) == "00 01 02 03 04 05 … 25 26 27"
    assert preview(bytes(range(40)), 30).endswith("17 … 22 23 24 25 26 27")


def test_line_endings_have_names() -> None:
    """There are four line endings, in the order in which the send bar offers them."""
    assert list(ENDINGS.items()) == [("none", b""), ("LF", b"\n"), ("CRLF", b"\r\n"), ("NUL", b"\0")]
