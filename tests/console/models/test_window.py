"""Which lines of a series of messages are visible."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tuiserver.console.models.scroll_bar import Extent
from tuiserver.console.models.window import Window
from tuiserver.core.events import Received, Skipped
from tuiserver.views.transcript import CONNECTION_OVERHEAD, OVERHEAD, Entry, Transcript


def received(data: bytes) -> Received:
    """A message of connection 1."""
    return Received(1.0, 1, data, len(data))


def lines(entry: Entry) -> int:
    """An entry has one line, and one more for each of its bytes."""
    return 1 if isinstance(entry, Skipped) else 1 + len(entry.data)


def positions(window: Window) -> list[tuple[int, int]]:
    """The entry and the line of each row."""
    return [(row.entry_index, row.line) for row in window.rows]


def filled(sizes: list[int], height: int) -> tuple[Transcript, Window]:
    """A window over messages of these sizes."""
    transcript = Transcript()
    for size in sizes:
        transcript.apply(received(b"x" * size))
    window = Window()
    window.resize(height)
    window.refresh(transcript.view(1), lines)
    return transcript, window


def test_it_follows_until_it_is_scrolled_up() -> None:
    """At first the window stays at the end; scrolling up stops that, `follow` resumes it."""
    transcript, window = filled([0] * 10, 4)
    assert positions(window) == [(6, 0), (7, 0), (8, 0), (9, 0)]
    transcript.apply(received(b""))
    window.refresh(transcript.view(1), lines)
    assert positions(window)[-1] == (10, 0)
    window.scroll(-2)
    assert not window.following
    before = list(window.rows)
    for _ in range(12):
        transcript.apply(received(b""))
    window.refresh(transcript.view(1), lines)
    assert window.rows == before
    assert window.new == 12
    window.scroll(5)
    assert window.new == 9, "what has been visible is not new"
    window.follow()
    assert (window.new, positions(window)[-1]) == (0, (22, 0))


def test_a_window_that_shows_everything_keeps_following() -> None:
    """There is nothing above to scroll to."""
    _, window = filled([0, 0], 4)
    window.scroll(-1)
    window.scroll_to_start()
    assert window.following
    assert positions(window) == [(0, 0), (1, 0)]


def test_visible_rows_stay_when_they_are_dropped() -> None:
    """Rows that memory has dropped stay on the screen; the next move goes to what is left."""
    transcript = Transcript(budget=CONNECTION_OVERHEAD + 10 * OVERHEAD)
    for _ in range(8):
        transcript.apply(received(b""))
    window = Window()
    window.resize(3)
    window.refresh(transcript.view(1), lines)
    window.scroll(-4)
    before = list(window.rows)
    for _ in range(100):
        transcript.apply(received(b""))
    window.refresh(transcript.view(1), lines)
    assert transcript.view(1).first > before[-1].entry_index
    assert window.rows == before
    window.scroll(-1)
    assert window.rows == before, "nothing older is left"
    window.scroll(1)
    assert positions(window)[0] == (transcript.view(1).first, 0)


def test_millions_of_lines_are_scrolled_by_arithmetic() -> None:
    """A message of 50 million lines is opened and scrolled without examining lines that are not visible."""
    transcript, window = filled([3, 50_000_000, 3], 40)
    window.scroll(-1_000_000)
    assert positions(window)[0] == (1, 50_000_001 - 36 - 1_000_000)
    window.scroll_to_start()
    window.scroll(20_000_000)
    window.resize(50)
    window.refresh(transcript.view(1), lines)
    assert len(window.rows) == 50


def test_other_line_counts_keep_the_message_on_top() -> None:
    """Switched from text to hex while not following, the message at the top stays there."""
    _, window = filled([5] * 20, 6)
    window.relayout(lambda entry: 1)
    window.scroll(-8)
    top = window.rows[0].entry_index
    window.relayout(lines)
    assert positions(window)[0] == (top, 0)


moves = st.one_of(
    st.tuples(st.just("scroll"), st.integers(-30, 30)),
    st.tuples(st.just("resize"), st.integers(0, 12)),
    st.tuples(st.just("apply"), st.integers(0, 9)),
    st.sampled_from([("scroll_to_start", 0), ("follow", 0), ("skip", 1), ("move", 1), ("move", -1), ("page", -1)]),
)


@settings(deadline=None)
@given(st.lists(moves, max_size=60))
def test_the_rows_are_always_neighbours(steps: list[tuple[str, int]]) -> None:
    """Whatever the moves, the rows are consecutive lines of the series, and fill the window if there are enough."""
    transcript = Transcript(budget=CONNECTION_OVERHEAD + 12 * OVERHEAD)
    window = Window()
    window.resize(5)
    for step, number in steps:
        if step == "apply":
            transcript.apply(received(b"x" * number))
        elif step == "skip":
            transcript.apply(Skipped(1.0, 1, 1))
        elif step in ("scroll", "resize", "move", "page"):
            getattr(window, step)(number)
        else:
            getattr(window, step)()
        series = transcript.view(1)
        held = {row.entry_index: row.entry for row in window.rows}
        window.refresh(series, lines)
        every = [
            (index, line)
            for index in sorted({*range(series.first, series.end), *(row.entry_index for row in window.rows)})
            for line in range(lines(held[index] if index < series.first else series.get(index)))
        ]
        seen = positions(window)
        if seen:
            start = every.index(seen[0])
            assert every[start : start + len(seen)] == seen
        assert len(seen) <= window.height
        if window.following:
            assert seen == every[len(every) - min(window.height, len(every)) :]


def test_the_scroll_bar_leads_to_an_entry() -> None:
    """The extent is in entries, with parts of those that are cut; the end is followed."""
    _, window = filled([0] * 50 + [9] * 50, 5)
    assert window.extent == Extent(99.5, 100, 100)
    window.scroll_to(20)
    assert positions(window) == [(number, 0) for number in range(20, 25)]
    assert window.extent == Extent(20, 25, 100)
    assert not window.following
    window.scroll_to(60.31)
    assert positions(window) == [(60, line) for line in range(3, 8)]
    window.scroll_to(window.extent.hidden)
    assert window.following
    assert Window().extent == Extent(0, 0, 0)
