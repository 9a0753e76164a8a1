"""Deadlines, idle timeouts and the limit on unsent bytes, with stand-ins for connections and a manual clock."""

from __future__ import annotations

import pytest

from tests.support.scripted_loop import ManualClock, ScriptedPoller, ScriptedWakeup
from tuiserver.engine.guards import Buffers, Deadlines, Idle
from tuiserver.engine.loop import Loop

OVER_LIMIT = 8


class Guarded:
    """A connection with a deadline and a buffer."""

    def __init__(self) -> None:
        self.missed = 0
        self.late = 0.0
        self.held = False
        self.error: BaseException | None = None

    def on_deadline(self, late: float) -> None:
        self.missed += 1
        self.late = late

    def on_error(self, error: BaseException) -> None:
        self.error = error

    def hold_reading(self, hold: int) -> None:
        assert hold == OVER_LIMIT
        self.held = True

    def release_reading(self, hold: int) -> None:
        assert hold == OVER_LIMIT
        self.held = False


class Machine:
    """A loop on a manual clock; `run` runs it for some seconds of that clock."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.poller = ScriptedPoller(self.clock)
        self.loop = Loop(self.poller, self.clock, ScriptedWakeup())

    def run(self, seconds: float) -> None:
        done: list[bool] = []
        self.loop.call_later(seconds, done.append, True)
        while not done:
            self.loop.turn()

    def sleeps_without_end(self) -> bool:
        """Whether nothing is scheduled that would wake the loop."""
        self.loop.turn()
        return self.poller.timeouts[-1] is None


@pytest.fixture
def machine() -> Machine:
    """A loop on a manual clock."""
    return Machine()


def test_a_missed_deadline_is_reported_once(machine: Machine) -> None:
    """Connections that cleared or prolonged their deadline in time are not reported."""
    deadlines = Deadlines(machine.loop)
    late, cleared, prolonged = Guarded(), Guarded(), Guarded()
    for each in (late, cleared, prolonged):
        deadlines.set(each, 2)
    deadlines.clear(cleared)
    deadlines.set(prolonged, 60)
    machine.run(10)
    assert (late.missed, cleared.missed, prolonged.missed) == (1, 0, 0)
    assert late not in deadlines
    assert prolonged in deadlines
    machine.run(60)
    assert (late.missed, prolonged.missed) == (1, 1)


@pytest.mark.parametrize("seconds", [0.2, 1.0, 7.5, 30.0])
def test_a_deadline_is_kept_within_a_second(machine: Machine, seconds: float) -> None:
    """It is not reported early, and at most one sweep late."""
    deadlines = Deadlines(machine.loop)
    late = Guarded()
    deadlines.set(late, seconds)
    machine.run(seconds - 0.1)
    assert not late.missed
    machine.run(1.1)
    assert late.missed == 1


def test_a_shorter_deadline_replaces_a_longer_one(machine: Machine) -> None:
    """Only the last deadline of a connection counts."""
    deadlines = Deadlines(machine.loop)
    late = Guarded()
    deadlines.set(late, 60)
    deadlines.set(late, 5)
    machine.run(7)
    assert late.missed == 1


def test_a_deadline_of_less_than_a_second_is_exact(machine: Machine) -> None:
    """Also after it was prolonged or shortened, and when a longer one replaces it; what is cleared wakes nothing."""
    deadlines = Deadlines(machine.loop)
    prolonged, shortened, longer, cleared = Guarded(), Guarded(), Guarded(), Guarded()
    for each in (prolonged, shortened, longer, cleared):
        deadlines.set(each, 0.5)
    machine.run(0.4)
    deadlines.set(prolonged, 0.5)
    deadlines.set(shortened, 0.05)
    deadlines.set(longer, 7)
    deadlines.clear(cleared)
    machine.run(0.06)
    assert (prolonged.missed, shortened.missed) == (0, 1)
    assert shortened.late < 0.02
    machine.run(0.4)
    assert not prolonged.missed
    machine.run(0.1)
    assert (prolonged.missed, longer.missed, cleared.missed) == (1, 0, 0)
    machine.run(8)
    assert longer.missed == 1
    assert machine.sleeps_without_end()


def test_an_error_at_a_deadline_ends_one_connection(machine: Machine) -> None:
    """What `on_deadline` raises goes to `on_error` of that connection; the others of the same sweep are reported."""

    class Broken(Guarded):
        def on_deadline(self, late: float) -> None:
            raise RuntimeError("ours")

    deadlines = Deadlines(machine.loop)
    broken, sound = Broken(), Guarded()
    for each in (broken, sound):
        deadlines.set(each, 1)
    machine.run(3)
    assert (repr(broken.error), sound.missed, sound.error) == ("RuntimeError('ours')", 1, None)


def test_a_deadline_tells_how_late_it_is(machine: Machine) -> None:
    """The sweep runs once a second: what extends a deadline is reduced by the time that has passed since."""
    deadlines = Deadlines(machine.loop)
    first, second = Guarded(), Guarded()
    deadlines.set(first, 1.0)
    deadlines.set(second, 1.25)
    machine.run(4)
    assert (first.missed, second.missed) == (1, 1)
    assert first.late == pytest.approx(0.0, abs=0.01)
    assert second.late == pytest.approx(0.75, abs=0.01)


def test_a_deadline_of_zero_is_none(machine: Machine) -> None:
    """0 sets no deadline and removes an earlier one."""
    deadlines = Deadlines(machine.loop)
    each = Guarded()
    deadlines.set(each, 0)
    assert each not in deadlines
    deadlines.set(each, 5)
    deadlines.set(each, 0)
    assert each not in deadlines
    machine.run(10)
    assert not each.missed


def test_without_deadlines_the_loop_sleeps(machine: Machine) -> None:
    """After the last deadline no timer wakes the loop."""
    deadlines = Deadlines(machine.loop)
    deadlines.set(Guarded(), 1)
    machine.run(10)
    assert machine.sleeps_without_end()


def test_over_the_limit_all_connections_with_unsent_bytes_are_held() -> None:
    """Later ones too, and connections without unsent bytes not; at three quarters of the limit all are released."""
    buffers = Buffers(100, OVER_LIMIT)
    one, two, three = Guarded(), Guarded(), Guarded()
    buffers.add(one, 60)
    buffers.add(two, 40)
    assert not one.held
    assert not two.held
    buffers.add(two, 20)
    assert one.held
    assert two.held
    buffers.add(three, 10)
    assert three.held
    buffers.remove(three, 10, 0)
    assert not three.held
    assert one.held
    buffers.remove(one, 20, 40)
    assert (one.held, two.held, buffers.total) == (True, True, 100)
    buffers.add(one, 1)
    buffers.remove(one, 25, 16)
    assert (one.held, two.held, buffers.total) == (True, True, 76)
    buffers.remove(one, 1, 15)
    assert (one.held, two.held, buffers.total) == (False, False, 75)


def test_a_closed_connection_frees_the_others() -> None:
    """A connection that is closed with unsent bytes takes them out of the total."""
    buffers = Buffers(100, OVER_LIMIT)
    one, two = Guarded(), Guarded()
    buffers.add(one, 200)
    buffers.add(two, 50)
    buffers.remove(one, 200, 0)
    assert (two.held, buffers.total) == (False, 50)


class Sleeper:
    """A connection that is idle too long `left` seconds after the start of `clock`."""

    def __init__(self, clock: ManualClock, left: float) -> None:
        self.clock, self.left = clock, left
        self.closed: list[float] = []

    def idle_remaining(self) -> float:
        return float("inf") if self.closed else self.left - self.clock.elapsed

    def close_idle(self) -> None:
        self.closed.append(self.clock.elapsed)


def test_idle_connections_are_closed_when_they_are_due(machine: Machine) -> None:
    """Each at its time; connections without a timeout never."""
    sleepers = {number: Sleeper(machine.clock, left) for number, left in enumerate((10, 25, float("inf")), 1)}
    idle = Idle(machine.loop, sleepers)
    idle.expect(10)
    idle.expect(60)
    machine.run(100)
    assert [each.closed for each in sleepers.values()] == [[10.0], [25.0], []]
    assert machine.sleeps_without_end()


def test_without_an_idle_timeout_the_loop_sleeps(machine: Machine) -> None:
    """No timer wakes the loop."""
    Idle(machine.loop, {1: Sleeper(machine.clock, float("inf"))}).expect(0)
    assert machine.sleeps_without_end()
