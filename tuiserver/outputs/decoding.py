"""Fields of messages in what headless prints.

Rules of this file:
- `DecodedJson` adds `message`, `summary` and `fields` to the JSON of `received` and `sent`; what is there stays as it is.
- `DecodedLines` puts the summary in the place of the bytes.
- A message that is not decoded is printed as without a decoder. A decoder that is switched off is reported as a `Noted`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import msgspec

from tuiserver.core.codes import NoteCode
from tuiserver.core.events import AnyEvent, Closed, Noted, Received, Sent
from tuiserver.core.payload import to_valid_utf8
from tuiserver.decoders.base import Decoded, Field
from tuiserver.decoders.connections import ConnectionDecoders

_MAX_INTEGER = 2**63
"""Integers from here on are printed as text: not every reader of JSON has more than 64 bits."""

_encode = msgspec.json.Encoder().encode


class Lines(Protocol):
    """What makes lines of events."""

    def to_lines(self, events: list[AnyEvent]) -> bytes:
        """The lines of these events."""

    def to_line(self, event: Received | Sent, text: str) -> bytes:
        """The line of a message with `text` in the place of its bytes."""


def decode_all(decoders: ConnectionDecoders, events: list[AnyEvent]) -> Iterator[tuple[AnyEvent, Decoded | None]]:
    """The events, each message with its fields; a `Noted` follows a message that switched its decoder off."""
    for event in events:
        if not isinstance(event, Received | Sent):
            decoders.apply(event)
            if isinstance(event, Closed):
                decoders.forget(event.id)
            yield event, None
            continue
        result = decoders.decode(event)
        yield event, result if isinstance(result, Decoded) else None
        for connection, note in decoders.take_notes():
            yield Noted(event.at, "warning", note, connection, code=NoteCode.DECODER_OFF), None


class DecodedJson:
    """Events → JSON, as `serialize` makes it, with the fields of messages."""

    def __init__(self, decoders: ConnectionDecoders, serialize: Callable[[list[AnyEvent]], bytes]) -> None:
        self._decoders, self._serialize = decoders, serialize

    def __call__(self, events: list[AnyEvent]) -> bytes:
        """The lines of these events."""
        lines = []
        for event, decoded in decode_all(self._decoders, events):
            line = self._serialize([event])
            if decoded is not None:  # the last brace and the line ending make room for more
                line = b"%b,%b\n" % (line[:-2], _encode(to_object(decoded))[1:])
            lines.append(line)
        return b"".join(lines)


def to_object(decoded: Decoded) -> dict[str, Any]:
    """What is added to the JSON object of a message."""
    added: dict[str, Any] = {
        "message": to_valid_utf8(decoded.name),
        "summary": to_valid_utf8(decoded.summary),
        "fields": [_field(field) for field in decoded.fields],
    }
    if decoded.cut:
        added["cut"] = True
    return added


def _field(field: Field) -> dict[str, Any]:
    value = field.value
    if isinstance(value, bytes):
        value = value.hex()
    elif isinstance(value, str):
        value = to_valid_utf8(value)
    elif isinstance(value, int) and not -_MAX_INTEGER <= value < _MAX_INTEGER:
        value = str(value)
    found: dict[str, Any] = {
        "name": to_valid_utf8(field.name),
        "value": value,
        "offset": field.offset,
        "size": field.size,
    }
    if field.note:
        found["note"] = to_valid_utf8(field.note)
    if field.code:
        found["code"] = field.code
    return found


class DecodedLines:
    """Events → lines for people, as `lines` makes them, with the summary of a message in the place of its bytes."""

    def __init__(self, decoders: ConnectionDecoders, lines: Lines) -> None:
        self._decoders, self._lines = decoders, lines

    def __call__(self, events: list[AnyEvent]) -> bytes:
        """The lines of these events."""
        lines = []
        for event, decoded in decode_all(self._decoders, events):
            if decoded is not None and isinstance(event, Received | Sent):
                lines.append(self._lines.to_line(event, decoded.summary))
            else:
                lines.append(self._lines.to_lines([event]))
        return b"".join(lines)
