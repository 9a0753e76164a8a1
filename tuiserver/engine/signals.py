"""Stop the server by a signal, in order.

Rules of this file:
- A second SIGINT or SIGTERM ends it at once. SIGHUP often comes twice, from the kernel and from the shell: it never does.
- Under `nohup`, SIGHUP stays ignored.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tuiserver.engine.operator import STOP_TIMEOUT
from tuiserver.engine.server import Server


@contextmanager
def stop_on_signals(server: Server) -> Iterator[None]:
    """Within this, SIGINT, SIGTERM and SIGHUP stop `server`; only in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        if not server.stopping:
            server.loop.call_threadsafe(server.stop, STOP_TIMEOUT)
        elif number != signal.SIGHUP:
            server.loop.stop()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, on_signal) for number in numbers}
    # Without this, a signal that comes just before the poll sleeps would be handled when the poll next returns.
    wakeup = signal.set_wakeup_fd(server.loop.wakeup_fd, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
