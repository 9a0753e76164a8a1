"""What is sent by itself: repeats and files, and messages that are kept or filled in."""

from __future__ import annotations

import asyncio
import io
import os
import re
import socket
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Input

from tests.support.console import console
from tests.support.scripted import BASE, ScriptedLink, closed, connected, listening, shows, until
from tests.support.serving import connect, serving
from tuiserver.automation import file_sending
from tuiserver.automation.file_sending import PIECE, WHOLE, WINDOW, FileError, FileSending, check
from tuiserver.automation.job import Jobs
from tuiserver.automation.placeholders import Expander
from tuiserver.automation.repeat import Plan, PlanError, Repeat, read_plan
from tuiserver.automation.saved import Message, Saved, SavedError
from tuiserver.config.settings import Settings
from tuiserver.console.app import Console
from tuiserver.console.dialogs.saved_messages import SavedDialog
from tuiserver.console.panes.send_bar import SendBar
from tuiserver.core import commands, payload
from tuiserver.core.events import Closed, Connected, Inspected, Noted, Sent
from tuiserver.core.payload import PayloadError
from tuiserver.links.local import LocalLink
from tuiserver.outputs.tail import LogTail
from tuiserver.views.roster import Roster
from tuiserver.worker import Worker

TWO = (listening(), connected(11), connected(12))


# -- placeholders ------------------------------------------------------------------------------------------------------


