"""Rates: means over the last ticks, and one value per tick for the sparklines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuiserver.views.rates import Rates


def test_a_rate_is_the_mean_of_the_last_ticks() -> None:
    """Over `WINDOW` ticks; the history has one value per tick."""
    rates = Rates()
    for second, total in enumerate((0, 1000, 3000, 6000, 10_000)):
        rates.tick(100.0 + second, total, second * 10, second)
    assert (rates.bytes_in, rates.bytes_out, rates.accepts) == (3000.0, 10.0, 1.0)
    assert list(rates.history_in) == [1000.0, 2000.0, 3000.0, 4000.0]
    assert list(rates.history_out) == [10.0] * 4
    assert list(rates.history_accepts) == [1.0] * 4


def test_a_longer_tick_counts_its_seconds() -> None:
    """A tick that comes late is divided by the time that passed."""
    rates = Rates()
    rates.tick(0.0, 0, 0, 0)
    rates.tick(4.0, 1000, 400, 2)
    assert (rates.bytes_in, rates.bytes_out, rates.accepts) == (250.0, 100.0, 0.5)
    assert (list(rates.history_in), list(rates.history_accepts)) == ([250.0], [0.5])


def test_the_first_tick_is_the_base() -> None:
    """What was there before is not a rate."""
    rates = Rates()
    rates.tick(5.0, 1_000_000, 1_000_000, 1_000)
    assert (rates.bytes_in, rates.bytes_out, rates.accepts) == (0.0, 0.0, 0.0)
    assert not rates.history_in


def test_totals_that_are_corrected_downwards_are_no_negative_rate() -> None:
    """The rate is 0 then."""
    rates = Rates()
    rates.tick(0.0, 1000, 1000, 1)
    rates.tick(1.0, 500, 500, 0)
    assert (rates.bytes_in, rates.bytes_out, rates.accepts) == (0.0, 0.0, 0.0)


def test_the_history_is_bounded() -> None:
    """`HISTORY` ticks of each."""
    rates = Rates()
    for second in range(2 * Rates.HISTORY):
        rates.tick(float(second), second, second, second)
    for history in (rates.history_in, rates.history_out, rates.history_accepts):
        assert list(history) == [1.0] * Rates.HISTORY


def test_a_clock_that_stands_still_or_steps_back_starts_again() -> None:
    """A second sample of the same time is ignored; after a step back the next sample is the base."""
    rates = Rates()
    rates.tick(10.0, 1000, 0, 0)
    rates.tick(10.0, 2000, 0, 0)
    assert not rates.history_in
    rates.tick(5.0, 3000, 0, 0)
    rates.tick(6.0, 3100, 0, 0)
    assert rates.bytes_in == 100.0
    assert list(rates.history_in) == [100.0]


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 2**50)), max_size=30))
def test_no_sequence_of_times_and_totals_gives_a_negative_rate(samples: list[tuple[float, int]]) -> None:
    """Nor does it raise."""
    rates = Rates()
    for now, total in samples:
        rates.tick(now, total, total, total)
        assert min(rates.bytes_in, rates.bytes_out, rates.accepts) >= 0
    assert all(rate >= 0 for rate in rates.history_in)
