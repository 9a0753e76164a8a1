"""What is wrong with the keys that the operator has chosen.

Rules of this file:
- In one place a key means one thing, and a key that types or edits text keeps doing so.
- What has no other way out keeps a key.
"""

from __future__ import annotations

from collections.abc import Iterator

from tuiserver.console.keymap.actions import OVER_DIALOGS, Action
from tuiserver.console.keymap.keys import Keys
from tuiserver.console.keymap.places import ANYWHERE, MODAL, SHARED, TYPED_IN
from tuiserver.console.terminal.key_names import EDITING, is_printable, key_name
from tuiserver.core.suggestions import did_you_mean

INDISPENSABLE = {"quit": "ctrl+q", **dict.fromkeys(("cancel", "message-close", "help-close", "prompt-cancel"), "esc")}
"""Actions without which there is no way out, and a key for each."""


def faults(keys: Keys) -> Iterator[tuple[str, str]]:
    """For each fault the name of the action, and why."""
    for name, chosen in keys.chosen.items():
        action = keys.by_name.get(name)
        if action is None:
            yield name, f"there is no action {name}{did_you_mean(name, keys.by_name)}: see tuiserver keys"
        elif not action.run:
            yield name, f"{name} stays on {key_name(action.keys[0])}"
        else:
            if name in INDISPENSABLE and not chosen:
                yield name, f'{name} without a key leaves no way out: write {name} = "{INDISPENSABLE[name]}"'
            for key in chosen:
                if use := _use_while_typing(action.where, key):
                    yield name, f"{key_name(key)} {use}: give {name} another key, such as ctrl+g"
                if other := _conflicting_action(keys, action, key):
                    yield (
                        name,
                        f"{key_name(key)} runs {other.name} already: give {other.name} another key, or [] for none",
                    )


def _conflicting_action(keys: Keys, action: Action, key: str) -> Action | None:
    """Another action that this key would run in the same place."""
    for other in keys.actions:
        by_default = key in action.keys and key in other.keys
        if other is not action and not by_default and key in keys.of(other) and _conflict(action, other, key):
            return other
    return None


def _use_while_typing(where: str, key: str) -> str:
    """What a key does in a place where text is typed; empty if nothing."""
    if where not in TYPED_IN:
        return ""
    if is_printable(key):
        return f"is typed {TYPED_IN[where]}"
    return f"edits {TYPED_IN[where]}" if key in EDITING else ""


def _conflict(one: Action, other: Action, key: str) -> bool:
    """Whether both actions would act on the key in some place."""
    for each, counterpart in ((one, other), (other, one)):
        if each.where == ANYWHERE or each.everywhere:
            if counterpart.where in MODAL:
                return each.name in OVER_DIALOGS and each.acts_first(key)
            # The same action of a pane goes first there: `follow` means the log in the log.
            return one.label != other.label
    return (
        one.where == other.where or one.where in SHARED.get(other.where, ()) or other.where in SHARED.get(one.where, ())
    )
