"""The text of `tuiserver --help`, generated from the tables of options and subcommands."""

from __future__ import annotations

from tuiserver.cli.registry import SUBCOMMANDS
from tuiserver.config.settings import OPTIONS

USAGE = "tuiserver [ADDRESS …] [--reply NAME | --app FILE] [--headless [--json]] [options]"

EXAMPLES = {
    "tuiserver 127.0.0.1:9999": "the console on one address",
    "tuiserver :9999 http://[::1]:8080": "all interfaces, and HTTP over IPv6",
    "tuiserver --app examples/chat.py": "your program behind the console",
    "tuiserver --headless --json 127.0.0.1:0": "for scripts: JSON lines, any free port",
}
"""Command lines and what they do."""


def help_text() -> str:
    """What `--help` prints."""
    lines = [
        f"usage: {USAGE}",
        *(f"       tuiserver {name}" for name in SUBCOMMANDS),
        "",
        "The operator's console for TCP servers: watch and control the connections of a port.",
        "",
        _row("ADDRESS", "[PROTOCOL://]HOST:PORT, such as line://:9999; port 0 is any free port"),
    ]
    for title, options in OPTIONS.items():
        lines += ["", title]
        lines += [_row(f"{option.flag} {option.value}", option.text) for option in options]
    lines += ["", "Subcommands"]
    lines += [_row(subcommand.name, subcommand.summary) for subcommand in SUBCOMMANDS.values()]
    lines += ["", "Examples"]
    lines += [f"  {command:<46} {description}" for command, description in EXAMPLES.items()]
    return "\n".join(lines)


def _row(name: str, description: str) -> str:
    return f"  {name:<25}{description}"
