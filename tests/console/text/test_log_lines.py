"""Lines of a log: the fields of our own, the level and the connection of any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_characters import is_shown
from tuiserver.console.models.search_term import literal_term
from tuiserver.console.text.glyphs import ASCII, UNICODE
from tuiserver.console.text.log_lines import (
    LogFormat,
    LogLine,
    connection_of,
    is_error,
    level_of,
    printable,
    split_line,
)
from tuiserver.core.characters import columns

LINES = (
    "2026-11-23 12:04:31.123 info  #12 127.0.0.1:5 connected to tcp://127.0.0.1:9999",
    "2026-11-23 12:04:31.123 error #7 on_message: KeyError",
    "Nov 23 12:04:31 host app[12]: WARNING: disk",
    "    at frame 3",
)


def test_our_own_lines_are_split_into_fields() -> None:
    """Of the timestamp, the time of day is kept; the level is a field of its own."""
    line = "2026-11-23 12:04:31.123 info  #8 127.0.0.1:51199 reset by peer"
    assert split_line(line) == LogLine("12:04:31", "info", "#8 127.0.0.1:51199 reset by peer")


@pytest.mark.parametrize("line", ["", "    File x", "Nov 23 12:04:31 host sshd: x", "2026-11-23 nothing"])
def test_other_lines_stay_whole(line: str) -> None:
    """A traceback, or a line of another program, is one text."""
    assert split_line(line) == LogLine("", "", line)


def test_level_and_connection() -> None:
    """The level is the first level name near the beginning; the connection is the first number after a `#`."""
    assert [level_of(line) for line in LINES] == ["info", "error", "warn", ""]
    assert [connection_of(line) for line in LINES] == [12, 7, 0, 0]
    assert level_of("x" * 80 + " error") == ""


@pytest.mark.parametrize(("line", "error"), [(b"12:00 CRIT x", True), (b"emerg", True), (b"warn: error", False)])
def test_errors(line: bytes, error: bool) -> None:
    """Error, critical, fatal, alert and emergency are errors; a warning that mentions one is not."""
    assert is_error(line) is error


@given(st.binary(max_size=200), st.integers(0, 100), st.sampled_from([UNICODE, ASCII]))
def test_any_bytes_become_printable_text(line, width, glyphs) -> None:  # type: ignore[no-untyped-def]
    """Printable, no wider than requested, and ASCII where that is required."""
    text = printable(line, width, glyphs)
    assert is_shown(text)
    assert columns(text) <= width
    assert text.isascii() or not glyphs.ascii


def test_printable_text_is_not_escaped_again() -> None:
    """Escapes that the log contains stay as they are; a tab becomes spaces; other characters become escapes."""
    assert printable(rb"sent status\0 [bold]x[/]", 80) == r"sent status\0 [bold]x[/]"
    assert printable(b"a\tb\x1b[2J\xff", 80) == r"a   b\x1b[2J\xff"
    assert printable("é \u4f60\u202e".encode(), 80) == "é \u4f60" + r"\u{202e}"


def test_a_line_is_coloured_by_its_level_and_cut_to_the_width() -> None:
    """Time and ordinary level are faint, an error has its colour, the match is highlighted, the rest is cut."""
    line = b"2026-11-23 12:04:31.123 error #7 on_message: KeyError"
    look = LogFormat(39, match=literal_term("on_message").hits)
    assert look.line(line) == [
        (" 12:04:31 ", "faint"),
        ("error ", "error"),
        ("#7 ", "error"),
        ("on_message", "badge"),
        (": KeyErr…", "error"),
    ]
    assert LogFormat(60).line(b"2026-11-23 12:04:31 info  operator closed #7")[-1] == ("operator closed #7", "accent")
    assert {style for _, style in LogFormat(60).line(line, earlier=True)} == {"faint"}


def test_a_long_line_is_wrapped_or_seen_from_a_column_on() -> None:
    """All of it, below the beginning of its text; a hit is found across the ends of rows and at the left edge."""
    line = b"2026-11-23 12:04:31 info  " + bytes(range(0x61, 0x7B)) * 3
    look = LogFormat(40, match=literal_term("xyza").hits)
    rows = ["".join(text for text, _ in parts) for parts in look.rows(line)]
    assert "".join(row[16:] for row in rows) == "abcdefghijklmnopqrstuvwxyz" * 3
    assert all(row[:16].isspace() for row in rows[1:])
    assert [style for parts in look.rows(line)[1:3] for _, style in parts if style == "badge"]
    assert look.is_cut(line)
    assert not LogFormat(120).is_cut(line)
    assert look.text_width(line) == 78
    assert look._replace(shift=24).line(line)[2:4] == [("yza", "badge"), ("bcdefghijklmnopqrst…", "plain")]


def test_the_only_listener_is_not_named() -> None:
    """Where there is just one, `connected to` it says nothing; any other address is kept."""
    line = b"2026-11-23 12:04:31.123 info  #1 127.0.0.1:50001 connected to tcp://127.0.0.1:9999"
    parts = LogFormat(90, only_listener="tcp://127.0.0.1:9999").line(line)
    assert "".join(text for text, _ in parts).rstrip() == " 12:04:31 info  #1 127.0.0.1:50001 connected"
    for only in ("", "tcp://127.0.0.1:8888"):
        text = "".join(text for text, _ in LogFormat(90, only_listener=only).line(line))
        assert text.endswith("connected to tcp://127.0.0.1:9999")
