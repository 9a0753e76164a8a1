"""Events: what happened on the server, as plain data for every consumer.

Rules of this file:
- An event is in the past tense and never changes. It holds int, float, str, bytes, and tuples and dicts of these.
- `at` is Unix time in seconds; sizes are bytes; `id` is the id of a connection, counted from 1 and never reused.
- A `code` is stable and for programs (`core.codes`); the text beside it is for people and may change.
- `token` is the token of the command that caused the event, or 0.

The commands that a watcher may send in return are in `commands.py`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from tuiserver.core.codes import GARBAGE, LooksLike, ReceivedKind

OPERATOR = "operator"
"""`Sent.by` of what a person at a console sent."""


Wants = Literal["lifecycle", "traffic", "everything"]
"""What a consumer of events gets: only lifecycle events (which include `Sent` by the operator); traffic too, as far as it
has capacity; or everything: then it misses nothing, and clients wait for it."""


class Event(msgspec.Struct, frozen=True, gc=False, tag_field="event"):
    """Something that happened. `at`: Unix time in seconds."""

    at: float


class Listening(Event, frozen=True, gc=False, tag="listening"):
    """A listener is open. `address` is its full form with the real port: `tcp://127.0.0.1:9999`."""

    address: str


class Unopened(Event, frozen=True, gc=False, tag="unopened"):
    """An address could not be opened; `reason` says why. The server serves the other addresses."""

    address: str
    reason: str


class Connected(Event, frozen=True, gc=False, tag="connected"):
    """A client was accepted. `protocol` is empty until its first bytes have identified it. `framed`: see `Identified`."""

    id: int
    peer: str
    local: str
    address: str
    protocol: str = ""
    framed: bool = False


class Identified(Event, frozen=True, gc=False, tag="identified"):
    """The protocol of a connection is known from its first bytes. `framed`: its messages have boundaries.

    Where the address names no protocol, `looks_like` is what the client meant, one of `LooksLike` or empty, and `text` its name
    with the reason. It is a note: the connection is served as `protocol`, which is still empty if a client was silent so far.
    """

    id: int
    protocol: str
    framed: bool = False
    looks_like: str = ""
    text: str = ""


def identified_text(event: Identified) -> str:
    """What is to be said of an `Identified`: `speaks raw, looks like SSH: SSH-2.0-OpenSSH_9.2`."""
    if event.looks_like == LooksLike.SILENT:
        return event.text
    if event.looks_like in ("", event.protocol):
        return f"speaks {event.protocol}"
    return f"speaks {event.protocol}, {finding_text(event.looks_like, event.text)}"


def finding_text(looks_like: str, text: str) -> str:
    """What is to be said of a client by the fields of its `Identified`: `looks like SSH: SSH-2.0-OpenSSH_9.2`."""
    return text if looks_like == LooksLike.SILENT else f"looks like {text}"


class Received(Event, frozen=True, gc=False, tag="received", omit_defaults=True):
    """A message was received. Raw: the bytes of one read; HTTP: the head as received and the decoded body.

    `kind` is empty for a message. Bytes that are not a message, or not yet, are shown too: `kind` is then one of `ReceivedKind`,
    `code` says why, and `messages_in` does not count it. Nothing is shown twice: what came before the protocol was identified
    is not repeated in the message that it belongs to.
    """

    id: int
    data: bytes
    size: int
    kind: str = ""
    code: str = ""


def kind_text(event: Received) -> str:
    """What is to be said beside the bytes of an event that is not a message: `refused: protocol_error`. Empty for messages."""
    if not event.kind or event.kind == ReceivedKind.UNIDENTIFIED:
        return ""
    if event.code == GARBAGE:
        return f"skipped {event.size} byte{'s' * (event.size != 1)} of garbage"
    return f"{event.kind}: {event.code}" if event.code else event.kind


class Sent(Event, frozen=True, gc=False, tag="sent"):
    """A message was accepted for sending. `by` names the sender: `operator`, or the program."""

    id: int
    data: bytes
    size: int
    by: str = ""
    token: int = 0


class Totals(NamedTuple):
    """Running totals of one connection; `queued` is the size of its send buffer in bytes, `pending` the number of requests that
    wait for an answer now."""

    id: int
    bytes_in: int
    bytes_out: int
    messages_in: int
    messages_out: int
    queued: int
    pending: int = 0


class Traffic(Event, frozen=True, gc=False, tag="traffic"):
    """The exact totals of every connection whose totals changed since the last `Traffic`; at most four a second.

    In addition, the totals of a connection follow a `Sent` with a token, and once more when its send buffer is empty.
    """

    totals: tuple[Totals, ...]


class Paused(Event, frozen=True, gc=False, tag="paused"):
    """Reading from a connection stopped. `why` is for people, `code` one of `PauseCode`."""

    id: int
    why: str
    code: str = ""
    token: int = 0


class Resumed(Event, frozen=True, gc=False, tag="resumed"):
    """Reading from a connection resumed."""

    id: int
    token: int = 0


class Ended(Event, frozen=True, gc=False, tag="ended"):
    """The peer has finished sending, and its last message has no answer yet: it can be answered for `seconds` from `at` on."""

    id: int
    seconds: float


class Closed(Event, frozen=True, gc=False, tag="closed"):
    """A connection ended. `reason` is for people; `code` is one of `CloseCode`, or what a program passed to `close` or `abort`.

    The totals are final; `unsent` is the number of bytes that were never sent. `closing_at` is when closing began, after which
    only what was buffered was sent; 0 if the connection ended at once. `duration` is how many seconds it was open, also where
    the clock was set in the meantime.
    """

    id: int
    reason: str
    bytes_in: int
    bytes_out: int
    messages_in: int
    messages_out: int
    unsent: int = 0
    code: str = ""
    token: int = 0
    closing_at: float = 0.0
    duration: float = 0.0


class Noted(Event, frozen=True, gc=False, tag="noted"):
    """A line for the log and the screen: `level` is `info`, `warning` or `error`; `id` is 0 if it concerns no connection.

    `detail` holds what only the log shows: the traceback of a callback. `code` is one of `NoteCode`.
    """

    level: str
    text: str
    id: int = 0
    detail: str = ""
    code: str = ""


class Refused(Event, frozen=True, gc=False, tag="refused"):
    """A command could not be done: `code` is one of `RefuseCode`, `id` the connection it was for or 0."""

    token: int
    id: int
    code: str
    text: str


class Inspected(Event, frozen=True, gc=False, tag="inspected"):
    """What the kernel, the system and the protocol know about a connection: the answer to `Inspect`. Unknown values are absent.

    The names of `info` are those of `engine.socket_info`, and `unsent`, `max_unsent` (more pauses reading), `unfinished` (bytes
    of a message that has begun), `held`, `pending_requests` and `mid_message`.
    """

    id: int
    info: dict[str, float | int | str]
    token: int = 0


class Skipped(Event, frozen=True, gc=False, tag="skipped"):
    """A watcher could not keep up: this many messages of this many bytes are missing here. Totals stay exact.

    `lifecycle` is empty, or counts the other events that are missing, by kind. Then the present state follows, as for a watcher
    that has just begun: connections that are open are reported as `Connected` again, and all others have ended. A command whose
    answer is among what is missing may have been refused.
    """

    messages: int
    bytes: int
    lifecycle: dict[str, int] = {}


class Read(Event, frozen=True, gc=False, tag="read"):
    """Bytes as received from a socket, before the protocol. Only emitted while a sink asks for wire events."""

    id: int
    data: bytes


class Wrote(Event, frozen=True, gc=False, tag="wrote"):
    """Bytes that a socket accepted, after the protocol. Only emitted while a sink asks for wire events."""

    id: int
    data: bytes


AnyEvent = (
    Listening
    | Unopened
    | Connected
    | Identified
    | Received
    | Sent
    | Traffic
    | Paused
    | Resumed
    | Ended
    | Closed
    | Noted
    | Refused
    | Inspected
    | Skipped
    | Read
    | Wrote
)


def is_lifecycle(event: AnyEvent) -> bool:
    """True for events that are skipped last: all but traffic, and `Sent` by the operator or with a token."""
    kind = type(event)
    if kind is Sent:
        return event.by == OPERATOR or event.token != 0  # type: ignore[union-attr]
    return kind is not Received and kind is not Traffic and kind is not Skipped and not is_wire(event)


def tag_of(event: Event | type[Event]) -> str:
    """The name of an event in JSON: `connected`, `received` …"""
    return str(event.__struct_config__.tag)


def is_wire(event: AnyEvent) -> bool:
    """True for bytes on the wire, which only some sinks get."""
    return type(event) is Read or type(event) is Wrote


_encoder = msgspec.json.Encoder()
encode = _encoder.encode
"""Event → one JSON object as bytes, without a line ending."""
decode = msgspec.json.Decoder(AnyEvent).decode
"""JSON object as bytes → event; raises `msgspec.DecodeError` or `msgspec.ValidationError`."""
