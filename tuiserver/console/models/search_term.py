r"""What is searched for: the typed text → a test of bytes, and the text to highlight.

    parse_term(r"ok\x00")                   # in messages: escapes stand for their bytes, as in the send bar
    literal_term("KeyError")                 # in the log: the text itself

Rules of this file:
- Upper and lower case are the same.
"""

from __future__ import annotations

from typing import NamedTuple

from tuiserver.console.text.escape import clip, escape_all
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.core import payload
from tuiserver.core.payload import PayloadError


class SearchTerm(NamedTuple):
    """`text` as typed, the bytes `data` and the highlighted text `shown` in lower case, `label` for notifications.

    `unicode` is set if the term has letters that are not ASCII: only as text they have an upper and a lower case.
    """

    text: str = ""
    data: bytes = b""
    shown: str = ""
    label: str = ""
    unicode: str = ""

    def matches(self, data: bytes) -> bool:
        """True if the term occurs in `data`."""
        return self.data in data.lower() or (
            self.unicode != "" and self.unicode in data.decode("utf-8", "replace").lower()
        )

    def __bool__(self) -> bool:
        return bool(self.data)


def parse_term(text: str, glyphs: Glyphs = UNICODE) -> SearchTerm:
    """A term with escapes; text with an invalid escape is taken literally."""
    try:
        return _term(text, payload.parse_text(text), glyphs)
    except PayloadError:
        return literal_term(text, glyphs)


def literal_term(text: str, glyphs: Glyphs = UNICODE) -> SearchTerm:
    """A term in which a backslash is a backslash."""
    return _term(text, text.encode("utf-8", "surrogatepass"), glyphs)


def _term(text: str, data: bytes, glyphs: Glyphs) -> SearchTerm:
    decoded = data.decode("utf-8", "surrogateescape")
    unicode = decoded.lower() if not data.isascii() and decoded.isprintable() else ""
    return SearchTerm(text, data.lower(), escape_all(decoded, glyphs).lower(), clip(text, 60, glyphs), unicode)
