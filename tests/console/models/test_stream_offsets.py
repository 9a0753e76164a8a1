"""Where messages begin in the stream of their connection and direction."""

from __future__ import annotations

from tests.support.scripted import received, sent
from tuiserver.console.models.stream_offsets import MESSAGE_COST, StreamOffsets
from tuiserver.core.events import Skipped
from tuiserver.views.transcript import Series

TALK = (received(b"abc"), received(b"de"), sent(b"fghi"), received(b"j"), Skipped(1.0, 1, 1), received(b"k"))


def offsets(*entries: object, framed: bool = False) -> StreamOffsets:
    """The offsets of these entries."""
    series = Series()
    series.items += entries  # type: ignore[arg-type]
    offsets = StreamOffsets(lambda number: framed)
    offsets.update(series)
    return offsets


def test_each_direction_is_counted_by_itself() -> None:
    """An offset goes on after the other side spoke; then a new run begins, and after a gap too."""
    known = offsets(*TALK)
    assert [known.start(index) for index in (0, 1, 2, 3, 5)] == [0, 3, 0, 5, 6]
    assert [known.run(index) for index in (0, 1, 2, 3, 5)] == [0, 0, 0, 5, 6]
    assert [known.begins(index) for index in range(6)] == [True, False, True, True, True, True]


def test_the_cost_counts_bytes_and_messages() -> None:
    """Of both directions and all connections."""
    known = offsets(*TALK)
    assert [known.cost(index) for index in (0, 1, 5)] == [0, 3 + MESSAGE_COST, 10 + 4 * MESSAGE_COST]


def test_each_connection_is_counted_by_itself() -> None:
    """Messages of another one end a run."""
    known = offsets(received(b"ab"), received(b"c", 7), received(b"d"))
    assert [(known.start(index), known.begins(index)) for index in range(3)] == [(0, True), (0, True), (2, True)]


def test_a_message_with_boundaries_is_a_run() -> None:
    """Its offset goes on all the same."""
    known = offsets(received(b"ab"), received(b"c"), framed=True)
    assert [(known.start(index), known.begins(index)) for index in range(2)] == [(0, True), (2, True)]


def test_offsets_stay_when_messages_are_dropped() -> None:
    """Memory for those that are gone is given back; messages that were never seen are not counted."""
    series = Series()
    known = StreamOffsets(lambda number: False)
    for _ in range(20):
        series.items += [received(b"ab")] * 1000
        known.update(series)
        while len(series) > 500:
            series.drop()
    known.update(series)
    assert known.start(series.end - 1) == 2 * 19_999
    assert 0 < known.first <= series.first
    while len(series):
        series.drop()
    series.items += [received(b"x")] * 1000
    while len(series) > 1:
        series.drop()
    known.update(series)
    assert known.begins(series.first)
