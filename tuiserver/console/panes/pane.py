"""The base of all panes: lines of styled parts, of which only those that changed are drawn.

    class Clocks(Pane):
        def lines(self):
            return [self.title_bar("CLOCKS", []), ([("12:04:31", "faint"), ("  here", "plain")], "plain")]

    clocks.redraw()                          # after its content changed

Rules of this file:
- A pane is one Textual widget over plain models; what it shares with other panes is here, the rest is composed.
- Text is already safe to draw: one column per character. What came from a peer has passed through `escape`.
- The movement keys and the mouse wheel go to the pane's `Scrollable`, if it has one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tuiserver.console.faults import report
from tuiserver.console.keymap import MOVING, Keys
from tuiserver.console.models.scrolling import Scrollable
from tuiserver.console.panes.styles import Styles
from tuiserver.console.text.escape import clip
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.parts import Line, Part

WHEEL_LINES = 3
"""Lines that one notch of the mouse wheel scrolls."""


def bind_keys(widget: Widget, keys: Keys, *scopes: str) -> None:
    """Bind the keys of the actions in these scopes to a widget."""
    for key, action in keys.bindings(*scopes):
        # Only App has a public `bind`; this is what it does.
        widget._bindings.bind(key, action.binding, action.label, show=False)


class Pane(Widget, can_focus=True):
    """A widget of lines. `key_scope` is where its actions are in the action table; without one it has no keys."""

    key_scope: ClassVar[str] = ""

    def __init__(
        self,
        id: str | None = None,  # noqa: A002 - Textual's name
        keys: Keys | None = None,
        scrollable: Scrollable | None = None,
    ) -> None:
        self._styles = Styles(lambda: (self.background_colors[1], self.app.theme_variables))
        self._drawn: list[Line] = []
        self._strips: dict[int, Strip] = {}
        super().__init__(id=id)  # may already notify of styles
        self.keys = keys or Keys()
        if self.key_scope:
            bind_keys(self, self.keys, MOVING, self.key_scope)
        self._scrollable = scrollable
        self._laid_out = Size(0, 0)

    @property
    def glyphs(self) -> Glyphs:
        """The symbols of this screen."""
        glyphs: Glyphs = getattr(self.app, "glyphs", UNICODE)
        return glyphs

    # -- for a pane to define -----------------------------------------------------------------------------------------

    def lines(self) -> list[Line]:
        """All visible lines, top to bottom; fewer than the height is fine."""
        return []

    def fit(self) -> None:
        """Adapt the models to a new size, before the lines are requested."""

    def update(self, now: float | None = None) -> None:
        """Draw what has changed; `now` is the time of the server in Unix seconds. Called once a frame."""
        self.redraw()

    def after_move(self) -> None:
        """Show the result of a movement key or the mouse wheel."""
        self.redraw()

    # -- drawing ------------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Draw the lines that have changed."""
        before, after = self._drawn, self._lines_or_fault()
        self._drawn = after
        columns = self._laid_out.width
        for y in range(max(len(before), len(after))):
            if y >= len(before) or y >= len(after):
                self._strips.pop(y, None)
                self.refresh(Region(0, y, columns, 1))
            elif before[y] != after[y]:
                self._strips.pop(y, None)
                x, width = _changed_columns(before[y], after[y], columns)
                self.refresh(Region(x, y, width, 1))

    def relayout(self) -> None:
        """Adapt to the present size and compute all lines anew."""
        self._laid_out = self.size
        self._drawn = self._lines_or_fault(self.fit)
        self._strips.clear()

    def _lines_or_fault(self, prepare: Callable[[], object] = lambda: None) -> list[Line]:
        """The lines; if they cannot be made, one line that says so: the other panes go on."""
        try:
            prepare()
            return self.lines()
        except Exception as error:
            report(self.app, error)
            text = clip(f"cannot be drawn: {type(error).__name__}", self.size.width, self.glyphs)
            return [([(text, "error")], "plain")]

    def on_resize(self) -> None:
        """Show the lines for the new size."""
        if self._laid_out == self.size:
            self.redraw()
        else:
            self.relayout()
            self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """As Textual asks for it; the first time, before it reports the size.

        Lines have no border, padding or tint, so handling those would be most of the cost of a frame; and no colours of
        the terminal's palette, so only the filters that reduce colours matter.
        """
        if self._laid_out != self.size:
            self.relayout()
        if any(not isinstance(each, ANSIToTruecolor) for each in self.get_line_filters()):
            return super().render_lines(crop)
        strips = [self.render_line(y) for y in crop.line_range]
        return strips if crop.width == self._laid_out.width else [strip.crop(crop.x, crop.right) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """As Textual asks for it."""
        strip = self._strips.get(y)
        if strip is None:
            parts, background = self._drawn[y] if y < len(self._drawn) else ((), "plain")
            strip = self._strips[y] = self.strip(parts, background)
        return strip

    def strip(self, parts: Sequence[Part], background: str = "plain") -> Strip:
        """Parts → exactly one line of this widget.

        Neighbours of the same style become one segment, blanks join the segment before them: each segment costs about
        forty bytes on the terminal.
        """
        columns = left = self._laid_out.width
        texts: list[str] = []
        names: list[str] = []
        for part, name in (*parts, (" " * left, "plain")):
            if not (text := part[:left]):
                continue
            left -= len(text)
            if names and (name == names[-1] or (text.isspace() and "badge" not in (name, names[-1]))):
                texts[-1] += text
            else:
                texts.append(text)
                names.append(name)
        style_of = self._styles.get
        segments = [Segment(text, style_of(name, background)) for text, name in zip(texts, names, strict=True)]
        return Strip(segments, columns)

    def notify_style_update(self) -> None:
        """Use the colours of another theme."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def notify_no_term(self, search: str = "search") -> None:
        """Notify the operator that there is nothing to search for; `search` is the action that asks for it."""
        key = self.keys.hint(search, self.glyphs)
        self.app.notify(f"nothing to search for{f': {key} searches' if key else ''}", markup=False)

    # -- title and focus ----------------------------------------------------------------------------------------------

    def title_bar(self, name: str, right: Sequence[Part]) -> Line:
        """The focus mark, the name of the pane, and its state at the right."""
        mark = (self.glyphs.focus, "accent") if self.has_focus else (" ", "plain")
        gap = self.size.width - 2 - len(name) - sum(len(text) for text, _ in right)
        return [mark, (name, "title"), (" " * max(1, gap), "plain"), *right, (" ", "plain")], "bar"

    def watch_has_focus(self, has_focus: bool) -> None:
        """Update the focus mark."""
        super().watch_has_focus(has_focus)
        if self.is_mounted:
            self.redraw()

    # -- moving -------------------------------------------------------------------------------------------------------

    def action_step(self, steps: int) -> None:
        """Move the cursor."""
        if self._scrollable is not None:
            self._scrollable.move(steps)
            self.after_move()

    def action_page(self, pages: int) -> None:
        """Move by pages; one line stays visible."""
        if self._scrollable is not None:
            self._scrollable.page(pages)
            self.after_move()

    def action_first(self) -> None:
        """Go to the first item."""
        if self._scrollable is not None:
            self._scrollable.scroll_to_start()
            self.after_move()

    def action_last(self) -> None:
        """Go to the last item."""
        if self._scrollable is not None:
            self._scrollable.scroll_to_end()
            self.after_move()

    def scroll_lines(self, lines: int) -> None:
        """Scroll by so many lines, up if negative."""
        if self._scrollable is not None:
            self._scrollable.scroll(lines)
            self.after_move()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll the pane under the pointer."""
        event.stop()
        self.scroll_lines(-WHEEL_LINES)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll the pane under the pointer."""
        event.stop()
        self.scroll_lines(WHEEL_LINES)


def _changed_columns(before: Line, after: Line, columns: int) -> tuple[int, int]:
    """First column and width of what differs between two lines. On a slow terminal each cell counts."""
    (old, old_background), (new, background) = before, after
    if old_background != background:
        return 0, columns
    first = x = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        x += len(new[first][0])
        first += 1
    last, right = 0, columns
    if sum(len(text) for text, _ in old) == sum(len(text) for text, _ in new):
        right = sum(len(text) for text, _ in new)
        while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
            right -= len(new[-1 - last][0])
            last += 1
    x, right = min(x, columns), min(right, columns)
    return (x, right - x) if right > x else (0, columns)
