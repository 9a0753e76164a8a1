"""The first line of the screen: addresses, number of clients, what needs attention, rates and uptime.

Rules of this file:
- Where there is little space, accepts and sparklines are left out first, then all addresses but the first, the uptime, words
  and the name of the program. The address and the number of clients stay.
- Accepts are shown only while clients keep connecting. If messages had to be dropped from memory, the header says so.
- A click on what needs attention shows only those connections; another one shows all again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import NamedTuple

from tuiserver.console.keymap import Keys
from tuiserver.console.models.concerns import ConcernCounts, Length
from tuiserver.console.panes.deferred import Deferred
from tuiserver.console.panes.pane import Pane
from tuiserver.console.text.escape import clip_address
from tuiserver.console.text.parts import Button, Line, Part, width_of
from tuiserver.core.numbers import duration, rate, size, sparkline, steady_maximum
from tuiserver.views.roster import Roster
from tuiserver.views.transcript import Transcript

SPARK, SHORT_SPARK = 16, 8
"""Columns of a sparkline, one per second: if there are two of them, and if accepts have one too."""
RATE_WIDTH = 7
WIDE_SCREEN = 100
"""Width from which on items have wider gaps and longer words."""
MANY_ACCEPTS = 5
"""Accepted connections in the last minute from which on the header shows their rate."""
ADDRESS_WIDTH, SHORT_ADDRESS_WIDTH = 60, 24


class _Variant(NamedTuple):
    """What the header shows: how many addresses, with their schemes or not, and so on."""

    addresses: int = 1
    schemes: bool = False
    name: bool = False
    uptime: bool = False
    spark: int = 0
    accepts: bool = False
    concerns: Length = Length.ONE
    rates: int = 0
    """Columns of a rate; -1 for as many as it needs, 0 for none."""


_VARIANTS = (
    _Variant(9, True, True, True, SPARK, True, Length.FULL, RATE_WIDTH),
    _Variant(9, True, True, True, SHORT_SPARK, True, Length.FULL, RATE_WIDTH),
    _Variant(9, True, True, True, SPARK, False, Length.FULL, RATE_WIDTH),
    _Variant(9, True, True, True, SHORT_SPARK, False, Length.FULL, RATE_WIDTH),
    _Variant(9, True, True, True, concerns=Length.FULL, rates=RATE_WIDTH),
    _Variant(1, True, True, True, concerns=Length.FULL, rates=RATE_WIDTH),
    _Variant(1, True, True, concerns=Length.FULL, rates=RATE_WIDTH),
    _Variant(1, True, True, concerns=Length.BRIEF, rates=RATE_WIDTH),
    _Variant(1, True, True, concerns=Length.ONE_AND_NUMBER, rates=RATE_WIDTH),
    _Variant(1, False, True, concerns=Length.BRIEF, rates=RATE_WIDTH),
    _Variant(1, False, concerns=Length.BRIEF, rates=RATE_WIDTH),
    _Variant(1, False, concerns=Length.BRIEF, rates=-1),
    _Variant(1, False, True, concerns=Length.ONE_AND_NUMBER, rates=RATE_WIDTH),
    _Variant(1, False, concerns=Length.ONE_AND_NUMBER, rates=RATE_WIDTH),
    _Variant(1, False, rates=-1),
    _Variant(1, concerns=Length.BRIEF),
    _Variant(1, concerns=Length.ONE_AND_NUMBER),
    _Variant(1),
    _Variant(0),
)
"""From the widest to the narrowest: the first one that fits is shown."""


class Header(Pane, can_focus=False):
    """The line. Call `update(now)` once a frame."""

    DEFAULT_CSS = "Header { height: 1; }"

    def __init__(
        self,
        roster: Roster,
        transcript: Transcript | None = None,
        id: str | None = None,  # noqa: A002
        keys: Keys | None = None,
    ) -> None:
        super().__init__(id, keys)
        self._roster = roster
        self._transcript = transcript
        self._counts = ConcernCounts(roster)
        self._inputs: tuple[object, ...] = ()
        self._items: list[Part | Button] = []
        self._now = time.time()
        self._continue = Deferred(self, self.update)

    def update(self, now: float | None = None) -> None:
        """Draw it if it changed; `now` is Unix time in seconds."""
        self._now = self._now if now is None else now
        if self._counts.update(self._now):
            self._continue.request()
        self.redraw()

    def lines(self) -> list[Line]:
        """As `Pane.lines`. Most frames show what the one before did: under load there are ten a second."""
        roster, rates, transcript = self._roster, self._roster.rates, self._transcript
        inputs = (
            *(self.size.width, roster.open, *roster.listening, "", *roster.unopened),
            *(rates.bytes_in, rates.bytes_out, rates.accepts),
            *(*rates.history_in, "", *rates.history_out, "", *rates.history_accepts),
            *self._counts.parts(Length.FULL, ""),
            None if roster.since is None else int(self._now - roster.since),
            transcript is not None and transcript.dropped > 0,
        )
        if inputs != self._inputs:
            self._inputs, self._items = inputs, self._make_items(self.size.width)
        return [(self.lay_out(self._items), "bar")]

    def _make_items(self, width: int) -> list[Part | Button]:
        for variant in _VARIANTS:
            left, right = self._left(variant), self._right(variant)
            used = width_of([*left, *right]) + 1
            if used <= width:
                break
        return [*left, (" " * (width - used + 1), "plain"), *right]

    @property
    def _gap(self) -> str:
        return "   " if self.size.width >= WIDE_SCREEN else "  "

    def _address(self, address: str, variant: _Variant) -> str:
        if variant.schemes:
            return clip_address(address.replace("tcp://", "tcp "), ADDRESS_WIDTH, self.glyphs)
        return clip_address(address.removeprefix("tcp://"), SHORT_ADDRESS_WIDTH, self.glyphs)

    def _left(self, variant: _Variant) -> list[Part | Button]:
        roster, addresses = self._roster, variant.addresses
        parts: list[Part | Button] = [(" tuiserver ", "badge")] if variant.name else []
        gap = "  " if variant.name else " "
        if not roster.listening:
            parts.append((f"{gap}not listening", "error"))
        for address in roster.listening[:addresses]:
            parts.append((f"{gap}{self._address(address, variant)}", "plain"))
        if 0 < addresses < len(roster.listening):
            parts.append((f" +{len(roster.listening) - addresses}", "faint"))
        if addresses > 1:
            for address in roster.unopened:
                parts.append((f"  {self._address(address, variant)} not open", "error"))
        elif roster.unopened:
            parts.append((f"  {len(roster.unopened)} not open", "error"))
        parts.append((f"{self._gap}{roster.open:,} {'client' if roster.open == 1 else 'clients'}", "bold"))
        if concerns := self._counts.parts(variant.concerns, f" {self.glyphs.dot} "):
            parts += [(self._gap, "plain"), Button("attention", concerns)]
        if self._transcript is not None and self._transcript.dropped:
            wide = self.size.width >= WIDE_SCREEN
            text = f"{size(self._transcript.budget)} full: oldest dropped" if wide else "memory full"
            parts.append((f"{self._gap}{text}", "warning"))
        return parts

    def _right(self, variant: _Variant) -> list[Part]:
        rates, gap = self._roster.rates, self._gap if variant.name else " "
        parts: list[Part] = []
        if variant.accepts and sum(rates.history_accepts) >= MANY_ACCEPTS:
            accepted = size(rates.accepts) if rates.accepts > 9.95 else f"{rates.accepts:.1f}"
            parts.append((f"{gap}accepts ", "faint"))
            parts.append((self._spark(rates.history_accepts, variant.spark), "plain"))
            parts.append((f"{accepted:>5}/s", "plain"))
        for name, number, history, style in (
            ("in", rates.bytes_in, rates.history_in, "in"),
            ("out", rates.bytes_out, rates.history_out, "out"),
        ):
            if variant.rates:
                parts.append((f"{gap}{name} ", "faint"))
                parts.append((self._spark(history, variant.spark), style))
                parts.append((rate(number).rjust(variant.rates), style))
        if variant.uptime and self._roster.since is not None:
            parts.append((f"{gap}up ", "faint"))
            parts.append((f"{duration(self._now - self._roster.since):>5}", "plain"))
        if variant.name:
            parts.append((" ", "plain"))
        return parts

    def _spark(self, history: Iterable[float], width: int) -> str:
        values = list(history)
        return f"{sparkline(values, width, self.glyphs.spark, steady_maximum(values))} " if width else ""
