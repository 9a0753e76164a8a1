"""For tests of protocols with message boundaries: feed them in pieces, and compare with what the whole gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tuiserver.core.codes import ReceivedKind
from tuiserver.core.limits import Limits
from tuiserver.protocols.base import Protocol, Undelivered
from tuiserver.protocols.registry import Factories


class Outcome(tuple[Any, ...]):
    """What a protocol made of a stream: its messages, what is in no message as (bytes, kind, code), the close code."""

    __slots__ = ()

    @property
    def messages(self) -> list[bytes]:
        """The messages, in order."""
        return list(self[0])

    @property
    def undelivered(self) -> list[tuple[bytes, str, str]]:
        """What is in no message; neighbours of one kind are joined, because each read reports its own."""
        return list(self[1])

    @property
    def code(self) -> str:
        """The code with which the connection is closed; empty if it stays open."""
        return str(self[2])

    @property
    def unfinished(self) -> bytes:
        """The beginning of a message that did not end."""
        return bytes(self[3])


def create(spec: str, **limits: Any) -> Protocol:
    """A protocol object by its name and parameters."""
    return Factories(Limits(**limits)).get(spec).create()


def feed(protocol: Protocol, pieces: Iterable[bytes], eof: bool = True) -> Outcome:
    """Feed a stream in pieces, as a connection does; with `eof` the peer finishes sending at the end."""
    messages: list[bytes] = []
    unfinished = b""
    undelivered: list[tuple[bytes, str, str]] = []

    def collect(more: Sequence[Any] | None) -> None:
        nonlocal unfinished
        for message in more or ():
            if type(message) is not Undelivered:
                messages.append(message)
        shown = [each for each in more or () if type(each) is Undelivered]
        assert protocol.needs_service or not shown
        for data, kind, code in (*shown, *protocol.take_undelivered()):
            if kind == ReceivedKind.UNFINISHED:
                unfinished += data
                continue
            if undelivered and undelivered[-1][1:] == (kind, code):
                data = undelivered.pop()[0] + data
            undelivered.append((data, kind, code))

    for piece in pieces:
        collect(protocol.receive(piece))
        assert protocol.buffered >= 0
        assert protocol.needs_service or not protocol.mid_message
    if eof and protocol.closing is None:
        collect(protocol.receive_eof())
    code = protocol.closing.code if protocol.closing is not None else ""
    return Outcome((messages, undelivered, code, unfinished + protocol.take_unfinished()))


def at_every_split(spec: str, stream: bytes, **limits: Any) -> Outcome:
    """What a stream gives; asserts that it gives the same byte by byte, and in two pieces however it is split."""
    outcome = feed(create(spec, **limits), [stream])
    assert feed(create(spec, **limits), [stream[i : i + 1] for i in range(len(stream))]) == outcome
    for at in range(len(stream) + 1):
        assert feed(create(spec, **limits), [stream[:at], stream[at:]]) == outcome, at
    return outcome


def sent(spec: str, *messages: bytes) -> bytes:
    """The bytes on the wire for these messages."""
    protocol = create(spec)
    return b"".join(protocol.encode(message, 0.0)[0] for message in messages)
