"""The callbacks of a program, and the only place where each one is called.

Rules of this file:
- A callback is called inside one `try`. What it raises, `SystemExit` included, is reported and closes that connection
  only. `KeyboardInterrupt` alone passes: it comes from the user's Ctrl+C, not from the callback.
- What would never run is refused when it is registered: a coroutine function, a generator function.
- `on_message` is called by the connection, in a separate `try`: it is on the path of every message.
"""

from __future__ import annotations

import inspect
import os
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

from tuiserver.core.codes import CloseCode, NoteCode
from tuiserver.core.errors import error_words
from tuiserver.engine.loop import SLOW_TURN, Loop

if TYPE_CHECKING:
    from tuiserver.engine.connection import Connection

F = TypeVar("F", bound=Callable[..., object])

Note = Callable[..., None]
"""`note(level, text, number, detail, code)`, as `Server.note`."""

_NEVER_RUN: dict[str, Callable[[object], bool]] = {
    "a coroutine function (async def)": inspect.iscoroutinefunction,
    "an asynchronous generator function": inspect.isasyncgenfunction,
    "a generator function": inspect.isgeneratorfunction,
}
"""Functions that return an object when they are called, without running their body."""

OnConnect = Callable[["Connection"], object]
OnMessage = Callable[["Connection", Any], object]
OnEnd = Callable[["Connection"], object]
OnClose = Callable[["Connection"], object]
OnError = Callable[["Connection", BaseException], object]
OnBuffer = Callable[["Connection"], object]


def require_function(callback: object, name: str) -> None:
    """Raise `TypeError` unless `callback` is a function whose body runs when it is called."""
    if not callable(callback):
        raise TypeError(f"{name} is a function, not {type(callback).__name__}")
    for called in (callback, type(callback).__call__):
        for kind, is_kind in _NEVER_RUN.items():
            if is_kind(called):
                raise TypeError(f"{name} is {kind}, which would never run: write it with plain `def`, without `yield`")


def _ignore(connection: Connection, message: object) -> None:
    """The callback for messages until the program sets one."""


class Callbacks:
    """The callbacks that a program has set. `slowest` is the name of the callback that a slow turn is attributed to."""

    __slots__ = (
        "_loop",
        "_note",
        "buffer_drain",
        "buffer_full",
        "close",
        "connect",
        "end",
        "error",
        "message",
        "slowest",
    )

    def __init__(self, loop: Loop, note: Note) -> None:
        self._loop, self._note = loop, note
        self.connect: OnConnect | None = None
        self.message: OnMessage = _ignore
        self.end: OnEnd | None = None
        self.close: OnClose | None = None
        self.error: OnError | None = None
        self.buffer_full: OnBuffer | None = None
        self.buffer_drain: OnBuffer | None = None
        self.slowest = "on_message"

    def call(self, connection: Connection, name: str, *args: object) -> None:
        """Call `on_<name>` of the program, if it is set."""
        callback: Callable[..., object] | None = getattr(self, name)
        if callback is None:
            return
        before = self._loop.clock.monotonic()
        try:
            callback(connection, *args)
        except BaseException as error:
            self.failed(connection, f"on_{name}", error)
        if self._loop.clock.monotonic() - before > SLOW_TURN:
            self.slowest = f"on_{name}"

    def call_guarded(self, callback: Callable[..., object], *args: Any) -> None:
        """Call a function of the program that belongs to no connection: of a timer, or from another thread."""
        try:
            callback(*args)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            self.report(str(getattr(callback, "__name__", "a timer")), error)

    def failed(self, connection: Connection, name: str, error: BaseException) -> None:
        """The callback `name` raised an exception: note it, call `on_error`, and close the connection."""
        if isinstance(error, KeyboardInterrupt):
            raise error
        self.report(name, error, connection.id)
        if self.error is not None and name != "on_error":
            self.call(connection, "error", error)
        connection.close(f"{name} failed", CloseCode.CALLBACK_FAILED)

    def report(self, name: str, error: BaseException, number: int = 0) -> None:
        """Note an exception and where it was raised, with the traceback as detail."""
        frame = traceback.extract_tb(error.__traceback__)[-1:]
        where = "".join(f" ({os.path.basename(each.filename)}:{each.lineno})" for each in frame)
        detail = "".join(traceback.format_exception(error))
        self._note("error", f"{name}: {error_words(error)}{where}", number, detail, NoteCode.CALLBACK_ERROR)


class HasCallbacks(Protocol):
    """The owner of hooks: a `Worker`."""

    @property
    def callbacks(self) -> Callbacks:
        """Where the callbacks are kept."""


class Hook(Generic[F]):
    """A callback of a program: `@worker.on_message` above a function, or `worker.on_message = function`."""

    def __init__(self, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, worker: None, owner: type) -> Hook[F]: ...
    @overload
    def __get__(self, worker: HasCallbacks, owner: type) -> Callable[[F], F]: ...
    def __get__(self, worker: HasCallbacks | None, owner: type) -> Hook[F] | Callable[[F], F]:
        if worker is None:
            return self

        def register(callback: F) -> F:
            self.__set__(worker, callback)
            return callback

        return register

    def __set__(self, worker: HasCallbacks, callback: F) -> None:
        require_function(callback, f"on_{self._name}")
        setattr(worker.callbacks, self._name, callback)
