"""Which connections are shown, and in which order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.scripted import BASE, closed, connected, received
from tuiserver.console.models import filter_fields
from tuiserver.console.models.columns import BY_CONCERN, BY_NAME, COLUMNS
from tuiserver.console.models.rows import CLIENTS_PER_FRAME, SORT_INTERVAL, Rows
from tuiserver.core.codes import CloseCode
from tuiserver.core.events import AnyEvent, Closed, Noted
from tuiserver.views.roster import Roster


def rows_of(*events: AnyEvent) -> tuple[Roster, Rows]:
    """A roster after these events, and the rows over it."""
    roster = Roster()
    for event in events:
        roster.apply(event)
    return roster, Rows(roster)


def update_fully(rows: Rows, now: float = BASE + 9) -> list[int]:
    """Update until all connections have been examined."""
    while rows.update(now):
        pass
    return rows.ids


def test_the_newest_is_on_top() -> None:
    """By default all connections are shown, closed ones below the others; the order can be reversed."""
    roster, rows = rows_of(connected(1), connected(2), connected(3), closed(2))
    assert update_fully(rows) == [3, 1, 2]
    rows.sort_by(BY_NAME["id"], reverse=False)
    assert update_fully(rows) == [1, 3, 2]
    rows.sort_by(BY_NAME["peer"], reverse=True)
    assert update_fully(rows) == [3, 1, 2], "in every order"
    rows.sort_by(BY_NAME["id"], reverse=False)
    roster.clear_closed()
    assert update_fully(rows) == [1, 3]


def test_by_attention_those_that_failed_are_first() -> None:
    """Among the open ones, and among the closed ones below them."""
    reset = Closed(BASE, 2, "reset by peer", 0, 0, 0, 0, code=CloseCode.PEER_RESET)
    _, rows = rows_of(*map(connected, range(1, 6)), reset, closed(4), Noted(BASE, "error", "wrong", 1))
    rows.sort_by(BY_CONCERN, reverse=True)
    assert update_fully(rows) == [1, 5, 3, 2, 4]


def test_sorting_is_stable() -> None:
    """Rows of equal values keep their order, in both directions, also when others move."""
    roster, rows = rows_of(*(connected(number) for number in range(1, 7)), received(b"xx", 2), received(b"x", 5))
    rows.sort_by(BY_NAME["in"], reverse=True)
    assert update_fully(rows) == [2, 5, 6, 4, 3, 1]
    roster.apply(received(b"xxx", 3))
    assert update_fully(rows, BASE + 10.5) == [3, 2, 5, 6, 4, 1]
    rows.sort_by(BY_NAME["in"], reverse=False)
    assert update_fully(rows) == [6, 4, 1, 5, 2, 3]


def test_changing_values_are_sorted_once_a_second() -> None:
    """A received byte does not change the order at once; a new connection does."""
    roster, rows = rows_of(connected(1), connected(2), received(b"xx", 2))
    rows.sort_by(BY_NAME["in"], reverse=True)
    assert update_fully(rows, BASE) == [2, 1]
    roster.apply(received(b"xxx", 1))
    assert update_fully(rows, BASE + SORT_INTERVAL / 2) == [2, 1]
    assert update_fully(rows, BASE + SORT_INTERVAL) == [1, 2]
    roster.apply(connected(3))
    assert update_fully(rows, BASE + SORT_INTERVAL * 1.1) == [1, 2, 3]


def test_a_filter_hides() -> None:
    """Only matching connections are shown, whatever connects and closes."""
    roster, rows = rows_of(connected(1), connected(2), connected(3), received(b"PING", 2))
    rows.set_filter(filter_fields.of_client("ping"))
    assert (update_fully(rows), rows.filtered) == ([2], True)
    roster.apply(received(b"PING", 3))
    assert update_fully(rows, BASE + 20) == [3, 2]
    roster.apply(closed(3))
    roster.clear_closed()
    assert update_fully(rows, BASE + 20.1) == [2]
    rows.set_filter(filter_fields.of_client(""))
    assert (update_fully(rows), rows.filtered) == ([2, 1], False)


def test_many_connections_are_examined_over_several_frames() -> None:
    """The work of a frame is bounded; until all are examined the last order stays."""
    roster, rows = rows_of(*(connected(number) for number in range(1, 3 * CLIENTS_PER_FRAME)))
    examined = 0
    column = BY_NAME["in"]

    def counting(client: object, now: float) -> float:
        nonlocal examined
        examined += 1
        return 0.0

    rows.update(BASE)
    before = rows.ids
    rows.sort_by(column._replace(key=counting), reverse=True)
    for frame in range(1, 4):
        more = rows.update(BASE)
        assert examined == min(CLIENTS_PER_FRAME * frame, 3 * CLIENTS_PER_FRAME - 1)
        assert rows.ids == before or not more
    assert len(rows.ids) == 3 * CLIENTS_PER_FRAME - 1
    roster.apply(closed(5))
    roster.clear_closed()
    rows.update(BASE + 0.1)
    assert 5 not in rows.ids, "a removed connection is gone at once"


EVENTS = st.one_of(
    st.builds(connected, st.integers(1, 9), st.floats(BASE, BASE + 9)),
    st.builds(lambda number, data: received(data, number), st.integers(1, 9), st.binary(max_size=9)),
    st.builds(closed, st.integers(1, 9)),
    st.just("clear"),
    st.sampled_from(["idle>2s", "in>3 -state:closed", "-x", "id:3", ""]),
    st.sampled_from([column.name for column in COLUMNS]),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(EVENTS, max_size=40))
def test_rows_are_always_those_that_match(events: list[AnyEvent | str]) -> None:
    """Whatever happens: in the end exactly the matching connections are there, each once, in order."""
    roster, rows = rows_of()
    now, wanted = BASE + 10, ""

    def clock() -> float:
        return now

    for event in events:
        now += 0.3
        if event == "clear":
            roster.clear_closed()
        elif isinstance(event, str) and event in BY_NAME:
            rows.sort_by(BY_NAME[event], reverse=len(event) % 2 == 0)
        elif isinstance(event, str):
            wanted = event
            rows.set_filter(filter_fields.of_client(event, clock))
        else:
            roster.apply(event)
        rows.update(now)
        assert all(number in roster.clients for number in rows.ids)
    now += 2 * SORT_INTERVAL
    update_fully(rows, now)
    matches = filter_fields.of_client(wanted, clock).matches
    assert sorted(rows.ids) == [number for number, client in sorted(roster.clients.items()) if matches(client)]
    shown = [roster.clients[number] for number in rows.ids]
    assert shown == sorted(shown, key=lambda client: not client.open), "closed ones are below the others"
    for is_open in (True, False):
        keys = [rows.column.key(client, now) for client in shown if client.open == is_open]
        if rows.filtered or rows.column.name != "id":  # otherwise in order of arrival
            assert keys == sorted(keys, reverse=rows.reverse)
