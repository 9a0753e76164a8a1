"""How the panes are arranged: the size of the screen → the layout, and which panes are shown.

Rules of this file:
- Pure. What must be visible without a keypress stays longest: as the screen shrinks, first the log line goes, then the send
  bar, then all panes but one.
- A pane that has no position of its own in a layout takes that of the messages while the operator is in it.
- layout.tcss positions the panes, by the CSS class named here.
"""

from __future__ import annotations

from typing import NamedTuple

from textual.geometry import Size

from tuiserver.console.keymap import CONNECTIONS, INSPECTOR, LOG, MESSAGES, SEND

WIDE = Size(140, 40)
"""From this size on, inspector and log have a column of their own."""
SMALL = Size(60, 15)
"""Below this size one pane is shown at a time."""
LOG_ROWS, SEND_ROWS = 24, 20
"""Rows below which the log line goes, then the send bar."""
CLASSES = ("-wide", "-narrow", "-alone")


class Arrangement(NamedTuple):
    """The class of the screen, one of `CLASSES`, and the names of what is shown besides header and footer."""

    name: str
    shown: frozenset[str]


def arrange(size: Size, pane: str, zoomed: bool = False, sending: bool = False, deserted: bool = False) -> Arrangement:
    """The arrangement for a screen. `pane` is where the operator is; `zoomed` shows it alone; `sending` shows the send bar.
    `deserted`: there is no connection, so what has nothing to show gives its room away on a wide screen."""
    shown = {CONNECTIONS, MESSAGES}
    if zoomed or size.width < SMALL.width or size.height < SMALL.height:
        name, shown = "-alone", {pane}
    else:
        name = "-wide" if size.width >= WIDE.width and size.height >= WIDE.height else "-narrow"
        if name == "-wide" and deserted:
            name, shown = "-alone", {CONNECTIONS}
        elif name == "-wide":
            shown.add(INSPECTOR)
        if size.height >= LOG_ROWS:
            shown.add(LOG)
        if pane not in shown:
            shown = shown - {MESSAGES} | {pane}
    if sending or size.height >= SEND_ROWS:
        shown.add(SEND)
    return Arrangement(name, frozenset(shown))
