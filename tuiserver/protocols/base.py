"""The interfaces between the engine and protocols: `Protocol`, one object per connection, and `Factory`, which makes them.

Rules of this file:
- Sans-I/O: a protocol has no socket, no clock and no thread. Bytes go in; messages, and bytes to send, come out.
- Misbehaviour of a peer never raises: the protocol sets `closing` and delivers nothing more.
- A message that cannot be sent raises `LocalProtocolError` at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from typing import Protocol as Interface

from tuiserver.core.commands import Answer


class LocalProtocolError(ValueError):
    """The protocol cannot send this message, now or ever; `str()` says why in one line."""


class NotYet(Exception):
    """A message answers a request that others wait in front of. It is encoded again when `Protocol.turn` is its `position`."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class Closing(NamedTuple):
    """Why a protocol closes its connection: a code (one of `core.codes.CloseCode`, or your own) and a reason for people."""

    code: str
    reason: str


class Undelivered(NamedTuple):
    """Bytes received that are in no message: views show them with this kind (`core.codes.ReceivedKind`) and this code."""

    data: bytes
    kind: str
    code: str


class Finding(NamedTuple):
    """What a client looks like: a code (`core.codes.LooksLike`), and the words for people with the reason."""

    code: str
    text: str


class Successor(NamedTuple):
    """The protocol that takes over, and the bytes it has to receive first.

    `shown`: earlier reads, which it has to receive before these, and which views have seen as `Undelivered`.
    `finding`: what the first bytes look like, for views.
    """

    protocol: Protocol
    received: bytes
    shown: tuple[bytes, ...] = ()
    finding: Finding | None = None


class Protocol(Interface):
    """The interface of a protocol object.

    `needs_service` is the only attribute that is read for every message. A protocol sets it to True whenever
    `take_output`, `deadline`, `closing`, `successor`, `undelivered` or `pending_requests` has news; the connection then reads
    all of these and sets it back to False.
    """

    needs_service: bool
    deadline: float | None
    """Seconds from now until `on_deadline` is to be called, 0 for never. None keeps the current deadline; the connection
    resets it to None after reading it."""
    closing: Closing | None
    """Not None: close the connection once everything encoded so far has been sent."""
    successor: Successor | None
    """The protocol that takes over."""
    pending_requests: int
    """Messages of the peer that wait for an answer. The connection stops reading when there are too many."""

    @property
    def turn(self) -> int:
        """The position of the messages that need not wait any more, of those that `NotYet` was raised for."""

    @property
    def name(self) -> str:
        """Its name in views, such as `http`; empty while the protocol is not identified yet."""

    @property
    def undelivered(self) -> Sequence[Undelivered]:
        """What was received and will be in no message: all that is refused or ignored, until `take_undelivered` takes it."""

    @property
    def passthrough(self) -> bool:
        """True where every read is one message and messages are sent as they are: `receive` and `encode` are not called."""

    @property
    def framed(self) -> bool:
        """True where messages have boundaries: a file is sent as one message, not in pieces."""

    @property
    def request_response(self) -> bool:
        """True where each message of the peer gets one answer."""

    @property
    def nouns(self) -> tuple[str, str]:
        """What views call received and sent messages: `("requests", "responses")`."""

    @property
    def idle_timeout(self) -> float:
        """Seconds without data from the peer after which it is closed, unless `Limits.idle_timeout` is set; 0 for never."""

    @property
    def mid_message(self) -> bool:
        """True from the first byte of a message to its last."""

    @property
    def ignored(self) -> bool:
        """True if the last read had nothing but what is ignored, such as empty lines: that is not activity."""

    @property
    def buffered(self) -> int:
        """Bytes that it holds of a message that is not complete; `needs_service` says that it has changed."""

    def receive(self, data: bytes) -> Sequence[Any]:
        """Take the bytes of one read; return the messages they complete.

        An `Undelivered` between them is shown in its place; the protocol sets `needs_service` then.
        """

    def receive_eof(self) -> Sequence[Any]:
        """The peer has shut down writing; return the messages this completes.

        The connection is closed afterwards, unless the peer is owed an answer: to its last message, or to `pending_requests`.
        """

    def take_undelivered(self) -> Sequence[Undelivered]:
        """What is in `undelivered`, once."""

    def take_unfinished(self) -> bytes:
        """The connection ends: what was received of a message that is not complete, once; may be empty."""

    def shown(self, message: Any) -> bytes:
        """The bytes of a received message that views show."""

    def encode(self, message: Any, now: float) -> tuple[bytes, bytes]:
        """The bytes to send for `message`, and the bytes of it that views show. `now` is Unix time in seconds.

        Raises `LocalProtocolError`, or `TypeError` for a message of a wrong type; `NotYet` for one that has to wait for its turn.
        """

    def answer(self, answer: Answer) -> Any:
        """The message for `encode` that an operator's answer to a request stands for; only with `request_response`.

        Raises `LocalProtocolError`.
        """

    def take_output(self, now: float) -> tuple[bytes, bytes]:
        """Bytes that the protocol sends on its own (handshake, pong, `100 Continue`, an error answer), once.

        They go out before the answers to messages of the same read. The second value is what views show of them: empty if they
        are not a message and only count as bytes.
        """

    def farewell(self, now: float) -> bytes:
        """Last bytes to send before the stream is closed, such as a close frame; may be empty."""

    def on_deadline(self) -> Sequence[Any] | None:
        """The time of `deadline` has passed; return the messages that this completes, if there are any."""


