"""What all subcommands share: the description of a subcommand, usage errors, and printing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tuiserver.config.sources import LoadedSettings, load_settings
from tuiserver.core.payload import escape_nonprintable


class UsageError(Exception):
    """The command line is invalid; `str()` is one line for the user."""


class Subcommand(NamedTuple):
    """A subcommand: its name, its line in the help, and what runs it.

    `run` gets the arguments after the name and returns the exit code. It may raise whatever `main` reports: `UsageError`,
    `ConfigError`, `AddressError`, `LogError` or `ListenError`.
    """

    name: str
    summary: str
    run: Callable[[Sequence[str]], int]


def print_text(text: str) -> int:
    """Print lines with their nonprintable characters escaped; returns exit code 0, also when nobody reads the output."""
    text = _encodable(
        "\n".join(map(escape_nonprintable, text.split("\n"))), getattr(sys.stdout, "encoding", None) or "utf-8"
    )
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # The interpreter flushes stdout once more when it exits.
    return 0


def _encodable(text: str, encoding: str) -> str:
    """The text in the characters of `encoding`, which the locale chooses; an ellipsis or a dash may not be among them."""
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        plain = text.replace("…", "...").replace("–", "-")
        return plain.encode(encoding, "backslashreplace").decode(encoding)


def load(arguments: Sequence[str]) -> LoadedSettings:
    """The settings with these arguments; a file that is ignored is named on stderr."""
    from tuiserver.cli.arguments import parse_flags

    loaded = load_settings(parse_flags(arguments))
    for line in loaded.warnings():
        print_error(line)
    return loaded


def print_error(text: str) -> None:
    """Print one line about the program itself to stderr."""
    print(f"tuiserver: {escape_nonprintable(text)}", file=sys.stderr)
