"""Keys as the operator sets them: `[keys]` of the settings → the table of actions with other keys.

    keys = read(entries)                 # [("zoom", "z", "config.toml:4"), …] → pairs for `Settings.keys`
    actions = remapped(keys)             # `ACTIONS`, with these keys
    print(table(keys))                   # what `tuiserver keys` prints

Rules of this file:
- A key is written as it is typed, or by its name: `z`, `?`, `ctrl+d`, `pageup`. Inside it has the name Textual gives it.
- What cannot be is said with its place: an unknown action, a key that no terminal sends, one key for two actions.
- Nothing of the screen is imported: all this is said before the screen is taken.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from tuiserver.console.actions import (
    ACTIONS,
    ANYWHERE,
    HEADINGS,
    PANES,
    SEND,
    SIGNS,
    Action,
)
from tuiserver.settings import UsageError

Keys = tuple[tuple[str, tuple[str, ...]], ...]
"""Name of an action and its keys, of those that were set."""

_CURSOR = ("left", "right", "home", "end")
EDITING = frozenset(
    (
        *(f"{held}{each}" for each in _CURSOR for held in ("", "shift+")),
        *(f"{held}{each}" for each in ("left", "right") for held in ("ctrl+", "ctrl+shift+")),
        *("backspace", "ctrl+backspace", "alt+backspace", "super+backspace", "delete", "super+c", "ctrl+shift+a"),
        *(f"ctrl+{letter}" for letter in "acdekuvwx"),
    )
)
"""The keys that edit the line of the send bar."""

_NAMED = frozenset(
    ("escape", "enter", "tab", "space", "backspace", "delete", "insert", "pageup", "pagedown", "up", "down", *_CURSOR)
)
_FUNCTION = frozenset(f"f{number}" for number in range(1, 25))
_ALIASES = {"esc": "escape", "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "del": "delete", "ins": "insert"}
_SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+left_square_bracket": "escape"}
"""What a terminal sends for both, and by which name it comes."""
_BY_SIGN = {sign: name for name, sign in SIGNS.items()}
_ORDER = ("alt", "ctrl", "shift")


def key(text: str) -> str:
    """What somebody wrote, as Textual names it; raises `ValueError` with what would be right."""
    if len(text) > 1 and text[0] == "^":
        text = f"ctrl+{text[1:]}"
    before, _, last = text[:-1].rpartition("+")
    last += text[-1:]
    held = [word.lower() for word in before.split("+")] if before else []
    name = _plain(last)
    if not name or not set(held) <= set(_ORDER) or len(set(held)) != len(held):
        near = get_close_matches(last.lower(), sorted(_NAMED), 1)
        meant = "+".join([*before.split("+"), *near]).strip("+") if near and set(held) <= set(_ORDER) else ""
        raise ValueError(
            f'there is no key "{text}": {f"did you mean {meant}?" if meant else "write z, ?, ctrl+d or f5"}'
        )
    if len(name) == 1 and "ctrl" in held:
        name = name.lower()
    whole = "+".join([*sorted(held), name])
    if held == ["shift"] and (len(name) == 1 or name in SIGNS):
        raise ValueError(f'no terminal sends "{text}": write {name.upper() if len(name) == 1 else "the sign it types"}')
    if whole in _SAME:
        raise ValueError(f'"{text}" is {_SAME[whole]} to a terminal: write {_SAME[whole]}')
    return whole


def _plain(text: str) -> str:
    """A key without those that are held, as Textual names it; empty when it is none."""
    if len(text) == 1:
        if text == " ":
            return "space"
        if text.isalnum() or not text.isprintable():
            return text if text.isprintable() else ""
        return _BY_SIGN.get(text) or re.sub("[- ]", "_", unicodedata.name(text, "").lower())
    name = _ALIASES.get(text.lower(), text.lower())
    return name if name in _NAMED or name in _FUNCTION or name in SIGNS else ""


def spelled(name: str) -> str:
    """A key of Textual as it is written in a file."""
    before, plus, last = name.rpartition("+")
    return f"{before}{plus}{SIGNS.get(last, last)}"


def read(entries: Iterable[tuple[str, object, str]]) -> Keys:
    """Action, what was written for it, and where → `Settings.keys`; raises `UsageError`."""
    names = [action.name for action in ACTIONS]
    places: dict[str, str] = {}
    found: dict[str, tuple[str, ...]] = {}
    for name, value, place in entries:
        if name not in names:
            near = get_close_matches(name, names, 1)
            meant = f" (did you mean {near[0]}?)" if near else ""
            raise UsageError(f'{place}: unknown action "{name}"{meant}: see tuiserver keys')
        written = [value] if isinstance(value, str) else value
        if not isinstance(written, list) or not all(isinstance(each, str) for each in written):
            raise UsageError(f'{place}: the keys of {name} are no text: write {name} = "f5", or [] for none')
        try:
            found[name] = tuple(dict.fromkeys(key(each) for each in written))
        except ValueError as error:
            raise UsageError(f"{place}: {name}: {error}") from None
        places[name] = place
        _check_alone(name, found[name], place)
    keys = tuple(found.items())
    _check_together(remapped(keys), places)
    return keys


def _check_alone(name: str, keys: tuple[str, ...], place: str) -> None:
    """What cannot be whatever the other actions have."""
    if name == "quit" and not keys:
        raise UsageError(f'{place}: quit without a key leaves no way out: write quit = "ctrl+q"')
    where = next(action.where for action in ACTIONS if action.name == name)
    for each in keys if where == SEND else ():
        if len(each) == 1 or each in SIGNS or each == "space" or not each.isascii():
            raise UsageError(f"{place}: {name}: in the send bar {spelled(each)} is typed: write ctrl+g or f5")
        if each in EDITING:
            raise UsageError(f"{place}: {name}: in the send bar {spelled(each)} edits the line: write ctrl+g or f5")


def _check_together(actions: Sequence[Action], places: Mapping[str, str]) -> None:
    """One key, one action, wherever one is. Two that were set so by default may hide each other: that is meant."""
    for here in [each for each in HEADINGS if each not in (PANES, ANYWHERE)]:
        shared = "" if here == SEND else PANES
        owner: dict[str, str] = {}
        for action in actions:
            if not action.in_app and not (action.in_pane and action.where in (here, shared)):
                continue
            for each in action.keys:
                other = owner.setdefault(each, action.name)
                if other != action.name and (action.name in places or other in places):
                    last = max((name for name in (other, action.name) if name in places), key=list(places).index)
                    first = other if last == action.name else action.name
                    raise UsageError(
                        f"{places[last]}: {spelled(each)} is for both {last} and {first}: "
                        f"write another key, or also {first} = []"
                    )


def remapped(keys: Keys) -> tuple[Action, ...]:
    """The table of actions with these keys in it."""
    given = dict(keys)
    return tuple(action._replace(keys=given.get(action.name, action.keys)) for action in ACTIONS)


def table(keys: Keys = (), places: Mapping[str, str] | None = None) -> str:
    """All actions by where they belong: keys as they are written in a file, name, help; `*` before one that was set."""
    places = places or {}
    lines = [f"{'   KEYS':<27} {'ACTION':<13} DOES"]
    given, actions = dict(keys), remapped(keys)
    for where in dict.fromkeys((ANYWHERE, PANES, *HEADINGS)):
        lines += ["", HEADINGS[where]]
        for action in actions:
            if action.where == where:
                written = " ".join(spelled(each) for each in action.keys) or "none"
                mark = "*" if action.name in given else " "
                at = f"  ({places[action.name]})" if action.name in places else ""
                lines.append(f"{mark}  {written:<24} {action.name:<13} {action.help}{at}")
    lines += ["", "Set them in the table [keys] of a settings file, by action:"]
    lines += ['  zoom = "f2"', '  quit = ["q", "ctrl+q"]', "  close = []"]
    if given:
        lines += ["", "*  set by you"]
    return "\n".join(lines)
