"""Sending a file to one or many connections, no faster than each of them takes it.

    jobs.start(FileRequest(path, (12, 13)))

Rules of this file:
- Progress is measured by events: `Sent` with the token of the `Send`, and the size of the send buffer in `Traffic`. A
  `Refused` with the token ends the transfer to that connection.
- A view that was resynchronised may have missed any of them. What has no answer a second later was accepted, unless refusals are
  among what was missed: then nobody knows, and the transfer ends. Targets that are not in the snapshot have closed.
- A byte stream gets the file in chunks; a protocol with messages gets it as one message, or not at all.
- Memory is bounded by a window for each connection and one for all of them. Nothing is read ahead, and one file descriptor
  serves all targets.
"""

from __future__ import annotations

import os
import stat
from collections import Counter, deque
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tuiserver.automation.job import SNAPSHOT_TIMEOUT, JobContext
from tuiserver.automation.transfer import Transfer, Usage
from tuiserver.core.commands import Send
from tuiserver.core.events import AnyEvent, Closed, Refused, Sent, Skipped, Traffic
from tuiserver.core.numbers import size as format_size

CHUNK = 64 * 1024
"""Bytes of one `Send`."""
MIN_CHUNK = 4 * 1024
"""Bytes of one `Send` if there are so many targets that `TOTAL_WINDOW` has no full chunk for each."""
WINDOW = 15 * CHUNK
"""Bytes in flight to one connection: less than its send buffer holds before reading from it pauses (`Limits.max_buffer`)."""
TOTAL_WINDOW = 4 * 1024 * 1024
"""Bytes in flight to all targets: half of what waits for one view (`Limits.view_memory`), as every `Sent` repeats its bytes."""
MAX_QUEUED = 64 * 1024 * 1024
"""Bytes of whole messages in all send buffers; with more than that, no further message is sent."""
MAX_MESSAGE = 10 * 1024 * 1024
"""Bytes of a file that is sent as one message."""


class FileError(Exception):
    """The file cannot be sent; `str()` says why."""


class FileRequest(NamedTuple):
    """Send the file at `path` to each of `ids`."""

    path: Path
    ids: tuple[int, ...]


def sendable_size(path: Path) -> int:
    """The size in bytes of a file that can be sent; raises `FileError`."""
    try:
        found = path.stat()
    except OSError as error:
        raise FileError(_reason(error)) from None
    except ValueError:
        raise FileError("not a path") from None
    if not stat.S_ISREG(found.st_mode):
        raise FileError("is a folder" if stat.S_ISDIR(found.st_mode) else "not a regular file")
    if not os.access(path, os.R_OK):
        raise FileError("permission denied")
    return found.st_size


