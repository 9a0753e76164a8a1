"""Ends the console by a signal or a hang-up: the terminal is restored and the server stopped in order, even if the terminal
is stuck or gone.

Rules of this file:
- A terminal that is no longer read (a dead SSH session, a closed window) blocks whoever writes to it: then the server is
  stopped all the same, and the process ends without restoring the screen.
- A terminal that is gone counts as SIGHUP, also where no signal comes (in another session, or behind a wrapper): the driver,
  which reads it, reports that.
- Where the parent ignores SIGHUP (`nohup`), so do we.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

PATIENCE = 3.0
"""Seconds that the console may take to restore the terminal."""


def terminal_fd() -> int:
    """The descriptor on which the terminal is read: beside a program, `sys.__stdin__` is the only one."""
    return sys.__stdin__.fileno() if sys.__stdin__ is not None else 0


@contextmanager
def exit_on_signals(leave: Callable[[], object], stop: Callable[[], object]) -> Iterator[Callable[[], None]]:
    """Within this, SIGINT, SIGTERM, SIGHUP and the function that is returned call `leave` in the event loop; if that does
    not end the console, `stop` stops the server and the process exits. Any thread may call the function."""
    loop = asyncio.get_running_loop()
    ended = threading.Event()
    fd = terminal_fd()
    terminal = termios.tcgetattr(fd) if os.isatty(fd) else None
    earlier = {}

    def give_up() -> None:
        if ended.wait(PATIENCE):
            return
        stop()
        if terminal is not None:
            with suppress(termios.error):
                termios.tcsetattr(fd, termios.TCSANOW, terminal)
        os._exit(0)

    def end() -> None:
        threading.Thread(target=give_up, name="tuiserver-end", daemon=True).start()
        with suppress(RuntimeError):  # the loop has ended in the meantime
            loop.call_soon_threadsafe(leave)

    def on_signal(number: int, frame: FrameType | None) -> None:
        end()

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                earlier[number] = signal.signal(number, on_signal)
    try:
        yield end
    finally:
        ended.set()
        for number, handler in earlier.items():
            signal.signal(number, handler)
