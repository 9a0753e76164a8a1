"""The lines of the table of connections: its heading, a client, and what an empty table says.

Rules of this file:
- Pure. Whatever peers and servers send is escaped; a cell is never wider than its column.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from tuiserver.console.models.columns import (
    COLUMNS,
    LAST,
    LOCAL,
    MARKS_WIDTH,
    NAME,
    PEER,
    STATE,
    TREND,
    Column,
    PlacedColumn,
)
from tuiserver.console.models.concerns import Concern, concern_of
from tuiserver.console.models.row_texts import latest_of
from tuiserver.console.models.trends import Trends
from tuiserver.console.text.escape import clip, clip_address, escape, escape_label, wrap_escaped
from tuiserver.console.text.glyphs import Glyphs
from tuiserver.console.text.parts import Line, Part, shifted
from tuiserver.core.characters import columns, left, right
from tuiserver.core.charsets import UTF8, Charset
from tuiserver.core.numbers import duration, sparkline
from tuiserver.views.roster import CLIP, Client

MAX_LAST = 10 * CLIP
"""Columns of the longest text in LAST: each byte may be an escape."""
_STATE_STYLES = {
    "slow": "warning",
    "ended": "warning",
    "failed": "error",
    "waits": "accent",
    "paused": "accent",
    "silent": "faint",
}


def heading(columns: Sequence[PlacedColumn], sorted_by: Column, arrow: str) -> Line:
    """The column headings; the sorted one is highlighted, with an arrow for which no column moves."""
    text = " " * MARKS_WIDTH
    parts: list[Part] = []
    for column, _, width in columns:
        name = clip(column.title, width)
        if column.name != sorted_by.name:
            text += f"{name:>{width}} " if column.right else f"{name:{width}} "
            continue
        before = " " * (width - len(name)) if column.right else ""
        if before:
            text, name, after = text + before[1:], f"{arrow}{name}", " "
        else:
            name, after = f"{name}{arrow}", " " * (width - len(name))
        parts += [(text, "faint"), (name, "accent")]
        text = after
    return [*parts, (text, "faint")], "plain"


class TableFormat(NamedTuple):
    """How rows are rendered. `now` is Unix time in seconds; `shift` is the column of the texts in LAST that comes first.
    `style_of` returns the style of a client that has another one than the usual; empty for the others."""

    columns: Sequence[PlacedColumn]
    glyphs: Glyphs
    now: float
    selected: int
    marks: Collection[int]
    trends: Trends
    charset_of: Callable[[int], Charset] = lambda connection: UTF8
    shift: int = 0
    style_of: Callable[[Client], str] = lambda client: ""

    def line(self, client: Client) -> Line:
        """The row of a client."""
        glyphs, selected, faint = self.glyphs, client.id == self.selected, not client.open
        mark, style = self._mark(client)
        parts: list[Part] = [
            (glyphs.selected if selected else " ", "accent"),
            (glyphs.marked if client.id in self.marks else " ", "accent"),
            (mark, style),
        ]
        has_name_column = any(each.column.name == NAME for each in self.columns)
        plain = self.style_of(client) or "plain"
        for placed in self.columns:
            text = self._cell(client, placed, has_name_column)
            style = placed.column.style if placed.column.style != "plain" else plain
            if placed.column.name == STATE:
                style = _STATE_STYLES.get(text, style)
            padded = f"{(right if placed.column.right else left)(text, placed.width)} "
            parts.append((padded, "faint" if faint or text == "-" else style))
        return parts, "selected" if selected else "plain"

    def _mark(self, client: Client) -> Part:
        """The mark of a connection that needs attention, and its style."""
        concern, glyphs = concern_of(client, self.now), self.glyphs
        if concern == Concern.WAITS:
            return glyphs.waits, "accent"
        if not client.open:
            return glyphs.gone, "error" if concern == Concern.FAILED else "faint"
        if concern > Concern.WAITS or client.trouble:
            return glyphs.trouble, "error" if concern == Concern.FAILED else "warning"
        return " ", "plain"

    def _cell(self, client: Client, placed: PlacedColumn, has_name_column: bool) -> str:
        name, width = placed.column.name, placed.width
        if name == LAST:
            time_left = ""
            if client.ended:
                time_left = clip(f"{duration(client.answer_time_at(self.now))} left  ", width, self.glyphs)
            return time_left + self._last(client, width - len(time_left), self.shift)
        if name == TREND:
            samples = self.trends.of(client.id)
            return sparkline(samples, width, self.glyphs.spark) if samples and client.open else " " * width
        text = placed.column.text(client, self.now)
        if name == PEER and client.name and not has_name_column:
            return clip(f"{client.name} {text}", width, self.glyphs)
        return (clip_address if name in (PEER, LOCAL) else clip)(text, width, self.glyphs)

    def _last(self, client: Client, width: int, shift: int = 0) -> str:
        text = escape(latest_of(client), shift + width, self.glyphs, self.charset_of(client.id))
        return "".join(part for part, _ in shifted([(text, "")], shift))

    def last_width(self, client: Client) -> int:
        """The columns of the whole text in LAST."""
        return columns(self._last(client, MAX_LAST))

    def details(self, client: Client, width: int) -> list[Line]:
        """What the row of a client does not show, as lines of so many columns: the columns that do not fit, and the whole text
        of LAST."""
        indent = self.columns[1].start if len(self.columns) > 1 else MARKS_WIDTH
        width = max(8, width - indent)
        items = [(column.name, self._whole(client, column)) for column in COLUMNS if column.name not in (TREND, LAST)]
        whole = self._last(client, MAX_LAST)
        items = [(name, text) for name, text in items if text.strip("-") and not self._is_shown(name, text)]
        lines: list[list[Part]] = [[]]
        used = 0
        for name, text in items:
            label, text = f"{name} ", clip(text, width - len(name) - 1, self.glyphs)
            taken = len(label) + columns(text) + 2
            if used and used + taken > width:
                lines.append([])
                used = 0
            lines[-1] += [(label, "faint"), (f"{text}  ", "plain")]
            used += taken
        if not self._is_shown(LAST, whole):
            lines += [[(line, "plain")] for line in wrap_escaped(whole, width)]
        return [([(" " * indent, "plain"), *line], "plain") for line in lines if line]

    def _whole(self, client: Client, column: Column) -> str:
        return escape_label(column.text(client, self.now), self.glyphs)

    def _is_shown(self, name: str, text: str) -> bool:
        return any(each.column.name == name and columns(text) <= each.width for each in self.columns)


_SERVING_HTTP = "tcp", "http"
"""The schemes of addresses where an HTTP request is a sensible first try."""


def empty_table(addresses: Sequence[str], height: int, glyphs: Glyphs) -> list[Line]:
    """How to connect a first client, and who can connect if not only this machine can."""
    if not addresses:
        return [([], "plain"), ([(" not listening yet", "warning")], "plain")]
    scheme, _, authority = escape_label(addresses[0], glyphs).partition("://")
    host, _, port = authority.rpartition(":")
    bare = host.strip("[]")
    reachable = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}.get(bare, bare)
    url_host = f"[{reachable}]" if ":" in reachable else reachable
    lines: list[list[Part]] = [
        [],
        [(" No clients yet. Try, in another terminal:", "plain")],
        [],
        [(f"     nc {reachable} {port}", "accent")],
        *([[(f"     curl http://{url_host}:{port}", "accent")]] if scheme in _SERVING_HTTP else []),
        [],
        [(" or in Python:", "plain")],
        [],
        [("     import socket", "accent")],
        [(f'     client = socket.create_connection(("{reachable}", {port}))', "accent")],
        [('     client.sendall(b"hello")', "accent")],
    ]
    if reachable != bare or not (bare.startswith("127.") or bare in ("::1", "localhost")):
        target = "this machine" if reachable != bare else bare
        lines += [[], [(f" Anyone who can reach {target} can connect, unless a firewall blocks it", "warning")]]
    if height < len(lines) + 1:
        lines = [line for line in lines if line]
    return [(line, "plain") for line in lines]
