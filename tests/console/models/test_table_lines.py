"""The text of a row of the table of connections."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.core.test_characters import is_shown
from tests.support.scripted import BASE, closed, connected, received
from tuiserver.console.models.columns import BY_NAME, place_columns
from tuiserver.console.models.table_lines import TableFormat, empty_table, heading
from tuiserver.console.models.trends import Trends
from tuiserver.console.text.glyphs import ASCII, UNICODE
from tuiserver.core.characters import columns
from tuiserver.core.codes import PauseCode
from tuiserver.core.events import Connected, Ended, Noted, Paused
from tuiserver.views.roster import Roster


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=40), st.integers(10, 200), st.sampled_from([UNICODE, ASCII]))
def test_rows_are_printable_and_fit(data, text, width, glyphs) -> None:  # type: ignore[no-untyped-def]
    """Whatever peers, protocols, messages and reasons contain: known columns, and never too wide."""
    roster = Roster()
    for event in (
        Connected(BASE, 1, text, text, text, text),
        received(data, 1),
        connected(2),
        closed(2, text),
        connected(3),
        Noted(BASE, "error", text, 3),
        Ended(BASE, 1, 60.0),
    ):
        roster.apply(event)
    table = TableFormat(place_columns(width, 3), glyphs, BASE + 9, 1, {2}, Trends(8))
    for number in (1, 2, 3):
        parts, _ = table.line(roster.clients[number])
        line = "".join(part for part, _ in parts)
        assert is_shown(line)
        assert cell_len(line) == columns(line)
        assert columns(line.rstrip()) <= width
        assert line.isascii() or not glyphs.ascii
    for parts, _ in empty_table([text], 30, glyphs):
        assert is_shown("".join(part for part, _ in parts))


@pytest.mark.parametrize(
    ("address", "suggested"),
    [
        ("tcp://127.0.0.1:9", True),
        ("http://127.0.0.1:9", True),
        ("line://127.0.0.1:9", False),
        ("u16:self://[::1]:9", False),
    ],
)
def test_curl_is_suggested_where_http_is_served(address: str, suggested: bool) -> None:
    """Elsewhere, a request would only show what is wrong with it."""
    text = "".join(part for parts, _ in empty_table([address], 30, UNICODE) for part, _ in parts)
    assert "nc " in text
    assert ("curl" in text) is suggested


def test_an_ended_row_shows_the_time_that_is_left() -> None:
    """Before the latest message, which the operator answers."""
    roster = Roster()
    for event in (connected(1), received(b"hello", 1), Ended(BASE, 1, 60.0)):
        roster.apply(event)

    def row(seconds: float) -> str:
        table = TableFormat(place_columns(80, 1), UNICODE, BASE + seconds, 1, (), Trends(8))
        return "".join(text for text, _ in table.line(roster.clients[1])[0])

    assert " ended " in row(1)
    assert row(1).rstrip().endswith("59s left  hello")
    assert row(58).rstrip().endswith("2s left  hello")
    roster.apply(closed(1))
    assert "left" not in row(58)


def test_only_the_state_has_the_colour_of_a_state() -> None:
    """Not a message or a name that happens to be the same word."""
    roster = Roster()
    for event in (connected(1), received(b"slow", 1), Paused(BASE, 1, "operator", PauseCode.OPERATOR)):
        roster.apply(event)
    roster.name(1, "slow")
    table = TableFormat(place_columns(120, 1, named=True), UNICODE, BASE, 0, (), Trends(8))
    styles = [(text.strip(), style) for text, style in table.line(roster.clients[1])[0]]
    assert [each for each in styles if each[0] in ("slow", "paused")] == [
        ("slow", "plain"),
        ("paused", "accent"),
        ("slow", "plain"),
    ]


def test_the_sorted_heading_has_an_arrow() -> None:
    """In the space beside its name: nothing moves, whichever it is."""
    placed = place_columns(100, 9)
    plain = "".join(text for text, _ in heading(placed, BY_NAME["local"], "v")[0])
    for column in placed:
        parts, _ = heading(placed, column.column, "v")
        marked = "".join(text for text, _ in parts)
        assert next(text for text, style in parts if style == "accent").strip("v") == column.column.name.upper()
        assert marked.replace("v", " ") == plain
