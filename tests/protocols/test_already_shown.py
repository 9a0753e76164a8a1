"""What was shown before a protocol was identified is not shown again."""

from __future__ import annotations

from typing import cast

from tuiserver.protocols.already_shown import AlreadyShown
from tuiserver.protocols.base import Protocol, ProtocolBase, Undelivered


class Kept(ProtocolBase):
    """A protocol that refuses what begins with `!` and keeps what begins with `?`."""

    name = "kept"

    def __init__(self) -> None:
        self.rest = b""

    def receive(self, data: bytes) -> tuple[bytes, ...]:
        if data.startswith(b"!"):
            self.undelivered = (Undelivered(data, "refused", "protocol_error"),)
            return ()
        if data.startswith(b"?"):
            self.rest += data
            return ()
        return (data,)

    def take_unfinished(self) -> bytes:
        rest, self.rest = self.rest, b""
        return rest


def wrapped(size: int) -> tuple[Kept, Protocol]:
    """A protocol, and the same with `size` bytes shown already."""
    inner = Kept()
    return inner, cast(Protocol, AlreadyShown(inner, size))


def test_messages_are_whole_for_the_program_and_cut_for_views() -> None:
    """The cut goes on in the next message where one is shorter than what was shown."""
    _, protocol = wrapped(5)
    assert [(message, protocol.shown(message)) for message in protocol.receive(b"abc")] == [(b"abc", b"")]
    assert protocol.shown(b"defg") == b"fg"
    assert protocol.shown(b"hi") == b"hi"


def test_what_is_refused_or_unfinished_is_cut_too() -> None:
    """What was shown in full is not reported at all."""
    _, protocol = wrapped(3)
    protocol.receive(b"!")
    assert protocol.undelivered
    assert list(protocol.take_undelivered()) == []
    protocol.receive(b"!ab")
    assert list(protocol.take_undelivered()) == [Undelivered(b"b", "refused", "protocol_error")]
    protocol.receive(b"?rest")
    assert protocol.take_unfinished() == b"?rest"


def test_everything_else_is_that_of_the_protocol() -> None:
    """Attributes are read from it, and set there."""
    inner, protocol = wrapped(1)
    protocol.needs_service = True
    assert (protocol.name, inner.needs_service) == ("kept", True)
