"""Bytes ⇄ messages. A protocol touches no socket, no clock and no thread: bytes in; messages, and bytes to answer, out.

Rules of this room:
- A connection without a protocol object speaks raw: each read is a message.
- `receive` never raises on what a peer sent. A peer that misbehaves ends in `failure`, after which the state is final.
- What we do wrong (a message that does not fit) raises `LocalProtocolError`, at once, in the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from typing import Protocol as Interface


class LocalProtocolError(ValueError):
    """A message that this protocol cannot send now, or ever; `str()` says why in one line."""


class Protocol(Interface):
    """What a connection asks of a protocol. One object a connection."""

    name: str
    """What the views call it: `http`."""
    needs_service: bool
    """True when something below, or `take_answer`, has news for the connection. The connection sets it back."""
    failure: str
    """Why the peer is cut off, in words; empty while all is well. Goes with a lingering close after the answer."""
    closing: bool
    """True when the connection closes after what has been encoded is sent."""
    mid_message: bool
    """True from the first byte of a message to its last: the peer owes us the rest."""
    pending_requests: int
    """Messages of the peer that wait for an answer of ours."""

    def receive(self, data: bytes) -> Sequence[Any]:
        """Take the bytes of one read, return the messages they complete."""

    def data(self, message: Any) -> bytes:
        """The bytes of a received message that views are shown."""

    def encode(self, message: Any, now: float) -> bytes:
        """The bytes that carry `message`; `now` is Unix time in seconds. Raises `LocalProtocolError`."""

    def take_answer(self, now: float) -> bytes:
        """Bytes the protocol sends by itself (`100 Continue`, a 400), after the messages of the same `receive`; once."""

    def end(self) -> bool:
        """The peer has shut down writing. True: close after flushing; False: a message of its still waits for an answer."""

    def timeout(self) -> None:
        """The rest of a message did not come in time."""


def plain(message: Any) -> bytes:
    """The bytes of what is sent raw; raises `TypeError` for what is neither bytes nor text."""
    if isinstance(message, str):
        return message.encode()
    if isinstance(message, (bytes, bytearray, memoryview)):
        return bytes(message)
    raise TypeError(f"a raw connection sends bytes or str, not {type(message).__name__}")
