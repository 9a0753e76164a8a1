"""`tuiserver keys`: show every action of the console with its keys, including those that the user configured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuiserver.cli.base import Subcommand, UsageError, load, print_text
from tuiserver.config.sources import LoadedSettings

if TYPE_CHECKING:
    from tuiserver.console.keymap import Keys


def run(arguments: Sequence[str]) -> int:
    """Print the table of keys; raises `UsageError`."""
    if arguments:
        raise UsageError(f'tuiserver keys takes no arguments: remove "{arguments[0]}"')
    from tuiserver.console.keymap import table

    return print_text(table(resolve_keys(load(()))))


SUBCOMMAND = Subcommand("keys", "show every key of the console", run)


def resolve_keys(loaded: LoadedSettings) -> Keys:
    """The keys of the console with those of the user; raises `UsageError` with the line of an invalid one.

    The names of keys in `loaded` are replaced by the form that the console uses.
    """
    from tuiserver.console.keymap import Keys, faults
    from tuiserver.console.terminal.key_names import read_key

    for action, keys in loaded.keys.items():
        try:
            loaded.keys[action] = keys._replace(value=tuple(read_key(text) for text in keys.value))
        except ValueError as error:
            raise UsageError(f"{keys.origin}: {action}: {error}") from None
    resolved = Keys({action: keys.value for action, keys in loaded.keys.items()})
    for action, fault in faults(resolved):
        raise UsageError(f"{loaded.keys[action].origin}: {fault}")
    return resolved
