"""Load the colour themes: TOML files, one per theme, read as plain data.

Rules of this file:
- An invalid file loses only its own theme, and one line says which and why.
- The user's themes are read after the shipped ones and replace those of the same name.
- A terminal with few colours shows others than the theme's nearest: those of its tables `[256]` and `[16]`, by number.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from tuiserver.config.paths import theme_folders

DEFAULT = "tuiserver-dark"
COLOURS = {
    "primary",
    "secondary",
    "warning",
    "error",
    "success",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "boost",
}
VARIABLES = {"text-muted", "sent-row"}
"""The variables that the panes use besides the colours: faint text, and what is behind a message that was sent."""
PALETTES = {"256": range(16, 256), "16": range(16)}
"""The tables of colours by number, and the numbers in each: the first sixteen look different in every terminal."""
_KEYS = {"name", "dark", "luminosity_spread", "text_alpha", "variables", *COLOURS, *PALETTES}


def load() -> tuple[dict[str, dict[str, Any]], list[str]]:
    """All themes by name, and one line for each invalid file."""
    themes: dict[str, dict[str, Any]] = {}
    errors: list[str] = []
    for folder in theme_folders():
        for path in sorted(folder.glob("*.toml")):
            try:
                theme = read(path)
            except (OSError, ValueError) as error:
                errors.append(f"theme {path.name} is ignored: {error}")
            else:
                themes[theme["name"]] = theme
    return themes, errors


def read(path: Path) -> dict[str, Any]:
    """Read one theme; raises `ValueError` with what is invalid, or `OSError` when the file cannot be read."""
    theme = tomllib.loads(path.read_text("utf-8-sig"))
    if unknown := theme.keys() - _KEYS:
        raise ValueError(f"unknown key {min(unknown)}")
    if not isinstance(theme.get("primary"), str):
        raise ValueError("the primary colour is missing")
    for key in COLOURS & theme.keys():
        if not isinstance(theme[key], str):
            raise ValueError(f"{key} must be a colour in quotes")
    variables = theme.get("variables", {})
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        raise ValueError("variables must be a table of strings")
    if not isinstance(theme.get("name", ""), str):
        raise ValueError("name must be a string")
    for key in ("luminosity_spread", "text_alpha"):
        if not isinstance(theme.get(key, 0), int | float):
            raise ValueError(f"{key} must be a number")
    for name, numbers in PALETTES.items():
        _check_palette(name, theme.get(name, {}), numbers)
    theme.setdefault("name", path.stem)
    return theme


def _check_palette(name: str, palette: object, numbers: range) -> None:
    if not isinstance(palette, dict):
        raise ValueError(f"{name} must be a table of colours")
    if unknown := palette.keys() - COLOURS - VARIABLES:
        raise ValueError(f"unknown colour {min(unknown)} in [{name}]")
    for colour, number in palette.items():
        if isinstance(number, bool) or number not in numbers:
            raise ValueError(f"{colour} in [{name}] must be a number from {numbers[0]} to {numbers[-1]}")


def full_name(name: str) -> str:
    """Complete `dark` to `tuiserver-dark`, unless a theme has exactly the given name."""
    existing = names()
    return f"tuiserver-{name}" if name not in existing and f"tuiserver-{name}" in existing else name


def names() -> list[str]:
    """The names of all themes, the default first."""
    return sorted(load()[0], key=lambda name: (name != DEFAULT, name))
