"""What is true of every decoder, whatever the bytes are."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator

from tuiserver.decoders.base import MAX_FIELDS, MAX_SUMMARY, Decoded, DecodeError, Factory, Field, NeedsMore
from tuiserver.decoders.struct import StructFile
from tuiserver.decoders.struct_encoder import StructEncoder
from tuiserver.decoders.struct_file import Definitions, parse

INTERESTING = (0, 1, 0x7F, 0x80, 0xFF)
"""Bytes that a mutation puts in the place of another one."""
TRACED = 100
"""Messages whose memory is measured."""
MEMORY = 4 << 20
"""Bytes that decoding a short message may allocate at most, whatever lengths it claims."""


def decode(factory: Factory, data: bytes, sent: bool = False) -> Decoded:
    """The fields of a message that is whole and right."""
    result = factory().decode(data, sent)
    assert isinstance(result, Decoded), result
    return result


def values(result: Decoded) -> dict[str, object]:
    """The values of the fields by name, without those that have fields below them."""
    return {field.name: field.value for field in result.fields}


def field_of(result: Decoded, name: str) -> Field:
    """The first field of this name."""
    return next(field for field in result.fields if field.name == name)


def try_to_decode(factory: Factory, data: bytes, sent: bool = False) -> Decoded | NeedsMore | None:
    """Decode any bytes: the fields lie within the message, and the words are of one line. None for a `DecodeError`."""
    refusal = ""
    try:
        result = factory().decode(data, sent)
    except DecodeError as error:
        refusal = str(error) or "empty\n"
    if refusal:
        assert refusal.isprintable(), ascii(refusal)
        return None
    if isinstance(result, NeedsMore):
        assert result.missing >= 0
        return result
    assert isinstance(result, Decoded)
    assert len(result.fields) <= MAX_FIELDS
    assert len(result.summary) <= MAX_SUMMARY
    for field in result.fields:
        assert field.name
        assert field.offset >= 0
        assert field.size >= 0
        assert field.offset + field.size <= len(data), field
    return result


def check_decoder(factory: Factory, *samples: bytes, seed: int = 1, mutations: int = 300) -> None:
    """Every prefix and tail of the samples and many mutations: nothing but `DecodeError` is raised, and memory is bounded."""
    variants = [data for sample in samples for data in _variants(sample, random.Random(seed), mutations)]
    for data in variants:
        try_to_decode(factory, data, sent=len(data) % 2 == 1)
    tracemalloc.start()
    try:
        for data in variants[:: len(variants) // TRACED or 1]:
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            try_to_decode(factory, data)
            assert tracemalloc.get_traced_memory()[1] - before < MEMORY, data
    finally:
        tracemalloc.stop()


def _variants(sample: bytes, rng: random.Random, mutations: int) -> Iterator[bytes]:
    for end in range(len(sample)):
        yield sample[:end]
    yield sample + sample
    yield sample + b"\x00"
    for _ in range(mutations):
        data = bytearray(sample)
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            at = rng.randrange(len(data))
            kind = rng.randrange(4)
            if kind == 0:
                data[at] ^= 1 << rng.randrange(8)
            elif kind == 1:
                data[at] = rng.choice(INTERESTING)
            elif kind == 2:
                data[at : at + 4] = b"\xff" * len(data[at : at + 4])
            elif len(data) > 1:
                del data[at]
        yield bytes(data)


class StructText(StructFile):
    """Definitions that are in no file."""

    def __init__(self, source: str) -> None:
        self._parsed = parse("definitions.h", source)

    def definitions(self) -> Definitions:
        """Always the same."""
        return self._parsed


def struct_encoder(source: str, endian: str = "") -> StructEncoder:
    """An encoder by these definitions."""
    return StructEncoder(StructText(f"// tuiserver: endian {endian}\n{source}" if endian else source))
