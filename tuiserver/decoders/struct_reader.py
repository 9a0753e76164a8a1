"""Read the bytes of a message by a struct of dissect.cstruct, field by field.

Rules of this file:
- Nothing is read by cstruct itself: its types say what comes next, and every length is compared with the message first.
- Arrays of `char` are text, arrays of one-byte integers are bytes, each as one field; other arrays have a field per element.
- An enum has the name of its member as value, and the number as note.
"""

from __future__ import annotations

import struct
from typing import Any

from tuiserver.decoders.base import MAX_FIELDS, DecodeError, Field, Value, text_or_bytes
from tuiserver.decoders.sequence import Short
from tuiserver.decoders.struct_file import Definitions, is_named, join_names

MAX_LEB128 = 19
"""Bytes of a LEB128 number: 128 bits."""
MAX_SHIFT = 64
"""The largest value that an expression with a shift may use."""


class Found(Exception):
    """The field that was searched has been read."""

    def __init__(self, field: Field) -> None:
        self.field = field


class Reader:
    """Reads one struct of `data`; `fields` are those of it. `cut` is True where fields are left out: there are too many.

    With `until` reading ends with that field, and raises `Found`.
    """

    def __init__(self, definitions: Definitions, data: bytes, until: str = "") -> None:
        from dissect.cstruct import Structure
        from dissect.cstruct.types import LEB128, BaseArray, Char, Enum, Flag, Int, Packed, Pointer, Union, Void, Wchar

        self._definitions, self._data, self._until = definitions, data, until
        self._kinds = (
            (BaseArray, self._array),
            (Union, self._union),
            (Structure, self._struct),
            (Flag, self._flag),
            (Enum, self._enum),
            (Char, self._char),
            (Wchar, self._char),
            (Packed, self._packed),
            (Int, self._integer),
            (LEB128, self._leb128),
            (Pointer, self._pointer),
            (Void, lambda kind, at, name, outer: (None, at)),
        )
        self._nested, self._array_kind, self._characters = (Structure, Union), BaseArray, (Char, Wchar)
        self._enums, self._packed_kind, self._wide = (Enum, Flag), Packed, Wchar
        self.fields: list[Field] = []
        self.cut = False

    def read(self, kind: Any, at: int) -> int:
        """Read the struct `kind` at `at`; returns where it ends. Raises `Short` or `DecodeError`."""
        return self._struct(kind, at, "", {})[1]

    # Each method below reads a value of `kind` at `at` and returns its number, if it is one, and where it ends. `outer` has
    # the numbers that a length may use.

    def _value(
        self, kind: Any, at: int, name: str, outer: dict[str, int], anonymous: bool = False
    ) -> tuple[int | None, int]:
        parent = -1
        if not anonymous and (issubclass(kind, self._nested) or self._has_elements(kind)):
            parent = len(self.fields)
            self._add(name, None, "", at, 0)
        for base, read in self._kinds:
            if issubclass(kind, base):
                number, end = read(kind, at, name, outer)
                if 0 <= parent < len(self.fields):
                    self.fields[parent] = self.fields[parent]._replace(size=end - at)
                return number, end
        raise DecodeError(f"the type {kind.__name__} of {name} cannot be read")

    def _struct(self, kind: Any, at: int, name: str, outer: dict[str, int]) -> tuple[None, int]:
        values = dict(outer)
        bits_kind: Any = None
        bits_at = bits_used = 0
        for field in kind.__fields__:
            full = join_names(name, field.name or "")
            if field.bits:
                base = field.type.type if issubclass(field.type, self._enums) else field.type
                if base is not bits_kind or bits_used + field.bits > base.size * 8:
                    bits_kind, bits_at, bits_used = base, at, 0
                    at = self._need(at, base.size)
                number = self._bits(base, bits_at, bits_used, field.bits)
                bits_used += field.bits
                if field.name != "_":
                    enum = field.type if base is not field.type else None
                    self._add(full, *_named(enum, number), bits_at, base.size)
                    values[field.name] = number
                continue
            bits_kind = None
            value, at = self._value(field.type, at, full, values, not field.name)
            if value is not None and field.name:
                values[field.name] = value
        for each, number in values.items():  # the fields of a header give lengths, too
            outer.setdefault(each, number)
        return None, at

    def _union(self, kind: Any, at: int, name: str, outer: dict[str, int]) -> tuple[None, int]:
        end = at
        for field in kind.__fields__:
            end = max(end, self._value(field.type, at, join_names(name, field.name or ""), outer, not field.name)[1])
        return None, end

    def _array(self, kind: Any, at: int, name: str, outer: dict[str, int]) -> tuple[None, int]:
        element = kind.type
        if not self._has_elements(kind):
            end, stop = self._string_end(kind, at, name, outer)
            data = self._data[at:end]
            value = data if self._is_byte(element) else _text(data, self._codec(element))
            self._add(name, value, "", at, stop - at)
            return None, stop
        count = self._count(kind, at, name, outer)
        if count is not None and element.size is not None:
            self._need(at, count * element.size)
        index = 0
        while count is None or index < count:
            if count is None and not kind.null_terminated and at == len(self._data):
                break
            if len(self.fields) >= MAX_FIELDS:
                self.cut = True
                if count is None or element.size is None:
                    raise DecodeError(f"{name} has more than {MAX_FIELDS} elements")
                at += (count - index) * element.size
                break
            before = at
            number, at = self._value(element, at, f"{name}.{index}", outer)
            if at == before:
                break  # elements without a byte would never end
            index += 1
            if kind.null_terminated and number == 0:
                break
        return None, at

    def _string_end(self, kind: Any, at: int, name: str, outer: dict[str, int]) -> tuple[int, int]:
        """Where the characters of an array end, and where the array does: behind its NUL."""
        size = kind.type.size
        if kind.null_terminated:
            end = at
            while True:
                end = self._data.find(bytes(size), end)
                if end < 0:
                    raise Short(size)
                if (end - at) % size == 0:
                    return end, end + size
                end += 1
        count = self._count(kind, at, name, outer)
        end = len(self._data) - (len(self._data) - at) % size if count is None else self._need(at, count * size)
        return end, end

    def _count(self, kind: Any, at: int, name: str, outer: dict[str, int]) -> int | None:
        """The number of elements; None where that is not known, up to the end or a zero."""
        length = kind.num_entries
        if length is None or isinstance(length, int):
            return None if length is None else max(0, length)
        if length.expression.strip() == "EOF":
            return None
        if "<<" in length.expression and any(value > MAX_SHIFT for value in outer.values()):
            raise DecodeError(f"the length of {name} is too large")
        try:
            return max(0, int(length.evaluate(self._definitions.cstruct, dict(outer))))
        except Exception:  # a name that is not a number, or a division by zero
            raise DecodeError(f"the length of {name}, {length.expression}, cannot be calculated") from None

    def _bits(self, kind: Any, at: int, used: int, bits: int) -> int:
        """The next bits of an integer: from the lowest on in little-endian, from the highest on in big-endian files."""
        size = kind.size
        number = int.from_bytes(self._data[at : at + size], self._definitions.byteorder)
        shift = used if self._definitions.byteorder == "little" else size * 8 - used - bits
        return number >> shift & (1 << bits) - 1

    def _char(self, kind: Any, at: int, name: str, outer: dict[str, int]) -> tuple[int, int]:
        end = self._need(at, kind.size)
        data = self._data[at:end]
        self._add(name, _text(data, self._codec(kind)), "", at, kind.size)
        return int.from_bytes(data, self._definitions.byteorder), end

    def _packed(self, kind: Any, at: int, name: str, outer: dict[str, int]) -> tuple[int | None, int]:
        end = self._need(at, kind.size)
        order = "<" if self._definitions.byteorder == "little" else ">"
        (value,) = struct.unpack(f"{order}{kind.packchar}", self._data[at:end])
        self._add(name, value, "", at, kind.size)
        return value if isinstance(value, int) else None, end

    def _integer(self, kind: Any, at: int, name: str, outer: dict[str, int]) -> tuple[int, int]:
        end = self._need(at, kind.size)
        value = int.from_bytes(self._data[at:end], self._definitions.byteorder, signed=kind.signed)
        self._add(name, value, "", at, kind.size)
        return value, end

    def _pointer(self, kind: Any, at: int, name: str, outer: dict[str, int]) -> tuple[int, int]:
        end = self._need(at, kind.size)
        value = int.from_bytes(self._data[at:end], self._definitions.byteorder)
        self._add(name, value, "pointer", at, kind.size)
        return value, end

    def _enum(self, kind: Any, at: int, name: str, outer: dict[str, int]) -> tuple[int, int]:
        number, end = self._number(kind.type, at)
        self._add(name, *_named(kind, number), at, end - at)
        return number, end

    def _flag(self, kind: Any, at: int, name: str, outer: dict[str, int]) -> tuple[int, int]:
        number, end = self._number(kind.type, at)
        members = (
            each for each, member in kind.__members__.items() if member.value and number & member.value == member.value
        )
        self._add(name, number, " ".join(members), at, end - at)
        return number, end

    def _number(self, kind: Any, at: int) -> tuple[int, int]:
        """The integer of an enum."""
        end = self._need(at, kind.size)
        signed = kind.packchar.islower() if issubclass(kind, self._packed_kind) else kind.signed
        return int.from_bytes(self._data[at:end], self._definitions.byteorder, signed=signed), end

    def _leb128(self, kind: Any, at: int, name: str, outer: dict[str, int]) -> tuple[int, int]:
        value = shift = 0
        for end in range(at, at + MAX_LEB128):
            byte = self._data[self._need(end, 1) - 1]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                if kind.signed and byte & 0x40:
                    value -= 1 << shift
                self._add(name, value, "", at, end + 1 - at)
                return value, end + 1
        raise DecodeError(f"{name} is a number of more than {MAX_LEB128} bytes")

    def _is_byte(self, kind: Any) -> bool:
        return issubclass(kind, self._packed_kind) and kind.packchar == "B"

    def _has_elements(self, kind: Any) -> bool:
        """True for an array whose elements are fields of their own."""
        return issubclass(kind, self._array_kind) and not (
            issubclass(kind.type, self._characters) or self._is_byte(kind.type)
        )

    def _codec(self, kind: Any) -> str:
        if not issubclass(kind, self._wide):
            return "utf-8"
        return "utf-16-le" if self._definitions.byteorder == "little" else "utf-16-be"

    def _need(self, at: int, size: int) -> int:
        """The end of `size` bytes at `at`; raises `Short` where the message ends before."""
        end = at + size
        if end > len(self._data):
            raise Short(end - len(self._data))
        return end

    def _add(self, name: str, value: Value, note: str, offset: int, size: int) -> None:
        if self._until and is_named(name, self._until):
            raise Found(Field(name, value, offset, size, note))
        if len(self.fields) < MAX_FIELDS:
            self.fields.append(Field(name, value, offset, size, note))
        else:
            self.cut = True


def _named(enum: Any, number: int) -> tuple[Value, str]:
    """The name of a member and its number; the number where it has no name."""
    if enum is None:
        return number, ""
    for name, member in enum.__members__.items():
        if member.value == number:
            return name, str(number)
    return number, f"not in {enum.__name__}"


def _text(data: bytes, codec: str) -> Value:
    """Text without the NULs at its end; the bytes where they are not text."""
    value = text_or_bytes(data.rstrip(b"\0") if codec == "utf-8" else data, codec)
    return value.rstrip("\0") if isinstance(value, str) else data
