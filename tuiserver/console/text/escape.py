r"""Untrusted bytes and text → text of which each character takes the terminal cells that `columns` counts.

    escape(b"status\x00\x01", 20)            # r'status\0\x01'

Rules of this file:
- Everything that a peer, a server or a file can influence passes through here before it is drawn.
- Which characters become escapes is decided in `core/characters.py`; so does one whose width the toolkit takes for another.
  With ASCII glyphs, all that are not ASCII do.
- Widths are columns of the screen, not characters: measure with `columns`, fill with `left` and `right`.
- A function looks only at the characters that it returns: the input may have 50 MB.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from rich.cells import get_character_cell_size

from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.core import characters
from tuiserver.core.characters import code_point_escape, columns, cut, escape_character, escape_text
from tuiserver.core.charsets import UTF8, Charset

LABEL_WIDTH = 60
"""Columns of a label that contains anything but printable ASCII, at most."""

_NOT_ASCII = re.compile(r"[^ -~]")
TOKEN = r"\\(?:x[0-9a-f]{2}|u\{[0-9a-f]+\}|.)|."
"""A pattern of an escape, or of one character."""
_TOKEN = re.compile(TOKEN, re.DOTALL)


def escape_all(text: str, glyphs: Glyphs = UNICODE) -> str:
    """The whole text, escaped. Bytes that were not valid UTF-8 are expected as surrogates (`surrogateescape`)."""
    return escape_text(text, _escape_to_ascii if glyphs.ascii else _escape_character)


def escape(data: bytes | str, width: int, glyphs: Glyphs = UNICODE, charset: Charset = UTF8) -> str:
    """The beginning of `data`, escaped and cut to `width` columns; an ellipsis at the end shows that it was cut."""
    return _beginning(data, width, glyphs, charset, lambda text: escape_all(text, glyphs))


def escape_line(data: bytes, width: int, glyphs: Glyphs = UNICODE) -> str:
    """The same for a line of a log, which was written for people: tabs are expanded, backslashes are not escaped."""
    escape = _escape_to_ascii if glyphs.ascii else _escape_character
    return _beginning(data, width, glyphs, UTF8, lambda text: escape_text(text.expandtabs(4), escape, _NOT_ASCII))


def escape_code(text: str, glyphs: Glyphs = UNICODE) -> str:
    """The whole text, escaped except for its backslashes, which mean something in it already."""
    return escape_text(text.expandtabs(4), _escape_to_ascii if glyphs.ascii else _escape_character, _NOT_ASCII)


def _beginning(data: bytes | str, width: int, glyphs: Glyphs, charset: Charset, escaped: Callable[[str], str]) -> str:
    if width <= 0:
        return ""
    length = width + 1 if isinstance(data, str) else 4 * width + 4
    while True:
        part = data[:length]
        if isinstance(part, bytes):
            part = charset.decode(part, length >= len(data))
        text = escaped(part)
        if length >= len(data) or columns(text) > width:
            return truncate(text, width, glyphs)
        length *= 2  # combining marks take no columns


def escape_label(text: str, glyphs: Glyphs = UNICODE) -> str:
    """A short text from a server (an address, a reason), escaped."""
    if text.isascii() and text.isprintable():
        return text
    return escape(text, LABEL_WIDTH, glyphs)


def clip(text: str, width: int, glyphs: Glyphs = UNICODE) -> str:
    """A label, escaped and cut to `width` columns."""
    if len(text) <= width and text.isascii() and text.isprintable():  # nearly every cell of a table
        return text
    return truncate(escape_label(text, glyphs), width, glyphs)


def clip_address(text: str, width: int, glyphs: Glyphs = UNICODE) -> str:
    """An address, escaped and cut to `width` columns in the middle of the host: never in the port."""
    text = escape_label(text, glyphs)
    if columns(text) <= width or not text.isascii():
        return truncate(text, width, glyphs)
    host, colon, port = text.rpartition(":")
    available = width - len(glyphs.ellipsis) - len(colon + port)
    if available < 0:
        return truncate(text, width, glyphs)
    end = len(host) - available // 2
    return f"{host[: available - available // 2]}{glyphs.ellipsis}{host[end:]}{colon}{port}"


def truncate(text: str, width: int, glyphs: Glyphs = UNICODE) -> str:
    """An escaped text of at most `width` columns; an ellipsis at the end shows that it was cut."""
    return text if columns(text) <= width else cut(text, max(0, width - 1)) + glyphs.ellipsis


@lru_cache(maxsize=128)
def wrap(data: bytes, width: int, glyphs: Glyphs = UNICODE, charset: Charset = UTF8) -> tuple[str, ...]:
    """Bytes as escaped lines of at most `width` columns, at least one.

    A line feed ends a line and belongs to it. An escape is never split.
    """
    lines = [f"{line}\n" for line in charset.decode(data).split("\n")]
    lines[-1] = lines[-1][:-1]
    wrapped: list[str] = []
    for line in lines:
        if line or not wrapped:
            wrapped += wrap_escaped(escape_all(line, glyphs), width)
    return tuple(wrapped)


def wrap_escaped(text: str, width: int) -> list[str]:
    """An escaped text as lines of at most `width` columns, at least one."""
    if text.isascii() and "\\" not in text:
        return [text[start : start + width] for start in range(0, len(text), width)] or [""]
    lines, start, end, used = [], 0, 0, 0
    for match in _TOKEN.finditer(text):
        taken = columns(match[0])
        if used + taken > width and used:
            lines.append(text[start:end])
            start, used = end, 0
        used += taken
        end = match.end()
    return [*lines, text[start:]]


@lru_cache(maxsize=1 << 14)
def _escape_character(character: str) -> str:
    shown = escape_character(character)
    if len(shown) > 1 or get_character_cell_size(shown) == characters.width(shown):
        return shown
    return code_point_escape(shown)


@lru_cache(maxsize=1 << 12)
def _escape_to_ascii(character: str) -> str:
    shown = escape_character(character)
    return shown if shown.isascii() else code_point_escape(shown)
