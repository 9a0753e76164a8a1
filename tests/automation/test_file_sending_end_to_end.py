"""Sending files from the send bar, and over a real server."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from tests.support.console import UNSAFE, console
from tests.support.scheduler import FakeTime
from tests.support.scripted import BASE, connected, listening, shows, until
from tests.support.serving import connect, serving, wait_until
from tuiserver.automation.file_sending import WINDOW, FileRequest
from tuiserver.automation.job_list import JobList
from tuiserver.config.settings import Settings
from tuiserver.console.app import Console
from tuiserver.console.panes.send_bar import SendBar
from tuiserver.core import commands
from tuiserver.core.events import OPERATOR, Sent
from tuiserver.links.local import LocalLink
from tuiserver.outputs.tail import LogTail
from tuiserver.views.roster import Roster
from tuiserver.worker import Worker

TWO_CLIENTS = (listening(), connected(11), connected(12))


async def test_the_mode_file(tmp_path: Path) -> None:
    """The size is shown, a wrong path is marked; enter sends the file, and its outcome is shown."""
    path = tmp_path / "f.bin"
    path.write_bytes(b"\x00\x01\x02")
    async with console(*TWO_CLIENTS, size=(140, 40)) as (app, link, pilot):
        await pilot.press("s", "ctrl+t", "ctrl+t")
        await shows(pilot, "SEND to #12  file")
        line = app.query_one("#send-input", Input)
        line.value = str(path.parent / "gone")
        await shows(pilot, "no such file or directory")
        await pilot.press("enter", "ctrl+y")
        assert link.commands == []
        line.value = f"@{path}"
        await shows(pilot, "3 bytes")
        await pilot.press("enter")
        await until(pilot, lambda: link.commands)
        assert link.commands == [commands.Send(12, b"\x00\x01\x02")]
        link.feed(Sent(BASE, 12, b"\x00\x01\x02", 3, OPERATOR, link.tokens[0]))
        await shows(pilot, "f.bin: all 3 bytes sent to #12")
        await pilot.press("up")
        assert app.query_one(SendBar).text == f"@{path}"
        await pilot.press("ctrl+t")
        await shows(pilot, "SEND to #12  text")


async def send_by_keys(app: Console, pilot: Pilot[None], path: Path, *keys: str) -> None:
    """Send a file from the send bar; `keys` choose the target."""
    await pilot.press("s", "ctrl+t", "ctrl+t", *keys)
    app.query_one("#send-input", Input).value = str(path)
    await pilot.pause()
    await pilot.press(*["enter"] * (2 if keys else 1))


async def test_a_running_job_leaves_room_for_the_key_that_stops_it(tmp_path: Path) -> None:
    """Beside a long target name too. Quitting while it runs is not an error."""
    path = tmp_path / "firmware-with-a-long-name.bin"
    path.write_bytes(bytes(3 * WINDOW))
    async with console(*TWO_CLIENTS) as (app, _, pilot):
        await send_by_keys(app, pilot, path, "ctrl+o")
        text = await shows(pilot, "^g stop")
        assert "SEND to ALL 2" in text


async def test_the_name_of_a_file_is_shown_escaped(tmp_path: Path) -> None:
    """A file may have any name; none of its characters controls the terminal."""
    path = tmp_path / "\x1b[2J\u202e.bin"
    path.write_bytes(b"x")
    async with console(*TWO_CLIENTS, size=(140, 40)) as (app, link, pilot):
        await send_by_keys(app, pilot, path)
        await until(pilot, lambda: link.commands)
        link.feed(Sent(BASE, 12, b"x", 1, OPERATOR, link.tokens[0]))
        text = await shows(pilot, "all 1 bytes sent to #12")
        assert r"\x1b[2J" in text
        assert not UNSAFE.search(text.replace("\n", ""))


async def test_a_large_file_reaches_a_slow_reader(tmp_path: Path) -> None:
    """Over a real server: every byte in order, with progress on the screen, never more than a window in our buffer."""
    path = tmp_path / "big.bin"
    data = bytes(range(256)) * 40_000
    path.write_bytes(data)
    worker = Worker("127.0.0.1:0")
    with serving(worker), connect(worker) as client:
        app = Console(LocalLink(worker), Settings(), LogTail(None))
        async with app.run_test(size=(140, 40), notifications=True) as pilot:
            await until(pilot, lambda: app.roster.open == 1)
            await send_by_keys(app, pilot, path)
            await shows(pilot, "% to #1")
            client.setblocking(False)
            got = bytearray()
            most = 0
            deadline = time.monotonic() + 20
            while len(got) < len(data):
                assert time.monotonic() < deadline
                try:
                    got += client.recv(1 << 20)
                except BlockingIOError:
                    await pilot.pause(0.01)
                most = max(most, *(each.unsent for each in worker.connections.values()))
            assert got == data
            assert most <= WINDOW
            await shows(pilot, "big.bin: all 10,240,000 bytes sent to #1")


def test_many_targets_over_a_real_server(tmp_path: Path) -> None:
    """Those that read get every byte; the one that does not read costs no more than a window, until it closes."""
    path = tmp_path / "f.bin"
    data = bytes(range(250)) * 32_000
    path.write_bytes(data)
    worker = Worker("127.0.0.1:0")
    with serving(worker), ExitStack() as stack:
        clients = [stack.enter_context(connect(worker)) for _ in range(4)]
        link, roster = LocalLink(worker), Roster()
        reports: list[str] = []
        link.open(lambda: None)
        stack.callback(link.close)
        fake = FakeTime()
        jobs = JobList(
            link.send, roster, reports.append, now=fake.now, schedule=fake.schedule, next_token=count(1).__next__
        )

        def take_events() -> None:
            for event in link.take():
                jobs.apply(event)
                roster.apply(event)

        wait_until(lambda: take_events() or roster.open == 4)
        jobs.start(FileRequest(path, (1, 2, 3, 4)))
        received = [bytearray() for _ in clients]
        most = 0

        def read() -> bool:
            nonlocal most
            take_events()
            for client, got in zip(clients[:3], received, strict=False):
                with suppress(BlockingIOError):
                    got += client.recv(1 << 20)
            most = max(most, *(each.unsent for each in [*worker.connections.values()]))
            return all(len(got) == len(data) for got in received[:3])

        for client in clients:
            client.setblocking(False)
        wait_until(read)
        assert all(got == data for got in received[:3])
        assert most <= WINDOW
        assert jobs.running
        clients[3].close()
        wait_until(lambda: take_events() or reports)
        assert reports == [f"f.bin: all {len(data):,} bytes sent to 3 of 4 clients (the connection closed: 1)"]
