r"""Character sets: how the bytes of a connection are shown as text, and how text that is typed for it is encoded.

    gbk = find("gbk")
    gbk.decode(b"\xc4\xe3\xba\xc3\xff")      # '你好\udcff': a byte that stands for no character is U+DC00 + its value
    gbk.encode("你好")

Rules of this file:
- A text codec of Python can be used if each of its characters has its own bytes, whatever stands before them: so a text can be
  read from its middle. Codecs with a state (iso2022_jp, utf-7) or a mark at the beginning (utf-16) are refused.
- What is decoded encodes to the same bytes. So a control character other than CR, LF, tab and NUL stays a byte where that is not
  its ASCII byte: in EBCDIC `\x04` is the byte 04, not the character.
- UTF-8 is as fast as Python's own.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from tuiserver.core.characters import width
from tuiserver.core.suggestions import did_you_mean

DEFAULT = "utf-8"
KNOWN = (
    *("utf-8", "latin-1", "ascii", "cp1250", "cp1251", "cp1252", "koi8-r", "cp437", "cp850", "iso8859-15", "mac-roman"),
    *("gbk", "gb18030", "big5", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949", "cp037", "cp500", "cp1140"),
    *("utf-16-le", "utf-16-be"),
)
"""Names that are suggested; any other that Python knows can be used if the rules above allow it."""

_MULTIBYTE = frozenset(
    (
        *("gb2312", "gbk", "gb18030", "big5", "big5hkscs", "cp950"),
        *("shift_jis", "shift_jis_2004", "shift_jisx0213", "cp932", "euc_jp", "euc_jis_2004", "euc_jisx0213"),
        *("euc_kr", "johab", "cp949"),
    )
)
_UNITS = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}
_PROBE = bytes(range(256)) + b"\\u0041\\x41+AGE-~{VP~}\x1b$B!!\x1b(B\xc3\xa9\xa4\xa2"
"""A probe: codecs with escapes, state or multi-byte characters decode it to fewer characters."""
_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""The control characters but NUL, tab, LF and CR, which have a name."""
_ESCAPED = "tuiserver.escaped"
"""The name of the error handler below."""
RESYNC = 64
"""Bytes before an offset in which the beginning of a character is looked for."""


ASCII_COLUMN = "".join(chr(byte) if 0x20 <= byte < 0x7F else "\0" for byte in range(256))
"""The text column of a hexdump: a character of one cell for each byte, NUL where there is none."""


class CharsetError(ValueError):
    """The character set is unknown or unusable; the text says why."""


class Charset:
    """A character set. `name` is Python's; `unit` the bytes of which each character has a multiple; `column` that of a
    hexdump."""

    def __init__(self, name: str, unit: int = 1) -> None:
        self.name, self.unit, self.column = name, unit, ASCII_COLUMN
        self.line_feed = "\n".encode(name)
        self.line_ends = (self.line_feed,) if self.line_feed == b"\n" else (self.line_feed, "\x85".encode(name))
        """What ends a line of received text; in EBCDIC, NEL too."""
        self._decoder: Callable[..., codecs.IncrementalDecoder] = codecs.getincrementaldecoder(name)

    def decode(self, data: bytes, final: bool = True) -> str:
        """The characters of `data`; unless it is `final`, half a character at its end is left out."""
        return self._decoder(_ESCAPED).decode(data, final)

    def encode(self, text: str) -> bytes:
        """The bytes of a text; raises `UnicodeEncodeError`."""
        return text.encode(self.name)

    def start(self, data: bytes, offset: int, low: int = 0) -> int:
        """The beginning of the character in which `offset` lies. A character, or nothing, begins at `low`."""
        if offset >= len(data):
            return offset
        low = max(low, offset - RESYNC)
        for index in range(offset - 1, low, -1):
            if data[index] < 0x30:  # never the second byte of a character
                low = index + 1
                break
        decoder = self._decoder(_ESCAPED)
        decoder.decode(data[low:offset], False)
        return offset - len(decoder.getstate()[0])


class _Utf8(Charset):
    def decode(self, data: bytes, final: bool = True) -> str:
        return codecs.utf_8_decode(data, "surrogateescape", final)[0]

    def start(self, data: bytes, offset: int, low: int = 0) -> int:
        for back in range(4):
            start = offset - back
            if start <= low or start >= len(data) or data[start] & 0xC0 != 0x80:
                return start
        return offset


class _SingleByte(Charset):
    """One byte per character: a table of 256 characters."""

    def __init__(self, name: str, table: str) -> None:
        super().__init__(name)
        self._table = "".join(
            chr(0xDC00 + byte) if _CONTROLS.match(character) or not self._is_exact(byte, character) else character
            for byte, character in enumerate(table)
        )
        self.column = "".join(character if width(character) == 1 else "\0" for character in self._table)

    def _is_exact(self, byte: int, character: str) -> bool:
        try:
            return self.encode(character) == bytes([byte])
        except UnicodeEncodeError:
            return False

    def decode(self, data: bytes, final: bool = True) -> str:
        return codecs.charmap_decode(data, "strict", self._table)[0]

    def start(self, data: bytes, offset: int, low: int = 0) -> int:
        return offset


class _Units(Charset):
    """UTF-16 and UTF-32 in one order of bytes."""

    def decode(self, data: bytes, final: bool = True) -> str:
        return _CONTROLS.sub(lambda match: _as_bytes(self.encode(match[0])), super().decode(data, final))

    def start(self, data: bytes, offset: int, low: int = 0) -> int:
        if offset >= len(data):
            return offset
        start = offset - offset % self.unit
        before = data[max(0, start - self.unit) : start]
        if start > low and before and not self.decode(before, False):  # the first half of a surrogate pair
            return start - self.unit
        return start


def _keep_bytes(error: UnicodeError) -> tuple[str, int]:
    """The error handler: unlike `surrogateescape` it keeps bytes below 0x80 too."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _as_bytes(error.object[error.start : error.end]), error.end


def _as_bytes(data: bytes) -> str:
    return "".join(chr(0xDC00 + byte) for byte in data)


codecs.register_error(_ESCAPED, _keep_bytes)

UTF8: Charset = _Utf8(DEFAULT)
_found: dict[str, Charset] = {DEFAULT: UTF8}


def find(name: str) -> Charset:
    """The character set of that name; raises `CharsetError`."""
    try:
        known = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        raise _unknown(name) from None
    if known not in _found:
        _found[known] = _make(known)
    return _found[known]


def _unknown(name: str) -> CharsetError:
    similar = did_you_mean(name.strip().lower(), KNOWN)
    return CharsetError(f'there is no character set "{name.strip()}"{similar}: use one such as latin-1, gbk or cp037')


def _make(name: str) -> Charset:
    if name in _UNITS:
        return _Units(name, _UNITS[name])
    if name in _MULTIBYTE:
        return Charset(name)
    try:
        if len(_PROBE.decode(name, _ESCAPED)) == len(_PROBE) and len("A".encode(name)) == 1:
            return _SingleByte(name, bytes(range(256)).decode(name, _ESCAPED))
    except LookupError:  # from bytes to bytes
        raise _unknown(name) from None
    except ValueError:  # one that cannot decode everything
        pass
    instead = f"use {name}-le or {name}-be" if name in ("utf-16", "utf-32") else "use another one, such as utf-8"
    raise CharsetError(f"{name} cannot be read from the middle of a text: {instead}")
