"""One message, whole, over the screen: text or hexdump, of any length.

    app.push_screen(MessageViewer(entry, "since connect +0.5"), done)     # answers `copy`, `send` or None

Rules of this file:
- Which lines there are is `long_message.py`; here is where one stands in them.
- What can be done with the message is the app's; it is asked for and nothing is done here.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tuiserver.console.models.long_message import LongDump, LongLines, LongText, Position
from tuiserver.console.models.search_term import SearchTerm, parse_term
from tuiserver.console.panes.pane import Pane
from tuiserver.console.panes.prompt import Feedback, Prompt
from tuiserver.console.text.parts import Line, Part, highlight
from tuiserver.core.events import Received, Sent


class _Body(Pane):
    """The lines of the message that are seen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup,b", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home,g", "first", show=False),
        Binding("end,G", "last", show=False),
        Binding("x", "show", show=False),
        Binding("n", "find(1)", show=False),
        Binding("N", "find(-1)", show=False),
    ]

    def __init__(self, entry: Received | Sent) -> None:
        super().__init__()
        self._entry = entry
        self._hex = False
        self._place = Position(0)
        self._search = SearchTerm()
        self._small: bytes | None = None
        self._hit = -1
        self._width = 0

    @property
    def _room(self) -> int:
        return max(1, self.size.height - 2)

    @property
    def _lines(self) -> LongLines:
        width = max(1, self.size.width - 2)
        made = getattr(self, "_made", None)
        if made is None or made[0] != (width, self._hex):
            kind = LongDump if self._hex else LongText
            self._made = made = ((width, self._hex), kind(self._entry.data, width, self.glyphs))
        lines: LongLines = made[1]
        return lines

    def on_mount(self) -> None:
        """Bytes that are no text are shown as what they are."""
        sample = self._entry.data[:4096]
        odd = sum(byte < 9 or 13 < byte < 32 or byte > 126 for byte in sample)
        self._hex = odd * 4 > len(sample)

    def fit(self) -> None:
        """What stands in the first line stays there, or near it."""
        before, self._width = self._width, self.size.width - 2
        if before not in (0, self._width):
            self._place = self._lines.at(self._place.offset + self._place.line * before)

    def lines(self) -> list[Line]:
        """As `Pane.lines`."""
        entry, glyphs = self._entry, self.glyphs
        found: list[Line] = []
        place: Position | None = self._place
        while place is not None and len(found) < self._room:
            words = self._lines.text(place)
            parts: list[Part] = [(" ", "plain")]
            parts += [(words, "plain")] if self._hex else highlight(words, self._search.shown)
            found.append((parts, "plain"))
            last, place = place, self._lines.after(place)
        share = 100 if place is None else round(100 * last.offset / max(1, len(entry.data)))
        way = "in" if isinstance(entry, Received) else "out"
        right: list[Part] = [
            (f"{entry.size:,} bytes  ", "plain"),
            ("hex" if self._hex else "text", "plain"),
            (f"  {share:3} %", "faint"),
        ]
        title = f"MESSAGE of #{entry.id} {'<' if way == 'in' else '>'} {datetime.fromtimestamp(entry.at):%H:%M:%S.%f}"
        dot = glyphs.dot
        keys = f" esc back {dot} x text or hex {dot} ^f search n N {dot} y copy {dot} r send again"
        rest: list[Line] = [([], "plain")] * (self._room - len(found))
        return [self.title_bar(title, right), *found, *rest, ([(keys, "faint")], "bar")]

    def action_move(self, lines: int) -> None:
        """So many lines down, or up for less than 0; the last page stays full."""
        for _ in range(abs(lines)):
            there = self._lines.after(self._place) if lines > 0 else self._lines.before(self._place)
            if there is None or (lines > 0 and self._at_end()):
                break
            self._place = there
        self.redraw()

    def _at_end(self) -> bool:
        place: Position | None = self._place
        for _ in range(self._room):
            place = self._lines.after(place) if place is not None else None
        return place is None

    def action_page(self, pages: int) -> None:
        """So many pages down, or up for less than 0."""
        self.action_move(pages * max(1, self._room - 1))

    def action_first(self) -> None:
        """To the first byte."""
        self._place = self._lines.at(0)
        self.redraw()

    def action_last(self) -> None:
        """To the last page."""
        self._place = self._lines.at(len(self._entry.data))
        self.action_move(1 - self._room)

    def action_show(self) -> None:
        """Text or hex, from the same byte on."""
        offset = self._place.offset
        self._hex = not self._hex
        self._place = self._lines.at(offset)
        self.redraw()

    def search(self, text: str) -> Feedback:
        """Look for it from here on; what is said of it."""
        self._search = parse_term(text, self.glyphs)
        self._hit = self._place.offset - 1
        return self._find(1) if text else Feedback()

    @property
    def search_text(self) -> str:
        """What was searched for last."""
        return self._search.text

    def action_find(self, step: int) -> None:
        """To the next place where it occurs, or the one before."""
        if (remark := self._find(step)).wrong:
            self.app.notify(remark.text, markup=False)

    def _find(self, step: int) -> Feedback:
        if not self._search.data:
            return Feedback("nothing is searched for: ctrl+f", True)
        if self._small is None:
            self._small = self._entry.data.lower()
        small, wanted = self._small, self._search.data
        at = small.find(wanted, self._hit + 1) if step > 0 else small.rfind(wanted, 0, self._hit + len(wanted) - 1)
        if at < 0:
            return Feedback("no more below" if step > 0 else "no more above", True)
        self._hit = at
        self._place = self._lines.at(at)
        self.redraw()
        return Feedback(f"byte {at:,}")

    def scroll_lines(self, lines: int) -> None:
        """The wheel."""
        self.action_move(lines)


class MessageViewer(ModalScreen[str | None]):
    """The message over the whole screen."""

    DEFAULT_CSS = """
    MessageViewer { layout: vertical; background: $surface; }
    MessageViewer _Body { height: 1fr; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,backspace", "leave", show=False),
        Binding("ctrl+f,slash", "search", show=False),
        Binding("y", "answer('copy')", show=False),
        Binding("r", "answer('send')", show=False),
    ]

    def __init__(self, entry: Received | Sent) -> None:
        super().__init__()
        self._body = _Body(entry)
        self._prompt = Prompt()

    def compose(self) -> ComposeResult:
        """The lines, and where to type what is searched for."""
        yield self._body
        yield self._prompt

    def action_search(self) -> None:
        """Ask what to search for."""
        body = self._body
        self._prompt.ask("search", body.search_text, lambda text: Feedback(), self._search, "text, or \\x00 for a byte")

    def _search(self, text: str | None) -> None:
        if text and (remark := self._body.search(text)).wrong:
            self.notify(f"not found {remark.text.removeprefix('no more ')}", markup=False)

    def on_prompt_closed(self, event: Prompt.Closed) -> None:
        """Back to the lines."""
        event.stop()
        self._body.focus()

    def on_click(self, event: events.Click) -> None:
        """Nothing behind is meant."""
        event.stop()

    def action_answer(self, what: str) -> None:
        """Let something be done with it."""
        self.dismiss(what)

    def action_leave(self) -> None:
        """Back."""
        self.dismiss(None)
