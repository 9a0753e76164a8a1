"""How much there is room for: the size of the screen → how its panes stand, and which of them are seen.

Rules of this file:
- Pure. What must be seen without a key stays longest: first goes the line of the log, then the send line, then all panes
  but one. The inspector stands in the place of the messages where there is no column for it.
- Where the panes stand is in layout.tcss, by the class that is said here.
"""

from __future__ import annotations

from typing import NamedTuple

from textual.geometry import Size

from tuiserver.console.keymap import CONNECTIONS, INSPECTOR, LOG, MESSAGES, SEND

WIDE = Size(140, 40)
"""From this size on inspector and log have a column of their own."""
SMALL = Size(60, 15)
"""Below this one there is room for one pane only."""
LOG_ROWS, SEND_ROWS = 24, 20
"""Rows below which the line of the log goes, then the send line."""
CLASSES = ("-wide", "-narrow", "-alone")


class Arrangement(NamedTuple):
    """The class of the screen, one of `CLASSES`, and the names of what is seen beside header and footer."""

    name: str
    shown: frozenset[str]


def arrange(size: Size, pane: str, zoomed: bool = False, sending: bool = False) -> Arrangement:
    """How the screen stands. `pane` is where one is; `zoomed` gives it all; `sending` opens the send line."""
    shown = {CONNECTIONS, MESSAGES}
    if zoomed or size.width < SMALL.width or size.height < SMALL.height:
        name, shown = "-alone", {pane}
    else:
        name = "-wide" if size.width >= WIDE.width and size.height >= WIDE.height else "-narrow"
        if name == "-wide":
            shown.add(INSPECTOR)
        elif pane == INSPECTOR:  # it stands where the messages were
            shown = {CONNECTIONS, INSPECTOR}
        if size.height >= LOG_ROWS:
            shown.add(LOG)
    if sending or size.height >= SEND_ROWS:
        shown.add(SEND)
    return Arrangement(name, frozenset(shown))
