"""Sending files: what can be sent, flow control, how a transfer may end, and many targets at once."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.support.scheduler import FakeTime, make_jobs
from tests.support.scripted import BASE, closed, connected
from tuiserver.automation.file_sending import (
    CHUNK,
    MAX_MESSAGE,
    MAX_QUEUED,
    TOTAL_WINDOW,
    WINDOW,
    FileError,
    FileRequest,
    sendable_size,
)
from tuiserver.core import commands
from tuiserver.core.codes import RefuseCode
from tuiserver.core.events import (
    OPERATOR,
    AnyEvent,
    Connected,
    Inspected,
    Noted,
    Refused,
    Sent,
    Skipped,
    Totals,
    Traffic,
)
from tuiserver.views.roster import Roster


class FakeServer:
    """A server of scripted clients: it accepts what the jobs send, and its clients read when the test says so."""

    def __init__(self, time: FakeTime | None = None, **protocols: str) -> None:
        """`c12="http"`: a client with the id 12 whose protocol is http. `raw` and the empty protocol have no messages."""
        self.roster = Roster()
        for name, protocol in protocols.items():
            self.roster.apply(
                Connected(BASE, int(name[1:]), "peer", "local", "tcp://local", protocol, protocol not in ("raw", ""))
            )
        self.buffers = dict.fromkeys(self.roster.clients, b"")
        self.read = dict.fromkeys(self.roster.clients, b"")
        self.max_unsent = self.max_total = 0
        self.jobs, self._sent, self.reports = make_jobs(self.roster, time or FakeTime())

    @property
    def pending(self) -> list[commands.Send]:
        """The commands that the server has not seen yet."""
        return [command for command in self._sent if isinstance(command, commands.Send)]

    def accept(self, limit: int = 1 << 30) -> None:
        """Take what was sent into the send buffers, and say so."""
        taken, self._sent[:] = self.pending[:limit], self.pending[limit:]
        for command in taken:
            self.buffers[command.id] += command.data
        self.max_unsent = max(self.max_unsent, *map(len, self.buffers.values()))
        self.max_total = max(self.max_total, sum(map(len, self.buffers.values())))
        for command in taken:
            self.apply(Sent(BASE, command.id, command.data[:9], len(command.data), OPERATOR, command.token))

    def accept_unseen(self) -> None:
        """Take what was sent; the events about it are lost."""
        for command in self.pending:
            self.buffers[command.id] += command.data
        self._sent.clear()

    def drain(self, *ids: int, size: int = 1 << 30) -> None:
        """These clients read; the totals follow."""
        for number in ids:
            self.read[number] += self.buffers[number][:size]
            self.buffers[number] = self.buffers[number][size:]
        self.apply(Traffic(BASE, tuple(Totals(number, 0, 0, 0, 0, len(self.buffers[number])) for number in ids)))

    def apply(self, event: AnyEvent) -> None:
        """Emit an event."""
        self.jobs.apply(event)
        self.roster.apply(event)


@pytest.fixture
def make_file(tmp_path: Path) -> Callable[[int], Path]:
    """Makes a file of so many bytes, none of them like its neighbours."""

    def make(size: int) -> Path:
        path = tmp_path / "f.bin"
        path.write_bytes((bytes(range(251)) * (size // 251 + 1))[:size])
        return path

    return make


def test_what_can_be_sent(tmp_path: Path, make_file: Callable[[int], Path]) -> None:
    """A regular file; for anything else the error says why not."""
    assert sendable_size(make_file(3)) == 3
    os.mkfifo(tmp_path / "pipe")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "socket"))
    server.close()
    for bad, words in (
        (tmp_path, "^is a folder$"),
        (tmp_path / "y", "^no such file or directory$"),
        (Path("a\0b"), "^not a path$"),
        (tmp_path / "pipe", "^not a regular file$"),
        (tmp_path / "socket", "^not a regular file$"),
    ):
        with pytest.raises(FileError, match=words):
            sendable_size(bad)


def test_a_file_that_may_not_be_read_cannot_be_sent(
    make_file: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The send bar says so before anything is sent. Root may read everything, so the answer of the system is faked."""
    monkeypatch.setattr(os, "access", lambda *args: False)
    with pytest.raises(FileError, match=r"^permission denied$"):
        sendable_size(make_file(3))


