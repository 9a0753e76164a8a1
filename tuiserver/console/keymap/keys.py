"""Which keys run which actions: bindings, hints and footer are made from the table and the operator's own keys.

    keys = Keys({"zoom": ("ctrl+z",)}, link.capabilities)    # the operator's own keys, by the name of the action
    keys.of(action); keys.bindings(MOVING, LOG); keys.hint("send")

Rules of this file:
- An action that the link cannot carry out is absent: it has no key and stands in no footer, help or palette.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from tuiserver.console.keymap.actions import ACTIONS, Action
from tuiserver.console.keymap.places import ANYWHERE, HEADINGS
from tuiserver.console.terminal.key_names import key_name
from tuiserver.console.text.glyphs import UNICODE, Glyphs


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

    def hints(self, words: Mapping[str, str], glyphs: Glyphs = UNICODE) -> str:
        """`Enter sends, Esc cancels` from `{"go": "sends", "leave": "cancels"}`; actions without a key are left out."""
        hints = [(self.hint(name, glyphs), word) for name, word in words.items()]
        return ", ".join(f"{key if len(key) == 1 else key[0].upper() + key[1:]} {word}" for key, word in hints if key)

    def footer(self) -> list[tuple[Action, str]]:
        """The actions in the footer, in order, with a key of each; eight at most."""
        shown = sorted((action for action in self.actions if action.footer), key=lambda action: action.footer)
        return [(action, key_name(self.of(action)[0])) for action in shown if self.of(action)]


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
