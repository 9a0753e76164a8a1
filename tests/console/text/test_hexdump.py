"""The one hexdump of messages, viewer and clipboard."""

from __future__ import annotations

import subprocess
from shutil import which

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_characters import is_shown
from tuiserver.console.text.hexdump import canonical, hex_line, hex_width, offset_digits
from tuiserver.core.charsets import KNOWN, find


def test_the_columns_of_a_line() -> None:
    """Offset, bytes in groups of eight, printable ASCII or a dot."""
    line = hex_line(b"status\x00\x01more", 16, 16, 4, "·")
    assert line == ("0010", "73 74 61 74 75 73 00 01  6d 6f 72 65".ljust(48), "status··more")


def test_the_text_is_in_the_character_set_of_the_bytes() -> None:
    """If each byte is a character of one cell in it; else it is ASCII, also with ASCII glyphs."""
    ebcdic, data = find("cp037"), b"\xc8\x85\x93\x93\x96\x40\x42\x15\x41"
    assert hex_line(data, 0, 16, 4, "·", ebcdic.column).text == "Hello â··"
    assert hex_line(data, 0, 16, 4, ".", ebcdic.column).text == "Hello ..."
    assert hex_line("你A".encode("gbk"), 0, 16, 4, "·", find("gbk").column).text == "··A"
    assert all(len(find(name).column) == 256 and is_shown(find(name).column.replace("\0", "")) for name in KNOWN)


@given(st.sampled_from([4, 8, 16, 32]), st.binary(min_size=1, max_size=32))
def test_the_columns_have_a_fixed_width(per_line: int, data: bytes) -> None:
    """A short line is padded, so that the text of all lines begins in the same column."""
    line = hex_line(data[:per_line], 0, per_line, 4)
    assert len(line.hex) == hex_width(per_line)
    assert bytes.fromhex(line.hex) == data[:per_line]


def test_offsets_grow_with_the_message() -> None:
    """Four digits hold the offsets of 64 KiB, eight those of anything longer."""
    assert (offset_digits(0x10000), offset_digits(0x10001)) == (4, 8)


@pytest.mark.skipif(not which("hexdump"), reason="needs hexdump(1)")
@pytest.mark.parametrize("size", [1, 8, 9, 16, 17, 255])
def test_the_canonical_form_is_that_of_hexdump(size: int) -> None:
    """`hexdump -C -v` writes the same; it leaves out no repeated line with `-v`."""
    data = bytes(range(size))
    done = subprocess.run(["hexdump", "-C", "-v"], input=data, capture_output=True, check=True)
    assert canonical(data) == done.stdout.decode()
