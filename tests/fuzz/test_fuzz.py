"""The fuzzer itself, and a short run of each target; `make fuzz` runs them for longer."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from tests.fuzz.mutations import MAX_SIZE, cut, mutate
from tests.fuzz.target import Finding, Target, check_cost, shrink, try_one, try_some
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_short_run_finds_nothing(target: Target) -> None:
    """The corpus, and some mutations of it."""
    try_some(target, 0, 40)


def test_mutations_are_bounded_and_repeatable() -> None:
    """The same seed gives the same bytes; pieces join to the whole."""
    corpus = [b"hello", b"", bytes(MAX_SIZE)]
    for seed in range(300):
        data = mutate(corpus[seed % 3], random.Random(seed), corpus)
        assert data == mutate(corpus[seed % 3], random.Random(seed), corpus)
        assert len(data) <= MAX_SIZE
        assert b"".join(cut(data, random.Random(seed))) == data


def test_a_bug_is_reported_with_the_command_that_repeats_it() -> None:
    """An unexpected error, and an outcome that depends on the split; an error of its own is none."""

    def run(pieces: Sequence[bytes]) -> object:
        if b"x" in pieces:
            raise KeyError("x")
        if b"y" in pieces:
            raise ValueError("y")
        return len(pieces)

    target = Target("toy", [b"ab"], run, (ValueError,))
    try_one(target, b"y", random.Random(0))
    with pytest.raises(Finding, match=r"toy: KeyError: 'x'") as found:
        try_one(target, b"x", random.Random(0))
    assert found.value.command == "python -m tests.fuzz --target 'toy' --data 78"
    with pytest.raises(Finding, match="in pieces of"):
        try_some(target._replace(split=True), 0, 20)


def test_quadratic_time_and_memory_are_found() -> None:
    """A parser that begins again with every byte, and one that believes a length."""

    work = 0

    def rescan(pieces: Sequence[bytes]) -> object:
        nonlocal work
        work += len(pieces) ** 2
        return None

    with pytest.raises(Finding, match="bytes take"):
        check_cost(Target("rescans", [b"aa"], rescan), 0, lambda: work / 1e6, 1024)
    with pytest.raises(Finding, match="bytes of memory"):
        check_cost(Target("believes", [b"ab"], lambda pieces: bytes(1 << 24)), 0, lambda: 0.0, 1024)


def test_a_finding_is_made_smaller() -> None:
    """What does not matter is left out."""

    def run(pieces: Sequence[bytes]) -> object:
        if b"x" in b"".join(pieces):
            raise KeyError("x")
        return None

    assert shrink(Finding(Target("toy", [b"ab"], run), b"abcdefghxijk" * 20, "")).data == b"x"
