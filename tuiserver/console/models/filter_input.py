"""The filter of a pane: the text as it was typed, the filter that it means, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from tuiserver.console.text.escape import clip, escape_all
from tuiserver.console.text.glyphs import Glyphs
from tuiserver.console.text.parts import Part
from tuiserver.core.filters import Filter, FilterError

T = TypeVar("T")


class FilterInput(Generic[T]):
    """`filter` matches everything while `text` is empty or has a `fault`."""

    def __init__(self, parse: Callable[[str], Filter[T]]) -> None:
        self.text = ""
        self.fault: FilterError | None = None
        self.filter: Filter[T] = Filter("", ())
        self._parse = parse

    def set(self, text: str) -> FilterError | None:
        """Replace the filter; returns what is wrong with it."""
        self.text, self.fault = text, None
        try:
            self.filter = self._parse(text)
        except FilterError as error:
            self.filter, self.fault = Filter("", ()), error
        return self.fault

    @property
    def active(self) -> bool:
        """True if something may be hidden."""
        return bool(self.filter)

    def title(self, width: int, glyphs: Glyphs) -> list[Part]:
        """What the title of the pane says about the filter; nothing if there is none."""
        if self.fault is not None:
            text = clip(self.text, width, glyphs)
            at = len(escape_all(self.text[: self.fault.position], glyphs))
            return [("filter ", "faint"), (text[:at], "plain"), (text[at:], "error"), (" not valid", "error")]
        if self.active:
            return [("filter ", "faint"), (clip(self.text, width, glyphs), "accent")]
        return []

    def nothing_shown(self, count: str, key: str, glyphs: Glyphs) -> str:
        """What the pane shows if nothing matches; `count` says how much there is, `key` clears the filter."""
        text = f"{count} {glyphs.dash} filter {clip(self.text, 40, glyphs)}"
        return f"{text} {glyphs.dash} {key} clears" if key else text
