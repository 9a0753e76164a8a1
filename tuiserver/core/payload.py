r"""Convert between what an operator types and the bytes it stands for.

Rules of this file:
- Text is in a character set, UTF-8 unless another one is given, with the escapes `\r \n \t \0 \xHH \u{…} \{ \\`. Nothing
  else is special or guessed.
- Where placeholders are enabled, `{{…}}` in text or hex becomes a part of its own. What it means is not known here.
- Hex may be separated by spaces, commas or colons and prefixed with `0x`; anything that is not a hex digit is an error.
- An error carries the position of the first invalid character, so that the editor can mark it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from tuiserver.core.characters import escape_text
from tuiserver.core.charsets import UTF8, Charset

ENDINGS = {"none": b"", "LF": b"\n", "CRLF": b"\r\n", "NUL": b"\0"}
"""Line endings by name: the bytes appended to each typed message."""

PREVIEW_END = 6
"""Bytes at the end that a preview shows at most: a checksum, and a line ending."""

Part = TypeVar("Part")
"""What a placeholder is read as."""
ReadPlaceholder = Callable[[str, int], Part]
"""Reads what is between the braces, and the position at which it begins. Raises `PayloadError`."""

_NAMED_ESCAPES = {"r": "\r", "n": "\n", "t": "\t", "0": "\0", "\\": "\\", "{": "{"}
_ESCAPE = re.compile(r"\\(?:([rnt0\\{])|x([0-9A-Fa-f]{2})|u\{([0-9A-Fa-f]{1,8})\})")
_BACKSLASH = re.compile(r"\\")
_BACKSLASH_OR_BRACES = re.compile(r"\\|\{\{")
_BEFORE_PLACEHOLDER = re.compile(r"(?:[^\\{]+|\\.?|\{(?!\{))*", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}")
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


class UnfinishedPlaceholder(PayloadError):
    """The typed text ends within a placeholder. `source` is what is typed of it, without the braces."""

    def __init__(self, position: int, source: str) -> None:
        super().__init__(position, r"placeholder without its end: close it with }}, or write \{{ for literal braces")
        self.source = source


def parse_text(text: str, charset: Charset = UTF8) -> bytes:
    r"""Convert typed text to the bytes it stands for: `status\x00\x01` is 8 bytes. Raises `PayloadError`.

    Braces have no special meaning. All but `\xHH` is encoded in `charset`.
    """
    return _unescape(text, 0, len(text), charset)


def parse_text_parts(text: str, read: ReadPlaceholder[Part], charset: Charset = UTF8) -> list[bytes | Part]:
    """Like `parse_text`, with placeholders: the bytes between them, and each one as `read` returns it."""
    return _parse_parts(text, read, lambda start, end: _unescape(text, start, end, charset))


def _parse_parts(text: str, read: ReadPlaceholder[Part], convert: Callable[[int, int], bytes]) -> list[bytes | Part]:
    """Text between placeholders is converted by `convert`, which gets the indices at which it begins and ends."""
    parts: list[bytes | Part] = []
    position = 0
    while True:
        before = _BEFORE_PLACEHOLDER.match(text, position)
        assert before is not None  # the pattern also matches an empty string
        start = before.end()
        parts.append(convert(position, start))
        if start == len(text):
            return parts
        placeholder = _PLACEHOLDER.match(text, start)
        if placeholder is None:
            raise UnfinishedPlaceholder(start, text[start + 2 :])
        parts.append(read(placeholder[1], placeholder.start(1)))
        position = placeholder.end()


def _unescape(text: str, position: int, end: int, charset: Charset) -> bytes:
    """The bytes of the text between two indices, neither of which is within an escape."""
    parts: list[bytes] = []
    while (match := _BACKSLASH.search(text, position, end)) is not None:
        start = match.start()
        parts.append(_encode(text, position, start, charset))
        escape = _ESCAPE.match(text, start, end)
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
    parts.append(_encode(text, position, end, charset))
    return b"".join(parts)


def parse_literal(text: str, charset: Charset = UTF8) -> bytes:
    """Convert text in which nothing is special to bytes. Raises `PayloadError`."""
    return _encode(text, 0, len(text), charset)


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
    return _parse_hex(text, 0, len(text))


def parse_hex_parts(text: str, read: ReadPlaceholder[Part]) -> tuple[list[bytes | Part], bool]:
    """Like `parse_hex`, with placeholders: the bytes between them, and each one as `read` returns it."""
    padded = False

    def convert(start: int, end: int) -> bytes:
        nonlocal padded
        data, odd = _parse_hex(text, start, end)
        padded |= odd
        return data

    return _parse_parts(text, read, convert), padded


def _parse_hex(text: str, position: int, end: int) -> tuple[bytes, bool]:
    data = bytearray()
    padded = False
    position = _skip(_HEX_SEPARATORS, text, position, end)
    while position < end:
        number = _HEX_NUMBER.match(text, position, end)
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
        position = _skip(_HEX_SEPARATORS, text, number.end(), end)
    return bytes(data), padded


def _skip(pattern: re.Pattern[str], text: str, position: int, end: int) -> int:
    match = pattern.match(text, position, end)
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
    """The bytes as hex, at most `limit` of them: for what is left out, `…` stands before the last ones, which tell most."""
    if len(data) <= limit:
        return to_hex(data)
    last = min(limit // 3, PREVIEW_END)
    return f"{to_hex(data[: limit - last])} … {to_hex(data[len(data) - last :])}".rstrip()


def to_valid_utf8(text: str) -> str:
    """Text that UTF-8 can carry: each lone surrogate becomes its escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
