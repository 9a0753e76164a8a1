"""Commands from stdin: one JSON object per line, the same commands that a console sends.

Rules of this file:
- Stdin is read in a thread of its own, and not read further before the loop has executed what was read: neither waits for the
  other in the middle of its work, and a script that writes faster than the server executes has to wait.
- A line that is not a command is answered by one `Refused` and affects nothing else. The length of a line is bounded.
- When stdin ends, the server stops or continues; the last line may lack its newline.
"""

from __future__ import annotations

import errno
import os
import select
import sys
import threading
from collections.abc import Iterable, Iterator

import msgspec

from tuiserver.core import commands
from tuiserver.core.codes import RefuseCode
from tuiserver.core.commands import AnyCommand, Stop
from tuiserver.core.events import Refused
from tuiserver.core.payload import to_valid_utf8
from tuiserver.worker import Worker

STDIN = 0
READ_SIZE = 65_536
BATCH = 128
"""Commands that are executed in one turn of the loop."""
MAX_LINE = 16 * 1024 * 1024
"""Bytes of a line: a message of the largest size that a server receives by default, in base64, and more."""
FOREGROUND_RECHECK = 1.0
"""Seconds between two checks whether a process in the background of its terminal may read from it again."""


class BadLine(msgspec.Struct, frozen=True):
    """A line that is not a command: a code of `RefuseCode`, the words, and the token and the id if the line has them."""

    code: str
    text: str
    token: int = 0
    id: int = 0


class _Loose(msgspec.Struct, frozen=True):
    """What can be read of a line that is not a command."""

    command: object = None
    token: object = 0
    id: object = 0


def parse(line: bytes) -> AnyCommand | BadLine:
    """A line → the command, or why it is none; never raises."""
    try:
        command: AnyCommand = commands.decode(line)
        return command
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        text = to_valid_utf8(str(error)) or type(error).__name__
    try:
        loose = msgspec.json.decode(line, type=_Loose)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return BadLine(RefuseCode.INVALID_COMMAND, text)
    token, number = _valid_number(loose.token), _valid_number(loose.id)
    if isinstance(loose.command, str) and loose.command not in commands.TAGS:
        text = f"this server does not know the command {to_valid_utf8(loose.command[:100])}"
        return BadLine(RefuseCode.UNKNOWN_COMMAND, text, token, number)
    return BadLine(RefuseCode.INVALID_COMMAND, text, token, number)


def _valid_number(value: object) -> int:
    return value if type(value) is int and 0 <= value <= commands.MAX_NUMBER else 0


class CommandReader:
    """Reads commands from stdin and passes them to `worker`. `stop_at_end`: stop the server when stdin ends."""

    def __init__(self, worker: Worker, stop_at_end: bool, fd: int = STDIN) -> None:
        self._worker, self._stop_at_end, self._fd = worker, stop_at_end, fd
        self._thread = threading.Thread(target=self._run, name="tuiserver-stdin", daemon=True)

    def start(self) -> None:
        """Start reading."""
        self._thread.start()

    def _run(self) -> None:
        number = 0
        for lines in split_lines(self._read()):
            parsed: list[AnyCommand | BadLine] = []
            for line in lines:
                number += 1
                if line is None:
                    text = f"line {number}: it is longer than {MAX_LINE} bytes"
                    parsed.append(BadLine(RefuseCode.INVALID_COMMAND, text))
                elif line.strip():
                    item = parse(line)
                    if isinstance(item, BadLine):
                        item = msgspec.structs.replace(item, text=f"line {number}: {item.text}")
                    parsed.append(item)
            for first in range(0, len(parsed), BATCH):
                self._execute(parsed[first : first + BATCH])
        if self._stop_at_end:
            self._execute([Stop()])

    def _execute(self, parsed: list[AnyCommand | BadLine]) -> None:
        """Let the loop execute commands, and wait until it has."""
        executed = threading.Event()

        def execute() -> None:
            try:
                for item in parsed:
                    if isinstance(item, BadLine):
                        now = self._worker.loop.clock.time()
                        self._worker.server.feed.emit(Refused(now, item.token, item.id, item.code, item.text))
                    else:
                        self._worker.handle(item)
            finally:
                executed.set()

        self._worker.loop.call_threadsafe(execute)
        executed.wait()  # in vain if the loop has ended: then the process ends, too

    def _read(self) -> Iterator[bytes]:
        """What stdin has, piece by piece, until it ends or cannot be read."""
        while True:
            try:
                data = os.read(self._fd, READ_SIZE)
            except BlockingIOError:  # another process that shares the descriptor made it non-blocking
                select.select([self._fd], [], [])
                continue
            except OSError as error:
                if error.errno == errno.EIO and self._in_background():
                    threading.Event().wait(FOREGROUND_RECHECK)
                    continue
                if error.errno != errno.EIO:  # EIO: the terminal is gone
                    print(f"tuiserver: stdin cannot be read: {error.strerror}", file=sys.stderr)
                return
            if not data:
                return
            yield data

    def _in_background(self) -> bool:
        """True if stdin is a terminal whose foreground job is another one: only that may read (termios(3), SIGTTIN)."""
        try:
            return os.tcgetpgrp(self._fd) != os.getpgrp()
        except OSError:
            return False


def split_lines(pieces: Iterable[bytes], limit: int = MAX_LINE) -> Iterator[list[bytes | None]]:
    """The lines that end in each piece; None for a line of more than `limit` bytes, which is not kept."""
    rest = bytearray()
    too_long = False
    for piece in pieces:
        lines: list[bytes | None] = []
        *ended, unended = piece.split(b"\n")
        for part in ended:
            if too_long or len(rest) + len(part) > limit:
                lines.append(None)
            else:
                lines.append(bytes(rest + part))
            rest.clear()
            too_long = False
        if not too_long:
            rest += unended
            if len(rest) > limit:
                too_long = True
                rest.clear()
        if lines:
            yield lines
    if too_long or rest:
        yield [None if too_long else bytes(rest)]
