"""How a connection ends: flushed and shut down in order, or at once with a reset.

Rules of this file:
- `close` sends what is buffered, shuts down writing, reads on (bounded) until the peer closes, then ends. `abort` ends now.
- Everything ends in `_end`, exactly once, with a code and a reason. The first reason given is the one that counts.
"""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress
from typing import NamedTuple, Protocol

from tuiserver.core.codes import CloseCode
from tuiserver.engine.guards import Deadlines, Guarded
from tuiserver.engine.output import Output
from tuiserver.engine.reading import ENDED, Reading
from tuiserver.engine.transports.base import Transport

FLUSH_TIMEOUT = 30.0
"""Seconds without progress after which a connection that is being closed is no longer flushed."""
LINGER_TIMEOUT = 5.0
"""Seconds to read on after our end is shut down, so that a client still sending gets the last bytes and not a reset."""
INSIST_TIMEOUT = 1.0
"""Seconds until a peer that the operator closed is reset if it does not close. Some clients ignore the end of the stream:
OpenBSD's `nc` waits for its keyboard."""
LINGER_SIZE = 16 * 1024 * 1024
"""Bytes to read on for; a client that sends more than that is not reading."""

OPEN, FLUSHING, LINGERING, CLOSED = range(4)
"""The states of a connection."""

_ERRORS = {
    errno.ECONNRESET: (CloseCode.PEER_RESET, "reset by peer"),
    errno.EPIPE: (CloseCode.PEER_RESET, "reset by peer"),
    errno.ETIMEDOUT: (CloseCode.TIMED_OUT, "timed out"),
    errno.ECONNABORTED: (CloseCode.NETWORK_ERROR, "connection aborted"),
    errno.EHOSTUNREACH: (CloseCode.NETWORK_ERROR, "host unreachable"),
    errno.ENETUNREACH: (CloseCode.NETWORK_ERROR, "network unreachable"),
}


class Ended(NamedTuple):
    """How a connection ended: bytes never sent, and the error of the socket if there was one."""

    unsent: int
    error: OSError | None


class ClosingOwner(Guarded, Protocol):
    """What `Closing` asks of its connection."""

    state: int
    """One of the four states; only `Closing` changes it."""

    def on_ended(self, ended: Ended) -> None:
        """The socket is gone."""


class Closing:
    """The end of one connection; `reason` and `code` are empty while it is open."""

    __slots__ = ("_deadlines", "_output", "_owner", "_reading", "_sock", "_transport", "code", "reason")

    def __init__(
        self,
        owner: ClosingOwner,
        sock: socket.socket,
        transport: Transport,
        output: Output,
        reading: Reading,
        deadlines: Deadlines,
    ) -> None:
        self._owner, self._sock, self._transport = owner, sock, transport
        self._output, self._reading, self._deadlines = output, reading, deadlines
        self.reason = self.code = ""

    def close(self, reason: str, code: str) -> None:
        """Begin to close: what is buffered is sent first."""
        self.reason, self.code = reason, code
        self._owner.state = FLUSHING
        self._reading.begin_closing()
        if not self._output.corked:  # else the connection goes on from here when it uncorks
            self.proceed()

    def proceed(self) -> None:
        """Shut down writing once everything is sent."""
        if self._owner.state != FLUSHING:
            return
        if self._output.unsent:
            self._deadlines.set(self._owner, FLUSH_TIMEOUT)
            self._reading.watch_writing(True)
            return
        self._owner.state = LINGERING
        self._reading.watch_writing(False)
        if self._reading.holds & ENDED:
            self._end(self.reason, self.code)
            return
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._end(self.reason, self.code)
            return
        insist = self.code == CloseCode.OPERATOR_CLOSED
        self._deadlines.set(self._owner, INSIST_TIMEOUT if insist else LINGER_TIMEOUT)

    def abort(self, reason: str, code: str) -> None:
        """End now; unsent bytes are dropped and the peer gets a reset (RST)."""
        if self._owner.state == CLOSED:
            return
        with suppress(OSError):  # already gone: there is nobody to reset
            self._transport.reset_on_close(self._sock)
        self._end(reason, code)

    def terminate(self, reason: str, code: str) -> None:
        """End now, without waiting for the peer: a reset if bytes were never sent, otherwise a plain close."""
        if self._owner.state == LINGERING:
            self._end(reason, code)
        else:
            self.abort(reason, code)

    def on_deadline(self) -> None:
        """The peer took too long to take the rest, or to close."""
        if self._owner.state == LINGERING and self.code == CloseCode.OPERATOR_CLOSED:
            self.abort(self.reason, self.code)
        else:
            self.terminate(self.reason, self.code)

    def on_discarded(self, bytes_in: int) -> None:
        """More bytes came and were dropped; `bytes_in` in all."""
        if bytes_in > LINGER_SIZE and self._owner.state == LINGERING:
            self._end(self.reason, self.code)

    def on_peer_finished(self) -> None:
        """The peer has shut down writing while the connection is closing."""
        if self._owner.state == LINGERING:
            self._end(self.reason, self.code)

    def on_socket_error(self, error: OSError, unsent: int = 0) -> None:
        """The socket failed. `unsent`: bytes that went neither to the socket nor into the send buffer."""
        number = error.errno or 0
        code, reason = _ERRORS.get(number) or (CloseCode.NETWORK_ERROR, os.strerror(number).lower())
        self._end(reason, code, error, unsent)

    def _end(self, reason: str, code: str, error: OSError | None = None, unsent: int = 0) -> None:
        if self._owner.state == CLOSED:
            return
        self._owner.state = CLOSED
        if not self.reason:
            self.reason, self.code = reason, code
        unsent += self._output.drop()
        self._deadlines.clear(self._owner)
        self._reading.stop()
        with suppress(OSError):  # the descriptor is released all the same (close(2))
            self._sock.close()
        self._owner.on_ended(Ended(unsent, error))
