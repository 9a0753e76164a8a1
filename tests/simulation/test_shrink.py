"""Shrinking finds the smallest part of a scenario that still fails."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.simulation.shrink import parse_ranges, ranges, shrink


def test_keeps_only_what_is_needed() -> None:
    """Of a hundred steps only the three that together fail are kept."""

    def fails(candidate: Sequence[int]) -> bool:
        return {3, 40, 97} <= set(candidate)

    assert shrink(range(100), fails) == [3, 40, 97]


def test_keeps_to_its_budget() -> None:
    """After the given number of runs what was reached so far is returned."""
    runs: list[int] = []

    def fails(candidate: Sequence[int]) -> bool:
        runs.append(len(candidate))
        return 50 in candidate

    assert 50 in shrink(range(100), fails, max_runs=10)
    assert len(runs) == 10


@pytest.mark.parametrize(("numbers", "text"), [([], ""), ([4], "4"), ([0, 1, 2, 7, 9, 10], "0-2,7,9-10")])
def test_ranges_are_written_and_read(numbers: list[int], text: str) -> None:
    """Indices are written as ranges, which are read back."""
    assert ranges(numbers) == text
    assert parse_ranges(text) == numbers
