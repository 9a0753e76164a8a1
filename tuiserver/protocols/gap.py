"""Messages that end with a pause: what comes without a pause of 50 ms is one message (`gap:50ms`).

This is how Modbus RTU is read through a gateway (Modbus over Serial Line V1.02, section 2.5.1.1), and many trackers.

Rules of this file:
- The pause is measured between two reads of ours: the network may deliver two messages at once, or one with a pause in it.
- A message that does not end is bounded by its size alone: there is no time in which it must end.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuiserver.core.limits import Limits
from tuiserver.protocols.base import Factory, LocalProtocolError, SimpleFactory
from tuiserver.protocols.framing import Framing
from tuiserver.protocols.parameters import SpecError, read_seconds

SHORTEST, LONGEST = 0.001, 3600.0
"""Seconds of a pause."""


class Gap(Framing):
    """Messages end with a pause of `seconds`."""

    __slots__ = ("_seconds",)

    def __init__(self, name: str, limits: Limits, seconds: float) -> None:
        super().__init__(name, limits)
        self._seconds = seconds

    def receive_eof(self) -> Sequence[bytes]:
        """As `Protocol.receive_eof`: the last message is complete."""
        return self.on_deadline()

    def on_deadline(self) -> Sequence[bytes]:
        """As `Protocol.on_deadline`: the message is complete."""
        return [message] if (message := self.take_unfinished()) else []

    def _split(self, buffer: bytearray) -> Sequence[bytes]:
        if len(buffer) > self._limit:
            self._refuse(f"no pause of {self._seconds:g} s in {len(buffer)} bytes: max_message is {self._limit}")
        return ()

    def _frame(self, data: bytes) -> bytes:
        if not data:
            raise LocalProtocolError("a message has at least one byte")
        return data

    def _on_progress(self, begun: bool) -> None:
        super()._on_progress(begun)
        self.deadline = self._seconds if self.mid_message else 0.0


def create_gap(parameters: str, limits: Limits) -> Factory:
    """The factory of `gap:TIME`; raises `SpecError`."""
    seconds, name = read_seconds(parameters, "the pause"), f"gap:{parameters}"
    if not SHORTEST <= seconds <= LONGEST:
        raise SpecError(f"the pause must be between {SHORTEST * 1000:g}ms and {LONGEST:g}s")
    return SimpleFactory(lambda: Gap(name, limits, seconds), name)
