"""Who gets the message that is typed: the selected connection, the marked ones, or all.

Rules of this file:
- While the send bar has the focus, the target does not follow the selection.
- Only open connections are targets; the name of the target says if the selected one has closed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

Scope = Literal["selected", "marked", "all"]


class SendTarget:
    """`ids` are the targets, `name` names them."""

    def __init__(self) -> None:
        self.scope: Scope = "selected"
        self._selected = 0
        self._next_selected = 0
        self._marked: tuple[int, ...] = ()
        self._open: dict[int, None] = {}

    def update(self, selected: int, marked: Sequence[int], open_ids: Collection[int], hold: bool) -> None:
        """Set the selected connection (0 for none), the marked and the open ones; `hold` keeps the target."""
        self._next_selected = selected
        self._marked = tuple(marked)
        self._open = open_ids if isinstance(open_ids, dict) else dict.fromkeys(open_ids)
        if not (self._selected and hold):
            self.release()

    def release(self) -> None:
        """Follow the selection again."""
        self._selected = self._next_selected
        if self.scope == "marked" and not self._marked:
            self.scope = "selected"

    def next_scope(self) -> None:
        """Selected → marked, if there are any → all."""
        scopes: list[Scope] = ["selected", "marked", "all"] if self._marked else ["selected", "all"]
        self.scope = scopes[(scopes.index(self.scope) + 1) % len(scopes)] if self.scope in scopes else "selected"

    @property
    def ids(self) -> tuple[int, ...]:
        """The connections that get the message: those that are open."""
        ids: Collection[int] = self._open
        if self.scope == "selected":
            ids = (self._selected,)
        elif self.scope == "marked":
            ids = self._marked
        return self.still_open(ids)

    def still_open(self, ids: Collection[int]) -> tuple[int, ...]:
        """Those of `ids` that are open."""
        return tuple(number for number in ids if number in self._open)

    @property
    def closed(self) -> bool:
        """True if there is a target but nobody can get the message."""
        return not self.ids and (self.scope != "selected" or self._selected > 0)

    @property
    def name(self) -> str:
        """`#12`, `2 marked`, `ALL 9`, `nobody`."""
        if self.scope == "all":
            return f"ALL {len(self._open)}"
        if self.scope == "marked":
            return f"{len(self.ids)} marked"
        if not self._selected:
            return "nobody"
        return f"#{self._selected}" if self.ids else f"#{self._selected}, closed"
