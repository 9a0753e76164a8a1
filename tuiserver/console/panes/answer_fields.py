"""The three fields of the answer bar, side by side: status, content type and headers, body.

    fields = AnswerFields(paste)             # `paste` takes what is pasted into the body
    fields.put(("404", "json", "{}")); fields.texts; fields.go_to("body"); fields.mark(error)

Rules of this file:
- A blank ends the status and a complete content type, so that `404 json {"error":"…"}` can be typed in one go.
- A field that gets the focus is selected, so typing replaces it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from tuiserver.console.models.answer_draft import FIELDS, AnswerError, Field
from tuiserver.console.panes.line_input import ErrorMark, LineInput
from tuiserver.core.media_types import media_type

_PLACEHOLDERS = {"status": "", "type": "json, text, image/png …", "body": ""}


class AnswerFields(Horizontal):
    """The fields, each behind its name. `body_only` hides the others."""

    DEFAULT_CSS = """
    AnswerFields {
        height: 1;
        .answer-name { width: auto; padding: 0 1; color: $text-muted; }
        &.-body-only .answer-head { display: none; }
        Input, Input:focus {
            width: 1fr; height: 1; border: none; padding: 0; background: $surface; background-tint: $surface 0%;
        }
        #answer-status { width: 5; }
        #answer-type { width: 1fr; max-width: 32; }
        #answer-body { width: 3fr; }
        .input--placeholder { color: $text-muted; }
        .answer-fields--wrong { background: $error; color: $background; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"answer-fields--wrong"}

    def __init__(self, paste: Callable[[str, int, int], object]) -> None:
        super().__init__()
        self._marks = {field: ErrorMark() for field in FIELDS}
        self._inputs = {
            field: _FieldInput(lambda field=field: self._edited(field), paste if field == "body" else None)  # type: ignore[misc]
            for field in FIELDS
        }
        for field, each in self._inputs.items():
            each.id, each.highlighter, each.placeholder = f"answer-{field}", self._marks[field], _PLACEHOLDERS[field]
            each.set_class(field != "body", "answer-head")

    def compose(self) -> ComposeResult:
        """Names and inputs."""
        for field, each in self._inputs.items():
            yield Static(field, id=f"answer-{field}-name", classes="answer-name").set_class(
                field != "body", "answer-head"
            )
            yield each

    def on_mount(self) -> None:
        """Nothing on the screen blinks."""
        for field, each in self._inputs.items():
            each.cursor_blink = False
            self._marks[field].style = self.get_component_rich_style("answer-fields--wrong", partial=True)

    @property
    def texts(self) -> tuple[str, ...]:
        """What is typed."""
        return tuple(each.value for each in self._inputs.values())

    def put(self, texts: tuple[str, ...], position: int | None = None) -> None:
        """Replace what is typed, with the cursor of the body at its end or at `position`."""
        for (field, each), text in zip(self._inputs.items(), texts, strict=True):
            if each.value != text or (field == "body" and position is not None):
                each.put(text, position if field == "body" else None)

    def name_body(self, name: Content) -> None:
        """Replace the name of the body."""
        static = self.query_one("#answer-body-name", Static)
        if str(static.content) != name.plain:
            static.update(name)

    @property
    def body_only(self) -> bool:
        """Whether only the body is typed."""
        return self.has_class("-body-only")

    @body_only.setter
    def body_only(self, body_only: bool) -> None:
        self.set_class(body_only, "-body-only")

    def go_to(self, field: Field, scroll_visible: bool = True, position: int | None = None) -> None:
        """Focus a field, with its text selected or the cursor at `position`."""
        each = self._inputs[field]
        if position is None:
            each.select_all()
        else:
            each.cursor_position = position
        self.screen.set_focus(each, scroll_visible)  # at once: Textual's `focus` would come after the next key

    def step(self, step: int) -> None:
        """Go to the next field, or to the previous one."""
        fields = [field for field in FIELDS if field == "body" or not self.body_only]
        focused = next((field for field in fields if self._inputs[field].has_focus), fields[0])
        self.go_to(fields[(fields.index(focused) + step) % len(fields)])

    def mark(self, error: AnswerError | None) -> None:
        """Mark the first character that is wrong, or nothing."""
        for field, mark in self._marks.items():
            position = error.position if error is not None and error.field == field else None
            if mark.position != position:
                mark.position = position
                self._inputs[field].refresh()

    def _edited(self, field: Field) -> None:
        """A blank behind the status or a complete content type leads to the next field, with what follows it."""
        before, blank, rest = self._inputs[field].value.partition(" ")
        if field == "body" or not blank or not before or (field == "type" and not _is_complete(before)):
            return
        following = FIELDS[FIELDS.index(field) + 1]
        self._inputs[field].put(before)
        self.go_to(following)
        if rest:
            self._inputs[following].put("")
            self._inputs[following].insert_text_at_cursor(rest)


class _FieldInput(LineInput):
    """One of them. `edited` is called at once after an edit: the next key may be for another field."""

    def __init__(self, edited: Callable[[], object], paste: Callable[[str, int, int], object] | None) -> None:
        super().__init__(paste)
        self._edited = edited

    def replace(self, text: str, start: int, end: int) -> None:
        """As in Textual."""
        super().replace(text, start, end)
        self._edited()


def _is_complete(text: str) -> bool:
    """Whether a content type needs nothing more."""
    try:
        return bool(media_type(text))
    except ValueError:
        return False
