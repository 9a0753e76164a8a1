"""Reading a terminal: its end ends the console in order, however it is reported, and no input ends reading."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import socket
import subprocess
import threading
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key, Paste

from tests.support.processes import COMMAND, LIMIT, environment
from tests.support.serving import read_all, wait_until
from tests.support.terminal import Terminal
from tuiserver.console.terminal.driver import driver_with_hangup


def raw_pty() -> tuple[int, int]:
    """The slave, which returns EIO once the other end is closed, and the master of a pty."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    return slave, master


def make_driver(hung_up: Callable[[], object]) -> LinuxDriver:
    """A driver that reads nothing yet, and leaves the signals of this process alone."""

    async def make() -> LinuxDriver:
        return driver_with_hangup(hung_up)(App())

    before = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)}
    try:
        return asyncio.run(make())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@pytest.mark.parametrize("make", [os.pipe, raw_pty], ids=["EOF", "EIO"])
def test_the_end_is_reported_once_and_no_input_is_an_end(
    make: Callable[[], tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not UTF-8 is U+FFFD, typed or pasted, and reading goes on; the end of the terminal ends the thread at once."""
    read_end, write_end = make()
    calls: list[str] = []
    events: list[Any] = []
    driver = make_driver(lambda: calls.append("hung up"))
    monkeypatch.setattr(driver, "fileno", read_end)
    monkeypatch.setattr(driver, "process_message", events.append)
    thread = threading.Thread(target=driver.run_input_thread, daemon=True)
    thread.start()
    os.write(write_end, b"a\xffb\x1b[200~x\xc3(\x1b[201~\xe2\x82")
    os.write(write_end, b"\xacz")
    wait_until(lambda: any(getattr(event, "character", "") == "z" for event in events), "what was typed")
    assert calls == []
    os.close(write_end)
    thread.join(LIMIT)
    assert not thread.is_alive()
    assert calls == ["hung up"]
    shown = [
        event.text if isinstance(event, Paste) else event.character for event in events if type(event) in (Key, Paste)
    ]
    assert shown == ["a", "\ufffd", "b", "x\ufffd(", "\u20ac", "z"]
    os.close(read_end)


def test_a_terminal_that_is_gone_ends_the_console(tmp_path: Path) -> None:
    """Where no signal comes, too: clients see an orderly end, the log is complete, and the exit code is 0."""
    master, slave = pty.openpty()
    log = tmp_path / "log"
    command = [*COMMAND, "127.0.0.1:0", "--reply", "none", "--log", str(log)]
    environ = {**environment(), "TERM": "xterm"}
    # In a session without a controlling terminal, nobody gets SIGHUP.
    with subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environ, start_new_session=True
    ) as process:
        os.close(slave)
        seen = bytearray()
        while b"quit" not in seen:
            seen += os.read(master, 65536)
        port = int(log.read_text().splitlines()[0].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
            wait_until(lambda: "#1" in log.read_text(), "the client")
            os.close(master)
            assert read_all(client) == b""
        assert process.wait(LIMIT) == 0
    assert "server stopped" in log.read_text()


def test_bytes_that_are_no_utf_8_are_typed_into_a_real_console() -> None:
    """The key after them works as before."""
    with Terminal("127.0.0.1:0") as terminal:
        terminal.shows("q quit")
        terminal.write(b"\xff\xfe\x1b[200~\xc3(\x1b[201~")
        terminal.press("q")
        assert terminal.ends() == 0
        terminal.until(lambda: terminal.left == [], "the terminal to be as it was")