class FileSending:
    """The `Job` that sends a file."""

    def __init__(self, request: FileRequest, context: JobContext) -> None:
        self.outcome = ""
        self._path, self._ids = request
        self._context = context
        self._size = 0
        self._file: BinaryIO | None = None
        self._usage = Usage()
        self._transfers: dict[int, Transfer] = {}
        self._running: dict[int, Transfer] = {}
        self._waiting: deque[Transfer] = deque()
        """Connections that get the file as one message once the limits allow it."""

    @property
    def done(self) -> bool:
        """As `Job.done`."""
        return not self._running

    def start(self) -> None:
        """As `Job.start`."""
        try:
            self._size = sendable_size(self._path)
            self._file = self._path.open("rb")
        except (FileError, OSError) as error:
            reason = _reason(error) if isinstance(error, OSError) else str(error)
            self.outcome = f"{self._path.name}: {reason}"
            return
        self._add_targets()
        self._waiting += [transfer for transfer in self._running.values() if transfer.as_message]
        for transfer in tuple(self._running.values()):
            self._continue(transfer)
        self._send_waiting()
        self._finish_if_done()

    def stop(self) -> None:
        """As `Job.stop`."""
        for transfer in tuple(self._running.values()):
            self._end(transfer, "stopped")
        self._finish_if_done()

    def apply(self, event: AnyEvent) -> None:
        """As `Job.apply`."""
        if self.done:
            return
        if isinstance(event, Traffic):
            for totals in event.totals:
                if transfer := self._transfers.get(totals.id):
                    transfer.set_queued(totals.queued)
                    self._continue(transfer)
        elif isinstance(event, Skipped):
            if event.lifecycle:
                pending = {transfer: transfer.pending for transfer in self._running.values()}
                settle = partial(self._settle, pending, "refused" in event.lifecycle)
                self._context.schedule(SNAPSHOT_TIMEOUT, settle)
            return
        elif isinstance(event, (Sent, Refused, Closed)) and event.id in self._transfers:
            self._apply_to(self._transfers[event.id], event)
        else:
            return
        self._send_waiting()
        self._finish_if_done()

    def describe(self) -> str:
        """As `Job.describe`."""
        sent, total = sum(each.sent for each in self._transfers.values()), self._size * len(self._transfers)
        share = 100 * sent // total if total else 100
        target = f"#{next(iter(self._transfers))}" if len(self._transfers) == 1 else f"{len(self._transfers):,} clients"
        return f"{self._path.name}  {format_size(sent)} of {format_size(total)}  {share} % to {target}"

    # -- targets ------------------------------------------------------------------------------------------------------

    def _add_targets(self) -> None:
        """Make a transfer for each target that is open and can take the file; report the others."""
        too_large = 0
        for connection in self._ids:
            if not self._context.is_open(connection):
                continue
            as_message = self._context.roster.clients[connection].framed
            if as_message and self._size > MAX_MESSAGE:
                too_large += 1
                continue
            transfer = Transfer(connection, self._usage, as_message)
            self._transfers[connection] = self._running[connection] = transfer
        if too_large:
            whom = "1 client" if too_large == 1 else f"{too_large:,} clients"
            limits = f"{format_size(self._size)}, but a message can have {format_size(MAX_MESSAGE)} at most"
            self._context.report(f"{self._path.name} is not sent to {whom}: {limits}")
        elif not self._transfers:
            self.outcome = f"{self._path.name}: no target is open"

    def _apply_to(self, transfer: Transfer, event: Sent | Refused | Closed) -> None:
        if isinstance(event, Closed):
            self._end(transfer, "the connection closed")
            transfer.release()
        elif isinstance(event, Refused):
            if transfer.is_pending(event.token):
                self._end(transfer, event.text, "refused")
        elif transfer.acknowledge(event.token):
            self._continue(transfer)

    def _settle(self, pending: dict[Transfer, tuple[int, ...]], refusals_missed: bool) -> None:
        """What was `pending` when this view missed events, and has no answer by now, has been answered unseen.

        It was accepted if no `Refused` is among what was missed. A target that is not in the snapshot has closed.
        """
        for transfer in self._transfers.values():
            if not self._context.is_open(transfer.connection):
                self._end(transfer, "the connection closed")
                transfer.release()
        for transfer, tokens in pending.items():
            unanswered = [token for token in tokens if transfer.is_pending(token)]
            if unanswered and refusals_missed:
                self._end(transfer, "answers were missed: a part may have been refused", "answers missed")
            for token in unanswered:
                transfer.acknowledge(token)
            self._continue(transfer)
        self._send_waiting()
        self._finish_if_done()
        self._context.on_done()

    def _end(self, transfer: Transfer, failure: str = "", cause: str = "") -> None:
        transfer.end(failure, cause)
        self._running.pop(transfer.connection, None)

    # -- the file -----------------------------------------------------------------------------------------------------

    def _continue(self, transfer: Transfer) -> None:
        """Send as many chunks as the window allows; end when the server has accepted the whole file."""
        if transfer.done:
            return
        if transfer.sent == self._size:
            self._end(transfer)
            return
        window = min(WINDOW, max(MIN_CHUNK, TOTAL_WINDOW // len(self._running)))
        chunk = min(CHUNK, window)
        while transfer.offset < self._size and not transfer.as_message and not transfer.done:
            if transfer.in_flight and transfer.in_flight + chunk > window:
                break
            self._send(transfer, self._read(transfer, chunk))

    def _send_waiting(self) -> None:
        """Send the file as one message to those that wait, while the limits allow it."""
        data = b""
        while self._waiting and self._can_send_message():
            transfer = self._waiting.popleft()
            if not transfer.done:
                data = data or self._read(transfer, self._size)
                self._send(transfer, data)

    def _can_send_message(self) -> bool:
        """Whether the limits on unaccepted and on buffered bytes allow one more message."""
        usage = self._usage
        return (not usage.unacknowledged or usage.unacknowledged + self._size <= TOTAL_WINDOW) and (
            not usage.in_flight or usage.in_flight + self._size <= MAX_QUEUED
        )

    def _read(self, transfer: Transfer, limit: int) -> bytes:
        """The next bytes of the file for a connection; on an error the transfer ends and the result is empty."""
        assert self._file is not None
        expected = min(limit, self._size - transfer.offset)
        try:
            self._file.seek(transfer.offset)
            data = self._file.read(expected)
        except OSError as error:
            self._end(transfer, _reason(error))
            return b""
        if len(data) < expected:
            self._end(transfer, "the file has become shorter")
            return b""
        return data

    def _send(self, transfer: Transfer, data: bytes) -> None:
        if data:
            token = self._context.next_token()
            transfer.add_pending(token, len(data))
            self._context.send(Send(transfer.connection, data, token=token))

    # -- finishing ----------------------------------------------------------------------------------------------------

    def _finish_if_done(self) -> None:
        if not self.done or self._file is None:
            return
        self._file.close()
        self._file = None
        self._waiting.clear()
        if self._transfers:
            self.outcome = f"{self._path.name}: {_summary(list(self._transfers.values()), self._size)}"


def _summary(transfers: list[Transfer], size: int) -> str:
    """The result of the transfers, as one line."""
    if len(transfers) == 1:
        only = transfers[0]
        if only.failure:
            return f"{only.failure} ({only.sent:,} of {size:,} bytes sent to #{only.connection})"
        return f"all {size:,} bytes sent to #{only.connection}"
    causes = Counter(each.cause for each in transfers)
    complete = causes.pop("", 0)
    others = ", ".join(f"{cause}: {count:,}" for cause, count in causes.items())
    if not others:
        return f"all {size:,} bytes sent to {complete:,} clients"
    if not complete:
        return f"not completely sent to any of {len(transfers):,} clients ({others})"
    return f"all {size:,} bytes sent to {complete:,} of {len(transfers):,} clients ({others})"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
