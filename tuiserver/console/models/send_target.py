"""Who gets the message that is typed: the marked connections, the selected one if none is marked, or all.

Rules of this file:
- Like every command it goes to the marked connections, if there are any, unless the operator chooses otherwise.
- While the send bar has the focus, the target follows neither the selection nor the marks.
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
        self._chosen: Scope | None = None
        """The scope that the operator chose; it holds until other connections are marked."""
        self._selected = 0
        self._next_selected = 0
        self._marked: tuple[int, ...] = ()
        self._marked_before: tuple[int, ...] = ()
        self._open: dict[int, None] = {}

    def update(self, selected: int, marked: Sequence[int], open_ids: Collection[int], hold: bool) -> None:
        """Set the selected connection (0 for none), the marked and the open ones; `hold` keeps the target."""
        self._next_selected = selected
        self._marked = tuple(marked)
        self._open = open_ids if isinstance(open_ids, dict) else dict.fromkeys(open_ids)
        if not (self._selected and hold):
            self.release()

    def release(self) -> None:
        """Follow the selection and the marks again."""
        self._selected = self._next_selected
        if self._marked != self._marked_before:
            self._marked_before = self._marked
            self._chosen = None
        self.scope = self._chosen or ("marked" if self._marked else "selected")

    def next_scope(self) -> None:
        """Marked, if there are any → all → selected."""
        scopes: list[Scope] = ["marked", "all", "selected"] if self._marked else ["selected", "all"]
        following = scopes.index(self.scope) + 1 if self.scope in scopes else 0
        self.scope = self._chosen = scopes[following % len(scopes)]

    @property
    def ids(self) -> tuple[int, ...]:
        """The connections that get the message: those that are open."""
        ids: Collection[int] = self._open
        if self.scope == "selected":
            ids = (self._selected,)
        elif self.scope == "marked":
            ids = self._marked
        return self.still_open(ids)

    @property
    def count(self) -> int:
        """How many they are; all are not counted one by one."""
        return len(self._open) if self.scope == "all" else len(self.ids)

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
