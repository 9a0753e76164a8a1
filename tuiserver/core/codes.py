"""Stable codes beside the words of events: programs and scripts decide by these, people read the words.

Rules of this file:
- A code is contract: it is never renamed and never reused. The words beside it may change at any time.
- An empty code means that a program gave the words.
"""

from __future__ import annotations


class CloseCode:
    """Why a connection ended: `Closed.code`."""

    PEER_CLOSED = "peer_closed"
    PEER_RESET = "peer_reset"
    TIMED_OUT = "timed_out"
    """The network gave up on the peer (ETIMEDOUT)."""
    NETWORK_ERROR = "network_error"
    """Any other error of the socket."""
    IDLE_TIMEOUT = "idle_timeout"
    HANDSHAKE_TIMEOUT = "handshake_timeout"
    REQUEST_TIMEOUT = "request_timeout"
    PROTOCOL_ERROR = "protocol_error"
    ANSWERED = "answered"
    """The last answer has been sent, and the peer or the answer asked to close."""
    PROGRAM_CLOSED = "program_closed"
    PROGRAM_RESET = "program_reset"
    OPERATOR_CLOSED = "operator_closed"
    OPERATOR_RESET = "operator_reset"
    CALLBACK_FAILED = "callback_failed"
    SEND_OVERFLOW = "send_overflow"
    """The program sent more than the peer reads."""
    SERVER_STOPPED = "server_stopped"
    INTERNAL_ERROR = "internal_error"


RESETS = frozenset({CloseCode.PEER_RESET, CloseCode.PROGRAM_RESET, CloseCode.OPERATOR_RESET})
"""The close codes of connections that ended with a reset (RST)."""


class PauseCode:
    """Who or what paused reading: `Paused.code`."""

    OPERATOR = "operator"
    PROGRAM = "program"
    BUFFER_FULL = "buffer_full"
    """The send buffer is full: the peer does not read."""


class NoteCode:
    """What the server notes about itself: `Noted.code`."""

    CLIENT_REFUSED = "client_refused"
    ACCEPT_FAILED = "accept_failed"
    MAX_CONNECTIONS = "max_connections"
    SLOW_CALLBACK = "slow_callback"
    CALLBACK_ERROR = "callback_error"
    SERVER_FAILED = "server_failed"
    SINK_FAILED = "sink_failed"
    READER_SLOW = "reader_slow"
    LOG_FAILED = "log_failed"


class RefuseCode:
    """Why a command could not be done: `Refused.code`."""

    NOT_OPEN = "not_open"
    """There is no such connection, or it is closing or closed."""
    CANNOT_SEND = "cannot_send"
    """The protocol cannot send that, or not now."""
    FAILED = "failed"
    """The handler of the command raised an error."""
    UNKNOWN_COMMAND = "unknown_command"
