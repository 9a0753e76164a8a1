"""Faults of the console itself: each is a toast and a line in the log, and the console goes on.

    class Console(TolerantApp): ...
    app.report_fault(error)                  # what a handler raised

Rules of this file:
- A handler, action, timer or callback that raises costs what it was doing and nothing else: its widget goes on.
- If faults come and no frame can be displayed between them, the screen itself has failed: the app ends with `failure`, and
  `run.py` offers to open it again. So does a fault before the first frame.
- Textual would end the app, or the widget: it has no public way to change that, so its private methods are overridden here
  and nowhere else.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget

from tuiserver.console.models.error_toast import DURATION, ErrorToast

FAULTS = 10
"""Faults without a frame in between after which the screen has failed, if they also took `SECONDS`."""
SECONDS = 1.0
LOG_INTERVAL = 10.0
"""Seconds until the same fault is logged again."""

Log = Callable[[str, str, str], object]
"""Logs one line: its level, its text, and a detail such as a traceback."""


def describe(error: BaseException) -> str:
    """An exception on one line, also one whose `str()` raises."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return type(error).__name__


class TolerantApp(App[None], inherit_bindings=False):
    """An app that survives the faults of its handlers. `write_log` logs them, `fault_count` counts them.

    `failure` is what ended the app, if anything did; `left` is true once it was told to exit.
    """

    def __init__(self, write_log: Log) -> None:
        super().__init__()
        self.failure: BaseException | None = None
        self.left = False
        self.fault_count = 0
        self._write_log = write_log
        self._logged: dict[str, float] = {}
        self._toast = ErrorToast()
        self._toast_due = False
        self._opened = False
        self._without_frame = 0
        self._without_frame_since = 0.0

    def report_fault(self, error: BaseException) -> None:
        """Show and log what was raised."""
        self.fault_count += 1
        if self.left or self.failure is not None:
            return
        text, now = describe(error), time.monotonic()
        if now - self._logged.get(text, -LOG_INTERVAL) >= LOG_INTERVAL:
            self._logged = {logged: at for logged, at in self._logged.items() if now - at < LOG_INTERVAL}
            self._logged[text] = now
            self._write_log("error", f"fault of the console: {text}", "".join(traceback.format_exception(error)))
        if self._without_frame == 0:
            self._without_frame_since = now
        self._without_frame += 1
        if self._without_frame >= FAULTS and now - self._without_frame_since >= SECONDS:
            self.fail(error)
            return
        self._toast.add(f"fault of the console: {text}", now)
        with suppress(Exception):  # A fault of the toasts counts as one of the screen, at the next frame.
            if not self._toast_due:  # The toolkit stacks those of a burst.
                self._toast_due = True
                self.call_next(self._show_toast)
            self.screen.refresh()  # What was to be drawn may be lost; so the next frame shows whether the screen can be drawn.

    def _show_toast(self) -> None:
        self._toast_due = False
        self.clear_notifications()
        self.notify(self._toast.take(), severity="error", timeout=DURATION, markup=False)

    def fail(self, error: BaseException) -> None:
        """End the app: the screen cannot go on."""
        self.failure = self.failure or error
        self._close_messages_no_wait()

    def exit(self, *args: Any, **options: Any) -> None:
        """As in Textual."""
        self.left = True
        super().exit(*args, **options)

    def on_load(self) -> None:
        """Report what callbacks of the event loop raise."""
        loop = asyncio.get_running_loop()

        def on_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            if isinstance(error := context.get("exception"), Exception):
                self.report_fault(error)
            else:
                loop.default_exception_handler(context)

        loop.set_exception_handler(on_error)

    # -- what Textual calls -------------------------------------------------------------------------------------------

    def _register(self, parent: DOMNode, *widgets: Widget, **options: Any) -> list[Widget]:
        for widget in widgets:
            _survive(widget, self.report_fault)
        return super()._register(parent, *widgets, **options)

    def _start_widget(self, parent: Widget, widget: Widget) -> None:
        _survive(widget, self.report_fault)
        super()._start_widget(parent, widget)

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            if not self._opened:
                raise
            self.report_fault(error)
        else:
            self._opened = self._opened or isinstance(message, events.Mount)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        before = self.fault_count
        super()._display(screen, renderable)
        if self.fault_count == before:
            self._without_frame = 0

    def _handle_exception(self, error: Exception) -> None:
        if self._opened:
            self.report_fault(error)
        else:
            self.fail(error)

    def panic(self, *renderables: object) -> None:
        """The thread that reads the terminal has ended."""
        self.fail(RuntimeError("the terminal cannot be read"))


def report(app: App[Any], error: Exception) -> None:
    """Report a fault to an app that survives it; raise it in another one."""
    if not isinstance(app, TolerantApp):
        raise error
    app.report_fault(error)


def _survive(pump: MessagePump, report: Callable[[BaseException], object]) -> None:
    """Let the message loop of a widget go on after a handler has raised."""
    if "_dispatch_message" in vars(pump):
        return
    dispatch = pump._dispatch_message

    async def dispatch_message(message: Message) -> None:
        try:
            await dispatch(message)
        except Exception as error:
            report(error)

    pump._dispatch_message = dispatch_message  # type: ignore[method-assign]
