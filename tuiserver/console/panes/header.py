"""The first line: what we listen on, how many are here, how much moves, for how long.

Rules of this file:
- Where it is narrow, accepts and the sparklines go first, then the time, then all addresses but the first: what must be
  seen stays.
- When messages had to be dropped from memory, it says so.
"""

from __future__ import annotations

import time

from tuiserver.console.panes.pane import Drawn
from tuiserver.console.text.escape import escape_label
from tuiserver.console.text.parts import Line, Part
from tuiserver.core.numbers import duration, rate, size, sparkline
from tuiserver.views.roster import Roster
from tuiserver.views.transcript import Transcript

SPARK, SHORT_SPARK = 16, 8
"""Columns of a sparkline, one a second: with room for two of them, and where accepts have one too."""
FIGURE = 7


class Header(Drawn):
    """The line. `update(now)` once a frame."""

    def __init__(self, roster: Roster, transcript: Transcript | None = None, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._roster = roster
        self._transcript = transcript
        self._now = time.time()

    def update(self, now: float | None = None) -> None:
        """Draw it if it changed; `now` is Unix time in seconds."""
        self._now = time.time() if now is None else now
        self.redraw()

    def lines(self) -> list[Line]:
        """As `Drawn.lines`."""
        width = self.size.width
        for addresses, up, spark, accepts in (
            (9, True, SPARK, True),
            (9, True, SHORT_SPARK, True),
            (9, True, SPARK, False),
            (9, True, 0, False),
            (1, True, 0, False),
            (1, False, 0, False),
            (0, False, 0, False),
        ):
            left, right = self._left(addresses), self._right(up, spark, accepts)
            used = sum(len(text) for text, _ in (*left, *right)) + 1
            if used <= width:
                return [([*left, (" " * (width - used + 1), "plain"), *right], "bar")]
        return [([*self._left(0)], "bar")]

    @property
    def _gap(self) -> str:
        """Between two things: two columns where every one counts."""
        return "   " if self.size.width >= 100 else "  "

    def _named(self, address: str) -> str:
        return escape_label(address.replace("tcp://", "tcp "), self.glyphs)

    def _left(self, addresses: int) -> list[Part]:
        roster = self._roster
        parts: list[Part] = [(" tuiserver ", "badge")]
        if not roster.listening:
            parts.append(("  not listening", "error"))
        for address in roster.listening[:addresses]:
            parts.append((f"  {self._named(address)}", "plain"))
        if 0 < addresses < len(roster.listening):
            parts.append((f" +{len(roster.listening) - addresses}", "faint"))
        if addresses > 1:
            for address in roster.unopened:
                parts.append((f"  {self._named(address)} not open", "error"))
        elif roster.unopened:
            parts.append((f"  {len(roster.unopened)} not open", "error"))
        parts.append((f"{self._gap}{roster.open:,} {'client' if roster.open == 1 else 'clients'}", "bold"))
        if self._transcript is not None and self._transcript.dropped:
            full = f"{size(self._transcript.budget)} full: oldest dropped" if self.size.width >= 100 else "memory full"
            parts.append((f"{self._gap}{full}", "warning"))
        return parts

    def _right(self, up: bool, spark: int, accepts: bool) -> list[Part]:
        rates = self._roster.rates
        parts: list[Part] = []
        for word, number, history, style in (
            ("in", rates.bytes_in, rates.history_in, "in"),
            ("out", rates.bytes_out, rates.history_out, "out"),
        ):
            parts.append((f"{self._gap}{word} ", "faint"))
            if spark:
                parts.append((f"{sparkline(list(history), spark, self.glyphs.spark)} ", style))
            parts.append((f"{rate(number):>{FIGURE}}", style))
        if accepts:
            accepted = size(rates.accepts) if rates.accepts > 9.95 else f"{rates.accepts:.1f}"
            parts.append((f"{self._gap}accepts ", "faint"))
            parts.append((f"{sparkline(list(rates.history_accepts), spark, self.glyphs.spark)} ", "plain"))
            parts.append((f"{accepted:>5}/s", "plain"))
        if up and self._roster.since is not None:
            parts.append((f"{self._gap}up ", "faint"))
            parts.append((f"{duration(self._now - self._roster.since):>5}", "plain"))
        parts.append((" ", "plain"))
        return parts
