"""Reading in order, within the bounds of a message."""

from __future__ import annotations

import pytest

from tuiserver.decoders.cursor import Cursor
from tuiserver.decoders.sequence import Short


def test_numbers_and_bytes_become_fields() -> None:
    """Each with its place."""
    cursor = Cursor(b"\x00\x01\x02abc", 1)
    assert cursor.add_number("n", 2, "note") == 0x102
    assert cursor.add_bytes("b", 2, code="ok") == b"ab"
    assert cursor.left == 1
    assert cursor.fields == [("n", 0x102, 1, 2, "note", ""), ("b", b"ab", 3, 2, "", "ok")]
    assert Cursor(b"\x01\x02").number(2, "little") == 0x201


def test_nothing_beyond_the_end_is_read() -> None:
    """It says how many bytes are missing, and stays where it is."""
    cursor = Cursor(b"abcdef", 1, 3)
    with pytest.raises(Short) as caught:
        cursor.take(1 << 40)
    assert caught.value.missing == (1 << 40) - 2
    assert cursor.take(2) == b"bc"
