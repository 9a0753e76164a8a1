"""Commands: what a watcher asks of the server.

Rules of this file:
- A command is in the imperative and is plain data, like the events in `events.py`.
- It returns nothing. Its effect comes back as events (`Sent`, `Closed`, `Paused`, `Resumed`, `Inspected`), or as one
  `Refused` that says why it could not be done.
- `token` is chosen by the sender; every event that the command causes carries it. 0 asks for none.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import msgspec

MAX_NUMBER = (1 << 53) - 1
"""The greatest id or token: JSON has it exactly in any language."""
Number = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]
Part = Literal["whole", "head", "chunk", "end"]
"""What an answer is: all of it, or its beginning, further bytes of its body, or its end."""
PARTS: tuple[Part, ...] = get_args(Part)


class Command(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="command"):
    """A request."""

    token: Number = 0


class Send(Command, frozen=True, gc=False, tag="send"):
    """Send `data` to connection `id`, framed by its protocol: to an HTTP client it goes as the body of a response."""

    id: Number
    data: bytes


class Answer(Command, frozen=True, gc=False, tag="answer"):
    """Answer the first request of connection `id` that waits, with a status, headers and a body.

    `content_type` is a media type or one of the words `json text html form xml octet`; empty leaves the header out. `request` is
    the number of the request that is meant, counted from 1 on each connection: the answer is refused if that is not the first
    one that waits. 0 means whichever that is. `part` is `whole`, or `head`, `chunk` … and `end` to send an answer in parts; a
    status from 100 to 199 is sent in addition, before the answer.
    """

    id: Number
    status: int = 200
    content_type: str = ""
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    part: Part = "whole"
    request: Number = 0


class Close(Command, frozen=True, gc=False, tag="close"):
    """Close connection `id` after sending what is buffered, or at once with a `reset`."""

    id: Number
    reset: bool = False


class Pause(Command, frozen=True, gc=False, tag="pause"):
    """Stop reading from connection `id`."""

    id: Number


class Resume(Command, frozen=True, gc=False, tag="resume"):
    """Read from connection `id` again."""

    id: Number


class Inspect(Command, frozen=True, gc=False, tag="inspect"):
    """Ask what the kernel, the system and the protocol know about connection `id`; the answer is one `Inspected`.

    If it is closed, `local` and `peer` are its addresses: the answer is what the system still knows about it.
    """

    id: Number
    local: str = ""
    peer: str = ""


class Stop(Command, frozen=True, gc=False, tag="stop"):
    """Stop the server: it stops accepting clients, sends what is buffered, and closes all connections."""


AnyCommand = Send | Answer | Close | Pause | Resume | Inspect | Stop


def tag_of(command: Command | type[Command]) -> str:
    """The name of a command in JSON: `send`, `close` …"""
    return str(command.__struct_config__.tag)


TAGS = frozenset(tag_of(kind) for kind in Command.__subclasses__())
"""The names of all commands."""

encode = msgspec.json.Encoder().encode
"""Command → one JSON object as bytes."""
decode = msgspec.json.Decoder(AnyCommand).decode
"""JSON object as bytes → command; raises `msgspec.DecodeError` or `msgspec.ValidationError`."""
