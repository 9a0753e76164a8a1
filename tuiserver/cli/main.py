"""The entry point of the program: dispatch to a subcommand or to `serve`, and turn errors into exit codes.

Rules of this file:
- Exit codes: 0 after SIGINT, SIGTERM or quit; 1 cannot listen or failed while running; 2 usage or configuration.
- Every error is one line on stderr, without control characters. `--debug` prints the traceback before it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from tuiserver import __version__
from tuiserver.cli.base import UsageError, print_text
from tuiserver.cli.registry import SUBCOMMANDS
from tuiserver.cli.serve import serve
from tuiserver.config.sources import ConfigError
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
    debug = "--debug" in arguments
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
        return _report(2, error, str(error), debug)
    except ListenError as error:
        return _report(1, error, str(error), debug)
    except Exception as error:
        return _report(1, error, f"failed: {type(error).__name__}: {error}", debug)


def _reserve_standard_descriptors() -> None:
    """Open /dev/null for each of descriptors 0 to 2 that is closed: a socket would get the number and be printed to."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _report(code: int, error: BaseException, text: str, debug: bool) -> int:
    """Print an error; returns `code`."""
    line = escape_nonprintable(text)
    if len(line) > MAX_ERROR:
        line = f"{line[:MAX_ERROR]}…"
    cause = error.__cause__ or error
    if debug and cause.__traceback__ is not None:
        import traceback

        traceback.print_exception(cause)
    print(f"tuiserver: {line}", file=sys.stderr)
    return code
