"""The facts: what happened on the server, told to whoever watches.

Rules of this file:
- An event is in the past tense and never changes; what it holds is plain data: int, float, str, bytes, tuples and dicts of
  these.
- `at` is always Unix time in seconds; sizes are always bytes; `id` is always a connection's id, counted from 1 and never reused.
- An event is JSON by `encode`, one object, `data` as base64: the same in a pipe, a file or a socket.

What a watcher may wish in return stands in `commands.py`.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

OPERATOR = "operator"
"""`Sent.by` of what a person at a console sent."""


class Event(msgspec.Struct, frozen=True, gc=False, tag_field="event"):
    """A fact. `at`: when, Unix time in seconds."""

    at: float


class Listening(Event, frozen=True, gc=False, tag="listening"):
    """A listener is open. `address` is its full form with the real port: `tcp://127.0.0.1:9999`."""

    address: str


class Unopened(Event, frozen=True, gc=False, tag="unopened"):
    """An address is not listened on, for `reason` in words: others are, and the server goes on with those."""

    address: str
    reason: str


class Connected(Event, frozen=True, gc=False, tag="connected"):
    """A client was accepted. `protocol` is empty while the first bytes have yet to tell it."""

    id: int
    peer: str
    local: str
    address: str
    protocol: str = ""


class Identified(Event, frozen=True, gc=False, tag="identified"):
    """The first bytes told the protocol of a connection: `http` or `raw`."""

    id: int
    protocol: str


class Received(Event, frozen=True, gc=False, tag="received"):
    """One message came in: raw, the bytes of one read; http, the head as it came and the body decoded."""

    id: int
    data: bytes
    size: int


class Sent(Event, frozen=True, gc=False, tag="sent"):
    """One message was taken for sending, as the bytes that go out. `by` names who sent it: `operator`, or the program."""

    id: int
    data: bytes
    size: int
    by: str = ""


class Totals(NamedTuple):
    """Running totals of one connection; `queued` is what waits to be sent, in bytes."""

    id: int
    bytes_in: int
    bytes_out: int
    messages_in: int
    messages_out: int
    queued: int


class Traffic(Event, frozen=True, gc=False, tag="traffic"):
    """The exact totals of every connection that moved since the last one of these; at most four a second."""

    totals: tuple[Totals, ...]


class Paused(Event, frozen=True, gc=False, tag="paused"):
    """Reading from a connection stopped. `why` is `operator`, `program`, or `buffer full`."""

    id: int
    why: str


class Resumed(Event, frozen=True, gc=False, tag="resumed"):
    """Reading from a connection goes on."""

    id: int


class Closed(Event, frozen=True, gc=False, tag="closed"):
    """A connection ended, for `reason` in words. The totals are final; `unsent` is what never left, in bytes."""

    id: int
    reason: str
    bytes_in: int
    bytes_out: int
    messages_in: int
    messages_out: int
    unsent: int = 0


class Noted(Event, frozen=True, gc=False, tag="noted"):
    """Something worth a line: `level` is `info`, `warning` or `error`; `id` is 0 when it is about no one connection.

    `detail` holds what is for the log only: the traceback of a program's callback.
    """

    level: str
    text: str
    id: int = 0
    detail: str = ""


class Inspected(Event, frozen=True, gc=False, tag="inspected"):
    """What kernel, system and protocol know of a connection just now; somebody asked. `facts`: see `facts.py`.

    What they do not tell is not in it.
    """

    id: int
    facts: dict[str, float | int | str]


class Skipped(Event, frozen=True, gc=False, tag="skipped"):
    """A view could not keep up: so many messages of so many bytes are missing here. Totals stay exact."""

    messages: int
    bytes: int


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
    | Closed
    | Noted
    | Inspected
    | Skipped
)


def is_lifecycle(event: AnyEvent) -> bool:
    """True for what no view may miss: everything but traffic, and what the operator sent."""
    kind = type(event)
    if kind is Sent:
        return event.by == OPERATOR  # type: ignore[union-attr]
    return kind is not Received and kind is not Traffic and kind is not Skipped


_encoder = msgspec.json.Encoder()
encode = _encoder.encode
"""Event → one JSON object as bytes, without a line ending."""
decode = msgspec.json.Decoder(AnyEvent).decode
"""JSON object as bytes → event; raises `msgspec.DecodeError` or `msgspec.ValidationError` for what is none."""
