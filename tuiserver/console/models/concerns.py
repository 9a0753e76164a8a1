"""What deserves a look: connections that failed, are slow, wait for our answer or have fallen silent.

    concern_of(client, now)                  # the most urgent reason, `Concern.NONE` if there is none
    counts = ConcernCounts(roster)
    counts.update(now)                       # once a frame: True while not all connections have been counted
    counts.parts(Length.FULL, " · ")

Rules of this file:
- Pure. A connection has one concern, the most urgent: mark, state, sort order and the words in the header agree.
- A peer waits for us if it spoke last. One that goes on talking although it was never answered waits for nothing.
- Ten thousand connections are counted over several frames, `CLIENTS_PER_FRAME` in each; until then the last counts stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from itertools import islice

from tuiserver.console.text.parts import Part
from tuiserver.core.codes import CloseCode
from tuiserver.views.roster import Client, Roster

WAITING_AFTER = 1.0
"""Seconds after which a peer waits for an answer: answers of a program come sooner."""
UNANSWERED = 10
"""Messages after which a peer that was never answered does not wait for an answer."""
SILENT_GRACE = 5.0
"""Seconds that a new client may take to say something."""
RECENT = 300.0
"""Seconds for which an error deserves a look."""
CLIENTS_PER_FRAME = 1000
"""Counting so many takes less than 1 ms."""
COUNT_INTERVAL = 0.9
"""Seconds between two counts: with a clock that ticks once a second, one at each tick."""
FAILURES = frozenset(
    (
        CloseCode.PEER_RESET,
        CloseCode.TIMED_OUT,
        CloseCode.NETWORK_ERROR,
        CloseCode.PROTOCOL_ERROR,
        CloseCode.CALLBACK_FAILED,
        CloseCode.SEND_OVERFLOW,
        CloseCode.INTERNAL_ERROR,
    )
)
"""The close codes of connections that failed."""


class Concern(IntEnum):
    """A reason to look at a connection; the greatest is the most urgent."""

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
"""The words of concerns, as in the column and in filters."""
FILTER = f"state={','.join(reversed(STATES.values()))}"
"""The filter that shows only what deserves a look."""


_NONE, _SILENT, _WAITS, _ENDED, _SLOW, _FAILED = Concern  # each access to a member of an enum is a call


def concern_of(client: Client, now: float) -> Concern:
    """The most urgent reason to look at a connection; `now` is Unix time in seconds."""
    if client.closed_at is not None:
        failed = client.close_code in FAILURES and now - client.closed_at < RECENT
        return _FAILED if failed else _NONE
    if client.failed_at is not None and now - client.failed_at < RECENT:
        return _FAILED
    if client.slow:
        return _SLOW
    if client.ended_at is not None:
        return _ENDED
    quiet = now - client.received_at
    if quiet >= WAITING_AFTER and _is_owed_an_answer(client):
        return _WAITS
    return _SILENT if quiet >= SILENT_GRACE and client.silent_at(now) else _NONE


def _is_owed_an_answer(client: Client) -> bool:
    if not client.messages_in or client.last_sent:
        return False
    if client.sent_at is None:
        return client.messages_in <= UNANSWERED
    return client.sent_at < client.received_at


def state_of(client: Client, now: float) -> str:
    """The state of a connection in one word: what concerns it, where nothing else is to be said."""
    state = client.state
    return STATES.get(concern_of(client, now), state) if state == "open" else state


def state_words(client: Client, now: float) -> str:
    """All that is true of the state of a connection, for filters."""
    silent = " silent" if client.silent_at(now) else ""
    return f"{client.state} {STATES.get(concern_of(client, now), '')}{silent}"


class Length(IntEnum):
    """How much is said about all of them: the most urgent, with the number of the others, each in a word, or in words."""

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
        named = self._named_counts()
        if length in (Length.ONE, Length.ONE_AND_NUMBER):
            urgent = max(named, key=lambda each: (each[2] == "error", -named.index(each)), default=(0, "", ""))
            others = sum(count for count, _, _ in named) - urgent[0]
            number: list[Part] = [(f" +{others:,}", "faint")] if others and length == Length.ONE_AND_NUMBER else []
            return [*_parts([urgent] if named else [], length, separator), *number]
        return _parts(named, length, separator)

    def _named_counts(self) -> list[tuple[int, str, str]]:
        counts = self._counts
        waiting, errors = counts[Concern.WAITS] + counts[Concern.ENDED], counts[Concern.FAILED]
        words = [
            (counts[Concern.SLOW], "slow", "warning"),
            (counts[Concern.SILENT], "silent", "plain"),
            (waiting, "waits for us" if waiting == 1 else "wait for us", "accent"),
            (errors, "error" if errors == 1 else "errors", "error"),
        ]
        return [each for each in words if each[0]]


def _parts(named: list[tuple[int, str, str]], length: Length, separator: str) -> list[Part]:
    parts: list[Part] = []
    for count, words, style in named:
        parts += [(separator, "faint"), (f"{count:,} {words if length == Length.FULL else words.split()[0]}", style)]
    return parts[1:]
