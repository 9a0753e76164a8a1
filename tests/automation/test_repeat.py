"""Sending repeatedly: plans, their timing, and the keys that start and stop it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from tests.support.console import console
from tests.support.scheduler import FakeTime, make_jobs
from tests.support.scripted import BASE, closed, connected, listening, shows, until
from tests.support.typed import PLAN_PARTS, typed
from tuiserver.automation.job_list import JobList
from tuiserver.automation.placeholders import MessageCounter, read
from tuiserver.automation.repeat import Plan, PlanError, RepeatRequest, read_plan
from tuiserver.automation.template import Template
from tuiserver.core import commands, payload
from tuiserver.core.codes import RefuseCode
from tuiserver.core.events import OPERATOR, Refused, Sent, Skipped
from tuiserver.views.roster import Roster

TWO_CLIENTS = (listening(), connected(11), connected(12))


def roster_of(*ids: int) -> Roster:
    """These connections are open."""
    roster = Roster()
    for number in ids:
        roster.apply(connected(number))
    return roster


def accept(jobs: JobList, sent: list[commands.AnyCommand]) -> None:
    """The server accepts all that was sent."""
    for command in sent:
        assert isinstance(command, commands.Send)
        jobs.apply(Sent(BASE, command.id, command.data, len(command.data), OPERATOR, command.token))


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("500ms", Plan(0.5)),
        ("500", Plan(0.5)),
        ("1s x10", Plan(1.0, 10)),
        ("X3 2m ~500ms", Plan(120.0, 3, 0.5)),
        ("1ms", Plan(0.001)),
        ("24h", Plan(86_400.0)),
    ],
)
def test_a_plan_is_read(text: str, plan: Plan) -> None:
    """Interval, number of times and jitter, in any order."""
    assert read_plan(text) == plan


TOO_OFTEN = f"1s x{'9' * 400}"


@pytest.mark.parametrize(
    "text", ["", "often", "0", "x10", "1s x2.5", "1s xs", "2d", "25h", "1s ~600ms", "-1s", TOO_OFTEN]
)
def test_what_is_not_a_plan_is_refused(text: str) -> None:
    """The error says what would be right."""
    with pytest.raises(PlanError, match=r"write|at most"):
        read_plan(text)


@given(typed(*PLAN_PARTS))
def test_parsing_raises_nothing_else(text: str) -> None:
    """Any text is a plan that can be described, or refused with a `PlanError`."""
    try:
        described = read_plan(text).describe()
    except PlanError as error:
        described = str(error)
    assert described


def test_a_plan_in_words() -> None:
    """As it is shown while it is typed."""
    assert Plan(0.5, 10, 0.05).describe() == "every 500 ms, 10 times, up to 50 ms earlier or later"
    assert Plan(180.0).describe() == "every 3 min, until stopped"


def test_messages_are_sent_at_multiples_of_the_interval() -> None:
    """The first at once, each made anew, the last ends the job."""
    time, counter = FakeTime(), itertools.count(1)
    jobs, sent, reports = make_jobs(roster_of(11, 12), time)
    jobs.start(RepeatRequest(Plan(0.5, 3), (11, 12), lambda: b"%d" % next(counter)))
    assert [(command.id, command.data) for command in sent] == [(11, b"1"), (12, b"2")]  # type: ignore[union-attr]
    time.advance(0.499)
    assert len(sent) == 2
    assert jobs.describe() == "every 500 ms  1 of 3 to 2 clients"
    time.advance(0.001)
    assert len(sent) == 4
    time.advance(10.0)
    assert len(sent) == 6
    assert time.waiting == 0
    accept(jobs, sent)
    assert reports == ["Repeat finished after 3 of 3"]
    assert not jobs.running


def test_times_do_not_drift_and_missed_ones_are_skipped() -> None:
    """A timer that comes late delays nothing after it; a thread that was busy for 3.5 intervals skips those that passed."""
    time = FakeTime()
    times: list[float] = []

    def make() -> bytes:
        times.append(round(time.now() - 1_000.0, 3))
        if len(times) == 2:
            time.block(0.0353)
        return b"x"

    jobs, sent, reports = make_jobs(roster_of(1), time)
    jobs.start(RepeatRequest(Plan(0.01, 5), (1,), make))
    time.advance(0.055)
    assert jobs.describe() == "every 10 ms  4 of 5 to #1, 2 skipped"
    time.advance(0.1)
    assert times == [0.0, 0.01, 0.045, 0.05, 0.06]
    assert len(sent) == 5
    accept(jobs, sent)
    assert reports == ["Repeat finished after 5 of 5, 2 skipped"]


def test_a_message_that_cannot_be_made_any_more_ends_the_repeat() -> None:
    """A counter may grow until a length does not fit."""
    time, counter = FakeTime(), MessageCounter()
    counter.last = 8
    template = Template(payload.parse_text_parts(f"{{{{len:u8}}}}{'x' * 254}{{{{counter}}}}", read))
    jobs, sent, reports = make_jobs(roster_of(1), time)
    jobs.start(RepeatRequest(Plan(0.01), (1,), lambda: counter.fill(template)))
    time.advance(0.1)
    assert len(sent) == 1
    assert reports == ["Repeat ended after 1: 256 does not fit in u8"]
    assert time.waiting == 0


def test_jitter_does_not_add_up() -> None:
    """Every message is at most the jitter away from its multiple of the interval."""
    time = FakeTime()
    times: list[float] = []
    jobs, _, _ = make_jobs(roster_of(1), time)
    jobs.start(RepeatRequest(Plan(1.0, 0, 0.25), (1,), lambda: bytes(times.append(time.now() - 1_000.0) or 0)))
    time.advance(200.3)
    assert len(times) == 201
    offsets = [moment - number for number, moment in enumerate(times)]
    assert max(map(abs, offsets)) <= 0.25
    assert len(set(offsets)) > 100


def test_closed_targets_get_nothing_and_the_last_one_ends_the_job() -> None:
    """What is left is sent to those that are open."""
    time, roster = FakeTime(), roster_of(11, 12)
    jobs, sent, reports = make_jobs(roster, time)
    jobs.start(RepeatRequest(Plan(1.0), (11, 12), lambda: b"x"))
    roster.apply(closed(11))
    time.advance(1.0)
    assert [command.id for command in sent] == [11, 12, 12]  # type: ignore[union-attr]
    roster.apply(closed(12))
    time.advance(1.0)
    assert len(sent) == 3
    assert reports == ["Repeat ended after 2: no target is open"]
    assert not jobs.running


def test_a_repeat_is_stopped() -> None:
    """Nothing is sent after that, and it says how far it was."""
    time = FakeTime()
    jobs, sent, reports = make_jobs(roster_of(1), time)
    jobs.start(RepeatRequest(Plan(1.0, 5), (1,), lambda: b"x"))
    time.advance(2.0)
    assert jobs.stop()
    time.advance(10.0)
    assert len(sent) == 3
    assert reports == ["Repeat stopped after 3 of 5"]
    assert time.waiting == 0


def test_refused_messages_are_counted() -> None:
    """By their token; with the reason. Refusals of what others sent do not count."""
    jobs, sent, reports = make_jobs(roster_of(1), FakeTime())
    jobs.start(RepeatRequest(Plan(1.0, 5), (1,), lambda: b"x"))
    for token in (sent[0].token, sent[0].token + 1, 0):
        jobs.apply(Refused(BASE, token, 1, RefuseCode.CANNOT_SEND, "there is no request to answer"))
    assert jobs.describe() == "every 1 s  1 of 5 to #1, 1 refused (there is no request to answer)"
    jobs.stop()
    assert reports == ["Repeat stopped after 1 of 5, 1 refused (there is no request to answer)"]


def test_the_outcome_waits_for_the_last_answer() -> None:
    """Each message is accepted, refused, or its connection closes; a view that was resynchronised waits for none."""
    time = FakeTime()
    jobs, sent, reports = make_jobs(roster_of(*range(1, 5)), time)
    jobs.start(RepeatRequest(Plan(1.0, 2), (1, 2, 3, 4), lambda: b"x"))
    time.advance(1.0)
    token = sent[0].token
    assert jobs.describe() == "every 1 s  2 of 2 to 4 clients"
    for event in (
        *[Refused(BASE, token, 1, RefuseCode.CANNOT_SEND, "there is no request to answer")] * 2,
        *[Sent(BASE, 2, b"x", 1, OPERATOR, token)] * 2,
        closed(3),
    ):
        jobs.apply(event)
    assert reports == []
    jobs.apply(Skipped(BASE, 3, 30))
    assert reports == []
    jobs.apply(Skipped(BASE, 3, 30, {"sent": 2}))
    time.advance(1.0)
    assert reports == ["Repeat finished after 2 of 2, 2 refused (there is no request to answer)"]
    assert not jobs.running


def test_a_refusal_that_was_missed_is_no_success() -> None:
    """Of two that have no answer after a resynchronisation, one was refused at most; one that is refused later is counted."""
    time = FakeTime()
    jobs, sent, reports = make_jobs(roster_of(1, 2, 3), time)
    jobs.start(RepeatRequest(Plan(1.0, 1), (1, 2, 3), lambda: b"x"))
    jobs.apply(Skipped(BASE, 3, 30, {"sent": 1, "refused": 1}))
    jobs.apply(Refused(BASE, sent[0].token, 3, RefuseCode.CANNOT_SEND, "it is closing"))
    time.advance(1.0)
    lost = "1 may have been refused: answers were missed"
    assert reports == [f"Repeat finished after 1 of 1, 1 refused (it is closing), {lost}"]


@pytest.mark.slow
async def test_repeating_from_the_send_bar() -> None:
    """ctrl+y asks how often; the repeat is shown, and stopped with ctrl+g, from everywhere."""
    async with console(*TWO_CLIENTS, size=(140, 40)) as (_, link, pilot):
        await pilot.press("s", *"hi", "ctrl+y")
        await shows(pilot, "send to #12 every")
        await pilot.press("ctrl+u", *"often")
        await shows(pilot, '"often" is not understood: write 500ms x10 ~50ms')
        await pilot.press("ctrl+u", *"20ms")
        await shows(pilot, "every 20 ms, until stopped")
        await pilot.press("enter", "escape", "1")
        await until(pilot, lambda: len(link.commands) >= 3)
        await shows(pilot, "every 20 ms")
        await shows(pilot, "^g stop")
        await pilot.press("ctrl+g")
        await shows(pilot, "Repeat stopped after")
        count = len(link.commands)
        assert {(command.id, command.data) for command in link.commands} == {(12, b"hi\n")}  # type: ignore[union-attr]
        await pilot.pause(0.06)
        assert len(link.commands) == count
        await pilot.press("ctrl+g")
        await shows(pilot, "no repeat or file transfer is running")


@pytest.mark.slow
async def test_each_repetition_has_its_number_and_its_checksum() -> None:
    """What is typed once is filled in anew for each message."""
    async with console(*TWO_CLIENTS) as (_, link, pilot):
        await pilot.press("s", "ctrl+t", *"01{", "{", *"counter:u8", "}", "}", "{", "{", *"crc:modbus", "}", "}")
        await pilot.press("ctrl+y", "ctrl+u", *"1ms x3", "enter")
        await until(pilot, lambda: len(link.commands) == 3)
    sent = [command.data.hex(" ") for command in link.commands if isinstance(command, commands.Send)]
    assert sent == ["01 01 c1 e0", "01 02 81 e1", "01 03 40 21"]


async def test_repeating_to_several_targets_ends_with_them() -> None:
    """The question counts them; when none is open any more it ends."""
    async with console(*TWO_CLIENTS, size=(140, 40)) as (_, link, pilot):
        await pilot.press("s", "ctrl+o", *"hi", "ctrl+y")
        await shows(pilot, "send to 2 connections every")
        await pilot.press("ctrl+u", *"10ms", "enter")
        await until(pilot, lambda: len(link.commands) >= 4)
        link.feed(closed(11))
        await shows(pilot, "1 open")
        before = len(link.commands)
        await until(pilot, lambda: len(link.commands) > before + 2)
        assert all(isinstance(command, commands.Send) and command.id == 12 for command in link.commands[before + 1 :])
        await shows(pilot, "to 2 clients")
        link.feed(closed(12))
        await shows(pilot, "no target is open")
