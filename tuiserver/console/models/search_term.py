r"""What is searched for: the typed text → a test of bytes, and how its hits are found on the screen.

    parse_term(r"ok\x00")                    # in messages: escapes stand for their bytes, as in the send bar
    parse_term("0d 0a", in_hex=True)         # in a hexdump: also the bytes that are typed as hex
    literal_term("KeyError")                 # in the log: the text itself

Rules of this file:
- Upper and lower case are the same, in every character set.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tuiserver.console.text.escape import TOKEN, clip, escape_all, escape_line
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.hits import Hits
from tuiserver.core import payload
from tuiserver.core.charsets import UTF8, Charset
from tuiserver.core.payload import PayloadError

BLOCK = 1 << 16
"""Bytes that are searched at once for the last hit before an offset."""
_HEX = re.compile(r"(?:(?:0x)?[0-9a-f]{2}[\s,:]*)+", re.IGNORECASE)
"""Bytes typed as hex, all with two digits."""


class SearchTerm(NamedTuple):
    """`text` as typed, `label` for notifications, `hits` that finds them, None without a term; `needle`, in lower case, if
    that is as good as the pattern and faster."""

    text: str = ""
    label: str = ""
    hits: Hits | None = None
    needle: bytes = b""

    def matches(self, data: bytes) -> bool:
        """True if the term occurs in `data`."""
        if self.needle:
            return self.needle in data.lower()
        return self.hits is not None and self.hits.data.search(data) is not None

    def prepare(self, data: bytes) -> bytes:
        """What the methods below search, of the same length: the data, or what is faster to search."""
        return data.lower() if self.needle else data

    def find(self, prepared: bytes, start: int = 0) -> int:
        """The offset of the first hit from `start` on; -1 if there is none."""
        if self.needle:
            return prepared.find(self.needle, start)
        match = self.hits.data.search(prepared, start) if self.hits else None
        return match.start() if match else -1

    def find_before(self, prepared: bytes, stop: int) -> int:
        """The offset of the last hit that begins before `stop`; -1 if there is none."""
        if self.needle:
            return prepared.rfind(self.needle, 0, max(0, stop + len(self.needle) - 1))
        while self.hits is not None and stop > 0:
            start = max(0, stop - BLOCK)
            end = min(len(prepared), stop + self.hits.length - 1)
            found = [at for match in self.hits.data.finditer(prepared, start, end) if (at := match.start()) < stop]
            if found:
                return found[-1]
            stop = start
        return -1

    def count(self, prepared: bytes, stop: int | None = None) -> int:
        """How many hits there are, up to an offset."""
        stop = len(prepared) if stop is None else stop
        if self.needle:
            return prepared.count(self.needle, 0, stop)
        return sum(1 for _ in self.hits.data.finditer(prepared, 0, stop)) if self.hits else 0

    def __bool__(self) -> bool:
        return self.hits is not None


def parse_term(text: str, glyphs: Glyphs = UNICODE, charset: Charset = UTF8, in_hex: bool = False) -> SearchTerm:
    """A term with escapes; text with an invalid escape is taken literally. `in_hex`: bytes typed as hex are found too."""
    try:
        datas = [payload.parse_text(text, charset=charset)]
    except PayloadError:
        datas = [_encode(text, charset)]
    if in_hex and _HEX.fullmatch(text.strip()):
        datas.append(payload.parse_hex(text)[0])
    shown = [escape_all(charset.decode(data), glyphs) for data in datas]
    return _term(text, glyphs, datas, charset, rf"(?P<hit>{_any(shown)})|{TOKEN}")


def literal_term(text: str, glyphs: Glyphs = UNICODE) -> SearchTerm:
    """A term in which a backslash is a backslash."""
    data = _encode(text, UTF8)
    return _term(text, glyphs, [data], UTF8, f"(?P<hit>{re.escape(escape_line(data, 1 << 20, glyphs))})")


def _term(text: str, glyphs: Glyphs, datas: list[bytes], charset: Charset, shown: str) -> SearchTerm:
    if not datas[0]:
        return SearchTerm()
    hits = Hits(
        re.compile(shown, re.IGNORECASE | re.DOTALL),
        re.compile(b"|".join(_ignoring_case(data, charset) for data in datas), re.DOTALL),
        max(map(len, datas)) * 2,  # the other case of a letter may have more bytes
    )
    is_ascii = charset is UTF8 and len(datas) == 1 and datas[0].isascii()
    return SearchTerm(text, clip(text, 60, glyphs), hits, datas[0].lower() if is_ascii else b"")


def _ignoring_case(data: bytes, charset: Charset) -> bytes:
    """A pattern of these bytes, in which a letter is the same in upper and lower case."""
    parts = []
    for character in charset.decode(data):
        if "\udc00" <= character <= "\udcff":
            parts.append(re.escape(bytes([ord(character) - 0xDC00])))
            continue
        cases = dict.fromkeys((character, character.lower(), character.upper()))
        encoded = [_encode(case, charset) for case in cases if len(case) == 1]
        parts.append(b"(?:%b)" % b"|".join(map(re.escape, dict.fromkeys(encoded))))
    return b"".join(parts)


def _any(texts: list[str]) -> str:
    return "|".join(map(re.escape, texts))


def _encode(text: str, charset: Charset) -> bytes:
    try:
        return charset.encode(text)
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
