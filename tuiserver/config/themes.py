"""Where the themes are and what they say: TOML files, one a theme, as plain data.

Rules of this file:
- A broken file costs its own theme and a line about it, never more.
- The user's themes come after ours and may replace them by name.
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
_KEYS = {"name", "dark", "luminosity_spread", "text_alpha", "variables", *COLOURS}


def load() -> tuple[dict[str, dict[str, Any]], list[str]]:
    """All themes by name, and a line for each file that is none."""
    themes: dict[str, dict[str, Any]] = {}
    faults: list[str] = []
    for folder in theme_folders():
        for path in sorted(folder.glob("*.toml")):
            try:
                theme = read(path)
            except (OSError, ValueError) as error:
                faults.append(f"theme {path.name} is left out: {error}")
            else:
                themes[theme["name"]] = theme
    return themes, faults


def read(path: Path) -> dict[str, Any]:
    """One theme; raises `ValueError` with what is wrong, `OSError` when it can't be read."""
    theme = tomllib.loads(path.read_text("utf-8"))
    if unknown := theme.keys() - _KEYS:
        raise ValueError(f"unknown key {min(unknown)}")
    if not isinstance(theme.get("primary"), str):
        raise ValueError("it has no primary colour")
    for key in COLOURS & theme.keys():
        if not isinstance(theme[key], str):
            raise ValueError(f"{key} is not a colour in quotes")
    variables = theme.get("variables", {})
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        raise ValueError("variables is not a table of texts in quotes")
    if not isinstance(theme.get("name", ""), str):
        raise ValueError("name is not a text in quotes")
    for key in ("luminosity_spread", "text_alpha"):
        if not isinstance(theme.get(key, 0), int | float):
            raise ValueError(f"{key} is not a number")
    theme.setdefault("name", path.stem)
    return theme


def full_name(name: str) -> str:
    """`dark` is `tuiserver-dark`, unless there is a theme of the very name."""
    known = names()
    return f"tuiserver-{name}" if name not in known and f"tuiserver-{name}" in known else name


def names() -> list[str]:
    """The names of all themes, the default first."""
    found = load()[0]
    return sorted(found, key=lambda name: (name != DEFAULT, name))
