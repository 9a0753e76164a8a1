"""Themes for Textual: the TOML files as `Theme` objects, and how an app gets them.

Rules of this file:
- A theme that Textual cannot use is ignored and reported to the user in one line.
"""

from __future__ import annotations

from textual.app import App
from textual.color import Color, ColorParseError
from textual.theme import Theme

from tuiserver.config import themes

DRAWN = {"text-muted", *themes.COLOURS}
"""The variables whose colours the panes read themselves; any other may be whatever Textual's CSS accepts."""


def load() -> tuple[list[Theme], list[str]]:
    """All themes, and a line for each that is ignored."""
    found, faults = themes.load()
    usable: list[Theme] = []
    for theme, keys in found.items():
        try:
            variables = keys.get("variables", {})
            for name, value in (*keys.items(), *variables.items()):
                if name in themes.COLOURS or (name in variables and (name in DRAWN or value.startswith("#"))):
                    read_colour(value)
            usable.append(Theme(**keys))
        except (TypeError, ValueError, ColorParseError) as error:
            faults.append(f"theme {theme} is ignored: {error}")
    return usable, faults


def apply_theme(app: App[None], name: str) -> list[str]:
    """Replace the themes of Textual by ours and the user's, and select one; returns a line for each that is ignored."""
    found, faults = load()
    for theme in found:
        app.register_theme(theme)
    names = [theme.name for theme in found]
    app.theme = name if name in names else next(iter(names), app.theme)
    for other in set(app.available_themes) - {*names, app.theme}:
        app.unregister_theme(other)
    return faults


def read_colour(text: str) -> Color:
    """A colour as written in a theme: `#a0adbb`, `red`, `red 50%`, `auto 60%`; raises `ColorParseError`."""
    word, _, percent = text.rpartition(" ") if text.endswith("%") else (text, "", "")
    colour = Color.automatic() if word == "auto" else Color.parse(word)
    return colour.multiply_alpha(float(percent.rstrip("%")) / 100) if percent else colour
