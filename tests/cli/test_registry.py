"""A new subcommand is a `SUBCOMMAND` in the table and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from tuiserver.cli.base import Subcommand, UsageError, print_text
from tuiserver.cli.help import help_text
from tuiserver.cli.main import main
from tuiserver.cli.registry import SUBCOMMANDS


def run(arguments: Sequence[str]) -> int:
    """What a file of a new subcommand would define."""
    if not arguments:
        raise UsageError("tuiserver toy needs an argument: try tuiserver toy ARGUMENT")
    return print_text(" ".join(arguments))


SUBCOMMAND = Subcommand("toy", "repeat its arguments", run)


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    """The line that a new subcommand adds to the table."""
    SUBCOMMANDS[SUBCOMMAND.name] = SUBCOMMAND
    yield
    del SUBCOMMANDS[SUBCOMMAND.name]


def test_a_new_subcommand_runs(capfd: pytest.CaptureFixture[str]) -> None:
    """It gets the arguments after its name, options included, and its output is escaped."""
    assert main(["toy", "a\x1b", "--ascii"]) == 0
    assert capfd.readouterr() == ("a\\x1b --ascii\n", "")


def test_a_new_subcommand_reports_errors(capfd: pytest.CaptureFixture[str]) -> None:
    """What it raises is reported like any error of the command line."""
    assert main(["toy"]) == 2
    assert capfd.readouterr() == ("", "tuiserver: tuiserver toy needs an argument: try tuiserver toy ARGUMENT\n")


def test_a_new_subcommand_is_in_the_help() -> None:
    """The help shows its name and summary."""
    assert f"\n  {'toy':<25}repeat its arguments\n" in help_text()
    assert "\n       tuiserver toy\n" in help_text()
