"""Lines of the stream view."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.scripted import received, sent
from tuiserver.console.models.search_term import parse_term
from tuiserver.console.text.message_lines import Form, MessageFormat
from tuiserver.console.text.parts import Part, width_of
from tuiserver.console.text.stream_lines import StreamFormat, StreamLine

TIME = "12:00:00.000"


def lines(look: StreamFormat, line: StreamLine) -> list[list[Part]]:
    """All lines of a line of the stream."""
    return [look.line(line, number, TIME) for number in range(look.line_count(line))]


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(1, 120), st.sampled_from(["text", "hex", "both"]), st.booleans())
def test_any_bytes_become_printable_lines(data: bytes, width: int, form: Form, wrap: bool) -> None:
    """Whatever the width; in a hexdump the rows have all bytes."""
    look = StreamFormat(MessageFormat(width, form, wrap=wrap))
    for message in (received(data), sent(data)):
        for parts in lines(look, StreamLine(message, 0)):
            assert all(text.isprintable() for text, _ in parts)


@pytest.mark.parametrize("wrap", [False, True])
def test_the_line_feed_is_faint(wrap: bool) -> None:
    """The text has the colour of its direction; what only looks like a line feed is text."""
    look = StreamFormat(MessageFormat(60, wrap=wrap))
    (parts,) = lines(look, StreamLine(sent(b"OK\r\n"), 0))
    assert parts[-2:] == [("OK", "out"), (r"\r\n", "faint")]
    (parts,) = lines(look, StreamLine(received(rb"a\n"), 0))
    assert parts[-1] == (r"a\\n", "in")
    (parts,) = lines(look, StreamLine(received(b"x" * 99 + b"\n"), 0))[:1]
    assert parts[-1][1] == "in", "the end of a line that is cut is not seen"


def test_rows_of_a_hexdump_have_offsets_in_the_stream() -> None:
    """As many bytes as fit; below a text they begin at the offset of the line."""
    assert [StreamFormat(MessageFormat(width, "hex")).row_size for width in (94, 93, 60, 40)] == [16, 16, 8, 4]
    look = StreamFormat(MessageFormat(100, "both"))
    text, first, second = lines(look, StreamLine(received(b"x" * 17), 0x1F))
    assert (text[-1][0], first[1][0], second[1][0]) == ("x" * 17, "0000001f  ", "0000002f  ")
    assert all(width_of(parts) < 100 for parts in (text, first, second))
    assert StreamFormat(MessageFormat(100, "text")).row_size == 0


def test_a_hit_is_found_across_the_edge_of_a_row() -> None:
    """The bytes around it are looked at; in a wrapped text the line that has it is found."""
    look = StreamFormat(MessageFormat(100, "hex", match=parse_term("temp").hits))
    (parts,) = lines(look, StreamLine(received(b"MP=1"), 16, b"..TE", b""))
    assert ("MP", "badge") in parts
    wrapped = StreamFormat(MessageFormat(40, wrap=True, match=parse_term("temp").hits))
    assert wrapped.hit_line(StreamLine(received(b"x" * 100 + b"TEMP"), 0)) == 100 // (40 - 17)
    assert wrapped.hit_line(StreamLine(received(b"x"), 0)) == 0
