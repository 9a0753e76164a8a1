"""The help is complete and fits a terminal."""

from __future__ import annotations

from tuiserver.cli.help import EXAMPLES, help_text
from tuiserver.cli.registry import SUBCOMMANDS
from tuiserver.config.settings import BY_FLAG, OPTIONS


def test_the_help_lists_everything_once() -> None:
    """Every option, subcommand, group and example is there once."""
    text = help_text()
    for name in (*BY_FLAG, *SUBCOMMANDS, *EXAMPLES):
        assert text.count(f"\n  {name} ") == 1, name
    for title in (*OPTIONS, "Subcommands", "Examples"):
        assert text.count(f"\n{title}\n") == 1, title


def test_the_help_fits_a_terminal() -> None:
    """No line is longer than 110 columns."""
    assert max(map(len, help_text().splitlines())) <= 110
