"""Format events as lines of the log.

Rules of this file:
- A line contains no control character, whatever text it quotes; the lines of a detail follow it, indented.
- Connections, the actions of the operator and notes are logged, messages are not: the log is an audit, not a recording.
- Of a burst of connections only the number is logged, so that it does not rotate everything else out of the files.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from tuiserver.core.codes import FAILURES, PauseCode
from tuiserver.core.events import (
    OPERATOR,
    AnyEvent,
    Closed,
    Connected,
    Ended,
    Identified,
    Listening,
    Noted,
    Paused,
    Refused,
    Resumed,
    Sent,
    Unopened,
    identified_text,
)
from tuiserver.core.numbers import elapsed
from tuiserver.core.payload import escape_nonprintable, to_text

MAX_DATA = 80
"""Bytes of a message of the operator that a line shows."""
MAX_DETAIL = 64 * 1024
"""Characters of a detail that are logged; it usually is a traceback."""
BURST = 500
"""Lines per second about connections that begin, are identified or end; further ones are counted. Formatting all of a burst
would take a third of the time that accepting the clients takes."""

_LEVELS = {"warning": "warn", "critical": "error"}
_LIFECYCLE = {Connected, Identified, Closed}
_PAUSES = {
    PauseCode.OPERATOR: "info  #{id} reading paused by operator",
    PauseCode.PROGRAM: "info  #{id} reading paused by program",
    PauseCode.BUFFER_FULL: "warn  #{id} send buffer full: reading paused until it drains",
}


class LogFormatter:
    """Formats events, in the order in which they happened. It knows when each open connection began."""

    def __init__(self) -> None:
        self._peers: dict[int, str] = {}
        self._stamped_at = -1.0
        self._stamped_second = -1
        self._date = self._timestamp = ""
        self._burst_second = -1
        self._logged_in_burst = self._connected_in_burst = self._closed_in_burst = 0
        self._formats: dict[type, Callable[[Any], str]] = {
            Listening: lambda event: f"info  listening on {event.address}",
            Unopened: lambda event: f"error {event.reason}",
            Connected: self._format_connected,
            Identified: lambda event: f"info  #{event.id} {identified_text(event)}",
            Sent: _format_sent,
            Paused: _format_paused,
            Resumed: lambda event: f"info  #{event.id} reading resumed",
            Ended: lambda event: f"info  #{event.id} finished sending, can be answered for {event.seconds:g} s",
            Closed: self._format_closed,
            Noted: _format_noted,
            Refused: _format_refused,
        }

    @property
    def in_burst(self) -> bool:
        """Whether connections were counted that no line mentions yet."""
        return bool(self._connected_in_burst or self._closed_in_burst)

    def format(self, events: Sequence[AnyEvent]) -> list[str]:
        """The lines of these events, each with its line ending."""
        lines: list[str] = []
        formats = self._formats
        for event in events:
            kind = type(event)
            if int(event.at) != self._burst_second:
                lines += self.end_burst()
                self._burst_second, self._logged_in_burst = int(event.at), 0
            if kind in _LIFECYCLE:
                self._logged_in_burst += 1
                if self._logged_in_burst > BURST:
                    self._count(event)
                    continue
            format_event = formats.get(kind)
            if format_event is None or not (line := format_event(event)):
                continue
            if event.at != self._stamped_at:
                self._stamp(event.at)
            lines.append(f"{self._timestamp} {escape_nonprintable(line)}\n")
            if isinstance(event, Noted) and event.detail:
                lines += [f"    {escape_nonprintable(part)}\n" for part in event.detail[:MAX_DETAIL].splitlines()]
        return lines

    def end_burst(self) -> list[str]:
        """A line with the number of connections that were only counted, if there are any."""
        if not self.in_burst:
            return []
        self._stamp(self._burst_second + 0.999)
        connected, closed = self._connected_in_burst, self._closed_in_burst
        self._connected_in_burst = self._closed_in_burst = 0
        return [f"{self._timestamp} info  many at once: {connected:,} more connected, {closed:,} more closed\n"]

    def _count(self, event: AnyEvent) -> None:
        """Count an event instead of logging it: the lines of this second are used up."""
        if isinstance(event, Connected):
            self._peers[event.id] = event.peer
            self._connected_in_burst += 1
        elif isinstance(event, Closed):
            self._peers.pop(event.id, None)
            self._closed_in_burst += 1

    def _stamp(self, at: float) -> None:
        """Format the time `at`. Events of one turn of the loop share it, and the date changes once per second at most."""
        self._stamped_at = at
        second = int(at)
        if second != self._stamped_second:
            self._stamped_second = second
            self._date = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
        self._timestamp = f"{self._date}.{int((at - second) * 1000):03d}"

    def _format_connected(self, event: Connected) -> str:
        self._peers[event.id] = event.peer
        return f"info  #{event.id} {event.peer} connected to {event.address}"

    def _format_closed(self, event: Closed) -> str:
        peer = self._peers.pop(event.id, "")
        unsent = f", {event.unsent} B unsent" if event.unsent else ""
        level = "warn" if event.code in FAILURES else "info"
        return (
            f"{level}  #{event.id} {peer} {event.reason} after {elapsed(event.duration)}, "
            f"{event.bytes_in} B in, {event.bytes_out} B out{unsent}"
        )


def _format_sent(event: Sent) -> str:
    if event.by != OPERATOR:
        return ""
    ellipsis = "…" if len(event.data) > MAX_DATA else ""
    return f"info  {OPERATOR} sent {event.size} B to #{event.id}: {to_text(event.data[:MAX_DATA])}{ellipsis}"


def _format_paused(event: Paused) -> str:
    return _PAUSES.get(event.code, "info  #{id} reading paused: {why}").format(id=event.id, why=event.why)


def _format_noted(event: Noted) -> str:
    level = _LEVELS.get(event.level, event.level)
    return f"{level:<5} #{event.id} {event.text}" if event.id else f"{level:<5} {event.text}"


def _format_refused(event: Refused) -> str:
    return f"warn  #{event.id} {event.text}" if event.id else f"warn  {event.text}"
