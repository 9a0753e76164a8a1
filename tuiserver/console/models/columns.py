"""The columns of the table of connections: the text and the sort key of each, and which of them fit.

Rules of this file:
- Pure. As long as the width stays the same, so does the position of each column, whatever its values; only a peer that
  is longer than all before it makes its column wider.
- By default the table takes the most important columns first, and shows them in the order of `COLUMNS`. Columns chosen by
  the operator keep the order of the choice; where there is not enough space, the rightmost are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from tuiserver.console.models.concerns import concern_of, state_of
from tuiserver.console.models.row_texts import latest_of, protocol_of
from tuiserver.core.numbers import duration, size
from tuiserver.views.roster import Client


class Column(NamedTuple):
    """A column: its name, its width, whether it is right-aligned, the text of a client at a time, and its sort key.

    `rank`: columns with a lower rank are taken first.
    """

    name: str
    width: int
    right: bool
    text: Callable[[Client, float], str]
    key: Callable[[Client, float], Any]
    rank: int
    style: str = "plain"

    @property
    def title(self) -> str:
        """Its heading: `IN`, and `IMEI` for the field `field:imei`."""
        return self.name.rpartition(":")[2].upper()


def _nonzero_size(number: float) -> str:
    return size(number) if number >= 0.5 else "-"


def _age(client: Client, now: float) -> float:
    return (client.closed_at or now) - client.since


def _idle(client: Client, now: float) -> float:
    return now - client.received_at if client.closed_at is None else -1.0


def _sent(client: Client, now: float) -> float:
    # What was sent since the time of this frame was taken was sent just now, not never.
    return max(0.0, now - client.sent_at) if client.closed_at is None and client.sent_at is not None else -1.0


def _sent_text(client: Client, now: float) -> str:
    seconds = _sent(client, now)
    return duration(seconds) if seconds >= 0 else "-"


def _rate_in(client: Client, now: float) -> float:
    return client.rates_at(now)[0]


def _rate_out(client: Client, now: float) -> float:
    return client.rates_at(now)[1]


def _last_text(client: Client) -> str:
    last = latest_of(client)
    return last if isinstance(last, str) else last.decode("utf-8", "replace")


def _address_key(address: str) -> tuple[str, int]:
    """`10.0.0.7:40112` sorts by host, then by port number; numeric parts of the host sort as numbers."""
    host, _, port = address.rpartition(":")
    number = int(port) if port.isascii() and port.isdigit() else 0
    return ".".join(part.zfill(3) if part.isdigit() else part for part in host.split(".")), number


ID, PEER, NAME, LOCAL, STATE, TREND, LAST = "id", "peer", "name", "local", "state", "trend", "last"

COLUMNS: tuple[Column, ...] = (
    Column(ID, 4, True, lambda client, now: str(client.id), lambda client, now: client.id, 0),
    Column(PEER, 19, False, lambda client, now: client.peer, lambda client, now: _address_key(client.peer), 1),
    Column(NAME, 12, False, lambda client, now: client.name, lambda client, now: client.name.lower(), 2),
    Column(LOCAL, 21, False, lambda client, now: client.local, lambda client, now: _address_key(client.local), 13),
    Column(STATE, 6, False, state_of, state_of, 3),
    Column("proto", 7, False, lambda client, now: protocol_of(client), lambda client, now: protocol_of(client), 9),
    Column("age", 5, True, lambda client, now: duration(_age(client, now)), _age, 7),
    Column("idle", 5, True, lambda client, now: duration(_idle(client, now)) if client.open else "-", _idle, 4),
    Column("sent", 5, True, _sent_text, _sent, 14),
    Column("in", 5, True, lambda client, now: size(client.bytes_in), lambda client, now: client.bytes_in, 5, "in"),
    Column("out", 5, True, lambda client, now: size(client.bytes_out), lambda client, now: client.bytes_out, 6, "out"),
    Column("in/s", 5, True, lambda client, now: _nonzero_size(_rate_in(client, now)), _rate_in, 10, "in"),
    Column("out/s", 5, True, lambda client, now: _nonzero_size(_rate_out(client, now)), _rate_out, 11, "out"),
    Column(TREND, 8, False, lambda client, now: "", lambda client, now: sum(client.rates_at(now)), 12),
    Column(
        "queue",
        5,
        True,
        lambda client, now: _nonzero_size(client.queued),
        lambda client, now: client.queued,
        8,
        "warning",
    ),
    Column(LAST, 8, False, lambda client, now: "", lambda client, now: _last_text(client).lower(), 7),
)
"""All columns, in their default order. The texts of `trend` and `last` depend on the width: see `table_lines.py`."""

BY_CONCERN = Column("attention", 0, True, lambda client, now: "", concern_of, 0)
"""A sort order without a column: connections that need attention first."""
SORTS = (BY_CONCERN, *COLUMNS)
"""What the connections can be sorted by."""
BY_NAME = {column.name: column for column in SORTS}
MARKS_WIDTH = 3
"""Screen columns in front of the id: cursor, mark, trouble."""
LAST_WIDTH, NARROW_LAST_WIDTH = 24, 16
"""Width that the column `last` keeps before optional columns are added, and before a long peer is shown as a whole."""
OPTIONAL_RANK = 9
"""Columns of this rank and above are optional."""


class PlacedColumn(NamedTuple):
    """A column at its position: its first screen column, and its width."""

    column: Column
    start: int
    width: int


def begins_with_greatest(name: str) -> bool:
    """Whether sorting by a column begins with the greatest value: numbers do."""
    return name == TREND or (name in BY_NAME and BY_NAME[name].right)


@lru_cache(maxsize=8)  # the same in every frame
def place_columns(
    width: int, highest: int = 0, chosen: tuple[Column, ...] = (), named: bool = False, peer: int = BY_NAME[PEER].width
) -> Sequence[PlacedColumn]:
    """The columns that fit, from left to right; of those that were `chosen`, if any were.

    `highest` is the highest id, `peer` the length of the longest peer; `named`: some client has a name.
    """
    if chosen:
        order = list(dict.fromkeys((BY_NAME[ID], *(column for column in chosen if column is not BY_CONCERN))))
        ranked = order
    else:
        order = [column for column in COLUMNS if named or column.name != NAME]
        ranked = sorted(order, key=lambda column: column.rank)
    widths = {column.name: column.width for column in order}
    widths[ID] = max(widths[ID], len(str(highest)))
    left = width - MARKS_WIDTH + 1
    if PEER in widths:
        kept = {LAST: NARROW_LAST_WIDTH, PEER: 0}
        others = sum(kept.get(each.name, widths[each.name]) + 1 for each in order if chosen or not _is_optional(each))
        widths[PEER] = max(len(PEER), min(peer, max(widths[PEER], left - others)))
    taken: set[str] = set()
    for column in ranked:
        optional = not chosen and _is_optional(column)
        available = left + widths[LAST] - LAST_WIDTH if optional and LAST in taken else left
        if available < widths[column.name] + 1:
            if optional:
                continue
            break
        taken.add(column.name)
        left -= widths[column.name] + 1
    placed: list[PlacedColumn] = []
    start = MARKS_WIDTH
    for column in order:
        if column.name in taken:
            taken_width = widths[column.name] + (left if column.name == LAST else 0)
            placed.append(PlacedColumn(column, start, taken_width))
            start += taken_width + 1
    return placed


def _is_optional(column: Column) -> bool:
    return column.rank >= OPTIONAL_RANK
