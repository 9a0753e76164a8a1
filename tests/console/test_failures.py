"""Errors on the screen, and how the console ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.console import console
from tests.support.scripted import (
    BASE,
    ScriptedLink,
    listening,
    until,
)
from tuiserver.config.settings import Settings
from tuiserver.console import app as app_module
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


def test_a_pane_that_fails_ends_the_console_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The exit code is 1, and stderr has one line without traceback or escape sequences."""

    def broken(self: object, now: float | None = None) -> None:
        raise ValueError("bad \x1b[2J thing")

    monkeypatch.setattr("tuiserver.console.panes.connections.ConnectionsPane.update", broken)
    monkeypatch.setattr(Console, "run_async", _headless(Console.run_async))
    assert app_module.run_console(ScriptedLink(listening()), Settings(), LogTail(None)) == 1
    error = capfd.readouterr().err
    assert error == "tuiserver: the console failed: ValueError: bad \\x1b[2J thing\n"


def _headless(run_async: object) -> object:
    """`run_async` without a terminal."""

    async def run(self: Console, mouse: bool = True) -> None:
        await run_async(self, headless=True, mouse=mouse)  # type: ignore[operator]

    return run


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
    assert app_module.run_console(link, Settings(), LogTail(None)) == 0
    assert link.closed
