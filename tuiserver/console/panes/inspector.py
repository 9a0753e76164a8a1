"""The selected connection from the wire up: the seven layers, and on top what is the matter with it.

    pane = InspectorPane(roster)
    pane.show(12); pane.take(inspected); pane.update(now)

Rules of this file:
- What stands there is `inspection.py`; here it gets its place and its colours.
- It asks for nothing: the app does, for the selected connection, while this pane can be seen.
"""

from __future__ import annotations

import time
from collections import deque

from tuiserver.console.keymap import INSPECTOR, Keys
from tuiserver.console.panes.pane import Pane
from tuiserver.console.text.escape import clip, escape
from tuiserver.console.text.parts import Line, Part
from tuiserver.core.events import Inspected
from tuiserver.views.inspection import UNKNOWN, SocketInfo, layers_of, verdict_of
from tuiserver.views.roster import Roster

TRANSPORT = 4
"""The layer of ports and round trips."""
LABEL = 16
"""Columns of `7 application` and what is between it and the rest."""
APART = 0.5
"""Seconds between two looks at least: others ask too, more often."""
MEMORY = 10
"""Looks, one a second, among which retransmits are compared: a loss is news for as long as that."""


class InspectorPane(Pane):
    """The pane. Its API stands at the top of this file."""

    place = INSPECTOR

    def __init__(self, roster: Roster, id: str | None = None, keys: Keys | None = None) -> None:  # noqa: A002
        super().__init__(id, keys)
        self._roster = roster
        self._connection = 0
        self._looked = 0.0
        self._looks: deque[SocketInfo] = deque(maxlen=MEMORY)
        self._now = time.time()
        self._top = 0

    def show(self, connection: int) -> None:
        """Another connection; 0 for none."""
        if connection != self._connection:
            self._connection = connection
            self._looks.clear()
            self._looked = 0.0
            self._top = 0
            self.update()

    def take(self, event: Inspected) -> None:
        """What was found out."""
        if event.id == self._connection and not 0 <= event.at - self._looked < APART:
            self._looked = event.at
            self._looks.append(event.info)

    def update(self, now: float | None = None) -> None:
        """Draw what has changed; `now` is Unix time in seconds."""
        self._now = time.time() if now is None else now
        self.redraw()

    # -- keys ---------------------------------------------------------------------------------------------------------

    def scroll_lines(self, lines: int) -> None:
        """Move by so many lines."""
        most = max(0, len(self._body()) - (self.size.height - 1))
        self._top = max(0, min(self._top + lines, most))
        self.redraw()

    def action_step(self, lines: int) -> None:
        """One line up or down."""
        self.scroll_lines(lines)

    def action_page(self, pages: int) -> None:
        """A page up or down."""
        self.scroll_lines(pages * max(1, self.size.height - 2))

    def action_first(self) -> None:
        """To the top."""
        self.scroll_lines(-self._top)

    def action_last(self) -> None:
        """To the bottom."""
        self.scroll_lines(1000)

    # -- what is seen -------------------------------------------------------------------------------------------------

    def lines(self) -> list[Line]:
        """As `Drawn.lines`."""
        client = self._roster.clients.get(self._connection)
        whose: list[Part] = []
        if client is not None:
            peer = clip(client.peer, max(0, self.size.width - 24), self.glyphs)
            whose = [(f"#{client.id}", "title"), (f"  {peer}", "faint")]
        body = self._body()
        top = max(0, min(self._top, len(body) - 1))
        return [self.bar("INSPECTOR", whose), *((parts, "plain") for parts in body[top:])][: self.size.height]

    def _body(self) -> list[list[Part]]:
        client = self._roster.clients.get(self._connection)
        if client is None:
            return [[], [(" no connection is selected", "faint")]]
        facts = self._looks[-1] if self._looks else {}
        earlier = self._looks[0] if len(self._looks) > 1 else {}
        verdict = verdict_of(client, facts, earlier, self._now)
        words = escape(verdict.text, max(1, self.size.width - 2), self.glyphs)
        style = "bold" if verdict.style == "plain" else verdict.style
        lines: list[list[Part]] = [[(f" {words}", style)], []]
        for layer in layers_of(client, facts, self._now):
            label = f" {layer.number} {layer.name}"
            items = layer.items
            if layer.number == TRANSPORT:  # All of it is ours; elsewhere it may be what a peer wrote.
                items = tuple(item.replace("+-", self.glyphs.plus_minus) for item in items)
            for flowed in self._flow(items):
                lines.append([(f"{label:<{LABEL}}", "faint"), *flowed])
                label = ""
        return lines

    def _flow(self, items: tuple[str, ...]) -> list[list[Part]]:
        """Items one behind the other, as many as fit on a line; one that is too long is cut."""
        room = max(1, self.size.width - LABEL - 1)
        lines: list[list[Part]] = [[]]
        used = 0
        for item in items:
            text = escape(item, room, self.glyphs)
            gap = 2 if used else 0
            if used and used + gap + len(text) > room:
                lines.append([])
                used = gap = 0
            lines[-1] += [(" " * gap, "plain"), (text, "faint" if text.startswith(UNKNOWN) else "plain")]
            used += gap + len(text)
        return lines
