"""For tests of the command line: run `tuiserver` in a process of its own and read its output, with a time limit.

with Headless("--json", "127.0.0.1:0") as server:
    client = server.connect()
    server.line()                        # the next line on stdout
    code, errors = server.stop()
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from types import TracebackType
from typing import Any

LIMIT = 15.0
"""Seconds after which waiting for a process fails the test."""
COMMAND = (sys.executable, "-m", "tuiserver")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def environment() -> dict[str, str]:
    """The environment of the test; the process imports the package of this checkout, and warnings are errors in it."""
    return {**os.environ, "PYTHONPATH": ROOT, "PYTHONWARNINGS": "error"}


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run `tuiserver` until it exits, without a terminal."""
    options = {"stdin": subprocess.DEVNULL, "env": environment(), **options}
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=LIMIT, **options)


class Headless:
    """A context manager that runs `tuiserver --headless …`. `port` is the port of the first address."""

    def __init__(
        self,
        *arguments: str,
        stdout: int | None = None,
        cwd: str | os.PathLike[str] | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        """`stdout` is the descriptor to print to; None makes a pipe, which `line` reads. `stdin`: as that of `Popen`."""
        self.process = subprocess.Popen(
            [*COMMAND, "--headless", *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE if stdout is None else stdout,
            stderr=subprocess.PIPE,
            env=environment(),
            cwd=cwd,
        )
        self._rest = b""
        self.port = 0
        self.first = ""
        if stdout is None:
            self.first = self.line()
            self.port = int(self.first.rstrip('"}\n').rpartition(":")[2])

    def event(self) -> dict[str, Any]:
        """The next line, which is one JSON object."""
        found = json.loads(self.line())
        assert isinstance(found, dict)
        return found

    def events_until(self, kind: str) -> list[dict[str, Any]]:
        """The events up to and including the next one of this kind."""
        found = [self.event()]
        while found[-1]["event"] != kind:
            found.append(self.event())
        return found

    def line(self) -> str:
        """The next line of stdout, or an empty string at its end. Fails after `LIMIT` seconds."""
        assert self.process.stdout is not None
        fd, end = self.process.stdout.fileno(), time.monotonic() + LIMIT
        while b"\n" not in self._rest:
            if not select.select([fd], [], [], max(0.0, end - time.monotonic()))[0]:
                raise AssertionError(f"waited {LIMIT:g} s for a line, have {self._rest!r}")
            data = os.read(fd, 1 << 16)
            if not data:
                break
            self._rest += data
        line, newline, self._rest = self._rest.partition(b"\n")
        return (line + newline).decode()

    def connect(self) -> socket.socket:
        """Connect to the first address."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal and wait for the exit; returns the exit code and stderr. The rest of stdout is not read."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> tuple[int, str]:
        """Wait for the exit; returns the exit code and stderr."""
        code = self.process.wait(LIMIT)
        assert self.process.stderr is not None
        return code, self.process.stderr.read().decode()

    def __enter__(self) -> Headless:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(LIMIT)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
