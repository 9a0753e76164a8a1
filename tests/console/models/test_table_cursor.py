"""Cursor and marks of the table of connections."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted import BASE, closed, connected
from tuiserver.console.models.table_cursor import TableCursor
from tuiserver.core.events import Ended
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


def test_what_is_visible_stays_after_scrolling() -> None:
    """Rows that appear above or move elsewhere do not move the others; in a view of the first row the newest is visible."""
    roster, cursor = cursor_over(20)
    cursor.scroll(3)
    before = list(cursor.visible)
    roster.apply(connected(21))
    cursor.update(sorted(roster.clients, reverse=True))
    assert list(cursor.visible) == before
    moved = [number for number in sorted(roster.clients, reverse=True) if number != before[0]]
    cursor.update([*moved, before[0]])
    assert list(cursor.visible)[1:] == before[1:]
    cursor.scroll_to(0)
    roster.apply(connected(22))
    cursor.update(sorted(roster.clients, reverse=True))
    assert list(cursor.visible)[:2] == [22, 21]


def test_the_selected_connection_does_not_pin_the_view() -> None:
    """New rows push it below the edge, whether the operator chose it or not; the next key brings it back."""
    for chosen in (False, True):
        roster, cursor = cursor_over(1)
        if chosen:
            cursor.select(1)
        for number in range(2, 42):
            roster.apply(connected(number))
            cursor.update(sorted(roster.clients, reverse=True))
        assert cursor.selected == 1
        assert list(cursor.visible) == [41, 40, 39, 38, 37]
        cursor.move(-1)
        assert cursor.selected == 2
        assert list(cursor.visible) == [6, 5, 4, 3, 2]


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
def test_a_moved_cursor_is_visible(count: int, moves: list[tuple[str, int]]) -> None:
    """Whatever the keys and the size of the screen; the wheel selects nothing, and may leave the cursor behind."""
    _, cursor = cursor_over(count)
    for name, number in moves:
        selected, visible = cursor.selected, cursor.selected in cursor.visible
        moved = getattr(cursor, name)(number)
        assert len(cursor.visible) == min(count, cursor.height)
        if name in ("move", "page") or moved:
            assert cursor.selected in cursor.visible or not count
        elif name == "resize":
            assert (cursor.selected in cursor.visible) >= visible
        else:
            assert cursor.selected == selected


def test_the_cursor_leaves_a_connection_that_has_ended_when_another_connects() -> None:
    """A device that dials in again is shown, and one that has only finished sending can be answered; a chosen one stays."""
    for chosen in (False, True):
        roster, cursor = cursor_over(2)
        if chosen:
            cursor.keep()
        roster.apply(Ended(BASE, 2, 60.0))
        cursor.update([2, 1])
        assert cursor.selected == 2
        roster.apply(connected(3))
        cursor.update([3, 2, 1])
        assert cursor.selected == (2 if chosen else 3)