def test_placeholders_are_filled_in_each_time() -> None:
    """Time with milliseconds, a counter from 1, random digits, a UUID; spaces within the braces do not matter."""
    fill = Expander()
    text = "{{time}} {{ counter }} {{random}} {{uuid}}"
    one, two = (payload.parse_text(text, fill).decode() for _ in range(2))
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} %d [0-9a-f]{8} [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{18,}"
    assert re.fullmatch(pattern % 1, one)
    assert re.fullmatch(pattern % 2, two)
    assert one.split()[2:] != two.split()[2:]
    for _ in range(2):
        assert payload.parse_text("{{counter}}{{random}}", fill.example) == b"300c0ffee", "an example takes no number"
    assert set(payload.PLACEHOLDERS) == {"time", "counter", "random", "uuid"}


def test_braces_can_be_meant() -> None:
    """Escaped, or alone; a name that is none is refused with its place."""
    fill = Expander()
    assert payload.parse_text(r"\{{time}} {x} }}", fill) == b"{{time}} {x} }}"
    assert payload.parse_text("{{nothing}}") == b"{{nothing}}", "where nothing is filled in they are braces"
    with pytest.raises(PayloadError) as refused:
        payload.parse_text("ab{{tim}}", fill)
    assert refused.value.position == 2
    assert "{{uuid}}" in refused.value.message


@given(st.binary(max_size=60) | st.text("{}time\\", max_size=20).map(str.encode))
def test_what_is_put_into_the_line_stays_the_same_bytes(data: bytes) -> None:
    """Whatever a message holds, braces too."""
    assert payload.parse_text(payload.to_typed(data), Expander()) == data


async def test_each_target_gets_its_own() -> None:
    """The preview says that it varies; each message has its number."""
    async with console(*TWO, size=(140, 40)) as (_, link, pilot):
        await pilot.press("s", "ctrl+o", *"n{", "{", *"counter", "}", "}")
        await shows(pilot, "for example: it varies")
        await shows(pilot, "varies")
        await pilot.press("enter", "enter")
        assert link.commands == [commands.Send(11, b"n1\n"), commands.Send(12, b"n2\n")]


# -- saved messages ----------------------------------------------------------------------------------------------------


def test_a_message_is_kept_as_it_was_typed(tmp_path: Path) -> None:
    """In a file that an editor can read; under a new name, an old one, and gone when it is deleted."""
    saved = Saved(tmp_path / "messages")
    assert saved.names() == []
    message = Message("text", 'STATUS "x" \\r ä', "CRLF")
    saved.put("get status", message)
    saved.put("Zero", Message("hex", "00", "none"))
    assert saved.names() == ["get status", "Zero"]
    assert saved.get("get status") == message
    assert (tmp_path / "messages" / "get status.toml").read_text("utf-8").startswith('mode = "text"\ntext = "STATUS')
    saved.delete("get status")
    saved.delete("never there")
    assert saved.names() == ["Zero"]


@pytest.mark.parametrize("name", ["", "a/b", "../x", ".hidden", "a" * 41, "x\n", "x."])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    """Nothing is written outside the folder."""
    with pytest.raises(SavedError, match="a name has letters"):
        Saved(tmp_path).put(name, Message("text", "x"))
    assert list(tmp_path.iterdir()) == []


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    """No TOML, another kind, no such message, a folder in the way."""
    saved = Saved(tmp_path)
    (tmp_path / "a.toml").write_text("mode =")
    (tmp_path / "b.toml").write_text('mode = "loud"\ntext = "x"')
    (tmp_path / "c.toml").write_text("text = 5")
    for name, words in (
        ("a", "a.toml is broken: "),
        ("b", "mode is one of"),
        ("c", "text is in quotes"),
        ("d", "there is no"),
    ):
        with pytest.raises(SavedError, match=words):
            saved.get(name)
    (tmp_path / "file").touch()
    with pytest.raises(SavedError, match="cannot write"):
        Saved(tmp_path / "file").put("x", Message("text", "x"))
    (tmp_path / "e.toml").mkdir()
    with pytest.raises(SavedError, match="cannot read"):
        saved.get("e")
    with pytest.raises(SavedError, match="cannot delete"):
        saved.delete("e")


async def test_keeping_choosing_and_deleting(tmp_path: Path) -> None:
    """ctrl+s keeps what is typed by a name, ctrl+r lists what is kept, typing narrows it, delete asks once more."""
    async with console(*TWO, size=(100, 30)) as (app, link, pilot):
        app._saved = Saved(tmp_path)
        await pilot.press("s", "ctrl+s")
        await shows(pilot, "there is nothing to keep")
        await pilot.press(*"PING", "ctrl+n", "ctrl+s", *"ping", "enter")
        await shows(pilot, "kept as ping")
        assert app.query_one("#send-input", Input).has_focus
        app._saved.put("other", Message("hex", "00 01"))
        await pilot.press("ctrl+u", "ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, SavedDialog))
        text = await shows(pilot, "Saved messages")
        assert "other                hex  00 01" in text
        await pilot.press(*"pi", "enter")
        await until(pilot, lambda: app.query_one(SendBar).text == "PING")
        await shows(pilot, r"text + \r\n")
        await pilot.press("ctrl+r", "down", "up", "delete")
        await shows(pilot, "del again deletes other")
        await pilot.press("delete")
        await until(pilot, lambda: app._saved.names() == ["ping"])
        await pilot.press(*"zz")
        await shows(pilot, "none by that name")
        await pilot.press("backspace", "backspace", "delete", "escape")
        assert app._saved.names() == ["ping"]
        (tmp_path / "bad.toml").write_text("=")
        app._put_saved("bad")
        await shows(pilot, "bad.toml is broken")
        assert "send saved ping" in [command.title for command in app.get_system_commands(app.screen)]
        assert link.commands == []


# -- again and again ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("500ms", Plan(0.5)),
        ("500", Plan(0.5)),
        ("1s x10", Plan(1.0, 10)),
        ("X3 2m ~500ms", Plan(120.0, 3, 0.5)),
        ("1ms", Plan(0.001)),
    ],
)
def test_a_plan_is_read(text: str, plan: Plan) -> None:
    """How often, how many times, how much earlier or later, in any order."""
    assert read_plan(text) == plan


@pytest.mark.parametrize("text", ["", "often", "0", "x10", "1s x2.5", "1s xs", "2d", "25h", "1s ~600ms", "-1s"])
def test_what_is_no_plan_is_refused(text: str) -> None:
    """With what would be right."""
    with pytest.raises(PlanError, match=r"write|at most"):
        read_plan(text)


