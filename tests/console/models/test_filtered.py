"""The messages that match a filter."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.scripted import received
from tuiserver.console.models.filter_fields import of_message
from tuiserver.console.models.filtered import ENTRIES, FilteredSeries
from tuiserver.core.events import Skipped
from tuiserver.views.transcript import CONNECTION_OVERHEAD, OVERHEAD, Transcript


def told(sifted: FilteredSeries) -> list[bytes]:
    """What it holds, oldest first."""
    return [getattr(sifted.get(index), "data", b"") for index in range(sifted.first, sifted.end)]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(st.sampled_from([b"a1", b"a2", b"b"]), st.none()), max_size=60), st.integers(1, 20))
def test_it_is_what_a_look_at_everything_would_find(messages: list[bytes | None], room: int) -> None:
    """Whatever comes and is dropped: exactly the kept messages that match, in their order, and no index ever moves."""
    transcript = Transcript(CONNECTION_OVERHEAD + room * (OVERHEAD + 2))
    sifted = FilteredSeries(of_message("a", {}))
    names: dict[int, object] = {}
    for data in messages:
        transcript.apply(received(data, 1) if data is not None else Skipped(1.0, 1, 1))
        series = transcript.view(1)
        assert not sifted.update(series)
        kept = [series.get(index) for index in range(series.first, series.end)]
        assert told(sifted) == [entry.data for entry in kept if getattr(entry, "data", b"").startswith(b"a")]
        for index in range(sifted.first, sifted.end):
            assert names.setdefault(index, sifted.get(index)) is sifted.get(index)


def test_the_newest_are_looked_at_first() -> None:
    """So many a frame: what is asked for appears at once, what is older is added below its index."""
    transcript = Transcript()
    for number in range(2 * ENTRIES + 10):
        transcript.apply(received(b"%d" % number, 1))
    sifted = FilteredSeries(of_message("-x", {}))
    assert sifted.update(transcript.view(1))
    assert told(sifted)[-1] == b"%d" % (2 * ENTRIES + 9)
    assert len(sifted) == ENTRIES
    newest = sifted.get(sifted.end - 1)
    assert sifted.update(transcript.view(1))
    assert not sifted.update(transcript.view(1))
    assert len(sifted) == 2 * ENTRIES + 10
    assert sifted.get(sifted.end - 1) is newest
    assert sifted.first < 0
