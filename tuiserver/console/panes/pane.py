"""The base of all panes: lines of styled parts, of which only those that changed are drawn.

    class Clocks(Pane):
        def lines(self):
            return [self.title_bar("CLOCKS", []), ([("12:04:31", "faint"), ("  here", "plain")], "plain")]

    clocks.redraw()                          # after its content changed

Rules of this file:
- A pane is one Textual widget over plain models; what it shares with other panes is here, the rest is composed.
- Text is already safe to draw: what came from a peer has passed through `escape`. It is measured in columns, not characters.
- What runs from right to left stays in its part: a mark after it keeps terminals from reordering the columns.
- The movement keys, the mouse wheel and the scroll bar go to the pane's `Scrollable`, if it has one.
- What can be clicked in a line is a `Button`, placed by `lay_out`: its action of the table is run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from tuiserver.console.faults import report
from tuiserver.console.keymap import MOVING, Keys
from tuiserver.console.models.scrolling import Scrollable, start_of
from tuiserver.console.panes.scroll_bar import ScrollBar
from tuiserver.console.panes.selecting import LEFT_TO_RIGHT_MARK, selected_text, show_selected
from tuiserver.console.panes.styles import BADGES, Styles
from tuiserver.console.text.changes import changed_spans
from tuiserver.console.text.escape import clip
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.parts import Button, Line, Part, flatten, width_of
from tuiserver.core.characters import RIGHT_TO_LEFT, columns, cut

WHEEL_LINES = 3
"""Lines that one notch of the mouse wheel scrolls."""


def bind_keys(widget: Widget, keys: Keys, *scopes: str) -> None:
    """Bind the keys of the actions in these scopes to a widget."""
    for key, action in keys.bindings(*scopes):
        # Only App has a public `bind`; this is what it does.
        widget._bindings.bind(key, action.binding, action.label, show=False)


class Pane(Widget, can_focus=True):
    """A widget of lines. `key_scope` is where its actions are in the action table; without one it has no keys. `head_rows`
    are the lines above those that scroll."""

    ALLOW_SELECT = False
    key_scope: ClassVar[str] = ""
    head_rows: ClassVar[int] = 1

    def __init__(
        self,
        id: str | None = None,  # noqa: A002 - Textual's name
        keys: Keys | None = None,
        scrollable: Scrollable | None = None,
    ) -> None:
        self._styles = Styles(
            lambda: (self.background_colors[1], self.app.theme_variables), lambda: self.app.has_class("-few-colors")
        )
        self._drawn: list[Line] = []
        self._strips: dict[int, Strip] = {}
        super().__init__(id=id)  # may already notify of styles
        self.keys = keys or Keys()
        if self.key_scope:
            bind_keys(self, self.keys, MOVING, self.key_scope)
        self._scrollable = scrollable
        self._laid_out = Size(0, 0)
        self._bar = ScrollBar(scrollable)
        self._selected_at: float | None = None
        """Where the visible part began when text was selected; None without a selection."""
        self._buttons: list[tuple[int, int, int, str]] = []
        """Line, first column, column after the last, and action."""

    @property
    def size(self) -> Size:
        """As in Textual, without the arithmetic of borders and padding, which panes do not have."""
        return self.outer_size

    @property
    def glyphs(self) -> Glyphs:
        """The symbols of this screen."""
        glyphs: Glyphs = getattr(self.app, "glyphs", UNICODE)
        return glyphs

    # -- for a pane to define -----------------------------------------------------------------------------------------

    def lines(self) -> list[Line]:
        """All visible lines, top to bottom; fewer than the height is fine."""
        return []

    def rows_wanted(self, limit: int) -> int:
        """The rows that show all that is in the pane, at most `limit`: it needs no more."""
        return limit

    def fit(self) -> None:
        """Adapt the models to a new size, before the lines are requested."""

    def update(self, now: float | None = None) -> None:
        """Draw what has changed; `now` is the time of the server in Unix seconds. Called once a frame."""
        self.redraw()

    def after_move(self) -> None:
        """Show the result of a movement key or the mouse wheel."""
        self.redraw()

    def hold(self) -> None:
        """Stop following: what is visible is being selected."""

    def clicked(self, event: events.Click) -> None:
        """The pane was clicked, neither on a button nor on the scroll bar."""

    # -- drawing ------------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Draw the lines that have changed."""
        if self._selected_at is not None and self._selected_at != start_of(self._scrollable):
            self.screen.clear_selection()
        before, thumb_before = self._drawn, self._bar.thumb
        self._drawn = after = self._lines_or_fault()
        line_width = self._laid_out.width
        changed: list[Region] = []
        for y in range(max(len(before), len(after))):
            if y >= len(before) or y >= len(after):
                changed.append(Region(0, y, line_width, 1))
            elif before[y] != after[y]:
                spans = changed_spans(before[y], after[y], line_width)
                changed += [Region(x, y, stop - x, 1) for x, stop in spans]
        if thumb_before != self._bar.thumb:
            changed += [Region(line_width - 1, y, 1, 1) for y in {*thumb_before} ^ {*self._bar.thumb}]
        for region in changed:
            self._strips.pop(region.y, None)
        if changed:
            self.refresh(*changed)

    def relayout(self) -> None:
        """Adapt to the present size and compute all lines anew."""
        self._laid_out = self.size
        self._drawn = self._lines_or_fault(self.fit)
        self._strips.clear()

    def _lines_or_fault(self, prepare: Callable[[], object] = lambda: None) -> list[Line]:
        """The lines; if they cannot be made, one line that says so: the other panes go on."""
        self._buttons.clear()
        self._bar.clear()
        try:
            prepare()
            lines = self.lines()
            self._bar.fit(self.head_rows, self.size.height)
            return lines
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
        strips = [self._strip_of(y) for y in crop.line_range]
        return strips if crop.width == self._laid_out.width else [strip.crop(crop.x, crop.right) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """As Textual asks for it: with the positions of its characters, for selecting them."""
        strip = self._strip_of(y)
        return strip.apply_offsets(0, y) if self.ALLOW_SELECT else strip

    def _strip_of(self, y: int) -> Strip:
        strip = self._strips.get(y)
        if strip is None:
            parts, background = self._drawn[y] if y < len(self._drawn) else ((), "plain")
            strip = self.strip(parts, background, y in self._bar.thumb)
            if self._selected_at is not None:
                strip = show_selected(strip, y, self.text_selection)
            self._strips[y] = strip
        return strip

    def strip(self, parts: Sequence[Part], background: str = "plain", thumb: bool = False) -> Strip:
        """Parts → exactly one line of this widget; `thumb`: the last column shows the scroll bar.

        Neighbours of the same style become one segment, blanks join the segment before them: each segment costs about
        forty bytes on the terminal.
        """
        width = self._laid_out.width
        left = width - thumb
        texts: list[str] = []
        names: list[str] = []
        for part, name in (*parts, (" " * left, "plain")):
            if part.isascii():
                text = part if len(part) <= left else part[:left]
                left -= len(text)
            else:
                text = cut(part, left)
                left -= columns(text)
                if len(text) < len(part):  # half of a wide character would have been left
                    text, left = text + " " * left, 0
                if RIGHT_TO_LEFT.search(text):
                    text += LEFT_TO_RIGHT_MARK
            if not text:
                continue
            if names and (name == names[-1] or (text.isspace() and not (name in BADGES or names[-1] in BADGES))):
                texts[-1] += text
            else:
                texts.append(text)
                names.append(name)
        style_of = self._styles.get
        segments = [Segment(text, style_of(name, background)) for text, name in zip(texts, names, strict=True)]
        if thumb:  # Also beside the selected line, whose background may have the same colour.
            segments.append(Segment(self.glyphs.thumb, style_of("faint", "plain")))
        return Strip(segments, width)

    def notify_style_update(self) -> None:
        """Use the colours of another theme."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def notify_no_term(self, search: str = "search") -> None:
        """Notify the operator that there is nothing to search for; `search` is the action that asks for it."""
        key = self.keys.hint(search, self.glyphs)
        self.app.notify(f"nothing to search for{f': {key} searches' if key else ''}", markup=False)

    # -- title, buttons and focus -------------------------------------------------------------------------------------

    def title_bar(self, name: str, right: Sequence[Part | Button]) -> Line:
        """The focus mark, the name of the pane, the digit that leads to it if there is room, and its state at the right."""
        mark = (self.glyphs.focus, "accent") if self.has_focus else (" ", "plain")
        space = self.size.width - 2 - len(name) - width_of(right)
        digit = self.keys.digit(self.key_scope)
        number = f"{digit} " if digit and space > len(digit) + 1 else ""
        gap = " " * max(1, space - len(number))
        return self.lay_out([mark, (number, "faint"), (name, "title"), (gap, "plain"), *right, (" ", "plain")]), "bar"

    def lay_out(self, items: Sequence[Part | Button], y: int = 0) -> list[Part]:
        """The parts of line `y`; from now on a click on one of its buttons runs the action, until the next `lines`."""
        x = 0
        for item in items:
            if isinstance(item, Button):
                start, x = x, x + width_of(item.parts)
                self._buttons.append((y, start, x, item.action))
            else:
                x += columns(item[0])
        return flatten(items)

    # -- selecting text -----------------------------------------------------------------------------------------------

    @property
    def allow_select(self) -> bool:
        """Whether the mouse may begin to select text here: not on the scroll bar."""
        x, y = self.app.mouse_position - self.region.offset
        on_bar = x == self.size.width - 1 and self._bar.covers(y)
        return self.ALLOW_SELECT and not on_bar

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """As Textual asks for it: the text, and what separates it from that of the next widget."""
        lines = [self.strip(*line).text for line in self._drawn]
        return selected_text(lines, selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Show what is selected. It stays as long as the pane is not scrolled."""
        if selection is not None and self._selected_at is None:
            self.hold()
        self._selected_at = None if selection is None else start_of(self._scrollable)
        self._strips.clear()
        self.refresh()

    def copy_selected(self) -> bool:
        """Copy the text that is selected on this screen; False if there is none."""
        text = self.screen.get_selected_text()
        if text:
            self.app.copy_to_clipboard(text)
        return bool(text)

    async def on_click(self, event: events.Click) -> None:
        """Run the action of a button, or let the pane have the click."""
        event.prevent_default()  # Textual would select everything on a double click.
        if self.text_selection is not None:  # The mouse button was released after text was selected.
            return
        for y, start, stop, name in self._buttons:
            if event.y == y and start <= event.x < stop and (action := self.keys.by_name.get(name)):
                await self.run_action(f"app.{action.app_action}")
                return
        if not self._on_bar(event):
            self.clicked(event)

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

    # -- the scroll bar -----------------------------------------------------------------------------------------------

    @property
    def row_width(self) -> int:
        """The columns of a line that scrolls, without the scroll bar."""
        return max(0, self.size.width - self._bar.width)

    def _on_bar(self, event: events.MouseEvent) -> bool:
        return event.x == self.size.width - 1 and self._bar.covers(int(event.y))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take the thumb of the scroll bar; a click beside it brings it there."""
        if self._on_bar(event):
            event.stop()
            self._bar.take(int(event.y))
            self.capture_mouse()
            self.on_mouse_move(event)

    def on_mouse_move(self, event: events.MouseEvent) -> None:
        """Scroll along with the thumb."""
        if self._bar.drag(int(event.y)):
            self.after_move()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go of the thumb."""
        if self._bar.release():
            self.release_mouse()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll the pane under the pointer."""
        event.stop()
        self.scroll_lines(-WHEEL_LINES)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll the pane under the pointer."""
        event.stop()
        self.scroll_lines(WHEEL_LINES)
