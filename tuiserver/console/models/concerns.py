"""Which connections need attention: those that failed, are slow, wait for our answer or are silent.

    concern_of(client, now)                  # the most urgent reason, `Concern.NONE` if there is none
    counts = ConcernCounts(roster)
    counts.update(now)                       # once a frame: True while not all connections have been counted
    counts.parts(Length.FULL, " · ")

Rules of this file:
- Pure. A connection has one concern, the most urgent: mark, state, sort order and the words in the header agree.
- Ten thousand connections are counted over several frames, `CLIENTS_PER_FRAME` in each; until then the last counts stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from itertools import islice
from typing import NamedTuple

from tuiserver.console.text.parts import Part
from tuiserver.core.codes import FAILURES
from tuiserver.views.roster import Client, Roster
from tuiserver.views.unanswered import waits_for_answer

SILENT_GRACE = 5.0
"""Seconds a new client has to send its first bytes before it counts as silent."""
RECENT = 300.0
"""Seconds for which a failed connection needs attention."""
CLIENTS_PER_FRAME = 1000
"""Clients counted per frame; this takes less than 1 ms."""
COUNT_INTERVAL = 0.9
"""Seconds between two counts: with a clock that ticks once a second, one at each tick."""


class Concern(IntEnum):
    """Why a connection needs attention; the greatest value is the most urgent."""

    NONE = 0
    SILENT = 1
    WAITS = 2
    ENDED = 3
    SLOW = 4
    FAILED = 5


STATES = {
    Concern.SILENT: "silent",
    Concern.WAITS: "waits",
    Concern.ENDED: "ended",
    Concern.SLOW: "slow",
    Concern.FAILED: "failed",
}
"""The name of each concern in the STATE column and in filters."""
FILTER = f"state={','.join(reversed(STATES.values()))}"
"""The filter that shows only connections that need attention."""


_NONE, _SILENT, _WAITS, _ENDED, _SLOW, _FAILED = Concern  # each access to a member of an enum is a call


def concern_of(client: Client, now: float) -> Concern:
    """The most urgent concern of a connection; `now` is Unix time in seconds."""
    if client.closed_at is not None:
        failed = client.close_code in FAILURES and now - client.closed_at < RECENT
        return _FAILED if failed else _NONE
    if client.failed_at is not None and now - client.failed_at < RECENT:
        return _FAILED
    if client.slow:
        return _SLOW
    if client.ended_at is not None:
        return _NONE if client.last_sent else _ENDED
    if waits_for_answer(client, now):
        return _WAITS
    return _SILENT if now - client.received_at >= SILENT_GRACE and client.silent_at(now) else _NONE


def state_of(client: Client, now: float) -> str:
    """The state of a connection in one word; the concern of one that is just `open`."""
    state = client.state
    return STATES.get(concern_of(client, now), state) if state == "open" else state


def state_words(client: Client, now: float) -> str:
    """All state words that apply to a connection, for filters."""
    silent = " silent" if client.silent_at(now) else ""
    return f"{client.state} {STATES.get(concern_of(client, now), '')}{silent}"


class Length(IntEnum):
    """How long the summary is: the most urgent count, that and the number of others, all counts in short, or in full."""

    ONE = 0
    ONE_AND_NUMBER = 1
    BRIEF = 2
    FULL = 3


class ConcernCounts:
    """How many connections there are of each concern."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._counts = [0] * len(Concern)
        self._begun = float("-inf")
        self._pending: Iterator[Client] | None = None
        self._found = self._counts

    def update(self, now: float) -> bool:
        """Count what is due; `now` is Unix time in seconds. True while there is more to count."""
        if self._pending is None:
            if 0 <= now - self._begun < COUNT_INTERVAL:
                return False
            self._begun, self._found = now, [0] * len(Concern)
            self._pending = iter([*self._roster.clients.values()])
        before, found = sum(self._found), self._found
        for client in islice(self._pending, CLIENTS_PER_FRAME):
            found[concern_of(client, now)] += 1
        if sum(found) - before == CLIENTS_PER_FRAME:
            return True
        self._counts, self._pending = found, None
        return False

    def parts(self, length: Length, separator: str) -> list[Part]:
        """`1 slow · 2 silent · 1 waits for us · 3 errors`, or less of it; nothing if all is well."""
        groups = self._groups()
        shown = groups if length > Length.ONE_AND_NUMBER else sorted(groups, key=lambda group: group.concern)[-1:]
        parts: list[Part] = []
        for group in shown:
            words = group.words if length == Length.FULL else group.words.split()[0]
            parts += [(separator, "faint"), (f"{group.number:,} {words}", group.style)]
        others = sum(group.number for group in groups) - sum(group.number for group in shown)
        if others and length == Length.ONE_AND_NUMBER:
            parts.append((f", {others:,} more", "faint"))
        return parts[1:]

    def _groups(self) -> list[_Group]:
        counts = self._counts
        waiting, errors = counts[Concern.WAITS] + counts[Concern.ENDED], counts[Concern.FAILED]
        groups = (
            _Group(Concern.SLOW, counts[Concern.SLOW], "slow", "warning"),
            _Group(Concern.SILENT, counts[Concern.SILENT], "silent", "plain"),
            _Group(Concern.WAITS, waiting, "waits for us" if waiting == 1 else "wait for us", "accent"),
            _Group(Concern.FAILED, errors, "error" if errors == 1 else "errors", "error"),
        )
        return [group for group in groups if group.number]


class _Group(NamedTuple):
    """How many connections there are of a concern, in words; and their style."""

    concern: Concern
    number: int
    words: str
    style: str
