"""The wishes: what the operator asks for, from the key to the command that leaves.

Rules of this file:
- What was asked for changes nothing on the screen; what the server then tells does.
- What can't be done is said, and why; in read-only mode nothing leaves.
- Dialogs are loaded when they are first wanted: a start does not wait for what it may not need.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Protocol, runtime_checkable

from tuiserver.automation.file_sending import FileRequest
from tuiserver.automation.job_list import JobList
from tuiserver.automation.repeat import PlanError, RepeatRequest, read_plan
from tuiserver.automation.saved import SavedError, SavedMessages
from tuiserver.config.settings import Settings
from tuiserver.console.keymap import LOG
from tuiserver.console.panes.log import LogPane
from tuiserver.console.panes.messages import MessagesPane
from tuiserver.console.panes.prompt import Feedback, Prompt
from tuiserver.console.panes.send_bar import SendBar
from tuiserver.console.terminal.clipboard import copy
from tuiserver.console.text.escape import escape
from tuiserver.console.workspace import Stage
from tuiserver.core import commands
from tuiserver.core.events import Received, Sent
from tuiserver.links.base import Link
from tuiserver.outputs.tail import LogTail
from tuiserver.views.roster import Client

NAME_LENGTH = 40
"""Characters of the name of a connection."""
MAX_TYPED = 64 * 1024
"""Bytes of a message that is put into the send line."""


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


class Wishes(Stage, inherit_bindings=False):
    """The app as far as it is steered."""

    def __init__(self, link: Link, settings: Settings, tail: LogTail) -> None:
        super().__init__(link, settings, tail)
        self._saved = SavedMessages()
        self._jobs = JobList(
            link.send,
            self.roster,
            lambda text: self.notify(text, markup=False),
            now=time.monotonic,
            schedule=lambda delay, callback: asyncio.get_running_loop().call_later(delay, callback),
            next_token=itertools.count(1).__next__,
        )

    def _look(self) -> bool:
        """As `Stage._look`; what goes by itself is told in the send bar."""
        drawn = super()._look()
        if drawn:
            self._send.tell(self._jobs.describe())
        return drawn

    # -- sending ------------------------------------------------------------------------------------------------------

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

        def typed(text: str) -> Feedback:
            try:
                return Feedback(read_plan(text).describe())
            except PlanError as error:
                return Feedback(str(error), True)

        def done(text: str | None) -> None:
            try:
                plan = read_plan(text or "")
            except PlanError as error:
                if text is not None:
                    self.notify(str(error), markup=False)
                return
            self._jobs.start(RepeatRequest(plan, event.ids, event.make))
            self._look()

        self._prompt.ask(f"send to {whose} every", "1s", typed, done, "500ms x10 ~50ms")

    def on_send_bar_file_requested(self, event: SendBar.FileRequested) -> None:
        """Begin to send the file to each."""
        if self._may():
            self._jobs.start(FileRequest(event.path, event.ids))
            self._look()

    def action_stop(self) -> None:
        """Send no more of what goes by itself."""
        if not self._jobs.stop():
            self.notify("nothing is being sent by itself", markup=False)
        self._look()

    def action_save(self) -> None:
        """Keep what stands in the send bar, by a name."""
        message = self._send.message
        if not message.text:
            self.notify("there is nothing to keep in the send bar", markup=False)
            return

        def typed(text: str) -> Feedback:
            return Feedback("is there already: enter replaces it" if text.strip() in self._saved.names() else "")

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
        from tuiserver.console.dialogs.saved_messages import SavedDialog

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

    # -- connections --------------------------------------------------------------------------------------------------

    def action_close(self) -> None:
        """Ask how to close the marked ones, or the selected one."""
        if not (clients := self._meant()):
            return

        def close(reset: bool | None) -> None:
            if reset is not None:
                for client in clients:
                    self._link.send(commands.Close(client.id, reset))

        from tuiserver.console.dialogs.dialog import CloseDialog

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

        self._prompt.ask(f"name #{client.id}", client.name, lambda text: Feedback(), done, "empty for none")

    def action_columns(self) -> None:
        """Let the columns of the connections be chosen."""
        from tuiserver.console.dialogs.columns import ColumnsDialog

        def choose(names: tuple[str, ...] | None) -> None:
            if names is not None:
                self._connections.choose_columns(names)

        self.push_screen(ColumnsDialog(self._connections.columns_seen, self.glyphs), choose)

    def action_clear_closed(self) -> None:
        """Forget the connections that have closed, and what they said."""
        for client in self.roster.clients.values():
            if not client.open:
                self.transcript.forget(client.id)
        self.roster.clear_closed()
        self._look()

    # -- messages and the log -----------------------------------------------------------------------------------------

    def on_messages_pane_chosen(self, event: MessagesPane.Chosen) -> None:
        """Something is to be done with a message."""
        if event.what == "open":
            from tuiserver.console.dialogs.message_viewer import (
                MessageViewer,  # as the dialogs: a start does not wait for what it may not need
            )

            self.push_screen(MessageViewer(event.entry), lambda what: self._do(event.entry, what))
        else:
            self._do(event.entry, event.what)

    def _do(self, entry: Received | Sent, what: str | None) -> None:
        if what == "copy":
            from tuiserver.console.dialogs.dialog import CopyDialog

            self.push_screen(CopyDialog(entry.size), lambda form: self._copy(entry.data, form or ""))
        elif what == "send" and entry.size > MAX_TYPED:
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

        def typed(text: str) -> Feedback:
            fault = pane.set_filter(text)
            counted = text.strip() and self._place != LOG  # There it grows, and stands in the title.
            return Feedback(fault or (pane.filter_count if counted else ""), bool(fault))

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

        def typed(text: str) -> Feedback:
            return Feedback()

        if pane is not self._last_pane:
            self._focus(pane)
        self._prompt.ask("search", pane.search_text, typed, done, r"text, or \x00 for a byte; n N go on")

    def action_go_back(self) -> None:
        """Clear the filter, leave the zoom, then the pane."""
        pane = self._panes[self._place]
        if isinstance(pane, Filtered) and pane.filter_text:
            pane.set_filter("")
        elif self._zoomed:
            self.action_zoom()
        else:
            self._focus(self._connections)

    def on_prompt_closed(self, event: Prompt.Closed) -> None:
        """Back to the pane for which it was asked."""
        self._footer.display = True
        self._log_pane.remove_class("-asked")
        if event.refocus:
            if self._sending:
                self._send.focus()
            else:
                self.screen.set_focus(self._last_pane)

    def on_prompt_opened(self, event: Prompt.Opened) -> None:
        """It stands in the place of the footer. A log of one line stays open while it is asked for."""
        self._footer.display = False
        self._log_pane.set_class(self._last_pane is self._log_pane, "-asked")
