r"""Unicode text in terminal cells: how wide each character is, and which ones are shown as escapes.

    columns("温度 23 度")                     # 10
    cut("温度 23 度", 3)                      # '温': half a character is not shown
    escape_text("abc\x1b")                   # r'abc\x1b'

Rules of this file:
- A character is shown as itself if all terminals agree on its width: 0 for a combining mark, 2 for a wide character, else 1.
  All others become escapes: controls, bidirectional controls, joiners, variation selectors, and what some terminals draw
  wider than others.
- Letters of right-to-left scripts are shown in the order in which they were received.
- A combining mark needs a character to stand on, which carries at most `MAX_MARKS`; otherwise it becomes an escape.
- Of the blanks only the space and the ideographic space are shown: the others look like them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

MAX_MARKS = 4
"""Combining marks on one character."""

SPECIAL = re.compile(r"[^ -\[\]-~]")
"""Characters that may need an escape: all but printable ASCII, and the backslash."""
RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"  # the blocks of these scripts
)
"""A character of a script that runs from right to left."""

_UNCERTAIN = (
    # Joiners and variation selectors.
    *("\u034f\u034f", "\u17b4\u17b5", "\u180b\u180f", "\ufe00\ufe0f", "\U000e0100\U000e01ef"),
    *("\u3164\u3164", "\uffa0\uffa0"),  # fillers, which cannot be seen
    *("\u1100\u11ff", "\ua960\ua97f", "\ud7b0\ud7ff"),  # letters of which some terminals compose a syllable
    *("\u2630\u2637", "\u268a\u268f", "\u4dc0\u4dff", "\U0001d300\U0001d376"),  # wide since Unicode 16
    "\u3248\u324f",  # narrow or wide, by the table that a terminal has
    *("\U0001f1e6\U0001f1ff", "\U0001f3fb\U0001f3ff"),  # halves of flags, colours of skin
    # Emoji that Unicode 14 did not have.
    *("\U0001f6d8\U0001f6dc", "\U0001fa75\U0001fa77", "\U0001fa7d\U0001fa7f", "\U0001fa87\U0001fa8f"),
    *("\U0001faad\U0001faaf", "\U0001fabb\U0001fabf", "\U0001fac6\U0001facf", "\U0001fada\U0001fadf"),
    *("\U0001fae8\U0001faef", "\U0001faf7\U0001faff"),
)
"""The first and the last character of each range. A compiled pattern would take 1 ms of each start."""
_BLANKS = (" ", "\u3000")
_NAMED = {"\r": r"\r", "\n": r"\n", "\t": r"\t", "\0": r"\0", "\\": r"\\"}


@lru_cache(maxsize=1 << 14)
def width(character: str) -> int:
    """The cells that a character takes: 0, 1 or 2; -1 if that is not certain."""
    if character in _BLANKS:
        return 1 if character == " " else 2
    category = unicodedata.category(character)
    if not character.isprintable() or category == "Mc" or any(each[0] <= character <= each[1] for each in _UNCERTAIN):
        return -1
    if category in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def columns(text: str) -> int:
    """The cells that an escaped text takes."""
    return len(text) if text.isascii() else sum(map(width, text))


def cut(text: str, limit: int) -> str:
    """The beginning of an escaped text, at most so many cells: marks stay with their character, no character is halved."""
    if text.isascii():
        return text[: max(0, limit)]
    taken = 0
    for index, character in enumerate(text):
        taken += width(character)
        if taken > limit:
            return text[:index]
    return text


def left(text: str, limit: int) -> str:
    """An escaped text, filled with blanks on its right up to so many cells."""
    return text.ljust(limit) if text.isascii() else text + " " * (limit - columns(text))


def right(text: str, limit: int) -> str:
    """An escaped text, filled with blanks on its left up to so many cells."""
    return text.rjust(limit) if text.isascii() else " " * (limit - columns(text)) + text


def escape_character(character: str) -> str:
    """A character that has a certain width unchanged, any other as an escape.

    U+DC00 to U+DCFF stand for bytes that could not be decoded (PEP 383).
    """
    code_point = ord(character)
    if 0xDC00 <= code_point <= 0xDCFF:
        return f"\\x{code_point - 0xDC00:02x}"
    if named := _NAMED.get(character):
        return named
    if code_point < 0x80:
        return character if character.isprintable() else f"\\x{code_point:02x}"
    return character if width(character) >= 0 else code_point_escape(character)


def code_point_escape(character: str) -> str:
    """A character by its number."""
    return f"\\u{{{ord(character):x}}}"


def escape_text(text: str, escape: Callable[[str], str] = escape_character, special: re.Pattern[str] = SPECIAL) -> str:
    """The whole text, with each `special` character as `escape` returns it."""

    def replace(match: re.Match[str]) -> str:
        shown = escape(match[0])
        if len(shown) > 1 or width(shown) or _has_base(text, match.start(), escape):
            return shown
        return code_point_escape(shown)

    return special.sub(replace, text)


def _has_base(text: str, position: int, escape: Callable[[str], str]) -> bool:
    """Whether the mark at `position` has a character to stand on that carries no more than `MAX_MARKS` with it."""
    for index in range(position - 1, max(-1, position - 1 - MAX_MARKS), -1):
        base = text[index]
        if len(escape(base)) > 1 or base in _BLANKS:
            return False
        if width(base):
            return True
    return False
