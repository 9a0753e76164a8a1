"""What an operator types ⇄ bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.core.payload import (
    ENDINGS,
    PayloadError,
    escape_nonprintable,
    parse_hex,
    parse_text,
    preview,
    to_hex,
    to_text,
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
        (r"\u{20ac}\u{1F600}", "€😀".encode()),
        ("ä€😀", "ä€😀".encode()),
        ("[bold red]x[/]", b"[bold red]x[/]"),
    ],
)
def test_text_with_escapes_becomes_bytes(typed: str, data: bytes) -> None:
    """Each escape stands for its byte or character; everything else is UTF-8."""
    assert parse_text(typed) == data


@pytest.mark.parametrize(
    ("typed", "position", "word"),
    [
        ("ab\\", 2, "lone"),
        (r"ab\q", 2, "unknown escape"),
        (r"\r\x1", 2, "two hex digits"),
        (r"\xzz", 0, "two hex digits"),
        (r"ä\u20ac", 1, "braces"),
        (r"\u{}", 0, "braces"),
        (r"\u{110000}", 0, "no character"),
        (r"x\u{d800}", 1, "no character"),
        ("ab\ud800", 2, "half a character"),
    ],
)
def test_wrong_text_is_refused_with_the_place(typed: str, position: int, word: str) -> None:
    """An error names the index of the first wrong character and says why."""
    with pytest.raises(PayloadError) as caught:
        parse_text(typed)
    assert caught.value.position == position
    assert word in caught.value.message
    assert f"at character {position + 1}" in str(caught.value)


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
def test_hex_is_forgiving(typed: str, data: bytes, padded: bool) -> None:
    """Spaces, commas, colons and 0x may stand between; an odd digit is padded, and that is said."""
    assert parse_hex(typed) == (data, padded)


@pytest.mark.parametrize(
    ("typed", "position"), [("7g", 1), ("73 zz", 3), ("0x", 0), ("73 0x,", 3), ("x41", 0), ("٣", 0)]
)
def test_wrong_hex_is_refused_with_the_place(typed: str, position: int) -> None:
    """What is no hex digit is marked where it stands."""
    with pytest.raises(PayloadError) as caught:
        parse_hex(typed)
    assert caught.value.position == position


@given(st.binary())
def test_any_bytes_come_back_from_their_text(data: bytes) -> None:
    """The text form of any bytes is printable, on one line, and parses back to the same bytes."""
    text = to_text(data)
    assert text.isprintable()
    assert parse_text(text) == data


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_as_itself(text: str) -> None:
    """What was typed without a backslash is sent as it is, in UTF-8."""
    assert parse_text(text.replace("\\", "\\\\")) == text.encode()


@given(st.binary())
def test_any_bytes_come_back_from_their_hex(data: bytes) -> None:
    """The hex form parses back, and nothing is padded."""
    assert parse_hex(to_hex(data)) == (data, False)


@given(st.text(st.characters(exclude_characters="\\", exclude_categories=["Cs"])))
def test_pasted_text_fits_one_line_and_means_the_same(text: str) -> None:
    """Pasted text shows its control characters as escapes and stands for the same bytes."""
    assert escape_nonprintable(text).isprintable()
    assert parse_text(escape_nonprintable(text)) == text.encode()


def test_pasted_escapes_stay_escapes() -> None:
    """A backslash that was pasted is the operator's: it is not doubled."""
    assert escape_nonprintable("PING\\r\\n\r\n\x1b\ud800") == r"PING\r\n\r\n\x1b\xed\xa0\x80"


@given(st.text())
def test_whatever_is_typed_is_bytes_or_an_error_with_a_place(text: str) -> None:
    """No typed text gets any other exception, and the place is inside the text."""
    for parse in (parse_text, parse_hex):
        place = 0
        try:
            parse(text)
        except PayloadError as error:
            place = error.position
        assert 0 <= place <= max(0, len(text) - 1)


def test_preview_is_the_hex_of_the_first_bytes() -> None:
    """The preview shows every byte that fits and says when there are more."""
    assert preview(b"st\n", 3) == "73 74 0a"
    assert preview(b"st\n!", 3) == "73 74 0a …"
    assert preview(b"", 3) == ""


def test_line_endings_have_names() -> None:
    """The four endings, in the order in which the send bar offers them."""
    assert list(ENDINGS.items()) == [("none", b""), ("LF", b"\n"), ("CRLF", b"\r\n"), ("NUL", b"\0")]
