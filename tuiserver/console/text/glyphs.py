"""Every sign on the screen that is not a letter, with its ASCII twin. One column each, but for those that become words.

Rules of this file:
- A pane takes its signs from here and nowhere else, so that a terminal without them shows something of the same width.
"""

from __future__ import annotations

import locale
from typing import NamedTuple


class Glyphs(NamedTuple):
    """One set of signs."""

    focus: str = "▌"
    selected: str = "▸"
    marked: str = "*"
    trouble: str = "!"
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
    ascending: str = "↑"
    descending: str = "↓"
    plus_minus: str = "±"

    @property
    def ascii(self) -> bool:
        """True when nothing but ASCII may stand on the screen."""
        return self.ellipsis.isascii()


UNICODE = Glyphs()
ASCII = Glyphs("|", ">", "*", "!", "x", "*", "~", ".", "-", "-", ">", " ..::-=+#", "up", "down", "^", "v", "+-")


def choose(ascii_only: bool) -> Glyphs:
    """The ASCII set where it is asked for or the locale is not UTF-8."""
    utf8 = (
        locale.getencoding().lower().replace("-", "") == "utf8"
    )  # The locale's own, whatever Python's UTF-8 mode says.
    return ASCII if ascii_only or not utf8 else UNICODE
