"""The real program on a real terminal: it restores it however it ends, and a slow one stays usable."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.support.processes import LIMIT
from tests.support.terminal import Terminal


def free_port() -> int:
    """A port that is free at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def port() -> int:
    """The port of the server."""
    return free_port()


@pytest.mark.parametrize("how", ["q", "ctrl+q", "ctrl+c", "SIGTERM", "SIGHUP"])
def test_it_restores_the_terminal(port: int, how: str) -> None:
    """Alternate screen, cursor, mouse, paste, keys and line settings, whatever ends the program."""
    with Terminal(f"127.0.0.1:{port}") as terminal:
        terminal.shows(str(port))
        terminal.shows("q quit")
        assert {"1049", "1006", "2004"} <= terminal.modes
        if how.startswith("SIG"):
            terminal.process.send_signal(getattr(signal, how))
        else:
            terminal.press(how)
        assert terminal.ends() == 0
        terminal.until(lambda: terminal.left == [], "the terminal to be as it was")


CRASH = """
import sys
from tuiserver.console import run
from tuiserver.console.panes.footer import Footer
from tuiserver.console.panes.messages import MessagesPane

works, asks = Footer.render_lines, run.wait_for_enter
def fail(self, crop): raise RuntimeError("the footer [b]fails[/b]")
def break_footer(self): Footer.render_lines = fail; self.screen.refresh(layout=True)
def mend_footer(line): Footer.render_lines = works; return asks(line)
MessagesPane.action_wrap, run.wait_for_enter = break_footer, mend_footer

from tuiserver.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("leave", ["q", "SIGINT", "SIGTERM", "SIGHUP"])
def test_a_screen_that_fails_does_not_end_the_server(port: int, leave: str) -> None:
    """The terminal is restored, and one line reports the failure. Enter opens the console again, anything else ends in order."""
    with Terminal(f"127.0.0.1:{port}", "--reply", "none", program=CRASH) as terminal:
        terminal.shows("q quit")
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
            terminal.shows("1 client")
            terminal.press("2", "w")
            terminal.until(lambda: b"Ctrl+C stops\r\n" in terminal.raw, "the line")
            terminal.until(lambda: terminal.left == [], "the terminal to be as it was")
            last = bytes(terminal.raw).rpartition(b"\x1b[?1049l")[2]
            assert (
                b"the console failed: RuntimeError: the footer [b]fails[/b]: the server goes on with 1 client " in last
            )
            assert b"Traceback" not in last
            if leave == "q":
                before = len(terminal.raw)
                terminal.press("enter")
                terminal.until(lambda: b"CONNECTIONS" in terminal.raw[before:], "the console")
                client.sendall(b"HELLO")
                terminal.shows("HELLO")
                terminal.press("ctrl+q", "ctrl+q")
            else:
                terminal.process.send_signal(getattr(signal, leave))
            assert client.recv(10) == b""
        assert terminal.ends() == 0
        terminal.until(lambda: terminal.left == [], "the terminal to be as it was")


def test_suspend_and_resume(port: int) -> None:
    """ctrl+z returns the terminal to the shell; after fg everything is drawn again and clients are answered."""
    with Terminal(f"127.0.0.1:{port}", "--reply", "echo") as terminal:
        terminal.shows("q quit")
        terminal.press("ctrl+z")
        terminal.until(lambda: _stopped(terminal.process.pid), "the process to stop")
        terminal.until(lambda: terminal.left == [], "the terminal to be as it was")
        before = len(terminal.raw)
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
            client.sendall(b"PING\r\n")
            terminal.process.send_signal(signal.SIGCONT)
            assert client.recv(10) == b"PING\r\n"
            terminal.until(lambda: b"\x1b[?1049h" in terminal.raw[before:], "the screen to be taken again")
            terminal.until(lambda: b"CONNECTIONS" in terminal.raw[before:], "everything to be drawn")
            terminal.shows("1 client")
            terminal.press("2", "x")
            terminal.shows("#1  hex")
        terminal.shows("0 clients")
        terminal.press("q")
        assert terminal.ends() == 0
        terminal.until(lambda: terminal.left == [], "the terminal to be as it was")


def _stopped(pid: int) -> bool:
    done, status = os.waitpid(pid, os.WUNTRACED | os.WNOHANG)
    return done == pid and os.WIFSTOPPED(status)


def test_any_size_and_back(port: int) -> None:
    """Down to one cell without an error, and then as before."""
    with Terminal(f"127.0.0.1:{port}") as terminal:
        terminal.shows("q quit")
        for size in ((1, 1), (3, 2), (200, 3), (2, 60), (160, 50), (1, 1), (80, 24)):
            terminal.resize(*size)
            time.sleep(0.05)
        terminal.shows("q quit")
        terminal.shows("No clients yet")
        terminal.press("q")
        assert terminal.ends() == 0
        terminal.until(lambda: terminal.left == [], "the terminal to be as it was")


@pytest.mark.slow
def test_a_slow_line_gets_fewer_frames_not_later_ones(port: int) -> None:
    """Under a flood, on a line that takes a frame a second, the screen is current, keys are answered, and quitting works."""
    with Terminal(f"127.0.0.1:{port}", "--half-close", "0", size=(40, 12), baud=38_400) as terminal:
        terminal.shows("No clients yet")
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
            flooding = threading.Event()
            flooding.set()
            last = 0

            def flood() -> None:
                nonlocal last
                while flooding.is_set():
                    last += 1
                    client.sendall(b"m%d\n" % last)
                    time.sleep(0.002)

            thread = threading.Thread(target=flood)
            thread.start()
            terminal.press("2")
            time.sleep(2.0)
            flooding.clear()
            thread.join()
            terminal.shows(rf"m{last}\n", 8)  # what waits is at most some frames
            terminal.press("x")
            terminal.shows("0000  ", 8)
        terminal.shows("0 clients", 8)
        terminal.press("q")
        assert terminal.ends(8) == 0


@pytest.mark.slow
def test_a_log_that_grows_fast_gets_fewer_frames_too(port: int, tmp_path: Path) -> None:
    """Soon after the flood it shows the last line, in fewer frames than half of the lines."""
    log = tmp_path / "flood.log"
    log.touch()
    with Terminal(f"127.0.0.1:{port}", "--tail", str(log), size=(40, 12), baud=38_400) as terminal:
        terminal.shows("No clients yet")
        terminal.press("3")
        terminal.shows("LOG")
        with log.open("a", buffering=1) as file:
            end = time.monotonic() + 3
            last = 0
            while time.monotonic() < end:
                last += 1
                file.write(f"line {last} and some more words\n")
                time.sleep(0.005)
        terminal.shows(f"line {last} and", 8)
        assert terminal.raw.count(b"\x1b[6n") < last / 2, "each frame asks where the cursor is"
        terminal.press("q")
        assert terminal.ends(8) == 0


@pytest.mark.slow
def test_a_terminal_that_does_not_answer_gets_frames_all_the_same(port: int) -> None:
    """At first one a second."""
    with Terminal(f"127.0.0.1:{port}", answers=False) as terminal:
        terminal.shows("q quit")
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
            terminal.shows("1 client", 3)
            client.sendall(b"PING\r\n")
            terminal.shows("PING", 3)
