"""MessagePack: a field for each value, with the offset of its bytes (https://github.com/msgpack/msgpack/blob/master/spec.md).

Rules of this file:
- The scanner is our own: no library says where a value begins. It stops after `MAX_FIELDS` values, so that work, depth and
  memory are bounded; a claimed length reserves nothing.
- Offset and size of a field include the bytes that say its type and length.
- Several values in one message are read one after the other.
"""

from __future__ import annotations

import struct

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
    value_text,
)
from tuiserver.decoders.sequence import Short

_NUMBERS = {
    0xCA: ">f",
    0xCB: ">d",
    0xCC: ">B",
    0xCD: ">H",
    0xCE: ">I",
    0xCF: ">Q",
    0xD0: ">b",
    0xD1: ">h",
    0xD2: ">i",
    0xD3: ">q",
}
_LITERALS = {0xC0: None, 0xC2: False, 0xC3: True}
_BINARY = {0xC4: 1, 0xC5: 2, 0xC6: 4}
_STRINGS = {0xD9: 1, 0xDA: 2, 0xDB: 4}
_EXTENSIONS = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_FIXED_EXTENSIONS = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}
_CONTAINERS = {0xDC: ("array", 2), 0xDD: ("array", 4), 0xDE: ("map", 2), 0xDF: ("map", 4)}
"""The first byte of a value: the format of the number, or how many bytes its length has (specification, "Formats")."""
TIMESTAMP = -1
"""The extension type of timestamps."""


class MsgpackDecoder:
    """Decodes one MessagePack value, or several."""

    name = "msgpack"

    def decode(self, data: bytes, sent: bool = False) -> Decoded | NeedsMore:
        """As `Decoder.decode`."""
        scan = _Scan(data)
        try:
            scan.document()
        except Short as short:
            return NeedsMore(short.missing)
        except _Full:
            return decoded("MessagePack", scan.fields, cut=True)
        return decoded("MessagePack", scan.fields)


class _Full(Exception):
    """There are more than `MAX_FIELDS` values."""


class _Container:
    """A map or array that has not ended."""

    __slots__ = ("field", "kind", "name", "read", "size")

    def __init__(self, name: str, kind: str, size: int, field: int) -> None:
        self.name, self.kind, self.size, self.field = name, kind, size, field
        self.read = 0


class _Scan:
    """One pass over the bytes. Containers that are open are kept on a list, not on the stack of Python."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.fields: list[Field] = []
        self.values = 0

    def document(self) -> None:
        """Values until the end of the data."""
        count = 0
        while self.at < len(self.data) or not count:
            self.value(str(count) if count else "")
            count += 1

    def value(self, name: str) -> None:
        """Read one value, with all that is nested in it."""
        opened: list[_Container] = []
        while True:
            self.one(opened, name)
            while opened and opened[-1].read == opened[-1].size:
                self.close(opened.pop())
            if not opened:
                return
            name = self.next_name(opened[-1])

    def one(self, opened: list[_Container], name: str) -> None:
        """Read the value that begins here; a container is opened."""
        if self.values == MAX_FIELDS:
            raise _Full
        self.values += 1
        start = self.at
        byte = self.take(1)[0]
        container = self.container(byte)
        if container is not None:
            kind, size = container
            field = -1
            if name and len(opened) <= MAX_DEPTH:
                field = len(self.fields)
                noun = "element" if kind == "array" else "member"
                note = f"{kind} of {size} {noun}{'s' if size != 1 else ''}"
                self.fields.append(Field(name, None, start, len(self.data) - start, note))
            opened.append(_Container(name, kind, size, field))
            return
        value, note = self.scalar(byte, start)
        if len(opened) <= MAX_DEPTH:
            self.fields.append(Field(name or "value", value, start, self.at - start, note))

    def next_name(self, container: _Container) -> str:
        """The name of the next element or member; in a map its key is read."""
        key = str(container.read)
        if container.kind == "map":
            start = self.at
            byte = self.take(1)[0]
            if self.container(byte) is not None:
                raise DecodeError(f"the key at byte {start} is a map or an array")
            key = value_text(self.scalar(byte, start)[0])
        container.read += 1
        return clip(f"{container.name}.{key}" if container.name else key, MAX_NAME)

    def close(self, container: _Container) -> None:
        """The container ends here."""
        if container.field >= 0:
            field = self.fields[container.field]
            self.fields[container.field] = field._replace(size=self.at - field.offset)

    def container(self, byte: int) -> tuple[str, int] | None:
        """Kind and size of the container that begins with `byte`; None for another value."""
        if 0x80 <= byte <= 0x8F:
            return "map", byte & 0x0F
        if 0x90 <= byte <= 0x9F:
            return "array", byte & 0x0F
        if byte in _CONTAINERS:
            kind, width = _CONTAINERS[byte]
            return kind, self.length(width)
        return None

    def scalar(self, byte: int, start: int) -> tuple[Value, str]:
        """The value that begins with `byte`, which has been read, and a note."""
        if byte < 0x80:
            return byte, ""
        if byte >= 0xE0:
            return byte - 0x100, ""
        if byte in _LITERALS:
            return _LITERALS[byte], "nil" if byte == 0xC0 else ""
        if byte in _NUMBERS:
            form = _NUMBERS[byte]
            (number,) = struct.unpack(form, self.take(struct.calcsize(form)))
            return number, ""
        if byte in _BINARY:
            return self.take(self.length(_BINARY[byte])), ""
        if byte in _EXTENSIONS or byte in _FIXED_EXTENSIONS:
            size = self.length(_EXTENSIONS[byte]) if byte in _EXTENSIONS else _FIXED_EXTENSIONS[byte]
            kind = int.from_bytes(self.take(1), "big", signed=True)
            return _extension(kind, self.take(size))
        if byte == 0xC1:
            raise DecodeError(f"byte {start} is C1, which no value begins with")
        data = self.take(self.length(_STRINGS[byte]) if byte in _STRINGS else byte & 0x1F)
        try:
            return data.decode(), ""
        except UnicodeDecodeError:
            return data, "text that is not valid UTF-8"

    def length(self, width: int) -> int:
        """A length of `width` bytes."""
        return int.from_bytes(self.take(width), "big")

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        end = self.at + size
        if end > len(self.data):
            raise Short(end - len(self.data))
        taken = self.data[self.at : end]
        self.at = end
        return taken


def _extension(kind: int, data: bytes) -> tuple[Value, str]:
    """The value of an extension: a timestamp in seconds since 1970, any other as its bytes."""
    if kind == TIMESTAMP and len(data) == 4:
        return int.from_bytes(data, "big"), "timestamp"
    if kind == TIMESTAMP and len(data) == 8:
        number = int.from_bytes(data, "big")
        return (number & (1 << 34) - 1) + (number >> 34) / 1e9, "timestamp"
    if kind == TIMESTAMP and len(data) == 12:
        nanoseconds, seconds = struct.unpack(">Iq", data)
        return seconds + nanoseconds / 1e9, "timestamp"
    return data, f"extension {kind}"
