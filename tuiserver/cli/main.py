"""The entry point of the program: dispatch to a subcommand or to `serve`, and turn errors into exit codes.

Rules of this file:
- Exit codes: 0 after SIGINT, SIGTERM, SIGHUP or quit; 1 cannot listen or failed while running; 2 usage or configuration.
- Every error is one line on stderr, without control characters. `--debug` prints the traceback before it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from tuiserver import __version__
from tuiserver.cli.arguments import parse_flags
from tuiserver.cli.base import UsageError, print_text
from tuiserver.cli.registry import SUBCOMMANDS
from tuiserver.cli.serve import serve
from tuiserver.config.sources import ConfigError, load_settings
from tuiserver.core.address import AddressError
from tuiserver.core.payload import escape_nonprintable
from tuiserver.engine.transports.base import ListenError
from tuiserver.outputs.log import LogError

MAX_ERROR = 500
"""Characters of an error message that are printed: the exception of a program may hold a text of any length."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `tuiserver` with `arguments`, by default those of the process; returns the exit code."""
    if arguments is None:
        arguments = sys.argv[1:]
    _reserve_standard_descriptors()
    try:
        if "--help" in arguments or "-h" in arguments:
            from tuiserver.cli.help import help_text

            return print_text(help_text())
        if "--version" in arguments:
            return print_text(f"tuiserver {__version__}")
        subcommand = SUBCOMMANDS.get(arguments[0]) if arguments else None
        return serve(arguments) if subcommand is None else subcommand.run(arguments[1:])
    except KeyboardInterrupt:
        return 0
    except (UsageError, ConfigError, AddressError, LogError) as error:
        return _report(2, error, str(error), arguments)
    except ListenError as error:
        return _report(1, error, str(error), arguments)
    except Exception as error:
        return _report(1, error, f"failed: {type(error).__name__}: {error}", arguments)


def _reserve_standard_descriptors() -> None:
    """Open /dev/null for each of descriptors 0 to 2 that is closed: a socket would get the number and be printed to."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _report(code: int, error: BaseException, text: str, arguments: Sequence[str]) -> int:
    """Print an error; returns `code`."""
    line = escape_nonprintable(text)
    if len(line) > MAX_ERROR:
        line = f"{line[:MAX_ERROR]}…"
    cause = error.__cause__ or error
    if cause.__traceback__ is not None and _is_debugging(arguments):
        import traceback

        traceback.print_exception(cause)
    print(f"tuiserver: {line}", file=sys.stderr)
    return code


def _is_debugging(arguments: Sequence[str]) -> bool:
    """Whether `debug` is set; if the settings are invalid, only the flag counts."""
    try:
        return load_settings(parse_flags(arguments)).settings.debug
    except (UsageError, ConfigError):
        return "--debug" in arguments
