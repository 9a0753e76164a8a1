"""Lines of HTTP and JSON as parts with the styles of their tokens, escaped.

    highlighted('  "id": 7,', "json", glyphs)        # [("  ", "plain"), ('"id"', "key"), (": ", "plain"), ("7", "number") …]

Rules of this file:
- A line is highlighted on its own: no string of JSON spans lines. A line that is too long is plain.
- Textual's highlighter gets the text as it is, and its spans cut that text into parts; each is escaped afterwards. Nothing
  is markup at any point.
- The highlighter is imported here only: load this file when something is highlighted.
"""

from __future__ import annotations

from textual.highlight import HighlightTheme, highlight

from tuiserver.console.text.escape import escape_code
from tuiserver.console.text.formatted import Language
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.parts import Part

MAX_LENGTH = 4096
"""Characters of a line that is highlighted."""


class _Theme(HighlightTheme):
    """Types of tokens (which are tuples of their names) → names of our styles, which are colours of the theme."""

    STYLES = {  # noqa: RUF012 - as the class above declares it
        ("Name", "Tag"): "key",
        ("Literal", "String"): "string",
        ("Literal", "Number"): "number",
        ("Keyword", "Constant"): "constant",
    }


def highlighted(line: str, language: Language, glyphs: Glyphs = UNICODE) -> list[Part]:
    """The line as escaped parts."""
    if language == "note":
        parts = [(line, "faint")]
    elif not language or len(line) > MAX_LENGTH:
        parts = [(line, "plain")]
    else:
        parts = _head_line(line) if language == "http" else _json_line(line)
    return [(escape_code(text, glyphs), style) for text, style in parts if text]


def _head_line(line: str) -> list[Part]:
    """A field of a head (RFC 9112 section 5), or its first line: method and target, or version and status."""
    name, colon, value = line.partition(":")
    if colon and name and " " not in name:
        return [(name, "key"), (colon, "plain"), (value, "string")]
    first, space, rest = line.partition(" ")
    middle, last_space, last = rest.rpartition(" ")
    if last.startswith("HTTP/"):
        return [(first, "constant"), (space, "plain"), (middle, "bold"), (last_space, "plain"), (last, "faint")]
    return [(first, "faint"), (space, "plain"), (rest, "bold")]


def _json_line(line: str) -> list[Part]:
    parts: list[Part] = []
    position = 0
    for span in highlight(line, language="json", theme=_Theme, tab_size=0).spans:
        if span.style in ("key", "string", "number", "constant") and span.start >= position:
            parts += [(line[position : span.start], "plain"), (line[span.start : span.end], str(span.style))]
            position = span.end
    return [*parts, (line[position:], "plain")]