class Factory(Interface):
    """What the connections of one server share for a protocol, and how a protocol object is made."""

    @property
    def name(self) -> str:
        """The name of the protocol in addresses and on the command line."""

    def create(self) -> Protocol:
        """The protocol object of one more connection."""


class ProtocolBase:
    """Defaults for the whole of `Protocol`: a simple protocol derives from it and defines `name`, `receive` and `encode`."""

    name = ""
    passthrough = False
    framed = True
    request_response = False
    nouns = ("messages in", "out")
    idle_timeout = 0.0
    needs_service = False
    deadline: float | None = None
    closing: Closing | None = None
    successor: Successor | None = None
    undelivered: Sequence[Undelivered] = ()
    mid_message = False
    ignored = False
    buffered = 0
    pending_requests = 0
    turn = 0

    def receive(self, data: bytes) -> Sequence[Any]:
        """As `Protocol.receive`: every read is one message."""
        return (data,)

    def receive_eof(self) -> Sequence[Any]:
        """As `Protocol.receive_eof`: nothing is completed."""
        return ()

    def take_undelivered(self) -> Sequence[Undelivered]:
        """As `Protocol.take_undelivered`."""
        undelivered, self.undelivered = self.undelivered, ()
        return undelivered

    def take_unfinished(self) -> bytes:
        """As `Protocol.take_unfinished`: nothing."""
        return b""

    def shown(self, message: Any) -> bytes:
        """As `Protocol.shown`: bytes as they are, other messages as their text."""
        return message if isinstance(message, bytes) else str(message).encode("utf-8", "backslashreplace")

    def encode(self, message: Any, now: float) -> tuple[bytes, bytes]:
        """As `Protocol.encode`: bytes and text as they are."""
        data = to_bytes(message)
        return data, data

    def answer(self, answer: Answer) -> Any:
        """As `Protocol.answer`: there is none with a status."""
        raise LocalProtocolError(f"an answer of {self.name} has no status: send its bytes")

    def take_output(self, now: float) -> tuple[bytes, bytes]:
        """As `Protocol.take_output`: nothing."""
        return b"", b""

    def farewell(self, now: float) -> bytes:
        """As `Protocol.farewell`: nothing."""
        return b""

    def on_deadline(self) -> Sequence[Any] | None:
        """As `Protocol.on_deadline`: there is none."""
        return ()


class SimpleFactory:
    """A `Factory` over any callable that makes a protocol object, such as a class of a program.

    What a class does not define of `Protocol` is that of `ProtocolBase`, also if it does not derive from it.
    """

    def __init__(self, create: Callable[..., Protocol], name: str = "") -> None:
        self.name = name or str(getattr(create, "name", "") or getattr(create, "__name__", "custom").lower())
        self.create = _complete(create, self.name) if isinstance(create, type) else create


def _complete(kind: type, name: str) -> type:
    """The class itself, or a class derived from it and `ProtocolBase` if it lacks something and does not delegate."""
    defaults = [each for each in vars(ProtocolBase) if not each.startswith("_")]
    if all(hasattr(kind, each) for each in defaults) or hasattr(kind, "__getattr__"):
        return kind
    own_name = str(getattr(kind, "name", "") or name)
    return type(kind.__name__, (kind, ProtocolBase), {"__module__": kind.__module__, "name": own_name})


def describe(protocol: Protocol) -> dict[str, int | str]:
    """What a protocol reports about itself in an `Inspected`.

    `received_noun` and `sent_noun` (what messages are called); where messages have boundaries `pending_requests` (messages
    that wait for an answer) and `mid_message` (one has begun); `request_response` where each message gets one answer.
    """
    received, sent = protocol.nouns
    info: dict[str, int | str] = {"received_noun": received, "sent_noun": sent}
    if protocol.framed:
        info["pending_requests"] = protocol.pending_requests
        info["mid_message"] = int(protocol.mid_message)
    if protocol.request_response:
        info["request_response"] = 1
    return info


def to_bytes(message: Any) -> bytes:
    """The bytes of a message that is sent as it is, text as UTF-8; raises `TypeError` for anything else."""
    if isinstance(message, str):
        return message.encode()
    if isinstance(message, (bytes, bytearray, memoryview)):
        return bytes(message)
    raise TypeError(f"a raw connection sends bytes or str, not {type(message).__name__}")
