"""JSON (RFC 8259): a field for each value, with the offset of its bytes.

Rules of this file:
- The scanner is our own: no library says where a value begins. It stops after `MAX_FIELDS` values, so that work, depth and
  memory are bounded.
- A name or value that is not valid UTF-8 is an error; numbers keep their text where Python cannot hold them.
- Several values in one message (JSON lines) are read one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from tuiserver.decoders.base import (
    MAX_DEPTH,
    MAX_FIELDS,
    MAX_NAME,
    Decoded,
    DecodeError,
    Field,
    NeedsMore,
    Value,
    clip,
    decoded,
)
from tuiserver.decoders.sequence import Short

_SPACE = re.compile(rb"[ \t\n\r]*")
_STRING = re.compile(rb'"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*"')
_PART_OF_STRING = re.compile(rb'"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*\\?\Z')
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_PART_OF_NUMBER = re.compile(rb"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]*)?)?")
_LITERALS: dict[bytes, bool | None] = {b"true": True, b"false": False, b"null": None}
_MAX_DIGITS = 300
"""Digits of an integer that is read as a number; a longer one stays text."""
_decode_string: Callable[[bytes], str] = msgspec.json.Decoder(str).decode


class JsonDecoder:
    """Decodes one JSON value, or several."""

    name = "json"

    def decode(self, data: bytes, sent: bool = False) -> Decoded | NeedsMore:
        """As `Decoder.decode`."""
        scan = _Scan(data)
        try:
            scan.document()
        except Short:
            return NeedsMore()
        except _Full:
            return decoded("JSON", scan.fields, cut=True)
        return decoded("JSON", scan.fields)


class _Full(Exception):
    """There are more than `MAX_FIELDS` values."""


class _Scan:
    """One pass over the bytes. Containers that are open are kept on a list, not on the stack of Python."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.fields: list[Field] = []
        self.values = 0

    def document(self) -> None:
        """Values until the end of the data."""
        at = self.skip(0)
        if at == len(self.data):
            raise Short
        count = 0
        while at < len(self.data):
            end = self.value(at, str(count) if count else "")
            at = self.skip(end)
            count += 1
            if at == end < len(self.data) and self.data[end - 1] not in b"}]":
                raise DecodeError(f"the value ends at byte {end}, but something follows")

    def skip(self, at: int) -> int:
        """The next byte that is not white space."""
        found = _SPACE.match(self.data, at)
        return found.end() if found else at

    def value(self, at: int, name: str) -> int:
        """Read the value at `at`, with all that is nested in it; returns where it ends."""
        opened: list[_Container] = []
        while True:
            if self.values == MAX_FIELDS:
                raise _Full
            self.values += 1
            byte = self.byte(at)
            if byte in b"{[":
                container = _Container(name, at, byte == ord("{"), self.reserve(name, at, len(opened)))
                opened.append(container)
                at = self.skip(at + 1)
                if self.byte(at) == container.end:
                    at = self.close(opened, at)
                else:
                    name, at = self.member(container, at)
                    continue
            else:
                value, end, note = self.scalar(at)
                if len(opened) <= MAX_DEPTH:
                    self.fields.append(Field(name or "value", value, at, end - at, note))
                at = end
            while opened:  # after a value
                container = opened[-1]
                at = self.skip(at)
                byte = self.byte(at)
                if byte == container.end:
                    at = self.close(opened, at)
                elif byte == ord(","):
                    name, at = self.member(container, self.skip(at + 1))
                    break
                else:
                    raise DecodeError(f"a comma or the end of the {container.kind} is missing at byte {at}")
            else:
                return at

    def byte(self, at: int) -> int:
        """The byte at `at`."""
        if at >= len(self.data):
            raise Short
        return self.data[at]

    def reserve(self, name: str, at: int, depth: int) -> int:
        """Make the field of a container, which may last until the end; returns its index, -1 where there is none."""
        if depth > MAX_DEPTH or not name:
            return -1
        self.fields.append(Field(name, None, at, len(self.data) - at))
        return len(self.fields) - 1

    def close(self, opened: list[_Container], at: int) -> int:
        """The container ends with the byte at `at`; returns what follows."""
        container = opened.pop()
        if container.field >= 0:
            field = self.fields[container.field]
            noun = "member" if container.kind == "object" else "element"
            note = f"{container.kind} of {container.count} {noun}{'s' if container.count != 1 else ''}"
            self.fields[container.field] = field._replace(size=at + 1 - field.offset, note=note)
        return at + 1

    def member(self, container: _Container, at: int) -> tuple[str, int]:
        """The name of the next member or element, and where its value begins."""
        prefix = f"{container.name}." if container.name else ""
        name = str(container.count)
        if container.kind == "object":
            if self.byte(at) != ord('"'):
                raise DecodeError(f"a name in quotes is missing at byte {at}")
            name, at = self.string(at)
            at = self.skip(at)
            if self.byte(at) != ord(":"):
                raise DecodeError(f"a colon is missing at byte {at}")
            at = self.skip(at + 1)
        container.count += 1
        return clip(prefix + name, MAX_NAME), at

    def scalar(self, at: int) -> tuple[Value, int, str]:
        """The value at `at`, where it ends, and a note."""
        data = self.data
        byte = data[at]
        if byte == ord('"'):
            text, end = self.string(at)
            return text, end, ""
        if byte == ord("-") or 48 <= byte <= 57:
            return self.number(at)
        for literal, value in _LITERALS.items():
            if data.startswith(literal, at):
                return value, at + len(literal), "null" if value is None else ""
            if literal.startswith(data[at : at + len(literal)]):
                raise Short
        raise DecodeError(f"a value is missing at byte {at}")

    def string(self, at: int) -> tuple[str, int]:
        """The string at `at`, and where it ends."""
        found = _STRING.match(self.data, at)
        if found is None:
            if _PART_OF_STRING.match(self.data, at):
                raise Short
            raise DecodeError(f"the string at byte {at} has a control character")
        try:
            return _decode_string(found[0]), found.end()
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise DecodeError(f"the string at byte {at} is not valid text") from None

    def number(self, at: int) -> tuple[Value, int, str]:
        """The number at `at`, where it ends, and a note if it stays text."""
        found = _NUMBER.match(self.data, at)
        part = _PART_OF_NUMBER.match(self.data, at)
        if part is not None and part.end() == len(self.data) and (found is None or found.end() < part.end()):
            raise Short
        if found is None:
            raise DecodeError(f"the number at byte {at} has no digits")
        text = found[0].decode()
        if found[1] or found[2]:
            return float(text), found.end(), ""
        if len(text) > _MAX_DIGITS:
            return text, found.end(), "number"
        return int(text), found.end(), ""


class _Container:
    """An object or array that has not ended."""

    __slots__ = ("count", "end", "field", "kind", "name")

    def __init__(self, name: str, at: int, is_object: bool, field: int) -> None:
        self.name, self.field = name, field
        self.kind = "object" if is_object else "array"
        self.end = ord("}") if is_object else ord("]")
        self.count = 0
