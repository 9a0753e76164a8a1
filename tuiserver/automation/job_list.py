"""The background jobs of one console: the one place that starts, shows, stops and reports them.

    jobs = JobList(link.send, roster, report, now=time.monotonic, schedule=loop.call_later, next_token=tokens)
    jobs.start(FileRequest(path, (12, 13)))
    jobs.apply(event)                # every event of the server
    jobs.describe(); jobs.stop()     # "firmware.bin  983k of 2.9M  33 % to #12  and 1 more"

Rules of this file:
- It knows no kind of job: the registry maps a request to the job that does it.
- The outcome of every job is reported exactly once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tuiserver.automation.job import Job, JobContext, JobFactory, Timer
from tuiserver.core.commands import AnyCommand
from tuiserver.core.events import AnyEvent
from tuiserver.views.roster import Roster


class JobList:
    """The jobs that are running. The parameters are those of `JobContext`; `kinds` is the registry."""

    def __init__(
        self,
        send: Callable[[AnyCommand], object],
        roster: Roster,
        report: Callable[[str], object],
        *,
        now: Callable[[], float],
        schedule: Callable[[float, Callable[[], object]], Timer],
        next_token: Callable[[], int],
        kinds: Mapping[type[Any], JobFactory] | None = None,
    ) -> None:
        self._context = JobContext(send, roster, report, now, schedule, next_token, self._report_finished)
        self._kinds = kinds
        self._jobs: list[Job] = []

    @property
    def running(self) -> bool:
        """Whether there is a job."""
        return bool(self._jobs)

    def start(self, request: object) -> None:
        """Start a job. `request` says what to do; its type is a key of the registry, else `KeyError`."""
        if self._kinds is None:
            from tuiserver.automation.registry import KINDS  # the first frame does not wait for what it may not need

            self._kinds = KINDS
        job = self._kinds[type(request)](request, self._context)
        self._jobs.append(job)
        job.start()
        self._report_finished()

    def apply(self, event: AnyEvent) -> None:
        """Take an event of the server."""
        if self._jobs:
            for job in self._jobs:
                job.apply(event)
            self._report_finished()

    def stop(self) -> bool:
        """Stop all jobs. False when there was none."""
        was_running = self.running
        for job in self._jobs:
            job.stop()
        self._report_finished()
        return was_running

    def describe(self) -> str:
        """The job that was started first, and how many more there are; empty when there is none."""
        if not self._jobs:
            return ""
        more = f"  and {len(self._jobs) - 1} more" if len(self._jobs) > 1 else ""
        return f"{self._jobs[0].describe()}{more}"

    def _report_finished(self) -> None:
        finished = [job for job in self._jobs if job.done]
        if finished:
            self._jobs = [job for job in self._jobs if not job.done]
            for job in finished:
                if job.outcome:
                    self._context.report(job.outcome)
