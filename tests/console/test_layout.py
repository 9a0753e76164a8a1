"""Which panes are shown at which size."""

from __future__ import annotations

import pytest
from textual.geometry import Size

from tuiserver.console.layout import arrange

PANES = {"connections", "messages"}


@pytest.mark.parametrize(
    ("width", "height", "name", "shown"),
    [
        (160, 50, "-wide", PANES | {"inspector", "log", "send"}),
        (140, 40, "-wide", PANES | {"inspector", "log", "send"}),
        (139, 40, "-narrow", PANES | {"log", "send"}),
        (140, 39, "-narrow", PANES | {"log", "send"}),
        (80, 24, "-narrow", PANES | {"log", "send"}),
        (80, 23, "-narrow", PANES | {"send"}),
        (80, 19, "-narrow", PANES),
        (60, 15, "-narrow", PANES),
        (59, 50, "-alone", {"messages", "send"}),
        (60, 14, "-alone", {"messages"}),
        (1, 1, "-alone", {"messages"}),
    ],
)
def test_the_arrangement_for_a_size(width: int, height: int, name: str, shown: set[str]) -> None:
    """The limits are those of the documentation."""
    assert arrange(Size(width, height), "messages") == (name, shown)


def test_the_inspector_takes_the_place_of_the_messages() -> None:
    """Where it has no column of its own, and only while it has the focus."""
    assert arrange(Size(80, 24), "inspector").shown == {"connections", "inspector", "log", "send"}
    assert arrange(Size(160, 50), "inspector").shown == PANES | {"inspector", "log", "send"}
    assert arrange(Size(40, 10), "inspector").shown == {"inspector"}


def test_zoomed() -> None:
    """A zoomed pane is alone on the largest screen, with the send bar."""
    assert arrange(Size(300, 100), "log", zoomed=True) == ("-alone", {"log", "send"})


def test_without_a_connection_the_first_steps_have_the_whole_width() -> None:
    """On a wide screen; above the log, and the pane where the operator is."""
    assert arrange(Size(160, 50), "connections", deserted=True) == ("-alone", {"connections", "log", "send"})
    assert arrange(Size(160, 50), "messages", deserted=True).shown == {"connections", "messages", "log", "send"}
    assert arrange(Size(80, 24), "connections", deserted=True) == arrange(Size(80, 24), "connections")


def test_sending_shows_the_send_bar() -> None:
    """However small the screen is."""
    assert "send" in arrange(Size(20, 4), "messages", sending=True).shown
