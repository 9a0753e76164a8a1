"""The story of an operator, from the first client to the last close, on a scripted link and on real sockets."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest

from tests.support.console import console
from tests.support.scripted import (
    BASE,
    closed,
    connected,
    listening,
    received,
    screen_text,
    sent,
    shows,
    until,
)
from tests.support.serving import connect, read_exactly
from tuiserver.config.settings import Settings
from tuiserver.console.app import Console
from tuiserver.console.dialogs.help import Help
from tuiserver.core import commands
from tuiserver.links.local import LocalLink
from tuiserver.outputs.tail import LogTail
from tuiserver.worker import Worker

SIZES = [(80, 24), (160, 50)]


@pytest.mark.parametrize("size", SIZES)
async def test_an_operator_answers_and_closes(size: tuple[int, int]) -> None:
    """A client connects and sends; the operator answers and closes it. The screen shows only what happened."""
    async with console(listening(), size=size) as (_, link, pilot):
        link.feed(connected(12), received(b"PING\r\n", 12))
        await shows(pilot, "PING\\r\\n")
        await shows(pilot, "to #12")
        await pilot.press("s", *"PONG")
        before = await shows(pilot, "PONG")
        await pilot.press("enter")
        assert link.commands == [commands.Send(12, b"PONG\n")]
        assert "PONG" in before
        assert "PONG" not in screen_text(pilot.app), "shown before it was sent"  # type: ignore[arg-type]
        link.feed(sent(b"PONG\n", 12))
        await shows(pilot, "PONG\\n")

        await pilot.press("ctrl+d")
        await shows(pilot, "Close #12?")
        await pilot.press("f")
        assert link.commands[1:] == [commands.Close(12, reset=False)]
        await pilot.pause()
        assert "1 open" in await shows(pilot, "1 open"), "the row changed before the socket was gone"
        link.feed(closed(12, "closed by operator"))
        text = await shows(pilot, "closed by op")
        assert "1 closed" in text


async def test_an_operator_on_real_sockets(tmp_path: Path) -> None:
    """The same with a real server and client: the typed answer arrives, and closing closes the socket."""
    worker = Worker("127.0.0.1:0")
    worker.start()
    app = Console(LocalLink(worker), Settings(), LogTail(tmp_path / "log"))
    try:
        async with app.run_test(size=(100, 30)) as pilot:
            client = connect(worker)
            client.sendall(b"hi\n")
            await shows(pilot, "hi\\n")
            await pilot.press("s", *"hello", "enter")
            await until(pilot, lambda: app.roster.messages_out)
            assert read_exactly(client, 6) == b"hello\n"
            await shows(pilot, "hello\\n")
            await pilot.press("ctrl+d", "f")
            await until(pilot, lambda: _ended(client))
            client.close()
            await shows(pilot, "closed by operator")
    finally:
        worker.stop(timeout=1)


def _ended(client: socket.socket) -> bool:
    """Whether the other end has shut down."""
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False


@pytest.mark.slow
async def test_a_flood_of_messages(tmp_path: Path) -> None:
    """20,000 messages a second for three seconds over a real socket: keys are answered meanwhile, and the totals are exact."""
    worker = Worker("127.0.0.1:0")
    worker.start()
    app = Console(LocalLink(worker), Settings(), LogTail(None))
    done = threading.Event()
    total = 0

    def flood() -> None:
        nonlocal total
        with connect(worker) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            begin = time.monotonic()
            while (elapsed := time.monotonic() - begin) < 3:
                due = int(elapsed * 20_000)
                for _ in range(max(0, due - total)):
                    client.sendall(b"0123456789abcdef\n")
                    total += 1
                time.sleep(0.001)
            done.wait(20)

    thread = threading.Thread(target=flood)
    try:
        async with app.run_test(size=(160, 50)) as pilot:
            thread.start()
            await until(pilot, lambda: app.roster.bytes_in > 0)
            waits = []
            help_shown = False
            while thread.is_alive() and total < 50_000:
                begin = time.monotonic()
                app.simulate_key("question_mark" if not help_shown else "escape")
                while isinstance(app.screen, Help) == help_shown and time.monotonic() - begin < 5:
                    await asyncio.sleep(0.005)
                help_shown = not help_shown
                waits.append(time.monotonic() - begin)
                await asyncio.sleep(0.2)
            assert len(waits) >= 5
            assert sorted(waits)[len(waits) // 2] < 0.25, waits
            assert max(waits) < 1.0, waits
            await until(pilot, lambda: app.roster.bytes_in == 17 * total, "exact bytes", 15)
            done.set()
            await until(pilot, lambda: app.roster.closed == 1)
            assert app.roster.bytes_in == 17 * total
            assert app.roster.clients[1].bytes_in == 17 * total
    finally:
        done.set()
        thread.join(10)
        worker.stop(timeout=1)


@pytest.mark.parametrize("step", [7200.0, -7200.0])
async def test_a_stepped_wall_clock_changes_no_age(step: float) -> None:
    """Age, idle time and the time since connect go on; the time of day of new messages is the new one."""
    async with console(listening(), connected(12), received(b"old"), size=(160, 50)) as (app, link, pilot):
        await shows(pilot, "old")
        client = app.roster.clients[12]
        link.now, link.step = BASE + 60 + step, step
        link.feed(sent(b"before", at=BASE + 59), received(b"after", at=link.now))
        await shows(pilot, "after")
        assert (link.clock() - client.since, link.clock() - client.received_at) == (60, 0)
        assert client.sent_at == BASE + 59 + step
        assert f"{datetime.fromtimestamp(link.now):%H:%M:%S}.000" in screen_text(app)
        await pilot.press("2", "t")
        await shows(pilot, "+60.000")
        link.now, link.step = BASE + 65, -step
        app.tick()  # back, and nothing is received
        assert (link.clock() - client.since, link.clock() - client.received_at) == (65, 5)
        assert app.roster.since == BASE
        await shows(pilot, "since 1 min 5 s")
