"""Themes for Textual: the TOML files as `Theme` objects, and how an app gets them.

Rules of this file:
- A theme that Textual cannot use is ignored and reported to the user in one line.
- Where there are 256 or 16 colours, a theme has the colours of its table. Rich would take the nearest of the cube, which has
  no dark blue between black and navy; and a row of sixteen colours has no shades at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.app import App
from textual.color import Color, ColorParseError
from textual.theme import Theme

from tuiserver.config import themes
from tuiserver.console.terminal.colors import TRUE_COLOUR, rgb_of

DRAWN = themes.VARIABLES | themes.COLOURS
"""The variables whose colours the panes read themselves; any other may be whatever Textual's CSS accepts."""
BACKGROUNDS = "background", "surface", "panel", "boost"
SENT_TINT = 0.07
"""How much of the colour of sent messages is behind them."""
TEXTS = "primary", "secondary", "accent", "warning", "error", "success"
"""The colours of which Textual derives one for text, `text-error` for example."""
SIXTEEN: Mapping[bool, Mapping[str, int]] = {
    True: dict.fromkeys((*BACKGROUNDS, "sent-row"), 0)
    | {"foreground": 15, "text-muted": 7, "primary": 14, "secondary": 11, "accent": 13}
    | {"warning": 9, "error": 9, "success": 10},
    False: dict.fromkeys((*BACKGROUNDS, "sent-row"), 15)
    | {"foreground": 0, "text-muted": 0, "primary": 4, "secondary": 5, "accent": 4}
    | {"warning": 1, "error": 1, "success": 4},
}
"""The palette of 16 colours for dark themes and for light ones: what a theme's own table does not say."""


def load(colours: int = TRUE_COLOUR) -> tuple[list[Theme], list[str]]:
    """All themes for a terminal with so many colours, and a line for each that is ignored."""
    found, faults = themes.load()
    usable: list[Theme] = []
    for theme, keys in found.items():
        try:
            variables = keys.get("variables", {})
            for name, value in (*keys.items(), *variables.items()):
                if name in themes.COLOURS or (name in variables and (name in DRAWN or value.startswith("#"))):
                    read_colour(value)
            usable.append(_theme(keys, colours))
        except (TypeError, ValueError, ColorParseError) as error:
            faults.append(f"theme {theme} is ignored: {error}")
    return usable, faults


def _theme(keys: Mapping[str, Any], colours: int) -> Theme:
    """A theme in the colours that the terminal has."""
    palettes = {name: keys.get(name, {}) for name in themes.PALETTES}
    own = {key: value for key, value in keys.items() if key not in palettes}
    theme = Theme(**own)
    if colours >= TRUE_COLOUR:
        return theme
    shown: dict[str, str] = {}
    if colours == 256:
        shown = {name: read_colour(own[name]).monochrome.hex for name in BACKGROUNDS if name in own}
        chosen = palettes["256"]
    else:
        chosen = {**SIXTEEN[theme.dark], **palettes["16"]}
    shown |= {name: rgb_of(number) for name, number in chosen.items()}
    derived = {f"text-{name}": shown[name] for name in TEXTS if name in shown}
    variables = {**theme.variables, **derived, **{name: shown[name] for name in themes.VARIABLES if name in shown}}
    return Theme(**{**own, **{name: shown[name] for name in themes.COLOURS if name in shown}, "variables": variables})


def add_variables(theme: Theme, variables: dict[str, str]) -> None:
    """Add the variables of a theme to those that Textual derived: it drops `boost` where there is a `panel`, and knows no
    `sent-row`."""
    row = read_colour(variables["surface"]).blend(read_colour(variables["secondary"]), SENT_TINT)
    variables |= {"sent-row": row.hex, "boost": theme.boost or variables["boost"], **theme.variables}


def apply_theme(app: App[None], name: str, colours: int) -> list[str]:
    """Replace the themes of Textual by ours and the user's in so many colours, and select one; returns a line for each that
    is ignored."""
    found, faults = load(colours)
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
