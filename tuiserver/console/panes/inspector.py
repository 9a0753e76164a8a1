"""The selected connection: a verdict, the byte path or how it ended, and the seven layers of the network.

    pane = InspectorPane(roster)
    pane.show(12); pane.take(inspected); pane.update(now)

Rules of this file:
- What is said is in `views/`: verdict, byte_path, close_steps, inspection. This file gives it a place and colours.
- The pane requests nothing: the app sends `Inspect` for the selected connection while the pane is visible.
- What describes a connection is imported when the first one is selected: the start does not wait for it.
"""

from __future__ import annotations

import textwrap
import time
from collections import deque
from typing import TYPE_CHECKING

from tuiserver.console.keymap import INSPECTOR, Keys
from tuiserver.console.models.charsets import Charsets
from tuiserver.console.models.scrolling import LineScroll, pan
from tuiserver.console.panes.pane import Pane
from tuiserver.console.text.escape import clip, escape, escape_label, wrap_escaped
from tuiserver.console.text.parts import Line, Part, shifted
from tuiserver.core.characters import columns
from tuiserver.core.events import Inspected
from tuiserver.views.roster import Client, Roster

if TYPE_CHECKING:
    from tuiserver.views.byte_path import History, SocketInfo
    from tuiserver.views.verdict import Verdict

TRANSPORT = 4
"""Number of the transport layer."""
LABEL_WIDTH = 16
"""Columns of `7 application` and the space after it."""
TIME_WIDTH = 12
"""Columns of `12:03:20.130`."""
MAX_ITEM = 4096
"""Columns of a text at most."""
MIN_INTERVAL = 0.5
"""Seconds between two samples that are kept: others may request them more often."""
SAMPLES = 10
"""Samples, one a second, between which retransmits are compared: a loss is reported for as long."""


