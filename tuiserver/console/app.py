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
from pathlib import Path
from typing import ClassVar

from rich.color import ColorSystem
from rich.segment import Segment
from textual import events
from textual.app import App, ComposeResult, SystemCommand
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.color import Color
from textual.command import CommandPalette
from textual.filter import Monochrome, NoColor
from textual.geometry import Size
from textual.markup import escape as markup
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from tuiserver import commands
from tuiserver.console import themes
from tuiserver.console.actions import (
    ACTIONS,
    ANYWHERE,
    CONNECTIONS,
    LOG,
    MESSAGES,
    PANES,
    SEND,
    acts_on_clients,
    footer_keys,
    key_name,
    keys_of,
)
from tuiserver.console.bindings import bindings, rebind
from tuiserver.console.connections import ConnectionsPane
from tuiserver.console.dialogs import CloseDialog, QuitDialog
from tuiserver.console.ending import ending_by_signal
from tuiserver.console.errors import TOAST, Errors
from tuiserver.console.footer import Footer
from tuiserver.console.glyphs import choose
from tuiserver.console.header import Header
from tuiserver.console.help import Help
from tuiserver.console.keymap import EDITING, remapped
from tuiserver.console.layout import CLASSES, LOG_ROWS, arrange
from tuiserver.console.log_pane import LogPane
from tuiserver.console.message_lines import escape
from tuiserver.console.messages import MessagesPane
from tuiserver.console.send_bar import NOTHING, SendBar
from tuiserver.events import Noted
from tuiserver.link import Link, WatchingLink
from tuiserver.roster import Roster
from tuiserver.settings import Settings
from tuiserver.tail import LogTail
from tuiserver.themes import full_name
from tuiserver.transcript import Transcript

FRAME = 0.1
"""Seconds between two frames at least while events keep coming: a key waits no longer than one frame."""
_HERE = Path(__file__).parent


