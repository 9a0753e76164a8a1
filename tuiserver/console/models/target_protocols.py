"""How the protocols of the targets send a message: what they put around it, and why one of them cannot send it.

Rules of this file:
- A protocol that answers requests, or is not built in, is not asked: its connection refuses what it cannot send.
- Pure apart from the look-up of a connection's protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from tuiserver.protocols import registry


class Outgoing(NamedTuple):
    """The bytes of a message on the wire, or without frames if the protocols differ. `fault`: why one of them cannot send it."""

    data: bytes
    fault: str = ""


class TargetProtocols:
    """`protocol_of` returns the protocol of a connection, as `Connected` and `Identified` report it."""

    def __init__(self, protocol_of: Callable[[int], str] = lambda number: "") -> None:
        self._protocol_of = protocol_of

    def _by_protocol(self, ids: Collection[int]) -> dict[str, int]:
        """The different protocols, and a connection with each."""
        found: dict[str, int] = {}
        for number in ids:
            found.setdefault(self._protocol_of(number), number)
        return found

    def framing(self, ids: Collection[int]) -> list[str]:
        """The different protocols if all of them put frames around messages, or separate them; else nothing."""
        found = list(self._by_protocol(ids))
        return found if all(map(registry.has_frames, found)) else []

    def outgoing(self, ids: Collection[int], message: bytes) -> Outgoing:
        """What leaves for each target."""
        found = self._by_protocol(ids)
        for protocol, number in found.items():
            if reason := registry.check(protocol, message):
                return Outgoing(message, f"{reason} (#{number} is {protocol})" if len(found) > 1 else reason)
        return Outgoing(registry.frame(next(iter(found)), message) if len(found) == 1 else message)
