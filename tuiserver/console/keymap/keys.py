"""Which keys run which actions: bindings, hints and footer are made from the table and the operator's own keys.

    keys = Keys({"zoom": ("ctrl+z",)}, link.capabilities)    # the operator's own keys, by the name of the action
    keys.of(action); keys.bindings(MOVING, LOG); keys.hint("send")

Rules of this file:
- An action that the link cannot carry out is absent: it has no key and stands in no footer, help or palette.
- Footer and help of a place show what works there, by the keys that work there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from tuiserver.console.keymap.actions import ACTIONS, OVER_DIALOGS, Action
from tuiserver.console.keymap.places import ANYWHERE, HEADINGS, MODAL, SHARED, TYPED_IN
from tuiserver.console.terminal.key_names import is_printable, key_name
from tuiserver.console.text.glyphs import UNICODE, Glyphs

AT_END = ("palette", "help", "quit")
"""Actions at the end of each footer; the last one is left out last."""


class Hint(NamedTuple):
    """An action and a key of it, as people write it."""

    action: Action
    key: str

    @property
    def text(self) -> str:
        """`^d close`."""
        return f"{self.key} {self.action.label}"


class Keys:
    """Which keys run which actions.

    `chosen` are the operator's own keys by the names of actions; the others are those of the table. `capabilities` are the
    commands that the link can carry, None for all; `actions` are then those that can be done.
    """

    def __init__(
        self,
        chosen: Mapping[str, tuple[str, ...]] | None = None,
        capabilities: Collection[str] | None = None,
        actions: Sequence[Action] = ACTIONS,
    ) -> None:
        self.chosen = dict(chosen or {})
        self.actions = tuple(
            each for each in actions if capabilities is None or not each.needs or each.needs in capabilities
        )
        self.by_name = {action.name: action for action in self.actions}

    def of(self, action: Action) -> tuple[str, ...]:
        """The keys of an action, as Textual names them; none where the operator removed them."""
        return self.chosen.get(action.name, action.keys)

    def bindings(self, *places: str) -> Iterator[tuple[str, Action]]:
        """Each key of the actions that belong to these places."""
        for action in self.actions:
            if action.where in places and action.run:
                for key in self.of(action):
                    yield key, action

    def app_bindings(self) -> Iterator[tuple[str, str, Action]]:
        """Each key that acts wherever the focus is, and what the app runs for it."""
        for action in self.actions:
            if action.where == ANYWHERE or action.everywhere:
                for key in self.of(action):
                    yield key, action.app_action, action

    def hint(self, name: str, glyphs: Glyphs = UNICODE) -> str:
        """The first key of an action as people write it; empty when the action has none or is absent."""
        action = self.by_name.get(name)
        return next((key_name(key, glyphs) for key in self.of(action)), "") if action else ""

    def digit(self, name: str) -> str:
        """The digit that runs an action; empty without one."""
        action = self.by_name.get(name)
        return next((key for key in self.of(action) if key.isdigit()), "") if action else ""

    def hints(self, words: Mapping[str, str], glyphs: Glyphs = UNICODE) -> str:
        """`Enter sends, Esc cancels` from `{"go": "sends", "leave": "cancels"}`; actions without a key are left out."""
        hints = [(self.hint(name, glyphs), word) for name, word in words.items()]
        return ", ".join(f"{key if len(key) == 1 else key[0].upper() + key[1:]} {word}" for key, word in hints if key)

    def places(self, place: str) -> tuple[str, ...]:
        """A place and those whose actions work there as well as elsewhere."""
        return place, *SHARED.get(place, ()), *(() if place in MODAL else (ANYWHERE,))

    def at(self, place: str) -> list[tuple[Action, tuple[str, ...]]]:
        """The actions that have a key in a place, with the keys that lead to them there: its own, then those that it shares
        with others, then those from outside."""
        inside = (place, *SHARED.get(place, ()))
        groups = [[action for action in self.actions if action.where == where] for where in inside]
        outside = [action for action in self.actions if action.where not in inside]
        groups.append([action for action in outside if action.where == ANYWHERE])
        groups.append([action for action in outside if action.everywhere])
        taken: set[str] = set()
        found = []
        for group in groups:
            for action in group:
                keys = [key for key in self.of(action) if key not in taken]
                if place in TYPED_IN:
                    keys = [key for key in keys if not is_printable(key)]
                if place in MODAL and action.where not in inside:
                    keys = [key for key in keys if action.name in OVER_DIALOGS and action.acts_first(key)]
                if keys:
                    found.append((action, tuple(keys)))
            taken.update(key for action in group for key in self.of(action))
        return found

    def footer(self, place: str, glyphs: Glyphs = UNICODE) -> tuple[list[Hint], list[Hint]]:
        """The actions for the footer of a place: those at its beginning, the most important first, and those at its end."""
        found = [Hint(action, key_name(keys[0], glyphs)) for action, keys in self.at(place)]
        end = [hint for name in AT_END for hint in found if hint.action.name == name]
        inside = self.places(place)
        ranked = sorted((hint for hint in found if hint.action.footer), key=lambda hint: hint.action.footer)
        here = [hint for hint in ranked if hint.action.where in inside]
        elsewhere = [hint for hint in ranked if hint.action.where not in inside]
        others = [hint for hint in found if hint.action.where == place and not hint.action.footer]
        return [*here, *others, *elsewhere], end


def table(keys: Keys) -> str:
    """All actions with their keys, by where they belong: what `tuiserver keys` prints."""
    lines: list[str] = []
    for where in dict.fromkeys(action.where for action in keys.actions):
        lines += ["", HEADINGS[where]] if lines else [HEADINGS[where]]
        for action in keys.actions:
            if action.where == where:
                names = " ".join(key_name(key) for key in keys.of(action)) or "-"
                own = "*" if action.name in keys.chosen else " "
                lines.append(f"{own} {action.name:<17} {names:<20} {action.help}")
    return "\n".join(
        [*lines, "", '* your own. In config.toml: [keys] zoom = "F2", clock = ["t", "T"], close = [] for none.']
    )
