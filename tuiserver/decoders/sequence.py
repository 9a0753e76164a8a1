"""Several messages in one piece of data: what raw connections deliver is what was read, not what was sent as one.

Rules of this file:
- The first message decides: if it is incomplete or wrong, so is the whole. What follows it is read as far as possible; the
  rest is one field.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tuiserver.decoders.base import MAX_FIELDS, Decoded, DecodeError, Field, FieldCode, NeedsMore, join


class Short(Exception):
    """The data ends inside a value, which needs `missing` more bytes at least; 0 if that is not known."""

    def __init__(self, missing: int = 0) -> None:
        self.missing = missing


NOTHING = re.compile(b"")
EMPTY_LINES = re.compile(rb"(?:\r?\n)*")
"""What may be between messages."""


def decode_sequence(
    data: bytes, one: Callable[[bytes, int], tuple[Decoded, int]], between: re.Pattern[bytes] = NOTHING
) -> Decoded | NeedsMore:
    """Decode message after message with `one(data, at)`, which returns a message and where it ends.

    `one` raises `Short` or `DecodeError`; it always moves on. `between` is skipped.
    """
    messages: list[Decoded] = []
    at = count = 0
    while count < MAX_FIELDS:
        found = between.match(data, at)
        at = found.end() if found else at
        if at == len(data) and messages:
            break
        try:
            message, at = one(data, at)
        except Short as short:
            if not messages:
                return NeedsMore(short.missing)
            message, at = _rest(data, at, FieldCode.UNFINISHED, ""), len(data)
        except DecodeError as error:
            if not messages:
                raise
            message, at = _rest(data, at, FieldCode.EXTRA, str(error)), len(data)
        messages.append(message)
        count += len(message.fields) + 1
    result = join(messages)
    return result._replace(cut=True) if at < len(data) else result


def _rest(data: bytes, at: int, code: str, note: str) -> Decoded:
    return Decoded(code, (Field(code, data[at:], at, len(data) - at, note, code),), code)
