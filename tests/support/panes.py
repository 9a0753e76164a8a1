"""Single panes in a test: apps with nothing but a pane, which is fed by hand and remembers what it posted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.support.scripted import BASE
from tuiserver.console.models.target_protocols import TargetProtocols
from tuiserver.console.panes.connections import ConnectionsPane
from tuiserver.console.panes.log import LogPane
from tuiserver.console.panes.messages import MessagesPane
from tuiserver.console.panes.pane import Pane
from tuiserver.console.panes.send_bar import SendBar
from tuiserver.console.text.glyphs import UNICODE
from tuiserver.console.text.parts import Line
from tuiserver.core.events import AnyEvent
from tuiserver.decoders.base import Encoder
from tuiserver.outputs.tail import LogTail
from tuiserver.views.roster import Roster
from tuiserver.views.transcript import Transcript


def text_of(line: Line) -> str:
    """The text of a line."""
    return "".join(text for text, _ in line[0])


def selected_line(pane: Pane) -> Line:
    """The line at the cursor."""
    return next(line for line in pane.lines() if line[1] == "selected")


def selected_text(pane: Pane) -> str:
    """The text of the line at the cursor."""
    return text_of(selected_line(pane))


class NotifyingApp(App[None]):
    """An app that remembers its notifications."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def notify(self, message: str, *args: object, **options: object) -> None:
        """Remember the text."""
        self.notes.append(message)


class ConnectionsHost(App[None]):
    """The table of connections."""

    def __init__(self, *events: AnyEvent) -> None:
        super().__init__()
        self.roster = Roster()
        self.pane = ConnectionsPane(self.roster)
        self.pane.styles.height = "1fr"
        self.posted: list[tuple[str, object]] = []
        self.feed(*events)

    def compose(self) -> ComposeResult:
        yield self.pane

    def feed(self, *events: AnyEvent, now: float = BASE + 10) -> None:
        """Apply events and draw."""
        for event in events:
            self.roster.apply(event)
        if self.is_running:
            self.pane.update(now)

    def lines(self) -> list[str]:
        """The lines of the table."""
        return [text_of(line) for line in self.pane.lines()]

    def ids(self) -> list[int]:
        """The ids in the rows, top to bottom."""
        return [int(line[3:8]) for line in self.lines()[2:]]

    def on_connections_pane_selected(self, event: ConnectionsPane.Selected) -> None:
        self.posted.append(("selected", event.id))

    def on_connections_pane_opened(self, event: ConnectionsPane.Opened) -> None:
        self.posted.append(("opened", event.id))

    def on_connections_pane_marked(self, event: ConnectionsPane.Marked) -> None:
        self.posted.append(("marked", event.ids))


class MessagesHost(NotifyingApp):
    """The messages pane."""

    def __init__(self, *events: AnyEvent, budget: int = 1 << 20) -> None:
        super().__init__()
        self.transcript = Transcript(budget)
        self.roster = Roster()
        self.pane = MessagesPane(self.transcript, self.roster)
        self.chosen: list[tuple[bytes, str]] = []
        self.feed(*events)

    def compose(self) -> ComposeResult:
        yield self.pane

    def feed(self, *events: AnyEvent) -> None:
        """Apply events and draw."""
        for event in events:
            self.roster.apply(event)
            self.transcript.apply(event)
        if self.pane.is_mounted:
            self.pane.update()

    def lines(self) -> list[str]:
        """The lines of the pane."""
        return [self.pane.render_line(y).text for y in range(self.pane.size.height)]

    def rows(self) -> list[str]:
        """Its lines without the title, the scroll bar and empty ones."""
        return [line.rstrip(f" {UNICODE.thumb}") for line in self.lines()[1:] if line.strip()]

    def on_messages_pane_chosen(self, event: MessagesPane.Chosen) -> None:
        self.chosen.append((event.entry.data, event.what))


class LogHost(NotifyingApp):
    """The log pane."""

    def __init__(self, path: Path | None, height: int | None = None, run_start: int = 0) -> None:
        super().__init__()
        self.pane = LogPane(LogTail(path, run_start=run_start))
        self.jumped: list[int] = []
        if height:
            self.pane.styles.height = height

    def compose(self) -> ComposeResult:
        yield self.pane

    def rows(self) -> list[str]:
        """The lines of the pane, without the scroll bar."""
        lines = (self.pane.render_line(y).text for y in range(self.pane.size.height))
        return [line.replace(UNICODE.thumb, " ") for line in lines]

    def on_log_pane_jumped(self, event: LogPane.Jumped) -> None:
        self.jumped.append(event.id)


class SendBarHost(App[None]):
    """The send bar, in an app that has keys of its own."""

    BINDINGS: ClassVar[list[BindingType]] = [("q", "count_key", "q"), ("s", "count_key", "s")]

    def __init__(
        self,
        history: Path,
        protocols: Mapping[int, str] | None = None,
        encoder_of: Callable[[Collection[int]], Encoder | None] = lambda ids: None,
    ) -> None:
        super().__init__()
        self.history = history
        protocol_of = (protocols or {}).get
        self.bar = SendBar(
            history=history,
            protocols=TargetProtocols(lambda number: protocol_of(number, "")),
            encoder_of=encoder_of,
        )
        self.sent: list[tuple[tuple[int, ...], bytes]] = []
        self.left = 0
        self.app_keys = 0

    def compose(self) -> ComposeResult:
        yield self.bar

    @property
    def input(self) -> Input:
        """What is typed into."""
        return self.bar.query_one(Input)

    def part(self, name: str) -> str:
        """The text of a part of the bar: label, note or preview."""
        return str(self.bar.query_one(f"#send-{name}", Static).content).strip(" ▌")

    def fill(self, text: str) -> None:
        """Replace what is typed, as if it had been typed at once."""
        self.input.value = ""
        self.input.insert_text_at_cursor(text)

    async def focus_bar(self, pilot: Pilot[None], marked: tuple[int, ...] = ()) -> SendBar:
        """#12 is selected, three are open, and the bar has the focus."""
        self.bar.set_target(12, marked=marked, everyone=[8, 9, 12])
        self.bar.focus()
        await pilot.pause()
        return self.bar

    def on_send_bar_send_requested(self, event: SendBar.SendRequested) -> None:
        self.sent.append((event.ids, event.make()))

    def on_send_bar_left(self) -> None:
        self.left += 1

    def action_count_key(self) -> None:
        """Count a key that the app got."""
        self.app_keys += 1
