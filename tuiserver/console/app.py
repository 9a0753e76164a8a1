"""The console: the screen in front of a server, wherever it runs.

    code = run_console(link, settings, tail)         # until the operator leaves; the caller stops the server

Rules of this file:
- The app only routes: events from the link into the roster and the transcript, keys into commands. Panes only draw.
- What was asked for changes nothing on the screen; what the server then tells does.
- A frame is drawn at once when it is quiet, else ten or twenty times a second; while nothing happens nothing is looked at.
- Text of strangers is never markup, in toasts and dialogs neither.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from functools import partial

from textual import events
from textual.app import App, SystemCommand
from textual.command import CommandPalette
from textual.screen import Screen
from textual.widgets import Input

from tuiserver.config.settings import Settings
from tuiserver.console.keymap import ACTIONS, BY_NAME, EDITING, MOVING, SEND, acts_first, app_action
from tuiserver.console.models.errors import TOAST, Errors
from tuiserver.console.operator import Wishes
from tuiserver.console.terminal.flow_control import FlowControl
from tuiserver.console.terminal.signals import exit_on_signals
from tuiserver.console.text.escape import escape
from tuiserver.core.events import Inspected, Noted, Unopened
from tuiserver.links.base import Link
from tuiserver.outputs.tail import LogTail

FRAME = 0.1
"""Seconds between two frames at least while many events come: oftener, and a key would wait longer for the server."""
QUICK = 0.05
"""Seconds between two frames while fewer come: a message is on the screen within a tenth of a second."""
MANY = 100
"""Events in one frame that are many."""


class Console(Wishes, inherit_bindings=False):
    """The app. `failure` is what broke it, if anything."""

    TITLE = "tuiserver"
    ENABLE_COMMAND_PALETTE = False  # Ours is bound in the table, with the same screen behind it.

    def __init__(self, link: Link, settings: Settings, tail: LogTail) -> None:
        super().__init__(link, settings, tail)
        for key, run, action in self._keys.app_bindings():
            self._bindings.bind(key, run, action.word, show=False, priority=acts_first(action, key))
        self.failure: BaseException | None = None
        self._stdout = sys.stdout
        self._runs_program = bool(settings.app)
        self._shown = self._frame_due = self._many = False
        self._last_frame = 0.0
        self._errors = Errors(self.glyphs)

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
        if self._runs_program:
            sys.stdout = self._stdout  # What a program prints goes to the log; Textual would keep it.
        self._connections.focus()
        for fault in self._faults:
            self.notify(fault, severity="warning", markup=False)
        self.app_resume_signal.subscribe(self, self._resumed)
        self.set_interval(1.0, self._tick)
        self.roster.tick(time.monotonic())
        self._shown = True
        self._frame()
        self.call_after_refresh(self._started)

    def _started(self) -> None:
        """The first frame is drawn: garbage is looked for from now on, but not in what was made until here."""
        if not gc.isenabled():
            gc.freeze()
            gc.enable()

    def _resumed(self, app: App[object]) -> None:
        """Back from the shell: what was asked of the terminal before is forgotten, and everything is drawn anew."""
        self._pace = FlowControl(self._to_terminal)
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
            wait = self._last_frame + (FRAME if self._many else QUICK) - time.monotonic()
            if wait <= 0:
                self.call_next(self._frame)
            else:
                self.set_timer(wait, self._frame)

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The terminal has shown the last frame."""
        self._pace.answered()
        if self._withheld:
            self._woken()

    def _frame(self) -> None:
        """Take what happened, and let the panes look."""
        self._frame_due = False
        self._last_frame = time.monotonic()
        roster, transcript = self.roster, self.transcript
        jobs = self._jobs
        taken = self._link.take()
        self._many = len(taken) >= MANY
        busy = jobs.running
        for event in taken:
            if busy:
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

    def _tick(self) -> None:
        """A second has passed: ages, idle times and rates."""
        self.roster.tick(time.monotonic())
        self._look()
        self._inspect()

    def _toast(self) -> None:
        """Show the errors of late in one toast."""
        if text := self._errors.take():
            self.clear_notifications()
            self.notify(text, severity="error", timeout=TOAST, markup=False)

    # -- help, palette ------------------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Help, that of the focused pane first."""
        from tuiserver.console.dialogs.help import Help

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

    async def action_in_pane(self, name: str, run: str) -> None:
        """An action of a pane, from wherever one is."""
        await self._panes[name].run_action(run)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Behind a dialog nothing acts but quitting; ctrl+d in a line that is not empty deletes a character."""
        if self.screen.is_modal and action in _OURS:
            return action == "leave"
        if action == "close" and isinstance(self.focused, Input) and self.focused.value:
            return not EDITING & {*self._keys.of(BY_NAME["close"])}
        return super().check_action(action, parameters)

    # -- the end ------------------------------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Quit; while clients are connected, ask first. Asked already: yes."""
        from tuiserver.console.dialogs.dialog import QuitDialog

        if self.roster.open and not isinstance(self.screen, QuitDialog):
            self.push_screen(QuitDialog(self.roster.open), lambda yes: self.exit() if yes else None)
        else:
            self.exit()

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
        with exit_on_signals(app.exit, stop):
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
