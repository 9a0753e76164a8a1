"""Read `[[colors]]` and `[[mute]]` of a file: what the console does with items that match a filter.

    read_rules("colors", table["colors"], origins)       # `origins` are file and line of each `[[colors]]`

Rules of this file:
- What is wrong raises `ValueError` with one line that begins with the origin. Filters and styles are checked by the console,
  which knows them.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuiserver.config.settings import Rule
from tuiserver.core.suggestions import did_you_mean

KEYS = {"colors": ("match", "style", "pane"), "mute": ("match",)}
"""The tables of rules, and the keys of each."""
EXAMPLES = {"colors": 'match = "level:error" and style = "warning"', "mute": 'match = "PING"'}


def read_rules(name: str, value: object, origins: Sequence[str]) -> tuple[Rule, ...]:
    """The rules of one table."""
    example = f"write [[{name}]], and below it {EXAMPLES[name]}"
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError(f"{origins[0]}: {name} is not a list of tables: {example}")
    rules = []
    for number, item in enumerate(value):
        origin = origins[min(number, len(origins) - 1)]
        for key, text in item.items():
            if key not in KEYS[name]:
                raise ValueError(f"{origin}: [[{name}]] has no {key}{did_you_mean(key, KEYS[name])}: {example}")
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"{origin}: {key} must be a text: {example}")
        for key in KEYS[name][:2]:
            if key not in item:
                raise ValueError(f"{origin}: [[{name}]] needs {key}: {example}")
        rules.append(Rule(**item, origin=origin))
    return tuple(rules)
