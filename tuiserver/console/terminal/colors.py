"""How many colours the terminal has, or may use: `--color` and NO_COLOR; and its colours by their numbers.

Rules of this file:
- Without colours bold, underline and reverse remain, and not even the terminal's default colours are named. The palette is
  then that of 16 colours, in which every shade is the background: whatever has another one stands out.
- A colour by its number is an RGB value which Rich turns into that number again: Textual can blend RGB values only.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import lru_cache

from rich.color import Color as RichColor
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter, Monochrome, NoColor

TRUE_COLOUR = 1 << 24
BROWN = 3
"""The dark yellow of the VGA."""
_CUBE = (0, 95, 135, 175, 215, 255)
"""The levels of red, green and blue among 256 colours."""


def wants_no_color(color: str) -> bool:
    """Whether `--color` (`auto`, `always` or `never`) removes all colours: `auto` respects NO_COLOR unless it is empty."""
    return color == "never" or (color == "auto" and bool(os.environ.get("NO_COLOR")))


def color_filters(filters: Sequence[LineFilter], no_color: bool, ground: Callable[[], str]) -> list[LineFilter]:
    """The filters of Textual, with ours in place of those that remove colours; `ground` as in `Colorless`."""
    others = [each for each in filters if not isinstance(each, (Monochrome, NoColor))]
    return [*others, Colorless(ground)] if no_color else others


class Colorless(NoColor):
    """Removes the colours and keeps bold, underline and reverse. What has another background than `ground`, that of the
    screen, is in reverse."""

    def __init__(self, ground: Callable[[], str]) -> None:
        super().__init__()
        self._ground = ground

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """As Textual requires it."""
        ground = Color.parse(self._ground()).rich_color
        return [Segment(text, style and _without_color(style, ground), control) for text, style, control in segments]


@lru_cache(512)
def _without_color(style: Style, ground: RichColor) -> Style:
    differs = style.bgcolor is not None and not style.bgcolor.is_default and style.bgcolor.triplet != ground.triplet
    return style.without_color + Style(reverse=True) if differs else style.without_color


def count_colours(console: Console, no_color: bool) -> int:
    """How many colours the terminal has; 0 if none may be used."""
    name = None if no_color else console.color_system
    return {None: 0, "256": 256, "truecolor": TRUE_COLOUR}.get(name, 16)


def rgb_of(number: int) -> str:
    """The RGB value that Rich shows as the colour of that number: 0 to 15 of the VGA, 16 to 231 a cube, then greys."""
    if number < 16:
        base = 85 if number & 8 else 0
        red, green, blue = (base + 170 * bool(number & bit) for bit in (1, 2, 4))
        green = 85 if number == BROWN else green
    elif number < 232:
        red, green, blue = (_CUBE[(number - 16) // step % 6] for step in (36, 6, 1))
    else:
        red = green = blue = round((number - 231) * 10.2)  # Rich's own ramp, a little steeper than that of xterm
    return f"#{red:02x}{green:02x}{blue:02x}"
