r"""Messages that end with certain bytes: lines (`line`), or any bytes (`delimiter:\x03`).

Rules of this file:
- The ending belongs to no message: it is removed from what is received and added to what is sent.
- A message that contains its ending cannot be sent.
- An unfinished last message is not delivered: views show it when the connection ends, as `unfinished`.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuiserver.core.limits import Limits
from tuiserver.core.payload import to_text
from tuiserver.protocols.base import Factory, LocalProtocolError, SimpleFactory, Undelivered
from tuiserver.protocols.framing import Framing
from tuiserver.protocols.parameters import LINE_ENDINGS, SpecError, read_bytes


class Delimited(Framing):
    """Messages end with `delimiter`. `slack`: bytes at the end of the buffer that may be part of an ending."""

    __slots__ = ("_delimiter", "_searched", "_slack")

    def __init__(self, name: str, limits: Limits, delimiter: bytes, slack: int) -> None:
        super().__init__(name, limits)
        self._delimiter, self._slack = delimiter, slack
        self._searched = 0
        """The size of the beginning of the buffer where no delimiter begins."""

    def _split(self, buffer: bytearray) -> Sequence[bytes | Undelivered]:
        delimiter, limit = self._delimiter, self._limit
        messages: list[bytes] = []
        if buffer.find(delimiter, self._searched) >= 0:
            parts = bytes(buffer).split(delimiter)
            rest = parts.pop()
            messages = self._without_ending(parts)
            if len(buffer) > limit and max(map(len, messages)) > limit:
                return self._before_too_long(parts, messages)
            del buffer[: len(buffer) - len(rest)]
        if len(buffer) - self._slack > limit:
            self._refuse_too_long(f"more than {limit}")
        self._searched = max(0, len(buffer) + 1 - len(delimiter))
        return self._decoded(messages)

    def _before_too_long(self, parts: list[bytes], messages: list[bytes]) -> Sequence[bytes | Undelivered]:
        """Refuse the first message that is too long, and what follows; return those before it."""
        count = next(index for index, message in enumerate(messages) if len(message) > self._limit)
        del self._buffer[: sum(map(len, parts[:count])) + count * len(self._delimiter)]
        self._refuse_too_long(str(len(messages[count])))
        return self._decoded(messages[:count])

    def _without_ending(self, parts: list[bytes]) -> list[bytes]:
        """The messages, of which only the delimiter was removed."""
        return parts

    def _decoded(self, messages: list[bytes]) -> Sequence[bytes | Undelivered]:
        """The messages, decoded if the protocol encodes them."""
        return messages

    def _frame(self, data: bytes) -> bytes:
        wire = data + self._delimiter
        if (position := wire.find(self._delimiter)) < len(data):
            ending = to_text(self._delimiter)
            raise LocalProtocolError(f"a message ends with {ending} and cannot contain it: see byte {position + 1}")
        return wire


class Line(Delimited):
    """Lines. `ending` is sent after each line; a message to send may be given with a line ending or without."""

    __slots__ = ("_ending",)

    noun = "line"

    def __init__(self, name: str, limits: Limits, ending: bytes) -> None:
        super().__init__(name, limits, ending[-1:], slack=1 if ending.endswith(b"\n") else 0)
        self._ending = ending

    def _without_ending(self, parts: list[bytes]) -> list[bytes]:
        return [part.removesuffix(b"\r") for part in parts] if self._delimiter == b"\n" else parts

    def _frame(self, data: bytes) -> bytes:
        delimiter = self._delimiter
        line = data.removesuffix(delimiter)
        if delimiter == b"\n" and len(line) < len(data):
            line = line.removesuffix(b"\r")
        if (position := line.find(delimiter)) >= 0:
            raise LocalProtocolError(f"a line cannot contain {to_text(delimiter)}: see byte {position + 1}")
        if delimiter == b"\n" and line.endswith(b"\r"):
            raise LocalProtocolError("a line cannot end with \\r, which is part of the line ending")
        return line + self._ending


def create_line(parameters: str, limits: Limits) -> Factory:
    """The factory of `line` and `line:ENDING`; raises `SpecError`."""
    ending = LINE_ENDINGS.get(parameters.lower() or "lf")
    if ending is None:
        raise SpecError(f'unknown line ending "{parameters}": use one of {", ".join(LINE_ENDINGS)}')
    name = f"line:{parameters.lower()}" if parameters else "line"
    return SimpleFactory(lambda: Line(name, limits, ending), name)


def create_delimiter(parameters: str, limits: Limits) -> Factory:
    """The factory of `delimiter:BYTES`; raises `SpecError`."""
    delimiter, name = read_bytes(parameters, "the delimiter"), f"delimiter:{parameters}"
    return SimpleFactory(lambda: Delimited(name, limits, delimiter, len(delimiter) - 1), name)
