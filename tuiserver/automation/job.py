"""The interface of a background job: something that sends to connections until it is finished or stopped.

    class Heartbeat:                                 # a `Job`
        def __init__(self, request: HeartbeatRequest, context: JobContext) -> None: ...

Rules of this file:
- A job learns what happened from the events passed to `apply`, never from the commands it sent.
- A job knows time only by `JobContext.now` and `JobContext.schedule`, and the server only by events and commands.
- A job that ends in the callback of a timer calls `JobContext.on_done`. After `start`, `stop` and `apply` the list checks
  `done` itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from tuiserver.core.commands import AnyCommand
from tuiserver.core.events import AnyEvent
from tuiserver.views.roster import Roster

SNAPSHOT_TIMEOUT = 1.0
"""Seconds after which a view that has missed events knows the present state, and has the answers to what it sent before."""


class Timer(Protocol):
    """A callback that is scheduled, such as an `asyncio.TimerHandle`."""

    def cancel(self) -> object:
        """Do not call it."""


class JobContext(NamedTuple):
    """Everything a job may use."""

    send: Callable[[AnyCommand], object]
    """Passes a command to the server."""
    roster: Roster
    """The connections as this watcher knows them."""
    report: Callable[[str], object]
    """Shows one line to the operator."""
    now: Callable[[], float]
    """Monotonic time in seconds."""
    schedule: Callable[[float, Callable[[], object]], Timer]
    """Calls a function after a delay in seconds, in the same thread."""
    next_token: Callable[[], int]
    """A token that no other command of this watcher has."""
    on_done: Callable[[], object]
    """To be called when the job has ended in the callback of a timer."""

    def is_open(self, connection: int) -> bool:
        """Whether a connection with this id is open."""
        client = self.roster.clients.get(connection)
        return client is not None and client.open


class Job(Protocol):
    """A background job. All methods are called in one thread and never raise."""

    @property
    def done(self) -> bool:
        """Whether it sends nothing more."""

    @property
    def outcome(self) -> str:
        """Its result as one line for the operator, once it is done. Empty if there is nothing to report."""

    def start(self) -> None:
        """Begin; called once."""

    def stop(self) -> None:
        """Send nothing more; no effect on a job that is done."""

    def apply(self, event: AnyEvent) -> None:
        """Take an event of the server."""

    def describe(self) -> str:
        """What it is doing and how far it is, in a few words."""


JobFactory = Callable[[Any, JobContext], Job]
"""Makes a job from a request of its kind; see `registry.KINDS`."""


def name_targets(ids: tuple[int, ...]) -> str:
    """`#12`, or `5 clients`."""
    return f"#{ids[0]}" if len(ids) == 1 else f"{len(ids):,} clients"
