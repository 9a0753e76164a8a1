"""A protocol whose first bytes views have seen already, because they came before it was identified.

Rules of this file:
- Only what views show is cut. The program gets whole messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tuiserver.protocols.base import Protocol, Undelivered


class AlreadyShown:
    """Everything is that of `protocol`, but the first `size` bytes it received are not shown again."""

    __slots__ = ("_protocol", "_size")

    _protocol: Protocol
    _size: int

    def __init__(self, protocol: Protocol, size: int) -> None:
        object.__setattr__(self, "_protocol", protocol)
        object.__setattr__(self, "_size", size)

    if not TYPE_CHECKING:  # for a type checker it has no other attributes than these

        def __getattr__(self, name: str) -> Any:
            return getattr(self._protocol, name)

        def __setattr__(self, name: str, value: Any) -> None:
            setattr(self._protocol, name, value)

    def shown(self, message: Any) -> bytes:
        """As `Protocol.shown`."""
        return self._cut(self._protocol.shown(message))

    def take_undelivered(self) -> Sequence[Undelivered]:
        """As `Protocol.take_undelivered`."""
        taken = [(self._cut(each.data), each) for each in self._protocol.take_undelivered()]
        return [each._replace(data=data) for data, each in taken if data]

    def take_unfinished(self) -> bytes:
        """As `Protocol.take_unfinished`."""
        return self._cut(self._protocol.take_unfinished())

    def _cut(self, data: bytes) -> bytes:
        size = self._size
        if size:
            object.__setattr__(self, "_size", max(0, size - len(data)))
        return data[size:]
