"""The filter of a pane: the text as it was typed, the filter that it means, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from tuiserver.console.text.escape import clip
from tuiserver.console.text.glyphs import Glyphs
from tuiserver.console.text.parts import Part
from tuiserver.core.filters import Filter, FilterError

T = TypeVar("T")


class FilterInput(Generic[T]):
    """`filter` matches everything while `text` is empty or has an `error`."""

    def __init__(self, parse: Callable[[str], Filter[T]]) -> None:
        self.text = ""
        self.error = ""
        self.filter: Filter[T] = Filter("", ())
        self._parse = parse

    def set(self, text: str) -> str:
        """Replace the filter; returns the error, or an empty text."""
        self.text, self.error = text, ""
        try:
            self.filter = self._parse(text)
        except FilterError as error:
            self.filter, self.error = Filter("", ()), str(error)
        return self.error

    @property
    def active(self) -> bool:
        """True if something may be hidden."""
        return bool(self.filter)

    def title(self, width: int, glyphs: Glyphs) -> list[Part]:
        """What the title of the pane says about the filter; nothing if there is none."""
        if self.error:
            return [("filter ", "faint"), ("not understood", "error")]
        if self.active:
            return [("filter ", "faint"), (clip(self.text, width, glyphs), "accent")]
        return []

    def nothing_shown(self, count: str, key: str, glyphs: Glyphs) -> str:
        """What the pane shows if nothing matches; `count` says how much there is, `key` clears the filter."""
        text = f"{count} {glyphs.dash} filter {clip(self.text, 40, glyphs)}"
        return f"{text} {glyphs.dash} {key} clears" if key else text
