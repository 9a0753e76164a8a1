"""The decoders of many connections: which one reads the messages of each.

Rules of this file:
- A connection has a decoder of its own from its first message on, until `forget`: a decoder may remember what a message said.
- Nothing here raises after the start: decoders are guarded. What is switched off is noted once for each connection.
"""

from __future__ import annotations

from tuiserver.core.codes import ReceivedKind
from tuiserver.core.events import AnyEvent, Connected, Identified, Received, Sent
from tuiserver.decoders.base import Factory
from tuiserver.decoders.guarded import Guarded, Result
from tuiserver.decoders.registry import AUTO, BY_PROTOCOL, NONE, find


class ConnectionDecoders:
    """Decodes the messages of all connections as `spec` says: with one decoder, `auto` with that of their protocol."""

    def __init__(self, spec: str) -> None:
        """Raises `SpecError`."""
        self.spec = spec
        self._factory: Factory | None = find(spec) if spec not in (AUTO, NONE) else None
        self._protocols: dict[int, str] = {}
        self._decoders: dict[int, Guarded] = {}
        self._notes: list[tuple[int, str]] = []

    def apply(self, event: AnyEvent) -> None:
        """Learn the protocol of a connection from `Connected` and `Identified`, also one that it only looks like."""
        if self.spec != AUTO or not isinstance(event, Connected | Identified):
            return
        protocol = (event.looks_like if isinstance(event, Identified) else "") or event.protocol
        if protocol in BY_PROTOCOL:
            self._protocols[event.id] = protocol

    def decode(self, event: Received | Sent) -> Result | None:
        """The fields of a message; None if no decoder is known for it, or it is not a message."""
        if isinstance(event, Received):
            if event.kind not in ("", ReceivedKind.UNIDENTIFIED):
                return None
            sent = False
        else:
            sent = True
        decoder = self._decoders.get(event.id) or self._create(event.id)
        if decoder is None:
            return None
        result = decoder.decode(event.data, sent)
        if decoder.off and (note := decoder.take_note()):
            self._notes.append((event.id, note))
        return result

    def take_notes(self) -> list[tuple[int, str]]:
        """Connection and reason of each decoder that was switched off since the last call."""
        notes, self._notes = self._notes, []
        return notes

    def forget(self, connection: int) -> None:
        """No message of this connection will be decoded any more."""
        self._protocols.pop(connection, None)
        self._decoders.pop(connection, None)

    def _create(self, connection: int) -> Guarded | None:
        factory = self._factory
        if factory is None:
            protocol = self._protocols.get(connection)
            if protocol is None:
                return None
            factory = find(BY_PROTOCOL[protocol])
        decoder = self._decoders[connection] = Guarded(factory)
        return decoder
