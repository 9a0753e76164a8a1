"""The log: the end of a file, the newest line at the bottom.

    pane = LogPane(LogTail(path))        # one row high it shows the latest line, higher it has a title

Rules of this file:
- It shows the content of the file, whichever program wrote it.
- The file is polled only while the pane is visible; that costs one `stat` each time.
- Filter and search are in `models/log_view.py`, the text of a line in `text/log_lines.py`, the title in
  `panes/log_title.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from textual import events
from textual.message import Message

from tuiserver.console.keymap import LOG, Keys
from tuiserver.console.models.color_rules import ColorRules
from tuiserver.console.models.log_view import LogView
from tuiserver.console.models.scrolling import pan
from tuiserver.console.models.search_term import literal_term
from tuiserver.console.panes.deferred import Deferred
from tuiserver.console.panes.log_title import empty_text, title_items
from tuiserver.console.panes.pane import Pane
from tuiserver.console.text.log_lines import LogFormat, connection_of, printable, split_line
from tuiserver.console.text.parts import Line, Part
from tuiserver.core.filters import FilterError
from tuiserver.outputs.tail import LogTail

POLL_INTERVAL = 0.08
"""Seconds between two polls of the file: a line is on the screen within a tenth of a second."""
TRACEBACK_LINES = 50
"""Lines of a traceback at the end of the log past which the line that it belongs to is not searched."""


class TerminalPace(Protocol):
    """Knows if the terminal is slow."""

    def withhold(self) -> bool:
        """True if drawing has to wait; `LogPane.catch_up` is called when it need not any more."""

    def drawn(self) -> None:
        """Something was drawn."""


class LogPane(Pane):
    """The pane. Its API is at the top of this file."""

    ALLOW_SELECT = True
    key_scope = LOG

    class Jumped(Message):
        """The operator wants to see the connection of the current line."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.id = number

    def __init__(
        self,
        tail: LogTail,
        id: str | None = None,  # noqa: A002
        keys: Keys | None = None,
        paced: TerminalPace | None = None,
        listening: Sequence[str] = (),
        rules: ColorRules | None = None,
    ) -> None:
        """`listening`: the addresses of the server, a list that it keeps up to date."""
        self._rules = rules or ColorRules((), {})
        self._continue = Deferred(self, self._advance)
        self._view = LogView(tail, self._continue.request, self._notify)
        super().__init__(id, keys, self._view.window)
        self._terminal = paced
        self._listening = listening
        self._undrawn = False
        self._wrap = False
        self._shift = 0
        self._whole: int | None = None
        """The number of the line that is shown whole."""

    def _notify(self, text: str) -> None:
        self.app.notify(text, markup=False)

    @property
    def following(self) -> bool:
        """True while the newest line stays visible."""
        return self._view.tail.following

    # -- the file -----------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Begin to poll the file."""
        self._timer = self.set_interval(POLL_INTERVAL, self.update, pause=True)
        self.update()

    def on_unmount(self) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._view.close()

    def on_show(self) -> None:
        """Poll while the pane is visible."""
        self._timer.resume()
        self.update()

    def on_hide(self) -> None:
        """Do not poll while the pane is hidden."""
        self._timer.pause()

    def rows_wanted(self, limit: int) -> int:
        """As `Pane.rows_wanted`."""
        return min(limit, 1 + self._view.window.count_rows(limit))

    def fit(self) -> None:
        """As `Pane.fit`."""
        self._relayout()
        self._view.window.resize(self.size.height - 1)

    def update(self, now: float | None = None) -> None:
        """Poll the file, and draw if that changes what is visible."""
        changed = self._view.poll()
        if self._view.fill() or changed:
            self._draw_unless_withheld()

    def _advance(self) -> None:
        before = self._view.searching
        filled = self._view.advance()
        if before and not self._view.searching:
            self.redraw()
        elif filled:
            self._draw_unless_withheld()

    def _draw_unless_withheld(self) -> None:
        self._undrawn = True
        if self._terminal is None or not self._terminal.withhold():
            self.catch_up()
            if self._terminal is not None:
                self._terminal.drawn()

    def catch_up(self) -> None:
        """Draw what had to wait for the terminal."""
        if self._undrawn:
            self._undrawn = False
            self.redraw()

    # -- filter and search --------------------------------------------------------------------------------------------

    @property
    def filter_text(self) -> str:
        """The filter as it was typed."""
        return self._view.filter.text

    def set_filter(self, text: str) -> FilterError | None:
        """Show only matching lines; returns what is wrong with the filter, and shows everything then."""
        fault = self._view.set_filter(text)
        self.redraw()
        return fault

    @property
    def filter_count(self) -> str:
        """How many lines the filter has found so far."""
        return self._view.filter_count(self.glyphs.ellipsis)

    @property
    def search_text(self) -> str:
        """The last search as it was typed."""
        return self._view.term.text

    def search(self, text: str) -> None:
        """Highlight a text wherever it is visible; `find_here` goes to it."""
        self._view.set_term(literal_term(text, self.glyphs))
        self.redraw()

    def find_here(self) -> None:
        """Go to the current line or the nearest one above that has the text; else to the first one below."""
        self._view.find_here()
        self.redraw()

    def action_find(self, step: int) -> None:
        """Go to the next line that has the text, or the previous one."""
        if self._view.term:
            self._view.find_next(step)
            self.redraw()
        else:
            self.notify_no_term()

    def action_error(self, step: int) -> None:
        """Go to the next error, or the previous one."""
        self._view.find_error(step)
        self.redraw()

    # -- the current line ---------------------------------------------------------------------------------------------

    def hold(self) -> None:
        """As `Pane.hold`."""
        self._view.window.tail.release()

    def after_move(self) -> None:
        """As `Pane.after_move`; moving cancels a search."""
        self._view.cancel_search()
        if self._view.window.cursor != self._whole:
            self._show_whole(None)
        self.redraw()

    def action_follow(self) -> None:
        """Go to the newest line and stay there."""
        self.action_last()

    def action_enter(self) -> None:
        """Show the current line whole; if it is, go to its connection."""
        window = self._view.window
        if not window.rows:
            return
        cursor, line = window.cursor, window.tail.line(window.cursor)
        is_cut = self._format.is_cut(line) and not self._wrap and self._whole != cursor
        if is_cut and self.size.height == 1:
            self.call_next(self.run_action, "app.perform('zoom')")
        if is_cut:
            self._show_whole(cursor)
            self.redraw()
        elif not (number := connection_of(line.decode("utf-8", "replace"))):
            self._notify("this line names no connection")
        elif window.tail.is_earlier(cursor):
            self._notify(f"#{number} belongs to an earlier run: it is not a connection of this one")
        else:
            self.post_message(self.Jumped(number))

    def action_earlier_runs(self) -> None:
        """Show the lines of earlier runs too, or hide them again."""
        if not self._view.toggle_earlier():
            self._notify("the log has no lines of earlier runs")
        self.redraw()

    # -- long lines ---------------------------------------------------------------------------------------------------

    def action_wrap(self) -> None:
        """Toggle wrapping of long lines."""
        self._wrap = not self._wrap
        self._show_whole(None)
        self.redraw()

    def action_pan(self, step: int) -> None:
        """Show what is further to the right (`step` 1) or to the left of long lines."""
        window, formatted = self._view.window, self._format
        widest = max((formatted.text_width(window.tail.line(number)) for number in window.rows), default=0)
        self._shift = pan(self._shift, step, self.row_width, widest)
        self.redraw()

    def _show_whole(self, number: int | None) -> None:
        """Show this line whole."""
        self._whole = number
        self._relayout()
        window = self._view.window
        window.refresh()
        if number is not None:
            window.show(number)

    def _relayout(self) -> None:
        self._view.window.row_count = self._row_count if self._wrap or self._whole is not None else None

    def _row_count(self, number: int) -> int:
        return len(self._rows(number)) if self._wrap or number == self._whole else 1

    def action_copy(self) -> None:
        """Copy the text that is selected with the mouse, or the current line."""
        window = self._view.window
        if not self.copy_selected() and window.rows:
            self.app.copy_to_clipboard(window.tail.line(window.cursor).decode("utf-8", "surrogateescape"))

    def clicked(self, event: events.Click) -> None:
        """Make the clicked line the current one; a double click is as enter."""
        rows = self._view.window.rows
        row = event.y - 1 if self.size.height > 1 else 0
        numbers = [number for number in rows for _ in range(self._row_count(number))]
        if 0 <= row < len(numbers):
            self._view.window.show(numbers[row])
            self.after_move()
            if event.chain > 1:
                self.action_enter()

    # -- lines --------------------------------------------------------------------------------------------------------

    def lines(self) -> list[Line]:
        """As `Pane.lines`; one row high, the latest line."""
        width, window = self.size.width, self._view.window
        if self.size.height == 1:
            mark = (self.glyphs.focus, "accent") if self.has_focus else (" ", "plain")
            return [([mark, ("LOG ", "title"), *self._latest(width - 5)], "plain")]
        current = window.cursor if self.has_focus else None
        rows: list[Line] = [
            (parts, "selected" if number == current else "plain")
            for number in window.rows
            for parts in self._rows(number)
        ]
        title = self.title_bar("LOG", title_items(self._view, self.keys, self.glyphs, width))
        return [title, *(rows or [(empty_text(self._view, self.keys, self.glyphs, width), "plain")])][
            : self.size.height
        ]

    @property
    def _format(self) -> LogFormat:
        shift = 0 if self._wrap else self._shift
        only_listener = self._listening[0] if len(self._listening) == 1 else ""
        return LogFormat(
            *(self.row_width, self.glyphs, self._view.term.hits, shift, only_listener),
            lambda line: self._rules.style_of(LOG, line),
        )

    def _rows(self, number: int) -> list[list[Part]]:
        tail = self._view.window.tail
        line, earlier = tail.line(number), tail.is_earlier(number)
        if self._wrap or number == self._whole:
            return self._format.rows(line, earlier)
        return [self._format.line(line, earlier)]

    def _line(self, number: int, width: int) -> list[Part]:
        tail = self._view.window.tail
        return self._format._replace(width=width).line(tail.line(number), tail.is_earlier(number))

    def _latest(self, width: int) -> list[Part]:
        """The latest line; if that is in a traceback, the line that the traceback belongs to."""
        window = self._view.window
        end = window.rows.stop
        for number in range(end - 1, max(end - TRACEBACK_LINES, window.tail.start) - 1, -1):
            if split_line(printable(window.tail.line(number), 40)).time:
                return self._line(number, width)
        return self._line(end - 1, width) if window.rows else empty_text(self._view, self.keys, self.glyphs, width)
