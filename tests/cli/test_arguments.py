"""Parsing the command line."""

from __future__ import annotations

import os

import pytest

from tuiserver.cli.arguments import parse_flags
from tuiserver.cli.base import UsageError
from tuiserver.config.settings import Settings
from tuiserver.config.sources import LoadedSettings


def settings_of(*arguments: str) -> Settings:
    """The settings of a command line alone, without files and environment."""
    return LoadedSettings(parse_flags(arguments), {}, ()).settings


def test_options_and_addresses_come_in_any_order() -> None:
    """A value follows its option as the next argument or after `=`; `--` ends the options."""
    settings = settings_of(":1", "--reply=echo", ":2", "--headless", "--no-mouse", "--log", "x", "--", "-3")
    assert settings == Settings(
        addresses=(":1", ":2", "-3"), reply="echo", headless=True, mouse=False, log=os.path.abspath("x")
    )


def test_each_value_knows_its_flag() -> None:
    """The origin of a value is the flag as typed; addresses have the command line as their origin."""
    values = parse_flags([":1", "--no-mouse", "--theme=dark"])
    assert {name: value.origin for name, value in values.items()} == {
        "mouse": "--no-mouse",
        "theme": "--theme",
        "addresses": "command line",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--head"], 'unknown option "--head" (did you mean --headless?): see tuiserver --help'),
        (["-x"], 'unknown option "-x": see tuiserver --help'),
        (["--log"], "--log needs a value: --log FILE"),
        (["--log="], "--log needs a value: --log FILE"),
        (["--log", "--json"], "--log needs a value: --log FILE"),
        (["--json=yes"], "--json takes no value"),
        (["--idle-timeout", "soon"], "--idle-timeout soon is not a time: write 30 or 2m"),
        (
            ["--app", "a.py", "--reply", "echo"],
            "--app and --reply exclude each other: either the program answers or a built-in reply",
        ),
        (
            ["--app", "a.py", "--poller", "select"],
            "--app and --poller exclude each other: the program chooses with Worker(…, poller=NAME)",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_invalid_command_line_is_refused(arguments: list[str], message: str) -> None:
    """The message names the option and says what would be valid; abbreviations are not accepted."""
    with pytest.raises(UsageError) as caught:
        parse_flags(arguments)
    assert str(caught.value) == message


def test_limits_are_converted() -> None:
    """A limit is a number of bytes, seconds or connections."""
    settings = settings_of("--max-buffer", "64k", "--idle-timeout=0.5", "--max-connections", "7")
    assert dict(settings.limits) == {"max_buffer": 65536, "idle_timeout": 0.5, "max_connections": 7}
