"""The messages of one connection, or of all.

    pane = MessagesPane(transcript, roster)
    pane.show(12)                            # the messages of one connection; show(0): of all, with their ids
    pane.update()                            # once a frame, after the events were applied, and once a second

It posts `Chosen(entry, what)` when the operator wants to `open`, `copy` or `send` (again) the current message.

Rules of this file:
- The pane holds how messages are shown (text or hex, clock, wrap). Which ones are shown is decided in
  `models/messages_view.py`, which of their lines in `models/window.py`; their text is in `text/message_lines.py`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal, TypeVar

from textual import events
from textual.message import Message

from tuiserver.console.keymap import MESSAGES, Keys
from tuiserver.console.models.charsets import Charsets
from tuiserver.console.models.color_rules import ColorRules, styled
from tuiserver.console.models.decoding import Decoding
from tuiserver.console.models.messages_view import MessagesView
from tuiserver.console.models.mute_rules import MuteRules
from tuiserver.console.models.scrolling import pan
from tuiserver.console.models.search_term import parse_term
from tuiserver.console.models.window import Row
from tuiserver.console.panes.deferred import Deferred
from tuiserver.console.panes.messages_title import Appearance, empty_text, title_items
from tuiserver.console.panes.pane import Pane
from tuiserver.console.text.message_lines import Clock, Form, MessageFormat, clock_text
from tuiserver.console.text.parts import Line, Part
from tuiserver.console.text.stream_lines import Shown, StreamFormat, StreamLine
from tuiserver.core.events import Received, Sent, Skipped
from tuiserver.core.filters import FilterError
from tuiserver.views.exchanges import Exchanges
from tuiserver.views.roster import Roster
from tuiserver.views.transcript import Direction, Transcript

if TYPE_CHECKING:
    from tuiserver.console.models.message_export import ShownMessages

_FORMS: tuple[Form, ...] = ("fields", "text", "hex", "both")
_CLOCKS: tuple[Clock, ...] = ("time of day", "since connect", "since previous", "microseconds")
_DIRECTIONS: tuple[Direction, ...] = ("both", "in", "out")


class MessagesPane(Pane):
    """The pane. Its API is at the top of this file."""

    ALLOW_SELECT = True
    key_scope = MESSAGES

    class Chosen(Message):
        """The operator wants to do something with a message: `what` is `open`, `copy` or `send`."""

        def __init__(self, entry: Received | Sent, what: str) -> None:
            super().__init__()
            self.entry = entry
            self.what = what

    def __init__(
        self,
        transcript: Transcript,
        roster: Roster,
        id: str | None = None,  # noqa: A002
        keys: Keys | None = None,
        charsets: Charsets | None = None,
        exchanges: Exchanges | None = None,
        decoding: Decoding | None = None,
        mute: MuteRules | None = None,
        rules: ColorRules | None = None,
    ) -> None:
        self._mute, self._rules = mute, rules
        self._charsets = charsets or Charsets()
        self._pair_of = (exchanges or Exchanges()).of
        self._decoding = decoding or Decoding()
        self._decoded = self._decoding.version
        self._continue = Deferred(self, self._advance)
        self._view = MessagesView(
            transcript,
            roster,
            self._continue.request,
            self._notify,
            self._charsets.of,
            self._hit_line,
            self._decoding,
            mute,
        )
        self._view.searches_fields = self._decoding.chosen(0)
        super().__init__(id, keys, self._view.window)
        self._roster = roster
        self._now = time.time()
        self._form: Form = "fields" if self._decoding.chosen(0) else "text"
        self._clock: Clock = "time of day"
        self._wrap = False
        self._shift = 0
        self._open_key = self.keys.hint("whole")

    def _hit_line(self, entry: Shown) -> int:
        return self._format.hit_line(entry)

    def _notify(self, text: str) -> None:
        self.app.notify(text, markup=False)

    # -- content ------------------------------------------------------------------------------------------------------

    def show(self, connection: int) -> None:
        """Show the messages of one connection, of all for 0; at their end, following."""
        if connection != self._view.connection:
            self._view.show(connection)
            self.update()

    def update(self, now: float | None = None) -> None:
        """Take new messages, and draw if that changes what is visible; `now` is Unix time in seconds. Called once a frame."""
        self._now = self._now if now is None else now
        if self._decoded != self._decoding.version:
            self._decode_anew()
        self._view.update(self._format)
        self.redraw()

    def _advance(self) -> None:
        self._view.advance()
        self.update()

    @property
    def following(self) -> bool:
        """True while the newest message stays visible."""
        return self._view.window.following

    def _relayout(self) -> None:
        self._view.relayout(self._format)
        self.redraw()

    @property
    def _format(self) -> StreamFormat:
        highest = next(reversed(self._roster.clients), 0)
        id_width = 0 if self._view.connection else max(5, len(str(highest)) + 2)
        glyphs, match, open_key = self.glyphs, self._view.term.hits, self._open_key
        messages = MessageFormat(
            *(
                self.row_width,
                self._form,
                self._clock,
                id_width,
                glyphs,
                self._wrap,
                match,
                open_key,
                self._charsets.of,
            ),
            shift=self._shift,
            pair_of=self._pair_of,
            decode=self._decoding.result,
        )
        return StreamFormat(messages)

    def rows_wanted(self, limit: int) -> int:
        """As `Pane.rows_wanted`."""
        return min(limit, 1 + self._view.window.count_lines(limit))

    def fit(self) -> None:
        """As `Pane.fit`."""
        self._view.window.resize(self.size.height - 1)
        self._view.relayout(self._format)

    def hold(self) -> None:
        """As `Pane.hold`."""
        self._view.window.release()

    def after_move(self) -> None:
        """As `Pane.after_move`; new messages are shown too."""
        self.update()

    # -- keys ---------------------------------------------------------------------------------------------------------

    def action_cycle_show(self) -> None:
        """Fields, if a decoder was chosen → text → hex → both."""
        forms = _FORMS if self._decoding.chosen(0) else _FORMS[1:]
        self.set_form(_next(forms, self._form if self._form in forms else "text"), self._wrap)

    def action_wrap(self) -> None:
        """Toggle wrapping of long messages."""
        self.set_form(self._form, not self._wrap)

    def action_pan(self, step: int) -> None:
        """Show what is further to the right (`step` 1) or to the left of long messages."""
        formatted, rows = self._format, self._view.window.rows
        widest = max((formatted.text_width(row.entry) for row in rows if not row.line), default=0)
        self._shift = pan(self._shift, step, self.size.width - formatted.text_column, widest)
        self.redraw()

    def set_form(self, form: Form, wrap: bool) -> None:
        """Show messages as fields, as text, as hex, or both; long text in one line or wrapped."""
        self._form, self._wrap = form, wrap
        self._view.searches_fields = form == "fields"
        if self._view.term:
            self.search(self._view.term.text)
        self._relayout()

    def action_toggle_muted(self) -> None:
        """Show the muted messages, or hide them again."""
        if self._mute is None or not self._mute.texts:
            key = self.keys.hint("mute", self.glyphs)
            self._notify(f"nothing is muted{f': {key} mutes' if key else ''}")
            return
        self._mute.toggle()
        self._notify("muted messages are hidden" if self._mute.on else "muted messages are shown")
        self.update()

    @property
    def current(self) -> Received | Sent | None:
        """The current message."""
        return self._view.current

    @property
    def shown_connection(self) -> int:
        """The connection that is shown, or that of the current message; 0 if there is none."""
        return self._view.connection or getattr(self._view.current, "id", 0)

    def charset_changed(self) -> None:
        """Show the text of a connection in another character set."""
        self._view.charset_changed()
        self.set_form(self._form, self._wrap)

    def decoder_changed(self) -> None:
        """Show the fields of messages if they have a decoder now."""
        fields = self._decoding.chosen(self._view.connection)
        self.set_form("fields" if fields else "text" if self._form == "fields" else self._form, self._wrap)

    def _decode_anew(self) -> None:
        """Filter and rules may know other fields now."""
        self._decoded = self._decoding.version
        for rules in (self._mute, self._rules):
            if rules is not None:
                rules.refresh()
        self._view.set_filter(self.filter_text)
        self._view.relayout(self._format)

    def action_cycle_clock(self) -> None:
        """Time of day → since connect → since previous → microseconds."""
        self._clock = _next(_CLOCKS, self._clock)
        self._relayout()

    def action_stream(self) -> None:
        """The bytes as one stream, or message by message."""
        self._view.show_stream(self._view.stream is None, self._format)
        self.redraw()

    def action_cycle_direction(self) -> None:
        """In and out → in → out."""
        self._view.show_direction(_next(_DIRECTIONS, self._view.direction))
        self.update()

    def action_follow(self) -> None:
        """Go to the newest message and stay there."""
        self.action_last()

    def action_choose(self, what: Literal["open", "copy", "send"]) -> None:
        """Do something with the current message, or copy the text that is selected with the mouse."""
        if what == "copy" and self.copy_selected():
            return
        if (entry := self._view.current) is not None:
            self.post_message(self.Chosen(entry, what))

    def clicked(self, event: events.Click) -> None:
        """Make the clicked message the current one; a double click opens it."""
        window = self._view.window
        if 1 <= event.y <= len(window.rows):
            window.show(window.rows[event.y - 1].entry_index)
            self.after_move()
            if event.chain > 1:
                self.action_choose("open")

    def shown_messages(self) -> ShownMessages:
        """The messages that are shown, to be saved."""
        from tuiserver.console.models.message_export import ShownMessages

        view, clients = self._view, self._roster.clients
        entries = view.shown_messages()
        ids = {entry.id for entry in entries if not isinstance(entry, Skipped)}
        framed = frozenset(number for number in ids if number in clients and clients[number].framed)
        return ShownMessages(entries, view.stream is not None, framed, self._charsets.of)

    @property
    def file_name(self) -> str:
        """A name for the file to which they are saved."""
        connection = f"-{self._view.connection}" if self._view.connection else ""
        return f"messages{connection}{'.hex' if self._form == 'hex' else '.txt'}"

    # -- filter and search --------------------------------------------------------------------------------------------

    @property
    def filter_text(self) -> str:
        """The filter as it was typed."""
        return self._view.filter.text

    def set_filter(self, text: str) -> FilterError | None:
        """Show only matching messages; returns what is wrong with the filter, and shows everything then."""
        self._view.set_filter(text)
        self.update()
        return self._view.filter.fault

    @property
    def filter_count(self) -> str:
        """How many messages the filter leaves."""
        return self._view.filter_count

    @property
    def search_text(self) -> str:
        """The last search as it was typed."""
        return self._view.term.text

    def search(self, text: str) -> None:
        """Highlight a text wherever it is visible; `find_here` goes to it."""
        charset = self._charsets.of(self._view.connection)
        self._view.set_term(parse_term(text, self.glyphs, charset, in_hex=self._form in ("hex", "both")))
        self.update()

    def find_here(self) -> None:
        """Go to the current message or the nearest one before that has the text; else to the first one after."""
        self._view.find_here()
        self.update()

    def action_find(self, step: int) -> None:
        """Go to the next message that has the text, or the previous one."""
        if self._view.term:
            self._view.find_next(step)
            self.update()
        else:
            self.notify_no_term()

    # -- lines --------------------------------------------------------------------------------------------------------

    def lines(self) -> list[Line]:
        """As `Pane.lines`."""
        formatted, window = self._format, self._view.window
        current = window.cursor if self.has_focus else None
        rows: list[Line] = [
            (
                _colored(formatted.line(row.entry, row.line, self._time(row)), row.entry, self._rules),
                "selected" if row.entry_index == current else _background(row.entry),
            )
            for row in window.rows
        ]
        if not rows:
            text = empty_text(self._view, self._roster, self._now, self.keys, self.glyphs)
            rows = [([], "plain"), ([(f" {text}", "faint")], "plain")]
        appearance = Appearance(self._form, self._clock, self._wrap, self._charsets.of(self._view.connection))
        items = title_items(self._view, appearance, self.keys, self.glyphs, self.size.width)
        return [self.title_bar("MESSAGES", items), *rows][: self.size.height]

    def _time(self, row: Row) -> str:
        if row.line:
            return ""
        entry, previous, since = row.entry, None, None
        if self._clock == "since previous":
            previous = self._view.previous_at(row)
        elif self._clock == "since connect":
            number = self._view.connection if isinstance(entry, Skipped) else entry.id
            client = self._roster.clients.get(number)
            since = client.since if client else None
        return clock_text(self._clock, entry.at, since, previous)


def _colored(parts: list[Part], entry: Shown, rules: ColorRules | None) -> list[Part]:
    """The parts of a line in the colour of the first rule that matches its message."""
    if rules is None or not rules.active or isinstance(entry, Skipped):
        return parts
    message = entry.message if isinstance(entry, StreamLine) else entry
    return styled(parts, rules.style_of(MESSAGES, message))


def _background(entry: Shown) -> str:
    message = entry.message if isinstance(entry, StreamLine) else entry
    return "sent" if isinstance(message, Sent) else "plain"


T = TypeVar("T")


def _next(values: tuple[T, ...], value: T) -> T:
    return values[(values.index(value) + 1) % len(values)]
