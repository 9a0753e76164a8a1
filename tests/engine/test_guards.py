"""Deadlines and buffers, with stand-ins for connections."""

from __future__ import annotations

import time

import pytest

from tuiserver.engine.guards import Buffers, Deadlines, Idle
from tuiserver.engine.loop import Loop

OVER_LIMIT = 8


class Guarded:
    """Something that has deadlines and buffers."""

    def __init__(self) -> None:
        self.late = 0
        self.held = False
        self.error: Exception | None = None

    def on_deadline(self) -> None:
        self.late += 1

    def on_error(self, error: Exception) -> None:
        self.error = error

    def hold_reading(self, hold: int) -> None:
        assert hold == OVER_LIMIT
        self.held = True

    def release_reading(self, hold: int) -> None:
        assert hold == OVER_LIMIT
        self.held = False


@pytest.fixture
def loop():
    """A loop that is closed after the test."""
    loop = Loop()
    yield loop
    loop.close()


def test_a_deadline_passes_once(loop):
    """Overdue once, and only who did not get clear of it in time."""
    deadlines = Deadlines(loop)
    late, cleared, prolonged = Guarded(), Guarded(), Guarded()
    for each in (late, cleared, prolonged):
        deadlines.set(each, 0.02)
    deadlines.clear(cleared)
    deadlines.set(prolonged, 60)
    loop.call_later(0.1, loop.stop)
    loop.run()
    assert (late.late, cleared.late, prolonged.late) == (1, 0, 0)
    assert late not in deadlines
    assert prolonged in deadlines


def test_one_that_fails_at_its_deadline_fails_alone(loop):
    """What `on_deadline` raises breaks that connection; the others of the same sweep get their turn, the loop goes on."""

    class Broken(Guarded):
        def on_deadline(self) -> None:
            raise RuntimeError("ours")

    deadlines = Deadlines(loop)
    broken, sound = Broken(), Guarded()
    for each in (broken, sound):
        deadlines.set(each, 0.01)
    loop.call_later(0.1, loop.stop)
    loop.run()
    assert (repr(broken.error), sound.late, sound.error) == ("RuntimeError('ours')", 1, None)


def test_a_deadline_of_zero_is_none(loop):
    """0 switches a deadline off, also one that was set."""
    deadlines = Deadlines(loop)
    each = Guarded()
    deadlines.set(each, 0)
    assert each not in deadlines
    deadlines.set(each, 5)
    deadlines.set(each, 0)
    assert each not in deadlines


def test_without_deadlines_the_loop_sleeps(loop):
    """Once nobody owes anything, no timer is left to wake the loop."""
    deadlines = Deadlines(loop)
    deadlines.set(Guarded(), 0.01)
    loop.call_later(0.05, loop.stop)
    before = time.monotonic()
    loop.run()
    assert time.monotonic() - before < 5
    assert deadlines._timer is None


def test_over_the_limit_all_with_unsent_bytes_are_held():
    """Past the limit everybody with unsent bytes waits, newcomers too; below it all go on."""
    buffers = Buffers(100, OVER_LIMIT)
    one, two, three = Guarded(), Guarded(), Guarded()
    buffers.add(one, 60)
    assert not one.held
    buffers.add(two, 60)
    assert one.held
    assert two.held
    buffers.add(three, 10)
    assert three.held
    buffers.remove(three, 10, 0)
    assert not three.held
    buffers.remove(one, 20, 40)
    assert (one.held, two.held, buffers.total) == (False, False, 100)


def test_who_leaves_frees_the_others():
    """A connection that ends with unsent bytes takes them out of the sum."""
    buffers = Buffers(100, OVER_LIMIT)
    one, two = Guarded(), Guarded()
    buffers.add(one, 200)
    buffers.add(two, 50)
    buffers.remove(one, 200, 0)
    assert (two.held, buffers.total) == (False, 50)


class Sleeper:
    """Something that may be idle."""

    def __init__(self, left: float) -> None:
        self.left = left
        self.closed = ""

    def idle_remaining(self) -> float:
        return self.left

    def idle_reason(self) -> str:
        return "idle 9 s"

    def close(self, reason: str) -> None:
        self.closed = reason


def test_the_idle_are_closed_and_the_next_look_is_when_the_next_can_be(loop):
    """Only those whose time is over go; the sweep comes again when the soonest of the others can be due."""
    sleepers = {1: Sleeper(0), 2: Sleeper(0.05), 3: Sleeper(float("inf"))}
    idle = Idle(loop, sleepers)
    idle.expect(0.01)
    idle.expect(60)
    loop.call_later(0.05, setattr, sleepers[2], "left", 0)
    loop.call_later(0.3, loop.stop)
    loop.run()
    assert [each.closed for each in sleepers.values()] == ["idle 9 s", "idle 9 s", ""]


def test_nobody_idle_means_no_timer(loop):
    """Without an idle timeout nothing wakes the loop."""
    idle = Idle(loop, {1: Sleeper(float("inf"))})
    idle.expect(0)
    assert idle._timer is None