class InspectorPane(Pane):
    """The pane. Its API is at the top of this file."""

    ALLOW_SELECT = True
    key_scope = INSPECTOR

    def __init__(
        self,
        roster: Roster,
        id: str | None = None,  # noqa: A002
        keys: Keys | None = None,
        charsets: Charsets | None = None,
    ) -> None:
        self._scroll = LineScroll()
        super().__init__(id, keys, self._scroll)
        self._roster = roster
        self._charset_of = (charsets or Charsets()).of
        self._connection = 0
        self._sampled = 0.0
        self._samples: deque[SocketInfo] = deque(maxlen=SAMPLES)
        self._history: History
        self._after: SocketInfo = {}
        """The latest sample taken after the close."""
        self._wrap = False
        self._shift = 0
        self._widest = 0
        """Columns of the longest text."""
        self._now = time.time()

    def show(self, connection: int) -> None:
        """Show another connection; 0 for none."""
        from tuiserver.views.byte_path import History

        if connection != self._connection:
            self._connection = connection
            self._samples.clear()
            self._history = History()
            self._after = {}
            self._sampled = 0.0
            self._scroll.scroll_to_start()
            if self.is_mounted:
                self.update()

    def take(self, event: Inspected) -> None:
        """Take what the server found out."""
        from tuiserver.views.byte_path import byte_paths

        client = self._roster.clients.get(event.id)
        if event.id != self._connection or client is None:
            return
        if not client.open:
            self._after = event.info
        elif not 0 <= event.at - self._sampled < MIN_INTERVAL:
            self._sampled = event.at
            self._samples.append(event.info)
            self._history.add(byte_paths(client, event.info, self._history))

    def update(self, now: float | None = None) -> None:
        """Draw what has changed; `now` is Unix time in seconds."""
        self._now = self._now if now is None else now
        self.redraw()

    def action_copy_selected(self) -> None:
        """Copy the text that is selected with the mouse."""
        if not self.copy_selected():
            self.app.notify("no text is selected: drag over it with the mouse", markup=False)

    def action_wrap(self) -> None:
        """Toggle wrapping of what is longer than a line."""
        self._wrap = not self._wrap
        self.redraw()

    def action_pan(self, step: int) -> None:
        """Show what is further to the right (`step` 1) or to the left of long lines."""
        self._shift = pan(self._shift, step, self._text_width(LABEL_WIDTH), self._widest)
        self.redraw()

    def rows_wanted(self, limit: int) -> int:
        """As `Pane.rows_wanted`."""
        return min(limit, 1 + self._scroll.total) if self._scroll.total else limit

    def fit(self) -> None:
        """As `Pane.fit`."""
        self._scroll.height = max(1, self.size.height - 1)

    def lines(self) -> list[Line]:
        """As `Pane.lines`."""
        client = self._roster.clients.get(self._connection)
        peer: list[Part] = []
        if client is not None:
            address = clip(client.peer, max(0, self.size.width - 24), self.glyphs)
            peer = [(f"#{client.id}", "title"), (f"  {address}", "faint")]
        body = self._body()
        self._scroll.total = len(body)
        top = max(0, min(self._scroll.top, len(body) - 1))
        return [self.title_bar("INSPECTOR", peer), *((parts, "plain") for parts in body[top:])][: self.size.height]

    def _body(self) -> list[list[Part]]:
        client = self._roster.clients.get(self._connection)
        if client is None:
            return [[], [(" no connection is selected", "faint")]]
        from tuiserver.console.text.byte_path_lines import byte_path_lines
        from tuiserver.views.byte_path import byte_paths
        from tuiserver.views.inspection import layers_of
        from tuiserver.views.verdict import verdict_of

        latest = self._samples[-1] if self._samples else {}
        earlier = self._samples[0] if len(self._samples) > 1 else {}
        charset = self._charset_of(client.id)
        self._widest = 0
        lines = [*self._verdict(verdict_of(client, latest, earlier, self._now)), []]
        if client.open:
            for path in byte_paths(client, latest, self._history):
                lines += byte_path_lines(path, self._history, self.row_width - 1, self.glyphs)
        else:
            lines += self._close_steps(client)
        lines.append([])
        for layer in layers_of(client, latest, self._now, charset, self._sampled):
            label = f" {layer.number} {layer.name}"
            items = layer.items
            if layer.number == TRANSPORT:  # its items are our own text; those of other layers may hold a peer's
                items = tuple(type(item)(item.replace("+-", self.glyphs.plus_minus)) for item in items)
            for line in self._flow(items):
                lines.append([(f"{label:<{LABEL_WIDTH}}", "faint"), *line])
                label = ""
        return lines

    def _verdict(self, verdict: Verdict) -> list[list[Part]]:
        """The verdict as a badge; below it the advice."""
        width = max(1, self.row_width - 2)
        lines: list[list[Part]] = [
            [(" ", "plain"), (f" {escape(verdict.text, max(1, width - 2), self.glyphs)} ", f"badge-{verdict.style}")]
        ]
        for line in textwrap.wrap(escape_label(verdict.advice, self.glyphs), width):
            lines.append([(f" {clip(line, width, self.glyphs)}", "plain")])
        return lines

    def _close_steps(self, client: Client) -> list[list[Part]]:
        """What happened, in order, with times."""
        from tuiserver.views.close_steps import close_steps
        from tuiserver.views.inspection import time_of_day

        lines: list[list[Part]] = []
        for step in close_steps(client, self._after):
            at = "now" if step.at is None else time_of_day(step.at)
            for text in self._texts(step.text, self._text_width(TIME_WIDTH + 2)):
                style = "bold" if step.at == client.closed_at else "plain"
                lines.append([(f" {at:<{TIME_WIDTH}} ", "faint"), *shifted([(text, style)], self._first_column)])
                at = ""
        return lines

    def _text_width(self, start: int) -> int:
        """The columns that a text has which begins in column `start`."""
        return max(1, self.row_width - start - 1)

    @property
    def _first_column(self) -> int:
        """The column of the texts that comes first."""
        return 0 if self._wrap else self._shift

    def _texts(self, text: str, width: int) -> list[str]:
        """A text as lines: one, cut at the right edge, unless it is wrapped."""
        whole = escape(text, MAX_ITEM, self.glyphs)
        self._widest = max(self._widest, columns(whole))
        return wrap_escaped(whole, width) if self._wrap else [escape(text, self._shift + width, self.glyphs)]

    def _flow(self, items: tuple[str, ...]) -> list[list[Part]]:
        """Items next to each other, as many as fit on a line; one that is too long has lines of its own."""
        from tuiserver.views.inspection import Unavailable

        width = self._text_width(LABEL_WIDTH)
        lines: list[list[Part]] = [[]]
        used = 0
        for item in items:
            known = not isinstance(item, Unavailable)
            style = "plain" if known else "faint"
            for text in self._texts(item, width) if known else textwrap.wrap(escape_label(item, self.glyphs), width):
                gap = 2 if used else 0
                if used and used + gap + columns(text) > width:
                    lines.append([])
                    used = gap = 0
                lines[-1] += [(" " * gap, "plain"), (text, style)]
                used += gap + columns(text)
        return [shifted(line, self._first_column) for line in lines]
