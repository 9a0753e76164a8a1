"""Ends the console by a signal: the terminal is restored and the server stopped in order, even if the terminal is stuck.

Rules of this file:
- A terminal that is no longer read (a dead SSH session, a closed window) blocks every writer: the server is
  stopped anyway, and the process ends without restoring the screen.
"""

from __future__ import annotations

import asyncio
import os
import signal
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

PATIENCE = 3.0
"""Seconds that the console may take to restore the terminal."""


@contextmanager
def exit_on_signals(leave: Callable[[], object], stop: Callable[[], object]) -> Iterator[None]:
    """Within this, SIGINT, SIGTERM and SIGHUP call `leave` in the event loop; if that does not end the console, `stop` stops
    the server and the process exits."""
    loop = asyncio.get_running_loop()
    ended = threading.Event()
    terminal = termios.tcgetattr(0) if os.isatty(0) else None
    earlier = {}

    def give_up() -> None:
        if ended.wait(PATIENCE):
            return
        stop()
        if terminal is not None:
            with suppress(termios.error):
                termios.tcsetattr(0, termios.TCSANOW, terminal)
        os._exit(0)

    def on_signal(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=give_up, name="tuiserver-end", daemon=True).start()
        loop.call_soon_threadsafe(leave)

    if threading.current_thread() is threading.main_thread():
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if (number := getattr(signal, name, None)) is not None:
                earlier[number] = signal.signal(number, on_signal)
    try:
        yield
    finally:
        ended.set()
        for number, handler in earlier.items():
            signal.signal(number, handler)
