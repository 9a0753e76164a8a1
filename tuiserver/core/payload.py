r"""Convert between what an operator types and the bytes it stands for.

Rules of this file:
- Text is in a character set, UTF-8 unless another one is given, with the escapes `\r \n \t \0 \xHH \u{…} \{ \\`; where
  placeholders are enabled, `{{name}}` is replaced each time the message is sent. Nothing else is special or guessed.
- Hex may be separated by spaces, commas or colons and prefixed with `0x`; anything that is not a hex digit is an error.
- An error carries the position of the first invalid character, so that the editor can mark it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tuiserver.core.characters import escape_text
from tuiserver.core.charsets import UTF8, Charset

ENDINGS = {"none": b"", "LF": b"\n", "CRLF": b"\r\n", "NUL": b"\0"}
"""Line endings by name: the bytes appended to each typed message."""

PLACEHOLDERS = {
    "time": "the current time, as 2026-11-23T12:04:31.123",
    "counter": "1, 2, 3 …, incremented with each message",
    "random": "eight random hex digits",
    "uuid": "a random UUID (RFC 9562, version 4)",
}
"""Placeholders by name, written `{{name}}` in a message, and what replaces each."""

_NAMED_ESCAPES = {"r": "\r", "n": "\n", "t": "\t", "0": "\0", "\\": "\\", "{": "{"}
_ESCAPE = re.compile(r"\\(?:([rnt0\\{])|x([0-9A-Fa-f]{2})|u\{([0-9A-Fa-f]{1,8})\})")
_BACKSLASH = re.compile(r"\\")
_BACKSLASH_OR_BRACES = re.compile(r"\\|\{\{")
_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_HEX_NUMBER = re.compile(r"(0[xX])?([0-9A-Fa-f]*)")
_HEX_SEPARATORS = re.compile(r"[\s,:]*")
_NOT_ASCII = re.compile(r"[^ -~]")


class PayloadError(ValueError):
    """The typed text is not a valid message. `position` is the index of the first invalid character, `message` says why."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(position, message)
        self.position = position
        self.message = message

    def __str__(self) -> str:
        return f"{self.message}, at character {self.position + 1}"


def parse_text(text: str, expand: Callable[[str], str] | None = None, charset: Charset = UTF8) -> bytes:
    r"""Convert typed text to the bytes it stands for: `status\x00\x01` is 8 bytes. Raises `PayloadError`.

    `expand` maps the name of a placeholder to its replacement and raises `KeyError` for an unknown one; without `expand`
    braces have no special meaning. All but `\xHH` is encoded in `charset`.
    """
    parts: list[bytes] = []
    position = 0
    while (match := (_BACKSLASH_OR_BRACES if expand else _BACKSLASH).search(text, position)) is not None:
        start = match.start()
        parts.append(_encode(text, position, start, charset))
        if expand is not None and text.startswith("{{", start):
            data, position = _expand_placeholder(text, start, expand, charset)
            parts.append(data)
            continue
        escape = _ESCAPE.match(text, start)
        if escape is None:
            raise PayloadError(start, _explain_invalid_escape(text[start : start + 2]))
        named, byte, code_point = escape.groups()
        if named:
            parts.append(charset.encode(_NAMED_ESCAPES[named]))
        elif byte:
            parts.append(bytes.fromhex(byte))
        else:
            parts.append(_encode_code_point(code_point, start, charset))
        position = escape.end()
    parts.append(_encode(text, position, len(text), charset))
    return b"".join(parts)


def parse_literal(text: str, charset: Charset = UTF8) -> bytes:
    """Convert text in which nothing is special to bytes. Raises `PayloadError`."""
    return _encode(text, 0, len(text), charset)


def _expand_placeholder(text: str, start: int, expand: Callable[[str], str], charset: Charset) -> tuple[bytes, int]:
    """The replacement of the placeholder that begins at `start`, and the index after the placeholder."""
    match = _PLACEHOLDER.match(text, start)
    try:
        if match is not None:
            return charset.encode(expand(match[1])), match.end()
    except KeyError:
        pass
    known = " ".join(f"{{{{{name}}}}}" for name in PLACEHOLDERS)
    raise PayloadError(start, rf"unknown placeholder: use {known}, or \{{{{ for literal braces")


