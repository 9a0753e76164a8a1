"""The console: the screen in front of a server, wherever it runs.

    code = run_console(link, settings, tail)         # until the operator leaves; the caller stops the server

Rules of this file:
- The app only routes: events from the link into the roster and the transcript, keys into commands. Panes only draw.
- What was asked for changes nothing on the screen; what the server then tells does.
- A frame is drawn at once when it is quiet, else ten times a second; nothing is looked at while nothing happens.
- Text of strangers is never markup, in toasts and dialogs neither.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

from rich.color import ColorSystem
from rich.segment import Segment
from textual import events
from textual.app import App, ComposeResult, SystemCommand
from textual.await_complete import AwaitComplete
from textual.color import Color
from textual.command import CommandPalette
from textual.filter import Monochrome, NoColor
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from tuiserver import commands
from tuiserver.console import themes
from tuiserver.console.actions import (
    ACTIONS,
    BY_NAME,
    CONNECTIONS,
    EDITING,
    INSPECTOR,
    LOG,
    MESSAGES,
    MOVING,
    SEND,
    Keys,
    acts_first,
    app_action,
)
from tuiserver.console.clipboard import copy
from tuiserver.console.connections import ConnectionsPane
from tuiserver.console.dialogs import CloseDialog, CopyDialog, QuitDialog
from tuiserver.console.ending import ending_by_signal
from tuiserver.console.errors import TOAST, Errors
from tuiserver.console.footer import Footer
from tuiserver.console.glyphs import choose
from tuiserver.console.header import Header
from tuiserver.console.help import Help
from tuiserver.console.inspector import InspectorPane
from tuiserver.console.jobs import Jobs
from tuiserver.console.layout import CLASSES, LOG_ROWS, Arrangement, arrange
from tuiserver.console.log_pane import LogPane
from tuiserver.console.message_lines import escape
from tuiserver.console.messages import MessagesPane
from tuiserver.console.pace import Pace
from tuiserver.console.prompt import Prompt, Remark
from tuiserver.console.repeat import PlanError, read_plan
from tuiserver.console.saved import Saved, SavedError
from tuiserver.console.send_bar import SendBar
from tuiserver.events import Inspected, Noted, Received, Sent, Unopened
from tuiserver.link import Link, WatchingLink
from tuiserver.roster import Client, Roster
from tuiserver.settings import Settings
from tuiserver.tail import LogTail
from tuiserver.themes import DEFAULT, full_name
from tuiserver.transcript import Transcript

FRAME = 0.1
"""Seconds between two frames at least while events keep coming: a key waits no longer than one frame."""
SAMPLE = 0.9
"""Seconds between two looks of the inspector at least: with a clock that ticks once a second, one each."""
NAME_LENGTH = 40
"""Characters of the name of a connection."""
MOST_TYPED = 64 * 1024
"""Bytes of a message that is put into the send line."""
_HERE = Path(__file__).parent


@runtime_checkable
class Filtered(Protocol):
    """A pane of which less can be shown."""

    @property
    def filter_text(self) -> str:
        """The filter as it was typed."""

    @property
    def filter_count(self) -> str:
        """What it leaves, in words."""

    def set_filter(self, text: str) -> str:
        """Show what matches; returns what is wrong with the filter."""


class Console(App[None], inherit_bindings=False):
    """The app. `roster` and `transcript` are what it knows of the server; `failure` is what broke it, if anything."""

    CSS_PATH: ClassVar[list[Path]] = [_HERE / "console.tcss", _HERE / "layout.tcss"]  # type: ignore[assignment]
    TITLE = "tuiserver"
    ENABLE_COMMAND_PALETTE = False  # Ours is bound in the table, with the same screen behind it.

    def __init__(self, link: Link, settings: Settings, tail: LogTail) -> None:
        super().__init__()
        self._colour(settings.color)
        self._keys = Keys(dict(settings.keys))
        for key, run, action in self._keys.app_bindings():
            self._bindings.bind(key, run, action.word, show=False, priority=acts_first(action, key))
        self.animation_level = "none"
        self.glyphs = choose(settings.ascii)
        self.set_class(self.glyphs.ascii, "-ascii")
        self._wear(full_name(settings.theme) if settings.theme else DEFAULT)
        self.roster = Roster()
        self.transcript = Transcript(settings.message_memory)
        self.failure: BaseException | None = None
        self._stdout = sys.stdout
        self._link: Link = WatchingLink(link) if settings.read_only else link
        self._settings = settings
        self._connections = ConnectionsPane(self.roster, id="connections", keys=self._keys)
        self._connections.choose_columns(settings.columns)
        self._messages = MessagesPane(self.transcript, self.roster, id="messages", keys=self._keys)
        self._inspector = InspectorPane(self.roster, id="inspector", keys=self._keys)
        self._log_pane = LogPane(tail, id="log", keys=self._keys)
        self._send = SendBar(id="send", keys=self._keys, read_only=settings.read_only)
        self._saved = Saved()
        self._jobs = Jobs(link, self.roster, self._send.tell, lambda text: self.notify(text, markup=False))
        self._header = Header(self.roster, self.transcript, id="header")
        self._prompt = Prompt(id="prompt")
        self._footer = Footer(self._keys, id="footer")
        self._selected = 0
        self._marked: tuple[int, ...] = ()
        self._everyone = False
        self._inspected = 0.0
        """When a connection was asked about last, in monotonic seconds."""
        self._zoomed = False
        self._sending = False
        self._room = Size(80, 24)
        self._last_pane: Widget = self._connections
        self._arrangement = -1
        self._alive: dict[int, None] = {}
        """Those that are open, as of `_arrangement`: ten thousand are not counted anew for each key."""
        self._arranged: Arrangement | None = None
        self._shown = self._sized = False
        self._frame_due = False
        self._last_frame = 0.0
        self._errors = Errors(self.glyphs)
        self._pace = Pace(self._to_terminal)
        self._withheld = False

    def _colour(self, wish: str) -> None:
        """Colours or none: `auto` goes by NO_COLOR, which means nothing where it is set but empty."""
        self.no_color = wish == "never" or (wish == "auto" and bool(os.environ.get("NO_COLOR")))
        self._filters = [each for each in self._filters if not isinstance(each, (Monochrome, NoColor))]
        if self.no_color:
            self._filters.append(_Colourless())
        elif wish == "always" and self.console.color_system is None:
            self.console._color_system = ColorSystem.STANDARD  # Of a terminal that does not tell: what nearly all can.

    def get_default_screen(self) -> Screen[object]:
        """The screen of the panes, from the beginning as its size wants it: a change later would cost a fifth of the start."""
        self._room = self.size
        name, shown = self._arranged = arrange(self._room, self._place)
        for each, widget in {**self._panes, SEND: self._send}.items():
            widget.display = each in shown
        return _Panes(id="_default", classes=name)

    def _wear(self, name: str) -> None:
        """Offer our themes and the user's instead of Textual's, and put one on; the faults are told on the screen."""
        found, self._faults = themes.load()
        for theme in found:
            self.register_theme(theme)
        ours = [theme.name for theme in found]
        self.theme = name if name in ours else next(iter(ours), self.theme)
        for other in set(self.available_themes) - {*ours, self.theme}:
            self.unregister_theme(other)

    def get_css_variables(self) -> dict[str, str]:
        """The colours of the theme; Textual forgets `boost` where there is a `panel`."""
        variables = super().get_css_variables()
        if self.current_theme.boost:
            variables["boost"] = self.current_theme.boost
        return variables

    def compose(self) -> ComposeResult:
        """The whole screen; where the log stands depends on its size."""
        yield self._header
        yield self._connections
        yield self._inspector
        yield self._messages
        beside = self._arranged is not None and self._arranged.name == "-wide"
        yield from (self._log_pane, self._send) if beside else (self._send, self._log_pane)
        yield self._footer
        yield self._prompt

    # -- from the server ----------------------------------------------------------------------------------------------

    def on_load(self) -> None:
        """Begin to listen to the link: what there is to tell is there when the first frame is drawn."""
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()

        def wake() -> None:
            try:
                loop.call_soon_threadsafe(self._woken, context=context)
            except RuntimeError:  # The loop has ended: nobody is left to be woken.
                pass

        self._link.open(wake)

    def on_mount(self) -> None:
        """Draw what there is, and start the clock for ages and rates."""
        if self._settings.app:
            sys.stdout = self._stdout  # What a program prints goes to the log; Textual would keep it.
        self._connections.focus()
        for fault in self._faults:
            self.notify(fault, severity="warning", markup=False)
        self.app_resume_signal.subscribe(self, self._resumed)
        self.set_interval(1.0, self._tick)
        self.roster.tick(time.monotonic())
        self._shown = True
        self._frame()

    def _resumed(self, app: App[object]) -> None:
        """Back from the shell: what was asked of the terminal before is forgotten, and everything is drawn anew."""
        self._pace = Pace(self._to_terminal)
        self.refresh(layout=True)
        self._look()

    def on_unmount(self) -> None:
        """Let go of the link, and of what goes by itself."""
        self._jobs.stop()
        self._link.close()

    def _woken(self) -> None:
        """There is something to take: now, or when the next frame is due."""
        if self._shown and not self._frame_due:
            self._frame_due = True
            wait = self._last_frame + FRAME - time.monotonic()
            if wait <= 0:
                self.call_next(self._frame)
            else:
                self.set_timer(wait, self._frame)

    def _frame(self) -> None:
        """Take what happened, and let the panes look."""
        self._frame_due = False
        self._last_frame = time.monotonic()
        roster, transcript = self.roster, self.transcript
        jobs = self._jobs
        for event in self._link.take():
            if jobs.running:
                jobs.apply(event)
            roster.apply(event)
            transcript.apply(event)
            if type(event) is Inspected:
                self._inspector.take(event)
            elif type(event) is Unopened:
                self._errors.add(event.reason, self._last_frame)
            elif type(event) is Noted and event.level == "error":
                self._errors.add(f"#{event.id} {event.text}" if event.id else event.text, self._last_frame)
        self._toast()
        self._look()

    def _look(self) -> None:
        """Let the panes draw what has changed; on a slow line not before the last frame has been shown.

        Behind a dialog they wait: for one line there, the toolkit draws the whole screen and the dialog anew. At the end
        the last events may come when the screen has gone.
        """
        if len(self.screen_stack) != 1:
            return
        if self._pace.behind:
            self._withheld = True
            return
        self._withheld = False
        now = time.time()
        self._connections.update(now)
        self._header.update(now)
        self._messages.update()
        if self._inspector.display:
            self._inspector.update(now)
        if self._arrangement != self.roster.arrangement:
            self._arrangement = self.roster.arrangement
            self._alive = {client.id: None for client in self.roster.clients.values() if client.open}
            self._retarget()
        if not self.is_headless:
            self.call_after_refresh(self._pace.ask)

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The terminal has shown the last frame."""
        self._pace.answered()
        if self._withheld:
            self._woken()

    def _tick(self) -> None:
        """A second has passed: ages, idle times and rates."""
        self.roster.tick(time.monotonic())
        self._look()
        self._jobs.tick()
        self._inspect()

    def _inspect(self) -> None:
        """Ask about the selected connection, if that can be seen; not more often than once a second."""
        client, now = self.roster.clients.get(self._selected), time.monotonic()
        if self._inspector.display and client is not None and client.open and now - self._inspected > SAMPLE:
            self._inspected = now
            self._link.send(commands.Inspect(client.id))

    def _toast(self) -> None:
        """Show the errors of late in one toast."""
        if text := self._errors.take():
            self.clear_notifications()
            self.notify(text, severity="error", timeout=TOAST, markup=False)

    def pop_screen(self) -> AwaitComplete:
        """As Textual does it; the panes catch up with what came meanwhile."""
        popped = super().pop_screen()
        self._look()
        return popped

    # -- what is selected ---------------------------------------------------------------------------------------------

    def on_connections_pane_selected(self, event: ConnectionsPane.Selected) -> None:
        """Another row: its messages, and the target of what is typed."""
        self._selected = event.id
        self._show_messages()
        self._retarget()
        self._inspector.show(event.id)
        self._inspect()

    def on_connections_pane_opened(self, event: ConnectionsPane.Opened) -> None:
        """Enter on a row: look at this one."""
        self._selected = event.id
        self._everyone = False
        self._show_messages()
        self._focus(self._messages)

    def on_connections_pane_marked(self, event: ConnectionsPane.Marked) -> None:
        """Other marks."""
        self._marked = tuple(event.ids)
        self._retarget()

    def _show_messages(self) -> None:
        self._messages.show(0 if self._everyone else self._selected)

    def _retarget(self) -> None:
        self._send.set_target(self._selected, self._marked, self._alive)

    # -- what is asked for --------------------------------------------------------------------------------------------

    def _may(self) -> bool:
        """Whether anything may be asked of the server; it is said where not."""
        if self._settings.read_only:
            self.notify("read-only: nothing is sent, closed or paused", markup=False)
        return not self._settings.read_only

    def on_send_bar_send_requested(self, event: SendBar.SendRequested) -> None:
        """One command for each target, the message made anew for each."""
        if self._may():
            for number in event.ids:
                self._link.send(commands.Send(number, event.make()))

    def on_send_bar_repeat_requested(self, event: SendBar.RepeatRequested) -> None:
        """Ask how often, and begin."""
        if not self._may():
            return
        whose = f"#{event.ids[0]}" if len(event.ids) == 1 else f"ALL {len(event.ids):,} of them"

        def typed(text: str) -> Remark:
            try:
                return Remark(read_plan(text).words)
            except PlanError as error:
                return Remark(str(error), True)

        def done(text: str | None) -> None:
            try:
                plan = read_plan(text or "")
            except PlanError as error:
                if text is not None:
                    self.notify(str(error), markup=False)
                return
            self._jobs.repeat(plan, event.ids, event.make)

        self._prompt.ask(f"send to {whose} every", "1s", typed, done, "500ms x10 ~50ms")

    def on_send_bar_file_requested(self, event: SendBar.FileRequested) -> None:
        """Begin to send the file to each."""
        if self._may():
            for number in event.ids:
                self._jobs.send_file(event.path, number)

    def action_stop(self) -> None:
        """Send no more of what goes by itself."""
        if not self._jobs.stop():
            self.notify("nothing is being sent by itself", markup=False)

    def action_save(self) -> None:
        """Keep what stands in the send bar, by a name."""
        message = self._send.message
        if not message.text:
            self.notify("there is nothing to keep in the send bar", markup=False)
            return

        def typed(text: str) -> Remark:
            return Remark("is there already: enter replaces it" if text.strip() in self._saved.names() else "")

        def done(text: str | None) -> None:
            if text and text.strip():
                try:
                    self._saved.put(text.strip(), message)
                    self.notify(f"kept as {text.strip()}", markup=False)
                except SavedError as error:
                    self.notify(str(error), severity="error", markup=False)

        self._prompt.ask("keep as", "", typed, done, "a name")

    def action_saved(self) -> None:
        """Choose one of the kept messages."""
        from tuiserver.console.saved_dialog import SavedDialog

        self.push_screen(SavedDialog(self._saved, self.glyphs), self._put_saved)

    def _put_saved(self, name: str | None) -> None:
        """Put a kept message into the send bar."""
        if not name or not self._may():
            return
        try:
            message = self._saved.get(name)
        except SavedError as error:
            self.notify(escape(str(error), 300, self.glyphs), severity="error", markup=False)
            return
        self.action_send()
        self._send.put_saved(message)

    def on_send_bar_left(self) -> None:
        """Back to the pane from which it was entered."""
        self._focus(self._last_pane)

    def action_close(self) -> None:
        """Ask how to close the marked ones, or the selected one."""
        if not (clients := self._meant()):
            return

        def close(reset: bool | None) -> None:
            if reset is not None:
                for client in clients:
                    self._link.send(commands.Close(client.id, reset))

        self.push_screen(CloseDialog(clients, self.glyphs), close)

    def _meant(self) -> list[Client]:
        """The open ones that something is to be done to: the marked, else the selected. It is said where there is none."""
        if not self._may():
            return []
        numbers = self._marked or (self._selected,)
        clients = [client for number in numbers if (client := self.roster.clients.get(number)) and client.open]
        if not clients:
            self.notify("no open connection is selected", markup=False)
        return clients

    def action_pause(self) -> None:
        """Read no more from the marked or the selected; where all of them are paused, read on."""
        clients = self._meant()
        paused = all(client.paused == "operator" for client in clients)
        for client in clients:
            if paused:
                self._link.send(commands.Resume(client.id))
            elif client.paused != "operator":
                self._link.send(commands.Pause(client.id))

    def action_name(self) -> None:
        """Ask how the selected connection is to be called."""
        client = self.roster.clients.get(self._selected)
        if client is None:
            self.notify("no connection is selected", markup=False)
            return

        def done(text: str | None) -> None:
            if text is not None:
                self.roster.name(client.id, text.strip()[:NAME_LENGTH])
                self._look()

        self._prompt.ask(f"name #{client.id}", client.name, lambda text: Remark(), done, "empty for none")

    def action_columns(self) -> None:
        """Let the columns of the connections be chosen."""
        from tuiserver.console.columns_dialog import ColumnsDialog

        def choose(names: tuple[str, ...] | None) -> None:
            if names is not None:
                self._connections.choose_columns(names)

        self.push_screen(ColumnsDialog(self._connections.columns_seen, self.glyphs), choose)

    # -- messages -----------------------------------------------------------------------------------------------------

    def on_messages_pane_chosen(self, event: MessagesPane.Chosen) -> None:
        """Something is to be done with a message."""
        if event.what == "open":
            from tuiserver.console.whole import (
                WholeMessage,  # as the dialogs: a start does not wait for what it may not need
            )

            self.push_screen(WholeMessage(event.entry), lambda what: self._do(event.entry, what))
        else:
            self._do(event.entry, event.what)

    def _do(self, entry: Received | Sent, what: str | None) -> None:
        if what == "copy":
            self.push_screen(CopyDialog(entry.size), lambda form: self._copy(entry.data, form or ""))
        elif what == "send" and entry.size > MOST_TYPED:
            self.notify(f"{entry.size:,} bytes are too many for a line", markup=False)
        elif what == "send" and self._may():
            self._send.put_message(entry.data)
            self.action_send()

    def _copy(self, data: bytes, form: str) -> None:
        if not form:
            return
        try:
            told = copy(data, form, self._to_terminal)
        except OSError as error:
            self.notify(f"not copied: {error.strerror}", severity="error", markup=False)
        else:
            self.notify(escape(told, 300, self.glyphs), markup=False)

    def _to_terminal(self, text: str) -> None:
        if self._driver is not None:
            self._driver.write(text)

    def on_log_pane_jumped(self, event: LogPane.Jumped) -> None:
        """From a line of the log to the connection it is about."""
        if event.id not in self.roster.clients:
            self.notify(f"#{event.id} is no longer known", markup=False)
        elif self._connections.select(event.id):
            self._focus(self._connections)
        else:
            self.notify(f"#{event.id} is hidden by the filter of the connections", markup=False)

    # -- filter and search --------------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Ask what the pane shall show."""
        pane = self._panes[self._place]
        if not isinstance(pane, Filtered):
            self.notify("there is nothing to filter here", markup=False)
            return

        def typed(text: str) -> Remark:
            fault = pane.set_filter(text)
            return Remark(fault or (pane.filter_count if text.strip() else ""), bool(fault))

        def done(text: str | None) -> None:
            if text is None:
                pane.set_filter("")

        hint = "words  id:12  peer:10.0.  state:slow  in>1M  idle>5m  -word"
        self._prompt.ask(f"filter {self._place}", pane.filter_text, typed, done, hint)

    def action_find(self) -> None:
        """Ask what to search for, in the log or in the messages."""
        pane = self._log_pane if self._place == LOG else self._messages

        def done(text: str | None) -> None:
            if text is not None:
                pane.search(text)
                pane.find_here()

        def typed(text: str) -> Remark:
            return Remark()

        if pane is not self._last_pane:
            self._focus(pane)
        self._prompt.ask("search", pane.search_text, typed, done, r"text, or \x00 for a byte; n N go on")

    def on_prompt_closed(self, event: Prompt.Closed) -> None:
        """Back to the pane for which it was asked."""
        self._footer.display = True
        if event.refocus:
            if self._sending:
                self._send.focus()
            else:
                self.screen.set_focus(self._last_pane)

    def on_prompt_opened(self, event: Prompt.Opened) -> None:
        """It stands in the place of the footer."""
        self._footer.display = False

    def action_clear_closed(self) -> None:
        """Forget the connections that have closed, and what they said."""
        for client in self.roster.clients.values():
            if not client.open:
                self.transcript.forget(client.id)
        self.roster.clear_closed()
        self._look()

    def action_leave(self) -> None:
        """Quit; while clients are connected, ask first. Asked already: yes."""
        if self.roster.open and not isinstance(self.screen, QuitDialog):
            self.push_screen(QuitDialog(self.roster.open), lambda yes: self.exit() if yes else None)
        else:
            self.exit()

    # -- what is looked at --------------------------------------------------------------------------------------------

    @property
    def _panes(self) -> dict[str, Widget]:
        return {
            CONNECTIONS: self._connections,
            MESSAGES: self._messages,
            INSPECTOR: self._inspector,
            LOG: self._log_pane,
        }

    def _focus(self, pane: Widget) -> None:
        """Give a pane the focus; where there is room for one only, it is this one."""
        if pane is self._log_pane and self._room.height < LOG_ROWS:
            self._zoomed = True  # There is no room for it beside the others.
        self._last_pane = pane
        self._sending = False
        self._arrange()
        self.screen.set_focus(pane)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember the pane: here one comes back to."""
        if event.widget in self._panes.values():
            self._last_pane = event.widget
            self._sending = False
            self._arrange()

    def action_pane(self, name: str) -> None:
        """Go to the pane of that name."""
        self._focus(self._panes[name])

    def action_next_pane(self, step: int = 1) -> None:
        """Go round the panes and the send bar."""
        panes = [pane for name, pane in self._panes.items() if name != INSPECTOR or pane.display]
        ring: list[Widget] = [*panes, *(() if self._settings.read_only else (self._send,))]
        here = self._send if self._send.has_focus_within else self._last_pane
        target = ring[(ring.index(here) + step) % len(ring)]
        if target is self._send:
            self.action_send()
        else:
            self._focus(target)

    def action_previous_pane(self) -> None:
        """Go round the other way."""
        self.action_next_pane(-1)

    def action_send(self) -> None:
        """Go to the send bar; it opens where there was no room for it."""
        if not self._may():
            return
        self._sending = True
        self._arrange()
        self._send.focus()

    def action_everyone(self) -> None:
        """Messages of all connections, or of the selected one again."""
        self._everyone = not self._everyone
        self._show_messages()

    async def action_in_pane(self, name: str, run: str) -> None:
        """An action of a pane, from wherever one is."""
        await self._panes[name].run_action(run)

    def action_zoom(self) -> None:
        """This pane alone, or all again."""
        self._zoomed = not self._zoomed
        self._arrange()

    def action_go_back(self) -> None:
        """Clear the filter, leave the zoom, then the pane."""
        pane = self._panes[self._place]
        if isinstance(pane, Filtered) and pane.filter_text:
            pane.set_filter("")
        elif self._zoomed:
            self.action_zoom()
        else:
            self._focus(self._connections)

    def on_resize(self, event: events.Resize) -> None:
        """Another size: another arrangement. The same one: it was another in between, and what the terminal shows is lost."""
        if event.size == self._room and self._sized:
            self.screen.refresh()
        self._sized = True
        self._room = event.size
        self._arrange()

    @property
    def _place(self) -> str:
        """The name of the pane where one is, or was before the send bar."""
        return next(name for name, pane in self._panes.items() if pane is self._last_pane)

    def _arrange(self) -> None:
        """Let the panes stand as there is room for them."""
        if not self._connections.is_attached:
            return
        arrangement = arrange(self._room, self._place, self._zoomed, self._sending)
        if arrangement == self._arranged:
            return  # Each change makes the toolkit draw the whole screen.
        self._arranged = arrangement
        name, shown = arrangement
        screen = self._connections.screen
        for each in CLASSES:
            screen.set_class(each == name, each)
        for each, widget in {**self._panes, SEND: self._send}.items():
            widget.display = each in shown
        screen.move_child(self._log_pane, after=self._messages if name == "-wide" else self._send)
        self._inspect()

    # -- help, palette ------------------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Help, that of the focused pane first."""
        self.push_screen(Help(SEND if self._send.has_focus_within else self._place, self.glyphs, self._keys))

    def action_palette(self) -> None:
        """All that can be done, found by its name."""
        self.push_screen(_Palette(placeholder="command"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: the actions of the table, and the themes."""
        for action in ACTIONS:
            if action.run and action.where not in (MOVING, SEND) and action.name != "palette":
                yield SystemCommand(action.name, action.help, partial(self.run_action, app_action(action)))
        for name in self._saved.names():
            yield SystemCommand(f"send saved {name}", "Put it into the send bar", partial(self._put_saved, name))
        for name in sorted(self.available_themes):
            yield SystemCommand(f"theme {name}", "Change the colours", lambda name=name: self._use_theme(name))

    def _use_theme(self, name: str) -> None:
        self.theme = name

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Behind a dialog nothing acts but quitting; ctrl+d in a line that is not empty deletes a character."""
        if self.screen.is_modal and action in _OURS:
            return action == "leave"
        if action == "close" and isinstance(self.focused, Input) and self.focused.value:
            return not EDITING & {*self._keys.of(BY_NAME["close"])}
        return super().check_action(action, parameters)

    # -- the end ------------------------------------------------------------------------------------------------------

    def _handle_exception(self, error: Exception) -> None:
        """Something of ours broke: end at once. It is told when the terminal is as it was, by `run_console`."""
        if self.failure is None:
            self.failure = error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        """End without a page of traceback; `--debug` shows it."""
        self._close_messages_no_wait()


class _Colourless(NoColor):
    """Takes the colours away and leaves bold and reverse; not even the terminal's default colour is named."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """As Textual asks for it."""
        return [Segment(text, style and style.without_color, control) for text, style, control in segments]


class _Panes(Screen[object], inherit_bindings=False):
    """The screen of the panes. Textual's keys for going round are ours to give."""


class _Palette(CommandPalette):
    """The palette of Textual, in which nothing blinks."""

    def on_mount(self) -> None:
        """Let the cursor stand still."""
        self.query_one(Input).cursor_blink = False


_OURS = {app_action(action).partition("(")[0] for action in ACTIONS if action.run}


def run_console(link: Link, settings: Settings, tail: LogTail, stop: Callable[[], None] = lambda: None) -> int:
    """Show the console until the operator leaves, or SIGINT, SIGTERM or SIGHUP comes: 0. 1 if the console broke.

    `stop` ends the server, from any thread: it is called only where the terminal is stuck and the console cannot end.
    """
    app = Console(link, settings, tail)

    async def run() -> None:
        with ending_by_signal(app.exit, stop):
            await app.run_async(mouse=settings.mouse)

    try:
        asyncio.run(run())
    except Exception as error:
        app.failure = app.failure or error
    if app.failure is None:
        return 0
    if settings.debug:
        traceback.print_exception(app.failure)
    words = f"{type(app.failure).__name__}: {app.failure}"
    print(f"tuiserver: the console failed: {escape(words, 300, app.glyphs)}", file=sys.stderr)
    return 1
