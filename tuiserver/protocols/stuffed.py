"""Messages between STX and ETX, with DLE stuffing: control characters in a message are marked by DLE.

    stx        STX message ETX; STX, ETX and DLE in a message are each preceded by DLE
    stx:dle    DLE STX message DLE ETX; DLE in a message is doubled: transparent mode (ISO 1745, ISO 2111)

Rules of this file:
- What is between messages is skipped. So is a message in which another one begins, or with an invalid DLE: an STX that is not
  marked as data begins a message for certain.
- No byte is searched twice: the search goes on where it ended.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tuiserver.core.limits import Limits
from tuiserver.protocols.base import Factory, SimpleFactory, Undelivered
from tuiserver.protocols.framing import Framing
from tuiserver.protocols.parameters import SpecError


class Stuffing(NamedTuple):
    """How a message is marked, and what is in it and around it."""

    start: bytes
    end: bytes
    body: re.Pattern[bytes]
    """All of a message up to its end, another start, or an invalid DLE."""
    noise: re.Pattern[bytes]
    """All that is not the start of a message."""
    marked: re.Pattern[bytes]
    """A character that is preceded by DLE in a message."""
    stuffed: re.Pattern[bytes]
    """DLE and such a character."""


PLAIN = Stuffing(
    start=b"\x02",
    end=b"\x03",
    body=re.compile(rb"[^\x02\x03\x10]*+(?:\x10[\x02\x03\x10][^\x02\x03\x10]*+)*+"),
    noise=re.compile(rb"[^\x02\x10]*+(?:\x10.[^\x02\x10]*+)*+", re.DOTALL),
    marked=re.compile(rb"[\x02\x03\x10]"),
    stuffed=re.compile(rb"\x10([\x02\x03\x10])"),
)
TRANSPARENT = Stuffing(
    start=b"\x10\x02",
    end=b"\x10\x03",
    body=re.compile(rb"[^\x10]*+(?:\x10\x10[^\x10]*+)*+"),
    noise=re.compile(rb"[^\x10]*+(?:\x10[^\x02][^\x10]*+)*+"),
    marked=re.compile(rb"\x10"),
    stuffed=re.compile(rb"\x10(\x10)"),
)


class Stuffed(Framing):
    """Messages between STX and ETX. The limit is that of their size with stuffing."""

    __slots__ = ("_searched", "_stuffing")

    def __init__(self, name: str, limits: Limits, stuffing: Stuffing) -> None:
        super().__init__(name, limits)
        self._stuffing = stuffing
        self._searched = 0
        """The size of the beginning of the buffer that is the start and the body of a message; 0 before the start."""

    def _split(self, buffer: bytearray) -> Sequence[bytes | Undelivered]:
        start, end = self._stuffing.start, self._stuffing.end
        messages: list[bytes | Undelivered] = []
        while buffer:
            if not self._searched:
                if noise := self._match(self._stuffing.noise, buffer, 0):
                    messages.append(self._skip(noise))
                if not buffer.startswith(start):  # a DLE at the end, or nothing
                    break
            begin = len(start)
            searched = self._searched = self._match(self._stuffing.body, buffer, self._searched or begin)
            if searched - begin > self._limit:
                self._refuse_too_long(str(searched - begin))
                break
            if buffer.startswith(end, searched):
                body = bytes(buffer[begin:searched])
                messages.append(self._stuffing.stuffed.sub(rb"\1", body))
                del buffer[: searched + len(end)]
            elif searched == len(buffer) or buffer[searched:] == b"\x10":
                break
            elif buffer.startswith(start, searched):
                messages.append(self._skip(searched))
            else:
                messages.append(self._skip(searched + 2))
            self._searched = 0
        if not buffer:
            self._searched = 0
        return messages

    @staticmethod
    def _match(pattern: re.Pattern[bytes], buffer: bytearray, position: int) -> int:
        """Where the pattern, which matches everywhere, ends."""
        match = pattern.match(buffer, position)
        assert match is not None
        end = match.end()
        del match  # it would prevent changes of the buffer
        return end

    def _frame(self, data: bytes) -> bytes:
        start, end, _, _, marked, _ = self._stuffing
        return start + marked.sub(b"\x10\\g<0>", data) + end


def create_stx(parameters: str, limits: Limits) -> Factory:
    """The factory of `stx` and `stx:dle`; raises `SpecError`."""
    if parameters.lower() not in ("", "dle"):
        raise SpecError(f'unknown parameter "{parameters}": use stx or stx:dle')
    stuffing, name = (TRANSPARENT, "stx:dle") if parameters else (PLAIN, "stx")
    return SimpleFactory(lambda: Stuffed(name, limits, stuffing), name)
