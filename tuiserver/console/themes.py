"""Themes for Textual: what the TOML files say, as `Theme` objects.

Rules of this file:
- What Textual cannot take of a theme is a line for the user, and that theme is left out.
"""

from __future__ import annotations

from textual.color import Color, ColorParseError
from textual.theme import Theme

from tuiserver.config import themes

DRAWN = {"text-muted", *themes.COLOURS}
"""The variables that are looked up as they are; of the others any may be what Textual's CSS takes."""


def load() -> tuple[list[Theme], list[str]]:
    """All themes, and a line for each that is left out."""
    found, faults = themes.load()
    made: list[Theme] = []
    for theme, keys in found.items():
        try:
            variables = keys.get("variables", {})
            for name, value in (*keys.items(), *variables.items()):
                if name in themes.COLOURS or (name in variables and (name in DRAWN or value.startswith("#"))):
                    read_colour(value)
            made.append(Theme(**keys))
        except (TypeError, ValueError, ColorParseError) as error:
            faults.append(f"theme {theme} is ignored: {error}")
    return made, faults


def read_colour(text: str) -> Color:
    """A colour as a variable of a theme has it: `#a0adbb`, `red`, `red 50%`, `auto 60%`; raises `ColorParseError`."""
    word, _, percent = text.rpartition(" ") if text.endswith("%") else (text, "", "")
    colour = Color.automatic() if word == "auto" else Color.parse(word)
    return colour.multiply_alpha(float(percent.rstrip("%")) / 100) if percent else colour
