"""What is being sent by itself: repeats and files. One place that starts, shows and stops them.

Rules of this file:
- Whatever goes by itself can be seen and stopped from anywhere; how it ended is said.
- A job ends by itself when its connection has closed.
- One file to a hundred connections is told of once, when the last of them has ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from tuiserver.automation.file_sending import FileError, FileSending
from tuiserver.automation.repeat import Plan, Repeat
from tuiserver.core.events import AnyEvent
from tuiserver.links.base import Link
from tuiserver.views.roster import Roster


class Jobs:
    """The jobs. `say` is given what became of one."""

    def __init__(self, link: Link, roster: Roster, say: Callable[[str], object]) -> None:
        self._link, self._roster, self._say = link, roster, say
        self._repeats: list[Repeat] = []
        self._files: list[FileSending] = []
        self._ended: list[FileSending] = []
        """Those of which the outcome has yet to be told."""

    @property
    def running(self) -> bool:
        """Whether anything goes by itself."""
        return bool(self._repeats or self._files)

    def repeat(self, plan: Plan, ids: tuple[int, ...], make: Callable[[], bytes]) -> None:
        """Send again and again."""
        job = Repeat(plan, ids, make, self._link.send, self._alive, self.settle)
        self._repeats.append(job)
        job.start()

    def send_file(self, path: Path, ids: Sequence[int]) -> None:
        """Send a file to each of these connections."""
        refused: dict[str, list[int]] = {}
        for number in ids:
            if self._alive(number):
                protocol = self._roster.clients[number].protocol
                try:
                    self._files.append(FileSending(path, number, protocol, self._link.send))
                except FileError as error:
                    refused.setdefault(str(error), []).append(number)
        for reason, numbers in refused.items():
            whom = f"#{numbers[0]}" if len(numbers) == 1 else f"{len(numbers):,} of them"
            self._say(f"{path.name} is not sent to {whom}: {reason}")
        self.settle()

    def apply(self, event: AnyEvent) -> None:
        """Take an event of the server; `settle` follows the last of a frame."""
        for job in self._files:
            job.apply(event)

    def tick(self) -> None:
        """A second has passed: ask about slow peers."""
        for job in self._files:
            job.ask()

    def stop(self) -> bool:
        """Stop everything. False when there was nothing."""
        was = self.running
        for job in tuple(self._repeats):
            job.stop()
        for sending in tuple(self._files):
            sending.stop()
        self.settle()
        return was

    def _alive(self, number: int) -> bool:
        client = self._roster.clients.get(number)
        return client is not None and client.open

    def settle(self) -> None:
        """Say what has ended."""
        for job in [job for job in self._repeats if job.done]:
            self._repeats.remove(job)
            self._say(f"ended: {job.words}")
        for sending in [sending for sending in self._files if sending.done]:
            self._files.remove(sending)
            self._ended.append(sending)
        self._say_outcomes()

    @property
    def words(self) -> str:
        """What goes on, in a few words; empty when nothing does."""
        words = [*(job.words for job in self._repeats), *(sending.words for sending in self._files)]
        more = f"  and {len(words) - 1} more" if len(words) > 1 else ""
        return f"{words[0]}{more}" if words else ""

    def _say_outcomes(self) -> None:
        """Say what became of each file of which nothing is on its way any more."""
        under_way = {sending.path for sending in self._files}
        for path in dict.fromkeys(sending.path for sending in self._ended):
            if path not in under_way:
                those = [sending for sending in self._ended if sending.path == path]
                self._ended = [sending for sending in self._ended if sending.path != path]
                self._say(those[0].outcome if len(those) == 1 else _outcome_of(those))


def _outcome_of(those: list[FileSending]) -> str:
    """What became of one file on its way to several."""
    ends = Counter(sending.failure for sending in those)
    whole = ends.pop("", 0)
    words = [f"all {those[0].size:,} bytes sent to {whole:,}"] if whole else []
    return f"{those[0].path.name}: {', '.join([*words, *(f'{why} on the way to {n:,}' for why, n in ends.items())])}"
