"""The table of actions as Textual's bindings: the one place where a key is bound.

    BINDINGS = bindings(CONNECTIONS)                 # of a class: the keys as they are by default
    rebind(pane, actions, PANES, CONNECTIONS)        # of one widget: as the operator has set them

Rules of this file:
- Textual's own keymap cannot take a key away, and drops what it thinks clashes; here the bindings are made anew.
- Dialogs keep their own keys: they are the same for everybody.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding, BindingsMap, BindingType
from textual.dom import DOMNode

from tuiserver.console.actions import ACTIONS, ANYWHERE, Action, acts_first


def bindings(*places: str, actions: Sequence[Action] = ACTIONS) -> list[BindingType]:
    """What is bound in these places; for `ANYWHERE` that is all the app answers to, whatever it belongs to."""
    made: list[BindingType] = []
    for where in places:
        for action in actions:
            run = action.in_app if where == ANYWHERE else action.in_pane if where == action.where else ""
            for key in action.keys if run else ():
                first = where == ANYWHERE and acts_first(action, key)
                made.append(Binding(key, run, action.word, show=False, priority=first, id=action.name))
    return made


def rebind(node: DOMNode, actions: Sequence[Action], *places: str) -> None:
    """Give a widget, or the app, the keys of these actions in the place of those of its class."""
    others = [binding for _, binding in node._bindings if binding.id is None]
    node._bindings = BindingsMap([*others, *bindings(*places, actions=actions)])
