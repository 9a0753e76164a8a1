"""RESP, the protocol of Redis, versions 2 and 3 (https://redis.io/docs/latest/develop/reference/protocol-spec/).

Rules of this file:
- What the server receives is a command: `command`, `arg1`, `arg2` …; also one that is typed as a line. What it sends is a value.
- Values that are nested have dotted names: the index of an element, or the key of a map.
- It stops after `MAX_FIELDS` values, so that work, depth and memory are bounded; a claimed length reserves nothing.
"""

from __future__ import annotations

import re

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
    summarize,
    text_or_bytes,
    value_text,
)
from tuiserver.decoders.sequence import EMPTY_LINES, Short, decode_sequence

MAX_LINE = 64 << 10
"""Bytes of a line: Redis takes no longer ones."""
TYPES = {
    b"+": "simple string",
    b"-": "error",
    b":": "integer",
    b"$": "bulk string",
    b"*": "array",
    b"_": "null",
    b"#": "boolean",
    b",": "double",
    b"(": "big number",
    b"!": "bulk error",
    b"=": "verbatim string",
    b"%": "map",
    b"|": "attributes",
    b"~": "set",
    b">": "push",
}
_AGGREGATES = {"array": 1, "set": 1, "push": 1, "map": 2, "attributes": 2}
"""Values for each element that the length counts."""
_LENGTH = re.compile(rb"-1|[0-9]{1,10}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,300}")
_DOUBLE = re.compile(r"[+-]?(?:[0-9]{1,300}(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,5})?|inf|nan)")
_INLINE = re.compile(rb"[A-Za-z][ -~\t]*\r?")


class RespDecoder:
    """Decodes commands and replies."""

    name = "resp"

    def decode(self, data: bytes, sent: bool = False) -> Decoded | NeedsMore:
        """As `Decoder.decode`."""
        return decode_sequence(data, lambda data, at: _message(data, at, sent), EMPTY_LINES)


class _Container:
    """An aggregate that has not ended: `left` values are to come."""

    __slots__ = ("field", "kind", "left", "name", "read")

    def __init__(self, name: str, kind: str, left: int, field: int) -> None:
        self.name, self.kind, self.left, self.field = name, kind, left, field
        self.read = 0


def _message(data: bytes, at: int, sent: bool) -> tuple[Decoded, int]:
    """The command or reply at `at` and where it ends."""
    if at < len(data) and data[at : at + 1] not in TYPES:
        return _inline(data, at)
    scan = _Scan(data, at)
    cut = False
    try:
        scan.value("")
    except _Full:
        cut, scan.at = True, len(data)
    fields = tuple(scan.fields)
    kind = scan.kind
    if not sent and kind == "array" and fields[:1] != () and fields[0].name == "0" and not any(map(_is_nested, fields)):
        return _command(fields, cut), scan.at
    return Decoded(kind, fields, summarize(kind, fields), cut), scan.at


def _is_nested(field: Field) -> bool:
    return "." in field.name or (field.value is None and field.note != "null")


def _command(values: tuple[Field, ...], cut: bool) -> Decoded:
    """An array of words as a command; its name is the first one."""
    fields = tuple(
        field._replace(name=f"arg{index}" if index else "command") for index, field in enumerate(values[:MAX_FIELDS])
    )
    name = value_text(fields[0].value).upper()
    words = " ".join((name, *(value_text(field.value) for field in fields[1:20])))
    return Decoded(name, fields, clip(words, 200), cut)


def _inline(data: bytes, at: int) -> tuple[Decoded, int]:
    """A command that is typed as a line of words."""
    end = data.find(b"\n", at, at + MAX_LINE)
    line = data[at : end if end >= 0 else len(data)]
    if not _INLINE.fullmatch(line) or len(line) >= MAX_LINE:
        raise DecodeError(f"no value begins with the byte at {at}")
    if end < 0:
        raise Short
    fields = tuple(
        Field("", word[0].decode(), at + word.start(), len(word[0])) for word in re.finditer(rb"[^\s]+", line)
    )
    return _command(fields, len(fields) > MAX_FIELDS), end + 1


class _Full(Exception):
    """There are more than `MAX_FIELDS` values."""


