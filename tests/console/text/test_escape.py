"""Untrusted bytes become text that takes the cells that are counted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tuiserver.console.text.escape import clip, clip_address, escape, escape_all, escape_label, wrap
from tuiserver.console.text.glyphs import ASCII
from tuiserver.core import characters
from tuiserver.core.characters import columns
from tuiserver.core.payload import parse_text

DATA = st.binary(max_size=200) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass"))


@settings(deadline=None)
@given(DATA, st.integers(0, 40))
def test_escape_fits_its_columns(data: bytes, width: int) -> None:
    """The text is never wider than requested, and ends with an ellipsis if it was cut."""
    text = escape(data, width)
    assert cell_len(text) == columns(text) <= width
    assert columns(escape(data, 1000)) <= width or width == 0 or text.endswith("…")


@settings(deadline=None)
@given(DATA)
def test_an_escape_can_be_typed_to_send_the_same_bytes(data: bytes) -> None:
    """What the screen shows of a message is the notation of the send bar."""
    assert parse_text(escape_all(data.decode("utf-8", "surrogateescape"))) == data


def test_addresses_are_cut_in_the_middle_of_the_host() -> None:
    """Never in the port, as long as that fits."""
    address = "[2001:db8:1111:2222:3333:4444:5555:6666]:51234"
    assert clip_address(address, 46) == address
    assert clip_address(address, 27) == "[2001:db8:…5555:6666]:51234"
    assert clip_address(address, 8) == "[…:51234"
    assert clip_address(address, 7) == "…:51234"
    assert clip_address(address, 5) == "[200…"
    assert clip_address("203.0.113.254:8080", 12, ASCII) == "203~254:8080"
    assert clip_address("unix", 3) == "un…"


@settings(deadline=None)
@given(st.text(max_size=80), st.integers(1, 40))
def test_labels_are_printable(text: str, width: int) -> None:
    """A label is cut to its width; with ASCII glyphs it is ASCII."""
    label = clip(text, width)
    assert cell_len(label) == columns(label) <= width
    assert escape_label(text, ASCII).isascii()


@settings(deadline=None)
@given(DATA, st.integers(10, 40))
def test_wrapped_lines_hold_all_bytes_and_split_no_escape(data: bytes, width: int) -> None:
    """Joined, the lines are the escaped bytes; each by itself can be parsed."""
    lines = wrap(data, width)
    assert "".join(lines) == escape_all(data.decode("utf-8", "surrogateescape"))
    assert all(columns(line) <= width for line in lines)
    assert b"".join(parse_text(line) for line in lines) == data


def test_a_line_feed_ends_a_wrapped_line() -> None:
    """It is shown at the end of its line; an empty message is one empty line."""
    assert wrap(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 40) == (r"GET / HTTP/1.1\r\n", r"Host: a\r\n", r"\r\n")
    assert wrap(b"", 40) == ("",)


def test_marks_do_not_shorten_what_is_shown() -> None:
    """More bytes are read where combining marks take no columns."""
    text = "e\u0301\u0302" * 100
    assert escape(text.encode(), 40) == text[: 3 * 39] + "…"
    assert escape(text, 40) == text[: 3 * 39] + "…"


@pytest.mark.slow
def test_what_the_toolkit_measures_otherwise_is_an_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of Unicode is measured as Textual draws it; where its table differs, nothing is shown."""
    for number in range(0x20, 0x110000):
        character = chr(number)
        if characters.width(character) > 0:
            assert cell_len(escape_all(character)) == columns(escape_all(character))
    monkeypatch.setattr("tuiserver.console.text.escape.get_character_cell_size", lambda character: 1)
    assert escape_all("\u9fbb") == r"\u{9fbb}"
