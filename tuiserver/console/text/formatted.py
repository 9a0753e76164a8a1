"""A message formatted for reading: the head of an HTTP message, and its body or the whole message as indented JSON.

    formatted = format_message(data)         # None if there is nothing to format
    formatted.data, formatted.name           # b'POST /hook HTTP/1.1\\n…\\n\\n{\\n  "id": 7\\n}', "HTTP, JSON"
    formatted.language(offset)               # how the line at that offset is highlighted

Rules of this file:
- Pure. The result is not escaped yet.
- Time and memory are bounded, whatever the message is: larger bodies, and JSON nested so deeply that its indentation would
  grow out of proportion, are not formatted.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

import msgspec

from tuiserver.core.numbers import size

Language = Literal["http", "json", "note", ""]
"""How a line is highlighted; `note` is a line of ours."""

MAX_HEAD = 64 * 1024
MAX_BODY = 1 << 20
"""Bytes of a head or a body that are formatted."""
MAX_INDENT = 4 << 20
"""Bytes that indentation may add."""
MAX_LINES = 1000
"""JSON values, one on each line, that are formatted."""
INDENT = 2

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
"""A method of HTTP (RFC 9110 section 5.6.2), with a limit."""
_VERSIONS = (b"HTTP/1.0", b"HTTP/1.1")
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{},]', re.DOTALL)
"""A string of JSON, whole or to the end of the data, or what begins or ends a line of its formatted text."""


class Formatted(NamedTuple):
    """`data` has lines that end with a line feed; its first `head` bytes are the head of an HTTP message, and the last line
    is a note from `note` on. `name` says what it is."""

    data: bytes
    name: str
    head: int = 0
    note: int = 1 << 62
    body: Language = ""

    def language(self, offset: int) -> Language:
        """How the line at `offset` is highlighted."""
        if offset < self.head:
            return "http"
        return "note" if offset >= self.note else self.body


def format_message(data: bytes) -> Formatted | None:
    """The formatted message; None if it is neither HTTP nor JSON."""
    end = _end_of_head(data)
    if not end:
        text = format_json(data)
        return None if text is None else Formatted(text, "JSON", body="json")
    head = data[:end].replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n\n"
    body = data[end:]
    if not body:
        return Formatted(head.rstrip(b"\n"), "HTTP", len(head))
    if (text := format_json(body)) is not None:
        return Formatted(head + text, "HTTP, JSON", len(head), body="json")
    if len(body) <= MAX_BODY and _is_text(body):
        return Formatted(head + body.replace(b"\r\n", b"\n"), "HTTP", len(head))
    return Formatted(head + f"{size(len(body))} of body, not formatted".encode(), "HTTP", len(head), len(head))


def format_json(data: bytes) -> bytes | None:
    """Indented JSON, of one array or object or of several, one on each line; None if the data is anything else.

    The order of the keys and the spelling of the values stay.
    """
    if len(data) > MAX_BODY or data.lstrip()[:1] not in (b"{", b"["):
        return None
    if (text := _format_value(data)) is not None:
        return text
    lines = [line for line in data.split(b"\n") if line.strip()] if data.count(b"\n") <= MAX_LINES else []
    texts = [text for line in lines if (text := _format_value(line)) is not None]
    return b"\n".join(texts) if lines and len(texts) == len(lines) else None


def _format_value(data: bytes) -> bytes | None:
    if _indentation(data) > MAX_INDENT:
        return None
    try:
        return msgspec.json.format(data, indent=INDENT)
    except (msgspec.DecodeError, RecursionError):
        return None


def _indentation(data: bytes) -> int:
    """The bytes that indentation will add, or more than is allowed."""
    depth = total = 0
    for match in _STRUCTURE.finditer(data):
        mark = data[match.start()]
        if mark in b"[{":
            depth += 1
        elif mark in b"]}":
            depth -= 1
        elif mark != ord(","):
            continue
        total += INDENT * max(0, depth)
        if total > MAX_INDENT:
            break
    return total


def _end_of_head(data: bytes) -> int:
    """The length of the head of an HTTP message, the empty line included; 0 if it is none, or too long."""
    words = data[:MAX_HEAD].partition(b"\n")[0].rstrip(b"\r").split(b" ")
    is_request = len(words) >= 3 and words[-1] in _VERSIONS and _TOKEN.fullmatch(words[0])
    if not (is_request or (len(words) >= 2 and words[0] in _VERSIONS and words[1].isdigit())):
        return 0
    ends = [at + len(mark) for mark in (b"\r\n\r\n", b"\n\n") if (at := data.find(mark, 0, MAX_HEAD)) >= 0]
    return min(ends) if ends else len(data) if len(data) <= MAX_HEAD else 0


def _is_text(data: bytes) -> bool:
    """Whether a body is text in UTF-8 without control characters."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return not re.search("[\x00-\x08\x0e-\x1a\x1c-\x1f]", text)
