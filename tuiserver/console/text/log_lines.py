"""A line of a log file: its time, level and text, and what is shown of it.

Rules of this file:
- Pure. A line that is not in our own format is shown whole.
- A line is untrusted: what `printable` returns has no control character.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tuiserver.console.text.escape import escape_line, truncate, wrap_escaped
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.hits import Hits, highlight
from tuiserver.console.text.parts import Part, width_of
from tuiserver.core.characters import columns, cut
from tuiserver.core.events import OPERATOR

MAX_COLUMNS = 4 * 4096
"""Columns of a line at most: the tail cuts lines at 4 KiB."""
LEVEL_RANGE = 80
"""Characters at the beginning of a line in which its level is looked for."""

_OURS = re.compile(r"(?:\d{4}-\d\d-\d\d[ T])(\d\d:\d\d:\d\d)(?:[.,]\d+)? (\S{1,8}) +(.*)", re.DOTALL)
_CONNECTION_ID = re.compile(r"#(\d+)\b")
_LEVEL = re.compile(r"\b(debug|info|notice|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|alert|emerg)\b", re.IGNORECASE)
_CANONICAL = {"warning": "warn", "err": "error", "crit": "error", "critical": "error", "fatal": "error"}
_STYLES = {"warn": "warning", "warning": "warning", "error": "error", "critical": "error", "fatal": "error"}


class LogLine(NamedTuple):
    """The fields of a line; `time` and `level` are empty if the line is not in our format."""

    time: str
    level: str
    text: str


def split_line(line: str) -> LogLine:
    """`2026-11-23 12:04:31.123 info  text` → `12:04:31`, `info`, `text`. Any other line is all text."""
    match = _OURS.match(line)
    return LogLine(*match.groups()) if match else LogLine("", "", line)


def connection_of(line: str) -> int:
    """The id of the connection that a line is about; 0 for none."""
    match = _CONNECTION_ID.search(line)
    return int(match[1]) if match else 0


def level_of(line: str) -> str:
    """`debug`, `info`, `warn`, `error` …: the first such word near the beginning of a line; empty if there is none."""
    match = _LEVEL.search(line[:LEVEL_RANGE])
    return _CANONICAL.get(match[1].lower(), match[1].lower()) if match else ""


def is_error(line: bytes) -> bool:
    """True if the level of a line is `error` or worse."""
    return level_of(line[:200].decode("utf-8", "replace")) in ("error", "alert", "emerg")


def printable(line: bytes, width: int, glyphs: Glyphs = UNICODE) -> str:
    """The first `width` columns of a line, tabs expanded, escaped except for its backslashes."""
    return escape_line(line, width, glyphs)


class LogFormat(NamedTuple):
    """How lines are rendered: in `width` columns, from column `shift` of their text on. `match` is highlighted.

    `only_listener` is the address of the server if it has just one: lines need not name it. `style_of` returns the style of
    a line that has another one than that of its level; empty for the others.
    """

    width: int
    glyphs: Glyphs = UNICODE
    match: Hits | None = None
    shift: int = 0
    only_listener: str = ""
    style_of: Callable[[str], str] = lambda line: ""

    def line(self, line: bytes, earlier: bool = False) -> list[Part]:
        """A line cut to the width: time, level and text, coloured by level; faint if it is of an `earlier` run."""
        start, text, style = self._split(line, 2 * self.width + self.shift + 40, earlier)
        width = self._text_width(start)
        hidden = cut(text, self.shift)
        text = truncate(text[len(hidden) :], width, self.glyphs)
        return [*start, *_styled(highlight(text, self.match, hidden), style)]

    def rows(self, line: bytes, earlier: bool = False) -> list[list[Part]]:
        """The whole line, wrapped."""
        start, text, style = self._split(line, MAX_COLUMNS, earlier)
        texts = wrap_escaped(text, max(8, self._text_width(start)))
        indent: list[Part] = [(" " * width_of(start), "plain")]
        return [
            [*(indent if number else start), *_styled(highlight(part, self.match, *_around(texts, number)), style)]
            for number, part in enumerate(texts)
        ]

    def text_width(self, line: bytes) -> int:
        """The columns of the text of a line."""
        return columns(self._split(line, MAX_COLUMNS, False)[1])

    def is_cut(self, line: bytes) -> bool:
        """Whether a line is too long for one row."""
        start, text, _ = self._split(line, 2 * self.width + 40, False)
        return columns(text) > self._text_width(start)

    def _text_width(self, start: Sequence[Part]) -> int:
        return self.width - 1 - width_of(start)

    def _split(self, line: bytes, width: int, earlier: bool) -> tuple[list[Part], str, str]:
        """What stands before the text, the text, and its style."""
        time, level, text = split_line(printable(line, width, self.glyphs))
        if self.only_listener:
            text = text.removesuffix(f" to {self.only_listener}")
        style = _STYLES.get(level or level_of(text), "plain")
        if text.startswith(f"{OPERATOR} "):  # as our own log writes it: a line of a file has no code
            style = "accent"
        elif earlier or (text.startswith("    ") and not time):
            style = "faint"
        if not earlier:
            style = self.style_of(line.decode("utf-8", "replace")) or style
        start: list[Part] = [(f" {time} ", "faint")] if time else [(" ", "plain")]
        if level:
            start.append((f"{level:<5} ", style if style in _STYLES.values() and not earlier else "faint"))
        return start, text, "faint" if earlier else style


def _styled(parts: Sequence[Part], style: str) -> list[Part]:
    return [(part, style if name == "plain" else name) for part, name in parts]


def _around(texts: Sequence[str], number: int) -> tuple[str, str]:
    """The texts before and after one of them."""
    return "".join(texts[max(0, number - 1) : number]), "".join(texts[number + 1 : number + 2])
