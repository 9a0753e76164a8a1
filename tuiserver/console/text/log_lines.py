"""A line of a log file: its time, level and text, and what is shown of it.

Rules of this file:
- Pure. A line that is not in our own format is shown whole.
- A line is untrusted: what `printable` returns has no control character.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tuiserver.console.text.escape import escape_line, truncate
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.hits import Hits, highlight
from tuiserver.console.text.parts import Part, width_of
from tuiserver.core.events import OPERATOR

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


def log_line(line: bytes, width: int, glyphs: Glyphs = UNICODE, match: Hits | None = None) -> list[Part]:
    """A line cut to `width`: time, level and text, coloured by level. `match` is highlighted."""
    time, level, text = split_line(printable(line, 2 * width + 40, glyphs))
    style = _STYLES.get(level or level_of(text), "plain")
    parts: list[Part] = [(f" {time} ", "faint")] if time else [(" ", "plain")]
    if level:
        parts.append((f"{level:<5} ", "faint" if style == "plain" else style))
    width -= 1 + width_of(parts)
    if text.startswith(f"{OPERATOR} "):  # as our own log writes it: a line of a file has no code
        style = "accent"
    elif text.startswith("    ") and not time:
        style = "faint"
    text = truncate(text, width, glyphs)
    return [*parts, *((part, style if name == "plain" else name) for part, name in highlight(text, match))]