def test_a_plan_in_words() -> None:
    """As it is shown while it is typed."""
    assert Plan(0.5, 10, 0.05).words == "every 500 ms, 10 times, up to 50 ms earlier or later"
    assert Plan(180.0).words == "every 3 min, until stopped"


async def test_beats_do_not_drift_and_late_ones_are_left_out() -> None:
    """Ten beats of 10 ms end after 90 ms, whatever each takes; one that blocks costs the beats it covers."""
    sent: list[float] = []
    ended = asyncio.Event()

    def send(command: object) -> None:
        sent.append(time.monotonic())
        if len(sent) == 3:
            time.sleep(0.035)

    job = Repeat(Plan(0.01, 8, 0.002), (1,), lambda: b"x", send, lambda number: True, lambda: job.done and ended.set())
    job.start()
    await asyncio.wait_for(ended.wait(), 5)
    assert (job.sent, len(sent), job.done) == (8, 8, True)
    assert job.missed >= 2
    beats = round((sent[-1] - sent[0]) / 0.01)
    assert beats >= 7 + job.missed - 1
    assert f"8 of 8 to #1, {job.missed} too late" in job.words


async def test_repeating_from_the_send_bar() -> None:
    """ctrl+y asks how often; it is seen wherever one is, and stopped from there."""
    async with console(*TWO, size=(140, 40)) as (_, link, pilot):
        await pilot.press("s", *"hi", "ctrl+y")
        await shows(pilot, "send to #12 every")
        await pilot.press("ctrl+u", *"often")
        await shows(pilot, '"often" is not understood: write 500ms x10 ~50ms')
        await pilot.press("ctrl+u", *"20ms")
        await shows(pilot, "every 20 ms, until stopped")
        await pilot.press("enter", "escape", "1")
        await until(pilot, lambda: len(link.commands) >= 3)
        await shows(pilot, "every 20 ms")
        await shows(pilot, "^g stops")
        await pilot.press("ctrl+g")
        await shows(pilot, "ended: every 20 ms")
        count = len(link.commands)
        assert set(map(repr, link.commands)) == {repr(commands.Send(12, b"hi\n"))}
        await pilot.pause(0.06)
        assert len(link.commands) == count
        await pilot.press("ctrl+g")
        await shows(pilot, "nothing is being sent by itself")


async def test_repeating_to_more_than_one_ends_with_them() -> None:
    """The question counts them; those that have closed get nothing, and when none is left it ends."""
    async with console(*TWO, size=(140, 40)) as (_, link, pilot):
        await pilot.press("s", "ctrl+o", *"hi", "ctrl+y")
        await shows(pilot, "send to ALL 2 of them every")
        await pilot.press("ctrl+u", *"10ms", "enter")
        await until(pilot, lambda: len(link.commands) >= 4)
        link.feed(closed(11))
        await shows(pilot, "1 open")
        before = len(link.commands)
        await until(pilot, lambda: len(link.commands) > before + 2)
        assert all(command.id == 12 for command in link.commands[before + 1 :])  # type: ignore[union-attr]
        link.feed(closed(12))
        await shows(pilot, "to 2 targets")
        await shows(pilot, "ended: ")


# -- files -------------------------------------------------------------------------------------------------------------


def test_what_can_be_sent(tmp_path: Path) -> None:
    """A plain file; anything else says why not."""
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    assert check(path) == 3
    for bad, words in ((tmp_path, "it is a folder"), (tmp_path / "y", "no such file"), (Path("a\0b"), "no path")):
        with pytest.raises(FileError, match=words):
            check(bad)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="no plain file"):
        check(tmp_path / "pipe")


