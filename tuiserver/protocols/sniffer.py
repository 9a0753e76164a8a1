"""Is this HTTP? The first bytes of a connection tell.

Rules of this file:
- It is HTTP when the first line ends in an HTTP version, well formed or not: HTTP itself then says what is wrong with it.
- It is raw as soon as it cannot become that: a person who types `hi` is seen at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tuiserver.protocols.base import plain

LONGEST_LINE = 64 * 1024
"""A first line longer than this that began like HTTP is given to HTTP, which refuses it."""

_HTTP = re.compile(rb"[A-Z]{1,32} [^\n]* HTTP/\d+(\.\d+)?[ \t]*\r?\n")
_MAYBE = re.compile(rb"[A-Z]{1,32}( [^\n]*)?")


def identify(data: bytes) -> str:
    """`http` or `raw`; empty while `data` may yet become HTTP. An empty line before a request makes it raw."""
    if b"\n" in data:
        return "http" if _HTTP.match(data) else "raw"
    if not _MAYBE.fullmatch(data):
        return "raw"
    return "http" if len(data) > LONGEST_LINE else ""


class Sniffer:
    """Stands in for a protocol until the first bytes have told which one it is. What is sent meanwhile goes out raw."""

    __slots__ = ("_held", "needs_service", "verdict")

    name = ""
    failure = ""
    closing = mid_message = False
    pending_requests = 0

    def __init__(self) -> None:
        self._held = b""
        self.verdict = ""
        self.needs_service = False

    @property
    def held(self) -> bool:
        """True when bytes wait for the verdict."""
        return bool(self._held)

    def receive(self, data: bytes) -> Sequence[Any]:
        """No message yet; `verdict` says when there will be."""
        self._held += data
        self.verdict = identify(self._held)
        self.needs_service = True
        return ()

    def take(self) -> bytes:
        """The bytes so far, for who comes after."""
        held, self._held = self._held, b""
        return held

    def data(self, message: Any) -> bytes:
        """Never asked for: there are no messages yet."""
        return bytes(message)

    def encode(self, message: Any, now: float) -> bytes:
        """As a raw connection would."""
        return plain(message)

    def take_answer(self, now: float) -> bytes:
        """Nothing to say."""
        return b""

    def end(self) -> bool:
        """Nothing waits for an answer."""
        return True

    def timeout(self) -> None:
        """Nothing is mid_message."""
