"""Decoders that cannot harm who calls them: one that fails or takes long is switched off for its connection.

Rules of this file:
- `Guarded.decode` raises nothing. Bytes that are not a message of the decoder are a result, too: `Undecodable`.
- Time is that of the thread on the processor, so that a busy machine switches nothing off.
"""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time
from typing import NamedTuple

from tuiserver.core.errors import error_words
from tuiserver.decoders.base import Decoded, DecodeError, Decoder, Factory, NeedsMore

MAX_TIME = 0.1
"""Seconds on the processor that a decoder may need for one message."""


class Undecodable(NamedTuple):
    """The bytes are not a message of the decoder, or it is switched off; `reason` says why in one line."""

    reason: str


Result = Decoded | NeedsMore | Undecodable


class Guarded:
    """The decoder of one connection. `off` is empty, or says why it has been switched off."""

    def __init__(self, create: Factory, clock: Callable[[], float] = thread_time) -> None:
        self.off = ""
        self._note = ""
        self._clock = clock
        self._decoder: Decoder | None = None
        self._name = ""
        try:
            self._decoder = create()
            self._name = str(self._decoder.name)
        except Exception as error:
            self._switch_off(error_words(error))

    def decode(self, data: bytes, sent: bool = False) -> Result:
        """The fields of `data`, which the server sent or received."""
        if self.off or self._decoder is None:
            return Undecodable(self.off)
        start = self._clock()
        result: Result
        try:
            result = self._decoder.decode(data, sent)
        except DecodeError as error:
            result = Undecodable(str(error))
        except Exception as error:
            self._switch_off(error_words(error))
            return Undecodable(self.off)
        if not isinstance(result, Decoded | NeedsMore | Undecodable):
            self._switch_off(f"it returned {type(result).__name__}")
            return Undecodable(self.off)
        seconds = self._clock() - start
        if seconds > MAX_TIME:
            self._switch_off(f"it took {seconds * 1000:.0f} ms for a message of {len(data)} bytes")
        return result

    def take_note(self) -> str:
        """Why the decoder was switched off, once; empty if there is nothing to report."""
        note, self._note = self._note, ""
        return note

    def _switch_off(self, reason: str) -> None:
        self.off = f"decoder {self._name} is off: {reason}" if self._name else f"decoder is off: {reason}"
        self._note = self.off
