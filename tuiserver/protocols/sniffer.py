"""Detect from the first bytes whether a client speaks HTTP or raw, and hand over to that protocol, with a note of what
they look like (`signatures.py`).

Rules of this file:
- It is HTTP when the first line ends with an HTTP version, well formed or not: the HTTP protocol answers what is wrong with it.
- It is raw as soon as it cannot become HTTP, so that a typed `hi` is answered at once.
- It delays nothing that views show: a read that may yet become HTTP is shown when it comes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

from tuiserver.core.codes import ReceivedKind
from tuiserver.protocols.base import Factory, ProtocolBase, Successor, Undelivered
from tuiserver.protocols.base import Protocol as WireProtocol

SNIFF_TIMEOUT = 3.0
"""Seconds to wait for the rest of a first line that may become HTTP."""
MAX_LINE = 64 * 1024
"""A longer first line that began like HTTP is handed to HTTP, which refuses it."""

READ_COST = 100
"""Bytes that a read takes in addition to its data."""

_BEGINS_TARGET = re.compile(rb"CONNECT +|[A-Z]{1,32} +[/*A-Za-z]")
_HTTP = re.compile(rb"(CONNECT +|[A-Z]{1,32} +[/*A-Za-z])[^\n]* HTTP/\d+(\.\d+)?[ \t]*\r?\n")
_MAYBE_HTTP = re.compile(rb"CONNECT +[^\n]*|[A-Z]{1,32}( +([/*A-Za-z][^\n]*)?)?")
"""A target begins with a path, `*` or a scheme, and that of CONNECT is any host (RFC 9112 section 3.2)."""


def identify(data: bytes) -> str:
    """`http` or `raw`; empty while `data` may still become HTTP. An empty line before a request makes it raw."""
    if b"\n" in data:
        return "http" if _HTTP.match(data) else "raw"
    if not _MAYBE_HTTP.fullmatch(data):
        return "raw"
    return "http" if len(data) > MAX_LINE else ""


class Candidates(Protocol):
    """Provides the factory of the protocol that was detected."""

    def get(self, name: str) -> Factory:
        """The factory called `name`."""


class SnifferFactory:
    """Makes sniffers that hand over to the protocols of one server."""

    name = "sniffer"

    def __init__(self, candidates: Candidates) -> None:
        self._candidates = candidates

    def create(self) -> WireProtocol:
        """As `Factory.create`."""
        return Sniffer(self._candidates)


class Sniffer(ProtocolBase):
    """Takes the place of a protocol until the first bytes have identified it. Meanwhile, messages are sent raw."""

    __slots__ = (
        "_candidates",
        "_in_target",
        "_reads",
        "_size",
        "deadline",
        "needs_service",
        "successor",
        "undelivered",
    )

    framed = False

    def __init__(self, candidates: Candidates) -> None:
        self._candidates = candidates
        self._reads: list[bytes] = []
        self._size = 0
        self._in_target = False
        """The target has begun: only the end of the line, or its length, decides."""
        self.needs_service = False
        self.deadline: float | None = None
        self.successor: Successor | None = None
        self.undelivered: Sequence[Undelivered] = ()

    @property
    def buffered(self) -> int:  # type: ignore[override]
        """As `Protocol.buffered`."""
        return self._size + READ_COST * len(self._reads)

    def receive(self, data: bytes) -> Sequence[Any]:
        """Return no messages: the successor gets all bytes received so far."""
        size = self._size + len(data)
        if not self._in_target or size > MAX_LINE or b"\n" in data:
            received = b"".join(self._reads) + data
            if name := identify(received):
                self._hand_over_to(name, data)
                return ()
            self._in_target = _BEGINS_TARGET.match(received) is not None
        self._size = size
        if not self._reads:
            self.deadline = SNIFF_TIMEOUT
        self._reads.append(data)
        self.undelivered = (*self.undelivered, Undelivered(data, ReceivedKind.UNIDENTIFIED, ""))
        self.needs_service = True
        return ()

    def receive_eof(self) -> Sequence[Any]:
        """What was received so far is raw."""
        if self._reads and self.successor is None:
            self._hand_over_to("raw", b"")
        return ()

    def on_deadline(self) -> None:
        """The first line did not end in time: it is raw."""
        self._hand_over_to("raw", b"")

    def _hand_over_to(self, name: str, received: bytes) -> None:
        shown, self._reads = tuple(self._reads), []
        from tuiserver.protocols.signatures import recognize  # not at the top: the start does not wait for it

        finding = recognize(b"".join((*shown, received)))
        self.successor = Successor(self._candidates.get(name).create(), received, shown, finding)
        self.needs_service = True
