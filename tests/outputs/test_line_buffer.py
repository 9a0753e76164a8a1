"""Consecutive lines with their offsets and the memory that they take."""

from __future__ import annotations

import pytest

from tuiserver.outputs.line_buffer import LINE_OVERHEAD, UNREADABLE, LineBuffer
from tuiserver.outputs.log_memory import MAX_LINE


def texts(buffer: LineBuffer) -> list[bytes]:
    """The lines of a buffer."""
    return [buffer[index] for index in range(len(buffer))]


def test_lines_are_added_at_both_ends() -> None:
    """Lines know their offset; the size counts their text and an overhead for each."""
    buffer = LineBuffer()
    assert buffer.first_offset(7) == 7
    assert buffer.append_lines(100, b"three\r\nfour\n") == 2
    assert buffer.append_lines(112, b"") == 0
    assert buffer.prepend_lines(80, b"zero\none\ntwo\n", 2) == 2
    buffer.append(UNREADABLE, b"five")
    assert texts(buffer) == [b"one", b"two", b"three", b"four", b"five"]
    assert buffer.first_offset(7) == 85
    assert buffer.size == sum(len(text) + LINE_OVERHEAD for text in texts(buffer))
    with pytest.raises(IndexError):
        buffer[5]


def test_a_long_line_is_cut() -> None:
    """The text of a line is bounded; the offset of the next line is not affected."""
    buffer = LineBuffer()
    buffer.append_lines(0, b"x" * 2 * MAX_LINE + b"\ny\n")
    assert texts(buffer) == [b"x" * MAX_LINE, b"y"]
    assert buffer.drop_oldest(1 + LINE_OVERHEAD) == 1
    assert buffer.first_offset(0) == 2 * MAX_LINE + 1


def test_lines_are_dropped_at_both_ends() -> None:
    """As many lines are removed as have to be; the newest only while they can be read again."""
    line = 1 + LINE_OVERHEAD
    buffer = LineBuffer()
    buffer.append(UNREADABLE, b"a")
    buffer.append_lines(10, b"b\nc\nd\n")
    assert buffer.drop_oldest(4 * line) == 0
    assert buffer.drop_newest(4 * line) == (0, UNREADABLE)
    assert buffer.drop_newest(2 * line) == (2, 12)
    assert texts(buffer) == [b"a", b"b"]
    assert buffer.drop_newest(0) == (1, 10)
    assert texts(buffer) == [b"a"]
    buffer.append_lines(20, b"e\n")
    assert buffer.drop_oldest(line) == 1
    assert (texts(buffer), buffer.size) == ([b"e"], line)
    buffer.clear()
    assert (len(buffer), buffer.size) == (0, 0)


def test_a_copy_is_independent() -> None:
    """Changes of a copy do not affect the original."""
    buffer = LineBuffer()
    buffer.append_lines(10, b"a\nb\n")
    copy = buffer.copy()
    assert (texts(copy), copy.size, copy.first_offset(0)) == ([b"a", b"b"], buffer.size, 10)
    copy.forget_offsets()
    copy.append(20, b"c")
    assert (copy.first_offset(0), buffer.first_offset(0)) == (UNREADABLE, 10)
    assert texts(buffer) == [b"a", b"b"]
