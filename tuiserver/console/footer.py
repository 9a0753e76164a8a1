"""The last line: the keys one needs most. All the others are in the help and the palette.

Rules of this file:
- What does not fit is left out whole, from the right.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuiserver.console.pane import Drawn, Line, Part


class Footer(Drawn):
    """The line; `keys` are pairs of a key and its word."""

    def __init__(self, keys: Sequence[tuple[str, str]], id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._keys = keys

    def lines(self) -> list[Line]:
        """As `Drawn.lines`."""
        parts: list[Part] = [(" ", "plain")]
        left = self.size.width - 1
        for key, word in self._keys:
            if len(key) + len(word) + 1 > left:
                break
            parts += [(key, "accent"), (f" {word}   ", "faint")]
            left -= len(key) + len(word) + 4
        return [(parts, "plain")]
