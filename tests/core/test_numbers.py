"""Figures for people: never wider than they say, never jumping."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.core.numbers import duration, rate, size, sparkline


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (142, "142"), (9999, "9999"), (10_000, "10.0k"), (18_249, "18.2k"), (99_960, "100k"), (999_499, "999k")]
    + [(999_600, "1.0M"), (310e6, "310M"), (4.2e9, "4.2G"), (7e12, "7.0T")],
)
def test_sizes(number, text):
    """Exact below ten thousand, then three digits and a unit."""
    assert size(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59.9, "59s"), (60, "1m00s"), (252, "4m12s"), (600, "10m"), (3599, "59m"), (3720, "1h02m")]
    + [(36_000, "10h"), (359_999, "99h"), (360_000, "4d"), (-5, "0s")],
)
def test_durations(seconds, text):
    """The two units that matter, one where one is enough; a clock set back is no age at all."""
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 B/s"), (999, "999 B/s"), (1000, "1.0k/s"), (9_990, "10.0k/s"), (1.24e6, "1.2M/s")]
)
def test_rates(number, text):
    """Bytes a second."""
    assert rate(number) == text


@given(st.floats(0, 1e15), st.integers(0, 10**9))
def test_figures_keep_their_columns(number, seconds):
    """Five columns for sizes and times, seven for rates, whatever the number."""
    assert len(size(number)) <= 5
    assert len(rate(number)) <= 7
    assert len(duration(min(seconds, 86400 * 9999))) <= 5


@given(st.lists(st.floats(0, 1e12), max_size=40), st.integers(1, 30))
def test_sparklines(values, width):
    """Always `width` signs; the highest value has the highest sign, nothing has the lowest."""
    signs = " 12345678"
    line = sparkline(values, width, signs)
    assert len(line) == width
    shown = values[-width:]
    if any(shown):
        assert "8" in line
    for value, sign in zip(shown, line[width - len(shown) :], strict=True):
        assert (sign == " ") == (value == 0)
