"""How the panes are arranged: which are shown on a screen of this size, and where.

    arrangement = arrange(size, pane)
    regions = regions_of(size, arrangement, rows_wanted, bars)

Rules of this file:
- Pure, except that `PaneLayout` passes the regions on to the toolkit.
- What must be visible without a keypress stays longest: as the screen shrinks, first the log becomes one line and goes, then
  the send bar, then all panes but one.
- The panes in a column are as high as what is in them. Where that does not fit, those that want more than their share divide
  what the others leave; rows that none of them wants go to the messages.
- A pane that has no position of its own in a layout takes that of the messages when the operator goes there, until another
  one does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from tuiserver.console.keymap import ANSWER, CONNECTIONS, INSPECTOR, LOG, MESSAGES, SEND

WIDE = Size(140, 40)
"""From this size on, inspector and log have a column of their own."""
SMALL = Size(60, 15)
"""Below this size one pane is shown at a time."""
LOG_PANE_ROWS, LOG_ROWS, SEND_ROWS = 34, 24, 20
"""Rows below which the log becomes one line, then goes, then the send bar."""
OPEN_LOG_ROWS = 8
"""The height of a log of one line while the operator is in it."""
WEIGHTS = {CONNECTIONS: 4, MESSAGES: 6, INSPECTOR: 12, LOG: 3}
"""The shares of the panes in a column."""
MIN_WANTED = 3
"""Rows that a pane gets if there are any."""
HEADER = "header"


class Arrangement(NamedTuple):
    """What is shown besides the bars at the top and the bottom: the names of the panes in each column, from top to bottom, and
    the height of the log if that is a bar too; whether there is a send bar."""

    columns: tuple[tuple[str, ...], ...]
    log_rows: int = 0
    send: bool = False

    @property
    def shown(self) -> frozenset[str]:
        """The names of everything that is shown."""
        names = {name for column in self.columns for name in column}
        return frozenset(names | ({LOG} if self.log_rows else set()) | ({SEND} if self.send else set()))


def arrange(
    size: Size, pane: str, zoomed: bool = False, sending: bool = False, deserted: bool = False, below: str = MESSAGES
) -> Arrangement:
    """The arrangement for a screen. `pane` is where the operator is; `zoomed` shows it alone; `sending` shows the send bar.
    `deserted`: there is no connection, so what has nothing to show gives its room away on a large screen. `below` is the pane
    below the connections where the operator was before."""
    send = sending or size.height >= SEND_ROWS
    if zoomed or size.width < SMALL.width or size.height < SMALL.height:
        return Arrangement(((pane,),), send=send)
    wide = size.width >= WIDE.width and size.height >= WIDE.height
    has_log_pane = size.height >= LOG_PANE_ROWS
    if deserted and has_log_pane:
        between = () if pane in (CONNECTIONS, LOG) else (pane,)
        return Arrangement(((CONNECTIONS, *between, LOG),), send=send)
    below = below if pane in (CONNECTIONS, LOG) else pane
    left = CONNECTIONS, MESSAGES if wide and below == INSPECTOR else below
    if wide:
        return Arrangement((left, (INSPECTOR, LOG)), send=send)
    if has_log_pane:
        return Arrangement(((*left, LOG),), send=send)
    is_open = pane == LOG and not sending
    return Arrangement((left,), (OPEN_LOG_ROWS if is_open else 1) if size.height >= LOG_ROWS else 0, send)


def regions_of(
    size: Size, arrangement: Arrangement, rows_wanted: Mapping[str, int], bars: Mapping[str, int]
) -> dict[str, Region]:
    """Where everything is, by its name. `rows_wanted`: the rows that show all that is in a pane; one that is missing wants
    as many as there are. `bars`: the heights of header, send bar or answer bar, and the bars below that, from top to bottom."""
    width, height = size
    regions: dict[str, Region] = {}
    below = [(name, rows) for name, rows in bars.items() if name != HEADER]
    if arrangement.log_rows:
        below.insert(1 if bars.keys() & {SEND, ANSWER} else 0, (LOG, arrangement.log_rows))
    for name, rows in reversed(below):
        height = max(0, height - rows)
        regions[name] = Region(0, height, width, rows)
    top = min(height, bars.get(HEADER, 0))
    regions[HEADER] = Region(0, 0, width, top)
    x = 0
    for index, column in enumerate(arrangement.columns):
        last = index == len(arrangement.columns) - 1
        stop = width if last else width * 3 // 5
        y = top
        for name, rows in divide(height - top, column, rows_wanted).items():
            regions[name] = Region(x, y, max(0, stop - x), rows)
            y += rows
        x = stop + 1
    return regions


def divide(rows: int, column: Sequence[str], rows_wanted: Mapping[str, int]) -> dict[str, int]:
    """The heights of the panes in a column of so many rows."""
    heights = dict.fromkeys(column, 0)
    wanted = {name: max(MIN_WANTED, rows_wanted.get(name, rows)) for name in column}
    left = rows
    while wanted:
        weights = {name: WEIGHTS.get(name, WEIGHTS[MESSAGES]) for name in wanted}
        whole = sum(weights.values())
        modest = [name for name, want in wanted.items() if want * whole <= left * weights[name]]
        if not modest:
            used = part = 0
            for name, weight in weights.items():
                part += weight
                heights[name] = round(left * part / whole) - used
                used += heights[name]
            return heights
        for name in modest:
            heights[name] = wanted.pop(name)
            left -= heights[name]
    heights[next((name for name in column if name not in (CONNECTIONS, INSPECTOR, LOG)), column[-1])] += left
    return heights


class PaneLayout(Layout):
    """The layout of the screen, for the toolkit. `regions_of` is called with the size and the heights of the bars."""

    name = "panes"

    def __init__(
        self, regions_of: Callable[[Size, Mapping[str, int]], Mapping[str, Region]], panes: Mapping[str, Widget]
    ):
        self._regions_of, self._panes = regions_of, panes

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """As `Layout.arrange`."""
        parent.pre_layout(self)
        bars = {
            name: int(child.styles.height.value)
            for child in children
            if (name := child.id or "") not in self._panes and child.styles.height is not None
        }
        regions = self._regions_of(size, bars)
        return [
            WidgetPlacement(regions[name], NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if (name := child.id or "") in regions
        ]