def _encode(text: str, start: int, end: int, charset: Charset) -> bytes:
    try:
        return charset.encode(text[start:end])
    except UnicodeEncodeError as error:
        position = start + error.start
        raise PayloadError(position, _explain_not_encodable(text[position], charset)) from None


def _explain_not_encodable(character: str, charset: Charset) -> str:
    if len(character) == 1 and 0xD800 <= ord(character) <= 0xDFFF:
        return "unpaired surrogate: write the bytes as \\xHH"
    return f"{charset.name} has no {character}: write its bytes as \\xHH"


def _encode_code_point(digits: str, position: int, charset: Charset) -> bytes:
    number = int(digits, 16)
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        raise PayloadError(position, f"\\u{{{digits}}} is not a character: use 0 to 10ffff, except d800 to dfff")
    try:
        return charset.encode(chr(number))
    except UnicodeEncodeError:
        raise PayloadError(position, _explain_not_encodable(f"\\u{{{digits}}}", charset)) from None


def _explain_invalid_escape(start: str) -> str:
    if start == "\\":
        return "incomplete escape: write \\\\ for a backslash"
    if start == "\\x":
        return "\\x takes two hex digits, as in \\x1b"
    if start == "\\u":
        return "\\u takes a code point in braces, as in \\u{20ac}"
    return "unknown escape: use \\r \\n \\t \\0 \\xHH \\u{H} \\{ \\\\"


def parse_hex(text: str) -> tuple[bytes, bool]:
    """Convert typed hex to bytes; also returns whether a single digit was padded (`1f 3` → 1f 03). Raises `PayloadError`."""
    data = bytearray()
    padded = False
    position = _skip(_HEX_SEPARATORS, text, 0)
    while position < len(text):
        number = _HEX_NUMBER.match(text, position)
        assert number is not None  # the pattern also matches an empty string
        prefix, digits = number.groups()
        if not digits:
            if prefix:
                raise PayloadError(position, "0x takes hex digits, as in 0x1b")
            raise PayloadError(position, "not a hex digit")
        if len(digits) % 2:
            digits = f"{digits[:-1]}0{digits[-1]}"
            padded = True
        data += bytes.fromhex(digits)
        position = _skip(_HEX_SEPARATORS, text, number.end())
    return bytes(data), padded


def _skip(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def to_text(data: bytes, charset: Charset = UTF8) -> str:
    """Convert bytes to printable text on one line that `parse_text` converts back to the same bytes."""
    return escape_text(charset.decode(data))


def is_literal(text: str) -> bool:
    """Whether `parse_text` takes every character as it is, also where placeholders are expanded."""
    return not _BACKSLASH_OR_BRACES.search(text)


def to_typed(data: bytes, charset: Charset = UTF8) -> str:
    """Like `to_text`, with `{{` escaped: for an input line in which placeholders are expanded."""
    return re.sub(r"\{(?=\{)", r"\\{", to_text(data, charset))


def escape_nonprintable(text: str) -> str:
    """The text on one line, with escapes for what has no certain width on a terminal; backslashes are unchanged."""
    if text.isascii() and text.isprintable():
        return text
    return escape_text(text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape"), special=_NOT_ASCII)


def is_shown(text: str) -> bool:
    """True if no character of a text needs an escape on a terminal."""
    return escape_nonprintable(text) == text


def to_hex(data: bytes) -> str:
    """Convert bytes to hex that `parse_hex` converts back to the same bytes: `73 74 0a`."""
    return data.hex(" ")


def preview(data: bytes, limit: int) -> str:
    """The bytes as hex, at most the first `limit` of them followed by `…`."""
    return to_hex(data) if len(data) <= limit else f"{to_hex(data[:limit])} …"


def to_valid_utf8(text: str) -> str:
    """Text that UTF-8 can carry: each lone surrogate becomes its escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
