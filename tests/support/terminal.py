"""For tests on a real terminal: run the program on a pty, read its screen (emulated by pyte) and its terminal modes.

with Terminal("127.0.0.1:0", size=(80, 24)) as terminal:
    terminal.press("x")
    terminal.shows("hex")
    terminal.left                            # what the program did not restore

`baud` makes the terminal as slow as a serial line of that many bits per second, at ten bits per byte.
"""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from types import TracebackType

import pyte

from tests.support.processes import COMMAND, LIMIT, environment

_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])|\x1b\[([<>=])[0-9;]*u")
_UNKNOWN = re.compile(
    rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p|\x1b\[\?u|\x1b[P_^X].*?(?:\x1b\\|\x07)", re.DOTALL
)
"""Sequences that pyte does not support: it would print them."""
KEYS = {"up": "\x1b[A", "down": "\x1b[B", "enter": "\r", "esc": "\x1b", "tab": "\t"}


class Terminal:
    """The program on a pty. `raw` holds everything it has written."""

    def __init__(
        self, *arguments: str, size: tuple[int, int] = (80, 24), baud: int = 0, program: str = "", answers: bool = True
    ) -> None:
        """`program` is Python code to run instead of `tuiserver`. `answers`: reply to cursor position requests (DSR 6)."""
        self.raw = bytearray()
        self._baud = baud
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self._rest = b""
        self._master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, size[::-1])
        self._before = termios.tcgetattr(self.slave)
        if answers:
            self._screen.write_process_input = lambda text: os.write(self._master, text.encode())
        command = [sys.executable, "-c", program, *arguments] if program else [*COMMAND, *arguments]
        self.process = subprocess.Popen(
            command,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env={**environment(), "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"},
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 96 if self._baud else 65_536)
            except OSError:
                return
            if not data:
                return
            if self._baud:
                time.sleep(len(data) * 10 / self._baud)
            with self._lock:
                self.raw += data
                self._feed(data)

    def _feed(self, data: bytes) -> None:
        """Pass data to pyte, without unsupported sequences; an incomplete sequence is held until the rest arrives."""
        data = self._rest + data
        cut = data.rfind(b"\x1b", max(0, len(data) - 40))
        held = (
            cut
            if cut >= 0 and re.fullmatch(rb"\x1b(?:\[[<>=?0-9;$]*|[P_^X\]][^\x1b\x07]*)?", data[cut:])
            else len(data)
        )
        self._rest = data[held:]
        self._stream.feed(_UNKNOWN.sub(b"", data[:held]))

    @property
    def lines(self) -> list[str]:
        """The rows of the screen."""
        with self._lock:
            return list(self._screen.display)

    def press(self, *keys: str) -> None:
        """Press keys, given by name or character."""
        for key in keys:
            data = bytes([ord(key[5]) & 31]) if key.startswith("ctrl+") else KEYS.get(key, key).encode()
            self.write(data)

    def write(self, data: bytes) -> None:
        """Send bytes as a terminal does."""
        os.write(self._master, data)

    def until(self, condition: Callable[[], object], what: str, seconds: float = LIMIT) -> float:
        """Wait for a condition; returns the seconds it took."""
        begun = time.monotonic()
        while not condition():
            if time.monotonic() - begun > seconds:
                screen = "\n".join(self.lines)
                raise AssertionError(f"waited {seconds:g} s for {what}:\n{screen}")
            time.sleep(0.005)
        return time.monotonic() - begun

    def shows(self, words: str, seconds: float = LIMIT) -> float:
        """Wait until a row of the screen contains `words`; returns the seconds it took."""
        return self.until(lambda: any(words in line for line in self.lines), repr(words), seconds)

    def resize(self, width: int, height: int) -> None:
        """Change the size of the terminal and send SIGWINCH."""
        with self._lock:
            self._screen.resize(max(1, height), max(1, width))
        termios.tcsetwinsize(self.slave, (height, width))
        self.process.send_signal(signal.SIGWINCH)

    @property
    def modes(self) -> set[str]:
        """The DEC private modes that are on, by number; `kitty` stands for the kitty keyboard protocol."""
        on: set[str] = set()
        with self._lock:
            raw = bytes(self.raw)
        for numbers, letter, kitty in _MODE.findall(raw):
            if kitty:
                on = on | {"kitty"} if kitty != b"<" else on - {"kitty"}
                continue
            names = set(numbers.decode().split(";"))
            on = on | names if letter == b"h" else on - names
        return on

    @property
    def left(self) -> list[str]:
        """What is not restored: modes that are on (except autowrap), a hidden cursor, changed line settings (termios(3))."""
        found = sorted(self.modes - {"7", "25"})
        if b"\x1b[?25l" in self.raw and "25" not in self.modes:
            found.append("no cursor")
        now = termios.tcgetattr(self.slave)
        return found + [f"termios {index}" for index in range(7) if now[index] != self._before[index]]

    def ends(self, seconds: float = LIMIT) -> int:
        """Wait for the program to exit; returns its exit code."""
        return self.process.wait(seconds)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.slave)
        self._reader.join(LIMIT)
        os.close(self._master)
