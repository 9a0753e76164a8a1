"""A link to a server that is not there: it reports what a test feeds it, and records the commands.

link = ScriptedLink(*TALK)
app = Console(link, Settings(), LogTail(path))
link.feed(Closed(...))                # wakes the app as a server would
link.commands                         # the commands of the operator, without their tokens
link.tokens                           # the tokens of these commands
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

import msgspec
from textual.pilot import Pilot

from tuiserver.console.app import Console
from tuiserver.core.codes import CloseCode
from tuiserver.core.commands import AnyCommand, Inspect
from tuiserver.core.events import AnyEvent, Closed, Connected, Listening, Received, Sent
from tuiserver.links.base import EVERYTHING

BASE = 1_700_000_000.0
ADDRESS = "tcp://127.0.0.1:9999"


class ScriptedLink:
    """A `Link` played by hand. `now` is its time in Unix seconds, None for that of the system; `asked` are the commands
    that ask for a sample of a connection."""

    def __init__(self, *events: AnyEvent, capabilities: Collection[str] = EVERYTHING) -> None:
        self.capabilities = frozenset(capabilities)
        self.now: float | None = None
        self.commands: list[AnyCommand] = []
        self.tokens: list[int] = []
        self.asked: list[AnyCommand] = []
        self.closed = False
        self.step = 0.0
        self._events = list(events)
        self._wake: Callable[[], None] | None = None
        self._woken = False

    def open(self, wake: Callable[[], None]) -> None:
        """As `Link.open`; events that are there already wake at once."""
        self._wake = wake
        if self._events:
            self.feed()

    def feed(self, *events: AnyEvent) -> None:
        """Report events to the console."""
        self._events += events
        if self._wake is not None and not self._woken:
            self._woken = True
            self._wake()

    @property
    def drained(self) -> bool:
        """Whether the console has taken all events."""
        return not self._events

    def take(self) -> list[AnyEvent]:
        """As `Link.take`."""
        self._woken = False
        taken, self._events = self._events, []
        return taken

    def send(self, command: AnyCommand) -> None:
        """As `Link.send`."""
        if isinstance(command, Inspect):
            self.asked.append(command)
        else:
            self.commands.append(msgspec.structs.replace(command, token=0))
            self.tokens.append(command.token)

    def stepped(self) -> float:
        """As `Link.stepped`: `step`, once."""
        step, self.step = self.step, 0.0
        return step

    def clock(self) -> float:
        """As `Link.clock`."""
        return time.time() if self.now is None else self.now

    def close(self) -> None:
        """As `Link.close`."""
        self.closed = True
        self._wake = None


def listening(at: float = BASE) -> Listening:
    """The server listens."""
    return Listening(at, ADDRESS)


def connected(number: int = 12, at: float = BASE, peer: str = "") -> Connected:
    """A client connects."""
    return Connected(at, number, peer or f"127.0.0.1:{51222 + number}", "127.0.0.1:9999", ADDRESS)


def received(data: bytes, number: int = 12, at: float = BASE) -> Received:
    """It sends a message."""
    return Received(at, number, data, len(data))


def sent(data: bytes, number: int = 12, at: float = BASE, by: str = "operator") -> Sent:
    """A message is sent to it."""
    return Sent(at, number, data, len(data), by)


def closed(
    number: int = 12, reason: str = "closed by peer", at: float = BASE, code: str = CloseCode.PEER_CLOSED
) -> Closed:
    """It is closed."""
    return Closed(at, number, reason, 6, 0, 1, 0, code=code, duration=max(0.0, at - BASE))


def reset(number: int = 12, at: float = BASE) -> Closed:
    """The peer resets it."""
    return closed(number, "reset by peer", at, CloseCode.PEER_RESET)


def screen_lines(app: Console) -> list[str]:
    """The screen, one string per row."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


def screen_text(app: Console) -> str:
    """The screen, in one string."""
    return "\n".join(screen_lines(app))


async def shows(pilot: Pilot[None], words: str, seconds: float = 5.0) -> str:
    """Wait until the screen contains `words`; returns the screen, or fails with it."""
    return await until(pilot, lambda: words in screen_text(pilot.app), f"{words!r}", seconds)  # type: ignore[arg-type]


async def until(pilot: Pilot[None], condition: Callable[[], object], what: str = "it", seconds: float = 5.0) -> str:
    """Wait for a condition; returns the screen, or fails with it."""
    app = pilot.app
    assert isinstance(app, Console)
    waited = 0.0
    while not condition():
        if waited >= seconds:
            raise AssertionError(f"waited {seconds:g} s for {what}:\n{screen_text(app)}")
        await pilot.pause(0.02)
        waited += 0.02
    return screen_text(app)
