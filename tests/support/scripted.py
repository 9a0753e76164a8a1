"""A link to a server that is not there: it tells what it is told to, and remembers what was wished.

link = ScriptedLink(*TALK)
app = Console(link, Settings(), LogTail(path))
link.feed(Closed(...))                # wakes the app as a server would
link.commands                         # what the operator asked for
"""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.pilot import Pilot

from tuiserver.console.app import Console
from tuiserver.core.commands import AnyCommand, Inspect
from tuiserver.core.events import AnyEvent, Closed, Connected, Listening, Received, Sent
from tuiserver.links.base import EVERYTHING

BASE = 1_700_000_000.0
ADDRESS = "tcp://127.0.0.1:9999"


class ScriptedLink:
    """A `Link` played by hand."""

    capabilities = EVERYTHING

    def __init__(self, *events: AnyEvent) -> None:
        self.commands: list[AnyCommand] = []
        self.asked: list[AnyCommand] = []
        self.closed = False
        self._waiting = list(events)
        self._wake: Callable[[], None] | None = None
        self._woken = False

    def open(self, wake: Callable[[], None]) -> None:
        """As `Link.open`; what was there before wakes at once."""
        self._wake = wake
        if self._waiting:
            self.feed()

    def feed(self, *events: AnyEvent) -> None:
        """Tell the console."""
        self._waiting += events
        if self._wake is not None and not self._woken:
            self._woken = True
            self._wake()

    def take(self) -> list[AnyEvent]:
        """As `Link.take`."""
        self._woken = False
        taken, self._waiting = self._waiting, []
        return taken

    def send(self, command: AnyCommand) -> None:
        """As `Link.send`; what is only asked is kept by itself."""
        (self.asked if isinstance(command, Inspect) else self.commands).append(command)

    def clock(self) -> float:
        """As `Link.clock`."""
        return time.time()

    def close(self) -> None:
        """As `Link.close`."""
        self.closed = True
        self._wake = None


def listening(at: float = BASE) -> Listening:
    """The server is open."""
    return Listening(at, ADDRESS)


def connected(number: int = 12, at: float = BASE, peer: str = "") -> Connected:
    """A client comes."""
    return Connected(at, number, peer or f"127.0.0.1:{51222 + number}", "127.0.0.1:9999", ADDRESS)


def received(data: bytes, number: int = 12, at: float = BASE) -> Received:
    """It says something."""
    return Received(at, number, data, len(data))


def sent(data: bytes, number: int = 12, at: float = BASE, by: str = "operator") -> Sent:
    """It is told something."""
    return Sent(at, number, data, len(data), by)


def closed(number: int = 12, reason: str = "peer closed", at: float = BASE) -> Closed:
    """It has gone."""
    return Closed(at, number, reason, 6, 0, 1, 0)


def screen_lines(app: Console) -> list[str]:
    """What is on the screen, a string a row."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


def screen_text(app: Console) -> str:
    """What is on the screen, in one string."""
    return "\n".join(screen_lines(app))


async def shows(pilot: Pilot[None], words: str, seconds: float = 5.0) -> str:
    """Wait until the screen says `words`; return the screen, or fail with it."""
    return await until(pilot, lambda: words in screen_text(pilot.app), f"{words!r}", seconds)  # type: ignore[arg-type]


async def until(pilot: Pilot[None], condition: Callable[[], object], what: str = "it", seconds: float = 5.0) -> str:
    """Wait for a condition; return the screen, or fail with it."""
    app = pilot.app
    assert isinstance(app, Console)
    waited = 0.0
    while not condition():
        if waited >= seconds:
            raise AssertionError(f"waited {seconds:g} s for {what}:\n{screen_text(app)}")
        await pilot.pause(0.02)
        waited += 0.02
    return screen_text(app)
