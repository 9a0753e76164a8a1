"""Write the bytes of a message by a struct of dissect.cstruct, field by field: the reverse of `struct_reader.py`.

Rules of this file:
- A field that is not given is 0 or empty. Three kinds are filled in: the length of an array that is given, what tells the structs
  of a file apart, and checksums.
- What is given is written even if it is wrong: a length or a checksum too. What does not fit into its field is an `EncodeError`.
- A message has at most `MAX_SIZE` bytes: a length alone allocates nothing.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from tuiserver.core.payload import PayloadError, parse_hex
from tuiserver.core.suggestions import did_you_mean
from tuiserver.decoders.base import EncodeError, Field, Given
from tuiserver.decoders.struct_file import Definitions, is_named, join_names

MAX_SIZE = 1 << 20
"""Bytes of a message."""
MAX_ELEMENTS = 10_000
"""Elements of an array."""

_LENGTH = re.compile(r"\s*(\w+)\s*(?:([+-])\s*([0-9]+)\s*)?")
"""An expression for a length that can be solved: `n`, `n - 2`."""


class Writer:
    """Writes one struct. `fields` are those of `data`, in their order, without values."""

    def __init__(self, definitions: Definitions, given: Sequence[Given]) -> None:
        from dissect.cstruct import Structure
        from dissect.cstruct.types import LEB128, BaseArray, Char, Enum, Flag, Int, Packed, Pointer, Union, Void, Wchar

        self._definitions = definitions
        self._order = definitions.byteorder
        self._given: dict[str, Given | int] = {}
        for each in given:
            if each.name in self._given:
                raise EncodeError(each.name, "it is given twice")
            self._given[each.name] = each
        self._unused = {each.name for each in given}
        self._kinds = (
            (BaseArray, self._array),
            (Union, self._union),
            (Structure, self._struct),
            (Flag, self._enum),
            (Enum, self._enum),
            (Char, self._char),
            (Wchar, self._char),
            (Packed, self._packed),
            (Int, self._integer),
            (Pointer, self._integer),
            (LEB128, self._leb128),
            (Void, lambda kind, name, outer: None),
        )
        self._nested, self._array_kind, self._characters = (Structure, Union), BaseArray, (Char, Wchar)
        self._flag, self._enums, self._packed_kind, self._wide = Flag, (Enum, Flag), Packed, Wchar
        self.data = bytearray()
        self.fields: list[Field] = []

    def write(self, kind: Any) -> None:
        """Write the struct `kind`. Raises `EncodeError`."""
        self._struct(kind, "", {})
        for name in sorted(self._unused):
            raise EncodeError(name, f"{kind.__name__} has no such field{did_you_mean(name, self.names(kind))}")

    def names(self, kind: Any, prefix: str = "") -> Iterator[str]:
        """The names of the fields of a struct that may be given."""
        for field in kind.__fields__:
            name = join_names(prefix, field.name or "")
            if issubclass(field.type, self._nested):
                yield from self.names(field.type, name)
            elif field.name != "_":
                yield name

    def fill_in(self, kind: Any, field: str, value: int | bytes) -> None:
        """Give the field, which may be nested, a value unless it was given."""
        name = next((name for name in self.names(kind) if is_named(name, field)), field)
        if name not in self._given:
            self._given[name] = value if isinstance(value, int) else Given(name, value, quoted=True)

    def is_given(self, name: str) -> bool:
        """Whether the value of a field was given or filled in."""
        return name in self._given

    # Each method below writes a value of `kind`, and returns its number if it is one. `outer` has the numbers that a length
    # may use.

    def _value(self, kind: Any, name: str, outer: dict[str, int], anonymous: bool = False) -> int | None:
        if len(self.data) > MAX_SIZE:
            raise EncodeError(name, f"the message has more than {MAX_SIZE >> 20} MB")
        for base, write in self._kinds:
            if issubclass(kind, base):
                start = len(self.data)
                number = write(kind, name, outer)
                if not anonymous:
                    self.fields.append(Field(name, None, start, len(self.data) - start))
                return number
        raise EncodeError(name, f"a {kind.__name__} cannot be written")

    def _struct(self, kind: Any, name: str, outer: dict[str, int]) -> None:
        self._fill_in_lengths(kind, name)
        values = dict(outer)
        bits_kind: Any = None
        bits_at = bits_used = 0
        for field in kind.__fields__:
            full = join_names(name, field.name or "")
            if field.bits:
                base = field.type.type if issubclass(field.type, self._enums) else field.type
                if base is not bits_kind or bits_used + field.bits > base.size * 8:
                    bits_kind, bits_at, bits_used = base, len(self.data), 0
                    self.data += bytes(base.size)
                number = self._number(field.type, full)
                if not 0 <= number < 1 << field.bits:
                    raise EncodeError(full, f"{number} does not fit in {field.bits} bits")
                self._write_bits(base.size, bits_at, bits_used, field.bits, number)
                bits_used += field.bits
                if field.name != "_":
                    self.fields.append(Field(full, None, bits_at, base.size))
                    values[field.name] = number
                continue
            bits_kind = None
            value = self._value(field.type, full, values, not field.name)
            if value is not None and field.name:
                values[field.name] = value
        for each, number in values.items():  # the fields of a header give lengths, too
            outer.setdefault(each, number)

    def _fill_in_lengths(self, kind: Any, name: str) -> None:
        """Give the fields that say how long the arrays of a struct are the lengths of what is given."""
        for field in kind.__fields__:
            length = getattr(field.type, "num_entries", None) if issubclass(field.type, self._array_kind) else None
            match = _LENGTH.fullmatch(getattr(length, "expression", ""))
            full = join_names(name, field.name or "")
            if match is None or not self._is_array_given(full):
                continue
            added = int(match[3] or 0) * (1 if match[2] == "-" else -1)
            for target in self.names(kind, name):
                if target not in self._given and is_named(target, match[1]):
                    self._given[target] = self._given_count(field.type, full) + added
                    break

    def _union(self, kind: Any, name: str, outer: dict[str, int]) -> None:
        start, size = len(self.data), kind.size or 0
        for field in kind.__fields__:
            full = join_names(name, field.name or "")
            if self._is_array_given(full):
                self._value(field.type, full, outer, not field.name)
                break
        self.data += bytes(max(0, start + size - len(self.data)))

    def _array(self, kind: Any, name: str, outer: dict[str, int]) -> None:
        element, length = kind.type, kind.num_entries
        if self._has_elements(kind):
            count = self._given_count(kind, name)
            values = self._take(name)
            if isinstance(values, Given):
                for index, text in enumerate(values.data.split(b",")):
                    self._given[f"{name}.{index}"] = Given(f"{name}.{index}", text)
            size = 0 if element.size is None else element.size
        else:
            content = self._content(element, name)
            size = element.size
            count = len(content) // size
        total = count
        if isinstance(length, int):
            total = max(0, length)
            if count > total:
                raise EncodeError(name, f"{count} do not fit in {kind.__name__}")
        elif not count and length is not None and length.expression.strip() != "EOF":
            total = self._count(length, name, outer)
        if total > MAX_ELEMENTS or total * size > MAX_SIZE:
            raise EncodeError(name, f"it would have {total:,} elements")
        if self._has_elements(kind):
            for index in range(total):
                self._value(element, f"{name}.{index}", outer)
        else:
            self.data += content.ljust(total * size, b"\0")
        if kind.null_terminated:
            self.data += bytes(size)

    def _count(self, length: Any, name: str, outer: dict[str, int]) -> int:
        try:
            return max(0, int(length.evaluate(self._definitions.cstruct, dict(outer))))
        except Exception:  # a name that is not a number, or a division by zero
            raise EncodeError(name, f"its length, {length.expression}, cannot be calculated") from None

    def _is_array_given(self, name: str) -> bool:
        return name in self._given or any(each.startswith(f"{name}.") for each in self._given)

    def _given_count(self, kind: Any, name: str) -> int:
        """How many elements of an array are given."""
        given = self._given.get(name)
        if not self._has_elements(kind):
            size: int = kind.type.size
            return len(self._content(kind.type, name)) // size
        if isinstance(given, Given):
            return given.data.count(b",") + 1
        indices = [each[len(name) + 1 :].partition(".")[0] for each in self._given if each.startswith(f"{name}.")]
        return max((int(index) + 1 for index in indices if index.isdecimal() and len(index) < 6), default=0)

    def _content(self, element: Any, name: str) -> bytes:
        """The characters or bytes that are given for an array of them."""
        given = self._take(name)
        if given is None:
            return b""
        if isinstance(given, int):
            return str(given).encode()
        if issubclass(element, self._wide):
            return given.data.decode("utf-8", "replace").encode(self._codec)
        if issubclass(element, self._characters) or given.quoted:
            return given.data
        try:
            data, padded = parse_hex(given.data.decode("ascii", "replace"))
        except PayloadError as error:
            raise EncodeError(name, f'{error.message}: write hex digits, or text as "…"') from None
        if padded:
            raise EncodeError(name, "an odd number of hex digits")
        return data

    def _char(self, kind: Any, name: str, outer: dict[str, int]) -> int:
        data = self._content(kind, name).ljust(kind.size, b"\0")
        if len(data) > kind.size:
            raise EncodeError(name, "it is one character")
        self.data += data
        return int.from_bytes(data, self._order)

    def _packed(self, kind: Any, name: str, outer: dict[str, int]) -> int | None:
        is_float = kind.packchar in "efd"
        value = self._float(name) if is_float else self._number(kind, name)
        order = "<" if self._order == "little" else ">"
        try:
            self.data += struct.pack(f"{order}{kind.packchar}", value)
        except (struct.error, OverflowError):
            raise EncodeError(name, f"{value} does not fit in {kind.__name__}") from None
        return value if isinstance(value, int) else None

    def _integer(self, kind: Any, name: str, outer: dict[str, int]) -> int:
        return self._write_integer(self._number(kind, name), kind.size, getattr(kind, "signed", False), kind, name)

    def _enum(self, kind: Any, name: str, outer: dict[str, int]) -> int:
        base = kind.type
        signed = base.packchar.islower() if issubclass(base, self._packed_kind) else base.signed
        return self._write_integer(self._number(kind, name), base.size, signed, kind, name)

    def _write_integer(self, number: int, size: int, signed: bool, kind: Any, name: str) -> int:
        try:
            self.data += number.to_bytes(size, self._order, signed=signed)
        except OverflowError:
            raise EncodeError(name, f"{number} does not fit in {kind.__name__}") from None
        return number

    def _leb128(self, kind: Any, name: str, outer: dict[str, int]) -> int:
        number = rest = self._number(kind, name)
        if number.bit_length() > 127 or (number < 0 and not kind.signed):
            raise EncodeError(name, f"{number} does not fit in {kind.__name__}")
        while True:
            byte, rest = rest & 0x7F, rest >> 7
            last = rest in (0, -1) and (not kind.signed or bool(byte & 0x40) == (rest < 0))
            self.data.append(byte | (0 if last else 0x80))
            if last:
                return number

    def _write_bits(self, size: int, at: int, used: int, bits: int, number: int) -> None:
        unit = int.from_bytes(self.data[at : at + size], self._order)
        shift = used if self._order == "little" else size * 8 - used - bits
        self.data[at : at + size] = (unit | number << shift).to_bytes(size, self._order)

    def _number(self, kind: Any, name: str) -> int:
        """The number given for a field, 0 without one: typed as such, or as names of an enum."""
        given = self._take(name)
        if given is None or isinstance(given, int):
            return given or 0
        text = given.data.decode("utf-8", "replace").strip()
        members = kind.__members__ if issubclass(kind, self._enums) else {}
        parts = text.split("|") if issubclass(kind, self._flag) else [text]
        number = 0
        for part in (each.strip() for each in parts):
            if part in members:
                number |= members[part].value
            else:
                number |= self._parse(part, name, members)
        return number

    def _parse(self, text: str, name: str, members: Collection[str]) -> int:
        for base in (0, 10):
            try:
                return int(text, base)
            except ValueError:
                pass
        if members:
            use = f": use {', '.join(list(members)[:8])}" if len(members) <= 8 else ""
            raise EncodeError(name, f"there is no {text}{did_you_mean(text, members)}{use}")
        raise _no_number(name, text)

    def _float(self, name: str) -> float:
        given = self._take(name)
        if given is None or isinstance(given, int):
            return float(given or 0)
        try:
            return float(given.data)
        except ValueError:
            raise _no_number(name, given.data.decode("utf-8", "replace")) from None

    def _take(self, name: str) -> Given | int | None:
        self._unused.discard(name)
        return self._given.get(name)

    def _is_byte(self, kind: Any) -> bool:
        return issubclass(kind, self._packed_kind) and kind.packchar == "B"

    def _has_elements(self, kind: Any) -> bool:
        """True for an array whose elements are fields of their own."""
        return not (issubclass(kind.type, self._characters) or self._is_byte(kind.type))

    @property
    def _codec(self) -> str:
        return "utf-16-le" if self._order == "little" else "utf-16-be"


def _no_number(name: str, text: str) -> EncodeError:
    return EncodeError(name, f"{text} is not a number" if text else "its value is missing")