def test_a_file_that_cannot_be_sent_is_reported(tmp_path: Path) -> None:
    """It may have been deleted since it was chosen; the job ends at once."""
    server = FakeServer(c12="raw")
    server.jobs.start(FileRequest(tmp_path / "gone", (12,)))
    assert server.reports == ["gone: no such file or directory"]
    assert not server.jobs.running


def test_no_more_is_in_flight_than_a_window(make_file: Callable[[int], Path]) -> None:
    """Until the server has accepted a chunk and the peer has read it; others' messages and diagnostics change nothing."""
    server = FakeServer(c11="raw", c12="raw")
    path = make_file(3 * WINDOW + 4)
    server.jobs.start(FileRequest(path, (12,)))
    assert len(server.pending) == WINDOW // CHUNK
    assert server.jobs.describe() == "f.bin  0 of 2.9M  0 % to #12"
    server.drain(12)  # measured before the server has seen any of it
    assert len(server.pending) == WINDOW // CHUNK
    server.accept(2)
    server.apply(Sent(BASE, 12, b"by another", CHUNK, OPERATOR))
    server.apply(Sent(BASE, 12, b"by the program", CHUNK, "hello"))
    server.apply(Inspected(BASE, 12, {"unsent": 0}))
    server.drain(11)
    assert len(server.pending) == WINDOW // CHUNK - 2
    server.accept()
    assert server.pending == []
    assert server.jobs.describe() == "f.bin  983k of 2.9M  33 % to #12"
    server.drain(12, size=2 * CHUNK + 1)
    assert len(server.pending) == 2
    while server.jobs.running:
        server.accept()
        server.drain(12, size=5 * CHUNK)
    server.drain(12)
    assert server.read[12] == path.read_bytes()
    assert server.max_unsent <= WINDOW
    assert server.reports == [f"f.bin: all {3 * WINDOW + 4:,} bytes sent to #12"]


def test_a_peer_that_does_not_read_stops_only_its_own_transfer(make_file: Callable[[int], Path]) -> None:
    """It costs its share of the memory and no more; it can be stopped."""
    server = FakeServer(c11="raw", c12="raw")
    server.jobs.start(FileRequest(make_file(3 * WINDOW), (11, 12)))
    for _ in range(50):
        server.accept()
        server.drain(12)
    assert len(server.read[12]) == 3 * WINDOW
    assert len(server.buffers[11]) == WINDOW
    assert server.jobs.describe() == "f.bin  3.9M of 5.9M  66 % to 2 clients"
    server.jobs.stop()
    assert server.reports == ["f.bin: all 2,949,120 bytes sent to 1 of 2 clients (stopped: 1)"]


