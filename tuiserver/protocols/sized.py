r"""Messages whose size is known before they end: a length before them (`u8 u16 u32 u16le u32le`), or one size (`fixed:26`).

    u16                          a length of two bytes, big-endian, then as many bytes: the message
    u16:self                     the length counts its own two bytes too
    u16:at=4                     Modbus/TCP: the length is at byte 4 of the message and counts what follows it
    u8:start=\x78\x78,add=2      GT06: each message begins with two bytes; two more follow than the length says

Rules of this file:
- The length field is removed from what is received and added to what is sent. Where it is part of a larger header (`at`, `start`)
  or with `whole`, a message is the whole frame, and what is sent must be one: its length is checked, never changed.
- What comes before the start bytes is skipped. A length that is too large, or smaller than the header it counts, is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tuiserver.core.limits import Limits
from tuiserver.core.payload import to_text
from tuiserver.protocols.base import Factory, LocalProtocolError, SimpleFactory, Undelivered
from tuiserver.protocols.framing import Framing
from tuiserver.protocols.parameters import SpecError, read_bytes, read_number, read_options

MAX_HEADER = 4096
"""Bytes before the length at most."""
MAX_START = 64
"""Start bytes at most."""

WIDTHS: dict[str, tuple[int, Literal["big", "little"]]] = {
    "u8": (1, "big"),
    "u16": (2, "big"),
    "u32": (4, "big"),
    "u16le": (2, "little"),
    "u32le": (4, "little"),
}
"""The length fields: their size in bytes and their byte order."""

OPTIONS = {"at": "N", "add": "N", "self": "", "start": "BYTES", "whole": ""}


class Layout(NamedTuple):
    """Where the length is, and what it counts. `width` 0: there is none, and `add` bytes are a message."""

    width: int
    order: Literal["big", "little"] = "big"
    at: int = 0
    add: int = 0
    """Bytes behind the length field minus its value."""
    start: bytes = b""
    whole: bool = False


class Sized(Framing):
    """Messages with a length before them, or of one length."""

    __slots__ = ("_header", "_layout")

    def __init__(self, name: str, limits: Limits, layout: Layout) -> None:
        super().__init__(name, limits)
        self._layout = layout
        self._header = layout.at + layout.width

    def _split(self, buffer: bytearray) -> Sequence[bytes | Undelivered]:
        start, header = self._layout.start, self._header
        kept = 0 if self._layout.whole else header
        messages: list[bytes | Undelivered] = []
        while buffer:
            if start and not buffer.startswith(start) and (size := self._garbage(buffer)):
                messages.append(self._skip(size))
            if len(buffer) < header:
                break
            size = self._size(buffer)
            if size < header:
                add = self._layout.add
                self._refuse(f"a length of {size - header - add}: the least is {-add}")
                break
            if size - kept > self._limit:
                self._refuse_too_long(str(size - kept))
                break
            if len(buffer) < size:
                break
            messages.append(bytes(buffer[kept:size]))
            del buffer[:size]
        return messages

    def _garbage(self, buffer: bytearray) -> int:
        """The number of bytes before the start bytes, or before the beginning of them at the end of the buffer."""
        start = self._layout.start
        if (position := buffer.find(start)) >= 0:
            return position
        for size in range(min(len(start) - 1, len(buffer)), 0, -1):
            if buffer.endswith(start[:size]):
                return len(buffer) - size
        return len(buffer)

    def _size(self, frame: bytes | bytearray) -> int:
        """The size of the frame that begins here, of which the header is complete."""
        width, order, at, add, _, _ = self._layout
        return self._header + int.from_bytes(frame[at : at + width], order) + add

    def _frame(self, data: bytes) -> bytes:
        width, order, _, add, start, whole = self._layout
        if not width:
            if len(data) != add:
                raise LocalProtocolError(f"a message has {add} bytes, not {len(data)}")
            return data
        if not whole:
            length, most = len(data) - add, (1 << 8 * width) - 1
            if length > most:
                raise LocalProtocolError(f"a message has at most {most + add} bytes, not {len(data)}")
            if length < 0:
                raise LocalProtocolError(f"a message has at least {add} bytes, not {len(data)}")
            return length.to_bytes(width, order) + data
        if not data.startswith(start):
            raise LocalProtocolError(f"a message begins with {to_text(start)}")
        if len(data) < self._header:
            raise LocalProtocolError(
                f"a message has a header of {self._header} bytes, and this one has {len(data)} bytes"
            )
        if (size := self._size(data)) != len(data):
            raise LocalProtocolError(f"the length in this message says {size} bytes, and it has {len(data)}")
        return data


def create_sized(name: str, parameters: str, limits: Limits) -> Factory:
    """The factory of `u8`, `u16` … with their options; raises `SpecError`."""
    options = read_options(parameters, OPTIONS, name)
    width, order = WIDTHS[name]
    start = read_bytes(options["start"], "start") if "start" in options else b""
    if len(start) > MAX_START:
        raise SpecError(f"start has more than {MAX_START} bytes")
    at = read_number(options.get("at", str(len(start))), "at", len(start), MAX_HEADER)
    add = read_number(options.get("add", "0"), "add", -MAX_HEADER) - (width if "self" in options else 0)
    whole = bool(at or "whole" in options)
    spec = f"{name}:{parameters}" if parameters else name
    layout = Layout(width, order, at, add, start, whole)
    return SimpleFactory(lambda: Sized(spec, limits, layout), spec)


def create_fixed(parameters: str, limits: Limits) -> Factory:
    """The factory of `fixed:N`; raises `SpecError`."""
    size = read_number(parameters, "the number of bytes", 1)
    if size > limits.max_message:
        raise SpecError(f"a message of {size} bytes is over the limit: max_message is {limits.max_message}")
    name = f"fixed:{parameters}"
    return SimpleFactory(lambda: Sized(name, limits, Layout(0, add=size)), name)
