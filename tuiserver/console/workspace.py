"""The workspace: the panes, their arrangement, which of them has the focus, and zoom.

    workspace = Workspace(context, PANES, arranged)
    workspace.focus(MESSAGES); workspace.zoom(); workspace.resize(size)
    workspace.refresh(now)                   # let the panes draw what has changed

Rules of this file:
- A new pane is a file in `panes/` and a line in `PANES`; an action in `keymap/actions.py` leads to it.
- Each change of the arrangement makes the toolkit draw the whole screen, so an arrangement that is already right is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from textual.geometry import Region, Size
from textual.widget import Widget

from tuiserver.console.context import Context
from tuiserver.console.keymap import ANSWER, CONNECTIONS, INSPECTOR, LOG, MESSAGES, SEND
from tuiserver.console.layout import LOG_ROWS, Arrangement, arrange, regions_of
from tuiserver.console.models.concerns import FILTER as CONCERNS
from tuiserver.console.models.last_fields import LastFields
from tuiserver.console.models.target_protocols import TargetProtocols
from tuiserver.console.models.unanswered_requests import UnansweredRequests
from tuiserver.console.models.wanted_rows import WantedRows
from tuiserver.console.panes.answer_bar import AnswerBar
from tuiserver.console.panes.connections import ConnectionsPane
from tuiserver.console.panes.footer import Footer
from tuiserver.console.panes.header import Header
from tuiserver.console.panes.inspector import InspectorPane
from tuiserver.console.panes.jobs import JobsLine
from tuiserver.console.panes.log import LogPane
from tuiserver.console.panes.messages import MessagesPane
from tuiserver.console.panes.pane import Pane
from tuiserver.console.panes.prompt import Prompt
from tuiserver.console.panes.send_bar import SendBar

P = TypeVar("P", bound=Pane)

PANES: Mapping[str, Callable[[Context], Pane]] = {
    CONNECTIONS: lambda shared: ConnectionsPane(
        *(shared.roster, CONNECTIONS, shared.keys, shared.charsets, LastFields(shared.decoding, shared.transcript)),
        rules=shared.rules,
    ),
    MESSAGES: lambda shared: MessagesPane(
        *(shared.transcript, shared.roster, MESSAGES, shared.keys, shared.charsets, shared.exchanges, shared.decoding),
        *(shared.mute, shared.rules),
    ),
    INSPECTOR: lambda shared: InspectorPane(shared.roster, id=INSPECTOR, keys=shared.keys, charsets=shared.charsets),
    LOG: lambda shared: LogPane(
        shared.tail,
        id=LOG,
        keys=shared.keys,
        paced=shared.frames,
        listening=shared.roster.listening,
        rules=shared.rules,
    ),
}
"""The panes by their names in the action table, in the order of the tab key."""


class Workspace:
    """The panes and where they are. `arranged` is called after each change of the arrangement, `report_fault` with what a
    pane raised while it was drawn."""

    def __init__(
        self,
        context: Context,
        panes: Mapping[str, Callable[[Context], Pane]] = PANES,
        arranged: Callable[[], object] = lambda: None,
        report_fault: Callable[[Exception], object] = lambda error: None,
    ) -> None:
        self._context, self._report_fault = context, report_fault
        self._arranged = arranged
        self.panes = {name: make(context) for name, make in panes.items()}
        for pane in self.panes.values():
            pane.add_class("pane")  # for the style sheets
        self.connections = self._pane(CONNECTIONS, ConnectionsPane)
        self.connections.choose_columns(context.settings.columns)
        self.messages = self._pane(MESSAGES, MessagesPane)
        self.inspector = self._pane(INSPECTOR, InspectorPane)
        self.log = self._pane(LOG, LogPane)
        self._can_send = "send" in context.link.capabilities
        clients = context.roster.clients
        self.send_bar = SendBar(
            id="send",
            keys=context.keys,
            read_only=not self._can_send,
            charsets=context.charsets,
            encoder_of=context.decoding.encoder,
            protocols=TargetProtocols(lambda number: client.protocol if (client := clients.get(number)) else ""),
        )
        requests = UnansweredRequests(context.roster, context.transcript, context.exchanges)
        self.answer_bar = AnswerBar(requests, id=ANSWER, keys=context.keys, charsets=context.charsets)
        self._answering = False
        self.header = Header(context.roster, context.transcript, id="header", keys=context.keys)
        self.jobs = JobsLine(context.keys, id="jobs")
        self.prompt = Prompt(id="prompt", keys=context.keys)
        self.footer = Footer(context.keys, lambda: context.scope, lambda action: context.applies(action), id="footer")
        self.here = CONNECTIONS
        """The pane where the operator is, or was before going to the send bar."""
        self._below = MESSAGES
        """The pane below the connections."""
        self.zoomed = False
        self._sending = False
        self._size = Size(80, 24)
        self._was_deserted = True
        self._arrangement = Arrangement(((CONNECTIONS,),))
        self._wanted = WantedRows()
        self._resized = False

    def _pane(self, name: str, kind: type[P]) -> P:
        pane = self.panes[name]
        assert isinstance(pane, kind)
        return pane

    @property
    def pane(self) -> Pane:
        """The pane named by `here`."""
        return self.panes[self.here]

    # -- the screen ---------------------------------------------------------------------------------------------------

    def prepare(self, size: Size) -> None:
        """Arrange the panes before there is a screen. Arranging them later would slow down the start."""
        self._size = size
        self._arrangement = arrange(size, self.here, deserted=self._deserted)
        self._display()

    def compose(self) -> Iterator[Widget]:
        """The widgets of the screen; the answer bar is added when it is first needed."""
        yield self.header
        yield from self.panes.values()
        yield self.send_bar
        yield self.jobs
        yield self.footer
        yield self.prompt

    def regions_of(self, size: Size, bars: Mapping[str, int]) -> dict[str, Region]:
        """Where the widgets are on a screen of this size; `bars` as in `layout.regions_of`."""
        if not self._wanted.rows:
            self._wanted.update(self._rows_wanted(), time.monotonic())
        return regions_of(size, self._arrangement, self._wanted.rows, bars)

    def _rows_wanted(self) -> dict[str, int]:
        """The rows that the panes in the columns want, at most those of the screen."""
        names = [name for column in self._arrangement.columns for name in column]
        return {name: self.panes[name].rows_wanted(self._size.height) for name in names}

    def _fit_panes(self) -> None:
        """Change the heights of the panes if they need others; not while the operator answers the prompt."""
        if not self.prompt.display and self._wanted.update(self._rows_wanted(), time.monotonic()):
            self.connections.refresh(layout=True)

    def charset_changed(self) -> None:
        """Show and encode text as the character sets are now."""
        self.messages.charset_changed()
        self.connections.update()
        self.inspector.update()
        self.bar.charset_changed()

    def resize(self, size: Size) -> None:
        """Arrange the panes for a size. The same size again means that it changed in between: draw everything."""
        if size == self._size and self._resized:
            self.connections.screen.refresh()
        self._resized = True
        self._size = size
        self._wanted.reset()
        self._arrange()

    def refresh(self, now: float) -> None:
        """Let the panes draw what has changed; `now` is Unix time in seconds."""
        if self._context.selection.refresh():
            self._update_target()
        if self._deserted != self._was_deserted:
            self._was_deserted = self._deserted
            self._arrange()
        self._choose_bar(now)
        updates: list[Callable[[float], object]] = [
            pane.update
            for name, pane in self.panes.items()
            if name != LOG and (pane.display or name in (CONNECTIONS, MESSAGES))
        ]
        # The log reads its file at its own pace.
        updates += [self.header.update, self.footer.update, lambda now: self.log.catch_up()]
        for update in updates:
            try:
                update(now)
            except Exception as error:  # The other panes are drawn all the same.
                self._report_fault(error)
        self._fit_panes()

    @property
    def _deserted(self) -> bool:
        """Whether there is no connection, not even a closed one."""
        return not self._context.roster.clients

    def _display(self) -> None:
        shown = self._arrangement.shown
        for name, pane in self.panes.items():
            pane.display = name in shown
        for bar in (self.send_bar, self.answer_bar):
            bar.display = SEND in shown and bar is self.bar

    def _arrange(self) -> None:
        """Show and position the panes for the present size and focus."""
        if not self.connections.is_attached:
            return
        arrangement = arrange(self._size, self.here, self.zoomed, self._sending, self._deserted, self._below)
        if arrangement == self._arrangement:
            return
        self._arrangement = arrangement
        self._wanted.reset()
        self._display()
        self.connections.refresh(layout=True)
        self.connections.call_after_refresh(self._fit_panes)
        self._arranged()

    # -- selection ----------------------------------------------------------------------------------------------------

    def select(self, number: int) -> None:
        """A connection has been selected (0: none): show its messages, and send to it."""
        selection = self._context.selection
        selection.selected = number
        self.messages.show(selection.messages_of)
        self._update_target()
        self.inspector.show(number)
        self._fit_panes()

    def open_messages(self, number: int) -> None:
        """Show the messages of a connection only, and go there."""
        self._context.selection.all_messages = False
        self.select(number)
        self.focus(MESSAGES)

    def toggle_all_messages(self) -> None:
        """Show the messages of all connections, or of the selected one again."""
        selection = self._context.selection
        selection.all_messages = not selection.all_messages
        self.messages.show(selection.messages_of)

    def toggle_concerns(self) -> None:
        """Show only the connections that need attention, or all of them again."""
        self.connections.set_filter("" if self.connections.filter_text == CONCERNS else CONCERNS)
        self.focus(CONNECTIONS)

    def mark(self, numbers: tuple[int, ...]) -> None:
        """Other connections have been marked."""
        self._context.selection.marked = numbers
        self._update_target()

    def _update_target(self) -> None:
        selection = self._context.selection
        for bar in (self.send_bar, self.answer_bar):
            bar.set_target(selection.selected, selection.marked, selection.open)
        self._choose_bar(self._context.link.clock())
        if self.footer.is_attached:
            self.footer.redraw()

    # -- focus and zoom -----------------------------------------------------------------------------------------------

    def focus(self, name: str) -> None:
        """Give a pane the focus."""
        if name == LOG and self._size.height < LOG_ROWS:
            self.zoomed = True  # There are no rows for it beside the others.
        self._enter(name)
        self.connections.screen.set_focus(self.panes[name])

    def _enter(self, name: str) -> None:
        self.here = self._context.scope = name
        if name not in (CONNECTIONS, LOG):
            self._below = name
        self.connections.pin(False)
        self._sending = False
        self._arrange()
        self.footer.redraw()

    def focus_changed(self, widget: Widget) -> None:
        """A widget has received the focus, by a click for example."""
        for name, pane in self.panes.items():
            if pane is widget:
                self._enter(name)
        if self.bar in widget.ancestors:
            self._context.scope = self._bar_scope
            self.footer.redraw()

    def focus_next(self, step: int = 1) -> None:
        """Go to the next pane; the send bar is the last one."""
        names = [name for name, pane in self.panes.items() if name in (CONNECTIONS, MESSAGES, LOG) or pane.display]
        ring = [*names, SEND] if self._can_send else names
        place = SEND if self.bar.has_focus_within else self.here
        target = ring[(ring.index(place) + step) % len(ring)]
        if target == SEND:
            self.focus_send_bar()
        else:
            self.focus(target)

    def focus_previous(self) -> None:
        """Go to the previous pane."""
        self.focus_next(-1)

    def focus_send_bar(self) -> None:
        """Go to the send bar; it opens where it was not shown."""
        if self._can_send:
            self.connections.pin(True)  # What is typed is for this connection: table and messages stay there too.
            self._sending = True
            self._context.scope = self._bar_scope
            self._arrange()
            self.footer.redraw()
            self.bar.focus()

    @property
    def bar(self) -> SendBar | AnswerBar:
        """The send bar, or the answer bar in its place."""
        return self.answer_bar if self._answering else self.send_bar

    @property
    def _bar_scope(self) -> str:
        return ANSWER if self._answering else SEND

    def _choose_bar(self, now: float) -> None:
        """Show the bar that the target needs; not while something is typed in the other one."""
        self.answer_bar.update(now)
        if self._answering == self.answer_bar.needed or not self.send_bar.is_attached:
            return
        if not self.answer_bar.is_attached:
            # Most sessions never need it, and its inputs would slow down the start.
            self.send_bar.screen.mount(self.answer_bar, after=self.send_bar)
            self.answer_bar.call_later(self._choose_bar, now)
        if not self.answer_bar.is_mounted:
            return
        focused = self.bar.has_focus_within
        if focused and (self._answering or self.send_bar.text):
            return
        self._answering = self.answer_bar.needed
        self._display()
        if focused:
            self.focus_send_bar()

    def return_to_pane(self) -> None:
        """Go back to the pane from which the send bar was entered."""
        self.focus(self.here)

    def zoom(self) -> None:
        """Show this pane alone, or all panes again."""
        self.zoomed = not self.zoomed
        self._arrange()

    # -- the prompt ---------------------------------------------------------------------------------------------------

    def prompt_opened(self) -> None:
        """The prompt takes the row of the footer."""
        self.footer.display = False

    def prompt_closed(self, refocus: bool) -> None:
        """Show the footer again, and go back to where the prompt was opened unless the focus has moved."""
        self.footer.display = True
        if refocus and self._sending:
            self.bar.focus()
        elif refocus:
            self.connections.screen.set_focus(self.pane)
