"""The send bar: what is typed here goes, as exactly these bytes, to exactly this target.

    bar = SendBar()                                  # SendBar(history=path) keeps its history there
    bar.set_target(12, marked=[9, 12], everyone=[…]) # whenever the selection, the marks, or the open connections changed
    bar.focus()
    SendBar.SendRequested(ids, make)                 # posted by Enter: `make` returns the message for each of `ids`
    SendBar.FileRequested(ids, path)                 # posted by Enter in the mode `file`
    SendBar.RepeatRequested(ids, make)               # posted by the key for repeating
    SendBar.Left()                                   # posted by Esc: the focus goes back to where it was

Rules of this file:
- The message is `models/message_draft.py`, the target `models/send_target.py`, what is written about them `send_bar_text.py`;
  here they meet keys and screen.
- The target is always named. The bytes and their number are shown before they are sent. What cannot be parsed is not sent:
  its position is marked. What is pasted is sent as it was copied.
- More than one target needs a confirmation, with the count; it holds for the connections that were counted.
- Typed text is shown as text, never as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from tuiserver.automation.history import History
from tuiserver.automation.saved import SavedMessage
from tuiserver.console.keymap import SEND, Keys
from tuiserver.console.models import message_draft
from tuiserver.console.models.charsets import Charsets
from tuiserver.console.models.message_draft import MAX_TYPED, MessageDraft
from tuiserver.console.models.send_target import SendTarget
from tuiserver.console.models.target_protocols import Outgoing, TargetProtocols
from tuiserver.console.panes import send_bar_text
from tuiserver.console.panes.line_input import Completing, ErrorMark, LineInput
from tuiserver.console.panes.pane import bind_keys
from tuiserver.console.text.glyphs import UNICODE
from tuiserver.core.payload import PayloadError

if TYPE_CHECKING:
    from tuiserver.decoders.base import Encoder

_TALL_SCREEN = (120, 30)
"""Columns and rows of a screen from which on a second line shows the bytes."""


class SendBar(Widget):
    """One line, or two on a large screen. Its API is at the top of this file."""

    DEFAULT_CSS = """
    SendBar {
        height: 1; layout: vertical; background: $surface;
        #send-line { height: 1; }
        #send-label { width: auto; padding: 0 1 0 0; }
        #send-note { width: auto; padding: 0 1; color: $text-muted; }
        #send-preview { height: 1; padding: 0 1; display: none; }
        Input, Input:focus {
            width: 1fr; height: 1; border: none; padding: 0; background: $surface; background-tint: $surface 0%;
        }
        .input--placeholder { color: $text-muted; }
        .send-bar--wrong { background: $error; color: $background; text-style: bold; }
        &.-tall { height: 2; }
        &.-tall #send-preview { display: block; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"send-bar--wrong"}

    class SendRequested(Message):
        """The operator pressed Enter: each of `ids` gets a message from `make`, line ending included."""

        def __init__(self, ids: tuple[int, ...], make: Callable[[], bytes]) -> None:
            super().__init__()
            self.ids = ids
            self.make = make

    class RepeatRequested(SendRequested):
        """The operator wants to send the message repeatedly; the app asks how often."""

    class FileRequested(Message):
        """The operator pressed Enter: each of `ids` gets the file at `path`."""

        def __init__(self, ids: tuple[int, ...], path: Path) -> None:
            super().__init__()
            self.ids = ids
            self.path = path

    class Left(Message):
        """The operator pressed Esc: the focus goes back to where it was."""

    def __init__(
        self,
        history: Path | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
        keys: Keys | None = None,
        read_only: bool = False,
        charsets: Charsets | None = None,
        protocols: TargetProtocols | None = None,
        encoder_of: Callable[[Collection[int]], Encoder | None] = lambda ids: None,
    ) -> None:
        super().__init__(id=id)
        self._read_only = read_only
        self._keys = keys or Keys()
        bind_keys(self, self._keys, SEND)
        self._draft = MessageDraft(History(history))
        self._target = SendTarget()
        self._charsets = charsets or Charsets()
        self._protocols = protocols or TargetProtocols()
        self._encoder_of = encoder_of
        self._unconfirmed: tuple[int, ...] = ()
        """The targets that the operator is asked to confirm."""
        self._ready = False
        """True while the parts of the bar exist."""
        self._error_mark = ErrorMark()
        suggester = Completing(self._complete)
        self._line = LineInput(self._paste, highlighter=self._error_mark, suggester=suggester, id="send-input")

    def compose(self) -> ComposeResult:
        """The line, and below it the bytes."""
        with Horizontal(id="send-line"):
            yield Static(id="send-label")
            yield self._line
            yield Static(id="send-note")
        yield Static(id="send-preview")

    def on_mount(self) -> None:
        """Show the empty line."""
        if not self.query("#send-label"):  # the app ended before it began
            return
        self._line.cursor_blink = False
        self._line.disabled = self._read_only
        self._ready = True
        self._error_mark.style = self.get_component_rich_style("send-bar--wrong", partial=True)
        self._show()

    def on_unmount(self) -> None:
        """Ignore updates from now on."""
        self._ready = False

    def on_resize(self) -> None:
        """Show the second line on a large screen."""
        self._show()

    def focus(self, scroll_visible: bool = True) -> SendBar:
        """Focus the input."""
        self.screen.set_focus(self._line, scroll_visible)  # at once: Textual's `focus` would come after the next key
        return self

    # -- target -------------------------------------------------------------------------------------------------------

    def set_target(self, selected: int, marked: Sequence[int] = (), everyone: Collection[int] = ()) -> None:
        """Set the selected connection (0 for none), the marked ones and the open ones."""
        self._target.update(selected, marked, everyone, hold=self.has_focus_within)
        self._show()

    def on_descendant_focus(self) -> None:
        """Show the focus mark and the keys."""
        self._show()

    def on_descendant_blur(self) -> None:
        """Let the target follow the selection again."""
        self._target.release()
        self._changed()

    def action_target(self) -> None:
        """Selected → marked, if there are any → all."""
        self._target.next_scope()
        self._changed()

    # -- message ------------------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """What is typed."""
        return self._line.value

    @property
    def draft(self) -> MessageDraft:
        """What is typed, as a message."""
        self._draft.text = self._line.value
        return self._draft

    def put_text(self, text: str) -> None:
        """Replace what is typed."""
        self._draft.text = text
        self._show_draft()

    def put_message(self, data: bytes) -> None:
        """Replace what is typed by the exact bytes of a message."""
        self._draft.load(data)
        self._show_draft()

    @property
    def fault(self) -> str:
        """Why what is typed is not a message; empty if it is one. A path may lead to a file that does not exist yet."""
        try:
            if self.draft.mode != "file":
                self._draft.content()
        except PayloadError as error:
            return str(error)
        return ""

    @property
    def message(self) -> SavedMessage:
        """What is typed, as it is saved."""
        return self.draft.saved

    def put_saved(self, message: SavedMessage) -> None:
        """Replace what is typed by a saved message."""
        self._draft.load_saved(message)
        self._show_draft()

    def _show_draft(self) -> None:
        if self._draft.text != self._line.value:
            self._line.put(self._draft.text)
        self._changed()

    def action_mode(self) -> None:
        """Text → hex → fields, where structs are loaded → file."""
        self.draft.next_mode()
        self._show_draft()

    def action_literal(self) -> None:
        """Take the text as it is, or its escapes as escapes again."""
        if self.draft.toggle_literal():
            self._changed()
        else:
            self._show(error="only text has escapes")

    def _paste(self, copied: str, start: int, end: int) -> None:
        if len(copied) > MAX_TYPED:
            self._show(error=f"{len(copied):,} characters are too many: send a file")
            return
        position = self.draft.paste(copied, start, end)
        self._line.put(self._draft.text, position)
        self._changed()

    def _complete(self, text: str) -> str:
        """The typed text with its last placeholder completed."""
        completion = self.draft.completion() if text == self._line.value else None
        return completion.text if completion else ""

    def action_ending(self) -> None:
        """None → LF → CRLF → NUL."""
        self._draft.next_line_ending()
        self._changed()

    def action_older(self) -> None:
        """Recall the message sent before."""
        if self.draft.older():
            self._show_draft()

    def action_newer(self) -> None:
        """Go back towards what was being typed."""
        if self.draft.newer():
            self._show_draft()

    # -- sending ------------------------------------------------------------------------------------------------------

    async def action_go(self) -> None:
        """Send, or ask for confirmation."""
        await self._line.action_submit()

    def action_back(self) -> None:
        """Cancel the confirmation; without one, leave the bar."""
        if self._unconfirmed:
            self._changed()
        else:
            self.post_message(self.Left())

    def on_input_changed(self, event: Input.Changed) -> None:
        """A changed text needs a new confirmation."""
        event.stop()
        self._changed()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send, ask for confirmation, or show the error."""
        event.stop()
        targets = self._checked_targets()
        if not targets:
            return
        if len(targets) > 1 and not self._unconfirmed:
            self._unconfirmed = targets
            self._show()
            return
        if self._unconfirmed:
            targets = self._target.still_open(self._unconfirmed)
        draft = self.draft
        request: Message
        if draft.mode == "file":
            request = self.FileRequested(targets, draft.path)
        else:
            request = self.SendRequested(targets, draft.factory())
        draft.remember()
        self.put_text("")
        if targets:
            self.post_message(request)

    def action_repeat(self) -> None:
        """Send repeatedly; the app asks how often, which also confirms the targets."""
        if self._draft.mode == "file":
            self._show(error="a file is sent once")
        elif targets := self._checked_targets():
            draft = self.draft
            draft.remember()
            self.post_message(self.RepeatRequested(targets, draft.factory()))

    def _checked_targets(self) -> tuple[int, ...]:
        """The targets if the message can be sent; else none, and the reason is shown."""
        draft, targets = self.draft, self._target.ids
        charsets = self._charsets.of_all(targets)
        try:
            content = draft.content()
        except PayloadError as error:
            self._line.cursor_position = error.position
            return ()
        outgoing = self._outgoing(content)
        if not (content.size or outgoing.data):
            self._show(error="nothing to send")
            return ()
        if not targets:
            self._show(error=f"no one to send to: {self._target.name}")
        elif len(charsets) > 1 and draft.is_text:
            self._show(error=f"different character sets: {', '.join(charset.name for charset in charsets)}")
            return ()
        elif outgoing.fault:
            return ()
        return targets

    def _outgoing(self, content: message_draft.Content) -> Outgoing:
        if self._draft.mode == "file":
            return Outgoing(b"")
        return self._protocols.outgoing(self._target.ids, content.data + self._draft.line_ending_bytes)

    # -- what is shown ------------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        self._unconfirmed = ()
        self._show()

    def _show(self, error: str = "") -> None:
        if not self._ready:
            return
        if self._read_only:
            self._put("label", send_bar_text.READ_ONLY)
            return
        is_large = self.app.size.width >= _TALL_SCREEN[0] and self.app.size.height >= _TALL_SCREEN[1]
        self.set_class(is_large and bool(self._target.ids or self._line.value), "-tall")
        draft, glyphs = self.draft, getattr(self.app, "glyphs", UNICODE)
        ids = self._target.ids
        draft.charset = self._charsets.of_all(ids)[0] if self._charsets.chosen else self._charsets.default
        framing = self._protocols.framing(ids)
        draft.framed, draft.encoder = bool(framing), self._encoder_of(ids)
        self._put("label", send_bar_text.label(draft, self._target, framing, self._line.has_focus, glyphs))
        self._error_mark.position = None
        completion = draft.completion() if self._line.cursor_at_end else None
        try:
            content = draft.content()
        except PayloadError as fault:
            completes = completion is not None and completion.text
            self._error_mark.position = None if completes else fault.position
            note = send_bar_text.COMPLETE if completes else send_bar_text.short_fault(fault.message)
            preview = send_bar_text.error(str(fault))
        else:
            outgoing = self._outgoing(content)
            note = send_bar_text.error(error) if error else self._note(content, outgoing)
            preview = send_bar_text.preview(draft, content, outgoing, self.size.width)
        pointless = not (draft.text or ids)
        self._put("note", Content("") if pointless and not error else note)
        if completion:
            preview = send_bar_text.choices(completion.choices)
        self._put("preview", Content("") if pointless else preview)
        self._line.placeholder = send_bar_text.PLACEHOLDERS[draft.mode] if self._line.has_focus else ""
        self._line.refresh()

    def charset_changed(self) -> None:
        """Encode the text for the target as it is understood now."""
        self._changed()

    def _put(self, part: str, content: Content) -> None:
        """Update a part of the bar if its content differs: the target is set for each client that connects."""
        static = self.query_one(f"#send-{part}", Static)
        shown = static.content
        if not (isinstance(shown, Content) and shown.plain == content.plain and shown.spans == content.spans):
            static.update(content)

    def _note(self, content: message_draft.Content, outgoing: Outgoing) -> Content:
        """What is shown behind the line."""
        if self._unconfirmed:
            return send_bar_text.confirmation(len(self._unconfirmed), self._keys)
        if outgoing.fault and content.size:
            return send_bar_text.short_fault(outgoing.fault)
        return send_bar_text.size(content, outgoing)
