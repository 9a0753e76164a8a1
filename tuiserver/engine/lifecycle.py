"""The life of a server with a thread of its own: created, bound, running, ended, in that order and once.

Rules of this file:
- What is not possible in a state raises `RuntimeError`; nothing is left undone without a word.
- Whatever ends the server, its listeners and its loop are closed.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import Any

from tuiserver.core.codes import NoteCode
from tuiserver.core.errors import error_words
from tuiserver.engine.server import Server
from tuiserver.engine.signals import stop_on_signals

STOP_GRACE = 1.0
"""Seconds that `stop` waits for the end after its time, for a callback that is running."""

NEW, BOUND, RUNNING, ENDED = "is not started", "is bound", "is running", "has ended"
"""The states of a server."""


class Lifecycle:
    """Runs `server` and its loop. `failure` is the exception that ended it, if one did.

    `shared`: somebody else may run the loop, so that a server that was bound and not started may be serving.
    """

    def __init__(self, server: Server, shared: bool) -> None:
        self._shared = shared
        self.failure: BaseException | None = None
        self._server, self._loop = server, server.loop
        self._thread: threading.Thread | None = None
        self._state, self._lock, self._ended = NEW, threading.RLock(), threading.Event()

    def require(self, verb: str, *states: str) -> None:
        """Raise `RuntimeError`, which says what it cannot be, unless it is in one of these states."""
        if self._state not in states:
            advice = ": create another one" if self._state == ENDED else ""
            raise RuntimeError(f"this worker {self._state} and cannot be {verb}{advice}")

    def bind(self, partly: bool) -> None:
        """Open the listeners, unless that is done; raises `ListenError`."""
        with self._lock:
            self.require("bound", NEW, BOUND)
            if self._state == NEW:
                self._server.bind(partly)
                self._state = BOUND

    def run(self) -> None:
        """Serve in this thread until the end; raises what ended it, if that was an exception."""
        self._begin(threading.current_thread())
        with stop_on_signals(self._server):
            self._serve()
        if self.failure is not None:
            raise self.failure

    def start(self) -> None:
        """Serve in a background thread."""
        thread = threading.Thread(target=self._serve, name="tuiserver", daemon=True)
        self._begin(thread)
        thread.start()

    def stop(self, timeout: float) -> bool:
        """Stop in any state and from any thread. Waits for the end, except in the thread that runs it; False: not ended yet."""
        with self._lock:
            if self._state == NEW or (self._state == BOUND and not self._shared):
                self._end()
                return True
        self._loop.call_threadsafe(self._server.stop, timeout)
        if self._thread is threading.current_thread() or self._state == BOUND:
            return self._state == ENDED
        return self._ended.wait(timeout + STOP_GRACE)

    def call(self, method: Callable[..., object], *args: Any) -> None:
        """Call at once before the start and after the end; while it runs, in the thread of the loop."""
        with self._lock:
            elsewhere = self._state == RUNNING or (self._state == BOUND and self._shared)
            if elsewhere and self._thread is not threading.current_thread():
                self._loop.call_threadsafe(method, *args)
            else:
                method(*args)

    def _begin(self, thread: threading.Thread) -> None:
        with self._lock:
            self.require("started", NEW, BOUND)
            self.bind(partly=False)
            self._state, self._thread = RUNNING, thread

    def _serve(self) -> None:
        try:
            self._loop.run()
        except BaseException as error:
            self.failure = error
            detail = "".join(traceback.format_exception(error))
            text = f"the server failed: {error_words(error)}"
            self._server.note("error", text, 0, detail, NoteCode.SERVER_FAILED)
        finally:
            self._end()

    def _end(self) -> None:
        try:
            self._server.close()
        finally:
            self._state = ENDED
            self._loop.close()
            self._ended.set()
