"""The jobs of operators, done on the real console: keys are pressed and counted, and facts are read from the screen.

async with operating(tmp_path, size=(80, 24)) as operator:
    device = connect(operator.worker)
    await operator.press("s")
    await operator.type("OK")
    await operator.sees("OK")
    assert (operator.keys, operator.typed) == (1, 2)

Rules of this file:
- Every key counts: a change that makes a job longer fails its test. What is typed is counted apart, because it costs the
  same in any program.
- The server is set up as the program does it for a console.
"""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key
from textual.pilot import Pilot

from tests.support.scripted import screen_lines, screen_text, until
from tests.support.serving import connect
from tuiserver.cli.serve import limits_of, make_worker
from tuiserver.config.settings import Settings
from tuiserver.console.app import Console
from tuiserver.core.limits import Limits
from tuiserver.links.base import Link
from tuiserver.links.local import LocalLink
from tuiserver.outputs.log import LogWriter
from tuiserver.outputs.tail import LogTail
from tuiserver.worker import Worker

SIZES = [(80, 24), pytest.param((120, 40), marks=pytest.mark.slow)]
"""Sizes of the terminal at which every fact has to be found, with the same keys."""


class Operator:
    """A person at the console. `keys` counts the keys that were pressed, `typed` the characters of texts."""

    def __init__(self, app: Console, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.keys = 0
        self.typed = 0

    async def press(self, *keys: str) -> None:
        """Press keys, by the names of Textual."""
        self.keys += len(keys)
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Type a text."""
        self.typed += len(text)
        for character in text:
            self.app.post_message(Key(character, character))
        await self.pilot.pause()

    async def sees(self, *patterns: str) -> str:
        """Wait until each regular expression matches within a line of the screen; returns the screen."""
        for pattern in patterns:
            found = re.compile(pattern, re.MULTILINE)
            await until(self.pilot, lambda found=found: found.search(self.screen), pattern)  # type: ignore[misc]
        return self.screen

    async def waits(self, condition: Callable[[], object], what: str) -> None:
        """Wait for what is no matter of the screen: the test's own clients, or what the console knows."""
        await until(self.pilot, condition, what)

    @property
    def screen(self) -> str:
        """What is on the screen."""
        return screen_text(self.app)

    @property
    def lines(self) -> list[str]:
        """The lines of the screen."""
        return screen_lines(self.app)

    async def receives(self, sock: socket.socket, pieces: list[bytes]) -> None:
        """Let a client send these pieces, so that each is one read of the server."""
        for piece in pieces:
            total = self.app.roster.bytes_in + len(piece)
            sock.sendall(piece)
            await self.waits(lambda total=total: self.app.roster.bytes_in >= total, "the bytes")  # type: ignore[misc]


class Bench(Operator):
    """An operator with a real server. `clients` are open sockets, which are closed at the end."""

    def __init__(self, app: Console, pilot: Pilot[None], worker: Worker, cleanup: ExitStack) -> None:
        super().__init__(app, pilot)
        self.worker = worker
        self._cleanup = cleanup

    async def dial_in(self) -> socket.socket:
        """A client connects, and the console knows it."""
        return (await self.dial_in_many(1))[0]

    async def dial_in_many(self, number: int) -> list[socket.socket]:
        """So many clients connect, in order, and the console knows them."""
        total = self.app.roster.accepted + number
        sockets = [self._cleanup.enter_context(connect(self.worker)) for _ in range(number)]
        await self.waits(lambda: self.app.roster.accepted >= total, "the connections")
        return sockets


@asynccontextmanager
async def operating(
    folder: Path, size: tuple[int, int], address: str = "127.0.0.1:0", reply: str = "hello", **changed: Any
) -> AsyncIterator[Bench]:
    """The console on a server of its own, as `tuiserver ADDRESS --reply NAME` starts it; `changed` are other settings."""
    settings = Settings(addresses=(address,), reply=reply, **changed)
    with ExitStack() as cleanup:
        log = LogWriter(folder / "tuiserver.log")
        cleanup.callback(log.close)
        worker = make_worker(settings)
        worker.limits = Limits(**limits_of(settings))
        worker.add_sink(log)
        worker.start()
        cleanup.callback(worker.stop, timeout=1)
        app = Console(LocalLink(worker), settings, LogTail(log.path, log.memory, log.run_start), write_log=log.write)
        with ExitStack() as clients:
            async with app.run_test(size=size, notifications=True) as pilot:
                yield Bench(app, pilot, worker, clients)
    assert app.failure is None


@asynccontextmanager
async def watching(link: Link, size: tuple[int, int], log: Path) -> AsyncIterator[Operator]:
    """The console on any link, with this log."""
    app = Console(link, Settings(), LogTail(log))
    async with app.run_test(size=size, notifications=True) as pilot:
        yield Operator(app, pilot)
    assert app.failure is None
