"""The operator's commands: from a key to the command that leaves over the link.

    operator = Operator(context, workspace, write_terminal)
    operator.close(); operator.pause(); operator.filter()

Rules of this file:
- A command changes nothing on the screen; the events that the server sends back do. It carries a token, so that a refusal
  is shown to the operator who gave it.
- What cannot be done is reported with the reason.
- Dialogs are imported when they are first opened: the start does not wait for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from tuiserver.automation.job_list import JobList
from tuiserver.automation.saved import SavedError, SavedMessages
from tuiserver.console.context import Context, Tokens
from tuiserver.console.keymap import CONNECTIONS, LOG, MESSAGES
from tuiserver.console.models.answer_draft import MakeAnswer
from tuiserver.console.models.last_fields import is_field
from tuiserver.console.models.message_draft import MAX_TYPED
from tuiserver.console.models.unanswered_requests import UnansweredRequest
from tuiserver.console.panes.prompt import Feedback
from tuiserver.console.panes.send_bar import SendBar
from tuiserver.console.saved_messages import save_message
from tuiserver.console.text.escape import escape
from tuiserver.console.workspace import Workspace
from tuiserver.core import commands
from tuiserver.core.charsets import UTF8, Charset, CharsetError, find
from tuiserver.core.codes import PauseCode
from tuiserver.core.events import Received, Sent
from tuiserver.core.filters import FilterError
from tuiserver.core.payload import PayloadError

FILTER_HINTS = {
    CONNECTIONS: "words  id:12  peer:10.0.  state:slow  idle>5m  -word",
    MESSAGES: "words  size>1k  dir:in  hex:00ff  temp>21  -word",
    LOG: "words  level:error  id:12  -word",
}
"""Examples of what a filter may contain, by pane."""
SAMPLE_INTERVAL = 0.9
"""Minimum seconds between two samples of the inspector: with a clock that ticks once a second, one each."""

FORGOTTEN_AFTER = 90.0
"""Seconds after which the system knows nothing more of a closed connection: it waits for 60 s."""


@runtime_checkable
class Filtered(Protocol):
    """A pane with a filter."""

    @property
    def filter_text(self) -> str:
        """The filter as it was typed."""

    @property
    def filter_count(self) -> str:
        """How much the filter leaves, in words."""

    def set_filter(self, text: str) -> FilterError | None:
        """Show what matches; returns what is wrong with the filter."""


class Operator:
    """The commands. `saved` are the saved messages, `jobs` what is being sent in the background."""

    def __init__(self, context: Context, workspace: Workspace, write_terminal: Callable[[str], object]) -> None:
        self._context, self._workspace = context, workspace
        self.write_terminal = write_terminal
        self.saved = SavedMessages()
        self.jobs = JobList(
            context.link.send,
            context.roster,
            lambda text: context.notify(escape(text, 300, context.glyphs)),
            now=context.frames.now,
            schedule=lambda delay, callback: asyncio.get_running_loop().call_later(delay, callback),
            next_token=Tokens().next,  # Jobs report what is refused to them.
        )
        self._inspected = 0.0
        self._subjects: dict[str, Callable[[], object]] = {
            "": lambda: True,
            "connection": lambda: context.selection.client,
            "open connection": lambda: context.selection.has_target,
            "connections": lambda: context.roster.clients,
            "list": lambda: isinstance(workspace.pane, Filtered) and (context.roster.clients or workspace.here == LOG),
            "job": lambda: self.jobs.running,
        }
        workspace.answer_bar.answer = self.answer
        context.applies = lambda action: bool(self._subjects[action.subject]())

    def require(self, command: str) -> bool:
        """Whether the link can carry a command, by its tag; notifies the operator if not."""
        if command in self._context.link.capabilities:
            return True
        read_only = self._context.settings.read_only
        self._context.notify(
            "read-only: nothing is sent, closed or paused" if read_only else f"{command} is not possible on this link"
        )
        return False

    # -- sending ------------------------------------------------------------------------------------------------------

    def send(self, event: SendBar.SendRequested) -> None:
        """Send a message to each target; it is made anew for each."""
        if not self.require("send"):
            return
        try:
            for number in event.ids:
                self._context.link.send(commands.Send(number, event.make(), token=self._context.tokens.next()))
        except PayloadError as error:
            self._context.notify_error(f"not sent: {escape(error.message, 300, self._context.glyphs)}")

    def answer(self, requests: Sequence[UnansweredRequest], make: MakeAnswer) -> None:
        """Answer requests; the answer is made anew for each."""
        for request in requests:
            self._context.link.send(make(request.connection, request.number, self._context.tokens.next()))

    def repeat(self, event: SendBar.RepeatRequested) -> None:
        """Ask how often to send a message, and begin."""
        from tuiserver.automation.repeat import PlanError, RepeatRequest, read_plan

        if not self.require("send"):
            return
        targets = f"#{event.ids[0]}" if len(event.ids) == 1 else f"{len(event.ids):,} connections"

        def typed(text: str) -> Feedback:
            try:
                return Feedback(read_plan(text).describe())
            except PlanError as error:
                return Feedback(str(error), True)

        def done(text: str | None) -> None:
            if text is None:
                return
            try:
                plan = read_plan(text)
            except PlanError as error:
                self._context.notify(str(error))
            else:
                self.jobs.start(RepeatRequest(plan, event.ids, event.make))
                self.show_jobs()

        self._workspace.prompt.ask(f"send to {targets} every", "1s", typed, done, "500ms x10 ~50ms")

    def send_file(self, event: SendBar.FileRequested) -> None:
        """Begin to send a file to each target."""
        from tuiserver.automation.file_sending import FileRequest

        if self.require("send"):
            self.jobs.start(FileRequest(event.path, event.ids))
            self.show_jobs()

    def stop_jobs(self) -> None:
        """Stop all repeats and file transfers."""
        if not self.jobs.stop():
            self._context.notify("no repeat or file transfer is running")
        self.show_jobs()

    def show_jobs(self) -> None:
        """Show what is being sent in the background."""
        self._workspace.jobs.show(self.jobs.describe())

    def save(self) -> None:
        """Ask for a name, and save what is in the send bar or the answer bar."""
        save_message(self._context, self._workspace, self.saved)

    def choose_saved(self) -> None:
        """Open the list of saved messages."""
        from tuiserver.console.dialogs.saved_messages import SavedDialog

        self._context.open_dialog(SavedDialog(self.saved, self._context.keys, self._context.glyphs), self.load_saved)

    def load_saved(self, name: str | None) -> None:
        """Put a saved message into the send bar."""
        if not name or not self.require("send"):
            return
        try:
            message = self.saved.get(name)
        except SavedError as error:
            self._context.notify_error(escape(str(error), 300, self._context.glyphs))
            return
        self._workspace.focus_send_bar()
        self._workspace.bar.put_saved(message)

    def open_palette(self) -> None:
        """Open the palette, and run what is chosen in it."""
        from tuiserver.console.command_list import commands
        from tuiserver.console.dialogs.palette import Palette

        found = commands(self._context, self.saved.names(), self.load_saved)
        palette = Palette(found, self._context.keys, self._context.glyphs)
        self._context.open_dialog(palette, lambda run: run() if run else None)

    # -- connections --------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Ask how to close the targets."""
        clients = self._context.selection.targets
        if not clients:
            self._context.notify("no open connection is selected")
            return

        def close(reset: bool | None) -> None:
            if reset is not None:
                for client in clients:
                    self._context.link.send(commands.Close(client.id, reset, token=self._context.tokens.next()))

        from tuiserver.console.dialogs.close import CloseDialog

        now = self._context.link.clock()
        self._context.open_dialog(CloseDialog(clients, now, self._context.glyphs, self._context.keys), close)

    def pause(self) -> None:
        """Stop reading from the targets; where the operator has paused all of them, resume."""
        clients = self._context.selection.targets
        if not clients:
            self._context.notify("no open connection is selected")
        paused = [client.pause_code == PauseCode.OPERATOR for client in clients]
        for client, is_paused in zip(clients, paused, strict=True):
            if all(paused):
                self._context.link.send(commands.Resume(client.id, token=self._context.tokens.next()))
            elif not is_paused:
                self._context.link.send(commands.Pause(client.id, token=self._context.tokens.next()))

    def inspect(self) -> None:
        """Ask for a sample of the selected connection if the inspector is visible; at most once a second. After a connection
        was closed, the system knows it for a while."""
        client, now = self._context.selection.client, self._context.frames.now()
        if client is None or not self._workspace.inspector.display or now - self._inspected <= SAMPLE_INTERVAL:
            return
        if client.closed_at is None:
            command = commands.Inspect(client.id)
        elif self._context.link.clock() - client.closed_at < FORGOTTEN_AFTER:
            command = commands.Inspect(client.id, client.local, client.peer)
        else:
            return
        self._inspected = now
        self._context.link.send(command)

    # -- messages and the log -----------------------------------------------------------------------------------------

    def open_message(self, entry: Received | Sent) -> None:
        """Show a message in full."""
        from tuiserver.console.dialogs.message_viewer import MessageViewer

        context = self._context
        charset, fields = context.charsets.of(entry.id), context.decoding.fields(entry)
        viewer = MessageViewer(entry, context.glyphs, context.keys, charset, fields)
        context.open_dialog(viewer, lambda action: self.use_message(entry, action))

    def use_message(self, entry: Received | Sent, action: str | None) -> None:
        """Do with a message what the operator chose: `open`, `copy` or `send`, or show a field of it as a column, such as
        `field:imei`; None for nothing."""
        if action == "open":
            self.open_message(entry)
        elif action == "copy":
            from tuiserver.console.dialogs.copy import CopyDialog

            dialog = CopyDialog(entry.size, self._context.keys)
            self._context.open_dialog(
                dialog, lambda form: self._copy(entry.data, form or "", self._context.charsets.of(entry.id))
            )
        elif action is not None and is_field(action):
            self._workspace.connections.add_column(action)
        elif action == "send" and entry.size > MAX_TYPED:
            self._context.notify(f"{entry.size:,} bytes are too many for the send bar")
        elif action == "send" and self.require("send"):
            self._workspace.bar.put_message(entry.data)
            self._workspace.focus_send_bar()

    def choose_charset(self) -> None:
        """Ask for the character set of a connection; it is used while it is typed."""
        charsets, connection = self._context.charsets, self._workspace.messages.shown_connection
        if not connection:
            self._context.notify("no message is selected")
            return
        before = charsets.of(connection)

        def use(charset: Charset) -> None:
            charsets.choose(connection, charset)
            self._workspace.charset_changed()

        def typed(text: str) -> Feedback:
            try:
                use(find(text) if text.strip() else charsets.default)
            except CharsetError as error:
                return Feedback(str(error), True)
            return Feedback()

        def done(text: str | None) -> None:
            if text is None or typed(text).wrong:
                use(before)

        hint = "gbk  shift_jis  cp1251  cp037  latin-1"
        self._workspace.prompt.ask(f"character set of #{connection}", before.name, typed, done, hint)

    def _copy(self, data: bytes, form: str, charset: Charset) -> None:
        if not form:
            return
        from tuiserver.console.terminal.clipboard import copy

        try:
            result = copy(data, form, self.write_terminal, charset)
        except OSError as error:
            self._context.notify_error(f"not copied: {error.strerror}")
        else:
            self._context.notify(escape(result, 300, self._context.glyphs))

    def copy_text(self, text: str) -> None:
        """Copy a text from the screen."""
        self._copy(text.encode("utf-8", "surrogateescape"), "text", UTF8)

    def save_messages(self) -> None:
        """Ask for a file, and save the messages that are shown."""
        from tuiserver.console.saving import save_messages

        pane = self._workspace.messages
        save_messages(self._context, self._workspace.prompt, pane.shown_messages(), pane.file_name)

    def jump_to(self, number: int) -> None:
        """Select the connection that a line of the log is about."""
        if number not in self._context.roster.clients:
            self._context.notify(f"#{number} is no longer known")
        elif self._workspace.connections.select(number):
            self._workspace.focus(CONNECTIONS)
        else:
            self._context.notify(f"#{number} is hidden by the filter of the connections")

    # -- filter and search --------------------------------------------------------------------------------------------

    def filter(self) -> None:
        """Ask for a filter of the pane; it acts while it is typed."""
        name, pane = self._workspace.here, self._workspace.pane
        if not isinstance(pane, Filtered):
            self._context.notify("there is nothing to filter here")
            return

        def typed(text: str) -> Feedback:
            fault = pane.set_filter(text)
            counted = text.strip() and name != LOG  # The log counts in its title, while it searches.
            if fault is not None:
                return Feedback(str(fault), True, fault.position)
            return Feedback(pane.filter_count if counted else "")

        def done(text: str | None) -> None:
            if text is None:
                pane.set_filter("")

        self._workspace.prompt.ask(f"filter {name}", pane.filter_text, typed, done, FILTER_HINTS.get(name, "words"))

    def search(self) -> None:
        """Ask what to search for, in the log or in the messages."""
        name = LOG if self._workspace.here == LOG else MESSAGES
        pane = self._workspace.log if name == LOG else self._workspace.messages

        def done(text: str | None) -> None:
            if text is not None:
                pane.search(text)
                pane.find_here()

        if name != self._workspace.here:
            self._workspace.focus(name)
        follow_ups = ("next-line", "previous-line") if name == LOG else ("next", "previous")
        hints = self._context.keys.hints(dict(zip(follow_ups, ("next match", "previous match"), strict=True)))
        hint = rf"text, or \x00 for a byte{f'; {hints}' if hints else ''}"
        self._workspace.prompt.ask("search", pane.search_text, lambda text: Feedback(), done, hint)

    def go_back(self) -> None:
        """Clear the filter of the pane; without one leave the zoom; otherwise go to the connections."""
        pane = self._workspace.pane
        if isinstance(pane, Filtered) and pane.filter_text:
            pane.set_filter("")
        elif self._workspace.zoomed:
            self._workspace.zoom()
        else:
            self._workspace.focus(CONNECTIONS)
