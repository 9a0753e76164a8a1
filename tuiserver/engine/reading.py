"""What a socket is watched for: reading unless something holds it, writing while bytes are buffered.

Rules of this file:
- Reading may be held for several reasons at once. It resumes when none is left.
- The time in which we do not read, for a reason that is not the peer's, does not count against the peer: `held` and
  `resumed_at` are for its deadlines and its idle timeout.
- Views get an event whenever the first of the reasons in `_REPORTED` that apply changes.
"""

from __future__ import annotations

from tuiserver.core.codes import PauseCode
from tuiserver.core.events import AnyEvent, Paused, Resumed
from tuiserver.engine.feed import Feed
from tuiserver.engine.guards import SWEEP
from tuiserver.engine.loop import Handler, Loop
from tuiserver.engine.pollers import READ, WRITE

BY_OPERATOR, BY_PROGRAM, FULL, READER_SLOW, OVER_LIMIT, UNANSWERED, PEER_FINISHED, UNFINISHED = (
    1 << bit for bit in range(8)
)
"""The reasons why a connection is not read, as bits of a mask."""

OURS = BY_OPERATOR | BY_PROGRAM | READER_SLOW | OVER_LIMIT | UNANSWERED | UNFINISHED
"""The reasons that are not the peer's. It does cause the others: it does not take what we send, or has finished."""

_REPORTED = {
    BY_OPERATOR: (PauseCode.OPERATOR, "operator"),
    BY_PROGRAM: (PauseCode.PROGRAM, "program"),
    FULL: (PauseCode.BUFFER_FULL, "send buffer full"),
}
_UNREPORTED = {
    READER_SLOW: "a reader of the events is slow",
    OVER_LIMIT: "all buffers full",
    UNFINISHED: "too much memory for unfinished requests",
    UNANSWERED: "too many requests without an answer",
    PEER_FINISHED: "peer has shut down writing",
}


class Reading:
    """The interest of one connection in its socket. `holds` is a mask of reasons, `paused_at` the time of the last `Paused`.

    `resumed_at` is when the last of `OURS` was removed; 0 for never. Both are monotonic, in seconds. `held` is 0 if there was
    none of them since `take_held`.
    """

    __slots__ = (
        "_closing",
        "_fd",
        "_feed",
        "_handler",
        "_loop",
        "_mask",
        "_number",
        "_reported",
        "_writing",
        "held",
        "holds",
        "paused_at",
        "resumed_at",
    )

    def __init__(self, number: int, fd: int, loop: Loop, feed: Feed) -> None:
        self._number, self._fd, self._loop, self._feed = number, fd, loop, feed
        self._handler: Handler | None = None
        self._mask = 0
        self._writing = self._closing = False
        self._reported = 0
        self.holds = 0
        self.paused_at = self.resumed_at = 0.0
        self.held = 0.0
        """Seconds; minus the monotonic time at which it began while it goes on."""

    def start(self, handler: Handler) -> None:
        """Watch the socket for reading; raises `OSError` where it cannot be watched."""
        self._handler = handler
        self._loop.watch(self._fd, handler, READ)
        self._mask = READ

    def stop(self) -> None:
        """Stop watching the socket; further calls have no effect."""
        self._closing = True
        self._mask = -1
        if self._handler is not None:
            self._loop.unwatch(self._fd, self._handler)
            self._handler = None  # a reference cycle would keep the connection in memory

    def hold_reading(self, reason: int, token: int = 0) -> None:
        """Stop reading, for one more reason. With the `token` of a command, the state is reported in any case."""
        if not self._closing and (token or not self.holds & reason):
            if not self.holds & OURS and reason & OURS:
                self.held -= self._loop.monotonic
            self.holds |= reason
            self._report(token)
            self.apply()

    def release_reading(self, reason: int, token: int = 0) -> None:
        """Remove a reason; reading resumes when none is left."""
        if not self._closing and (token or self.holds & reason):
            before = self.holds
            self.holds &= ~reason
            if before & OURS and not self.holds & OURS:
                self.resumed_at = self._loop.monotonic
                self.held += self.resumed_at
            self._report(token)
            self.apply()

    def take_held(self) -> float:
        """Seconds since the last call in which we did not read, for one of `OURS`."""
        now = self._loop.monotonic if self.holds & OURS else 0.0
        seconds, self.held = self.held + now, -now
        return seconds

    def time_not_read(self, late: float) -> float:
        """Seconds by which a deadline that passed `late` seconds ago is prolonged, because we did not read; 0 or less for none.

        While we still do not read it is checked once a second: a short deadline would only wake the loop.
        """
        seconds = self.take_held() - late
        return max(seconds, SWEEP) if seconds > 0 and self.holds & OURS else seconds

    def begin_closing(self) -> None:
        """The connection is closing: only the end of the peer's stream still holds reading. Takes effect with `apply`."""
        self._closing = True
        self.holds &= PEER_FINISHED

    def watch_writing(self, wanted: bool) -> None:
        """Start or stop watching for writing: bytes are buffered, or no longer."""
        if wanted != self._writing:
            self._writing = wanted
            self.apply()

    def apply(self) -> None:
        """Pass what the socket is watched for to the loop, if that has changed."""
        mask = (0 if self.holds else READ) | (WRITE if self._writing else 0)
        if mask != self._mask and self._mask >= 0:
            self._loop.update(self._fd, mask)
            self._mask = mask

    @property
    def why(self) -> str:
        """The first reason why reading is held, in words; empty if it is not."""
        for reason, (_, words) in _REPORTED.items():
            if self.holds & reason:
                return words
        return next((words for reason, words in _UNREPORTED.items() if self.holds & reason), "")

    @property
    def paused(self) -> bool:
        """True if a `Paused` was emitted and no `Resumed` since."""
        return self._reported != 0

    def event(self, at: float, token: int = 0) -> AnyEvent:
        """The present state as an event."""
        if not self._reported:
            return Resumed(at, self._number, token)
        code, words = _REPORTED[self._reported]
        return Paused(at, self._number, words, code, token)

    def _report(self, token: int) -> None:
        first = next((reason for reason in _REPORTED if self.holds & reason), 0)
        if first != self._reported:
            self._reported = first
            self.paused_at = self._loop.monotonic
        elif not token:
            return
        self._feed.emit(self.event(self._loop.now, token))