@pytest.mark.parametrize("clients", [40, 2_000])
def test_many_targets_share_the_memory(clients: int, make_file: Callable[[int], Path]) -> None:
    """However many there are, together they hold no more than the total window, or a small chunk each."""
    server = FakeServer(**{f"c{number}": "raw" for number in range(1, clients + 1)})
    path = make_file(20_000_000 // clients)
    server.jobs.start(FileRequest(path, (*range(1, clients + 1),)))
    while server.jobs.running:
        server.accept()
        server.drain(*range(1, clients + 1))
    assert server.max_total <= max(TOTAL_WINDOW, clients * 4096)
    server.drain(*range(1, clients + 1))
    assert set(server.read.values()) == {path.read_bytes()}
    assert server.reports == [f"f.bin: all {20_000_000 // clients:,} bytes sent to {clients:,} clients"]


def _closed(server: FakeServer, path: Path) -> None:
    server.apply(closed(12))


def _stopped(server: FakeServer, path: Path) -> None:
    server.jobs.stop()


def _shorter(server: FakeServer, path: Path) -> None:
    os.truncate(path, 10)
    server.accept()
    server.drain(12)


def _refused(server: FakeServer, path: Path) -> None:
    token = server.pending[0].token
    server.apply(Noted(BASE, "warning", "not sent to #12: a note decides nothing", 12))
    server.apply(Refused(BASE, token + 1_000, 12, RefuseCode.CANNOT_SEND, "the command of another"))
    assert server.jobs.running
    server.apply(Refused(BASE, token, 12, RefuseCode.CANNOT_SEND, "there is no request to answer"))


@pytest.mark.parametrize(
    ("end", "report"),
    [
        (_closed, "the connection closed (0 of 1,966,080 bytes sent to #12)"),
        (_stopped, "stopped (0 of 1,966,080 bytes sent to #12)"),
        (_shorter, "the file has become shorter (983,040 of 1,966,080 bytes sent to #12)"),
        (_refused, "there is no request to answer (0 of 1,966,080 bytes sent to #12)"),
    ],
)
def test_how_a_transfer_may_end(
    end: Callable[[FakeServer, Path], None], report: str, make_file: Callable[[int], Path]
) -> None:
    """Its reason and how far it was are reported once; nothing is sent after that."""
    server = FakeServer(c12="raw")
    path = make_file(2 * WINDOW)
    server.jobs.start(FileRequest(path, (12,)))
    end(server, path)
    assert server.reports == [f"f.bin: {report}"]
    assert not server.jobs.running
    sent = len(server.pending)
    server.apply(Traffic(BASE, (Totals(12, 0, 0, 0, 0, 0),)))
    server.jobs.stop()
    assert (len(server.pending), len(server.reports)) == (sent, 1)


def test_a_disk_that_fails_ends_it(make_file: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The report has the error of the system."""

    class BrokenFile:
        def __init__(self, file: BinaryIO) -> None:
            self.close, self.seek = file.close, file.seek

        def read(self, size: int) -> bytes:
            raise OSError(5, "Input/output error")

    path = make_file(CHUNK)
    server = FakeServer(c12="raw")
    with path.open("rb") as file:
        monkeypatch.setattr(Path, "open", lambda *args, **named: BrokenFile(file))
        server.jobs.start(FileRequest(path, (12,)))
    assert server.reports == ["f.bin: input/output error (0 of 65,536 bytes sent to #12)"]


def test_a_view_that_was_resynchronised_goes_on(make_file: Callable[[int], Path]) -> None:
    """It may have missed that its chunks were accepted: they were, unless they are refused now. No refusal is missing."""
    time = FakeTime()
    server = FakeServer(time, c12="raw")
    path = make_file(WINDOW + 1)
    server.jobs.start(FileRequest(path, (12,)))
    server.accept_unseen()
    server.apply(Skipped(BASE, 5, 50, {"sent": 15}))
    server.apply(connected(12))
    assert server.pending == []
    time.advance(1.0)
    assert server.jobs.running
    server.drain(12)
    server.accept()
    assert server.reports == [f"f.bin: all {WINDOW + 1:,} bytes sent to #12"]


@pytest.mark.parametrize("answered_later", [False, True])
def test_a_refusal_that_was_missed_is_no_success(answered_later: bool, make_file: Callable[[int], Path]) -> None:
    """The view has missed refusals, of whatever: what has no answer may have been refused. What is answered later has not."""
    time = FakeTime()
    server = FakeServer(time, c12="raw")
    server.jobs.start(FileRequest(make_file(10), (12,)))
    server.apply(Skipped(BASE, 5, 50, {"sent": 2, "refused": 1}))
    server.apply(connected(12))
    if answered_later:
        server.accept()
    time.advance(1.0)
    unknown = "answers were missed: a part may have been refused (0 of 10 bytes sent to #12)"
    assert server.reports == [f"f.bin: {'all 10 bytes sent to #12' if answered_later else unknown}"]
    assert not server.jobs.running


def test_a_chunk_that_is_refused_after_a_resynchronisation_ends_the_transfer(make_file: Callable[[int], Path]) -> None:
    """The server got it after the snapshot: the snapshot says nothing about it."""
    time = FakeTime()
    server = FakeServer(time, c12="raw")
    server.jobs.start(FileRequest(make_file(10), (12,)))
    server.apply(Skipped(BASE, 5, 50, {"sent": 2}))
    server.apply(connected(12))
    server.apply(Refused(BASE, server.pending[0].token, 12, RefuseCode.CANNOT_SEND, "cannot send to #12"))
    time.advance(1.0)
    assert server.reports == ["f.bin: cannot send to #12 (0 of 10 bytes sent to #12)"]


def test_a_connection_that_closed_unseen_is_not_waited_for(make_file: Callable[[int], Path]) -> None:
    """Its `Closed` is among what the view missed: it is not part of the snapshot, and the others get the whole file."""
    time = FakeTime()
    server = FakeServer(time, c1="raw", c2="raw", c3="http")
    path = make_file(WINDOW + 1)
    server.jobs.start(FileRequest(path, (1, 2, 3)))
    server.accept_unseen()
    server.apply(Skipped(BASE, 5, 50, {"sent": 31, "closed": 2}))
    server.apply(connected(1))
    time.advance(1.0)
    assert server.jobs.running
    server.drain(1)
    server.accept()
    assert server.reports == [
        f"f.bin: all {WINDOW + 1:,} bytes sent to 1 of 3 clients (the connection closed: 2)",
    ]
    assert not server.jobs.running


def test_a_protocol_with_messages_gets_the_file_as_one_message(make_file: Callable[[int], Path]) -> None:
    """Larger than any window; it is complete when the server has accepted it."""
    server = FakeServer(c12="http")
    path = make_file(5 * WINDOW)
    server.jobs.start(FileRequest(path, (12,)))
    assert [command.data for command in server.pending] == [path.read_bytes()]
    assert server.jobs.running
    server.accept()
    assert server.reports == [f"f.bin: all {5 * WINDOW:,} bytes sent to #12"]


def test_a_file_too_large_for_a_message_is_refused(tmp_path: Path) -> None:
    """Reported once for all of them, when it starts; the other targets get it."""
    path = tmp_path / "f.bin"
    with path.open("wb") as file:
        file.truncate(MAX_MESSAGE + 1)
    server = FakeServer(c1="raw", c2="http", c3="line", c4="raw", c5="raw", c6="")
    server.jobs.start(FileRequest(path, (*range(1, 8),)))
    assert server.reports == ["f.bin is not sent to 2 clients: 10.5M, but a message can have 10.5M at most"]
    assert server.jobs.describe().endswith(" of 41.9M  0 % to 4 clients")
    server.apply(closed(5))
    while len(server.read[1]) < MAX_MESSAGE:
        server.accept()
        server.drain(1, 4)
    server.accept()
    assert len(server.reports) == 1
    server.jobs.stop()
    assert server.reports[1:] == [
        "f.bin: all 10,485,761 bytes sent to 2 of 4 clients (the connection closed: 1, stopped: 1)"
    ]
    server.jobs.start(FileRequest(path, (2,)))
    assert "f.bin is not sent to 1 client: " in server.reports[-1]
    assert not server.jobs.running


def test_whole_messages_to_many_wait_for_each_other(make_file: Callable[[int], Path]) -> None:
    """Peers that do not read hold no more than a bound together; those that wait go on when one has read or closed."""
    size = MAX_QUEUED // 8
    path = make_file(size)
    server = FakeServer(**{f"c{number}": "http" for number in range(1, 13)})
    server.jobs.start(FileRequest(path, (*range(1, 13),)))
    for _ in range(20):
        assert sum(len(command.data) for command in server.pending) <= max(size, TOTAL_WINDOW)
        server.accept()
    assert server.max_total == 8 * size
    assert server.jobs.running
    server.apply(closed(9))
    server.drain(1, 2)
    for _ in range(5):
        server.accept()
    server.apply(closed(3))
    server.accept()
    assert server.reports == [f"f.bin: all {size:,} bytes sent to 11 of 12 clients (the connection closed: 1)"]


def test_stopping_before_any_target_has_it_all(make_file: Callable[[int], Path]) -> None:
    """The report says that it was sent completely to none of them."""
    server = FakeServer(c11="raw", c12="raw", c13="raw")
    server.jobs.start(FileRequest(make_file(2 * WINDOW), (11, 12, 13)))
    server.apply(closed(13))
    server.jobs.stop()
    assert server.reports == ["f.bin: not completely sent to any of 3 clients (stopped: 2, the connection closed: 1)"]


def test_refusals_of_many_are_counted(make_file: Callable[[int], Path]) -> None:
    """Their texts name the connection; the report counts them."""
    server = FakeServer(c1="http", c2="http", c3="http")
    server.jobs.start(FileRequest(make_file(3), (1, 2, 3)))
    for command in server.pending[:2]:
        text = f"not sent to #{command.id}: there is no request to answer"
        server.apply(Refused(BASE, command.token, command.id, RefuseCode.CANNOT_SEND, text))
    server.accept()
    assert server.reports == ["f.bin: all 3 bytes sent to 1 of 3 clients (refused: 2)"]


def test_targets_that_have_closed_get_nothing(make_file: Callable[[int], Path]) -> None:
    """When none is left it says so."""
    server = FakeServer(c12="raw")
    server.apply(closed(12))
    server.jobs.start(FileRequest(make_file(3), (12, 13)))
    assert (server.pending, server.reports) == ([], ["f.bin: no target is open"])
