"""Parse the command line: options and addresses, in any order.

Rules of this file:
- Options are those of the table in `config/settings.py`. Abbreviations are not accepted, so that new options break no script.
- An option that is unknown, lacks its value or excludes another one raises `UsageError`.
"""

from __future__ import annotations

from collections.abc import Iterable

from tuiserver.cli.base import UsageError
from tuiserver.config.settings import BY_FLAG, OPPOSITES, read_value
from tuiserver.config.sources import Sourced
from tuiserver.core.suggestions import did_you_mean


def parse_flags(arguments: Iterable[str]) -> dict[str, Sourced]:
    """The values that a command line sets, by the name of the setting; raises `UsageError`."""
    values: dict[str, Sourced] = {}
    addresses: list[str] = []
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "--":
            addresses += remaining
        elif not argument.startswith("-"):
            addresses.append(argument)
        else:
            flag, equals, value = argument.partition("=")
            option = BY_FLAG.get(flag) or OPPOSITES.get(flag)
            if option is None:
                hint = did_you_mean(flag, (*BY_FLAG, *OPPOSITES))
                raise UsageError(f'unknown option "{flag}"{hint}: see tuiserver --help')
            if not option.value:
                if equals:
                    raise UsageError(f"{flag} takes no value")
                values[option.name] = Sourced(not flag.startswith("--no-"), flag, on_command_line=True)
                continue
            if not equals:
                value = next(remaining, "")
            if not value or (value.startswith("-") and not equals):
                raise UsageError(f"{flag} needs a value: {flag} {option.value}")
            try:
                values[option.name] = Sourced(read_value(option, value, flag), flag, on_command_line=True)
            except ValueError as error:
                raise UsageError(str(error)) from None
    if addresses:
        values["addresses"] = Sourced(tuple(addresses), "command line", on_command_line=True)
    if "app" in values and "reply" in values:
        raise UsageError("--app and --reply exclude each other: either the program answers or a built-in reply")
    if "app" in values and "poller" in values:
        raise UsageError("--app and --poller exclude each other: the program chooses with Worker(…, poller=NAME)")
    return values
