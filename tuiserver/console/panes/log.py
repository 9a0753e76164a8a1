"""The log on the screen: the tail of a file, newest at the bottom.

    pane = LogPane(LogTail(path))        # on one row it is the latest line alone, on more there is a title

Rules of this file:
- It reads the file and nothing else: what it shows is what is on disk, whoever wrote it.
- Following is a state: scrolling up releases it, `f` or `end` takes it again. Released, nothing moves under the reader.
- The file is looked at only while the pane can be seen; that costs one `stat` each time.
- A line is a stranger's text: what is drawn has one column a character, and no control character.
- Whatever is looked for in a file of any size is looked for in bounded pieces; what is seen stays until it is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

from textual import events
from textual.message import Message

from tuiserver.console.keymap import LOG, Keys
from tuiserver.console.models import filter_fields
from tuiserver.console.models.filter_fields import lacking, without_errors
from tuiserver.console.models.filtered_tail import PAGES, SKIPPED_BLOCKS, FilteredTail
from tuiserver.console.panes.pane import FollowingPane
from tuiserver.console.text.escape import clip, escape
from tuiserver.console.text.log_lines import connection_of, is_error, log_line, printable, split_line
from tuiserver.console.text.parts import Line, Part
from tuiserver.core.filters import FilterError
from tuiserver.outputs.tail import LogTail

POLL = 0.08
"""Seconds between two looks at the file: a line is on the screen within a tenth of a second."""
HOME = 200
"""Pages that `home` reads back at most: more than a whole log of ours; in a larger file it may be pressed again."""
DETAIL = 50
"""Lines of a traceback that are passed over in search of what it belongs to."""

AGAIN = 0.02
"""Seconds until the next piece of a file is searched."""
LOOKED = 5000
"""Lines that are searched at once."""


class Tail(Protocol):
    """A tail, whole or sieved: lines by numbers that never change."""

    start: int
    following: bool

    @property
    def end(self) -> int:
        """The number after the last line held."""

    @property
    def total(self) -> int:
        """The number after the last line of all."""

    def line(self, number: int) -> bytes:
        """A line that is held; raises `IndexError`."""

    def release(self) -> None:
        """Stay where the reader is."""

    def follow(self) -> None:
        """Go to the end and stay there."""

    def older(self) -> bool:
        """Page in lines before `start`."""

    def newer(self) -> bool:
        """Page in lines after `end`."""


class LogWindow:
    """Which lines of a tail are seen: `height` of them from `top` on. `new` came below since it was released.

    `cursor` is the current line, one of those that are seen; the newest while following.
    """

    def __init__(self, tail: Tail) -> None:
        self.tail = tail
        self.height = 1
        self.top = 0
        self._seen = 0
        self._cursor = 0

    @property
    def cursor(self) -> int:
        """The number of the current line."""
        rows = self.rows
        if self.tail.following or not rows:
            return rows.stop - 1
        return max(rows.start, min(self._cursor, rows.stop - 1))

    def step(self, steps: int) -> None:
        """To the next line, or the one before."""
        target = self.cursor + steps
        while target >= self.tail.end and self.tail.newer():
            pass
        while target < self.tail.start and self.tail.older():
            pass
        self.show(target)

    def show(self, number: int) -> None:
        """Put the cursor on a line that is held, and scroll as little as shows it."""
        if self.tail.following and number >= self.tail.end - 1:
            return
        if self.tail.following:
            self.release()
        self._cursor = number = max(self.tail.start, min(number, self.tail.end - 1))
        if number < self.top:
            self.top = number
        elif number >= self.top + self.height:
            self.top = number - self.height + 1
        self._settle()

    def wear(self, tail: Tail) -> None:
        """Other lines from now on."""
        self.tail = tail
        self._seen = tail.total
        self.top = tail.end - self.height
        self._settle()

    @property
    def rows(self) -> range:
        """The numbers of the lines to show, top to bottom."""
        return range(self.top, min(self.top + self.height, self.tail.end))

    @property
    def new(self) -> int:
        """How many lines below were not seen yet."""
        return 0 if self.tail.following else max(0, self.tail.total - self._seen)

    def refresh(self) -> None:
        """Take what came: to the end when following, else stay, as far as the lines are still held."""
        if self.tail.following:
            self.top = self.tail.end - self.height
        self._settle()

    def resize(self, height: int) -> None:
        """So many rows from now on; the line on top stays there, or that at the bottom when following."""
        self.height = max(1, height)
        self.refresh()

    def follow(self) -> None:
        """Stand at the end from now on."""
        self.tail.follow()
        self.refresh()

    def release(self) -> None:
        """Stay here, whatever comes."""
        self.tail.release()

    def scroll(self, lines: int) -> None:
        """Move by so many lines, up for less than 0. Moving up releases; down there is nothing below the end."""
        top = self.top + lines
        if lines < 0:
            while top < self.tail.start and self.tail.older():
                pass
            if max(top, self.tail.start) < self.top:
                self.release()
        elif self.tail.following:
            return
        else:
            while top + self.height > self.tail.end and self.tail.newer():
                pass
            top = max(self.top, min(top, self.tail.end - self.height))
        self.top = top
        self._settle()

    def home(self) -> None:
        """To the oldest line, or as far back as is read at once."""
        for _ in range(HOME):
            if not self.tail.older():
                break
        self.scroll(self.tail.start - self.top)

    def _settle(self) -> None:
        self.top = max(self.top, self.tail.start)
        self._seen = max(self._seen, self.rows.stop) if not self.tail.following else self.tail.total


class Paced(Protocol):
    """Who knows whether the terminal keeps up."""

    def withhold(self) -> bool:
        """Whether what comes by itself has to wait; `catch_up` is called when it need not."""

    def drawn(self) -> None:
        """Something was drawn."""


class LogPane(FollowingPane):
    """The pane. Its API stands at the top of this file."""

    place = LOG

    class Jumped(Message):
        """The current line is about this connection, and it is to be shown."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.id = number

    def __init__(
        self,
        tail: LogTail,
        id: str | None = None,  # noqa: A002
        keys: Keys | None = None,
        paced: Paced | None = None,
    ) -> None:
        super().__init__(id, keys)
        self._tail = tail
        self._paced = paced
        self._stale = False
        self._window: LogWindow = LogWindow(tail)
        self._sieved: FilteredTail | None = None
        self._filter_text = ""
        self._filter_fault = ""
        self._search_text = ""
        self._hunt: Iterator[int | None] | None = None
        self._hunter: LogTail | None = None
        self._what = ""
        self._busy = False

    @property
    def following(self) -> bool:
        """True while the newest line is on the screen, whatever comes."""
        return self._window.tail.following

    def on_mount(self) -> None:
        """Begin to look at the file."""
        self._timer = self.set_interval(POLL, self.update, pause=True)
        self.update()

    def on_unmount(self) -> None:
        """Let go of the file."""
        for tail in (self._tail, self._sieved, self._hunter):
            if tail is not None:
                tail.close()

    def on_show(self) -> None:
        """Take at once what came while nobody could see it, and look on."""
        self._timer.resume()
        self.update()

    def on_hide(self) -> None:
        """Nobody can see it: look no more."""
        self._timer.pause()

    def fit(self) -> None:
        """More or fewer rows: what is on top stays there, or the end at the bottom."""
        self._window.resize(self._rows)

    def update(self, now: float | None = None) -> None:
        """Look at the file, and draw if that changes what is seen."""
        if (self._sieved or self._tail).poll():
            self._window.refresh()
            self._redraw_paced()
        self._look_back()

    def catch_up(self) -> None:
        """Draw what had to wait."""
        if self._stale:
            self._stale = False
            self.redraw()

    def _redraw_paced(self) -> None:
        """Draw what came by itself; where the terminal is behind, not before it is not."""
        self._stale = True
        if self._paced is None or not self._paced.withhold():
            self.catch_up()
            if self._paced is not None:
                self._paced.drawn()

    # -- filter, search, errors ---------------------------------------------------------------------------------------

    @property
    def filter_text(self) -> str:
        """The filter as it was typed."""
        return self._filter_text

    def set_filter(self, text: str) -> str:
        """Show those lines only that match; returns what is wrong with the filter, and shows everything then."""
        self._filter_text, self._filter_fault = text, ""
        self._cancel_search()
        if self._sieved is not None:
            self._sieved.close()
            self._sieved = None
        try:
            wanted = filter_fields.of_line(text)
        except FilterError as error:
            self._filter_fault = str(error)
        else:
            if wanted:
                self._sieved = FilteredTail(self._tail, wanted)
        if self._sieved is None:
            self._tail.follow()
            self._tail.poll()
        self._window.wear(self._sieved or self._tail)
        self._look_back()
        self.redraw()
        return self._filter_fault

    @property
    def filter_count(self) -> str:
        """What the filter leaves, in words."""
        sieved = self._sieved
        if sieved is None:
            return ""
        more = f"{self.glyphs.ellipsis} {sieved.looked_back:,} older searched" if sieved.searching else ""
        return f"{sieved.end - sieved.start:,} shown{more}"

    def _look_back(self) -> None:
        """Search older lines for the filter until the pane is full."""
        sieved, window = self._sieved, self._window
        if sieved is not None and sieved.searching and sieved.end - sieved.start < window.height:
            if sieved.look_back():
                window.refresh()
            self._redraw_paced()
            self._look_again()

    def _look_again(self) -> None:
        if not self._busy and self.is_mounted:
            self._busy = True
            self.set_timer(AGAIN, self._look_on)

    def _look_on(self) -> None:
        self._busy = False
        if self._hunt is not None:
            self._continue_search()
        self._look_back()

    @property
    def search_text(self) -> str:
        """What was searched for last."""
        return self._search_text

    def search(self, text: str) -> None:
        """Mark what is searched for wherever it is seen; `find` goes there."""
        self._search_text = text
        self._cancel_search()
        self.redraw()

    def find_here(self) -> None:
        """To the current line, or the nearest one above, in which it occurs."""
        if self._search_text:
            self._begin_search(self._contains, lacking([self._search_text]), self._search_text, -1, self._window.cursor)

    def action_find(self, step: int) -> None:
        """To the next line in which it occurs, or the one before."""
        if self._search_text:
            start = self._window.cursor + step
            self._begin_search(self._contains, lacking([self._search_text]), self._search_text, step, start)
        else:
            self.app.notify("nothing is searched for: ctrl+f", markup=False)

    def action_error(self, step: int) -> None:
        """To the next error, or the one before; from the end, to the last one."""
        if self.following:
            step = -1
        self._begin_search(is_error, without_errors, "error", step, self._window.cursor + step)

    def _contains(self, line: bytes) -> bool:
        return self._search_text.lower() in line.decode("utf-8", "replace").lower()

    def _begin_search(
        self, test: Callable[[bytes], bool], lacks: Callable[[bytes], bool], what: str, step: int, start: int
    ) -> None:
        self._cancel_search()
        self._what = f"{clip(what, 60, self.glyphs)} {'below' if step > 0 else 'above'}"
        if self._sieved is None:
            self._hunter = self._tail.copy()  # what is seen stays where it is until something is found
            self._hunter.release()
        if self._hunter is None:
            self._hunt = _searching(self._window.tail, test, step, start)
        else:
            self._hunt = _searching(self._hunter, test, step, start, partial(_skip, self._hunter, lacks, step))
        self._continue_search()

    def _continue_search(self) -> None:
        assert self._hunt is not None
        for number in self._hunt:
            if number is None:
                self._look_again()
                return
            if self._hunter is not None:
                self._tail.close()
                self._tail, self._hunter = self._hunter, None
                self._window.tail = self._tail
            self._window.show(number)
            break
        else:
            self.app.notify(f"no {self._what}", markup=False)
        self._cancel_search()
        self.redraw()

    def _cancel_search(self) -> None:
        self._hunt = None
        if self._hunter is not None:
            self._hunter.close()
            self._hunter = None

    # -- the current line ---------------------------------------------------------------------------------------------

    def moved(self) -> None:
        """As `FollowingPane.moved`; who moves looks for nothing any more."""
        self._cancel_search()
        super().moved()

    def action_jump(self) -> None:
        """To the connection that the current line is about."""
        if not self._window.rows:
            return
        line = self._window.tail.line(self._window.cursor).decode("utf-8", "replace")
        if number := connection_of(line):
            self.post_message(self.Jumped(number))
        else:
            self.app.notify("this line is about no connection", markup=False)

    def on_click(self, event: events.Click) -> None:
        """A click makes a line the current one; a second one goes to its connection."""
        rows = self._window.rows
        row = event.y - 1 if self.size.height > 1 else 0
        if 0 <= row < len(rows):
            self._window.show(rows[row])
            self.redraw()
            if event.chain > 1:
                self.action_jump()

    @property
    def _rows(self) -> int:
        """Rows for lines: below the title, or the only one."""
        return max(1, self.size.height - 1)

    # -- what is seen -------------------------------------------------------------------------------------------------

    def _state(self) -> Part:
        """Whether it follows, and what came below if not."""
        if (self._sieved or self._tail).unavailable:
            return "waiting", "faint"
        if self._hunt is not None:
            return "searching", "warning"
        if self.following:
            return f"{self.glyphs.follow} follow", "good"
        new = self._window.new
        if new:
            return f"{new:,} new", "warning"
        key = self._keys.hint("follow-log", self.glyphs)
        return (f"{key} follows" if key else "released"), "faint"

    def _title(self, width: int) -> Line:
        """`LOG`, the name of the file, and the state of following."""
        words, style = self._state()
        wanted: list[Part] = []
        if self._filter_fault:
            wanted = [("filter ", "faint"), ("not understood  ", "error")]
        elif self._sieved is not None:
            text = clip(self._filter_text, 24, self.glyphs)
            wanted = [(f"{self.filter_count}  ", "plain"), ("filter ", "faint"), (f"{text}  ", "accent")]
        name = self._tail.path.name.encode("utf-8", "surrogateescape") if self._tail.path else b"in memory"
        room = width - len(" LOG  ") - 13 - sum(len(text) for text, _ in wanted)
        file = f"{printable(name, room, self.glyphs)}  " if room > 3 else ""
        return self.bar("LOG", [(file, "faint"), *wanted, (f"{words:>9}", style)])

    def _empty(self, width: int) -> list[Part]:
        """What there is to say where there is no line."""
        path = self._tail.path
        if self._sieved is not None:
            dash = self.glyphs.dash
            wanted = clip(self._filter_text, 40, self.glyphs)
            return [(f" no line shown {dash} filter {wanted} {dash} esc clears", "faint")]
        if path is None or not self._tail.problem:
            return [(" nothing logged yet", "faint")]
        name = str(path).encode("utf-8", "surrogateescape")
        if self._tail.not_found:
            return [(f" waiting for {printable(name, max(1, width - 14), self.glyphs)}", "faint")]
        room = max(1, width - len(self._tail.problem) - 4)
        return [(f" {self._tail.problem}: {printable(name, room, self.glyphs)}", "error")]

    def _line(self, number: int, width: int) -> list[Part]:
        return log_line(self._window.tail.line(number), width, self.glyphs, self._found)

    @property
    def _found(self) -> str:
        return escape(self._search_text, 200, self.glyphs).lower()

    def _latest(self, width: int) -> list[Part]:
        """The one line there is room for: the latest, and of an error what it is, not the end of its traceback."""
        end = self._window.rows.stop
        tail = self._window.tail
        for number in range(end - 1, max(end - DETAIL, tail.start) - 1, -1):
            if split_line(printable(tail.line(number), 40)).time:
                return self._line(number, width)
        return self._line(end - 1, width) if self._window.rows else self._empty(width)

    def lines(self) -> list[Line]:
        """As `Drawn.lines`: title and lines, or the latest line alone where there is room for one."""
        width, rows = self.size.width, self._window.rows
        if self.size.height == 1:
            mark = (self.glyphs.focus, "accent") if self.has_focus else (" ", "plain")
            return [([mark, ("LOG ", "title"), *self._latest(width - 5)], "plain")]
        here = self._window.cursor if self.has_focus else None
        found: list[Line] = [(self._line(number, width), "selected" if number == here else "plain") for number in rows]
        return [self._title(width), *(found or [(self._empty(width), "plain")])][: self.size.height]


def _skip(tail: LogTail, lacks: Callable[[bytes], bool], step: int) -> int:
    """Pass over what has nothing in it, in the direction of `step`; returns how many lines."""
    return tail.skip_older(lacks) if step < 0 else tail.skip_newer(lacks)


def _searching(
    tail: Tail, test: Callable[[bytes], bool], step: int, start: int, skim: Callable[[], int] = lambda: 0
) -> Iterator[int | None]:
    """Look at one line after the other; None each time it has been enough for a frame."""
    number, looked, spent = start, 0, 0
    while True:
        beyond = number < tail.start if step < 0 else number >= tail.end
        if beyond:
            if passed := skim():
                number += step * passed
                spent += 1
                if spent >= SKIPPED_BLOCKS:
                    spent = 0
                    yield None
                continue
            if not (tail.older() if step < 0 else tail.newer()) and not getattr(tail, "searching", False):
                return
            spent += SKIPPED_BLOCKS // PAGES
            if spent >= SKIPPED_BLOCKS:
                spent = 0
                yield None
            continue
        if test(tail.line(number)):
            yield number
        number += step
        looked += 1
        if looked % LOOKED == 0:
            yield None
