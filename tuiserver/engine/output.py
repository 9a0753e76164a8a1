"""The send buffer of one connection, and the only place that writes to its socket.

Rules of this file:
- One optimistic `send`; what the socket does not take is buffered, and sent when the socket is writable.
- Buffered bytes count towards the limit of the connection and towards that of the server.
- Errors of the socket are returned, never raised: the connection decides what they mean.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Protocol

from tuiserver.core.limits import OVERRUN
from tuiserver.engine.guards import Buffers
from tuiserver.engine.reading import Reading

CORK_SIZE = 65_536
"""Bytes: responses to pipelined requests are joined up to this size before they are sent."""

NOT_NOW = (BlockingIOError, InterruptedError)
"""What a non-blocking socket raises when it cannot read or write now."""


OVERFLOW = OSError(errno.ENOBUFS, "the send buffer has overflowed")
"""What `write` returns after `on_overflow`: the message was not accepted, and the connection has ended."""


class OutputOwner(Protocol):
    """What an output needs from its connection."""

    def on_over_limit(self) -> None:
        """More than `max_buffer` bytes are buffered."""

    def on_overflow(self, size: int) -> None:
        """A message is not accepted because far more than `max_buffer` bytes are buffered: `size` bytes."""


class Output:
    """The output of one connection. `bytes_out` counts what the socket accepted; `corked`: between `cork` and `uncork`."""

    __slots__ = ("_buffer", "_buffers", "_owner", "_reading", "_send", "bytes_out", "corked", "max_buffer")

    def __init__(
        self,
        owner: OutputOwner,
        reading: Reading,
        send: Callable[[bytes | bytearray], int],
        buffers: Buffers,
        max_buffer: int,
    ) -> None:
        self._owner: OutputOwner | None = owner
        self._reading, self._send = reading, send
        self._buffers, self.max_buffer = buffers, max_buffer
        self._buffer: bytearray | None = None
        self.corked = False
        self.bytes_out = 0

    @property
    def unsent(self) -> int:
        """Bytes in the buffer."""
        return len(self._buffer) if self._buffer else 0

    def write(self, data: bytes | bytearray) -> OSError | None:
        """Send or buffer `data`; returns the error where the socket failed."""
        if self._buffer is not None:
            if len(self._buffer) > self.max_buffer * OVERRUN and not self.corked:  # a single message may have any size
                assert self._owner is not None
                self._owner.on_overflow(len(self._buffer))
                return OVERFLOW
            self._buffer += data
            return self._after_buffering(len(data))
        send = self._send
        try:
            sent = send(data)
        except NOT_NOW:
            sent = 0
        except OSError as error:
            return error
        self.bytes_out += sent
        if sent != len(data):
            self._buffer = bytearray(memoryview(data)[sent:])
            return self._after_buffering(len(data) - sent)
        return None

    def flush(self) -> OSError | None:
        """The socket is writable: send what is buffered; returns the error where the socket failed."""
        buffer = self._buffer
        assert buffer is not None
        try:
            sent = self._send(buffer)
        except NOT_NOW:
            return None
        except OSError as error:
            return error
        self.bytes_out += sent
        del buffer[:sent]
        left = len(buffer)
        if not left:
            self._buffer = None
            self._reading.watch_writing(False)
        self._buffers.remove(self._reading, sent, left)
        return None

    def cork(self) -> None:
        """Join what is written until `uncork`."""
        if self._buffer is None:
            self._buffer = bytearray()
            self.corked = True

    def uncork(self) -> OSError | None:
        """Send what was joined; returns the error where the socket failed."""
        if not self.corked:
            return None
        buffer, self._buffer = self._buffer, None
        self.corked = False
        error = self.write(buffer) if buffer else None
        if error is not None:
            self._buffer, self.corked = buffer, True  # unsent, and never added to the total of the server
        return error

    def drop(self) -> int:
        """The connection has ended: drop its buffer; returns the number of bytes in it."""
        self._owner = None  # a reference cycle would keep the connection in memory
        if self._buffer is None:
            return 0
        unsent = len(self._buffer)
        self._buffer = None
        if unsent and not self.corked:
            self._buffers.remove(self._reading, unsent, 0)
        return unsent

    def use_send(self, send: Callable[[bytes | bytearray], int]) -> None:
        """Write through `send` from now on."""
        self._send = send

    def _after_buffering(self, size: int) -> OSError | None:
        """`size` more bytes are in the buffer."""
        assert self._buffer is not None
        unsent = len(self._buffer)
        if self.corked:
            error = self.uncork() if unsent > CORK_SIZE else None
            if error is not None:
                del self._buffer[-size:]  # the last message is refused, those before it were accepted
            return error
        self._buffers.add(self._reading, size)
        assert self._owner is not None
        if unsent > self.max_buffer:
            self._owner.on_over_limit()
        self._reading.watch_writing(True)
        return None
