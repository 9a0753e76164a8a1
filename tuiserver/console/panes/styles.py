"""The styles of parts and lines: names → colours of the theme.

Rules of this file:
- The colours are variables of the theme. They are not component classes: Textual would match those against all CSS rules
  for each pane at every start and every change of the layout.
- A style is computed once per theme.
- With sixteen colours or none there are no shades: a bar is underlined, and what is selected is in reverse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.style import Style
from textual.color import Color

from tuiserver.console.themes import read_colour

_FOREGROUND = {
    "faint": "text-muted",
    "in": "primary",
    "out": "secondary",
    "accent": "accent",
    "good": "success",
    "warning": "warning",
    "error": "error",
    "key": "primary",
    "string": "success",
    "number": "warning",
    "constant": "accent",
    "picked": "foreground",
    **dict.fromkeys(("badge", "badge-good", "badge-plain", "badge-warning", "badge-error"), "background"),
}
"""Theme variables of the styles that have a colour; the others are `foreground`."""
_BACKGROUND = {"bar": "panel", "selected": "boost", "sent": "sent-row"}
"""Theme variables of backgrounds; the others are the background of the pane."""
BADGES = {
    "badge": "accent",
    "badge-good": "success",
    "badge-plain": "text-muted",
    "badge-warning": "warning",
    "badge-error": "error",
    "picked": "boost",
}
"""Theme variables behind badges, and behind what is selected within a line."""
STYLE_NAMES = frozenset((*_FOREGROUND, "plain", "title", "bold"))
"""All names of styles."""
_BOLD = {"title", "bold", *BADGES}


class Styles:
    """The styles of one widget. `theme` returns its background colour and the variables of the theme: both are slow. `flat`
    tells whether the screen has no shades."""

    def __init__(
        self, theme: Callable[[], tuple[Color, Mapping[str, str]]], flat: Callable[[], bool] = lambda: False
    ) -> None:
        self._theme, self._flat = theme, flat
        self._styles: dict[tuple[str, str], Style] = {}

    def clear(self) -> None:
        """Forget the styles of the theme before."""
        self._styles.clear()

    def get(self, name: str, background: str) -> Style:
        """The style `name` on the background of that name."""
        style = self._styles.get((background, name))
        if style is None:
            style = self._styles[background, name] = self._compute(name, background)
        return style

    def _compute(self, name: str, background: str) -> Style:
        flat = self._flat()
        behind, variables = self._theme()
        front_name = _FOREGROUND.get(name, "foreground")
        behind_name = BADGES.get(name) or _BACKGROUND.get(background, "")
        if flat and background == "selected":
            front_name, behind_name = ("accent", "background") if name in BADGES else ("background", "text-muted")
        elif flat and name == "picked":
            front_name, behind_name = "background", "text-muted"
        if variable := variables.get(behind_name):
            behind += read_colour(variable)
        front = read_colour(variables[front_name])
        if front.auto:
            front = behind.get_contrast_text(front.a)
        return Style(
            color=(behind + front).rich_color,
            bgcolor=behind.rich_color,
            bold=True if name in _BOLD else None,
            underline=True if flat and background == "bar" else None,
        )
