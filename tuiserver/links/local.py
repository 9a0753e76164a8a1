"""A link to a server in this process: its events come through an inbox, its commands go through `call_threadsafe`."""

from __future__ import annotations

import time
from collections.abc import Callable

from tuiserver.core.commands import AnyCommand
from tuiserver.core.events import AnyEvent
from tuiserver.core.limits import Limits
from tuiserver.links.base import EVERYTHING
from tuiserver.links.inbox import Inbox
from tuiserver.worker import Worker

CONSOLE_EVENTS = 500
"""Maximum number of events that are queued for a console. It draws ten times a second; nobody can read more, and applying
more would take CPU time from the server."""
MIN_STEP = 0.5
"""Seconds by which the wall clock and the monotonic clock must differ more than before: it was set, and does not just run."""


class LocalLink:
    """A link to a server in this process."""

    capabilities = EVERYTHING

    def __init__(
        self,
        worker: Worker,
        limits: Limits | None = None,
        wall_time: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._worker = worker
        self._wall_time, self._monotonic = wall_time, monotonic
        self._offset = wall_time() - monotonic()
        self._limits = limits or worker.limits
        self._inbox: Inbox | None = None

    def open(self, wake: Callable[[], None]) -> None:
        """As `Link.open`."""
        inbox = self._inbox = Inbox(
            self._limits.view_memory,
            CONSOLE_EVENTS,
            wake,
            request_snapshot=lambda: self._worker.resynchronize_sink(inbox),
        )
        self.stepped()  # what was before is in no event
        self._worker.add_sink(inbox)

    def take(self) -> list[AnyEvent]:
        """As `Link.take`."""
        return self._inbox.take() if self._inbox is not None else []

    def send(self, command: AnyCommand) -> None:
        """As `Link.send`."""
        self._worker.loop.call_threadsafe(self._worker.handle, command)

    def clock(self) -> float:
        """As `Link.clock`."""
        return self._wall_time()

    def stepped(self) -> float:
        """As `Link.stepped`."""
        offset = self._wall_time() - self._monotonic()
        seconds = offset - self._offset
        if abs(seconds) < MIN_STEP:  # the two clocks are not read at the same moment
            return 0.0
        self._offset = offset
        return seconds

    def close(self) -> None:
        """As `Link.close`."""
        inbox, self._inbox = self._inbox, None
        if inbox is not None:
            inbox.wake = None
            self._worker.remove_sink(inbox)
