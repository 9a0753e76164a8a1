"""The lines of the table of connections: its heading, a client, and what an empty table says.

Rules of this file:
- Pure. Whatever peers and servers send is escaped; a cell is never wider than its column.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from tuiserver.console.models.columns import LAST, LOCAL, MARKS_WIDTH, NAME, PEER, STATE, TREND, Column, PlacedColumn
from tuiserver.console.models.concerns import Concern, concern_of
from tuiserver.console.models.row_texts import latest_of
from tuiserver.console.models.trends import Trends
from tuiserver.console.text.escape import clip, clip_address, escape, escape_label
from tuiserver.console.text.glyphs import Glyphs
from tuiserver.console.text.parts import Line, Part
from tuiserver.core.characters import left, right
from tuiserver.core.charsets import UTF8, Charset
from tuiserver.core.numbers import duration, sparkline
from tuiserver.views.roster import Client

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
    """How rows are rendered. `now` is Unix time in seconds."""

    columns: Sequence[PlacedColumn]
    glyphs: Glyphs
    now: float
    selected: int
    marks: Collection[int]
    trends: Trends
    charset_of: Callable[[int], Charset] = lambda connection: UTF8

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
        for placed in self.columns:
            text = self._cell(client, placed, has_name_column)
            style = placed.column.style
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
            last, charset = latest_of(client), self.charset_of(client.id)
            return time_left + escape(last, width - len(time_left), self.glyphs, charset)
        if name == TREND:
            samples = self.trends.of(client.id)
            return sparkline(samples, width, self.glyphs.spark) if samples and client.open else " " * width
        text = placed.column.text(client, self.now)
        if name == PEER and client.name and not has_name_column:
            return clip(f"{client.name} {text}", width, self.glyphs)
        return (clip_address if name in (PEER, LOCAL) else clip)(text, width, self.glyphs)


def empty_table(addresses: Sequence[str], height: int, glyphs: Glyphs) -> list[Line]:
    """How to connect a first client, and who can connect if not only this machine can."""
    if not addresses:
        return [([], "plain"), ([(" not listening yet", "warning")], "plain")]
    host, _, port = escape_label(addresses[0], glyphs).partition("://")[2].rpartition(":")
    bare = host.strip("[]")
    reachable = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}.get(bare, bare)
    url_host = f"[{reachable}]" if ":" in reachable else reachable
    lines: list[list[Part]] = [
        [],
        [(" No clients yet. Try, in another terminal:", "plain")],
        [],
        [(f"     nc {reachable} {port}", "accent")],
        [(f"     curl http://{url_host}:{port}", "accent")],
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
