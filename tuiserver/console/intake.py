"""Takes the events of the link into the models, and shows those that are errors.

    intake = Intake(context, jobs, inspector, naming.connected, report_fault)
    count = intake.take()

Rules of this file:
- Each event is applied once, in order, by roster, transcript and background jobs.
- The wall clock may be set: the roster follows before it applies the first event of the time after that.
- Repeated errors are counted in one toast. A refused command is an error only for the operator who gave it.
"""

from __future__ import annotations

from collections.abc import Callable

from tuiserver.automation.job_list import JobList
from tuiserver.console.context import Context
from tuiserver.console.models.error_toast import DURATION, ErrorToast
from tuiserver.console.panes.inspector import InspectorPane
from tuiserver.core.events import AnyEvent, Connected, Inspected, Noted, Refused, Unopened
from tuiserver.views.clock_step import follow_clock


class Intake:
    """The intake of one console."""

    def __init__(
        self,
        context: Context,
        jobs: JobList,
        inspector: InspectorPane,
        connected: Callable[[Connected], object],
        report_fault: Callable[[Exception], object],
    ) -> None:
        self._connected, self._report_fault = connected, report_fault
        self._context, self._jobs, self._inspector = context, jobs, inspector
        self._errors = ErrorToast(context.glyphs)

    def take(self) -> int:
        """Apply all events that are waiting; returns how many there were."""
        context, jobs = self._context, self._jobs
        taken = context.link.take()
        stepped, now = context.link.stepped(), context.link.clock()
        busy = jobs.running
        for event in taken:
            if stepped and abs(event.at - now) < abs(stepped) / 2:  # the first one after the step
                follow_clock(context.roster, stepped)
                stepped = 0.0
            try:
                if busy:
                    jobs.apply(event)
                context.roster.apply(event)
                context.transcript.apply(event)
                context.exchanges.apply(event)
                if type(event) is Connected:
                    self._connected(event)
                elif type(event) is Inspected:
                    self._inspector.take(event)
                elif error := self._error_of(event):
                    self._errors.add(error, context.frames.now())
            except Exception as fault:  # The other events are taken all the same.
                self._report_fault(fault)
        if stepped:
            follow_clock(context.roster, stepped)
        if text := self._errors.take():
            context.app.clear_notifications()
            context.app.notify(text, severity="error", timeout=DURATION, markup=False)
        return len(taken)

    def follow_clock(self) -> None:
        """The wall clock may have been set while there was no event."""
        if stepped := self._context.link.stepped():
            follow_clock(self._context.roster, stepped)

    def _error_of(self, event: AnyEvent) -> str:
        """What an event reports as an error; empty if nothing."""
        if type(event) is Unopened:
            return event.reason
        if type(event) is Noted and event.level == "error":
            return f"#{event.id} {event.text}" if event.id else event.text
        if type(event) is Refused and self._context.tokens.owns(event.token):
            return event.text
        return ""
