"""The fields of a message in words: its summary in a line, and the value of a field.

    summary_parts(decoded, glyphs)           # [("Login", "bold"), (" imei=358901234567890 crc ok", "plain")]
    value_text(field, glyphs)                # '358901234567890', '01 02 03'

Rules of this file:
- Pure. Names, values and notes come from the bytes of a peer: all of them are escaped.
- What is wrong is marked by a word as well as by a style.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiserver.console.text.escape import clip, escape, escape_label
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.parts import Part
from tuiserver.core.numbers import size

if TYPE_CHECKING:
    from tuiserver.decoders.base import Decoded, Field
    from tuiserver.decoders.guarded import Result

OK, WRONG, UNFINISHED, EXTRA = "ok", "wrong", "unfinished", "extra"
"""Values of `FieldCode`, which is imported with the decoders only."""
STYLES = {OK: "good", WRONG: "error", UNFINISHED: "warning", EXTRA: "warning"}
MAX_VALUE = 4096
"""Columns of a value."""
REASON_WIDTH = 48
"""Columns of the reason why a message is not decoded."""


def summary_parts(result: Result | None, glyphs: Glyphs = UNICODE) -> list[Part]:
    """The summary in one line, after the names of what is wrong in the message; nothing if it has no fields."""
    decoded: Decoded | None = result if hasattr(result, "summary") else None  # type: ignore[assignment]
    if decoded is None:
        return []
    wrong = [field.name for field in decoded.fields if field.code == WRONG]
    name = escape_label(decoded.name, glyphs)
    summary = escape(decoded.summary, MAX_VALUE, glyphs)
    rest = summary.removeprefix(name)
    parts: list[Part] = [(name, "bold")] if len(rest) < len(summary) else []
    parts.append((rest, "error" if wrong else "plain"))
    if wrong:
        names = ", ".join(escape_label(name, glyphs) for name in dict.fromkeys(wrong[:3]))
        parts.insert(0, (f"{names} wrong: ", "error"))
    return parts


def reason_part(result: Result | None, glyphs: Glyphs = UNICODE) -> Part:
    """Why a message has no fields; empty if it has a decoder's fields, or no decoder."""
    missing = getattr(result, "missing", None)
    if missing is not None:
        return (f"{missing:,} bytes missing" if missing else "incomplete"), "warning"
    return clip(getattr(result, "reason", ""), REASON_WIDTH, glyphs), "faint"


def value_text(field: Field, glyphs: Glyphs = UNICODE) -> str:
    """The value of a field, escaped; bytes in hex."""
    value = field.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value[:64].hex(" ") + (f" {glyphs.ellipsis} {size(len(value))}" if len(value) > 64 else "")
    return escape(value if isinstance(value, str) else str(value), MAX_VALUE, glyphs)


def judgement(field: Field, glyphs: Glyphs = UNICODE) -> Part:
    """The code of a field in words with its note: `ok`, `wrong: 3A A0, expected 1B 77`, `degrees`."""
    note = escape_label(field.note, glyphs)
    if not field.code:
        return note, "faint"
    text = f"{field.code}: {note}" if note and note != field.code else field.code
    return escape_label(text, glyphs), STYLES.get(field.code, "faint")


def place_text(field: Field) -> str:
    """`offset 4 (0x04), 15 bytes`."""
    noun = "byte" if field.size == 1 else "bytes"
    return f"offset {field.offset:,} (0x{field.offset:02x}), {field.size:,} {noun}"
