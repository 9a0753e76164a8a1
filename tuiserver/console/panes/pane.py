"""A pane: a title bar and lines below it, each drawn only when it can be seen.

    class Clocks(Pane):
        def lines(self):
            return [self.bar("CLOCKS", []), ([("12:04:31", "faint"), ("  here", "plain")], "plain")]

    clocks.redraw()                          # after what it shows has changed: only lines that differ are drawn

Rules of this file:
- A line is parts, each a text and the name of its style; `Pane` makes exactly the width of the pane of them.
- Text comes in ready for the screen: one column a character. What strangers wrote has passed through `escape`.
- Colours are named here once and come from the theme; they are looked up once per theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tuiserver.console.keymap import MOVING, Keys
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.parts import Line, Part
from tuiserver.console.themes import read_colour

_FRONTS = {
    "faint": "text-muted",
    "in": "primary",
    "out": "secondary",
    "accent": "accent",
    "good": "success",
    "warning": "warning",
    "error": "error",
    "badge": "background",
}
"""The variables of the theme that are the colours of text; any other text is `foreground`."""
_GROUNDS = {"bar": "panel", "selected": "boost", "badge": "accent"}
"""Those of what it stands on; else it is the ground of the pane."""
_BOLD = {"title", "bold", "badge"}


def bind(widget: Widget, keys: Keys, *places: str) -> None:
    """Let the keys of what belongs to these places run it on a widget."""
    for key, action in keys.bindings(*places):
        widget._bindings.bind(
            key, action.binding, action.label, show=False
        )  # as App.bind does it; a widget has no such method


class Drawn(Widget):
    """A widget that draws itself by lines of styled parts.

    Its colours are variables of the theme. They are looked up here and not by component classes: for a dozen of these to
    each pane, the toolkit goes through all rules at every start and every change of the arrangement.
    """

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        self._styles: dict[tuple[str, str], Style] = {}
        super().__init__(id=id)
        self._drawn: list[Line] = []
        self._strips: dict[int, Strip] = {}
        self._columns = 0
        self._fitted = Size(0, 0)

    @property
    def glyphs(self) -> Glyphs:
        """The signs of this screen."""
        glyphs: Glyphs = getattr(self.app, "glyphs", UNICODE)
        return glyphs

    def lines(self) -> list[Line]:
        """All lines that can be seen, top to bottom; fewer than there is room for is right."""
        return []

    def redraw(self) -> None:
        """Draw the lines that are not what they were."""
        before, self._drawn = self._drawn, self.lines()
        after = self._drawn
        for y in range(max(len(before), len(after))):
            if y >= len(before) or y >= len(after):
                self._strips.pop(y, None)
                self.refresh(Region(0, y, self._columns, 1))
            elif before[y] != after[y]:
                self._strips.pop(y, None)
                x, width = _changed(before[y], after[y], self._columns)
                self.refresh(Region(x, y, width, 1))

    def fit(self) -> None:
        """The size has changed: what depends on it is set, before the lines are asked for."""

    def on_resize(self) -> None:
        """Another size, other lines."""
        if self._fitted == self.size:
            self.redraw()
        else:
            self._fit()
            self.refresh()

    def _fit(self) -> None:
        self.fit()
        self._fitted = self.size
        self._columns = self.size.width
        self._drawn = self.lines()
        self._strips.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """As Textual asks for it, at first before it tells of the size.

        Lines have no border, padding or tint, so what it does about those would be most of the cost of a frame; and no
        colours of the terminal's own, so of its filters only those for less colour matter.
        """
        if self._fitted != self.size:
            self._fit()
        if any(not isinstance(each, ANSIToTruecolor) for each in self.get_line_filters()):
            return super().render_lines(crop)
        strips = [self.render_line(y) for y in crop.line_range]
        return strips if crop.width == self._columns else [strip.crop(crop.x, crop.right) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """As Textual asks for it."""
        strip = self._strips.get(y)
        if strip is None:
            parts, ground = self._drawn[y] if y < len(self._drawn) else ((), "plain")
            strip = self._strips[y] = self.strip(parts, ground)
        return strip

    def strip(self, parts: Sequence[Part], ground: str = "plain") -> Strip:
        """Parts → exactly one line of this widget.

        What looks the same is one segment, blanks with what stands before them: each costs a terminal some forty bytes.
        """
        texts: list[str] = []
        names: list[str] = []
        left = self._columns
        for whole, name in (*parts, (" " * left, "plain")):
            if not (text := whole[:left]):
                continue
            left -= len(text)
            if names and (name == names[-1] or (text.isspace() and "badge" not in (name, names[-1]))):
                texts[-1] += text
            else:
                texts.append(text)
                names.append(name)
        segments = [Segment(text, self.style_of(ground, name)) for text, name in zip(texts, names, strict=True)]
        return Strip(segments, self._columns)

    def style_of(self, ground: str, name: str) -> Style:
        """The colour `name` on the ground `ground`."""
        style = self._styles.get((ground, name))
        if style is None:
            back = self.background_colors[1]
            if variable := _GROUNDS.get("badge" if name == "badge" else ground):
                back += self._colour(variable)
            front = self._colour(_FRONTS.get(name, "foreground"))
            if front.auto:
                front = back.get_contrast_text(front.a)
            bold = True if name in _BOLD else None
            style = Style(color=(back + front).rich_color, bgcolor=back.rich_color, bold=bold)
            self._styles[ground, name] = style
        return style

    def _colour(self, variable: str) -> Color:
        return read_colour(self.app.theme_variables[variable])

    def notify_style_update(self) -> None:
        """Another theme: other colours."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()


