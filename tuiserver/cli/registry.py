"""The table of subcommands."""

from __future__ import annotations

from tuiserver.cli import config, keys
from tuiserver.cli.base import Subcommand

SUBCOMMANDS: dict[str, Subcommand] = {
    subcommand.name: subcommand
    for subcommand in (
        config.SUBCOMMAND,
        keys.SUBCOMMAND,
    )
}
"""The subcommands by name, in the order of the help."""
