"""Which panes are shown at which size, and where."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Region, Size

from tuiserver.console.layout import OPEN_LOG_ROWS, WEIGHTS, arrange, divide, regions_of

STACK = (("connections", "messages"),)
COLUMNS = (("connections", "messages"), ("inspector", "log"))
BARS = {"header": 1, "send": 1, "footer": 1}


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (160, 50, (COLUMNS, 0, True)),
        (140, 40, (COLUMNS, 0, True)),
        (139, 40, ((("connections", "messages", "log"),), 0, True)),
        (140, 39, ((("connections", "messages", "log"),), 0, True)),
        (80, 34, ((("connections", "messages", "log"),), 0, True)),
        (80, 33, (STACK, 1, True)),
        (80, 24, (STACK, 1, True)),
        (80, 23, (STACK, 0, True)),
        (80, 19, (STACK, 0, False)),
        (60, 15, (STACK, 0, False)),
        (59, 50, ((("messages",),), 0, True)),
        (60, 14, ((("messages",),), 0, False)),
        (1, 1, ((("messages",),), 0, False)),
    ],
)
def test_the_arrangement_for_a_size(width: int, height: int, expected: object) -> None:
    """The limits are those of the documentation."""
    assert arrange(Size(width, height), "messages") == expected


def test_the_inspector_takes_the_place_of_the_messages() -> None:
    """Where it has no column of its own."""
    assert arrange(Size(80, 24), "inspector").shown == {"connections", "inspector", "log", "send"}
    assert arrange(Size(160, 50), "inspector") == arrange(Size(160, 50), "messages")
    assert arrange(Size(40, 10), "inspector").shown == {"inspector"}
    assert arrange(Size(160, 50), "another").columns[0] == ("connections", "another")
    assert "inspector" in arrange(Size(80, 24), "connections", below="inspector").shown, (
        "until one goes to the messages"
    )
    assert arrange(Size(160, 50), "connections", below="inspector") == arrange(Size(160, 50), "messages")


def test_a_log_of_one_line_opens_while_the_operator_is_in_it() -> None:
    """And closes when a message is typed."""
    assert arrange(Size(80, 24), "log").log_rows == OPEN_LOG_ROWS
    assert arrange(Size(80, 24), "log", sending=True).log_rows == 1


def test_zoomed() -> None:
    """A zoomed pane is alone on the largest screen, with the send bar."""
    assert arrange(Size(300, 100), "log", zoomed=True).shown == {"log", "send"}


def test_without_a_connection_the_first_steps_have_the_whole_width() -> None:
    """On a large screen; above the log, and the pane where the operator is."""
    for size in (Size(160, 50), Size(120, 40)):
        assert arrange(size, "connections", deserted=True).columns == (("connections", "log"),)
        assert arrange(size, "messages", deserted=True).columns == (("connections", "messages", "log"),)
    assert arrange(Size(80, 24), "connections", deserted=True) == arrange(Size(80, 24), "connections")


def test_sending_shows_the_send_bar() -> None:
    """However small the screen is."""
    assert "send" in arrange(Size(20, 4), "messages", sending=True).shown


@pytest.mark.parametrize(
    ("rows", "column", "wanted", "heights"),
    [
        # All want more than there is: shares.
        (20, "connections messages", {}, (8, 12)),
        (35, "connections messages log", {}, (11, 16, 8)),
        (20, "connections inspector", {}, (5, 15)),
        (46, "inspector log", {}, (37, 9)),
        # What one does not need goes to those that want more.
        (20, "connections messages", {"messages": 3}, (17, 3)),
        (20, "connections messages", {"connections": 5}, (5, 15)),
        (35, "connections messages log", {"connections": 5, "messages": 3}, (5, 3, 27)),
        (46, "inspector log", {"inspector": 24}, (24, 22)),
        # What none of them wants goes to the messages; without them, to the last.
        (35, "connections messages log", {"connections": 5, "messages": 3, "log": 4}, (5, 26, 4)),
        (46, "connections log", {"connections": 13, "log": 3}, (13, 33)),
        (20, "connections another", {"connections": 5, "another": 5}, (5, 15)),
        # A pane gets some rows even if it wants none.
        (20, "connections messages", {"messages": 1}, (17, 3)),
        # None of them can have what it wants.
        (2, "connections messages", {"connections": 3, "messages": 3}, (1, 1)),
        (0, "connections messages", {"connections": 3}, (0, 0)),
    ],
)
def test_the_heights_of_a_column(rows: int, column: str, wanted: Mapping[str, int], heights: tuple[int, ...]) -> None:
    """Each pane is as high as what is in it; where that does not fit, the others share."""
    assert tuple(divide(rows, column.split(), wanted).values()) == heights


@given(
    st.integers(0, 100),
    st.permutations(sorted(WEIGHTS)),
    st.dictionaries(st.sampled_from(sorted(WEIGHTS)), st.integers(0, 200)),
)
def test_a_column_is_filled(rows: int, column: list[str], wanted: dict[str, int]) -> None:
    """No row is left over, none is given twice, and no pane has less than it wants while another has more."""
    heights = divide(rows, column, wanted)
    assert sum(heights.values()) == rows
    assert min(heights.values()) >= 0
    if any(wanted.get(name, rows) > height for name, height in heights.items()) and rows > 12:
        assert all(height <= max(3, wanted.get(name, rows)) for name, height in heights.items())


def test_the_places_on_a_screen() -> None:
    """Columns between the bars; a log of one line is below the send bar."""
    wanted = {"connections": 10, "inspector": 30}
    wide = Size(160, 50)
    assert regions_of(wide, arrange(wide, "messages"), wanted, {**BARS, "send": 2}) == {
        "header": Region(0, 0, 160, 1),
        "connections": Region(0, 1, 96, 10),
        "messages": Region(0, 11, 96, 36),
        "inspector": Region(97, 1, 63, 30),
        "log": Region(97, 31, 63, 16),
        "send": Region(0, 47, 160, 2),
        "footer": Region(0, 49, 160, 1),
    }
    narrow = Size(80, 24)
    assert regions_of(narrow, arrange(narrow, "messages"), wanted, {**BARS, "jobs": 1}) == {
        "header": Region(0, 0, 80, 1),
        "connections": Region(0, 1, 80, 8),
        "messages": Region(0, 9, 80, 11),
        "send": Region(0, 20, 80, 1),
        "log": Region(0, 21, 80, 1),
        "footer": Region(0, 22, 80, 1),
        "jobs": Region(0, 23, 80, 1),
    }


@given(st.integers(0, 200), st.integers(0, 80), st.sampled_from(sorted(WEIGHTS)), st.booleans())
def test_everything_is_on_the_screen(width: int, height: int, pane: str, deserted: bool) -> None:
    """At any size: nothing reaches over an edge or has a negative size."""
    size = Size(width, height)
    for region in regions_of(size, arrange(size, pane, deserted=deserted), {}, BARS).values():
        assert region.width >= 0
        assert region.height >= 0
        assert region.right <= width
        assert region.y >= 0
