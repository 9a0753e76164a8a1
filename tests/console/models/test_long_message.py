"""One message of any length, as lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_characters import is_shown
from tuiserver.console.models.long_message import CHUNK, LongDump, LongLines, LongText, Position
from tuiserver.core.characters import columns
from tuiserver.core.charsets import find
from tuiserver.core.payload import parse_text


def text_of(lines: LongLines, position: Position) -> str:
    """A line."""
    return "".join(text for text, _ in lines.line(position))


def all_positions(lines: LongLines) -> list[Position]:
    """Every line, going down from the first byte."""
    positions: list[Position] = []
    position: Position | None = lines.at(0)
    while position is not None:
        positions.append(position)
        position = lines.after(position)
    return positions


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from([b"\n", b"\r\n", "ä€😀".encode(), b"x" * 200, b"a\\n" * 30, "漢".encode() * 2000, b"y" * 5000]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(PIECES, st.integers(8, 90), st.integers(0, 30_000))
def test_down_and_up_meet_the_same_lines(pieces: list[bytes], width: int, offset: int) -> None:
    """Whatever the bytes: going up meets the lines of going down, any byte is found in one of them, none is too wide, and
    together they are the bytes."""
    data = b"".join(pieces)
    for lines in (LongText(data, width), LongDump(data, width)):
        positions = all_positions(lines)
        back = [positions[-1]]
        while (before := lines.before(back[-1])) is not None:
            back.append(before)
        assert back[::-1] == positions
        assert lines.at(offset) in positions
        assert all(is_shown(text_of(lines, position)) for position in positions)
    text = LongText(data, width)
    positions = all_positions(text)
    assert all(columns(text_of(text, position)) <= max(width, 10) for position in positions)
    assert parse_text("".join(text_of(text, position) for position in positions)) == data


@settings(max_examples=40, deadline=None)
@given(PIECES, st.integers(8, 90), st.integers(0, 30_000))
@pytest.mark.parametrize("name", ["gbk", "cp037", "utf-16-le"])
def test_lines_in_any_character_set(name: str, pieces: list[bytes], width: int, offset: int) -> None:
    """They are the same from whichever position; where characters cannot be mistaken, they are all the bytes."""
    data, charset = b"".join(pieces), find(name)
    text = LongText(data, width, charset=charset)
    positions = all_positions(text)
    back = [positions[-1]]
    while (before := text.before(back[-1])) is not None:
        back.append(before)
    assert back[::-1] == positions
    assert text.at(offset) in positions
    assert parse_text("".join(text_of(text, position) for position in positions), charset=charset) == data


def test_a_line_feed_ends_a_line() -> None:
    """The head of a request reads as it was written."""
    text = LongText(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nbody", 40)
    words = [text_of(text, position) for position in all_positions(text)]
    assert words == [r"GET / HTTP/1.1\r\n", r"Host: a\r\n", r"\r\n", "body"]


def test_a_byte_is_found_in_its_line() -> None:
    """In text and in hex, an offset leads to the line that shows it."""
    data = b"x" * 10_000 + b"needle" + b"y" * 10_000
    for lines in (LongText(data, 60), LongDump(data, 80)):
        assert "needle"[:4] in text_of(lines, lines.at(10_000)) or "6e 65" in text_of(lines, lines.at(10_000))


@pytest.mark.parametrize("data", [b"", b"\n", b"a"])
def test_the_smallest(data: bytes) -> None:
    """Even an empty message is one line."""
    assert len(all_positions(LongText(data, 20))) == 1
    assert len(all_positions(LongDump(data, 20))) == 1


@pytest.mark.parametrize("data", [b"\x01" * 50_000_000, b"line\n" * 10_000_000], ids=["one line", "many lines"])
def test_fifty_megabytes_are_no_more_than_a_page(data: bytes) -> None:
    """From the end and from the middle, only the surroundings are read."""
    text = LongText(data, 100)
    seen = 0
    for offset in (0, 25_000_000, len(data)):
        position: Position | None = text.at(offset)
        for _ in range(50):
            if position is None:
                break
            seen += len(text_of(text, position))
            position = text.before(position)
    assert seen < 200 * 100
    assert text.at(len(data)).offset >= len(data) - CHUNK
