"""Runs the console until the operator leaves; if the screen fails, the server goes on and the console can be opened again.

    code = run_console(link, settings, tail)         # the caller stops the server

Rules of this file:
- Whatever happens to the screen, the terminal is restored and the link is closed.
- While there is no console, Enter opens it again; ctrl+c, a signal and the end of the terminal leave.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tuiserver.config.settings import Settings
from tuiserver.console.app import Console
from tuiserver.console.faults import Log, describe
from tuiserver.console.terminal.driver import driver_with_hangup
from tuiserver.console.terminal.signals import exit_on_signals, terminal_fd
from tuiserver.console.text.escape import escape
from tuiserver.links.base import Link
from tuiserver.outputs.tail import LogTail


def run_console(
    link: Link,
    settings: Settings,
    tail: LogTail,
    stop: Callable[[], object] = lambda: None,
    write_log: Log = lambda level, text, detail: None,
    clients: Callable[[], int | None] = lambda: 0,
) -> int:
    """Show the console until the operator leaves, or SIGINT, SIGTERM or SIGHUP arrives: 0. 1 if the server failed.

    `stop` stops the server, from any thread: it is called only if the terminal is stuck and the console cannot end.
    `clients` counts the connected clients; None if the server has failed.
    """
    while True:
        app = Console(link, settings, tail, write_log=write_log)
        _run(app, settings, stop)
        if app.failure is None:
            return 0
        description = escape(describe(app.failure), 300, app.glyphs)
        detail = "".join(traceback.format_exception(app.failure))
        write_log("error", f"the console failed: {description}", detail)
        if settings.debug:
            print(detail, end="", file=sys.__stderr__)
        count = clients()
        if count is None:
            return 1
        served = f"{count:,} client{'' if count == 1 else 's'}"
        line = (
            f"tuiserver: the console failed: {description}: the server goes on with {served} {app.glyphs.dash} "
            "Enter opens the console again, Ctrl+C stops"
        )
        if not wait_for_enter(line):
            return 0


def _run(app: Console, settings: Settings, stop: Callable[[], object]) -> None:
    """Run the app once; its `failure` tells how it ended."""

    async def run() -> None:
        with exit_on_signals(app.exit, stop) as end:
            app.driver_class = driver_with_hangup(end)
            await app.run_async(mouse=settings.mouse)

    try:
        asyncio.run(run())
    except Exception as error:
        app.failure = app.failure or error
    finally:
        app.link.close()
    if app.left:
        app.failure = None


def wait_for_enter(line: str) -> bool:
    """Print a line and wait; True for Enter, False for ctrl+c, a signal or the end of the terminal."""
    with _interrupted_by_signals(), suppress(KeyboardInterrupt, OSError):
        print(line, file=sys.__stderr__, flush=True)
        return b"\n" in os.read(terminal_fd(), 1024)
    return False


@contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise `KeyboardInterrupt`, as SIGINT does."""
    numbers = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