class _Scan:
    """One pass over a value. Aggregates that are open are kept on a list, not on the stack of Python.

    `kind` is the type of the outermost value; `attributes` is True while those before it are read.
    """

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        self.fields: list[Field] = []
        self.values = 0
        self.kind = ""
        self.attributes = False

    def value(self, name: str) -> None:
        """Read one value, with all that is nested in it."""
        opened: list[_Container] = []
        while True:
            self.one(opened, name)
            while opened and not opened[-1].left:
                container = opened.pop()
                if container.field >= 0:
                    field = self.fields[container.field]
                    self.fields[container.field] = field._replace(size=self.at - field.offset)
            if not opened and self.attributes:
                self.attributes, name = False, ""  # the value that they belong to follows
                continue
            if not opened:
                return
            name = self.next_name(opened[-1])

    def one(self, opened: list[_Container], name: str) -> None:
        """Read the value that begins here; an aggregate is opened."""
        start = self.at
        kind, text = self.line()
        if kind == "attributes":
            if opened:
                raise DecodeError(f"there are attributes inside the value at byte {start}")
            self.attributes = True
        else:
            self.kind = self.kind or kind
        if kind in _AGGREGATES:
            length = self.length(text, start)
            field = -1
            if length >= 0:
                if name and len(opened) <= MAX_DEPTH:
                    field = len(self.fields)
                    self.fields.append(Field(name, None, start, len(self.data) - start, f"{kind} of {length}"))
                opened.append(_Container(name, kind, length * _AGGREGATES[kind], field))
                return
            value: Value = None
        else:
            value = self.scalar(kind, text, start)
        if len(opened) <= MAX_DEPTH:
            note = "null" if value is None else "" if kind == "bulk string" else kind
            self.fields.append(Field(name or "value", value, start, self.at - start, note))

    def next_name(self, container: _Container) -> str:
        """The name of the next element; in a map its key is read."""
        key = str(container.read)
        if container.kind in ("map", "attributes"):
            start = self.at
            kind, text = self.line()
            if kind in _AGGREGATES:
                raise DecodeError(f"the key at byte {start} is an aggregate")
            key = value_text(self.scalar(kind, text, start))
            container.left -= 1
        container.read += 1
        container.left -= 1
        if container.kind == "attributes":
            key = f"attribute.{key}"
        return clip(f"{container.name}.{key}" if container.name else key, MAX_NAME)

    def line(self) -> tuple[str, bytes]:
        """The type of the value that begins here, and the rest of its first line."""
        if self.values == MAX_FIELDS:
            raise _Full
        self.values += 1
        start = self.at
        if start == len(self.data):
            raise Short(1)
        kind = TYPES.get(self.data[start : start + 1])
        if kind is None:
            raise DecodeError(f"no value begins with the byte at {start}")
        end = self.data.find(b"\r\n", start, start + MAX_LINE)
        if end < 0:
            if len(self.data) - start >= MAX_LINE:
                raise DecodeError(f"the line at byte {start} is longer than {MAX_LINE} bytes")
            raise Short
        self.at = end + 2
        return kind, self.data[start + 1 : end]

    def length(self, text: bytes, start: int) -> int:
        """A length; -1 stands for null."""
        if not _LENGTH.fullmatch(text):
            raise DecodeError(f"the length at byte {start + 1} is not a number")
        return int(text)

    def scalar(self, kind: str, text: bytes, start: int) -> Value:
        """The value of a type that has no others in it."""
        if kind in ("bulk string", "bulk error", "verbatim string"):
            length = self.length(text, start)
            if length < 0:
                return None
            end = self.at + length
            if end + 2 > len(self.data):
                raise Short(end + 2 - len(self.data))
            if self.data[end : end + 2] != b"\r\n":
                raise DecodeError(f"the string at byte {start} does not end where its length says")
            value = text_or_bytes(self.data[self.at : end])
            self.at = end + 2
            return value[4:] if kind == "verbatim string" and isinstance(value, str) else value
        words = text.decode("latin-1")
        if kind == "null" and not words:
            return None
        if kind == "boolean" and words in ("t", "f"):
            return words == "t"
        if kind in ("integer", "big number") and _INTEGER.fullmatch(words):
            return int(words)
        if kind == "double" and _DOUBLE.fullmatch(words):
            return float(words)
        if kind in ("simple string", "error"):
            return text_or_bytes(text)
        raise DecodeError(f"the {kind} at byte {start} is wrong")
