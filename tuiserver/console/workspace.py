"""The stage: the panes, where they stand, which of them has the focus, and which connection they look at.

Rules of this file:
- Panes only draw; here is decided what of, where, and when.
- Each change of the arrangement makes the toolkit draw the whole screen: it is changed only where it differs.
- On a slow line a frame waits until the one before it has been shown.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import ClassVar

from rich.color import ColorSystem
from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.color import Color
from textual.filter import Monochrome, NoColor
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from tuiserver.config.settings import Settings
from tuiserver.config.themes import DEFAULT, full_name
from tuiserver.console import themes
from tuiserver.console.keymap import CONNECTIONS, INSPECTOR, LOG, MESSAGES, SEND, Keys
from tuiserver.console.layout import CLASSES, LOG_ROWS, Arrangement, arrange
from tuiserver.console.panes.connections import ConnectionsPane
from tuiserver.console.panes.footer import Footer
from tuiserver.console.panes.header import Header
from tuiserver.console.panes.inspector import InspectorPane
from tuiserver.console.panes.log import LogPane
from tuiserver.console.panes.messages import MessagesPane
from tuiserver.console.panes.prompt import Prompt
from tuiserver.console.panes.send_bar import SendBar
from tuiserver.console.terminal.flow_control import FlowControl
from tuiserver.console.terminal.key_queue import KeyQueue
from tuiserver.console.text.glyphs import choose
from tuiserver.core import commands
from tuiserver.links.base import Link, ReadOnlyLink
from tuiserver.outputs.tail import LogTail
from tuiserver.views.roster import Roster
from tuiserver.views.transcript import Transcript

SAMPLE = 0.9
"""Seconds between two looks of the inspector at least: with a clock that ticks once a second, one each."""
_HERE = Path(__file__).parent


class Stage(KeyQueue, inherit_bindings=False):
    """The app as far as it is looked at. `roster` and `transcript` are what it knows of the server."""

    CSS_PATH: ClassVar[list[Path]] = [_HERE / "console.tcss", _HERE / "layout.tcss"]  # type: ignore[assignment]

    def __init__(self, link: Link, settings: Settings, tail: LogTail) -> None:
        super().__init__()
        self._colour(settings.color)
        self.animation_level = "none"
        self.glyphs = choose(settings.ascii)
        self.set_class(self.glyphs.ascii, "-ascii")
        self._wear(full_name(settings.theme) if settings.theme else DEFAULT)
        self.roster = Roster()
        self.transcript = Transcript(settings.message_memory)
        self._link: Link = ReadOnlyLink(link) if settings.read_only else link
        self._read_only = settings.read_only
        self._keys = Keys(dict(settings.keys))
        self._connections = ConnectionsPane(self.roster, id="connections", keys=self._keys)
        self._connections.choose_columns(settings.columns)
        self._messages = MessagesPane(self.transcript, self.roster, id="messages", keys=self._keys)
        self._inspector = InspectorPane(self.roster, id="inspector", keys=self._keys)
        self._log_pane = LogPane(tail, id="log", keys=self._keys, paced=self)
        self._send = SendBar(id="send", keys=self._keys, read_only=settings.read_only)
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
        self._sized = False
        self._pace = FlowControl(self._to_terminal)
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
        beside = self._arranged is not None and self._arranged.name != "-narrow"
        yield from (self._log_pane, self._send) if beside else (self._send, self._log_pane)
        yield self._footer
        yield self._prompt

    # -- drawing ------------------------------------------------------------------------------------------------------

    def withhold(self) -> bool:
        """Whether what changed by itself has to wait for the next frame: on a slow line until the last one has been shown.

        Behind a dialog the panes wait: for one line there, the toolkit draws the whole screen and the dialog anew. At the
        end the last events may come when the screen has gone.
        """
        behind = self._pace.behind
        self._withheld = self._withheld or behind
        return behind or len(self.screen_stack) != 1

    def drawn(self) -> None:
        """Something was drawn: the terminal is asked to say when it has shown it."""
        if not self.is_headless:
            self._pace.drawn()
            self.call_after_refresh(self._pace.ask)

    def _look(self) -> bool:
        """Let the panes draw what has changed, if they may."""
        if self.withhold():
            return False
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
        self._log_pane.catch_up()
        self.drawn()
        return True

    def pop_screen(self) -> AwaitComplete:
        """As Textual does it; the panes catch up with what came meanwhile."""
        popped = super().pop_screen()
        self._look()
        return popped

    def _inspect(self) -> None:
        """Ask about the selected connection, if that can be seen; not more often than once a second."""
        client, now = self.roster.clients.get(self._selected), time.monotonic()
        if self._inspector.display and client is not None and client.open and now - self._inspected > SAMPLE:
            self._inspected = now
            self._link.send(commands.Inspect(client.id))

    def _to_terminal(self, text: str) -> None:
        if self._driver is not None:
            self._driver.write(text)

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

    def action_everyone(self) -> None:
        """Messages of all connections, or of the selected one again."""
        self._everyone = not self._everyone
        self._show_messages()

    def _show_messages(self) -> None:
        self._messages.show(0 if self._everyone else self._selected)

    def _retarget(self) -> None:
        self._send.set_target(self._selected, self._marked, self._alive)

    # -- which pane, and where ----------------------------------------------------------------------------------------

    @property
    def _panes(self) -> dict[str, Widget]:
        return {
            CONNECTIONS: self._connections,
            MESSAGES: self._messages,
            INSPECTOR: self._inspector,
            LOG: self._log_pane,
        }

    @property
    def _place(self) -> str:
        """The name of the pane where one is, or was before the send bar."""
        return next(name for name, pane in self._panes.items() if pane is self._last_pane)

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
        ring: list[Widget] = [*panes, *(() if self._read_only else (self._send,))]
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

    def on_send_bar_left(self) -> None:
        """Back to the pane from which it was entered."""
        self._focus(self._last_pane)

    def action_zoom(self) -> None:
        """This pane alone, or all again."""
        self._zoomed = not self._zoomed
        self._arrange()

    def on_resize(self, event: events.Resize) -> None:
        """Another size: another arrangement. The same one: it was another in between, and what the terminal shows is lost."""
        if event.size == self._room and self._sized:
            self.screen.refresh()
        self._sized = True
        self._room = event.size
        self._arrange()

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
        screen.move_child(self._log_pane, after=self._send if name == "-narrow" else self._messages)
        self._inspect()

    def _may(self) -> bool:
        """Whether anything may be asked of the server; it is said where not."""
        if self._read_only:
            self.notify("read-only: nothing is sent, closed or paused", markup=False)
        return not self._read_only


class _Colourless(NoColor):
    """Takes the colours away and leaves bold and reverse; not even the terminal's default colour is named."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """As Textual asks for it."""
        return [Segment(text, style and style.without_color, control) for text, style, control in segments]


class _Panes(Screen[object], inherit_bindings=False):
    """The screen of the panes. Textual's keys for going round are ours to give."""
