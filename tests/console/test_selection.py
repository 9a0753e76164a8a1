"""Which connections the operator means."""

from __future__ import annotations

from tests.support.scripted import closed, connected
from tuiserver.console.selection import Selection
from tuiserver.views.roster import Roster


def selection_of(*numbers: int) -> tuple[Selection, Roster]:
    """A selection over a roster with these open connections."""
    roster = Roster()
    for number in numbers:
        roster.apply(connected(number))
    return Selection(roster), roster


def test_targets_are_the_marked_or_else_the_selected() -> None:
    """Closed connections are left out, in the order of the marks."""
    selection, roster = selection_of(1, 2, 3)
    assert selection.targets == []
    assert not selection.has_target
    selection.selected = 2
    assert [client.id for client in selection.targets] == [2]
    selection.marked = (1, 2, 3)
    roster.apply(closed(2))
    assert [client.id for client in selection.targets] == [1, 3]
    assert selection.has_target
    selection.marked = ()
    assert selection.targets == []
    assert not selection.has_target
    assert selection.client is roster.clients[2]


def test_open_connections_are_counted_when_one_comes_or_goes() -> None:
    """`refresh` reports whether that was so."""
    selection, roster = selection_of(1, 2)
    assert selection.refresh()
    assert list(selection.open) == [1, 2]
    assert not selection.refresh()
    roster.apply(closed(1))
    assert list(selection.open) == [1, 2]
    assert selection.refresh()
    assert list(selection.open) == [2]


def test_messages_of_one_or_of_all() -> None:
    """0 stands for all connections."""
    selection, _ = selection_of(7)
    selection.selected = 7
    assert selection.messages_of == 7
    selection.all_messages = True
    assert selection.messages_of == 0
