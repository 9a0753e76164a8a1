"""What is searched for: typed text → the bytes, and how they look on the screen.

Rules of this file:
- Upper and lower case are the same. Escapes mean their bytes, as in the send line.
"""

from __future__ import annotations

from typing import NamedTuple

from tuiserver.console.text.escape import escape_all
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.core import payload
from tuiserver.core.payload import PayloadError


class Search(NamedTuple):
    """`data` in small letters is what to look for in small letters; `shown` is how a line shows it."""

    text: str
    data: bytes
    shown: str

    def within(self, data: bytes) -> bool:
        """Whether it occurs."""
        return self.data in data.lower()


NOTHING = Search("", b"", "")


def read(text: str, glyphs: Glyphs = UNICODE) -> Search:
    """Typed text → what to search for. What is no valid escape stands for itself."""
    try:
        data = payload.parse_text(text)
    except PayloadError:
        data = text.encode("utf-8", "surrogatepass")
    return Search(text, data.lower(), escape_all(data.decode("utf-8", "surrogateescape"), glyphs).lower())
