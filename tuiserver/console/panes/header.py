"""The first line of the screen: addresses, number of clients, rates and uptime.

Rules of this file:
- Where there is little space, accepts and sparklines are left out first, then the uptime, then all addresses but the first.
- If messages had to be dropped from memory, the header says so.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from tuiserver.console.panes.pane import Pane
from tuiserver.console.text.escape import escape_label
from tuiserver.console.text.parts import Line, Part, width_of
from tuiserver.core.numbers import duration, rate, size, sparkline
from tuiserver.views.roster import Roster
from tuiserver.views.transcript import Transcript

SPARK, SHORT_SPARK = 16, 8
"""Columns of a sparkline, one per second: if there are two of them, and if accepts have one too."""
RATE_WIDTH = 7
WIDE_SCREEN = 100
"""Width from which on items have wider gaps and longer words."""


class _Variant(NamedTuple):
    """What the header shows."""

    addresses: int
    uptime: bool
    spark: int
    accepts: bool


_VARIANTS = (
    _Variant(9, True, SPARK, True),
    _Variant(9, True, SHORT_SPARK, True),
    _Variant(9, True, SPARK, False),
    _Variant(9, True, 0, False),
    _Variant(1, True, 0, False),
    _Variant(1, False, 0, False),
    _Variant(0, False, 0, False),
)
"""From the widest to the narrowest: the first one that fits is shown."""


class Header(Pane, can_focus=False):
    """The line. Call `update(now)` once a frame."""

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
        """As `Pane.lines`."""
        width = self.size.width
        for variant in _VARIANTS:
            left, right = self._left(variant), self._right(variant)
            used = width_of((*left, *right)) + 1
            if used <= width:
                return [([*left, (" " * (width - used + 1), "plain"), *right], "bar")]
        return [([*self._left(_VARIANTS[-1])], "bar")]

    @property
    def _gap(self) -> str:
        return "   " if self.size.width >= WIDE_SCREEN else "  "

    def _address(self, address: str) -> str:
        return escape_label(address.replace("tcp://", "tcp "), self.glyphs)

    def _left(self, variant: _Variant) -> list[Part]:
        roster, addresses = self._roster, variant.addresses
        parts: list[Part] = [(" tuiserver ", "badge")]
        if not roster.listening:
            parts.append(("  not listening", "error"))
        for address in roster.listening[:addresses]:
            parts.append((f"  {self._address(address)}", "plain"))
        if 0 < addresses < len(roster.listening):
            parts.append((f" +{len(roster.listening) - addresses}", "faint"))
        if addresses > 1:
            for address in roster.unopened:
                parts.append((f"  {self._address(address)} not open", "error"))
        elif roster.unopened:
            parts.append((f"  {len(roster.unopened)} not open", "error"))
        parts.append((f"{self._gap}{roster.open:,} {'client' if roster.open == 1 else 'clients'}", "bold"))
        if self._transcript is not None and self._transcript.dropped:
            wide = self.size.width >= WIDE_SCREEN
            text = f"{size(self._transcript.budget)} full: oldest dropped" if wide else "memory full"
            parts.append((f"{self._gap}{text}", "warning"))
        return parts

    def _right(self, variant: _Variant) -> list[Part]:
        rates, spark, gap, glyphs = self._roster.rates, variant.spark, self._gap, self.glyphs
        parts: list[Part] = []
        for name, number, history, style in (
            ("in", rates.bytes_in, rates.history_in, "in"),
            ("out", rates.bytes_out, rates.history_out, "out"),
        ):
            parts.append((f"{gap}{name} ", "faint"))
            if spark:
                parts.append((f"{sparkline(list(history), spark, glyphs.spark)} ", style))
            parts.append((f"{rate(number):>{RATE_WIDTH}}", style))
        if variant.accepts:
            accepted = size(rates.accepts) if rates.accepts > 9.95 else f"{rates.accepts:.1f}"
            parts.append((f"{gap}accepts ", "faint"))
            parts.append((f"{sparkline(list(rates.history_accepts), spark, glyphs.spark)} ", "plain"))
            parts.append((f"{accepted:>5}/s", "plain"))
        if variant.uptime and self._roster.since is not None:
            parts.append((f"{gap}up ", "faint"))
            parts.append((f"{duration(self._now - self._roster.since):>5}", "plain"))
        parts.append((" ", "plain"))
        return parts
