"""The columns of the table of connections: what each says of a client, how it sorts, and which of them fit.

Rules of this file:
- Pure. A column has its place for as long as the width stays; a figure never moves its neighbour.
- By itself the table takes what matters most first and shows it in the order of `COLUMNS`. Chosen by the operator, columns
  stand in the order of the choice, and where it is narrow those at the right go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tuiserver.core.numbers import duration, size
from tuiserver.views.roster import Client


class Column(NamedTuple):
    """A column: its name, its width, whether it is aligned to the right, what it says, and the value it sorts by.

    `rank`: the lower, the sooner it is taken; `wide` is its width where there is room for it.
    """

    name: str
    width: int
    right: bool
    text: Callable[[Client, float], str]
    key: Callable[[Client, float], Any]
    rank: int
    style: str = "plain"
    wide: int = 0


def _figure(number: float) -> str:
    return size(number) if number >= 0.5 else "-"


def _age(client: Client, now: float) -> float:
    return (client.closed_at or now) - client.since


def _idle(client: Client, now: float) -> float:
    return now - client.active if client.closed_at is None else -1.0


def _words(client: Client) -> str:
    last = client.last if client.closed_at is None else client.reason
    return last if isinstance(last, str) else last.decode("utf-8", "replace")


ID, PEER, NAME, SPARK, LAST = "id", "peer", "name", "trend", "last"

COLUMNS: tuple[Column, ...] = (
    Column(ID, 4, True, lambda client, now: str(client.id), lambda client, now: client.id, 0),
    Column(PEER, 19, False, lambda client, now: client.peer, lambda client, now: _address(client.peer), 1, wide=22),
    Column(NAME, 12, False, lambda client, now: client.name, lambda client, now: client.name.lower(), 2),
    Column("local", 21, False, lambda client, now: client.local, lambda client, now: _address(client.local), 13),
    Column("state", 6, False, lambda client, now: client.state, lambda client, now: client.state, 3),
    Column("proto", 5, False, lambda client, now: client.protocol, lambda client, now: client.protocol, 9),
    Column("age", 5, True, lambda client, now: duration(_age(client, now)), _age, 7),
    Column("idle", 5, True, lambda client, now: duration(now - client.active) if client.open else "-", _idle, 4),
    Column("in", 5, True, lambda client, now: size(client.bytes_in), lambda client, now: client.bytes_in, 5, "in"),
    Column("out", 5, True, lambda client, now: size(client.bytes_out), lambda client, now: client.bytes_out, 6, "out"),
    Column(
        "in/s",
        5,
        True,
        lambda client, now: _figure(client.rates_at(now)[0]),
        lambda client, now: client.rates_at(now)[0],
        10,
        "in",
    ),
    Column(
        "out/s",
        5,
        True,
        lambda client, now: _figure(client.rates_at(now)[1]),
        lambda client, now: client.rates_at(now)[1],
        11,
        "out",
    ),
    Column(SPARK, 8, False, lambda client, now: "", lambda client, now: sum(client.rates_at(now)), 12),
    Column(
        "queue", 5, True, lambda client, now: _figure(client.queued), lambda client, now: client.queued, 8, "warning"
    ),
    Column(LAST, 8, False, lambda client, now: "", lambda client, now: _words(client).lower(), 7),
)
"""All there are, in the order in which they stand. What `trend` and `last` say is drawn by the pane."""

BY_NAME = {column.name: column for column in COLUMNS}
MARKS = 3
"""Columns before the id: what is selected, marked, in trouble."""
ROOMY = 90
"""Columns from which on the peer stands wider."""
COMFORT = 16
"""Columns that the last words keep before what is merely welcome is shown."""
WELCOME = 9
"""Rank from which on a column is merely welcome."""


class Placed(NamedTuple):
    """A column where it stands: its first column on the screen, and how wide it is."""

    column: Column
    start: int
    width: int


def _address(address: str) -> tuple[str, int]:
    """`10.0.0.7:40112` sorts by host, then by number of the port; hosts of digits as numbers do."""
    host, _, port = address.rpartition(":")
    number = int(port) if port.isascii() and port.isdigit() else 0
    return ".".join(part.zfill(3) if part.isdigit() else part for part in host.split(".")), number


def is_number(column: Column) -> bool:
    """Whether its greatest value is what one looks for first."""
    return column.right or column.name == SPARK


def place(width: int, highest: int = 0, chosen: Sequence[str] = (), named: bool = False) -> list[Placed]:
    """The columns that fit, from left to right. `highest` is the highest id, `named`: some client has a name."""
    if chosen:
        order = [BY_NAME[name] for name in dict.fromkeys((ID, *chosen)) if name in BY_NAME]
        ranked = order
    else:
        order = [column for column in COLUMNS if named or column.name != NAME]
        ranked = sorted(order, key=lambda column: column.rank)
    widths = {column.name: column.wide if width >= ROOMY and column.wide else column.width for column in order}
    widths[ID] = max(widths[ID], len(str(highest)))
    left = width - MARKS + 1
    taken: set[str] = set()
    for column in ranked:
        room = left
        if not chosen and column.rank >= WELCOME and LAST in taken:
            room = left + widths[LAST] - COMFORT
        if room < widths[column.name] + 1:
            if column.rank >= WELCOME and not chosen:
                continue
            break
        taken.add(column.name)
        left -= widths[column.name] + 1
    placed: list[Placed] = []
    start = MARKS
    for column in order:
        if column.name in taken:
            wide = widths[column.name] + (left if column.name == LAST else 0)
            placed.append(Placed(column, start, wide))
            start += wide + 1
    return placed
