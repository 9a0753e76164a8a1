"""What can be fuzzed: something that takes untrusted bytes, real messages to start from, and the errors it may raise."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.fuzz.mutations import cut, mutate

MEMORY_PER_BYTE = 640
"""Bytes of memory that one byte of input may take at most: a message of one byte is an object."""
MEMORY_MARGIN = 1 << 20
SIZE = 1 << 15
"""Bytes of the smaller input whose time is measured; the larger one has four times as many."""
MAX_RATIO = 9.0
"""The larger input may take this many times as long: 4 is linear, 16 quadratic."""
MAX_TEXT = 600
"""Characters of a finding."""
MARGIN = 0.02
"""Seconds that are never too long."""


class Target(NamedTuple):
    """`run(pieces)` takes the bytes of one message or stream in pieces, and returns what came of it.

    `corpus`: real messages. `errors`: what it may raise. `split`: the outcome does not depend on how the bytes are split.
    """

    name: str
    corpus: Sequence[bytes]
    run: Callable[[Sequence[bytes]], object]
    errors: tuple[type[Exception], ...] = ()
    split: bool = False


class Finding(AssertionError):
    """A bug in `target`: the bytes that show it, and what happened."""

    def __init__(self, target: Target, data: bytes, text: str) -> None:
        super().__init__(f"{target.name}: {text[:MAX_TEXT]}")
        self.target, self.data = target, data

    @property
    def command(self) -> str:
        """The command line that repeats it."""
        return f"python -m tests.fuzz --target '{self.target.name}' --data {self.data.hex()}"


def shrink(finding: Finding, seconds: float = 5.0) -> Finding:
    """A finding with fewer bytes, if pieces of them can be left out."""
    end, size = time.monotonic() + seconds, len(finding.data)
    while size := size // 2:
        start = 0
        while start < len(finding.data) and time.monotonic() < end:
            smaller = finding.data[:start] + finding.data[start + size :]
            try:
                try_one(finding.target, smaller, random.Random(0))
                start += size
            except Finding as found:
                finding = found
    return finding


def try_one(target: Target, data: bytes, rng: random.Random) -> None:
    """Run one input whole, and in pieces; raises `Finding`."""
    outcome = _outcome(target, [data], data)
    pieces = cut(data, rng)
    in_pieces = _outcome(target, pieces, data)
    if target.split and outcome != in_pieces:
        raise Finding(target, data, f"whole: {outcome!r}, in pieces of {list(map(len, pieces))}: {in_pieces!r}")


def try_some(target: Target, seed: int, count: int) -> None:
    """Run the corpus, then `count` mutations of it; raises `Finding`."""
    rng = random.Random(f"{target.name} {seed}")
    for data in target.corpus if seed == 0 else ():
        try_one(target, data, rng)
    for _ in range(count):
        try_one(target, mutate(rng.choice(target.corpus), rng, target.corpus), rng)


def check_cost(target: Target, seed: int, clock: Callable[[], float] = time.process_time, size: int = SIZE) -> None:
    """Time stays linear and memory bounded for an input of `size` bytes, whole and byte by byte; raises `Finding`.

    `clock` reads the time that this process has used, in seconds.
    """
    rng = random.Random(f"{target.name} cost {seed}")
    data = mutate(rng.choice(target.corpus), rng, target.corpus) or b"\0"
    beginning, rest = data[: rng.randrange(len(data) + 1)], data[rng.randrange(len(data)) :]

    def large(size: int) -> bytes:
        return (beginning + rest * (size // len(rest) + 1))[:size]

    for slices in (lambda each: [each], lambda each: [each[i : i + 1] for i in range(len(each))]):
        for _ in range(3):  # another process may have taken the time
            small, big = (_seconds(target, slices(large(each)), clock) for each in (size, size * 4))
            if big < MARGIN + small * MAX_RATIO:
                break
        else:
            raise Finding(target, large(256), f"{size} bytes take {small:.3f} s, {size * 4} bytes {big:.3f} s")
    data = large(size)
    tracemalloc.start()
    _outcome(target, [data], data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    if peak > MEMORY_MARGIN + MEMORY_PER_BYTE * len(data):
        raise Finding(target, large(256), f"{len(data)} bytes take {peak} bytes of memory")


def _seconds(target: Target, pieces: Sequence[bytes], clock: Callable[[], float]) -> float:
    before = clock()
    _outcome(target, pieces, b"".join(pieces[:256]))
    return clock() - before


def _outcome(target: Target, pieces: Sequence[bytes], data: bytes) -> object:
    try:
        return target.run(pieces)
    except target.errors as error:
        return type(error).__name__
    except Exception as error:
        raise Finding(target, data, f"{type(error).__name__}: {error}") from error
