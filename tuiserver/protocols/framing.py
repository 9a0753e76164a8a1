"""What protocols that cut a stream into messages share: the buffer, its limits, and how misbehaviour is reported.

Rules of this file:
- Memory is bounded by `Limits.max_message`, and a message that has begun ends within `Limits.request_timeout`; otherwise the
  connection is closed with one reason, and views show what was received of it.
- Bytes that belong to no message are skipped where the protocol can find the next message for certain. Views show them with
  the code `garbage`.
- The time per byte is constant: no byte is searched or copied again because more bytes have come.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from tuiserver.core.codes import GARBAGE, CloseCode, ReceivedKind
from tuiserver.core.limits import Limits
from tuiserver.protocols.base import Closing, ProtocolBase, Undelivered, to_bytes


class Framing(ProtocolBase):
    """The base of protocols with message boundaries. `name` is as it was given, with its parameters.

    A subclass defines `_split`, which takes messages out of the buffer, and `_frame`, which makes the bytes to send.
    """

    __slots__ = (
        "_buffer",
        "_limit",
        "_timeout",
        "buffered",
        "closing",
        "deadline",
        "mid_message",
        "name",
        "needs_service",
        "undelivered",
    )

    noun = "message"
    """What reasons call a message."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name = name
        self._limit, self._timeout = limits.max_message, limits.request_timeout
        self._buffer = bytearray()
        self.buffered = 0
        self.mid_message = self.needs_service = False
        self.deadline: float | None = None
        self.closing: Closing | None = None
        self.undelivered: list[Undelivered] = []

    def receive(self, data: bytes) -> Sequence[bytes | Undelivered]:
        """As `Protocol.receive`."""
        if self.closing is not None:
            self._show(data, ReceivedKind.DISCARDED, self.closing.code)
            return ()
        buffer, had_begun = self._buffer, self.mid_message
        buffer += data
        messages = self._split(buffer)
        if buffer or had_begun:
            self._on_progress(bool(messages) or not had_begun)
        return messages

    def take_undelivered(self) -> Sequence[Undelivered]:
        """As `Protocol.take_undelivered`."""
        undelivered, self.undelivered = self.undelivered, []
        return undelivered

    def receive_eof(self) -> Sequence[bytes]:
        """As `Protocol.receive_eof`: the last message does not end any more. It is shown now: the peer may still be answered."""
        unfinished = self.take_unfinished()
        self._show(unfinished, ReceivedKind.UNFINISHED, CloseCode.PEER_CLOSED)
        return ()

    def take_unfinished(self) -> bytes:
        """As `Protocol.take_unfinished`."""
        unfinished = bytes(self._buffer)
        self._clear()
        return unfinished

    def encode(self, message: Any, now: float) -> tuple[bytes, bytes]:
        """As `Protocol.encode`: bytes, or text as UTF-8, that can be one message of the protocol."""
        data = to_bytes(message)
        return self._frame(data), data

    def on_deadline(self) -> Sequence[bytes]:
        """As `Protocol.on_deadline`: a message did not end in time."""
        if self.mid_message:
            self._refuse(f"a {self.noun} did not end within {self._timeout:g} s", CloseCode.REQUEST_TIMEOUT)
        return ()

    # ── for subclasses ──

    @abstractmethod
    def _split(self, buffer: bytearray) -> Sequence[bytes | Undelivered]:
        """Remove the complete messages from the beginning of `buffer`; return them, with what `_skip` returns in between."""

    @abstractmethod
    def _frame(self, data: bytes) -> bytes:
        """The bytes to send for a message; raises `LocalProtocolError`."""

    def _refuse(self, reason: str, code: str = CloseCode.PROTOCOL_ERROR) -> None:
        """Close the connection; views show what is left in the buffer."""
        self._show(bytes(self._buffer), ReceivedKind.REFUSED, code)
        self._clear()
        self.closing = Closing(code, reason)

    def _refuse_too_long(self, size: str) -> None:
        """Close the connection: a message is larger than the limit."""
        self._refuse(f"a {self.noun} of {size} bytes: max_message is {self._limit}")

    def _skip(self, size: int) -> Undelivered:
        """Remove bytes that belong to no message from the beginning of the buffer."""
        garbage = bytes(self._buffer[:size])
        del self._buffer[:size]
        self.needs_service = True
        return Undelivered(garbage, ReceivedKind.DISCARDED, GARBAGE)

    # ── internal ──

    def _show(self, data: bytes, kind: str, code: str) -> None:
        if data:
            self.undelivered.append(Undelivered(data, kind, code))
            self.needs_service = True

    def _on_progress(self, begun: bool) -> None:
        """What is buffered has changed; `begun`: another message has begun, or none."""
        self.buffered = len(self._buffer)
        self.mid_message = bool(self._buffer)
        if begun or not self.mid_message:
            self.deadline = self._timeout if self.mid_message else 0.0
        self.needs_service = True

    def _clear(self) -> None:
        self._buffer.clear()
        self._on_progress(True)
