"""The answer bar, in the place of the send bar where the target waits for an answer to an HTTP request: status, type and body.

    bar = AnswerBar(requests)                        # AnswerBar(requests, history=path) keeps its history there
    bar.set_target(12, marked=[9, 12], everyone=[…]) # as `SendBar.set_target`
    bar.update(now)                                  # once a frame; then `bar.needed` says whether its target waits
    bar.answer = operator.answer                     # called by Enter, with requests and what makes the command for each
    AnswerBar.Left()                                 # posted by Esc: the focus goes back to where it was

Rules of this file:
- The answer is `models/answer_draft.py`, what waits `models/unanswered_requests.py`, what is written `answer_bar_text.py`.
- What goes out is shown exactly before it goes. What is not an answer is not sent: its field and position are marked.
- The last answer stays in the bar for the next request. Its fields are in `answer_fields.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from tuiserver.automation.history import History
from tuiserver.automation.saved import SavedMessage
from tuiserver.config.paths import answer_history_file
from tuiserver.console.keymap import ANSWER, Keys
from tuiserver.console.models.answer_draft import AnswerDraft, AnswerError, MakeAnswer
from tuiserver.console.models.charsets import Charsets
from tuiserver.console.models.message_draft import MAX_TYPED
from tuiserver.console.models.send_target import SendTarget
from tuiserver.console.models.unanswered_requests import UnansweredRequest, UnansweredRequests
from tuiserver.console.panes import answer_bar_text
from tuiserver.console.panes.answer_fields import AnswerFields
from tuiserver.console.panes.pane import bind_keys
from tuiserver.console.text.glyphs import UNICODE, Glyphs

MAX_TARGETS = 100
"""Connections that can be answered at once; for more the send bar stays."""
PREVIEW_ROWS = 3
"""Lines of the preview: a head with its defaults in 80 columns."""
_LARGE_SCREEN = 24
"""Rows of a screen from which on the preview has all of them; on a smaller one it has one."""


class AnswerBar(Widget):
    """One line, or with the focus three: who waits, the fields, what would be sent. Its API is at the top of this file."""

    DEFAULT_CSS = """
    AnswerBar {
        height: 1; layout: vertical; background: $surface;
        #answer-title { height: 1; }
        #answer-label { width: 1fr; }
        #answer-note { width: auto; padding: 0 1; color: $text-muted; }
        #answer-preview { height: 1; padding: 0 1; }
        &.-large #answer-preview { height: 3; }
        &.-closed AnswerFields, &.-closed #answer-preview { display: none; }
    }
    """

    class Left(Message):
        """The operator pressed Esc: the focus goes back to where it was."""

    def __init__(
        self,
        requests: UnansweredRequests,
        history: Path | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
        keys: Keys | None = None,
        charsets: Charsets | None = None,
    ) -> None:
        super().__init__(id=id)
        self._requests = requests
        self._keys = keys or Keys()
        bind_keys(self, self._keys, ANSWER)
        self._can_answer = any(action.where == ANSWER for action in self._keys.actions)
        self._draft = AnswerDraft(History(history, answer_history_file))
        self._target = SendTarget()
        self._charsets = charsets or Charsets()
        self.answer: Callable[[tuple[UnansweredRequest, ...], MakeAnswer], object] = lambda requests, make: None
        """Called when the operator presses Enter: each of the requests gets a command."""
        self._now = 0.0
        self._found: tuple[UnansweredRequest, ...] = ()
        """The requests that wait, of the targets."""
        self._unconfirmed: tuple[int, ...] = ()
        """The connections that the operator is asked to confirm."""
        self._refused = ""
        """Why the last key has sent nothing."""
        self._inputs = AnswerFields(self._paste)

    def compose(self) -> ComposeResult:
        """Who waits; the fields; what would be sent."""
        with Horizontal(id="answer-title"):
            yield Static(id="answer-label")
            yield Static(id="answer-note")
        yield self._inputs
        yield Static(id="answer-preview")

    def on_mount(self) -> None:
        """Show the first answer that is offered."""
        if self.query("#answer-label"):  # else the app ended before it began
            self._show_draft()

    def on_resize(self) -> None:
        """Show more of what would be sent on a large screen."""
        self.set_class(self.app.size.height >= _LARGE_SCREEN, "-large")
        self._show()

    @property
    def _glyphs(self) -> Glyphs:
        glyphs: Glyphs = getattr(self.app, "glyphs", UNICODE)
        return glyphs

    # -- target -------------------------------------------------------------------------------------------------------

    def set_target(self, selected: int, marked: Sequence[int] = (), everyone: Collection[int] = ()) -> None:
        """As `SendBar.set_target`."""
        self._target.update(selected, marked, everyone, hold=self.has_focus_within)

    def update(self, now: float) -> None:
        """Find out who waits, and draw if the bar is shown; `now` is Unix time in seconds. Called once a frame."""
        self._now = now
        self._find()
        if self.display:
            self._show()

    def _find(self) -> None:
        before, self._found = self._found, ()
        if self._can_answer and self._target.count <= MAX_TARGETS:
            found = (self._requests.of(number) for number in self._target.ids)
            self._found = tuple(request for request in found if request is not None)
        if self._found != before:
            self._refused = ""

    @property
    def needed(self) -> bool:
        """Whether all targets wait for an answer."""
        return bool(self._found) and len(self._found) == self._target.count

    def on_descendant_focus(self) -> None:
        """Show the fields."""
        self._show()

    def on_descendant_blur(self) -> None:
        """Let the target follow the selection again, once the focus has left."""
        if not self.has_focus_within:
            self._target.release()
            self._refused, self._unconfirmed = "", ()
            self._show()

    def action_target(self) -> None:
        """Selected → marked, if there are any → all."""
        self._target.next_scope()
        self._find()
        self._changed()

    # -- the answer ---------------------------------------------------------------------------------------------------

    def focus(self, scroll_visible: bool = True) -> AnswerBar:
        """Focus the first field, with its text selected."""
        self._inputs.go_to("body" if self._draft.continued else "status", scroll_visible)
        return self

    def action_field(self, step: int) -> None:
        """Go to the next field, or to the previous one."""
        self._inputs.step(step)

    def _paste(self, copied: str, start: int, end: int) -> None:
        if len(copied) > MAX_TYPED:
            self._refuse(f"{len(copied):,} characters are too many")
            return
        self._take_typed()
        position = self._draft.body.paste(copied, start, end)
        self._show_draft(position)

    def _take_typed(self) -> None:
        draft = self._draft
        draft.status, draft.kind, draft.body.text = self._inputs.texts

    def _show_draft(self, position: int | None = None) -> None:
        draft = self._draft
        self._inputs.put((draft.status, draft.kind, draft.body.text), position)
        self._changed()

    @property
    def message(self) -> SavedMessage:
        """What is typed, as it is saved."""
        self._take_typed()
        return self._draft.saved

    @property
    def fault(self) -> str:
        """Why what is typed is not an answer; empty if it is one."""
        self._take_typed()
        try:
            self._draft.prepare(None)
        except AnswerError as error:
            return str(error)
        return ""

    def put_message(self, data: bytes) -> None:
        """Replace what is typed by an answer that was sent; other bytes become the body."""
        self._draft.load(data)
        self._show_draft()

    def put_saved(self, message: SavedMessage) -> None:
        """Replace what is typed by a saved answer; a saved message becomes the body."""
        self._draft.load_saved(message)
        self._show_draft()

    def charset_changed(self) -> None:
        """Encode the body for the target as it is understood now."""
        self._changed()

    def action_older(self) -> None:
        """Recall the answer sent before."""
        self._take_typed()
        if self._draft.older():
            self._show_draft()

    def action_newer(self) -> None:
        """Go back towards what was being typed."""
        if self._draft.newer():
            self._show_draft()

    def action_mode(self) -> None:
        """Body: text → hex → text."""
        self._take_typed()
        self._draft.next_mode()
        self._show_draft()

    def action_literal(self) -> None:
        """Take the text of the body as it is, or its escapes as escapes again."""
        if self._draft.body.toggle_literal():
            self._changed()

    def action_parts(self) -> None:
        """Send the answer in parts, or as a whole again."""
        self._draft.in_parts = not self._draft.in_parts
        self._changed()

    def on_input_changed(self, event: Input.Changed) -> None:
        """A changed text needs a new confirmation."""
        event.stop()
        self._changed()

    # -- sending ------------------------------------------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Textual's own Enter is not bound."""
        event.stop()

    def action_go(self) -> None:
        """Send, ask for confirmation, or show what is wrong."""
        self._find()
        self._take_typed()
        draft, found = self._draft, self._found
        if not found:
            self._refuse(f"no request of {self._target.name} waits for an answer")
            return
        draft.continued = found[0].in_parts
        try:
            make = draft.factory(self._requests.parsed(found[0]))
        except AnswerError as error:
            self._inputs.go_to(error.field, position=error.position)
            return
        numbers = tuple(request.connection for request in found)
        if len(numbers) > 1 and self._unconfirmed != numbers:
            self._unconfirmed = numbers
            self._show()
            return
        if not draft.continued:
            draft.remember()
        if draft.part == "end":
            draft.in_parts = False
        elif draft.part != "whole":
            draft.body.text = ""
        self._show_draft()
        self.focus()
        self.answer(found, make)

    def action_back(self) -> None:
        """Cancel the confirmation; without one, leave the bar."""
        if self._unconfirmed:
            self._changed()
        else:
            self.post_message(self.Left())

    # -- what is shown ------------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        self._unconfirmed, self._refused = (), ""
        self._show()

    def _refuse(self, text: str) -> None:
        self._refused = text
        self._show()

    def _show(self) -> None:
        if not self.is_mounted or not self.query("#answer-label"):
            return
        focused, draft, found = self.has_focus_within, self._draft, self._found
        was_continued, draft.continued = draft.continued, bool(found) and found[0].in_parts
        self._take_typed()
        draft.body.charset = (
            self._charsets.of_all(self._target.ids)[0] if self._charsets.chosen else self._charsets.default
        )
        self.set_class(not focused, "-closed")
        height = (2 + (PREVIEW_ROWS if self.has_class("-large") else 1)) if focused else 1
        if self.size.height != height:
            self.styles.height = height
        self._inputs.body_only = draft.continued
        if draft.continued and not was_continued and focused:
            self._inputs.go_to("body")
        self._put("label", answer_bar_text.label(self._target, found, self._now, focused, draft, self._glyphs))
        self._inputs.name_body(answer_bar_text.body_name(draft))
        self._put("note", self._note(focused))
        if focused:
            self._show_preview()

    def _show_preview(self) -> None:
        request = self._requests.parsed(self._found[0]) if self._found else None
        wrong: AnswerError | None = None
        try:
            data = self._draft.preview(request, self._now)
        except AnswerError as error:
            wrong = error
            self._put("preview", answer_bar_text.error(str(error)))
        else:
            varies = self._draft.prepare(request).varies
            rows = PREVIEW_ROWS if self.has_class("-large") else 1
            self._put("preview", answer_bar_text.preview(data, self.size.width - 2, rows, varies, self._glyphs))
        self._inputs.mark(wrong)

    def _note(self, focused: bool) -> Content:
        if self._refused:
            return answer_bar_text.error(self._refused)
        if self._unconfirmed:
            return answer_bar_text.confirmation(len(self._unconfirmed), self._keys)
        return answer_bar_text.hint(self._draft, focused, self._keys, self._glyphs)

    def _put(self, part: str, content: Content) -> None:
        """Update a part of the bar if its content differs."""
        static = self.query_one(f"#answer-{part}", Static)
        shown = static.content
        if not (isinstance(shown, Content) and shown.plain == content.plain and shown.spans == content.spans):
            static.update(content)
