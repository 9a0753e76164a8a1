"""A hexdump: offset, bytes in groups of eight, and the printable characters: ASCII, or those of a character set with
one byte per character.

    0000  00 01 0f ff 20 3a 00 7c  52 4f 57 20 31 20 2d 20  ···· :·|ROW 1 -

Rules of this file:
- A line is computed from its own bytes alone, so that any line of a message of any size costs the same.
- The columns have a fixed width: a short last line is padded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tuiserver.console.text.hits import Range, mark
from tuiserver.console.text.parts import Part
from tuiserver.core.charsets import ASCII_COLUMN

GROUP = 8
"""Bytes between two gaps of two columns."""


class HexLine(NamedTuple):
    """The three columns of one line. `hex` is padded to `hex_width`; `text` has one character per byte."""

    offset: str
    hex: str
    text: str


def offset_digits(size: int) -> int:
    """Hex digits that the offsets within `size` bytes take: 4, or 8 past 64 KiB."""
    return 4 if size <= 0x10000 else 8


def hex_width(per_line: int) -> int:
    """Columns of the hex column for so many bytes."""
    return 3 * per_line - 1 + max(0, (per_line - 1) // GROUP)


def hex_line(
    data: bytes, offset: int, per_line: int, digits: int, dot: str = ".", column: str = ASCII_COLUMN
) -> HexLine:
    """One line. `data` are its bytes, at most `per_line` of them; `dot` stands for those without a character in `column`,
    and if it is ASCII, for all that are not."""
    groups = "  ".join(data[start : start + GROUP].hex(" ") for start in range(0, len(data), GROUP))
    if dot.isascii() and column is not ASCII_COLUMN:
        column = "".join(character if character.isascii() else "\0" for character in column)
    text = "".join([column[byte] for byte in data]).replace("\0", dot)
    return HexLine(f"{offset:0{digits}x}", groups.ljust(hex_width(per_line)), text)


def hex_parts(line: HexLine, hits: Sequence[Range], style: str) -> list[Part]:
    """A line as parts: its bytes in a style, and the hits among them, given by the numbers of the bytes, highlighted."""
    columns = [(_column(start), _column(stop - 1) + 2) for start, stop in hits]
    return [(f"{line.offset}  ", "faint"), *mark(f"{line.hex}  ", columns, style), *mark(line.text, hits, "plain")]


def _column(byte: int) -> int:
    """Where a byte begins in the hex column."""
    return 3 * byte + byte // GROUP


def canonical(data: bytes) -> str:
    """The whole of `data` in the format of `hexdump -C` (hexdump(1))."""
    lines = []
    for start in range(0, len(data), 16):
        line = hex_line(data[start : start + 16], start, 16, 8)
        lines.append(f"{line.offset}  {line.hex}  |{line.text}|\n")
    return "".join([*lines, f"{len(data):08x}\n"])
