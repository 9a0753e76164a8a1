"""What the answer bar shows around its fields: who waits and for how long, what would be sent, hints and errors.

Rules of this file:
- Functions of the draft, the target and the requests; they change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tuiserver.console.keymap import Keys
from tuiserver.console.models.answer_draft import AnswerDraft
from tuiserver.console.models.send_target import SendTarget
from tuiserver.console.models.unanswered_requests import UnansweredRequest
from tuiserver.console.text.escape import clip, escape, wrap_escaped
from tuiserver.console.text.glyphs import Glyphs
from tuiserver.core import payload
from tuiserver.core.charsets import UTF8
from tuiserver.core.numbers import duration_words

_LINE_ENDING_TEXT = {name: payload.to_text(data) for name, data in payload.ENDINGS.items()}
_FAINT = "$foreground 65%"
REQUEST_WIDTH = 40
"""Columns of the request in the label."""


def label(
    target: SendTarget,
    found: Sequence[UnansweredRequest],
    now: float,
    focused: bool,
    draft: AnswerDraft,
    glyphs: Glyphs,
) -> Content:
    """`ANSWER to #12  GET /hook · waits 12 s · 1 more`."""
    parts: list[tuple[str, str]] = []
    if len(found) == 1 and target.count == 1:
        (request,) = found
        parts = [
            (f"  {clip(request.text, REQUEST_WIDTH, glyphs)}", ""),
            (f" {glyphs.dot} {waits(found, now)}", "$accent"),
        ]
        if request.pending > 1:
            parts.append((f" {glyphs.dot} {request.pending - 1:,} more", _FAINT))
    elif found:
        number = f"{len(found):,} of {target.count:,}" if len(found) < target.count else f"{len(found):,}"
        parts = [(f"  {number} wait", ""), (f" {glyphs.dot} the first {waits(found, now)}", "$accent")]
    else:
        parts = [("  nothing waits", _FAINT)]
    return Content.assemble(
        (glyphs.focus, "$accent") if focused else " ",
        ("CHUNK" if draft.continued else "ANSWER", "bold"),
        (" to ", _FAINT),
        (target.name, "bold $text-error" if target.closed else "bold"),
        *parts,
        ("  in parts" if draft.in_parts and not draft.continued else "", "$text-warning"),
    )


def waits(found: Sequence[UnansweredRequest], now: float) -> str:
    """`waits 12 s`: of the one that has waited longest."""
    return f"waits {duration_words(now - min(request.since for request in found), 1)}"


def body_name(draft: AnswerDraft) -> Content:
    """How the body is typed."""
    body = draft.body
    charset = f" {body.charset.name}" if body.charset is not UTF8 and body.is_text else ""
    ending = _LINE_ENDING_TEXT[body.line_ending]
    added = f" + {ending}" if ending else ""
    return Content.styled(f"{'chunk' if draft.continued else 'body'} {body.mode}{charset}{added} >", _FAINT)


def preview(data: bytes, columns: int, rows: int, varies: bool, glyphs: Glyphs) -> Content:
    """The exact bytes, as text with escapes, in so many lines."""
    example = "an example: it varies  " if varies else ""
    text = escape(data, max(1, columns * rows - len(example) - rows), glyphs)
    first, *others = wrap_escaped(example + text, max(1, columns))[:rows]
    return Content.assemble(
        (first[: len(example)], "$text-warning"), ("\n".join((first[len(example) :], *others)), "$secondary")
    )


def hint(draft: AnswerDraft, focused: bool, keys: Keys, glyphs: Glyphs) -> Content:
    """What Enter does, or which key leads here."""
    if not focused:
        key = keys.hint("send", glyphs)
        return Content.styled(f"{key} answers" if key else "", _FAINT)
    if draft.part == "end":
        return Content.styled("an empty chunk is the end", "$text-warning")
    return Content("")


def confirmation(count: int, keys: Keys) -> Content:
    """The question before several requests are answered."""
    hints = keys.hints({"answer": "answers", "answer-leave": "cancels"})
    return Content.styled(f"answer {count:,}? {hints}", "bold $text-warning")


def error(text: str) -> Content:
    """Why nothing was sent, or cannot be."""
    return Content.styled(text, "$text-error")
