"""Colours or none: `--color` and NO_COLOR.

Rules of this file:
- Without colours bold and reverse remain, and not even the terminal's default colours are named.
"""

from __future__ import annotations

import os

from rich.segment import Segment
from textual.color import Color
from textual.filter import NoColor


def wants_no_color(color: str) -> bool:
    """Whether `--color` (`auto`, `always` or `never`) removes all colours: `auto` respects NO_COLOR unless it is empty."""
    return color == "never" or (color == "auto" and bool(os.environ.get("NO_COLOR")))


class Colorless(NoColor):
    """Removes the colours and keeps bold and reverse."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """As Textual requires it."""
        return [Segment(text, style and style.without_color, control) for text, style, control in segments]
