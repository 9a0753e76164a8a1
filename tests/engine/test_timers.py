"""Timers at the ends of their range, cancelled ones, and many that are due at once."""

from __future__ import annotations

import pytest

from tuiserver.engine.timers import MAX_CANCELLED, MAX_TIMERS, Timers


@pytest.mark.parametrize("delay", [float("nan"), float("inf"), float("-inf"), 10**400])
def test_a_delay_that_no_clock_can_wait_is_refused(delay: float) -> None:
    """It is refused where it is given; the queue stays as it was."""
    timers = Timers()
    with pytest.raises(ValueError, match="a delay must be a finite number of seconds"):
        timers.add(0.0, delay, 0.0, print)
    assert timers.heap == []


def test_a_timer_that_sets_itself_again_waits_for_the_next_run() -> None:
    """With a negative delay too: it counts as 0, and the timers that were due before run first."""
    timers = Timers()
    ran: list[str] = []

    def again() -> None:
        ran.append("again")
        timers.add(10.0, -3600.0, 0.0, again)

    timers.add(0.0, -3600.0, 0.0, again)
    timers.add(0.0, 1.0, 0.0, ran.append, "other")
    timers.run(10.0)
    assert ran == ["again", "other"]
    timers.run(10.0)
    assert ran == ["again", "other", "again"]


def test_a_run_is_bounded() -> None:
    """Of more timers than that, the rest runs next, in order."""
    timers = Timers()
    ran: list[int] = []
    for number in range(MAX_TIMERS + 10):
        timers.add(0.0, 0.0, 0.0, ran.append, number)
    timers.run(0.0)
    assert ran == list(range(MAX_TIMERS))
    timers.run(0.0)
    assert ran == list(range(MAX_TIMERS + 10))


def test_cancelled_timers_leave_the_queue() -> None:
    """A watchdog that is replaced with every message uses the memory of a few hundred timers, and the others still run."""
    timers = Timers()
    ran: list[int] = []
    for number in range(10):
        timers.add(0.0, 5.0 + number, 0.0, ran.append, number)
    for _ in range(20_000):
        timers.add(0.0, 3600.0, 0.0, ran.append, -1).cancel()
        assert len(timers.heap) <= 2 * MAX_CANCELLED + 2
    timers.run(20.0)
    assert ran == list(range(10))


def test_cancelling_counts_only_what_is_queued() -> None:
    """Cancelling twice, or after the timer has run, counts nothing."""
    timers = Timers()
    done, cancelled = timers.add(0.0, 0.0, 0.0, list), timers.add(0.0, 1.0, 0.0, list)
    timers.run(0.0)
    done.cancel()
    cancelled.cancel()
    cancelled.cancel()
    assert timers.cancelled == 1
    timers.run(1.0)
    assert (timers.cancelled, timers.heap) == (0, [])
