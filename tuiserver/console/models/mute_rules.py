"""Which messages are muted: hidden, but kept and counted.

    mute = MuteRules(("PING",), lambda text: of_message(text, …))
    mute.add("size<3"); mute.toggle(); mute.hides(entry)

Rules of this file:
- A rule is a filter. A message that matches any of them is hidden while `on`.
- A rule that does not fit (any more) hides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tuiserver.core.events import Received, Sent
from tuiserver.core.filters import Filter, FilterError
from tuiserver.views.transcript import Entry

_WORD = re.compile(rb"[A-Za-z][A-Za-z_./]{1,31}")
SAMPLE = 256
"""Bytes at the beginning of a message of which a rule is suggested."""
HEX_SAMPLE = 8


class MuteRules:
    """The rules. `texts` are as typed, `version` grows with each change."""

    def __init__(self, texts: Sequence[str], parse: Callable[[str], Filter[Entry]]) -> None:
        self.texts = tuple(texts)
        self.on = True
        self.version = 0
        self._parse = parse
        self._filters: list[Filter[Entry]] | None = None

    @property
    def active(self) -> bool:
        """Whether anything may be hidden."""
        return self.on and bool(self.texts)

    @property
    def costly(self) -> bool:
        """Whether messages have to be decoded for it."""
        return any(each.costly for each in self._rules)

    def check(self, text: str) -> FilterError | None:
        """What is wrong with a rule."""
        try:
            self._parse(text)
        except FilterError as error:
            return error
        return None

    def add(self, text: str) -> None:
        """Mute what matches, from now on."""
        self.texts = tuple(dict.fromkeys((*self.texts, text)))
        self.on = True
        self.refresh()

    def clear(self) -> None:
        """Mute nothing."""
        self.texts = ()
        self.refresh()

    def toggle(self) -> None:
        """Show what is muted, or hide it again."""
        self.on = not self.on
        self.version += 1

    def refresh(self) -> None:
        """Read the rules again: other fields may be known."""
        self._filters = None
        self.version += 1

    def hides(self, entry: Entry) -> bool:
        """Whether a message is hidden."""
        return self.on and any(each.matches(entry) for each in self._rules)

    @property
    def _rules(self) -> list[Filter[Entry]]:
        if self._filters is None:
            self._filters = [found for text in self.texts if (found := self._read(text))]
        return self._filters

    def _read(self, text: str) -> Filter[Entry] | None:
        try:
            return self._parse(text)
        except FilterError:
            return None


def suggest_rule(entry: Received | Sent) -> str:
    """A filter for messages like this one: the longest of its first words, or its first bytes."""
    words: list[bytes] = _WORD.findall(entry.data[:SAMPLE])[:8]
    if words:
        return max(words, key=len).decode()
    if len(entry.data) <= HEX_SAMPLE:
        return f"hex={entry.data.hex()}"
    return f"hex:{entry.data[:HEX_SAMPLE].hex()}"
