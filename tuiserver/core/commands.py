"""The wishes: what a watcher asks of the server.

Rules of this file:
- A command is in the imperative and is plain data, like the events in `events.py`.
- It has no result. What became of it comes back as events: `Sent`, `Closed`, `Paused`, `Inspected`, or a `Noted` that says
  why not.
"""

from __future__ import annotations

import msgspec


class Command(msgspec.Struct, frozen=True, gc=False, tag_field="command"):
    """A wish."""


class Send(Command, frozen=True, gc=False, tag="send"):
    """Send `data` to connection `id`, framed by its protocol: to an HTTP client it goes as the body of a response."""

    id: int
    data: bytes


class Close(Command, frozen=True, gc=False, tag="close"):
    """Close connection `id`: flush first, or `reset` at once."""

    id: int
    reset: bool = False


class Pause(Command, frozen=True, gc=False, tag="pause"):
    """Stop reading from connection `id`."""

    id: int


class Resume(Command, frozen=True, gc=False, tag="resume"):
    """Read from connection `id` again."""

    id: int


class Inspect(Command, frozen=True, gc=False, tag="inspect"):
    """Look at connection `id`, once; what is known of it comes as `Inspected`. Of one that is closed nothing comes."""

    id: int


class Stop(Command, frozen=True, gc=False, tag="stop"):
    """Stop the server: no more accepting, what is queued is written out, then it ends."""


AnyCommand = Send | Close | Pause | Resume | Inspect | Stop

encode = msgspec.json.Encoder().encode
"""Command → one JSON object as bytes."""
decode = msgspec.json.Decoder(AnyCommand).decode
"""JSON object as bytes → command; raises `msgspec.DecodeError` or `msgspec.ValidationError` for what is none."""