class Console(App[None], inherit_bindings=False):
    """The app. `roster` and `transcript` are what it knows of the server; `failure` is what broke it, if anything."""

    CSS_PATH: ClassVar[list[Path]] = [_HERE / "console.tcss", _HERE / "layout.tcss"]  # type: ignore[assignment]
    TITLE = "tuiserver"
    ENABLE_COMMAND_PALETTE = False  # Ours is bound in the table, with the same screen behind it.
    BINDINGS: ClassVar[list[BindingType]] = bindings(ANYWHERE)

    def __init__(self, link: Link, settings: Settings, tail: LogTail) -> None:
        super().__init__()
        self._colour(settings.color)
        self.animation_level = "none"
        self.glyphs = choose(settings.ascii)
        self.set_class(self.glyphs.ascii, "-ascii")
        self._wear(full_name(settings.theme))
        self.roster = Roster()
        self.transcript = Transcript(settings.message_memory)
        self.failure: BaseException | None = None
        self._stdout = sys.stdout
        self._link: Link = WatchingLink(link, self._refuse) if settings.read_only else link
        self._settings = settings
        self._connections = ConnectionsPane(self.roster, id="connections")
        self._messages = MessagesPane(self.transcript, self.roster, id="messages")
        self._log_pane = LogPane(tail, id="log")
        self._send = SendBar(id="send", read_only=settings.read_only)
        self._header = Header(self.roster, id="header")
        self._selected = 0
        self._marked: tuple[int, ...] = ()
        self._everyone = False
        self._zoomed = False
        self._sending = False
        self._room = Size(80, 24)
        self._last_pane: Widget = self._connections
        self._arrangement = -1
        self._frame_due = False
        self._last_frame = 0.0
        self._errors = Errors(self.glyphs)
        actions = remapped(settings.keys)
        if settings.keys:
            rebind(self, actions, ANYWHERE)
            rebind(self._send, actions, SEND)
            for name, pane in self._panes.items():
                rebind(pane, actions, PANES, name)
        self.actions = tuple(each for each in actions if not (settings.read_only and acts_on_clients(each)))
        """What is offered. Read-only, the keys of the others are answered with a word."""

    def _colour(self, wish: str) -> None:
        """Colours or none: `auto` goes by NO_COLOR, which means nothing where it is set but empty."""
        self.no_color = wish == "never" or (wish == "auto" and bool(os.environ.get("NO_COLOR")))
        self._filters = [each for each in self._filters if not isinstance(each, (Monochrome, NoColor))]
        if self.no_color:
            self._filters.append(_Colourless())
        elif wish == "always" and self.console.color_system is None:
            self.console._color_system = (
                ColorSystem.STANDARD
            )  # Of a terminal that does not tell: what nearly all can do.

    def get_default_screen(self) -> Screen[object]:
        """The screen of the panes."""
        return _Panes(id="_default")

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
        yield self._messages
        yield self._send
        yield self._log_pane
        yield Footer(footer_keys(self.actions), id="footer")

    # -- from the server ----------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Begin to listen to the link, and start the clock for ages and rates."""
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()

        def wake() -> None:
            try:
                loop.call_soon_threadsafe(self._woken, context=context)
            except RuntimeError:  # The loop has ended: nobody is left to be woken.
                pass

        if self._settings.app:
            sys.stdout = self._stdout  # What a program prints goes to the log; Textual would keep it.
        self._connections.focus()
        for fault in self._faults:
            self.notify(fault, severity="warning", markup=False)
        self._link.open(wake)
        self.set_interval(1.0, self._tick)
        self._tick()

    def on_unmount(self) -> None:
        """Let go of the link."""
        self._link.close()

    def _woken(self) -> None:
        """There is something to take: now, or when the next frame is due."""
        if not self._frame_due:
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
        for event in self._link.take():
            roster.apply(event)
            transcript.apply(event)
            if type(event) is Noted and event.level == "error":
                self._errors.add(f"#{event.id} {event.text}" if event.id else event.text, self._last_frame)
        self._toast()
        self._look()

    def _look(self) -> None:
        """Let the panes draw what has changed.

        Behind a dialog they wait: for one line there, the toolkit draws the whole screen and the dialog anew. At the end
        the last events may come when the screen has gone.
        """
        if len(self.screen_stack) != 1:
            return
        now = time.time()
        self._connections.update(now)
        self._header.update(now)
        self._messages.update()
        if self._arrangement != self.roster.arrangement:
            self._arrangement = self.roster.arrangement
            self._retarget()

    def _tick(self) -> None:
        """A second has passed: ages, idle times and rates."""
        self.roster.tick(time.monotonic())
        self._look()

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
        alive = [client.id for client in self.roster.clients.values() if client.open]
        self._send.set_target(self._selected, self._marked, alive)

    # -- what is asked for --------------------------------------------------------------------------------------------

    def on_send_bar_send_requested(self, event: SendBar.SendRequested) -> None:
        """One command for each target."""
        for number in event.ids:
            self._link.send(commands.Send(number, event.data))

    def on_send_bar_left(self) -> None:
        """Back to the pane from which it was entered."""
        self._focus(self._last_pane)

    def _refuse(self) -> None:
        self.notify("read-only: nothing is done to the clients", markup=False)

    def action_close(self) -> None:
        """Ask how to close the marked ones, or the selected one."""
        if self._settings.read_only:
            self._refuse()
            return
        marked = [client for number in self._marked if (client := self.roster.clients.get(number)) and client.open]
        selected = self.roster.clients.get(self._selected)
        clients = marked or ([selected] if selected and selected.open else [])
        if not clients:
            self.notify("no open connection is selected", markup=False)
            return

        def close(reset: bool | None) -> None:
            if reset is not None:
                for client in clients:
                    self._link.send(commands.Close(client.id, reset))

        self.push_screen(CloseDialog(clients, self.glyphs), close)

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
        return {CONNECTIONS: self._connections, MESSAGES: self._messages, LOG: self._log_pane}

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
        ring: list[Widget] = [*self._panes.values(), *([] if self._settings.read_only else [self._send])]
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
        if self._settings.read_only:
            self.notify(NOTHING, markup=False)
            return
        self._sending = True
        self._arrange()
        self._send.focus()

    def action_everyone(self) -> None:
        """Messages of all connections, or of the selected one again."""
        self._everyone = not self._everyone
        self._show_messages()

    async def action_connections(self, name: str) -> None:
        """An action of the connections, from the palette."""
        await self._connections.run_action(name)

    async def action_messages(self, name: str) -> None:
        """An action of the messages pane, from wherever one is."""
        await self._messages.run_action(name)

    def action_zoom(self) -> None:
        """This pane alone, or all again."""
        self._zoomed = not self._zoomed
        self._arrange()

    def action_go_back(self) -> None:
        """Leave the zoom, then the pane."""
        if self._zoomed:
            self.action_zoom()
        else:
            self._focus(self._connections)

    def on_resize(self, event: events.Resize) -> None:
        """Another size: another arrangement."""
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
        name, shown = arrange(self._room, self._place, self._zoomed, self._sending)
        screen = self._connections.screen
        for each in CLASSES:
            screen.set_class(each == name, each)
        for each, widget in {**self._panes, SEND: self._send}.items():
            widget.display = each in shown
        screen.move_child(self._log_pane, after=self._connections if name == "-wide" else self._send)

    # -- help, palette ------------------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Help, that of the focused pane first."""
        self.push_screen(Help(SEND if self._send.has_focus_within else self._place, self.glyphs, self.actions))

    def action_palette(self) -> None:
        """All that can be done, found by its name."""
        self.push_screen(_Palette(placeholder="command"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: the actions of the table, and the themes."""
        for action in self.actions:
            if action.run and action.name != "palette":
                keys = " ".join(key_name(key, self.glyphs) for key in action.keys)
                told = markup(f"{action.help}  {keys}" if keys else action.help)
                yield SystemCommand(action.name, told, lambda run=action.run: self.run_action(run))
        for name in sorted(self.available_themes):
            yield SystemCommand(f"theme {name}", "Change the colours", lambda name=name: self._use_theme(name))

    def _use_theme(self, name: str) -> None:
        self.theme = name

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Behind a dialog nothing acts but quitting; ctrl+d, as any key that edits, acts upon a line that is not empty."""
        if self.screen.is_modal and action in _OURS:
            return action == "leave"
        if action == "close" and isinstance(self.focused, Input) and self.focused.value:
            return not EDITING & {*keys_of("close", self.actions)}
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


_OURS = {action.run.partition("(")[0] for action in ACTIONS if action.run}


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
