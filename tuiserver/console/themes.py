"""Themes for Textual: what the TOML files say, as `Theme` objects.

Rules of this file:
- What Textual cannot take of a theme is a line for the user, and that theme is left out.
"""

from __future__ import annotations

from textual.color import Color, ColorParseError
from textual.theme import Theme

from tuiserver import themes


def load() -> tuple[list[Theme], list[str]]:
    """All themes, and a line for each that is left out."""
    found, faults = themes.load()
    made: list[Theme] = []
    for name, keys in found.items():
        try:
            for value in (*keys.values(), *keys.get("variables", {}).values()):
                if isinstance(value, str) and value.startswith("#"):
                    Color.parse(value)
            made.append(Theme(**keys))
        except (TypeError, ColorParseError) as error:
            faults.append(f"theme {name} is left out: {error}")
    return made, faults
