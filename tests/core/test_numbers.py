"""Numbers formatted for people: each function keeps its width and its units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.core.numbers import (
    duration,
    duration_words,
    elapsed,
    interval_words,
    milliseconds,
    rate,
    response_time,
    size,
    sparkline,
)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (142, "142"), (9999, "9999"), (10_000, "10.0k"), (18_249, "18.2k"), (99_960, "100k"), (999_499, "999k")]
    + [(999_600, "1.0M"), (310e6, "310M"), (4.2e9, "4.2G"), (7e12, "7.0T"), (7e15, "7000T")],
)
def test_size(number: float, text: str) -> None:
    """A size is exact below ten thousand, then three digits and a unit."""
    assert size(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59.9, "59s"), (60, "1m00s"), (252, "4m12s"), (599, "9m59s"), (600, "10m"), (3599, "59m")]
    + [(3600, "1h00m"), (3720, "1h02m"), (35_999, "9h59m"), (36_000, "10h"), (359_999, "99h"), (360_000, "4d")]
    + [(-5, "0s")],
)
def test_duration(seconds: float, text: str) -> None:
    """A duration in a column has two units while they fit; a negative one is zero."""
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0.0s"), (0.24, "0.2s"), (10, "10s"), (41.9, "41s"), (59.9, "59s"), (60, "1m00s"), (121, "2m01s")]
    + [(3599, "59m59s"), (3600, "1h00m"), (3720, "1h02m"), (86_399, "23h59m"), (86_400, "1d00h"), (273_600, "3d04h")],
)
def test_elapsed(seconds: float, text: str) -> None:
    """Elapsed time has tenths below ten seconds and two units above."""
    assert elapsed(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "two", "one"),
    [(-1, "0 s", "0 s"), (12.9, "12 s", "12 s"), (60, "1 min 0 s", "1 min"), (252, "4 min 12 s", "4 min")]
    + [(3599, "59 min 59 s", "59 min"), (7200, "2 h 0 min", "2 h"), (86_400, "1 d 0 h", "1 d")]
    + [(200_000, "2 d 7 h", "2 d")],
)
def test_duration_words(seconds: float, two: str, one: str) -> None:
    """A duration in a sentence begins with its largest unit and drops the ones that were not asked for."""
    assert duration_words(seconds) == two
    assert duration_words(seconds, units=1) == one


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.5, "500 ms"), (0.0015, "1.5 ms"), (1, "1 s"), (1.5, "1.5 s"), (60, "60 s"), (120, "2 min")]
    + [(150, "2.5 min")],
)
def test_interval(seconds: float, text: str) -> None:
    """A configured interval keeps its fraction and has one unit."""
    assert interval_words(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.00004, "0.040 ms"), (0.00999, "9.990 ms"), (0.0312, "31.2 ms")])
def test_milliseconds(seconds: float, text: str) -> None:
    """A round-trip time has microseconds below ten milliseconds."""
    assert milliseconds(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B/s"), (999, "999 B/s"), (1000, "1.0k/s"), (9_949, "9.9k/s"), (9_990, "10.0k/s"), (1.24e6, "1.2M/s")]
    + [(99_960, "100k/s")],
)
def test_rate(number: float, text: str) -> None:
    """A rate is bytes per second."""
    assert rate(number) == text


@given(st.floats(0, 1e15), st.integers(0, 10**9))
def test_columns_keep_their_width(number: float, seconds: int) -> None:
    """Sizes and durations take at most five columns, rates at most seven, whatever the value."""
    assert len(size(number)) <= 5
    assert len(rate(number)) <= 7
    assert len(duration(min(seconds, 86400 * 9999))) <= 5


@given(st.lists(st.floats(0, 1e12), max_size=40), st.integers(1, 30))
def test_sparkline(values: list[float], width: int) -> None:
    """A sparkline has `width` characters; the maximum gets the highest level, and only zero gets the lowest."""
    levels = " 12345678"
    line = sparkline(values, width, levels)
    assert len(line) == width
    shown = values[-width:]
    if any(shown):
        assert "8" in line
    for value, character in zip(shown, line[width - len(shown) :], strict=True):
        assert (character == " ") == (value == 0)


@pytest.mark.parametrize(
    ("values", "line"),
    [([], "...."), ([5], "...3"), ([0, 1, 100], "..13"), ([0, 0], "...."), ([9, 9, 1, 2, 6], "3112")],
)
def test_sparkline_levels(values: list[float], line: str) -> None:
    """Missing values and zero have the lowest level, small ones the second lowest, the maximum the highest."""
    assert sparkline(values, 4, ".123") == line


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 ms"),
        (0.0003, "0.3 ms"),
        (0.003, "3 ms"),
        (0.9994, "999 ms"),
        (1.24, "1.2 s"),
        (12, "12 s"),
        (75, "1 min 15 s"),
    ],
)
def test_how_long_an_answer_took(seconds: float, text: str) -> None:
    """In milliseconds below a second, then as one would say it."""
    assert response_time(seconds) == text
