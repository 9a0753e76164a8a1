"""What all subcommands share: the description of a subcommand, usage errors, and printing."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

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
    try:
        print("\n".join(map(escape_nonprintable, text.split("\n"))), flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # The interpreter flushes stdout once more when it exits.
    return 0
