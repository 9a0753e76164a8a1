"""The messages that match a filter."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.scripted import received
from tuiserver.console.models.filter_fields import of_message
from tuiserver.console.models.filtered_series import ENTRIES_PER_FRAME, FilteredSeries
from tuiserver.core.events import Skipped
from tuiserver.views.transcript import CONNECTION_OVERHEAD, OVERHEAD, Transcript


def data_of(filtered: FilteredSeries) -> list[bytes]:
    """The messages it holds, oldest first."""
    return [getattr(filtered.get(index), "data", b"") for index in range(filtered.first, filtered.end)]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(st.sampled_from([b"a1", b"a2", b"b"]), st.none()), max_size=60), st.integers(1, 20))
def test_it_holds_exactly_the_kept_messages_that_match(messages: list[bytes | None], kept: int) -> None:
    """Whatever is added and dropped, it has all matches in their order, and no index ever changes its message."""
    transcript = Transcript(CONNECTION_OVERHEAD + kept * (OVERHEAD + 2))
    filtered = FilteredSeries(of_message("a", {}))
    seen: dict[int, object] = {}
    for data in messages:
        transcript.apply(received(data, 1) if data is not None else Skipped(1.0, 1, 1))
        series = transcript.view(1)
        assert not filtered.update(series)
        entries = [series.get(index) for index in range(series.first, series.end)]
        assert data_of(filtered) == [entry.data for entry in entries if getattr(entry, "data", b"").startswith(b"a")]
        for index in range(filtered.first, filtered.end):
            assert seen.setdefault(index, filtered.get(index)) is filtered.get(index)


def test_the_newest_messages_are_examined_first() -> None:
    """A frame examines a bounded number; older matches found later get indexes below the others."""
    transcript = Transcript()
    for number in range(2 * ENTRIES_PER_FRAME + 10):
        transcript.apply(received(b"%d" % number, 1))
    filtered = FilteredSeries(of_message("-x", {}))
    assert filtered.update(transcript.view(1))
    assert data_of(filtered)[-1] == b"%d" % (2 * ENTRIES_PER_FRAME + 9)
    assert len(filtered) == ENTRIES_PER_FRAME
    newest = filtered.get(filtered.end - 1)
    assert filtered.update(transcript.view(1))
    assert not filtered.update(transcript.view(1))
    assert len(filtered) == 2 * ENTRIES_PER_FRAME + 10
    assert filtered.get(filtered.end - 1) is newest
    assert filtered.first < 0


def test_an_index_that_is_not_there_is_an_error() -> None:
    """Both below the first and behind the last."""
    transcript = Transcript()
    transcript.apply(received(b"a", 1))
    filtered = FilteredSeries(of_message("a", {}))
    filtered.update(transcript.view(1))
    for index in (filtered.first - 1, filtered.end):
        with pytest.raises(IndexError):
            filtered.get(index)