def test_no_more_waits_than_a_window(tmp_path: Path) -> None:
    """It hands over a window, asks, and goes on with what has room; a peer that does not read stops it."""
    path = tmp_path / "firmware.bin"
    data = bytes(range(256)) * (3 * WINDOW // 256) + b"tail"
    path.write_bytes(data)
    sent: list[commands.AnyCommand] = []
    sending = FileSending(path, 12, "raw", sent.append)

    def pieces() -> int:
        return sum(isinstance(command, commands.Send) for command in sent)

    def taken() -> None:
        """The server has taken what was handed over; not all that it tells of was ours."""
        nonlocal told
        for command in sent[told:]:
            if isinstance(command, commands.Send):
                sending.apply(Sent(BASE, 12, command.data[:9], len(command.data), "operator"))
        told = len(sent)
        sending.apply(Sent(BASE, 12, b"by the program", 14, "hello"))

    told = 0
    assert pieces() == WINDOW // PIECE
    assert sent[-1] == commands.Inspect(12)
    sending.apply(Inspected(BASE, 12, {"unsent": 0}))
    assert pieces() == WINDOW // PIECE  # Somebody else had asked, before all this was taken.
    taken()
    sending.apply(Inspected(BASE, 12, {"unsent": WINDOW}))
    sending.apply(Inspected(BASE, 11, {"unsent": 0}))
    assert pieces() == WINDOW // PIECE
    assert sending.words == "firmware.bin  983k of 2.9M  33 % to #12"
    sending.apply(Inspected(BASE, 12, {"unsent": WINDOW - 2 * PIECE - 1}))
    assert pieces() == WINDOW // PIECE + 2
    while not sending.done:
        taken()
        sending.ask()
        sending.apply(Inspected(BASE, 12, {"unsent": 0}))
    assert b"".join(command.data for command in sent if isinstance(command, commands.Send)) == data
    assert sending.outcome == f"firmware.bin: all {len(data):,} bytes sent to #12"
    sending.stop()
    assert sending.failure == ""


@pytest.mark.parametrize("how", ["closed", "stopped", "shorter", "refused", "gone"])
def test_how_a_file_may_end(tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection closes, the operator stops it, the file changes, the protocol refuses, the disk fails."""
    path = tmp_path / "x"
    path.write_bytes(b"x" * 2 * WINDOW)
    sending = FileSending(path, 12, "raw", lambda command: None)
    sending.apply(Sent(BASE, 12, b"x", WINDOW, "operator"))
    look = Inspected(BASE, 12, {"unsent": 0})

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    if how == "closed":
        sending.apply(closed(12))
    elif how == "stopped":
        sending.stop()
    elif how == "shorter":
        path.write_bytes(b"")
        sending.apply(look)
    elif how == "refused":
        sending.apply(Noted(BASE, "warning", "not sent to #12: there is no request to answer", 12))
    else:
        sending._file.close()  # type: ignore[union-attr]
        monkeypatch.setattr(sending, "_file", Broken())
        sending.apply(look)
    words = {
        "closed": "the connection closed",
        "shorter": "the file has become shorter",
        "refused": "there is no request",
        "gone": "input/output",
    }
    assert sending.done
    assert words.get(how, "stopped" if how == "stopped" else "") in sending.failure
    assert sending.failure in sending.outcome


def test_a_protocol_with_messages_gets_it_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one answer, or not at all."""
    monkeypatch.setattr(file_sending, "WHOLE", 200_000)
    path = tmp_path / "page.html"
    path.write_bytes(b"x" * 200_000)
    sent: list[commands.AnyCommand] = []
    assert FileSending(path, 12, "http", sent.append).done
    assert sent == [commands.Send(12, b"x" * 200_000)]
    path.write_bytes(b"x" * 200_001)
    with pytest.raises(FileError, match="too many for one answer"):
        FileSending(path, 12, "http", sent.append)


async def test_the_mode_file(tmp_path: Path) -> None:
    """Its size is shown, a wrong path is marked; enter sends it, and in the end it is said what went."""
    path = tmp_path / "f.bin"
    path.write_bytes(b"\x00\x01\x02")
    async with console(*TWO, size=(140, 40)) as (app, link, pilot):
        await pilot.press("s", "ctrl+t", "ctrl+t")
        await shows(pilot, "SEND to #12  file")
        bar = app.query_one(SendBar)
        bar._put(str(tmp_path / "gone"))
        await shows(pilot, "no such file or directory")
        await pilot.press("enter", "ctrl+y")
        assert link.commands == []
        bar._put(f"@{path}")
        await shows(pilot, "3 bytes")
        await pilot.press("enter")
        await until(pilot, lambda: link.commands == [commands.Send(12, b"\x00\x01\x02")])
        await shows(pilot, "f.bin: all 3 bytes sent to #12")
        await pilot.press("up")
        assert bar.text == f"@{path}"
        await pilot.press("ctrl+t")
        await shows(pilot, "SEND to #12  text")


async def test_a_file_to_many_is_told_of_once(tmp_path: Path) -> None:
    """What could not begin, how far it is, and what became of it: a line each, however many there are."""
    path = tmp_path / "f.bin"
    with path.open("wb") as file:
        file.truncate(WHOLE + 1)
    said: list[str] = []
    roster = Roster()
    for number in range(1, 8):
        roster.apply(Connected(BASE, number, "peer", "here", "tcp://here", "http" if number > 5 else "raw"))
    link = ScriptedLink()
    jobs = Jobs(link, roster, said.append)
    jobs.send_file(path, tuple(range(1, 9)))
    assert said == ["f.bin is not sent to 2 of them: 10.5M are too many for one answer: 10.5M at most"]
    assert jobs.words.endswith("% to #1  and 4 more")
    jobs.apply(Closed(BASE, 2, "peer closed", 0, 0, 0, 0))
    jobs.settle()
    while len(jobs._files) > 2:
        for number in (1, 3):
            jobs.apply(Sent(BASE, number, b"", WINDOW, "operator"))
            jobs.apply(Inspected(BASE, number, {"unsent": 0}))
        jobs.settle()
    assert len(said) == 1
    jobs.stop()
    assert said[1:] == [
        "f.bin: all 10,485,761 bytes sent to 2, the connection closed on the way to 1, stopped on the way to 2"
    ]
    assert jobs.words == ""


async def test_what_goes_by_itself_leaves_room_for_how_to_stop_it(tmp_path: Path) -> None:
    """Beside a long name of the target too. To quit while it goes is no fault."""
    path = tmp_path / "firmware-of-a-long-name.bin"
    path.write_bytes(bytes(3 * WINDOW))
    async with console(*TWO) as (app, _, pilot):
        await pilot.press("s", "ctrl+t", "ctrl+t", "ctrl+o", "ctrl+n")
        app._jobs.send_file(path, (11, 12))
        text = await shows(pilot, "^g stops")
        assert "SEND to ALL 2" in text


async def test_a_large_file_reaches_a_slow_reader(tmp_path: Path) -> None:
    """Over a real server: every byte in order, with progress on the screen, never more than a window in our buffer."""
    path = tmp_path / "big.bin"
    data = bytes(range(256)) * 40_000
    path.write_bytes(data)
    worker = Worker("127.0.0.1:0")
    with serving(worker), connect(worker) as client:
        app = Console(LocalLink(worker), Settings(), LogTail(None))
        async with app.run_test(size=(140, 40), notifications=True) as pilot:
            await until(pilot, lambda: app.roster.open == 1)
            app._jobs.send_file(path, (1,))
            await shows(pilot, "% to #1")
            client.setblocking(False)
            got = bytearray()
            most = 0
            deadline = time.monotonic() + 20
            while len(got) < len(data):
                assert time.monotonic() < deadline
                try:
                    got += client.recv(1 << 20)
                except BlockingIOError:
                    await pilot.pause(0.01)
                most = max(most, *(each.unsent for each in worker.connections.values()))
            assert got == data
            assert most <= WINDOW
            await shows(pilot, "big.bin: all 10,240,000 bytes sent to #1")


def test_nothing_is_left_open(tmp_path: Path) -> None:
    """The file is closed however it ends; the name of a socket is no file."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "s"))
    server.close()
    with pytest.raises(FileError, match="no plain file"):
        FileSending(tmp_path / "s", 1, "raw", lambda command: None)
