r"""Untrusted bytes and text → text in which each character takes exactly one terminal cell.

    escape(b"status\x00\x01", 20)            # r'status\0\x01'

Rules of this file:
- Everything that a peer, a server or a file can influence passes through here before it is drawn.
- Control, wide, combining and right-to-left characters become escapes; with ASCII glyphs, all others that are not ASCII too.
- A function looks only at the characters that it returns: the input may have 50 MB.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rich.cells import get_character_cell_size

from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.core import payload

LABEL_WIDTH = 60
"""Columns of a label that contains anything but printable ASCII, at most."""

_SPECIAL = re.compile(r"[^ -\[\]-~]")
"""Characters that may need an escape: all but printable ASCII, and the backslash."""
_TOKEN = re.compile(r"\\(?:x[0-9a-f]{2}|u\{[0-9a-f]+\}|.)|.", re.DOTALL)
"""An escape, or one character."""
_RIGHT_TO_LEFT = {"R", "AL", "AN"}


def escape_all(text: str, glyphs: Glyphs = UNICODE) -> str:
    """The whole text, escaped. Bytes that were not valid UTF-8 are expected as surrogates (`surrogateescape`)."""
    ascii_only = glyphs.ascii
    return _SPECIAL.sub(lambda match: _escape_character(match[0], ascii_only), text)


def escape(data: bytes | str, width: int, glyphs: Glyphs = UNICODE) -> str:
    """The beginning of `data`, escaped and cut to `width` columns; an ellipsis at the end shows that it was cut."""
    if width <= 0:
        return ""
    text = data[: width + 1] if isinstance(data, str) else data[: 4 * width + 4].decode("utf-8", "surrogateescape")
    return _cut(escape_all(text, glyphs), width, glyphs)


def escape_label(text: str, glyphs: Glyphs = UNICODE) -> str:
    """A short text from a server (an address, a reason), escaped."""
    if text.isascii() and text.isprintable():
        return text
    return escape(text, LABEL_WIDTH, glyphs)


def clip(text: str, width: int, glyphs: Glyphs = UNICODE) -> str:
    """A label, escaped and cut to `width` columns."""
    return _cut(escape_label(text, glyphs), width, glyphs)


def _cut(text: str, width: int, glyphs: Glyphs) -> str:
    return text if len(text) <= width else text[: max(0, width - 1)] + glyphs.ellipsis


@lru_cache(maxsize=128)
def wrap(data: bytes, width: int, glyphs: Glyphs = UNICODE) -> tuple[str, ...]:
    """Bytes as escaped lines of at most `width` columns, at least one.

    A line feed ends a line and belongs to it. An escape is never split.
    """
    lines = [f"{line}\n" for line in data.decode("utf-8", "surrogateescape").split("\n")]
    lines[-1] = lines[-1][:-1]
    wrapped: list[str] = []
    for line in lines:
        if line or not wrapped:
            wrapped += _split(escape_all(line, glyphs), width)
    return tuple(wrapped)


def _split(text: str, width: int) -> list[str]:
    if "\\" not in text:
        return [text[start : start + width] for start in range(0, len(text), width)] or [""]
    lines, line = [], ""
    for token in _TOKEN.findall(text):
        if len(line) + len(token) > width and line:
            lines.append(line)
            line = ""
        line += token
    return [*lines, line]


@lru_cache(maxsize=4096)
def _escape_character(character: str, ascii_only: bool) -> str:
    text = payload.escape_character(character)
    if len(text) > 1:
        return text
    one_cell = get_character_cell_size(text) == 1 and unicodedata.bidirectional(text) not in _RIGHT_TO_LEFT
    if not one_cell or (ascii_only and not text.isascii()):
        return f"\\u{{{ord(text):x}}}"
    return text
