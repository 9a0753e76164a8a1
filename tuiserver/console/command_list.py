"""The commands of the palette: the actions of the table that work where the operator is, saved messages, themes.

Rules of this file:
- The actions of the place come first, then those from outside, then those of other panes, which say where they act.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from tuiserver.console.context import Context
from tuiserver.console.dialogs.palette import Command
from tuiserver.console.keymap import ANSWER, MODAL, MOVING, PROMPT, SEND, Action
from tuiserver.console.models.pick_list import Item
from tuiserver.console.terminal.key_names import key_name
from tuiserver.console.text.escape import escape_all

_ELSEWHERE = (MOVING, PROMPT, *MODAL)


def commands(context: Context, saved: Iterable[str], load_saved: Callable[[str], object]) -> list[Command]:
    """All commands, in order. `saved` are the names of the saved messages."""
    return [*_actions(context), *_saved(context, saved, load_saved), *_themes(context)]


def _actions(context: Context) -> Iterator[Command]:
    keys, here = context.keys, context.scope
    found = {action.name: names for action, names in keys.at(here)}
    inside = keys.places(here)
    actions = sorted(keys.actions, key=lambda action: (action.name not in found, action.where != here))
    for action in actions:
        if not action.run or action.where in _ELSEWHERE or action.name == "palette" or not context.applies(action):
            continue
        if {SEND, ANSWER} & {here, action.where} and not (
            action.name in found or (action.where in inside and not keys.of(action))
        ):
            continue
        names = " ".join(key_name(key, context.glyphs) for key in found.get(action.name, ()))
        where = "" if action.where in inside else f"{action.where}  "
        yield Item(action.help, f"{where}{names}", _synonyms(action), partial(_run, context, action))


def _synonyms(action: Action) -> str:
    return f"{action.label} {action.name.replace('-', ' ')} {action.name}"


def _run(context: Context, action: Action) -> None:
    context.app.call_next(context.app.run_action, f"app.{action.app_action}")


def _saved(context: Context, names: Iterable[str], load: Callable[[str], object]) -> Iterator[Command]:
    if "send" in context.keys.by_name:
        for name in names:
            yield Item(f"Put into the send bar: {escape_all(name)}", "saved message", "send saved", partial(load, name))


def _themes(context: Context) -> Iterator[Command]:
    for name in sorted(context.app.available_themes):
        yield Item(f"Theme {escape_all(name)}", "colours", "", partial(setattr, context.app, "theme", name))
