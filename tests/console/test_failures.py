"""Errors on the screen, and how the console ends."""

from __future__ import annotations

import pytest

from tests.support.console import console
from tests.support.scripted import (
    BASE,
    ScriptedLink,
    listening,
    until,
)
from tuiserver.config.settings import Settings
from tuiserver.console import run
from tuiserver.console.app import Console
from tuiserver.core.events import Noted, Unopened
from tuiserver.outputs.tail import LogTail


async def test_repeated_errors_are_counted_in_one_toast() -> None:
    """A hundred equal errors are one toast with a count, without markup."""
    async with console(listening()) as (app, link, pilot):
        link.feed(*[Noted(BASE, "error", "no [b]more[/b] files")] * 100)
        await until(pilot, lambda: len(app._notifications) == 1)
        (toast,) = app._notifications
        assert toast.message == "no [b]more[/b] files  (100 times)"
        assert not toast.markup


async def test_an_address_that_did_not_open_is_a_toast() -> None:
    """It shows the reason once there is a screen."""
    async with console(listening(), Unopened(BASE, "tcp://:80", "cannot listen on tcp://:80: [b]")) as (app, _, pilot):
        await until(pilot, lambda: len(app._notifications) == 1)
        assert [toast.message for toast in app._notifications] == ["cannot listen on tcp://:80: [b]"]


async def test_the_link_is_closed_at_the_end() -> None:
    """Leaving the console closes its link."""
    async with console(listening()) as (_, link, _pilot):
        assert not link.closed
    assert link.closed


def test_a_screen_that_fails_can_be_opened_again(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its link is closed, one line without escape sequences says how many clients are served, and Enter opens it again."""

    def broken(self: object) -> None:
        raise ValueError("bad \x1b[2J thing")

    monkeypatch.setattr(Console, "compose", broken)
    monkeypatch.setattr(Console, "run_async", _headless(Console.run_async))
    link, asked, logged = ScriptedLink(listening()), [], []
    opened = link.open
    monkeypatch.setattr(link, "open", lambda wake: (setattr(link, "closed", False), opened(wake)))

    def wait_for_enter(line: str) -> bool:
        assert link.closed
        asked.append(line)
        return len(asked) < 2

    monkeypatch.setattr(run, "wait_for_enter", wait_for_enter)
    code = run.run_console(
        link, Settings(), LogTail(None), write_log=lambda *line: logged.append(line), clients=lambda: 2
    )
    assert code == 0
    assert (
        asked
        == [
            "tuiserver: the console failed: ValueError: bad \\x1b[2J thing: the server goes on with 2 clients – "
            "Enter opens the console again, Ctrl+C stops"
        ]
        * 2
    )
    assert [(level, text) for level, text, _ in logged] == [
        ("error", "the console failed: ValueError: bad \\x1b[2J thing")
    ] * 2
    assert "in broken" in logged[0][2]
    assert capfd.readouterr().err == ""


def test_if_the_server_has_failed_too_the_console_is_not_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code is 1."""
    monkeypatch.setattr(Console, "compose", lambda self: 1 / 0)
    monkeypatch.setattr(Console, "run_async", _headless(Console.run_async))
    assert run.run_console(ScriptedLink(listening()), Settings(), LogTail(None), clients=lambda: None) == 1


def _headless(run_async: object) -> object:
    """`run_async` without a terminal."""

    async def run_headless(self: Console, mouse: bool = True) -> None:
        await run_async(self, headless=True, mouse=mouse)  # type: ignore[operator]

    return run_headless


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_signals_end_the_console(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code is 0, and the link is closed."""
    import signal

    monkeypatch.setattr(Console, "run_async", _headless(Console.run_async))
    link = ScriptedLink(listening())
    number = getattr(signal, name)
    opened = link.open

    def open_and_kill(wake: object) -> None:
        opened(wake)  # type: ignore[arg-type]
        signal.raise_signal(number)

    monkeypatch.setattr(link, "open", open_and_kill)
    assert run.run_console(link, Settings(), LogTail(None)) == 0
    assert link.closed
