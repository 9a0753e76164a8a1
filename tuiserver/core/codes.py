"""Stable codes in events: programs and scripts decide by the code, people read the text beside it.

Rules of this file:
- A code is part of the contract with scripts: it is never renamed and never reused. The text may change at any time.
- A program may pass a code of its own to `close` and `abort`. Its notes (`Worker.note`) have an empty code.
"""

from __future__ import annotations


class CloseCode:
    """Why a connection ended: `Closed.code`."""

    PEER_CLOSED = "peer_closed"
    """The peer closed the connection. It was owed no answer, or has got one."""
    NOT_ANSWERED = "not_answered"
    """The peer finished sending, and its last message was not answered within `half_close`."""
    PEER_RESET = "peer_reset"
    """The peer reset the connection (ECONNRESET, EPIPE)."""
    TIMED_OUT = "timed_out"
    """The peer does not answer any more (ETIMEDOUT)."""
    NETWORK_ERROR = "network_error"
    """Any other error of the socket."""
    IDLE_TIMEOUT = "idle_timeout"
    """Nothing was received for `idle_timeout`."""
    HANDSHAKE_TIMEOUT = "handshake_timeout"
    """The client did not begin within `handshake_timeout`."""
    REQUEST_TIMEOUT = "request_timeout"
    """A request did not end within `request_timeout`."""
    PROTOCOL_ERROR = "protocol_error"
    """The peer broke the rules of the protocol, or sent more than a limit allows."""
    ANSWERED = "answered"
    """The last answer has been sent, and the peer or the answer asked to close."""
    PROGRAM_CLOSED = "program_closed"
    """The program called `close()`."""
    PROGRAM_RESET = "program_reset"
    """The program called `abort()`."""
    OPERATOR_CLOSED = "operator_closed"
    """The operator closed it, after sending what was buffered."""
    OPERATOR_RESET = "operator_reset"
    """The operator reset it."""
    CALLBACK_FAILED = "callback_failed"
    """A callback of the program raised an exception."""
    SEND_OVERFLOW = "send_overflow"
    """The program sent more than the peer reads."""
    SERVER_STOPPED = "server_stopped"
    """The server was stopped."""
    INTERNAL_ERROR = "internal_error"
    """A fault of tuiserver or of the protocol; the log has the traceback."""


RESETS = frozenset({CloseCode.PEER_RESET, CloseCode.PROGRAM_RESET, CloseCode.OPERATOR_RESET})
"""The close codes of connections that ended with a reset (RST)."""
FAILURES = frozenset(
    {
        CloseCode.PEER_RESET,
        CloseCode.TIMED_OUT,
        CloseCode.NETWORK_ERROR,
        CloseCode.PROTOCOL_ERROR,
        CloseCode.CALLBACK_FAILED,
        CloseCode.SEND_OVERFLOW,
        CloseCode.INTERNAL_ERROR,
    }
)
"""The close codes of connections that failed."""


class ReceivedKind:
    """Bytes that are not a message, or not yet: `Received.kind`. `Received.code` is a `CloseCode`, `empty_line` or `garbage`."""

    UNIDENTIFIED = "unidentified"
    """Read before the protocol was identified. If it turns out to be raw, this is a message, and counted as one then."""
    REFUSED = "refused"
    """The protocol refused it; `code` is the close code that follows."""
    UNFINISHED = "unfinished"
    """The connection ended before the message did."""
    DISCARDED = "discarded"
    """Nobody gets it: it came after the last message that was served, or it means nothing (`empty_line`, `garbage`)."""


EMPTY_LINE = "empty_line"
"""The `Received.code` of empty lines before an HTTP request."""
GARBAGE = "garbage"
"""The `Received.code` of bytes that a protocol skipped because they belong to no message."""


class LooksLike:
    """What the first bytes of a client look like where its address names no protocol: `Identified.looks_like`."""

    AMQP = "amqp"
    """AMQP 0-8 to 1.0: a client of a message broker."""
    DNS = "dns"
    """DNS over TCP."""
    FIX = "fix"
    """Financial Information eXchange."""
    GT06 = "gt06"
    """A GPS tracker that speaks the protocol of GT06."""
    HTTP = "http"
    """HTTP/1.0 or 1.1."""
    HTTP2 = "http2"
    """HTTP/2 without TLS, by prior knowledge."""
    MODBUS = "modbus"
    """Modbus/TCP."""
    MQTT = "mqtt"
    """MQTT 3.1 to 5.0."""
    NMEA = "nmea"
    """NMEA 0183: a GPS receiver, or another instrument of a ship."""
    POSTGRESQL = "postgresql"
    """A client of PostgreSQL."""
    PROXY = "proxy"
    """The header of the PROXY protocol, version 1 or 2: a load balancer is in between."""
    RESP = "resp"
    """A client of Redis."""
    SILENT = "silent"
    """No byte in 3 s: the client waits for a greeting, as those of MySQL, SMTP and FTP do."""
    SIP = "sip"
    """SIP: a telephone."""
    SSH = "ssh"
    """SSH."""
    STOMP = "stomp"
    """STOMP: a client of a message broker."""
    SYSLOG = "syslog"
    """Syslog."""
    TELNET = "telnet"
    """A telnet client that negotiates options."""
    TELTONIKA = "teltonika"
    """A GPS tracker of Teltonika."""
    TLS = "tls"
    """TLS: the client expects an encrypted connection."""
    WEBSOCKET = "websocket"
    """An HTTP request to change to WebSocket."""


class PauseCode:
    """Who or what paused reading: `Paused.code`."""

    OPERATOR = "operator"
    """The operator."""
    PROGRAM = "program"
    """The program called `pause_reading()`."""
    BUFFER_FULL = "buffer_full"
    """The send buffer is full: the peer does not read."""


class NoteCode:
    """What the server notes about itself: `Noted.code`."""

    CLIENT_REFUSED = "client_refused"
    """A client that was accepted could not be served."""
    ACCEPT_FAILED = "accept_failed"
    """No client can be accepted for the moment: the system is out of descriptors or memory."""
    MAX_CONNECTIONS = "max_connections"
    """`max_connections` is reached; further clients wait."""
    SLOW_CALLBACK = "slow_callback"
    """A callback took long and blocked the other clients."""
    CALLBACK_ERROR = "callback_error"
    """A callback raised an exception."""
    SERVER_FAILED = "server_failed"
    """The server ended because of a fault."""
    SINK_FAILED = "sink_failed"
    """A consumer of events raised an exception and gets no more events."""
    READER_SLOW = "reader_slow"
    """Clients wait for a reader that must not miss anything."""
    LOG_FAILED = "log_failed"
    """The log file cannot be written; the log continues in memory."""
    DECODER_OFF = "decoder_off"
    """The decoder of a connection failed or took long, and decodes no more of its messages."""


class RefuseCode:
    """Why a command could not be done: `Refused.code`."""

    NOT_OPEN = "not_open"
    """There is no such connection, or it is closing or closed."""
    CANNOT_SEND = "cannot_send"
    """The protocol cannot send that, or not now."""
    NO_REQUESTS = "no_requests"
    """The protocol of the connection has no requests that are answered with a status."""
    NOTHING_WAITS = "nothing_waits"
    """No request of this client waits for an answer."""
    ALREADY_ANSWERED = "already_answered"
    """The request that was meant has been answered."""
    FAILED = "failed"
    """The handler of the command raised an error."""
    UNKNOWN_COMMAND = "unknown_command"
    """The server does not know the command."""
    INVALID_COMMAND = "invalid_command"
    """A line of stdin is not a command: it is not a JSON object, or a field is missing or wrong."""
