"""The settings and the table that describes them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.typed import NUMBERS, typed
from tuiserver.config.settings import (
    BY_FLAG,
    BY_NAME,
    EXCLUDING,
    LIMITS,
    OPTIONS,
    RULES,
    Settings,
    read_limit,
    read_value,
)
from tuiserver.core.limits import Limits

NOT_SETTINGS = {"help", "version"}


def test_each_setting_has_one_option() -> None:
    """Every setting has exactly one option and vice versa; only addresses, keys and rules have no flag."""
    names = [option.name for option in BY_FLAG.values()]
    assert len(names) == len(set(names))
    assert {*names, "addresses", "limits", "keys", *RULES} == {
        *Settings.__struct_fields__,
        *NOT_SETTINGS,
        *Limits.__struct_fields__,
    }


def test_an_option_takes_a_value_unless_its_setting_is_a_switch() -> None:
    """A switch is a bool whose default its flag changes; any other setting has the type of its value."""
    for option in BY_FLAG.values():
        if option.name in NOT_SETTINGS or option.name in LIMITS:
            continue
        default = getattr(Settings(), option.name)
        if option.value:
            assert type(default) is {"SIZE": int, "NAMES": tuple}.get(option.value, str), option.name
        else:
            assert default is option.flag.startswith("--no-"), option.name


def test_descriptions_fit_on_a_line_of_the_help() -> None:
    """A description has at most 80 columns and no full stop."""
    for options in OPTIONS.values():
        for option in options:
            assert 0 < len(option.text) <= 80, option.name
            assert not option.text.endswith(".")


def test_settings_are_immutable() -> None:
    """A setting cannot be assigned."""
    with pytest.raises(AttributeError):
        Settings().theme = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("flag", "text", "number"),
    [
        ("--max-buffer", "500", 500),
        ("--max-buffer", "64k", 65_536),
        ("--max-buffer", "1.5MiB", 1_572_864),
        ("--max-message", "1g", 1 << 30),
        ("--idle-timeout", "0", 0),
        ("--idle-timeout", "0.5", 0.5),
        ("--idle-timeout", "2m", 120),
        ("--max-connections", "40", 40),
    ],
)
def test_limits_are_parsed(flag: str, text: str, number: float) -> None:
    """Sizes have units of powers of 1024, times are seconds, minutes or hours, counts have no unit."""
    assert read_limit(BY_FLAG[flag], text) == number


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        ("--max-buffer", "much"),
        ("--max-buffer", "-1"),
        ("--max-buffer", "1.5"),
        ("--max-buffer", "0"),
        ("--idle-timeout", "5x"),
        ("--max-connections", "1k"),
        ("--max-connections", "0"),
        ("--backlog", "٣"),
    ],
)
def test_invalid_limits_are_refused(flag: str, text: str) -> None:
    """The message names the option, the text and what would be valid."""
    with pytest.raises(ValueError, match=f"{flag} {text} .*: write "):
        read_limit(BY_FLAG[flag], text)


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("ascii", True, True),
        ("ascii", "yes", True),
        ("mouse", "off", False),
        ("max_connections", 40, 40),
        ("max_buffer", "64k", 65_536),
        ("idle_timeout", 0.5, 0.5),
        ("message_memory", "1M", 1 << 20),
        ("columns", "state, in", ("state", "in")),
        ("columns", ["state", "in"], ("state", "in")),
        ("addresses", [":1"], (":1",)),
        ("theme", "dark", "dark"),
    ],
)
def test_values_are_converted(name: str, raw: object, value: object) -> None:
    """A value is a TOML value from a file, or text from a variable or a flag."""
    assert read_value(BY_NAME[name], raw, name) == value


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("ascii", "maybe", 'x must be yes or no, not "maybe"'),
        ("max_connections", True, "x must be a number"),
        ("max_connections", [1], "x must be a number"),
        ("max_connections", "many", "x many is not a number: write 100"),
        ("columns", [1], "x must be a list of names"),
        ("theme", 5, "x must be a string: write it in quotes"),
    ],
)
def test_values_of_another_type_are_refused(name: str, raw: object, message: str) -> None:
    """The message says what would be valid."""
    with pytest.raises(ValueError, match="x ") as caught:
        read_value(BY_NAME[name], raw, "x")
    assert str(caught.value) == message


@given(st.sampled_from(sorted(BY_NAME)), typed(*"kmgsh.", "64k", "2m", "yes", "~", *NUMBERS))
def test_reading_raises_nothing_else(name: str, text: str) -> None:
    """Any text is a value of the setting, or refused with a `ValueError` that names the setting."""
    message = "the setting"
    try:
        read_value(BY_NAME[name], text, message)
    except ValueError as error:
        message = str(error)
    assert message.startswith("the setting")


def test_what_answers_is_exclusive() -> None:
    """A program and a reply exclude each other; a poller never drops the program of a file."""
    assert EXCLUDING == {"app": ("reply", "poller"), "reply": ("app",)}


def test_defaults_in_descriptions_are_true() -> None:
    """A default in parentheses at the end of a description is the default of the limit."""
    for option in LIMITS.values():
        described = re.search(r"\(([0-9]+[kM]?)\)$", option.text)
        assert described is not None or option.name == "idle_timeout", option.name
        if described is not None:
            assert read_limit(option, described[1]) == option.default, option.name
