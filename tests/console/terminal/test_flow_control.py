"""Flow control: a frame waits until the terminal has drawn the previous one."""

from __future__ import annotations

from tuiserver.console.terminal.flow_control import GIVE_UP, LOST, QUESTION, FlowControl


class Clock:
    """A clock that the test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_terminal_is_behind_until_it_answers() -> None:
    """From a frame to its answer; an answer that is lost is not waited for for ever."""
    clock, written = Clock(), []
    terminal = FlowControl(written.append, clock)
    assert not terminal.behind
    terminal.ask()
    assert written == [QUESTION]
    assert terminal.behind
    terminal.answered()
    assert not terminal.behind
    terminal.ask()
    clock.now += LOST - 1
    assert terminal.behind
    clock.now += 1
    assert not terminal.behind


def test_a_terminal_that_never_answers_is_not_asked_for_ever() -> None:
    """One frame a second at first, then as many as there are."""
    clock, written = Clock(), []
    terminal = FlowControl(written.append, clock)
    terminal.ask()
    assert terminal.behind
    clock.now += 1
    assert not terminal.behind
    terminal.ask()
    clock.now += GIVE_UP
    assert not terminal.behind
    terminal.ask()
    assert len(written) == 2
    assert not terminal.behind
