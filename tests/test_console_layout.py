"""How much there is room for."""

from __future__ import annotations

import pytest
from textual.geometry import Size

from tuiserver.console.layout import classes_for


@pytest.mark.parametrize(
    ("width", "height", "classes"),
    [
        (160, 50, {"-wide"}),
        (140, 40, {"-wide"}),
        (139, 40, {"-narrow"}),
        (140, 39, {"-narrow"}),
        (80, 24, {"-narrow"}),
        (80, 23, {"-narrow", "-no-log"}),
        (80, 19, {"-narrow", "-no-log", "-no-send"}),
        (60, 15, {"-narrow", "-no-log", "-no-send"}),
        (59, 50, {"-alone"}),
        (60, 14, {"-alone", "-no-log", "-no-send"}),
        (1, 1, {"-alone", "-no-log", "-no-send"}),
    ],
)
def test_what_there_is_room_for(width: int, height: int, classes: set[str]) -> None:
    """The limits are where they are said to be."""
    assert classes_for(Size(width, height), zoomed=False) == classes


def test_zoomed() -> None:
    """A zoomed pane is alone on the largest screen."""
    assert classes_for(Size(300, 100), zoomed=True) == {"-alone"}
