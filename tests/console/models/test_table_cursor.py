"""Cursor and marks of the table of connections."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted import closed, connected
from tuiserver.console.models.table_cursor import TableCursor
from tuiserver.views.roster import Roster


def cursor_over(count: int, height: int = 5) -> tuple[Roster, TableCursor]:
    """So many connections, the newest on top."""
    roster = Roster()
    for number in range(1, count + 1):
        roster.apply(connected(number))
    cursor = TableCursor(roster)
    cursor.resize(height)
    cursor.update(sorted(roster.clients, reverse=True))
    return roster, cursor


def test_new_rows_above_do_not_move_what_is_visible() -> None:
    """Unless the first row is visible: then the new one is too."""
    roster, cursor = cursor_over(20)
    cursor.scroll(3)
    before = list(cursor.visible)
    roster.apply(connected(21))
    cursor.update(sorted(roster.clients, reverse=True))
    assert list(cursor.visible) == before
    cursor.scroll_to_start()
    roster.apply(connected(22))
    cursor.update(sorted(roster.clients, reverse=True))
    assert list(cursor.visible)[:2] == [22, 21]


def test_closed_connections_cannot_be_marked() -> None:
    """Neither alone nor with all others."""
    roster, cursor = cursor_over(3)
    roster.apply(closed(3))
    cursor.keep()
    cursor.select(3)
    cursor.toggle_mark()
    assert cursor.marks == frozenset()
    cursor.mark_all()
    assert cursor.marks == {1, 2}
    cursor.select(2)
    cursor.toggle_mark()
    assert cursor.marks == {1}


MOVES = st.sampled_from(["move", "page", "scroll", "resize", "select_visible"])


@given(st.integers(0, 30), st.lists(st.tuples(MOVES, st.integers(-12, 12)), max_size=20))
def test_the_selected_row_is_always_visible(count: int, moves: list[tuple[str, int]]) -> None:
    """Whatever the keys, the wheel and the size of the screen."""
    _, cursor = cursor_over(count)
    for name, number in moves:
        getattr(cursor, name)(number)
        assert cursor.selected in cursor.visible or not count
        assert len(cursor.visible) == min(count, cursor.height)
