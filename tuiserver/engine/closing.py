"""Close connections: gracefully, after sending what is buffered, or at once with a reset.

Rules of this file:
- `close` sends what is buffered, shuts down writing, reads and discards (bounded) until the peer closes, then closes the socket.
  `abort` closes the socket at once.
- Every connection ends in `end`, exactly once, with a code and a reason. The first reason given is kept.
"""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress
from typing import Protocol

from tuiserver.core.codes import CloseCode
from tuiserver.engine.guards import Deadlines, Guarded
from tuiserver.engine.loop import Loop
from tuiserver.engine.output import Output
from tuiserver.engine.reading import PEER_FINISHED, Reading
from tuiserver.engine.transports.base import Transport

FLUSH_TIMEOUT = 30.0
"""Seconds without progress after which flushing a closing connection is given up."""
LINGER_TIMEOUT = 5.0
"""Seconds to keep reading after our end is shut down, so that a client that is still sending gets the last bytes and no reset."""
OPERATOR_LINGER_TIMEOUT = 1.0
"""The same if the operator closed the connection; the peer is reset afterwards. Some clients ignore the end of the stream:
OpenBSD's `nc` waits for its keyboard."""
LINGER_SIZE = 16 * 1024 * 1024
"""Bytes to read and discard at most after our end is shut down; a client that sends more than that is not reading."""

OPEN, ENDED, FLUSHING, LINGERING, CLOSED = range(5)
"""The states of a connection. `ENDED`: the peer has finished sending, and can still be answered; after that it is closing."""

_ERRORS = {
    errno.ECONNRESET: (CloseCode.PEER_RESET, "reset by peer"),
    errno.EPIPE: (CloseCode.PEER_RESET, "reset by peer"),
    errno.ETIMEDOUT: (CloseCode.TIMED_OUT, "no answer from the peer"),
    errno.EBADF: (CloseCode.PROGRAM_CLOSED, "socket closed by program"),
    errno.ECONNABORTED: (CloseCode.NETWORK_ERROR, "connection aborted"),
    errno.EHOSTUNREACH: (CloseCode.NETWORK_ERROR, "host unreachable"),
    errno.ENETUNREACH: (CloseCode.NETWORK_ERROR, "network unreachable"),
}


class Closable(Guarded, Protocol):
    """What `Closer` works on: a connection. Only `Closer` changes `reason` and `code`, and `state` to one that is closing."""

    state: int
    reason: str
    code: str
    bytes_in: int
    closing_at: float
    """When closing began, in Unix time; 0 where it ended at once."""
    discard_until: int
    """While lingering: the value of `bytes_in` at which reading and discarding ends."""
    socket: socket.socket
    transport: Transport
    output: Output
    reading: Reading

    def on_ended(self, unsent: int, error: OSError | None) -> None:
        """The socket was closed: `unsent` bytes were never sent; `error` is the error of the socket, if there was one."""


class Closer:
    """Ends the connections of one server. `linger_size`: see `LINGER_SIZE`."""

    def __init__(self, deadlines: Deadlines, loop: Loop) -> None:
        self.linger_size = LINGER_SIZE
        self._deadlines, self._loop = deadlines, loop

    def close(self, connection: Closable, reason: str, code: str) -> None:
        """Start closing: what is buffered is sent first."""
        connection.reason, connection.code = reason, code
        connection.state = FLUSHING
        connection.closing_at = self._loop.now
        connection.reading.begin_closing()
        if not connection.output.corked:  # otherwise the connection calls `proceed` after it uncorks
            self.proceed(connection)

    def proceed(self, connection: Closable) -> None:
        """Shut down writing once everything is sent."""
        if connection.state != FLUSHING:
            return
        if connection.output.unsent:
            self._deadlines.set(connection, FLUSH_TIMEOUT)
            connection.reading.watch_writing(True)
            connection.reading.apply()
            return
        connection.state = LINGERING
        connection.discard_until = connection.bytes_in + self.linger_size
        if connection.reading.holds & PEER_FINISHED:
            self.end(connection, connection.reason, connection.code)
            return
        try:
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.end(connection, connection.reason, connection.code)
            return
        by_operator = connection.code == CloseCode.OPERATOR_CLOSED
        self._deadlines.set(connection, OPERATOR_LINGER_TIMEOUT if by_operator else LINGER_TIMEOUT)
        connection.reading.apply()

    def abort(self, connection: Closable, reason: str, code: str) -> None:
        """Close at once; unsent bytes are dropped and the peer gets a reset (RST)."""
        if connection.state == CLOSED:
            return
        with suppress(OSError):  # the peer has disconnected already
            connection.transport.reset_on_close(connection.socket)
        self.end(connection, reason, code)

    def terminate(self, connection: Closable, reason: str, code: str) -> None:
        """Close at once, without waiting for the peer: with a reset if bytes are unsent, otherwise with a plain close."""
        if connection.state == LINGERING:
            self.end(connection, reason, code)
        else:
            self.abort(connection, reason, code)

    def on_deadline(self, connection: Closable) -> None:
        """The peer took too long to read the rest, or to close."""
        if connection.state == LINGERING and connection.code == CloseCode.OPERATOR_CLOSED:
            connection.reason += ", then reset: the peer did not close"
            self.abort(connection, connection.reason, connection.code)
        else:
            self.terminate(connection, connection.reason, connection.code)

    def on_discarded(self, connection: Closable) -> None:
        """More bytes were received and discarded."""
        if connection.state == LINGERING and connection.bytes_in > connection.discard_until:
            self.end(connection, connection.reason, connection.code)

    def on_peer_finished(self, connection: Closable) -> None:
        """The peer has shut down writing while the connection is closing."""
        if connection.state == LINGERING:
            self.end(connection, connection.reason, connection.code)
        else:
            connection.reading.apply()

    def on_hang_up(self, connection: Closable) -> None:
        """The peer has reset the connection, or the socket has failed, while reading is held.

        Nothing switches this condition off, so the connection ends; what it has not read is lost.
        """
        try:
            number = connection.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        except OSError as error:
            number = error.errno or 0
        self.on_socket_error(connection, OSError(number or errno.ENOTCONN, os.strerror(number or errno.ENOTCONN)))

    def on_descriptor_lost(self, connection: Closable) -> None:
        """The program has closed the socket itself, and its descriptor belongs to another connection."""
        connection.socket.detach()  # otherwise our `close` would close the other one
        self.end(connection, *_ERRORS[errno.EBADF][::-1])

    def on_socket_error(self, connection: Closable, error: OSError) -> None:
        """The socket failed."""
        number = error.errno or 0
        code, reason = _ERRORS.get(number) or (CloseCode.NETWORK_ERROR, os.strerror(number).lower())
        self.end(connection, reason, code, error)

    def end(self, connection: Closable, reason: str, code: str, error: OSError | None = None) -> None:
        """Close the socket at once; `error` is the error of the socket, if there was one."""
        if connection.state == CLOSED:
            return
        connection.state = CLOSED
        if not connection.reason:
            connection.reason, connection.code = reason, code
        unsent = connection.output.drop()
        self._deadlines.clear(connection)
        connection.reading.stop()
        try:  # not `suppress`: each connection would pay three calls for it
            connection.socket.close()
        except OSError:  # the descriptor is released all the same (close(2))
            pass
        connection.on_ended(unsent, error)
