"""Reads what is typed and pasted into the terminal, and notices that the terminal is gone.

Rules of this file:
- A terminal that is gone is told by what a read returns: the end of its input, or an error (EIO). Reading ends with it.
- No input ends reading: bytes that are not UTF-8 become U+FFFD.
"""

from __future__ import annotations

import os
import select
from codecs import getincrementaldecoder
from collections.abc import Callable

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

READ_SIZE = 4096
TICK = 0.1
"""Seconds after which an escape that nothing follows is the key, and after which reading ends when the app does."""


def driver_with_hangup(hung_up: Callable[[], object]) -> type[LinuxDriver]:
    """The class of a driver that calls `hung_up` once, from its input thread, when the terminal is gone."""

    class TerminalDriver(LinuxDriver):
        """Textual's driver for terminals, with its own reading."""

        def run_input_thread(self) -> None:
            """Pass what is read to the app, until the app or the terminal ends."""
            parser = XTermParser(self._debug)
            decode = getincrementaldecoder("utf-8")(errors="replace").decode
            while not self.exit_event.is_set():
                events: list[Message] = []
                if select.select([self.fileno], [], [], TICK)[0]:
                    try:
                        data = os.read(self.fileno, READ_SIZE)
                    except BlockingIOError:  # another process has set O_NONBLOCK, and has read it
                        continue
                    except OSError:
                        data = b""
                    if not data:
                        hung_up()
                        return
                    if text := decode(data):  # to the parser, an empty text is the end
                        events += parser.feed(text)
                for event in (*events, *parser.tick()):
                    self.process_message(event)

    return TerminalDriver