def _changed(before: Line, after: Line, columns: int) -> tuple[int, int]:
    """Where a line differs from what it was: column and width. On a slow terminal each cell counts."""
    (old, old_ground), (new, ground) = before, after
    if old_ground != ground:
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


class Pane(Drawn, can_focus=True):
    """A drawn widget with a title bar, that can have the focus. `place` names it in the table of actions."""

    place: ClassVar[str] = ""

    def __init__(self, id: str | None = None, keys: Keys | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        if self.place:
            bind(self, keys or Keys(), MOVING, self.place)
        self._keys = keys or Keys()

    def bar(self, name: str, right: Sequence[Part]) -> Line:
        """The title bar: the mark of the focus, the name, and the state at the right."""
        mark = (self.glyphs.focus, "accent") if self.has_focus else (" ", "plain")
        gap = self.size.width - 2 - len(name) - sum(len(text) for text, _ in right)
        return [mark, (name, "title"), (" " * max(1, gap), "plain"), *right, (" ", "plain")], "bar"

    def update(self, now: float | None = None) -> None:
        """Draw what has changed; `now` is the time of the server in Unix seconds. Called once a frame."""
        self.redraw()

    def watch_has_focus(self, has_focus: bool) -> None:
        """The mark in the title shows it."""
        super().watch_has_focus(has_focus)
        if self.is_mounted:
            self.redraw()

    def scroll_lines(self, lines: int) -> None:
        """Move by so many lines, up for less than 0."""

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls the pane under it."""
        event.stop()
        self.scroll_lines(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls the pane under it."""
        event.stop()
        self.scroll_lines(3)


class Followed(Protocol):
    """Which lines of something that grows at its end are seen."""

    height: int

    def follow(self) -> None:
        """Stand at the end from now on."""

    def home(self) -> None:
        """To the oldest that is kept."""

    def scroll(self, lines: int) -> None:
        """So many lines down, or up for less than 0; up stops to follow."""

    def step(self, steps: int) -> None:
        """To the next one, or the one before."""


class FollowingPane(Pane):
    """A pane over something that grows at its end; scrolling up releases it, `f` or `end` takes it again."""

    _window: Followed

    def moved(self) -> None:
        """Other lines are seen: draw them."""
        self.redraw()

    def action_follow(self) -> None:
        """To the end, and stay there."""
        self._window.follow()
        self.moved()

    action_last = action_follow

    def action_first(self) -> None:
        """To the oldest line that is kept, or as far back as is read at once."""
        self._window.home()
        self.moved()

    def action_step(self, steps: int) -> None:
        """To the next one, or the one before."""
        self._window.step(steps)
        self.moved()

    def action_page(self, pages: int) -> None:
        """So many pages down, or up for less than 0; one line is seen on both."""
        self.scroll_lines(pages * max(1, self._window.height - 1))

    def scroll_lines(self, lines: int) -> None:
        """As `Pane.scroll_lines`."""
        self._window.scroll(lines)
        self.moved()
