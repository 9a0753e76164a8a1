"""The rows that panes want: they grow at once, and shrink late."""

from __future__ import annotations

from tuiserver.console.models.wanted_rows import SETTLE_TIME, WantedRows


def test_a_pane_grows_at_once() -> None:
    """By a single row too."""
    wanted = WantedRows()
    assert wanted.update({"messages": 3, "log": 5}, 0.0)
    assert wanted.update({"messages": 4, "log": 5}, 0.1)
    assert not wanted.update({"messages": 4, "log": 5}, 0.2)
    assert wanted.rows == {"messages": 4, "log": 5}


def test_many_changes_become_few() -> None:
    """Each would draw the whole screen."""
    wanted = WantedRows()
    wanted.update({"messages": 3}, 0.0)
    changes = sum(wanted.update({"messages": 4 + step}, 10 + step / 20) for step in range(40))
    assert 5 < changes < 10
    assert wanted.update({"messages": 43}, 13.0)


def test_a_pane_shrinks_when_it_has_not_needed_its_rows_for_a_while() -> None:
    """Going through connections with and without messages changes no height."""
    wanted = WantedRows()
    wanted.update({"messages": 20}, 0.0)
    for step in range(20):
        assert not wanted.update({"messages": 3 if step % 4 else 20}, step / 2)
    assert not wanted.update({"messages": 5}, 9.9)
    assert wanted.update({"messages": 5}, 8.0 + SETTLE_TIME)
    assert wanted.rows == {"messages": 5}


def test_a_pane_keeps_a_few_rows_that_it_does_not_need() -> None:
    """Giving them away would gain little."""
    wanted = WantedRows()
    wanted.update({"messages": 20}, 0.0)
    assert not wanted.update({"messages": 18}, 100.0)


def test_after_a_reset_the_heights_are_those_that_are_wanted() -> None:
    """The panes are arranged anew."""
    wanted = WantedRows()
    wanted.update({"messages": 20}, 0.0)
    wanted.reset()
    assert wanted.update({"messages": 9}, 5.0)
    assert wanted.update({"messages": 3}, 5.1), "it has been drawn"
    assert wanted.rows == {"messages": 3}
