"""The last line of the screen: the keys of the place where one is. All others are in the help and the palette.

    Footer(keys, lambda: context.scope, applies)     # of the panes: it follows the operator
    Footer(keys, lambda: COLUMNS)                    # of a dialog

Rules of this file:
- A key that does not fit is left out as a whole, with all that follow it; help and quit are the last to go.
- What has nothing to act on is left out.
- A click on a key does what the key does, by the same action table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tuiserver.console.keymap import Action, Hint, Keys
from tuiserver.console.panes.pane import Pane
from tuiserver.console.text.parts import Button, Line, Part

_GAP = 2


class Footer(Pane, can_focus=False):
    """The line. `scope` returns where the operator is, by the name in the action table; `applies` whether an action has
    something to act on."""

    DEFAULT_CSS = "Footer { height: 1; background: $background; }"

    def __init__(
        self,
        keys: Keys,
        scope: Callable[[], str],
        applies: Callable[[Action], bool] = lambda action: True,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id, keys=keys)
        self._scope, self._applies = scope, applies
        self._hints: dict[str, tuple[list[Hint], list[Hint]]] = {}
        """The hints of each place where the operator has been."""
        self._shown: tuple[int, list[Hint], list[Hint]] | None = None

    def update(self, now: float | None = None) -> None:
        """As `Pane.update`. Most frames show the same keys as the one before."""
        if self._hints_now() != self._shown:
            self.redraw()

    def lines(self) -> list[Line]:
        """As `Pane.lines`."""
        self._shown = _, first, last = self._hints_now()
        return [(self.lay_out(self._make_items(first, last)), "plain")]

    def _hints_now(self) -> tuple[int, list[Hint], list[Hint]]:
        """The width, the hints of this place, and those that are the last to go."""
        scope = self._scope()
        if scope not in self._hints:
            self._hints[scope] = self.keys.footer(scope, self.glyphs)
        first, last = self._hints[scope]
        return self.size.width, [hint for hint in first if self._applies(hint.action)], last

    def _make_items(self, first: list[Hint], last: list[Hint]) -> list[Part | Button]:
        items: list[Part | Button] = [(" ", "plain")]
        for hint in self._visible(first, last):
            button = Button(hint.action.name, [(hint.key, "accent"), (f" {hint.action.label}", "faint")])
            items += [button, (" " * _GAP, "plain")]
        return items

    def _visible(self, first: list[Hint], last: list[Hint]) -> list[Hint]:
        """The hints that fit."""
        end = list(last)
        while end and _width(end) > self.size.width:
            del end[0]
        shown: list[Hint] = []
        for hint in first:
            if _width([*shown, hint, *end]) > self.size.width:
                break
            shown.append(hint)
        return [*shown, *end]


def _width(hints: Iterable[Hint]) -> int:
    """The columns of hints, with a blank before them."""
    return 1 + sum(len(hint.text) + _GAP for hint in hints) - _GAP
