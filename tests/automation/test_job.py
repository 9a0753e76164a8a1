"""The job list: it starts, shows, stops and reports jobs without knowing what they do."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.scheduler import FakeTime, make_jobs
from tests.support.scripted import BASE, closed, connected, received
from tuiserver import automation
from tuiserver.automation.job import JobContext, Timer, name_targets
from tuiserver.core.commands import Close
from tuiserver.core.events import AnyEvent, Received
from tuiserver.views.roster import Roster


class CloseRequest(NamedTuple):
    """Close a connection when it has been silent for some seconds."""

    connection: int
    seconds: float


class CloseWhenSilent:
    """A kind of job that is only in this test: its file and one line in a registry are all it needs."""

    def __init__(self, request: CloseRequest, context: JobContext) -> None:
        self.done = False
        self.outcome = ""
        self._request, self._context = request, context
        self._timer: Timer | None = None

    def start(self) -> None:
        """Begin to wait."""
        self._timer = self._context.schedule(self._request.seconds, self._close)

    def stop(self) -> None:
        """Wait no longer."""
        self._end("was not silent")

    def apply(self, event: AnyEvent) -> None:
        """A message starts the wait again."""
        if isinstance(event, Received) and event.id == self._request.connection:
            assert self._timer is not None
            self._timer.cancel()
            self.start()

    def describe(self) -> str:
        """For the send bar."""
        return f"closes #{self._request.connection} after {self._request.seconds:g} s"

    def _close(self) -> None:
        self._context.send(Close(self._request.connection, token=self._context.next_token()))
        self._end("was silent")
        self._context.on_done()

    def _end(self, why: str) -> None:
        self.done = True
        self.outcome = f"#{self._request.connection} {why}"
        if self._timer is not None:
            self._timer.cancel()


KINDS = {CloseRequest: CloseWhenSilent}


def test_a_new_kind_of_job_is_one_file_and_one_line() -> None:
    """It gets events and time, sends commands, is shown while it runs, and its outcome is reported once."""
    time = FakeTime()
    jobs, sent, reports = make_jobs(Roster(), time, KINDS)
    assert (jobs.running, jobs.describe()) == (False, "")
    jobs.start(CloseRequest(11, 2.0))
    jobs.start(CloseRequest(12, 5.0))
    assert (jobs.running, jobs.describe()) == (True, "closes #11 after 2 s  and 1 more")
    time.advance(1.9)
    jobs.apply(received(b"hi", 11))
    time.advance(1.9)
    assert sent == []
    time.advance(0.2)
    assert sent == [Close(11, token=1)]
    assert reports == ["#11 was silent"]
    assert jobs.describe() == "closes #12 after 5 s"
    assert jobs.stop()
    assert reports == ["#11 was silent", "#12 was not silent"]
    assert (jobs.running, jobs.stop(), time.waiting) == (False, False, 0)


def test_a_request_of_an_unknown_kind_is_an_error() -> None:
    """It is a mistake in the program, so it is raised."""
    jobs, _, _ = make_jobs(Roster(), FakeTime(), KINDS)
    with pytest.raises(KeyError):
        jobs.start("not a request")
    assert not jobs.running


def test_time_is_injected() -> None:
    """No file of the jobs imports asyncio or a clock; only `{{time}}` reads the time of day."""
    for path in Path(automation.__file__).parent.glob("*.py"):
        source = path.read_text()
        assert "import asyncio" not in source, path
        assert "import time" not in source or path.name == "placeholders.py", path


def test_a_context_knows_who_is_open() -> None:
    """A connection that is unknown or closed is not."""
    roster = Roster()
    for event in (connected(11), connected(12), closed(12, at=BASE)):
        roster.apply(event)
    context = JobContext(print, roster, print, lambda: 0.0, FakeTime().schedule, lambda: 1, lambda: None)
    assert [context.is_open(connection) for connection in (11, 12, 13)] == [True, False, False]


def test_targets_are_named_or_counted() -> None:
    """One by its id, more by their number."""
    assert (name_targets((12,)), name_targets((*range(1200),))) == ("#12", "1,200 clients")
