"""The bytes of messages as one stream."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.scripted import received, sent
from tuiserver.console.models import filter_fields
from tuiserver.console.models.filtered_series import FilteredSeries
from tuiserver.console.models.stream import LINE_LIMIT, FinishedItems, Stream
from tuiserver.console.models.stream_offsets import MESSAGE_COST
from tuiserver.console.text.stream_lines import StreamLine
from tuiserver.core.charsets import find
from tuiserver.core.events import Received, Sent, Skipped
from tuiserver.views.transcript import Entry, Series


def series_of(entries: Sequence[Entry]) -> Series:
    """These entries."""
    series = Series()
    series.items += entries
    return series


def stream_of(entries: Sequence[Entry], row_size: int = 0, framed: bool = False) -> Stream:
    """The stream of these entries."""
    stream = Stream(lambda number: framed)
    stream.update(series_of(entries), row_size=row_size)
    return stream


def indexes(stream: Stream) -> list[int]:
    """The lines, from the first to the last."""
    found, index = [], stream.first
    while index < stream.end:
        found.append(index)
        index = stream.after(index)
    assert index == stream.end
    return found


def lines(stream: Stream) -> list[bytes]:
    """The bytes of the lines; of a gap, none."""
    return [line.data if isinstance(line, StreamLine) else b"" for line in map(stream.get, indexes(stream))]


def reads(data: bytes, size: int) -> list[Received]:
    """The data in reads of this size, a second apart."""
    return [received(data[start : start + size], at=1.0 + start) for start in range(0, len(data), size)]


def test_what_comes_in_nine_reads_is_one_line() -> None:
    """With the time of its first byte. What follows a line feed is another line, also within a read."""
    stream = stream_of([*reads(b"TEMP=23.5", 1), received(b"\r\nOK\nend", at=60.0), received(b".", at=61.0)])
    assert lines(stream) == [b"TEMP=23.5\r\n", b"OK\n", b"end."]
    first, second, third = map(stream.get, indexes(stream))
    assert [line.at for line in (first, second, third)] == [1.0, 60.0, 60.0]
    assert isinstance(third, StreamLine)
    assert third.offset == len(b"TEMP=23.5\r\nOK\n")


def test_lines_end_as_in_the_character_set() -> None:
    """In EBCDIC at NEL and LF, which are other bytes there."""
    stream = Stream(lambda number: False, lambda number: find("cp037").line_ends)
    stream.update(series_of(reads("ONE\x85TWO\nTHREE".encode("cp037"), 3)))
    assert [line.decode("cp037") for line in lines(stream)] == ["ONE\x85", "TWO\n", "THREE"]
    assert stream.finished == indexes(stream)[2]
    last = indexes(stream)[2]
    assert [stream.before(last), stream.before(stream.before(last))] == [indexes(stream)[1], indexes(stream)[0]]


def test_the_other_side_another_connection_and_a_gap_end_a_line() -> None:
    """Each goes on in a line of its own."""
    entries = [received(b"a"), sent(b"b"), received(b"c"), received(b"d", 7), Skipped(1.0, 2, 3), received(b"e", 7)]
    stream = stream_of(entries)
    assert lines(stream) == [b"a", b"b", b"c", b"d", b"", b"e"]
    assert isinstance(stream.get(indexes(stream)[4]), Skipped)
    assert lines(stream_of([received(b"a"), received(b"b")], framed=True)) == [b"a", b"b"]


def test_a_row_of_the_hexdump_goes_on_in_the_next_message() -> None:
    """It begins anew only where the other side speaks; the offset is that in the stream."""
    stream = stream_of([*reads(bytes(range(20)), 3), sent(b"x"), *reads(bytes(range(20, 28)), 3)], row_size=8)
    assert [len(line) for line in lines(stream)] == [8, 8, 4, 1, 8]
    assert b"".join(lines(stream)) == bytes(range(20)) + b"x" + bytes(range(20, 28))
    found = [line.offset for line in map(stream.get, indexes(stream)) if isinstance(line, StreamLine)]
    assert found == [0, 8, 16, 0, 20]


def test_the_line_of_a_row() -> None:
    """Also while rows of a hexdump are shown, there are lines of text: what is opened, copied and searched."""
    stream = stream_of([received(b"one\ntwo three "), received(b"four\nfive")], row_size=4)
    start = stream.text.align(indexes(stream)[2])
    line = stream.text.get(start)
    assert isinstance(line, StreamLine)
    assert line.data == b"two three four\n"
    row = stream.get(stream.align(stream.seek(start, len(b"two three f"))))
    assert isinstance(row, StreamLine)
    assert row.data == b"e fo"


def test_a_line_that_may_go_on_is_not_finished() -> None:
    """It is counted when its line feed has come, or another line begins."""
    unfinished = stream_of([received(b"a\nb"), received(b"c")])
    assert unfinished.finished == indexes(unfinished)[1]
    assert FinishedItems(unfinished).end == unfinished.finished
    assert stream_of([received(b"a\n")]).finished == stream_of([received(b"a\n")]).end
    assert stream_of([]).finished == 0


def test_a_position_is_in_messages() -> None:
    """With a fraction for where in a message a line begins; it leads back to the line."""
    stream = stream_of([received(b"one\n"), received(b"two\nsix\n")])
    found = indexes(stream)
    assert [stream.position(index) for index in found] == [0, 1, 1.5]
    assert [stream.index_at(position) for position in (0.9, 1, 1.4, 1.5, 1.9)] == [
        found[0],
        *[found[1]] * 2,
        *[found[2]] * 2,
    ]


DATA = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([b"", b"\n", b"\r\n", b"x" * 30, "я".encode() * 20]),
)
ENTRIES = st.lists(
    st.one_of(
        DATA.map(received), DATA.map(sent), DATA.map(lambda data: received(data, 7)), st.just(Skipped(1.0, 1, 1))
    ),
    min_size=1,
    max_size=25,
)


@settings(deadline=None)
@given(ENTRIES, st.sampled_from([0, 4, 16]), st.booleans(), st.integers(0, 20))
def test_every_byte_is_in_one_line(entries: list[Entry], row_size: int, framed: bool, dropped: int) -> None:
    """In the order in which they came, from whichever line one goes up or down, also when the oldest have been dropped."""
    series = series_of(entries)
    stream = Stream(lambda number: framed)
    stream.update(series, row_size=row_size)
    for _ in range(min(dropped, len(series) - 1)):
        series.drop()
    stream.update(series, row_size=row_size)
    found = indexes(stream)
    data = [entry.data for entry in series.since(series.first) if not isinstance(entry, Skipped)]
    assert b"".join(lines(stream)) == b"".join(data)
    assert [stream.before(index) for index in found[1:]] == found[:-1]
    assert stream.before(stream.end) == found[-1]
    assert stream.before(stream.first) < stream.first
    for index in range(stream.first, stream.end, 1 << 32):
        message = index >> 32
        size = len(getattr(series.get(message), "data", b""))
        for offset in range(size):
            assert stream.align(index + offset) == max(each for each in found if each <= index + offset)
    for line in map(stream.get, found):
        if isinstance(line, StreamLine) and row_size:
            assert len(line.data) <= row_size
        elif isinstance(line, StreamLine):
            assert b"\n" not in line.data[:-1]


@settings(deadline=None, max_examples=20)
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffd"), min_size=1, max_size=60),
    st.integers(1, 5000),
    st.integers(1, 4000),
)
def test_long_lines_are_cut_between_characters(text: str, size: int, repeats: int) -> None:
    """Whatever the size of the reads, a line that is not long is whole, and no UTF-8 character is split."""
    data = (text * repeats).encode("utf-8", "replace")[: 5 * LINE_LIMIT]
    stream = stream_of(reads(data, size))
    found = lines(stream)
    assert b"".join(found) == data
    assert all(len(line) <= 2 * LINE_LIMIT for line in found)
    positions = indexes(stream)
    assert [stream.before(index) for index in positions[1:]] == positions[:-1]
    assert not any("\ufffd" in line.decode("utf-8", "replace") for line in found[:-1])
    if len(data) + MESSAGE_COST * len(stream) < LINE_LIMIT:
        assert found == lines(stream_of([received(data)]))


@pytest.mark.parametrize("row_size", [0, 16])
def test_only_what_is_near_is_read(row_size: int) -> None:
    """From the end of a million bytes in reads of one byte, a step costs no more than a line."""
    stream = stream_of([received(b"x")] * 100_000, row_size)
    last = stream.before(stream.end)
    assert (stream.end - last) >> 32 <= 2 * LINE_LIMIT // MESSAGE_COST
    assert stream.before(last) < last < stream.after(last)


def test_a_filter_leaves_messages_out() -> None:
    """What is left is no continuation across what is left out, and keeps its offset."""
    series = series_of([received(b"aa"), received(b"bb"), received(b"ab"), received(b"xx")])
    wanted = filter_fields.of_message("a", {})
    filtered = FilteredSeries(wanted)
    filtered.update(series)
    stream = Stream(lambda number: False)
    stream.update(series, filtered)
    assert lines(stream) == [b"aa", b"ab"]
    last = stream.get(indexes(stream)[1])
    assert isinstance(last, StreamLine)
    assert last.offset == 4
    assert isinstance(last.message, Received | Sent)
