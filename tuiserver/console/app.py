"""The console: the screen in front of a server, wherever that runs.

    app = Console(link, settings, tail)              # run.py runs it

Rules of this file:
- The app wires and routes: events from the link to the models, keys to the parts that act on them. It decides nothing else.
- An action of the table whose `run` begins with `workspace.`, `operator.`, `naming.` or `dialogs.` is `action_perform`: a
  method of that part, or the dialog in that file of `dialogs/`.
- The toolkit calls its actions and message handlers on the app: here they are one line that passes the call on.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from rich.color import ColorSystem
from rich.console import RenderableType
from textual import actions, events, on
from textual.app import App, ComposeResult
from textual.await_complete import AwaitComplete
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from tuiserver.config.settings import Settings
from tuiserver.config.themes import DEFAULT, full_name
from tuiserver.console.context import Context
from tuiserver.console.faults import Log, TolerantApp
from tuiserver.console.frame_clock import FrameClock
from tuiserver.console.intake import Intake
from tuiserver.console.keymap import ACTIONS, ANSWER, ANYWHERE, MODAL, SEND, Action, Keys
from tuiserver.console.layout import PaneLayout
from tuiserver.console.naming import Naming
from tuiserver.console.operator import Operator
from tuiserver.console.panes.answer_bar import AnswerBar
from tuiserver.console.panes.connections import ConnectionsPane
from tuiserver.console.panes.line_input import LineInput
from tuiserver.console.panes.log import LogPane
from tuiserver.console.panes.messages import MessagesPane
from tuiserver.console.panes.pane import Pane
from tuiserver.console.panes.prompt import Prompt
from tuiserver.console.panes.send_bar import SendBar
from tuiserver.console.terminal.bidi import EXPLICIT, IMPLICIT
from tuiserver.console.terminal.colors import color_filters, count_colours, wants_no_color
from tuiserver.console.terminal.flow_control import FlowControl
from tuiserver.console.terminal.key_names import EDITING
from tuiserver.console.terminal.key_queue import KeyDone, KeyQueue
from tuiserver.console.terminal.updates import compact
from tuiserver.console.text.glyphs import choose
from tuiserver.console.themes import add_variables, apply_theme
from tuiserver.console.workspace import PANES, Workspace
from tuiserver.core.payload import escape_nonprintable
from tuiserver.links.base import Link, ReadOnlyLink
from tuiserver.outputs.tail import LogTail

_HERE = Path(__file__).parent


class Console(TolerantApp, inherit_bindings=False):
    """The app. `panes` and `table` are those of the program unless others are
    given; the parts (`workspace`, `operator`, `selection`, `frames`) are public."""

    TITLE = "tuiserver"
    ENABLE_COMMAND_PALETTE = False  # Our table binds it.
    CSS_PATH: ClassVar[list[Path]] = [_HERE / "console.tcss"]  # type: ignore[assignment]

    def __init__(
        self,
        link: Link,
        settings: Settings,
        tail: LogTail,
        panes: Mapping[str, Callable[[Context], Pane]] = PANES,
        table: Sequence[Action] = ACTIONS,
        write_log: Log = lambda level, text, detail: None,
    ) -> None:
        super().__init__(write_log)
        self.no_color = wants_no_color(settings.color)
        self._filters = color_filters(self._filters, self.no_color, lambda: self.current_theme.background or "")
        if settings.color == "always" and self.console.color_system is None:
            # The terminal reports no colours: use those that nearly all terminals have.
            self.console._color_system = ColorSystem.STANDARD
        self.animation_level = "none"
        self.glyphs = choose(settings.ascii)
        self.set_class(self.glyphs.ascii, "-ascii")
        colours = count_colours(self.console, self.no_color)
        self.set_class(colours <= 16, "-few-colors")
        self._faults = apply_theme(self, full_name(settings.theme) if settings.theme else DEFAULT, colours)
        self._css_theme = self.theme
        self.stylesheet.set_variables(self.get_css_variables())
        self._streams = sys.stdout, sys.stderr
        self.link: Link = ReadOnlyLink(link) if settings.read_only else link
        self.frames = FrameClock(
            lambda: self._intake.take(),
            self._draw_panes,
            self._schedule,
            self.call_after_refresh,
            covered=lambda: len(self.screen_stack) != 1,  # 0 while the app ends: events may still arrive
        )
        self.keys = Keys(dict(settings.keys), self.link.capabilities, table)
        self.shared = Context(self, self.link, settings, tail, self.keys, self.glyphs, self.frames, write_log)
        self.roster, self.transcript = self.shared.roster, self.shared.transcript
        self.selection = self.shared.selection
        self.workspace = Workspace(self.shared, panes, lambda: self.operator.inspect(), self.report_fault)
        self.operator = Operator(self.shared, self.workspace, self._write_terminal)
        self.naming = Naming(self.shared, self.workspace)
        self._parts = {"workspace": self.workspace, "operator": self.operator, "naming": self.naming}
        self._key_queue = KeyQueue(
            self._deliver, lambda: self.focused or self.screen, lambda: self.screen.is_mounted, self.set_timer
        )
        self._intake = Intake(
            self.shared, self.operator.jobs, self.workspace.inspector, self.naming.connected, self.report_fault
        )
        for key, run, action in self.keys.app_bindings():
            self._bindings.bind(key, run, action.label, show=False, priority=action.acts_first(key))

    # -- the screen ---------------------------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[object]:
        """The screen of the panes, arranged for its size from the beginning."""
        self.workspace.prepare(self.size)
        return _PaneScreen(PaneLayout(self.workspace.regions_of, self.workspace.panes))

    def refresh_css(self, animate: bool = True) -> None:
        """As in Textual, if the theme has changed: at the start, it would parse all style sheets a second time."""
        if self._css_theme != self.theme:
            self._css_theme = self.theme
            super().refresh_css(animate)

    def get_css_variables(self) -> dict[str, str]:
        """The colours of the theme. Textual keeps the same dictionary as `theme_variables`, which the panes read."""
        variables = super().get_css_variables()
        add_variables(self.current_theme, variables)
        return variables

    def compose(self) -> ComposeResult:
        """The widgets of the workspace."""
        yield from self.workspace.compose()

    def pop_screen(self) -> AwaitComplete:
        """As in Textual; the panes then draw what they missed behind a dialog."""
        popped = super().pop_screen()
        self.frames.refresh()
        return popped

    def on_load(self) -> None:
        """Open the link before the first frame, which then shows the events that are already there."""
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()

        def wake() -> None:
            try:
                loop.call_soon_threadsafe(self.frames.wake, context=context)
            except RuntimeError:  # The event loop has ended, and the console with it.
                pass

        self.link.open(wake)

    def on_mount(self) -> None:
        """Draw the first frame, and start the clock of ages and rates."""
        if self.shared.settings.app:
            sys.stdout, sys.stderr = self._streams  # What a program prints goes to the log; Textual would swallow it.
        self.workspace.connections.focus()
        self.app_resume_signal.subscribe(self, self._on_resumed)
        self.app_suspend_signal.subscribe(self, lambda app: self._write_terminal(IMPLICIT))
        self._write_terminal(EXPLICIT)
        self.set_interval(1.0, self.tick)
        self.roster.tick(time.monotonic())
        self.frames.start(self._new_flow_control())
        self.call_after_refresh(self._report_faults)  # Before, there may be no place for toasts yet.
        self.call_after_refresh(_enable_garbage_collection)

    def _report_faults(self) -> None:
        """Show what is wrong with the user's themes and names."""
        for fault in self._faults:
            self.notify(fault, severity="warning", markup=False)
        self.naming.start()

    def _on_resumed(self, app: App[object]) -> None:
        """Back from the shell: earlier questions to the terminal stay unanswered, and everything must be drawn again."""
        self.frames.reset(self._new_flow_control())
        self._write_terminal(EXPLICIT)
        self.refresh(layout=True)
        self.frames.refresh()

    def on_unmount(self) -> None:
        """Stop the background jobs and close the link."""
        self._write_terminal(IMPLICIT)
        self.operator.jobs.stop()
        self.link.close()

    def on_resize(self, event: events.Resize) -> None:
        """The terminal has another size."""
        self.workspace.resize(event.size)

    # -- frames -------------------------------------------------------------------------------------------------------

    def _new_flow_control(self) -> FlowControl | None:
        return None if self.is_headless else FlowControl(self._write_terminal)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        super()._display(screen, compact(renderable))

    def _write_terminal(self, text: str) -> None:
        if self._driver is not None:
            self._driver.write(text)

    def _schedule(self, seconds: float, function: Callable[[], object]) -> None:
        if seconds > 0:
            self.set_timer(seconds, function)
        else:
            self.call_next(function)

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The terminal has displayed the last frame."""
        self.frames.terminal_answered()

    def _draw_panes(self) -> None:
        self._intake.follow_clock()
        self.workspace.refresh(self.link.clock())
        self.operator.show_jobs()

    def tick(self) -> None:
        """A second has passed: update ages, idle times, rates and the inspector."""
        self.roster.tick(time.monotonic())
        self.shared.decoding.check_files()
        self.frames.refresh()
        self.operator.inspect()

    # -- messages of the widgets --------------------------------------------------------------------------------------

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A widget has received the focus."""
        self.workspace.focus_changed(event.widget)

    def on_connections_pane_selected(self, event: ConnectionsPane.Selected) -> None:
        """Another connection is selected."""
        self.workspace.select(event.id)
        self.operator.inspect()

    def on_connections_pane_opened(self, event: ConnectionsPane.Opened) -> None:
        """Go to the messages of a connection."""
        self.workspace.open_messages(event.id)

    def on_connections_pane_marked(self, event: ConnectionsPane.Marked) -> None:
        """Other connections are marked."""
        self.workspace.mark(tuple(event.ids))

    def on_send_bar_send_requested(self, event: SendBar.SendRequested) -> None:
        """Send a message."""
        self.operator.send(event)

    def on_send_bar_repeat_requested(self, event: SendBar.RepeatRequested) -> None:
        """Send a message repeatedly."""
        self.operator.repeat(event)

    def on_send_bar_file_requested(self, event: SendBar.FileRequested) -> None:
        """Send a file."""
        self.operator.send_file(event)

    @on(SendBar.Left)
    @on(AnswerBar.Left)
    def leave_bar(self) -> None:
        """Leave the send bar, or the answer bar."""
        self.workspace.return_to_pane()

    def on_messages_pane_chosen(self, event: MessagesPane.Chosen) -> None:
        """Do something with a message."""
        self.operator.use_message(event.entry, event.what)

    def on_log_pane_jumped(self, event: LogPane.Jumped) -> None:
        """Go from a line of the log to its connection."""
        self.operator.jump_to(event.id)

    def on_prompt_opened(self, event: Prompt.Opened) -> None:
        """The prompt is shown."""
        self.workspace.prompt_opened()

    def on_prompt_closed(self, event: Prompt.Closed) -> None:
        """The prompt is closed."""
        self.workspace.prompt_closed(event.refocus)

    # -- keys and actions ---------------------------------------------------------------------------------------------

    def notify(self, message: str, **options: Any) -> None:
        """As in Textual; whoever made the text, no control character of it reaches the terminal."""
        super().notify("\n".join(map(escape_nonprintable, message.split("\n"))), **options)

    def copy_to_clipboard(self, text: str) -> None:
        """As in Textual, through the clipboard of the terminal as messages are copied."""
        self._clipboard = text
        self.operator.copy_text(text)

    async def on_event(self, event: events.Event) -> None:
        """As in Textual; keys and pastes from the terminal wait in the queue."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._key_queue.put(event)
        else:
            await super().on_event(event)

    async def _deliver(self, event: events.Event) -> None:
        """Pass a key or a paste on. Only our own inputs escape what is pasted."""
        if isinstance(event, events.Paste) and not isinstance(self.focused, LineInput):
            event = events.Paste(escape_nonprintable(event.text))
        await super().on_event(event)

    async def on_key_done(self, event: KeyDone) -> None:
        """A key has been handled."""
        await self._key_queue.done(event)

    async def action_perform(self, name: str) -> None:
        """Perform an action of the table, wherever the focus is."""
        action = self.keys.by_name[name]
        part, method, arguments = actions.parse(action.run)
        if part == "dialogs":
            import_module(f"tuiserver.console.dialogs.{method}").open_dialog(self.shared)
        elif part:
            getattr(self._parts[part], method)(*arguments)
        elif action.where in MODAL:
            nodes = (self.focused or self.screen).ancestors_with_self
            widget = next(each for each in nodes if isinstance(each, Widget) and hasattr(each, f"action_{method}"))
            await widget.run_action(action.run)
        else:
            bars = {SEND: self.workspace.send_bar, ANSWER: self.workspace.answer_bar}
            widgets = {**self.workspace.panes, **bars}
            await widgets[action.where].run_action(action.run)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Behind a dialog only quitting works; ctrl+d deletes a character in a line that is not empty."""
        if action in ("perform", "suspend_process") and self.screen.is_modal:
            return action == "perform" and self.keys.by_name[str(parameters[0])].where in MODAL
        if self.shared.scope == ANSWER and action == "perform":  # Tab moves between its fields.
            fields = {key for key, _ in self.keys.bindings(ANSWER)}
            named = self.keys.by_name[str(parameters[0])]
            if named.where == ANYWHERE and fields & {*self.keys.of(named)}:
                return False
        if (action, *parameters) == ("perform", "close") and isinstance(self.focused, Input) and self.focused.value:
            return not EDITING & {*self.keys.of(self.keys.by_name["close"])}
        return super().check_action(action, parameters)

    def action_redraw(self) -> None:
        """Draw the whole screen, whatever else was written to the terminal."""
        self.screen.refresh()

    def action_leave(self) -> None:
        """Quit; while clients are connected, ask first. Pressed again in that dialog, the key quits."""
        from tuiserver.console.dialogs.quit import QuitDialog

        if self.roster.open and not isinstance(self.screen, QuitDialog):
            self.push_screen(QuitDialog(self.roster.open, self.keys), lambda yes: self.exit() if yes else None)
        else:
            self.exit()


class _PaneScreen(Screen[object], inherit_bindings=False):
    """The screen of the panes, without Textual's own keys."""

    def __init__(self, layout: PaneLayout) -> None:
        self._pane_layout = layout
        super().__init__(id="_default")

    @property
    def layout(self) -> PaneLayout:
        """As in Textual."""
        return self._pane_layout

    def key_escape(self, event: events.Key) -> None:
        """Forget what the mouse selected; only the next one leads back."""
        if self.selections:
            self.clear_selection()
            event.stop()


def _enable_garbage_collection() -> None:
    """Collect garbage from now on, but never the objects that the start has made."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
