"""The columns of the table: which fit, their text, and how they sort."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.support.scripted import BASE, connected
from tuiserver.console.models.columns import BY_NAME, COLUMNS, LAST, LAST_WIDTH, PlacedColumn, place_columns
from tuiserver.views.roster import Client


def names(width: int, chosen: tuple[str, ...] = (), named: bool = False) -> list[str]:
    """The names of the columns, from left to right."""
    return [
        placed.column.name
        for placed in place_columns(width, 9, tuple(BY_NAME[name] for name in chosen if name in BY_NAME), named)
    ]


def test_important_columns_are_kept() -> None:
    """A narrow table has peer, state and counters; our own address and trends need more space."""
    assert names(30) == ["id", "peer"]
    assert names(60) == ["id", "peer", "state", "age", "idle", "in", "out"]
    assert names(80) == ["id", "peer", "state", "age", "idle", "in", "out", "queue", "last"]
    assert "in/s" in names(110)
    assert names(200) == [column.name for column in COLUMNS if column.name != "name"]
    assert "name" in names(80, named=True)
    assert names(0) == []


@pytest.mark.parametrize("chosen", [(), ("last", "in", "peer"), tuple(column.name for column in COLUMNS)])
def test_columns_never_overlap_nor_leave_the_pane(chosen: tuple[str, ...]) -> None:
    """At every width each begins after the one before, and the last one ends within the table."""
    for width in range(200):
        columns = place_columns(width, 12_345, tuple(BY_NAME[name] for name in chosen if name in BY_NAME), named=True)
        for left, right in pairwise(columns):
            assert left.start + left.width + 1 == right.start
        assert not columns or columns[-1].start + columns[-1].width <= width


def test_the_operator_chooses_and_orders() -> None:
    """Chosen columns follow the id in the order of the choice; in a narrow table the rightmost are left out."""
    assert names(80, ("last", "in", "peer")) == ["id", "last", "in", "peer"]
    assert names(30, ("in", "out", "peer")) == ["id", "in", "out"]
    assert names(80, ("id", "state", "state", "nonsense")) == ["id", "state"]


def test_the_last_message_takes_the_remaining_width() -> None:
    """They keep a readable width before optional columns are added."""
    for width in (80, 96, 126, 160):
        last = next(placed for placed in place_columns(width, 9) if placed.column.name == LAST)
        assert isinstance(last, PlacedColumn)
        assert last.start + last.width == width
    for width in range(100, 200):
        columns = {placed.column.name: placed.width for placed in place_columns(width, 9)}
        assert columns[LAST] >= LAST_WIDTH or "in/s" not in columns


def test_the_peer_is_as_wide_as_it_must_be() -> None:
    """Where there is not enough space, not so wide that the latest message would be left out."""

    def width_of(width: int, peer: int) -> int:
        return next(placed.width for placed in place_columns(width, 9, peer=peer) if placed.column.name == "peer")

    assert width_of(160, 15) == 15
    assert width_of(160, 47) == 47
    assert width_of(90, 47) == 28
    assert "last" in [placed.column.name for placed in place_columns(80, 9, peer=47)]
    assert width_of(60, 47) == 19
    assert width_of(80, 1) == 4, "as wide as its heading"


def test_addresses_sort_as_numbers() -> None:
    """10.0.0.9 comes before 10.0.0.10, port 80 before port 443."""
    peers = ["10.0.0.10:1", "10.0.0.9:443", "10.0.0.9:80"]
    clients = [Client(connected(number, peer=peer)) for number, peer in enumerate(peers, 1)]
    clients.sort(key=lambda client: BY_NAME["peer"].key(client, BASE))
    assert [client.peer for client in clients] == ["10.0.0.9:80", "10.0.0.9:443", "10.0.0.10:1"]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_every_column_has_text_and_sort_key(column: object) -> None:
    """Its text is no wider than the column, and its sort keys can be compared."""
    known = BY_NAME[column.name]  # type: ignore[attr-defined]
    one, other = Client(connected(1)), Client(connected(2))
    other.closed_at = BASE + 5
    other.last = "words"
    sorted([one, other], key=lambda client: known.key(client, BASE + 9))
    assert isinstance(known.text(one, BASE + 9), str)
    if known.right:
        assert len(known.text(one, BASE + 9)) <= known.width


def test_what_was_sent_after_the_time_of_the_frame_was_sent_just_now() -> None:
    """A dash is for a peer that was never sent anything."""
    client, column = Client(connected(12)), BY_NAME["sent"]
    assert column.text(client, BASE) == "-"
    client.sent_at = BASE + 0.5
    assert column.text(client, BASE) == "0s"
