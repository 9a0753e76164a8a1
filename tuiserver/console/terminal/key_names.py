"""Names of keys: as Textual has them, and as people write them.

    key_name("ctrl+d") == "^d"; read_key("^d") == "ctrl+d"

Rules of this file:
- Keys that a terminal cannot tell apart, or never sends, are refused with the key to write instead.
"""

from __future__ import annotations

import re
import unicodedata

from tuiserver.console.text.glyphs import UNICODE, Glyphs

_CURSOR = ("left", "right", "home", "end")
EDITING = frozenset(
    (
        *(f"{held}{each}" for each in _CURSOR for held in ("", "shift+")),
        *(f"{held}{each}" for each in ("left", "right") for held in ("ctrl+", "ctrl+shift+")),
        *("backspace", "ctrl+backspace", "alt+backspace", "super+backspace", "delete", "super+c", "ctrl+shift+a"),
        *(f"ctrl+{letter}" for letter in "acdekuvwx"),
    )
)
"""The keys that edit an input line."""

_SHORT = {
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "delete": "del",
    **{f"f{number}": f"F{number}" for number in range(1, 25)},
}
_SIGNS = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Characters whose name in Textual is not that of Unicode."""
_NAMED = {
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete", "enter", "escape", "tab"),
    *("space", "backspace", *(f"f{number}" for number in range(1, 25))),
}
_SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+left_square_bracket": "escape"}
"""Pairs of keys that a terminal sends as the same byte, and the name by which it arrives."""


def _textual_name(sign: str) -> str:
    name = unicodedata.name(sign, "").lower().replace("-", "_").replace(" ", "_")
    return _SIGNS.get(name, name)


_SIGN_OF = {_textual_name(sign): sign for sign in map(chr, range(0x21, 0x7F)) if not sign.isalnum()}


def key_name(key: str, glyphs: Glyphs = UNICODE) -> str:
    """A key as people write it: `ctrl+d` → `^d`, `question_mark` → `?`."""
    if key in ("up", "down"):
        return glyphs.up if key == "up" else glyphs.down
    if key.startswith("ctrl+"):
        return f"^{_SIGN_OF.get(key[5:], key[5:])}"
    return _SHORT.get(key) or _SIGN_OF.get(key, key)


def is_printable(key: str) -> bool:
    """Whether the key types a character."""
    return len(key) == 1 or key in _SIGN_OF or key == "space"


def read_key(text: str) -> str:
    """A key as people write it → as Textual names it: `^d`, `ctrl+d`, `?`, `pgup`, `F1`; raises `ValueError`."""
    written = text.strip()
    if len(written) > 1 and written[0] == "^":
        written = f"ctrl+{written[1:]}"
    parts = written.split("+") if len(written) > 1 and not written.endswith("+") else [written]
    *modifiers, key = parts
    if len(key) == 1:
        key = key if key.isalnum() else _textual_name(key)
    else:
        key = {short.lower(): name for name, short in _SHORT.items()}.get(key.lower(), key.lower())
    held = sorted(each.lower() for each in modifiers)
    known = key in _NAMED or key in _SIGN_OF or (len(key) == 1 and key.isprintable())
    if not known or len(set(held)) < len(held) or not all(re.fullmatch("ctrl|shift|alt", each) for each in held):
        raise ValueError(f'"{text}" is not a key: write a, ?, ^d, ctrl+d, F2, pgup, enter or space')
    if held == ["shift"] and (len(key) == 1 or key in _SIGN_OF):
        instead = key.upper() if len(key) == 1 else "the sign it types"
        raise ValueError(f'no terminal sends "{text}": write {instead}')
    name = "+".join([*held, key.lower() if "ctrl" in held else key])
    if name in _SAME:
        raise ValueError(f'"{text}" is {_SAME[name]} to a terminal: write {_SAME[name]}')
    return name
