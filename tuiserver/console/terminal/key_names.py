"""Names of keys: as Textual has them, and as people write them.

    key_name("ctrl+d") == "^d"; read_key("^d") == "ctrl+d"

Rules of this file:
- Keys that a terminal cannot tell apart, or never sends, are refused with the key to write instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from tuiserver.console.text.glyphs import UNICODE, Glyphs

ARROWS = ("up", "down", "left", "right")
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
_MOVING = ("up", "down", "left", "right", "home", "end", "pageup", "pagedown")
_FUNCTIONS = tuple(f"f{number}" for number in range(1, 13))
_WITH: Mapping[tuple[str, ...], frozenset[str]] = {
    ("ctrl",): frozenset(
        (
            *("abcdefgjklnopqrstuvwxyz"),
            *("backslash", "right_square_bracket", "circumflex_accent", "underscore", "space", "at"),
            *(*_MOVING, "delete", *_FUNCTIONS),
        )
    ),
    ("shift",): frozenset((*_MOVING, "delete", "tab", *_FUNCTIONS)) - {"f3"},
    ("alt",): frozenset((*"acdeghijklmnopqrstuvwxyz", *_MOVING, "insert", "delete")) - {"b", "f"},
    ("alt", "shift"): frozenset((*"abcdefghijklmnopqrstuvwxyz", *_MOVING, "insert", "delete")),
    ("ctrl", "shift"): frozenset((*_MOVING, "delete", *_FUNCTIONS)) - {"f3"},
    ("alt", "ctrl"): frozenset((*_MOVING, "insert")),
    ("alt", "ctrl", "shift"): frozenset((*_MOVING, "insert")),
}
"""The keys that terminals send together with those that are held."""
_SAME = {
    **dict.fromkeys(("ctrl+i", "ctrl+tab"), "tab"),
    **dict.fromkeys(("ctrl+m", "ctrl+enter", "shift+enter", "alt+enter"), "enter"),
    **dict.fromkeys(("ctrl+left_square_bracket", "ctrl+3", "ctrl+escape", "alt+escape"), "escape"),
    **dict.fromkeys(("ctrl+h", "ctrl+8", "ctrl+question_mark", "ctrl+backspace", "shift+backspace"), "backspace"),
    **dict.fromkeys(("alt+backspace",), "ctrl+w"),
    "ctrl+2": "ctrl+@",
    "ctrl+4": "ctrl+\\",
    "ctrl+5": "ctrl+]",
    "ctrl+6": "ctrl+^",
    **dict.fromkeys(("ctrl+7", "ctrl+slash", "ctrl+minus"), "ctrl+_"),
    "shift+space": "space",
    "alt+b": "ctrl+left",
    "alt+f": "ctrl+right",
}
"""Keys that arrive by another name, and that name: a terminal sends the same bytes."""
_NUL = ("ctrl+space", "ctrl+at")
"""Two names of the key that arrives as `ctrl+@`."""


def _textual_name(sign: str) -> str:
    name = unicodedata.name(sign, "").lower().replace("-", "_").replace(" ", "_")
    return _SIGNS.get(name, name)


_SIGN_OF = {_textual_name(sign): sign for sign in map(chr, range(0x21, 0x7F)) if not sign.isalnum()}


def key_name(key: str, glyphs: Glyphs = UNICODE) -> str:
    """A key as people write it: `ctrl+d` → `^d`, `question_mark` → `?`."""
    if key in ARROWS:
        return str(getattr(glyphs, key))
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
    if "ctrl" not in held and "alt" in held and key.isalpha() and key.isupper():
        held = sorted({*held, "shift"})
    name = "+".join([*held, key.lower() if held else key])
    if name in _SAME:
        raise ValueError(f'"{text}" is {_SAME[name]} to a terminal: write {_SAME[name]}')
    if held and key.lower() not in _WITH[tuple(held)]:
        raise ValueError(f'no terminal sends "{text}": write {_instead(held, key)}')
    return "ctrl+@" if name in _NUL else name


def _instead(held: list[str], key: str) -> str:
    """What to write in the place of a key that no terminal sends."""
    letter = len(key) == 1 and key.isalpha()
    if held == ["shift"]:
        return key.upper() if letter else "the sign it types" if is_printable(key) else key
    if letter:
        return (
            f"ctrl+{key.lower()} or {key.upper()}"
            if key.lower() in _WITH["ctrl",]
            else f"{key.lower()} or {key.upper()}"
        )
    return f"{_SIGN_OF.get(key, _SHORT.get(key, key))}, or another key such as ctrl+g or F2"
