"""Shows one message in full, over the screen: its fields if it has any, formatted if it is HTTP or JSON, as text or as a
hexdump, of any length.

    app.push_screen(MessageViewer(entry, glyphs, keys, charset, fields), done)      # `copy`, `send`, `field:imei` or None

Rules of this file:
- It only returns what to do with the message: the operator's commands do it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.screen import ModalScreen

from tuiserver.console.keymap import VIEWER, Keys
from tuiserver.console.models.last_fields import PREFIX
from tuiserver.console.models.message_views import MessageViews
from tuiserver.console.models.searcher import direction
from tuiserver.console.panes.footer import Footer
from tuiserver.console.panes.pane import Pane
from tuiserver.console.panes.prompt import Feedback, Prompt
from tuiserver.console.text.escape import escape_label
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.console.text.parts import Line, Part, width_of
from tuiserver.core.charsets import UTF8, Charset
from tuiserver.core.events import Received, Sent, kind_text

if TYPE_CHECKING:
    from tuiserver.decoders.base import Field


class MessageBody(Pane):
    """The title and the visible lines."""

    ALLOW_SELECT = True
    key_scope = VIEWER

    class Searching(Message):
        """The operator wants to search."""

    class Answered(Message):
        """The operator wants to do something with the message, or to leave (None)."""

        def __init__(self, answer: str | None) -> None:
            super().__init__()
            self.answer = answer

    def __init__(
        self,
        entry: Received | Sent,
        glyphs: Glyphs = UNICODE,
        keys: Keys | None = None,
        charset: Charset = UTF8,
        fields: Sequence[Field] = (),
    ) -> None:
        self.reader = MessageViews(entry.data, glyphs, charset, fields)
        super().__init__(keys=keys, scrollable=self.reader)
        self._entry = entry
        self._kind = f"  {escape_label(kind_text(entry), glyphs)}" if isinstance(entry, Received) else ""

    def fit(self) -> None:
        """As `Pane.fit`."""
        self.reader.resize(self.size.width - 2, self.size.height - 1)

    def lines(self) -> list[Line]:
        """As `Pane.lines`."""
        entry, reader = self._entry, self.reader
        direction = "<" if isinstance(entry, Received) else ">"
        title = f"MESSAGE of #{entry.id} {direction} {datetime.fromtimestamp(entry.at):%H:%M:%S.%f}"
        start: list[Part] = [
            (f"{reader.found}  " if reader.found else "", "accent"),
            (f"{entry.size:,} bytes  ", "plain"),
        ]
        end: list[Part] = [(f"  {reader.position}", "faint"), (self._kind, "faint")]
        views = self._views()
        if width_of((*start, *views, *end)) > self.size.width - len(title) - 3:
            views = [(reader.label(reader.view), "plain")]
        body: list[Line] = [([(" ", "plain"), *parts], "plain") for parts in reader.lines()]
        return [self.title_bar(title, [*start, *views, *end]), *body]

    def _views(self) -> list[Part]:
        """The views of this message, of which the present one is emphasized."""
        reader, parts = self.reader, list[Part]()
        for view in reader.views:
            parts.append((f" {self.glyphs.dot} " if parts else "", "faint"))
            parts.append((reader.label(view), "bold" if view == reader.view else "faint"))
        return parts

    def clicked(self, event: events.Click) -> None:
        """Select the field that was clicked."""
        self.reader.click(int(event.x) - 1, int(event.y) - 1)
        self.redraw()

    def action_show(self, step: int) -> None:
        """Switch to the next view, or the previous one."""
        self.reader.show_next(step)
        self.redraw()

    def action_wrap(self) -> None:
        """Toggle wrapping of long lines."""
        self.reader.toggle_wrap()
        self.redraw()

    def action_pan(self, step: int) -> None:
        """Show what is further to the right or to the left of lines that are not wrapped."""
        self.reader.pan(step)
        self.redraw()

    def action_find(self, step: int) -> None:
        """Go to the next match, or the previous one."""
        if self.reader.find(step):
            self.redraw()
        elif self.reader.search_text:
            self.app.notify(f"no match {direction(step)}", markup=False)
        else:
            self.notify_no_term("message-search")

    def action_search(self) -> None:
        """Ask what to search for."""
        self.post_message(self.Searching())

    def action_answer(self, answer: str) -> None:
        """Do something with the message, or copy the text that is selected with the mouse."""
        if answer == "copy" and self.copy_selected():
            return
        self.post_message(self.Answered(answer))

    def action_column(self) -> None:
        """Show the selected field as a column of the connections."""
        if (name := self.reader.field_name) is None:
            self.app.notify("no field is selected", markup=False)
        else:
            self.post_message(self.Answered(f"{PREFIX}{name}"))

    def action_close(self) -> None:
        """Leave."""
        self.post_message(self.Answered(None))


class MessageViewer(ModalScreen[str | None]):
    """The message over the whole screen."""

    DEFAULT_CSS = """
    MessageViewer { layout: vertical; background: $surface; }
    MessageViewer MessageBody { height: 1fr; background: $surface; }
    """

    def __init__(
        self,
        entry: Received | Sent,
        glyphs: Glyphs = UNICODE,
        keys: Keys | None = None,
        charset: Charset = UTF8,
        fields: Sequence[Field] = (),
    ) -> None:
        super().__init__()
        keys = keys or Keys()
        self._body = MessageBody(entry, glyphs, keys, charset, fields)
        self._prompt = Prompt(keys=keys)
        self._footer = Footer(keys, lambda: VIEWER)

    def compose(self) -> ComposeResult:
        """The message, and in the last line its keys or the prompt for what to search."""
        yield self._body
        yield self._prompt
        yield self._footer

    def on_message_body_searching(self) -> None:
        """Ask what to search for."""
        hint = r"text, or \x00 for a byte"
        self._prompt.ask("search", self._body.reader.search_text, lambda text: Feedback(), self._search, hint)

    def _search(self, text: str | None) -> None:
        if text and not self._body.reader.search(text):
            self.notify("no match", markup=False)
        self._body.redraw()

    def on_message_body_answered(self, event: MessageBody.Answered) -> None:
        """Return the answer."""
        self.dismiss(event.answer)

    def on_prompt_closed(self, event: Prompt.Closed) -> None:
        """Return the focus to the message."""
        event.stop()
        self._footer.display = True
        self._body.focus()

    def on_prompt_opened(self, event: Prompt.Opened) -> None:
        """Let it take the line of the keys; keep it from the workspace behind."""
        event.stop()
        self._footer.display = False

    def on_click(self, event: events.Click) -> None:
        """Keep clicks from the workspace behind."""
        event.stop()
