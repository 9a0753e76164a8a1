"""One message of any length, as lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiserver.console.models.long_message import CHUNK, LongDump, LongLines, LongText, Position
from tuiserver.core.payload import parse_text


def all_places(lines: LongLines) -> list[Position]:
    """Every line, going down from the first byte."""
    places: list[Position] = []
    place: Position | None = lines.at(0)
    while place is not None:
        places.append(place)
        place = lines.after(place)
    return places


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
    """Whatever the bytes: up is down backwards, any byte is found in one of those lines, none is too wide, and all of
    them together are the bytes."""
    data = b"".join(pieces)
    for lines in (LongText(data, width), LongDump(data, width)):
        places = all_places(lines)
        back = [places[-1]]
        while (before := lines.before(back[-1])) is not None:
            back.append(before)
        assert back[::-1] == places
        assert lines.at(offset) in places
        assert all(lines.text(place).isprintable() for place in places)
    text = LongText(data, width)
    places = all_places(text)
    assert all(len(text.text(place)) <= max(width, 10) for place in places)
    assert parse_text("".join(text.text(place) for place in places)) == data


def test_a_line_ending_ends_a_line() -> None:
    """The head of a request reads as it was written."""
    text = LongText(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nbody", 40)
    words = [text.text(place) for place in all_places(text)]
    assert words == [r"GET / HTTP/1.1\r\n", r"Host: a\r\n", r"\r\n", "body"]


def test_a_byte_is_found_in_its_line() -> None:
    """What is searched for is shown where it stands, in text and in hex."""
    data = b"x" * 10_000 + b"needle" + b"y" * 10_000
    for lines in (LongText(data, 60), LongDump(data, 80)):
        assert "needle"[:4] in lines.text(lines.at(10_000)) or "6e 65" in lines.text(lines.at(10_000))


@pytest.mark.parametrize("data", [b"", b"\n", b"a"])
def test_the_smallest(data: bytes) -> None:
    """Even nothing is one line."""
    assert len(all_places(LongText(data, 20))) == 1
    assert len(all_places(LongDump(data, 20))) == 1


@pytest.mark.parametrize("data", [b"\x01" * 50_000_000, b"line\n" * 10_000_000], ids=["one line", "many lines"])
def test_fifty_megabytes_are_no_more_than_a_page(data: bytes) -> None:
    """From the end, from the middle, up and down: only pieces are ever looked at."""
    text = LongText(data, 100)
    seen = 0
    for offset in (0, 25_000_000, len(data)):
        place: Position | None = text.at(offset)
        for _ in range(50):
            if place is None:
                break
            seen += len(text.text(place))
            place = text.before(place)
    assert seen < 200 * 100
    assert text.at(len(data)).offset >= len(data) - CHUNK
