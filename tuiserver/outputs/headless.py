r"""The server without a screen: a line on stdout for each event.

Rules of this file:
- Stdout is a consumer like any other, with its own thread. When its reader stalls, events are skipped and the server
  continues; with `lossless` nothing is skipped, and clients wait for the reader.
- With `--json` each line is one event and nothing else is printed. Without it a line is for people and has no control
  character, whatever a client sends: `12:04:28.871 #12 <    6 PING\r\n`.
- When stdout is closed, printing ends and the server continues.
- With `stdin` the events that answer commands are printed, too: those that a script cannot do without.
"""

from __future__ import annotations

import os
import select
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from msgspec import to_builtins

from tuiserver.core.charsets import DEFAULT, UTF8, Charset, find
from tuiserver.core.events import (
    AnyEvent,
    Closed,
    Connected,
    Ended,
    Identified,
    Inspected,
    Listening,
    Noted,
    Paused,
    Received,
    Refused,
    Resumed,
    Sent,
    Skipped,
    Wants,
    encode,
    identified_text,
    kind_text,
)
from tuiserver.core.numbers import response_time
from tuiserver.core.payload import escape_nonprintable, to_text, to_valid_utf8
from tuiserver.links.inbox import Inbox
from tuiserver.outputs.stdin import CommandReader
from tuiserver.views.exchanges import Exchanges
from tuiserver.worker import Worker

STDOUT = 1
CLIP = 512
"""Bytes of a message that a line for people shows; JSON has all of them."""
FINISH_TIMEOUT = 2.0
"""Seconds that a stopping server waits for the reader of stdout to take the rest."""
LOSSLESS_FINISH_TIMEOUT = 30.0
"""The same where nothing may be skipped; a second signal ends it at once."""

PRINTED = {Listening, Connected, Identified, Received, Sent, Ended, Closed, Noted, Skipped, Refused}
"""The events that are printed; the others are for views."""
PRINTED_WITH_STDIN = PRINTED | {Paused, Resumed, Inspected}
"""The events that are printed for a script that sends commands."""


def run_headless(
    worker: Worker,
    *,
    json: bool = False,
    quiet: bool = False,
    lossless: bool = False,
    stdin: str = "",
    charset: str = DEFAULT,
    decode: str = "",
    stdout: int = STDOUT,
) -> None:
    """Serve in this thread until SIGINT, SIGTERM or SIGHUP, and print; raises `ListenError`.

    `decode`: the spec of the decoder that reads the fields of messages; empty for none. `stdin`: empty, or what happens when
    stdin, from which commands are read, ends: `stop` or `stay`. `stdout`: the descriptor to print to.
    """
    if stdin:
        signal.signal(signal.SIGTTIN, signal.SIG_IGN)  # reading in the background of a terminal would stop the process
        worker.call_threadsafe(CommandReader(worker, stop_at_end=stdin == "stop").start)
    if is_devnull(stdout):  # nobody can read it
        worker.run()
        return
    wants: Wants = "lifecycle" if quiet else "everything" if lossless else "traffic"
    inbox = Inbox(worker.limits.view_memory, wants=wants, request_snapshot=lambda: worker.resynchronize_sink(inbox))
    worker.add_sink(inbox)
    worker.bind()
    serialize = _serializer(decode, json, PRINTED_WITH_STDIN if stdin else PRINTED, find(charset))
    printer = Printer(inbox, serialize, lambda: worker.remove_sink(inbox), stdout)
    printer.start()
    worker.call_threadsafe(worker.server.feed.flush)  # print "listening" at once, but after the signal handlers are set
    # While the loop runs the worker handles the signals. A later one ends the wait for the reader, with exit code 0.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    hangup = signal.getsignal(signal.SIGHUP)
    if hangup is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda number, frame: None)  # One that follows another does not end the wait.
    try:
        worker.run()
    finally:
        try:
            printer.finish(LOSSLESS_FINISH_TIMEOUT if lossless else FINISH_TIMEOUT)
        finally:
            signal.signal(signal.SIGTERM, before)
            signal.signal(signal.SIGHUP, hangup)


def _serializer(
    decode: str, json: bool, kinds: Collection[type], charset: Charset
) -> Callable[[list[AnyEvent]], bytes]:
    """What makes the printed bytes of events."""
    if not decode:
        return partial(to_json, kinds=kinds) if json else Lines(charset).to_lines
    from tuiserver.decoders.connections import ConnectionDecoders
    from tuiserver.outputs.decoding import DecodedJson, DecodedLines

    decoders = ConnectionDecoders(decode)
    return DecodedJson(decoders, partial(to_json, kinds=kinds)) if json else DecodedLines(decoders, Lines(charset))


def is_devnull(fd: int) -> bool:
    """True when what is written to `fd` is discarded."""
    status = os.fstat(fd)
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == os.stat(os.devnull).st_rdev


