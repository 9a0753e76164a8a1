"""Checksums by name: the CRCs of the catalogue, and simple sums.

Names are those of the CRC RevEng catalogue (https://reveng.sourceforge.io/crc-catalogue/), as crccheck has them, in lower case:
`CRC-16/MODBUS` is `crc16-modbus`, and its alias is `modbus`. Case and punctuation do not matter: `CRC16_MODBUS` is found, too.

Rules of this file:
- Pure functions. crccheck is imported when the first checksum is asked for.
- crccheck has names and parameters; the calculation is by a table here, ten times as fast as bit by bit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, reduce
from operator import xor
from typing import Literal, NamedTuple

from tuiserver.core.suggestions import did_you_mean

ByteOrder = Literal["little", "big"]


class UnknownChecksum(ValueError):
    """There is no checksum of this name; `str()` says so in one line, and suggests one."""


class Checksum(NamedTuple):
    """A checksum: its `name`, its `size` in bytes, and `calculate`, which makes a number of the data.

    `byteorder` is the usual order of its bytes in a message: little-endian for CRCs that are calculated from the lowest bit on,
    such as `modbus`; big-endian for others, such as `xmodem`.
    """

    name: str
    size: int
    byteorder: ByteOrder
    calculate: Callable[[bytes], int]

    def to_bytes(self, data: bytes, byteorder: ByteOrder | None = None) -> bytes:
        """The bytes of the checksum over `data`, in the usual order or in the given one."""
        return self.calculate(data).to_bytes(self.size, byteorder or self.byteorder)


def checksum(name: str, data: bytes, byteorder: ByteOrder | None = None) -> bytes:
    """The bytes of the checksum `name` over `data`; raises `UnknownChecksum`."""
    return find(name).to_bytes(data, byteorder)


def find(name: str) -> Checksum:
    """The checksum of this name or alias; raises `UnknownChecksum`."""
    found = _by_key().get(_key(name))
    if found is None:
        known = [*names(), *aliases()]
        raise UnknownChecksum(f'unknown checksum "{name}"{did_you_mean(name.lower(), known)}')
    return found


@cache
def names() -> tuple[str, ...]:
    """The names of all checksums: the simple sums, then the CRCs by width."""
    return tuple(each.name for each in _all())


@cache
def aliases() -> dict[str, str]:
    """Other names, and the name that each stands for."""
    found = dict(_ALIASES)
    for kind in _catalogue():
        name, *others = (_display_name(each) for each in kind.names)
        found.update(dict.fromkeys(others, name))
    return found


class _Crc(NamedTuple):
    """The parameters of a CRC, as the catalogue defines them."""

    names: Sequence[str]
    width: int
    poly: int
    initial: int
    reflect_input: bool
    reflect_output: bool
    xor_output: int


_ALIASES = {"crc16": "crc16-arc"}
"""Aliases of the catalogue that crccheck leaves out."""


@cache
def _catalogue() -> tuple[_Crc, ...]:
    from crccheck.crc import ALLCRCCLASSES

    return tuple(
        _Crc(
            kind._names,
            kind.width(),
            kind.poly(),
            kind.initvalue(),
            kind.reflect_input(),
            kind.reflect_output(),
            kind.xor_output(),
        )
        for kind in ALLCRCCLASSES
    )


@cache
def _all() -> tuple[Checksum, ...]:
    sums = (
        Checksum("sum8", 1, "big", lambda data: sum(data) & 0xFF),
        Checksum("sum16", 2, "big", lambda data: sum(data) & 0xFFFF),
        Checksum("xor8", 1, "big", lambda data: reduce(xor, data, 0)),
        Checksum("lrc", 1, "big", lambda data: -sum(data) & 0xFF),
    )
    crcs = (
        Checksum(
            _display_name(kind.names[0]),
            (kind.width + 7) // 8,
            "little" if kind.reflect_output else "big",
            _calculation(kind),
        )
        for kind in _catalogue()
    )
    return (*sums, *crcs)


@cache
def _by_key() -> dict[str, Checksum]:
    by_name = {each.name: each for each in _all()}
    return {_key(name): by_name[aliases().get(name, name)] for name in (*aliases(), *by_name)}


def _display_name(name: str) -> str:
    """`CRC-16/MODBUS` → `crc16-modbus`."""
    return re.sub(r"^crc-(?=[0-9])", "crc", name.lower()).replace("/", "-")


def _key(name: str) -> str:
    """What two spellings of a name have in common."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _calculation(crc: _Crc) -> Callable[[bytes], int]:
    """The function that calculates a CRC; its table is made on first use."""

    def calculate(data: bytes) -> int:
        register = _reflected if crc.reflect_input else _unreflected
        value = register(crc, data)
        if crc.reflect_input != crc.reflect_output:
            value = _reflect(value, crc.width)
        return value ^ crc.xor_output

    return calculate


def _reflected(crc: _Crc, data: bytes) -> int:
    """The register after `data`, lowest bit first."""
    table = _reflected_table(crc.width, crc.poly)
    value = _reflect(crc.initial, crc.width)
    for byte in data:
        value = value >> 8 ^ table[(value ^ byte) & 0xFF]
    return value


def _unreflected(crc: _Crc, data: bytes) -> int:
    """The register after `data`, highest bit first. One of less than eight bits is at the upper end of a byte."""
    table = _table(crc.width, crc.poly)
    missing = max(0, 8 - crc.width)
    shift = crc.width + missing - 8
    mask = (1 << shift) - 1
    value = crc.initial << missing
    for byte in data:
        value = (value & mask) << 8 ^ table[value >> shift ^ byte]
    return value >> missing


@cache
def _reflected_table(width: int, poly: int) -> tuple[int, ...]:
    poly = _reflect(poly, width)
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (poly if value & 1 else 0)
        table.append(value)
    return tuple(table)


@cache
def _table(width: int, poly: int) -> tuple[int, ...]:
    missing = max(0, 8 - width)
    width, poly = width + missing, poly << missing
    highest, mask = 1 << width - 1, (1 << width) - 1
    table = []
    for byte in range(256):
        value = byte << width - 8
        for _ in range(8):
            value = (value << 1 ^ (poly if value & highest else 0)) & mask
        table.append(value)
    return tuple(table)


def _reflect(value: int, width: int) -> int:
    """The lowest `width` bits of `value` in reverse order."""
    return int(f"{value:0{width}b}"[::-1], 2)
