"""No protocol: every read is one message, and messages are sent as they are.

Rules of this file:
- The connection skips `receive` and `encode` for it (`passthrough`): raw echo costs no call into a protocol.
"""

from __future__ import annotations

from tuiserver.protocols.base import Protocol, ProtocolBase


class Raw(ProtocolBase):
    """Bytes as they come."""

    name = "raw"
    passthrough = True
    framed = False


class RawFactory:
    """All raw connections share one protocol object: it has no state."""

    name = "raw"

    def __init__(self) -> None:
        self._raw: Protocol = Raw()

    def create(self) -> Protocol:
        """As `Factory.create`."""
        return self._raw
