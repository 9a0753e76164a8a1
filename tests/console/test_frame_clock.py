"""When the console draws, on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from tuiserver.console.frame_clock import BUSY_INTERVAL, INTERVAL, MANY, FrameClock
from tuiserver.console.terminal.flow_control import QUESTION, FlowControl


class Screen:
    """What a frame clock is given: it records the frames, and calls what is scheduled when the test moves the clock."""

    def __init__(self) -> None:
        self.time = 100.0
        self.events = 0
        self.frames: list[float] = []
        self.drawn: list[float] = []
        self.written: list[str] = []
        self.covered = False
        self._scheduled: list[tuple[float, Callable[[], object]]] = []
        self.clock = FrameClock(
            self._take,
            lambda: self.drawn.append(self.time),
            lambda seconds, function: self._scheduled.append((self.time + seconds, function)),
            lambda function: function(),
            lambda: self.covered,
            lambda: self.time,
        )
        self.terminal = FlowControl(self.written.append, lambda: self.time)

    def _take(self) -> int:
        self.frames.append(self.time)
        return self.events

    def advance(self, seconds: float) -> None:
        """Move the clock, and call what is due at its time."""
        end = self.time + seconds
        while due := sorted((each for each in self._scheduled if each[0] <= end), key=lambda each: each[0]):
            self._scheduled.remove(due[0])
            self.time = due[0][0]
            due[0][1]()
        self.time = end


@pytest.fixture
def screen() -> Screen:
    """A screen whose first frame has been drawn a second ago."""
    screen = Screen()
    screen.clock.start(None)
    screen.advance(1)
    screen.frames.clear()
    screen.drawn.clear()
    return screen


def test_before_the_start_nothing_is_drawn() -> None:
    """Events that wait then are part of the first frame."""
    screen = Screen()
    screen.clock.wake()
    screen.advance(1)
    assert screen.frames == []
    screen.clock.start(None)
    assert screen.frames == screen.drawn == [101.0]


def test_after_a_silence_an_event_is_drawn_at_once(screen: Screen) -> None:
    """Those that follow wait for the next frame, and share it; without events there is no frame."""
    screen.clock.wake()
    screen.advance(0)
    assert screen.frames == [101.0]
    screen.clock.wake()
    screen.advance(INTERVAL / 2)
    screen.clock.wake()
    assert screen.frames == [101.0]
    screen.advance(10)
    assert screen.frames == screen.drawn == [101.0, pytest.approx(101.0 + INTERVAL)]


def test_with_many_events_frames_are_fewer(screen: Screen) -> None:
    """Ten a second instead of twenty."""
    screen.events = MANY
    for _ in range(20):
        screen.clock.wake()
        screen.advance(INTERVAL)
    assert [later - earlier for earlier, later in pairwise(screen.frames)] == [pytest.approx(BUSY_INTERVAL)] * 10


def test_behind_a_dialog_events_are_taken_but_nothing_is_drawn(screen: Screen) -> None:
    """When it is closed, a refresh draws what was missed."""
    screen.covered = True
    screen.clock.wake()
    screen.advance(0)
    assert screen.frames == [101.0]
    assert screen.drawn == []
    assert not screen.clock.refresh()
    screen.covered = False
    assert screen.clock.refresh()
    assert screen.drawn == [101.0]


def test_a_frame_waits_until_the_terminal_has_displayed_the_last_one(screen: Screen) -> None:
    """The answer of the terminal draws what was withheld, and only if something was."""
    screen.clock.start(screen.terminal)
    assert screen.written == [QUESTION]
    screen.clock.terminal_answered()
    screen.advance(1)
    assert len(screen.drawn) == 1
    screen.clock.wake()
    screen.advance(1)
    assert len(screen.drawn) == 2
    screen.clock.wake()
    screen.advance(1)
    assert len(screen.drawn) == 2, "the terminal is behind"
    assert len(screen.frames) == 3, "events are taken all the same"
    screen.clock.terminal_answered()
    screen.advance(0)
    assert len(screen.drawn) == 3


def test_a_terminal_that_comes_back_owes_no_answer(screen: Screen) -> None:
    """After a suspend the questions before it are forgotten."""
    screen.clock.start(screen.terminal)
    assert screen.clock.withhold()
    screen.clock.reset(FlowControl(screen.written.append, lambda: screen.time))
    assert not screen.clock.withhold()
