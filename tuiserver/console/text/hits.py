r"""What was searched for, where it stands on the screen: in a text, and in a row of a hexdump.

    hits = Hits(re.compile(r"(?P<hit>ok)|\\?."), re.compile(b"[oO][kK]"), 2)
    highlight("is OK", hits)                 # [("is ", "plain"), ("OK", "badge")]
    hits.in_bytes(data, 16, 32)              # [(3, 5)]: in the row of the bytes 16 to 31

Rules of this file:
- Pure. Only the surroundings of what is visible are examined.
- A hit is found as a whole: across the lines of a wrapped text and the rows of a hexdump, and never within an escape.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tuiserver.console.text.parts import Part
from tuiserver.core.characters import width

Range = tuple[int, int]
"""Two indexes, the second one exclusive."""


class Hits(NamedTuple):
    """How hits are found: `text` in escaped text, where they are its group `hit`, and `data` in bytes, of which each has at
    most `length`."""

    text: re.Pattern[str]
    data: re.Pattern[bytes]
    length: int

    def in_text(self, text: str) -> list[Range]:
        """Where they are in an escaped text; combining marks belong to the character before."""
        found = []
        for match in self.text.finditer(text):
            if match["hit"]:
                end = match.end()
                while end < len(text) and not width(text[end]):
                    end += 1
                found.append((match.start(), end))
        return found

    def in_bytes(self, data: bytes, start: int, stop: int) -> list[Range]:
        """Where they are between two offsets, counted from the first of them."""
        low, high = max(0, start - self.length + 1), min(len(data), stop + self.length - 1)
        return _within([match.span() for match in self.data.finditer(data, low, high)], start, stop)


def highlight(text: str, hits: Hits | None, before: str = "", after: str = "") -> list[Part]:
    """A text as parts, of which those with the style `badge` are hits; `before` and `after` are the lines around it."""
    if hits is None:
        return [(text, "plain")]
    start = len(before)
    return mark(text, _within(hits.in_text(before + text + after), start, start + len(text)), "plain")


def mark(text: str, ranges: Sequence[Range], style: str) -> list[Part]:
    """A text of that style as parts, of which those in `ranges` have the style `badge`."""
    parts: list[Part] = []
    position = 0
    for start, stop in ranges:
        parts += [(text[position:start], style), (text[start:stop], "badge")]
        position = stop
    return [part for part in (*parts, (text[position:], style)) if part[0]]


def _within(ranges: Sequence[Range], start: int, stop: int) -> list[Range]:
    """The parts of ranges between two positions, counted from the first of them."""
    return [(max(a, start) - start, min(b, stop) - start) for a, b in ranges if a < stop and b > start]
