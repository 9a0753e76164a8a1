"""What the send bar shows beside the typed line: target, mode, bytes, hints and errors.

Rules of this file:
- Functions of the draft and the target; they change nothing.
- What cannot be shown whole is shortened here, so that the line that is typed in keeps its columns.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tuiserver.console.keymap import Keys
from tuiserver.console.models import message_draft
from tuiserver.console.models.message_draft import MessageDraft
from tuiserver.console.models.send_target import SendTarget
from tuiserver.console.models.target_protocols import Outgoing
from tuiserver.console.text.glyphs import Glyphs
from tuiserver.core import payload
from tuiserver.core.charsets import UTF8
from tuiserver.core.payload import ENDINGS

_LINE_ENDING_TEXT = {name: payload.to_text(data) for name, data in ENDINGS.items()}
_FAINT = "$foreground 65%"
_MAX_FRAMING = 20
"""Columns for the names of protocols."""

PLACEHOLDERS = {
    "text": r"text with \n \x00 {{time}}",
    "literal": "text as it is",
    "hex": "hex, such as 01 ff",
    "fields": "a struct and its fields: Login seq=1",
    "file": "the path of a file",
}
"""What to type, by mode: shown while nothing is typed."""
READ_ONLY = Content.assemble(" ", ("SEND", "bold"), ("  read-only: nothing is sent", _FAINT))

COMPLETE = Content.styled("Right completes", _FAINT)
"""Behind what is being typed."""


def choices(names: Sequence[str]) -> Content:
    """What the placeholder or the field may become that is being typed."""
    first, *others = names
    return Content.assemble((first, "$secondary"), (f"  {'  '.join(others)}", _FAINT))


def label(draft: MessageDraft, target: SendTarget, framing: Sequence[str], focused: bool, glyphs: Glyphs) -> Content:
    """The target, and how the typed text is interpreted; `framing` are the protocols that mark where the message ends."""
    line_ending = _LINE_ENDING_TEXT[draft.line_ending]
    return Content.assemble(
        (glyphs.focus, "$accent") if focused else " ",
        ("SEND", "bold"),
        (" to ", _FAINT),
        (target.name, "bold $text-error" if target.closed else "bold"),
        (f"  {draft.mode}", _FAINT),
        (f" {draft.charset.name}" if draft.charset is not UTF8 and draft.is_text else "", _FAINT),
        (f" + {line_ending}" if line_ending else "", _FAINT),
        (f" as {_clip(', '.join(framing), _MAX_FRAMING)}" if framing and draft.mode != "file" else "", _FAINT),
        (" >", _FAINT),
    )


def size(content: message_draft.Content, outgoing: Outgoing) -> Content:
    """How many bytes would be sent, and how many of them are added to what was typed."""
    added = len(outgoing.data) - content.size if outgoing.data else 0
    text = f"{content.size:,} + {added} bytes" if added else f"{content.size:,} bytes"
    return Content(f"{text}{', padded' if content.padded else ', varies' if content.varies else ''}")


def preview(draft: MessageDraft, content: message_draft.Content, outgoing: Outgoing, columns: int) -> Content:
    """The exact bytes, as hex; or why they cannot be sent."""
    if outgoing.fault and content.size:
        return error(outgoing.fault)
    limit = max(8, (columns - 30) // 3)
    return Content.assemble(
        (payload.preview(outgoing.data, limit), "$secondary"),
        ("  odd digit padded with 0" if content.padded else "", "$text-warning"),
        ("  an example: it varies" if content.varies else "", "$text-warning"),
        ("  a file is sent unchanged" if draft.mode == "file" and content.size else "", _FAINT),
    )


def confirmation(count: int, keys: Keys) -> Content:
    """The question before a message is sent to several connections."""
    hints = keys.hints({"go": "sends", "leave": "cancels"})
    return Content.styled(f"send to {count:,}? {hints}", "bold $text-warning")


def error(text: str) -> Content:
    """Why nothing was sent."""
    return Content.styled(text, "$text-error")


def short_fault(text: str) -> Content:
    """Why it cannot be sent, in the few columns behind the line."""
    return error(text.split(":")[0].split(",")[0])


def _clip(text: str, columns: int) -> str:
    return text if len(text) <= columns else f"{text[: columns - 1]}…"
