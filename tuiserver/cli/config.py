"""`tuiserver config`: show every setting, its value and where it was set, and which files were read."""

from __future__ import annotations

from collections.abc import Sequence

from tuiserver.cli.base import Subcommand, load, print_text
from tuiserver.config.paths import display_path
from tuiserver.config.settings import BY_NAME, LIMITS
from tuiserver.config.sources import PREFIX, LoadedSettings

_MAX_VALUE_WIDTH = 40


def run(arguments: Sequence[str]) -> int:
    """Print the settings as these arguments would change them."""
    return print_text(format_settings(load(arguments)))


SUBCOMMAND = Subcommand("config", "show every setting, its value and where it was set", run)


def format_settings(loaded: LoadedSettings) -> str:
    """A table of the settings with value and origin, followed by the files and variables that can set them."""
    settings = loaded.settings
    limits = dict(settings.limits)
    rows: list[tuple[str, str, str]] = []
    for name, option in BY_NAME.items():
        value = limits.get(name, option.default) if name in LIMITS else getattr(settings, name)
        rows.append((name, _format_value(value), loaded.origin(name)))
    for action, keys in loaded.keys.items():
        rows.append((f"keys.{action}", " ".join(keys.value) or "none", keys.origin))
    for name, rules in loaded.rules.items():
        rows += [(name, f"{rule.match} {rule.style}".strip(), rule.origin) for rule in rules]
    name_width, value_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    value_width = min(value_width, _MAX_VALUE_WIDTH)
    lines = [f"{name:<{name_width}}  {value:<{value_width}}  {origin}" for name, value, origin in rows]
    lines.append("")
    lines += [f"{display_path(path)}{f' ({unused})' if unused else ''}" for path, unused in loaded.files]
    lines.append(f"environment: {PREFIX}NAME, such as {PREFIX}THEME; options override everything")
    return "\n".join(lines)


def _format_value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " ".join(str(item) for item in value) or "-"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "-" if value in ("", None) else str(value)
