r"""What an operator types ⇄ bytes.

Rules of this file:
- Text is UTF-8 with the escapes `\r \n \t \0 \xHH \u{…} \{ \\`; in the send line `{{name}}` stands for something else each
  time. Nothing else is special, and nothing is guessed.
- Hex forgives how it is written (spaces, commas, colons, `0x`), never what: a digit is a digit.
- What cannot be read is refused with the place, so the place can be marked.
"""

from __future__ import annotations

import re
from collections.abc import Callable

ENDINGS = {"none": b"", "LF": b"\n", "CRLF": b"\r\n", "NUL": b"\0"}
"""Line endings by name: what is added behind each typed message."""

PLACEHOLDERS = {
    "time": "now, as 2026-11-23T12:04:31.123",
    "counter": "1, 2, 3 … with each message",
    "random": "eight random hex digits",
    "uuid": "a random UUID (RFC 9562, version 4)",
}
"""What may stand in a message as `{{name}}`, and what it becomes."""

_NAMED = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\", "{": b"{"}
_ESCAPE = re.compile(r"\\(?:([rnt0\\{])|x([0-9A-Fa-f]{2})|u\{([0-9A-Fa-f]{1,8})\})")
_SLASH = re.compile(r"\\")
_SPECIAL = re.compile(r"\\|\{\{")
_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_HEX_PART = re.compile(r"(0[xX])?([0-9A-Fa-f]*)")
_HEX_BETWEEN = re.compile(r"[\s,:]*")
_UNPLAIN = re.compile(r"[^ -\[\]-~]")


class PayloadError(ValueError):
    """The typed text is no message. `position` is the index of the first wrong character, `message` says why."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(position, message)
        self.position = position
        self.message = message

    def __str__(self) -> str:
        return f"{self.message}, at character {self.position + 1}"


def parse_text(text: str, fill: Callable[[str], str] | None = None) -> bytes:
    r"""Typed text → the bytes it stands for; raises `PayloadError`. `status\x00\x01` → 8 bytes.

    `fill` says what stands for `{{name}}`, or raises `KeyError`; without it braces are braces.
    """
    parts: list[bytes] = []
    position = 0
    while (match := (_SPECIAL if fill else _SLASH).search(text, position)) is not None:
        at = match.start()
        parts.append(_utf8(text, position, at))
        if fill is not None and text.startswith("{{", at):
            data, position = _filled(text, at, fill)
            parts.append(data)
            continue
        escape = _ESCAPE.match(text, at)
        if escape is None:
            raise PayloadError(at, _what_is_wrong(text[at : at + 2]))
        named, byte, point = escape.groups()
        if named:
            parts.append(_NAMED[named])
        elif byte:
            parts.append(bytes.fromhex(byte))
        else:
            parts.append(_character(point, at))
        position = escape.end()
    parts.append(_utf8(text, position, len(text)))
    return b"".join(parts)


def _filled(text: str, at: int, fill: Callable[[str], str]) -> tuple[bytes, int]:
    """What stands for the `{{name}}` at `at`, and where it ends."""
    match = _PLACEHOLDER.match(text, at)
    try:
        if match is not None:
            return fill(match[1]).encode(), match.end()
    except KeyError:
        pass
    known = " ".join(f"{{{{{name}}}}}" for name in PLACEHOLDERS)
    raise PayloadError(at, rf"unknown placeholder: there are {known}; braces alone are \{{{{")


def _utf8(text: str, start: int, end: int) -> bytes:
    try:
        return text[start:end].encode()
    except UnicodeEncodeError as error:
        raise PayloadError(start + error.start, "half a character: write its bytes as \\xHH") from None


def _character(point: str, position: int) -> bytes:
    number = int(point, 16)
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        raise PayloadError(position, f"\\u{{{point}}} is no character: 0 to 10ffff are, but for d800 to dfff")
    return chr(number).encode()


def _what_is_wrong(start: str) -> str:
    if start == "\\":
        return "a lone \\: write \\\\ for a backslash"
    if start == "\\x":
        return "\\x takes two hex digits, as in \\x1b"
    if start == "\\u":
        return "\\u takes a code point in braces, as in \\u{20ac}"
    return "unknown escape: there are \\r \\n \\t \\0 \\xHH \\u{H} \\{ \\\\"


def parse_hex(text: str) -> tuple[bytes, bool]:
    """Typed hex → the bytes, and whether an odd digit was padded (`1f 3` → 1f 03); raises `PayloadError`."""
    data = bytearray()
    padded = False
    position = _end_of(_HEX_BETWEEN, text, 0)
    while position < len(text):
        part = _HEX_PART.match(text, position)
        assert part is not None  # it matches the empty text too
        prefix, digits = part.groups()
        if not digits:
            if prefix:
                raise PayloadError(position, "0x takes hex digits, as in 0x1b")
            raise PayloadError(position, "not a hex digit")
        if len(digits) % 2:
            digits = f"{digits[:-1]}0{digits[-1]}"
            padded = True
        data += bytes.fromhex(digits)
        position = _end_of(_HEX_BETWEEN, text, part.end())
    return bytes(data), padded


def _end_of(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def to_text(data: bytes) -> str:
    """Bytes → the text that `parse_text` turns back into the same bytes; printable and on one line."""
    return _UNPLAIN.sub(lambda match: escaped(match[0]), data.decode("utf-8", "surrogateescape"))


def escaped(character: str) -> str:
    """One character, as itself where it is printable, else as an escape; a byte that is no UTF-8 is a surrogate."""
    point = ord(character)
    if 0xDC80 <= point <= 0xDCFF:
        return f"\\x{point - 0xDC00:02x}"
    named = _ESCAPES.get(character)
    if named:
        return named
    if point < 0x80:
        return f"\\x{point:02x}"
    return character if character.isprintable() else f"\\u{{{point:x}}}"


_ESCAPES = {data.decode(): f"\\{name}" for name, data in _NAMED.items() if name != "{"}


def to_typed(data: bytes) -> str:
    """As `to_text`, for a line in which `{{` has a meaning: what is typed there becomes the same bytes again."""
    return re.sub(r"\{(?=\{)", r"\\{", to_text(data))


def escape_nonprintable(text: str) -> str:
    """Pasted text → the same with its control characters as escapes, so that it fits one line and can be seen."""
    return "".join(character if character.isprintable() else to_text(_anyway(character)) for character in text)


def _anyway(character: str) -> bytes:
    return character.encode("utf-8", "surrogatepass")


def to_hex(data: bytes) -> str:
    """Bytes → hex that `parse_hex` turns back into the same bytes: `73 74 0a`."""
    return data.hex(" ")


def preview(data: bytes, limit: int) -> str:
    """The hex of the exact bytes; of more than `limit` bytes the first ones and `…`."""
    return to_hex(data) if len(data) <= limit else f"{to_hex(data[:limit])} …"
