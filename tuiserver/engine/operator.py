"""Execute the commands of watchers: one table from the type of a command to its handler.

Rules of this file:
- A new command is a type in `core/commands.py`, a handler here and a line in `HANDLERS`.
- A command is answered by the events it causes, or by one `Refused`. Any exception of a handler becomes a `Refused`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from tuiserver.core import commands
from tuiserver.core.codes import CloseCode, RefuseCode
from tuiserver.core.errors import error_words
from tuiserver.core.events import OPERATOR, Inspected, Refused
from tuiserver.core.payload import to_valid_utf8
from tuiserver.engine.connection import Connection
from tuiserver.engine.feed import Feed
from tuiserver.engine.loop import Loop
from tuiserver.engine.reading import BY_OPERATOR
from tuiserver.engine.socket_info import closed_socket_info
from tuiserver.protocols.base import LocalProtocolError

STOP_TIMEOUT = 5.0
"""Seconds for which a stopping server sends what is buffered."""


class Operated(Protocol):
    """The server, as far as commands are concerned."""

    loop: Loop
    feed: Feed
    connections: dict[int, Connection]

    def stop(self, timeout: float, token: int = 0) -> None:
        """Stop the server."""

    def answer_when_closed(self, connection: Connection, token: int) -> None:
        """Let the `Closed` of `connection` carry `token`."""


class Refusal(Exception):
    """The command cannot be done: a code of `RefuseCode`, and a text for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Operator:
    """Executes commands, in the thread of the loop."""

    def __init__(self, server: Operated) -> None:
        self._server = server

    def handle(self, command: commands.AnyCommand) -> None:
        """Execute a command, or emit one `Refused`; never raises."""
        code = RefuseCode.FAILED
        try:
            handler = HANDLERS.get(type(command))
            if handler is None:
                raise Refusal(
                    RefuseCode.UNKNOWN_COMMAND, f"this server does not know the command {type(command).__name__}"
                )
            handler(self._server, command)
        except Refusal as refusal:
            code, text = refusal.code, str(refusal)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            text = f"{type(command).__name__.lower()} failed: {error_words(error)}"
        else:
            return
        number, token = getattr(command, "id", 0), getattr(command, "token", 0)
        self._server.feed.emit(Refused(self._server.loop.now, token, number, code, to_valid_utf8(text)))


def _open_connection(server: Operated, number: int, verb: str) -> Connection:
    connection = server.connections.get(number)
    if connection is None or not connection.is_open:
        raise Refusal(RefuseCode.NOT_OPEN, f"cannot {verb} #{number}: it is closed")
    return connection


def _send(server: Operated, command: commands.Send) -> None:
    _send_message(_open_connection(server, command.id, "send to"), command.data, command.token)


def _send_message(connection: Connection, message: object, token: int) -> None:
    try:
        sent = connection.send(message, OPERATOR, token)
    except (LocalProtocolError, TypeError) as error:
        raise Refusal(RefuseCode.CANNOT_SEND, f"not sent to #{connection.id}: {error}") from None
    if not sent:
        raise Refusal(RefuseCode.NOT_OPEN, f"not sent to #{connection.id}: {connection.reason or 'it is closed'}")


def _answer(server: Operated, command: commands.Answer) -> None:
    connection = _open_connection(server, command.id, "answer")
    protocol = connection.wire_protocol
    failed = f"not sent to #{command.id}:"
    if not protocol.request_response:
        text = f"{failed} {protocol.name or 'a connection that is not identified'} has no requests with answers"
        raise Refusal(RefuseCode.NO_REQUESTS, text)
    if command.request and command.request <= connection.messages_in - protocol.pending_requests:
        raise Refusal(RefuseCode.ALREADY_ANSWERED, f"{failed} its request {command.request} has been answered")
    if not protocol.pending_requests:
        raise Refusal(RefuseCode.NOTHING_WAITS, f"{failed} no request waits for an answer")
    first = connection.messages_in - protocol.pending_requests + 1
    if command.request > first:
        raise Refusal(RefuseCode.CANNOT_SEND, f"{failed} its request {first} comes first")
    try:
        answer = protocol.answer(command)
    except LocalProtocolError as error:
        raise Refusal(RefuseCode.CANNOT_SEND, f"{failed} {error}") from None
    _send_message(connection, answer, command.token)


def _close(server: Operated, command: commands.Close) -> None:
    connection = server.connections.get(command.id)
    if connection is None or not (connection.is_open or command.reset):
        raise Refusal(RefuseCode.NOT_OPEN, f"cannot close #{command.id}: it is closed")
    server.answer_when_closed(connection, command.token)
    if command.reset:
        connection.abort("reset by operator", CloseCode.OPERATOR_RESET)
    else:
        connection.close("closed by operator", CloseCode.OPERATOR_CLOSED)


def _pause(server: Operated, command: commands.Pause) -> None:
    _open_connection(server, command.id, "pause").reading.hold_reading(BY_OPERATOR, command.token)


def _resume(server: Operated, command: commands.Resume) -> None:
    _open_connection(server, command.id, "resume").reading.release_reading(BY_OPERATOR, command.token)


def _inspect(server: Operated, command: commands.Inspect) -> None:
    connection = server.connections.get(command.id)
    if connection is not None:
        try:
            server.feed.emit(Inspected(server.loop.now, command.id, connection.inspect(), command.token))
            return
        except OSError:  # it has just ended
            pass
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a fault of its protocol
            connection.on_error(error)
            raise
    if command.local and command.peer:
        info = closed_socket_info(command.local, command.peer)
        server.feed.emit(Inspected(server.loop.now, command.id, info, command.token))
    elif command.token:  # without one it comes from a screen that has not seen the `Closed` yet
        raise Refusal(RefuseCode.NOT_OPEN, f"cannot inspect #{command.id}: it is closed")


def _stop(server: Operated, command: commands.Stop) -> None:
    server.stop(STOP_TIMEOUT, command.token)


HANDLERS: dict[type, Callable[[Operated, Any], None]] = {
    commands.Send: _send,
    commands.Answer: _answer,
    commands.Close: _close,
    commands.Pause: _pause,
    commands.Resume: _resume,
    commands.Inspect: _inspect,
    commands.Stop: _stop,
}
