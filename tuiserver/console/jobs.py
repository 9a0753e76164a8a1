"""What is being sent by itself: repeats and files. One place that starts, shows and stops them.

Rules of this file:
- Whatever goes by itself can be seen and stopped from anywhere; how it ended is said.
- A job ends by itself when its connection has closed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tuiserver.console.file_sending import FileError, FileSending
from tuiserver.console.repeat import Plan, Repeat
from tuiserver.events import AnyEvent
from tuiserver.link import Link
from tuiserver.roster import Roster


class Jobs:
    """The jobs. `tell` is given what goes on, in a few words; `say` what became of one."""

    def __init__(self, link: Link, roster: Roster, tell: Callable[[str], object], say: Callable[[str], object]) -> None:
        self._link, self._roster = link, roster
        self._tell, self._say = tell, say
        self._repeats: list[Repeat] = []
        self._files: list[FileSending] = []

    @property
    def running(self) -> bool:
        """Whether anything goes by itself."""
        return bool(self._repeats or self._files)

    def repeat(self, plan: Plan, ids: tuple[int, ...], make: Callable[[], bytes]) -> None:
        """Send again and again."""
        job = Repeat(plan, ids, make, self._link.send, self._alive, self._changed)
        self._repeats.append(job)
        job.start()

    def send_file(self, path: Path, number: int) -> None:
        """Send a file to one connection."""
        client = self._roster.clients.get(number)
        if client is None or not client.open:
            return
        try:
            self._files.append(FileSending(path, number, client.protocol, self._link.send))
        except FileError as error:
            self._say(f"{path.name} is not sent to #{number}: {error}")
        self._changed()

    def apply(self, event: AnyEvent) -> None:
        """Take an event of the server."""
        for job in self._files:
            job.apply(event)
        self._changed()

    def tick(self) -> None:
        """A second has passed: ask about slow peers."""
        for job in self._files:
            job.ask()
        if self.running:
            self._changed()

    def stop(self) -> bool:
        """Stop everything. False when there was nothing."""
        was = self.running
        for job in tuple(self._repeats):
            job.stop()
        for sending in tuple(self._files):
            sending.stop()
        self._changed()
        return was

    def _alive(self, number: int) -> bool:
        client = self._roster.clients.get(number)
        return client is not None and client.open

    def _changed(self) -> None:
        """Say what has ended, and show what goes on."""
        for job in [job for job in self._repeats if job.done]:
            self._repeats.remove(job)
            self._say(f"ended: {job.words}")
        for sending in [sending for sending in self._files if sending.done]:
            self._files.remove(sending)
            self._say(sending.outcome)
        words = [*(job.words for job in self._repeats), *(sending.words for sending in self._files)]
        more = f"  and {len(words) - 1} more" if len(words) > 1 else ""
        self._tell(f"{words[0]}{more}" if words else "")
