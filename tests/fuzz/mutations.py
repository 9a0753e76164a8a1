"""Change messages the way that finds bugs: bits, bytes, lengths, truncation, repetition, and pieces of others.

Rules of this file:
- Everything comes from the random generator that is given, so that a seed repeats a run.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

INTERESTING = (
    b"\x00",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\x00\x00",
    b"\xff\xff",
    b"\x7f\xff",
    b"\x80\x00",
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\x00\x00\x00",
    b"\xff" * 8,
    b"\r\n",
    b"\n",
    b"\r",
    b"\x02",
    b"\x03",
    b"\x10",
    b"\xc0",
    b"\xdb",
    b"4294967295",
    b"-1",
    b"99999999999999999999",
    b"1e999",
    b"{",
    b"[",
    b'"',
    b"\xf0\x9f\x92\xa9",
    b"\xed\xa0\x80",
)
"""Bytes that parsers treat specially: extreme lengths, delimiters, escapes, numbers out of range, invalid UTF-8."""
MAX_SIZE = 4096
"""Bytes of a mutated message at most."""

Mutation = Callable[[bytearray, random.Random, Sequence[bytes]], None]


def mutate(data: bytes, rng: random.Random, corpus: Sequence[bytes]) -> bytes:
    """`data` with some changes; `corpus`: what pieces are taken from."""
    mutated = bytearray(data)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 8))):
        rng.choice(MUTATIONS)(mutated, rng, corpus)
        del mutated[MAX_SIZE:]
    return bytes(mutated)


def cut(data: bytes, rng: random.Random) -> list[bytes]:
    """`data` in pieces: byte by byte, or cut anywhere."""
    if rng.random() < 0.2:
        return [data[index : index + 1] for index in range(len(data))]
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.choice((0, 1, 1, 2, 5))))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def _flip(data: bytearray, rng: random.Random, corpus: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _set(data: bytearray, rng: random.Random, corpus: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] = rng.randrange(256)


def _overwrite(data: bytearray, rng: random.Random, corpus: Sequence[bytes]) -> None:
    position, value = rng.randrange(len(data) + 1), rng.choice(INTERESTING)
    data[position : position + len(value)] = value


def _insert(data: bytearray, rng: random.Random, corpus: Sequence[bytes]) -> None:
    position = rng.randrange(len(data) + 1)
    data[position:position] = rng.choice(INTERESTING)


def _delete(data: bytearray, rng: random.Random, corpus: Sequence[bytes]) -> None:
    position = rng.randrange(len(data) + 1)
    del data[position : position + rng.choice((1, 1, 2, 4, 16))]


def _truncate(data: bytearray, rng: random.Random, corpus: Sequence[bytes]) -> None:
    del data[rng.randrange(len(data) + 1) :]


def _repeat(data: bytearray, rng: random.Random, corpus: Sequence[bytes]) -> None:
    position = rng.randrange(len(data) + 1)
    data[position:position] = data[position : position + rng.randrange(1, 64)] * rng.choice((1, 2, 50))


def _splice(data: bytearray, rng: random.Random, corpus: Sequence[bytes]) -> None:
    other = rng.choice(corpus)
    start = rng.randrange(len(other) + 1)
    position = rng.randrange(len(data) + 1)
    data[position:position] = other[start : rng.randrange(start, len(other) + 1)]


def _append(data: bytearray, rng: random.Random, corpus: Sequence[bytes]) -> None:
    data += rng.choice(corpus)


MUTATIONS: tuple[Mutation, ...] = (*(_flip, _set, _overwrite, _insert, _delete, _truncate, _repeat, _splice, _append),)
