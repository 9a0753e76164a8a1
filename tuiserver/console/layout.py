"""How much there is room for: the size of the screen → classes of the screen, by which layout.tcss places the panes.

Rules of this file:
- Pure. What must be seen without a key stays longest: first goes the line of the log, then the send line, then all panes
  but one.
"""

from __future__ import annotations

from textual.geometry import Size

WIDE = Size(140, 40)
"""From this size on the log has a column of its own."""
SMALL = Size(60, 15)
"""Below this one there is room for one pane only."""
LOG_ROWS, SEND_ROWS = 24, 20
"""Rows below which the line of the log goes, then the send line."""
CLASSES = ("-wide", "-narrow", "-alone", "-no-log", "-no-send")
"""Of the first three there is always one."""


def classes_for(size: Size, zoomed: bool) -> set[str]:
    """The classes of a screen of this size; `zoomed` when one pane is to have all of it."""
    if zoomed or size.width < SMALL.width or size.height < SMALL.height:
        classes = {"-alone"}
    elif size.width >= WIDE.width and size.height >= WIDE.height:
        classes = {"-wide"}
    else:
        classes = {"-narrow"}
    if size.height < LOG_ROWS:
        classes.add("-no-log")
    if size.height < SEND_ROWS:
        classes.add("-no-send")
    return classes