class Printer:
    """Writes the events of `inbox` to stdout in a separate thread. `on_closed` is called when stdout is closed."""

    def __init__(
        self,
        inbox: Inbox,
        serialize: Callable[[list[AnyEvent]], bytes],
        on_closed: Callable[[], None],
        stdout: int = STDOUT,
    ) -> None:
        self._inbox, self._serialize, self._on_closed, self._stdout = inbox, serialize, on_closed, stdout
        self._thread = threading.Thread(target=self._run, name="tuiserver-stdout", daemon=True)

    def start(self) -> None:
        """Start printing."""
        self._thread.start()

    def finish(self, timeout: float) -> None:
        """Print the rest and end; wait up to `timeout` seconds for a reader that stalls."""
        self._inbox.end()
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            while events := self._inbox.wait():
                write_all(self._stdout, self._serialize(events))
        except OSError as error:
            self._on_closed()
            why = "nobody reads it" if isinstance(error, BrokenPipeError) else error.strerror
            print(f"tuiserver: stdout is closed ({why}): the server continues without printing", file=sys.stderr)


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data`, however long that takes; raises `OSError`."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:  # another process that shares the descriptor made it non-blocking
            select.select([], [fd], [])


def to_json(events: list[AnyEvent], kinds: Collection[type] = PRINTED) -> bytes:
    """Events → one JSON object per line, for those of these kinds."""
    try:
        lines = [encode(event) for event in events if type(event) in kinds]
    except UnicodeEncodeError:  # a program may name anything, also what is not Unicode
        lines = [encode(_to_valid_utf8(to_builtins(event))) for event in events if type(event) in kinds]
    lines.append(b"")
    return b"\n".join(lines)


def _to_valid_utf8(value: Any) -> Any:
    """The value with texts that UTF-8 can carry, however deep."""
    if isinstance(value, str):
        return to_valid_utf8(value)
    if isinstance(value, dict):
        return {_to_valid_utf8(key): _to_valid_utf8(each) for key, each in value.items()}
    return value


class Lines:
    """Events → lines for people."""

    def __init__(self, charset: Charset = UTF8) -> None:
        self._charset = charset
        self._exchanges = Exchanges()
        self._second = -1
        self._clock = ""
        self._lines: dict[type, Callable[[Any], str]] = {
            Connected: lambda e: f"#{e.id} connected {e.peer}",
            Identified: lambda e: f"#{e.id} {identified_text(e)}",
            Received: self._received,
            Sent: self._sent,
            Ended: lambda e: f"#{e.id} ended: finished sending, can be answered for {e.seconds:g} s",
            Closed: _closed,
            Noted: lambda e: f"#{e.id} {e.level}: {e.text}" if e.id else f"{e.level}: {e.text}",
            Refused: lambda e: f"refused: {e.text}",
            Skipped: _skipped,
        }

    def to_lines(self, events: list[AnyEvent]) -> bytes:
        """The lines of these events, as they are written: whoever made a text, no control character is left in it."""
        lines = []
        for event in events:
            self._exchanges.apply(event)
            if type(event) is Listening:
                lines.append(f"listening on {escape_nonprintable(event.address)}\n")
            elif line_of := self._lines.get(type(event)):
                lines.append(f"{self._time(event.at)} {escape_nonprintable(line_of(event))}\n")
        return "".join(lines).encode("utf-8", "backslashreplace")

    def to_line(self, event: Received | Sent, text: str) -> bytes:
        """The line of a message with `text` in the place of its bytes."""
        arrow = ">" if type(event) is Sent else "<"
        line = f"{self._time(event.at)} #{event.id} {arrow} {event.size:4} {escape_nonprintable(text)}\n"
        return line.encode("utf-8", "backslashreplace")

    def _time(self, at: float) -> str:
        second = int(at)
        if second != self._second:
            self._second = second
            self._clock = time.strftime("%H:%M:%S", time.localtime(second))
        return f"{self._clock}.{int((at - second) * 1000):03d}"

    def _received(self, event: Received) -> str:
        text = f"#{event.id} < {event.size:4} {self._clipped(event.data)}"
        return f"{text}  ({said})" if event.kind and (said := kind_text(event)) else text

    def _sent(self, event: Sent) -> str:
        text = f"#{event.id} > {event.size:4} {self._clipped(event.data)}"
        exchange = self._exchanges.of(event)
        return f"{text}  ({exchange.request} {response_time(exchange.seconds)})" if exchange else text

    def _clipped(self, data: bytes) -> str:
        return to_text(data, self._charset) if len(data) <= CLIP else f"{to_text(data[:CLIP], self._charset)}…"


def _closed(event: Closed) -> str:
    unsent = f", {event.unsent} B never sent" if event.unsent else ""
    return f"#{event.id} closed: {event.reason} (in {event.bytes_in} B, out {event.bytes_out} B{unsent})"


def _skipped(event: Skipped) -> str:
    others = ", ".join(f"{number:,} {tag}" for tag, number in event.lifecycle.items())
    return f"skipped {event.messages:,} messages ({event.bytes:,} B)" + (f" and events: {others}" if others else "")
