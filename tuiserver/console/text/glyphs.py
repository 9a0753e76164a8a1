"""Every non-alphanumeric symbol on the screen, with an ASCII replacement.

Rules of this file:
- Panes take their symbols from here and nowhere else, so that a terminal without them shows something of the same width.
- A symbol takes one column. The few that become words in ASCII are used only where the width may change.
"""

from __future__ import annotations

import locale
from typing import NamedTuple


class Glyphs(NamedTuple):
    """One set of symbols."""

    focus: str = "▌"
    selected: str = "▸"
    marked: str = "*"
    trouble: str = "!"
    waits: str = "<"
    gone: str = "x"
    follow: str = "●"
    ellipsis: str = "…"
    dot: str = "·"
    dash: str = "–"
    none: str = "-"
    prompt: str = "›"
    spark: str = " ▁▂▃▄▅▆▇█"
    up: str = "↑"
    down: str = "↓"
    left: str = "←"
    right: str = "→"
    ascending: str = "↑"
    descending: str = "↓"
    plus_minus: str = "±"
    thumb: str = "▐"
    gauge_full: str = "▓"
    gauge_empty: str = "░"
    arrow: str = "→"

    @property
    def ascii(self) -> bool:
        """True if the screen may contain only ASCII."""
        return self.ellipsis.isascii()


UNICODE = Glyphs()
ASCII = Glyphs(
    "|",
    ">",
    "*",
    "!",
    "<",
    "x",
    "*",
    "~",
    ".",
    "-",
    "-",
    ">",
    " ..::-=+#",
    "up",
    "down",
    "left",
    "right",
    "^",
    "v",
    "+-",
    "#",
    "#",
    ".",
    ">",
)


def choose(ascii_only: bool) -> Glyphs:
    """The ASCII set if `ascii_only` is set or the locale's encoding is not UTF-8."""
    encoding = locale.getencoding()  # of the locale itself: Python's UTF-8 mode does not change it
    return UNICODE if not ascii_only and encoding.lower().replace("-", "") == "utf8" else ASCII
