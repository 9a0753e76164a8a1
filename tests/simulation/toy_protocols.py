"""Two protocols that the package does not have: one with frames, a handshake, pings and a farewell, and one that wraps it.

    client: HELLO⏎ 4:ping            server: WELCOME⏎ 4:pong ?⏎ BYE⏎

Rules of this file:
- They use every part of the interface of a protocol that HTTP does not use.
- What a frame shows is its whole wire form, so that the auditor can compare it byte by byte with what was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tuiserver.core.codes import CloseCode, ReceivedKind
from tuiserver.protocols.base import Closing, LocalProtocolError, Protocol, ProtocolBase, Undelivered, to_bytes

GREETING, WELCOME, PING, FAREWELL = b"HELLO\n", b"WELCOME\n", b"?\n", b"BYE\n"
GREETING_TIMEOUT = 4.0
"""Seconds within which the client must have sent its greeting."""
PING_INTERVAL = 15.0
"""Seconds of silence of the client after which it gets a ping."""
MAX_PINGS = 3
"""Pings in a row without an answer after which the connection is closed."""
GREETED, NO_GREETING, BAD_GREETING, NO_PONG = "greeted", "no_greeting", "bad_greeting", "no_pong"
MAX_DIGITS = 6
CIPHER = bytes(byte ^ 0x55 for byte in range(256))
"""Translates plain text to what `Cipher` sends, and back."""


def frame(payload: bytes) -> bytes:
    """The wire form of a message."""
    return b"%d:%b" % (len(payload), payload)


class Frame(NamedTuple):
    """A received message; `data` is what views show."""

    body: bytes
    data: bytes
    target: str = ""


class Framed(ProtocolBase):
    """Frames of a known length, after a greeting."""

    name = "framed"

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._greeted = False
        self._output = b""
        self._pings = 0
        self.deadline = GREETING_TIMEOUT
        self.needs_service = True

    @property
    def mid_message(self) -> bool:  # type: ignore[override]
        """As `Protocol.mid_message`."""
        return bool(self._buffer)

    @property
    def buffered(self) -> int:  # type: ignore[override]
        """As `Protocol.buffered`."""
        return len(self._buffer)

    def receive(self, data: bytes) -> Sequence[Any]:
        """As `Protocol.receive`."""
        self._buffer += data
        self.needs_service = True
        greeting = b""
        if not self._greeted:
            if not self._buffer.startswith(GREETING):
                if not GREETING.startswith(self._buffer):
                    self._refuse(BAD_GREETING, "no greeting")
                return ()
            self._greeted = True
            self._output += WELCOME
            greeting = self._take(len(GREETING))
        self._pings = 0
        self.deadline = PING_INTERVAL
        frames: list[Frame] = []
        while (each := self._next_frame()) is not None:
            frames.append(each)
        if greeting and frames:
            frames[0] = frames[0]._replace(data=greeting + frames[0].data)
        elif greeting:
            self.undelivered = (Undelivered(greeting, ReceivedKind.DISCARDED, GREETED), *self.undelivered)
        return frames

    def shown(self, message: Any) -> bytes:
        """As `Protocol.shown`: the whole frame."""
        data: bytes = message.data
        return data

    def encode(self, message: Any, now: float) -> tuple[bytes, bytes]:
        """As `Protocol.encode`: nothing can be sent before the greeting."""
        if not self._greeted:
            raise LocalProtocolError("the client has not sent its greeting yet")
        data = to_bytes(message)
        return frame(data), data

    def take_output(self, now: float) -> tuple[bytes, bytes]:
        """As `Protocol.take_output`: the answer to the greeting, and pings."""
        output, self._output = self._output, b""
        return output, b""

    def take_unfinished(self) -> bytes:
        """As `Protocol.take_unfinished`."""
        return self._take(len(self._buffer))

    def farewell(self, now: float) -> bytes:
        """As `Protocol.farewell`."""
        return FAREWELL if self._greeted else b""

    def on_deadline(self) -> None:
        """As `Protocol.on_deadline`: the greeting is late, or the client is silent."""
        self.needs_service = True
        if not self._greeted:
            self.closing = Closing(NO_GREETING, "no greeting in time")
        elif self._pings == MAX_PINGS:
            self.closing = Closing(NO_PONG, "no answer to pings")
        else:
            self._pings += 1
            self._output += PING
            self.deadline = PING_INTERVAL

    def _next_frame(self) -> Frame | None:
        digits, colon, _ = self._buffer[: MAX_DIGITS + 1].partition(b":")
        if self.closing is not None or not (colon or len(digits) > MAX_DIGITS or not digits.isdigit()):
            return None
        if not colon or not digits.isdigit():
            if self._buffer:
                self._refuse(CloseCode.PROTOCOL_ERROR, "no frame")
            return None
        start = len(digits) + 1
        end = start + int(digits)
        if len(self._buffer) < end:
            return None
        wire = self._take(end)
        return Frame(wire[start:], wire)

    def _refuse(self, code: str, reason: str) -> None:
        self.closing = Closing(code, reason)
        self.undelivered = (*self.undelivered, Undelivered(self.take_unfinished(), ReceivedKind.REFUSED, code))

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


class Cipher:
    """Wraps `Framed`: every byte on the wire is enciphered. Everything else is that of the protocol inside."""

    __slots__ = ("_inner",)

    _inner: Protocol
    name = "cipher"
    passthrough = False

    def __init__(self) -> None:
        object.__setattr__(self, "_inner", Framed())

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            return getattr(self._inner, name)

        def __setattr__(self, name: str, value: Any) -> None:
            setattr(self._inner, name, value)

    def receive(self, data: bytes) -> Sequence[Any]:
        """As `Protocol.receive`."""
        return self._inner.receive(data.translate(CIPHER))

    def encode(self, message: Any, now: float) -> tuple[bytes, bytes]:
        """As `Protocol.encode`."""
        wire, shown = self._inner.encode(message, now)
        return wire.translate(CIPHER), shown

    def take_output(self, now: float) -> tuple[bytes, bytes]:
        """As `Protocol.take_output`."""
        wire, shown = self._inner.take_output(now)
        return wire.translate(CIPHER), shown

    def farewell(self, now: float) -> bytes:
        """As `Protocol.farewell`."""
        return self._inner.farewell(now).translate(CIPHER)


TOYS = {Framed.name: Framed, Cipher.name: Cipher}
