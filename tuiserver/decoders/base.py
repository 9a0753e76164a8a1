"""The interface of decoders, and the plain data that they return.

Rules of this file:
- `decode` returns `Decoded` or `NeedsMore`, or raises `DecodeError`; nothing else, whatever the bytes are.
- A message has at most `MAX_FIELDS` fields and a summary of one line: work and memory are bounded.
- Code decides by `Field.code` and by types. `note` and `summary` are for people.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple
from typing import Protocol as Interface

MAX_FIELDS = 1000
"""Fields of one message; a decoder leaves out the others."""
MAX_DEPTH = 32
"""Levels of nested values that get fields; what is nested deeper is one field."""
MAX_NAME = 200
"""Characters of the name of a field."""
MAX_SUMMARY = 200
"""Characters of a summary."""
MAX_SUMMARY_VALUE = 40
"""Characters of one value in a summary."""

Value = int | float | str | bytes | bool | None


class DecodeError(ValueError):
    """The bytes are not a message of this kind; `str()` says why in one line, without bytes of the message."""


class FieldCode:
    """The judgement of a field: `Field.code`. Most fields have none."""

    OK = "ok"
    """A checksum, and it is right."""
    WRONG = "wrong"
    """A checksum that is wrong, or a value that the specification forbids; `note` says what was expected."""
    UNFINISHED = "unfinished"
    """The beginning of a further message, which is incomplete."""
    EXTRA = "extra"
    """Bytes that belong to no field."""


class Field(NamedTuple):
    """A value of a message, and its `size` bytes at `offset`.

    `name` is dotted where values are nested: `position.lat`, `items.0`. The value of a field that has fields below it is None.
    """

    name: str
    value: Value
    offset: int
    size: int
    note: str = ""
    code: str = ""


class Decoded(NamedTuple):
    """The fields of a message, in the order of their bytes.

    `name`: what kind of message it is, such as `Login`; `summary`: the message in one line, which begins with the name. `cut`:
    there are further fields, over `MAX_FIELDS`. Where data holds several messages, their fields follow one another.
    """

    name: str
    fields: Sequence[Field]
    summary: str
    cut: bool = False


class NeedsMore(NamedTuple):
    """The message is right so far, but incomplete: at least `missing` bytes, 0 if unknown."""

    missing: int = 0


class Decoder(Interface):
    """The interface of a decoder: one object per connection, which may remember what a message says about later ones."""

    @property
    def name(self) -> str:
        """Its name, such as `json`."""

    def decode(self, data: bytes, sent: bool = False) -> Decoded | NeedsMore:
        """The fields of `data`; `sent` is True for a message from the server. Raises `DecodeError`."""


class EncodeError(ValueError):
    """A message to send cannot be made of what was given. `field` is the one that is wrong, empty for the message itself."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field, self.reason = field, reason


class Given(NamedTuple):
    """A value that was typed for a field of a message to send; `quoted`: as text, so that bytes are not hex digits."""

    name: str
    data: bytes
    quoted: bool = False


class Encoder(Interface):
    """The interface of what makes messages of fields."""

    def names(self) -> Sequence[str]:
        """The kinds of messages, such as `Login`."""

    def fields(self, name: str) -> Sequence[str]:
        """The fields of a kind of message that are not filled in by themselves; none for an unknown one."""

    def encode(self, name: str, given: Sequence[Given]) -> bytes:
        """The bytes of a message. Raises `EncodeError`."""


Factory = Callable[[], Decoder]
"""Creates the decoder of one more connection."""


def decoded(name: str, fields: Iterable[Field], cut: bool = False) -> Decoded:
    """A `Decoded` with at most `MAX_FIELDS` fields and the usual summary."""
    fields = tuple(fields)
    cut = cut or len(fields) > MAX_FIELDS
    fields = fields[:MAX_FIELDS]
    return Decoded(name, fields, summarize(name, fields), cut)


def join(messages: Sequence[Decoded]) -> Decoded:
    """The messages of one piece of data as one: fields follow one another, names and summaries too."""
    if len(messages) == 1:
        return messages[0]
    names = ", ".join(message.name for message in messages[:MAX_SUMMARY_VALUE])
    fields = tuple(field for message in messages for field in message.fields)
    summary = clip(" | ".join(message.summary for message in messages[:MAX_SUMMARY_VALUE]), MAX_SUMMARY)
    cut = len(fields) > MAX_FIELDS or any(message.cut for message in messages)
    return Decoded(clip(names, MAX_SUMMARY), fields[:MAX_FIELDS], summary, cut)


def summarize(name: str, fields: Sequence[Field]) -> str:
    """`Login imei=358901234567890 crc ok`: the fields that have a value as far as one line holds them, and all judgements."""
    judgements = [
        f"{field.name} {field.code if field.code == FieldCode.OK else field.note or field.code}"
        for field in fields
        if field.code in (FieldCode.OK, FieldCode.WRONG)
    ]
    end = clip("".join(f" {each}" for each in judgements), MAX_SUMMARY // 2)
    text = name
    for field in fields:
        if len(text) + len(end) > MAX_SUMMARY:
            break
        if field.value is not None and field.code not in (FieldCode.OK, FieldCode.WRONG):
            text += f" {field.name}={value_text(field.value)}"
    return clip(text, MAX_SUMMARY - len(end)) + end


def value_text(value: Value) -> str:
    """A value in a summary: text as it is, bytes in hex, each clipped; `null` for None."""
    if isinstance(value, bytes):
        return clip(value[:MAX_SUMMARY_VALUE].hex(), MAX_SUMMARY_VALUE)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, str):
        return clip(value, MAX_SUMMARY_VALUE)
    return f"{value:.10g}" if isinstance(value, float) else clip(str(value), MAX_SUMMARY_VALUE)


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def text_or_bytes(data: bytes, codec: str = "utf-8") -> str | bytes:
    """The text of `data`, where it is some: no control character but tabs and line endings; else the bytes."""
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return data
    return data if _CONTROL.search(text) else text


def clip(text: str, size: int) -> str:
    """At most `size` characters; an ellipsis stands for the rest."""
    return text if len(text) <= size else f"{text[: size - 1]}…"


def nested(fields: Iterable[Field], prefix: str, offset: int) -> Iterable[Field]:
    """The fields of a part of the message that begins at `offset`, with `prefix` before their names."""
    for field in fields:
        yield field._replace(name=clip(f"{prefix}.{field.name}", MAX_NAME), offset=field.offset + offset)
