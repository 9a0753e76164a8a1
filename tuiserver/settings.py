"""What can be set: one `Settings`, and one table that says of each setting what it is for.

Rules of this file:
- A setting's words stand once, here; the help, `tuiserver config` and the README's table are made of them.
- One reader for all sources: a flag, a variable and a file are the same value, and wrong in the same words.
- Whether there is such a theme or poller is checked where it is used first; here a value is only named and typed.
"""

from __future__ import annotations

import os
import re

import msgspec

from tuiserver.limits import Limits


class UsageError(Exception):
    """What was asked for makes no sense; `str()` is one line for the user."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How one run of the program is set. Empty text is "not set"."""

    addresses: tuple[str, ...] = ()
    reply: str = "hello"
    app: str = ""
    poller: str = "auto"
    headless: bool = False
    json: bool = False
    quiet: bool = False
    log: str = ""
    tail: str = ""
    theme: str = ""
    ascii: bool = False
    color: str = "auto"
    mouse: bool = True
    read_only: bool = False
    columns: tuple[str, ...] = ()
    message_memory: int = 64 << 20
    debug: bool = False
    limits: tuple[tuple[str, float], ...] = ()
    """The limits that were given, by their names in `Limits`."""
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The keys of actions that have others than by default: only a file gives them, in its table `[keys]`."""


class Option(msgspec.Struct, frozen=True):
    """How a setting is given: its flag, the name of its value (empty for a switch), and its words."""

    name: str
    flag: str
    value: str
    text: str
    only: str = ""
    """`console` or `headless` when it means nothing in the other one."""


OPTIONS: dict[str, tuple[Option, ...]] = {
    "The server": (
        Option("reply", "--reply", "NAME", "what answers: hello (default), echo, none"),
        Option("app", "--app", "FILE", "your program: FILE.py or package.module, :NAME behind it for one of several"),
        Option("poller", "--poller", "NAME", "how it waits: auto (default), epoll, kqueue, poll, select"),
    ),
    "Without a screen": (
        Option("headless", "--headless", "", "no console: print a line for each event"),
        Option("json", "--json", "", "print each event as a JSON object", "headless"),
        Option("quiet", "--quiet", "", "print who comes and goes, not what is said", "headless"),
    ),
    "The console": (
        Option("theme", "--theme", "NAME", "its colours; dark is tuiserver-dark", "console"),
        Option("color", "--color", "WHEN", "auto (default, heeds NO_COLOR), always, never", "console"),
        Option("ascii", "--ascii", "", "draw with ASCII characters only", "console"),
        Option("mouse", "--no-mouse", "", "leave the mouse to the terminal", "console"),
        Option("read_only", "--read-only", "", "only watch: nothing is sent, closed or paused by hand", "console"),
        Option("columns", "--columns", "NAMES", "the columns of the connections, as id,peer,state", "console"),
        Option("message_memory", "--message-memory", "SIZE", "messages kept to be looked at (64M)", "console"),
        Option("tail", "--tail", "FILE", "let the log pane follow this file", "console"),
    ),
    "Limits (sizes as 500, 64k, 10M; times as 30, 0.5, 2m, or 0 for none)": (
        Option("max_connections", "--max-connections", "N", "clients at once; more wait until one leaves (10000)"),
        Option("max_message", "--max-message", "SIZE", "the longest message; HTTP answers 413 past it (10M)"),
        Option("max_buffer", "--max-buffer", "SIZE", "unsent bytes of a client before it is not read (1M)"),
        Option("max_buffered", "--max-buffered", "SIZE", "unsent bytes of all clients together (256M)"),
        Option("idle_timeout", "--idle-timeout", "TIME", "silence before a client is closed (HTTP 75, raw none)"),
        Option("request_timeout", "--request-timeout", "TIME", "a request, first byte to last; then HTTP 408 (30)"),
        Option("handshake_timeout", "--handshake-timeout", "TIME", "until a client on http:// begins (10)"),
        Option("backlog", "--backlog", "N", "clients the system keeps waiting for us (1024)"),
        Option("view_memory", "--view-memory", "SIZE", "events that wait for a slow reader or screen (8M)"),
    ),
    "The rest": (
        Option("log", "--log", "FILE", "write the log here, not to tuiserver.log in the state folder"),
        Option("debug", "--debug", "", "show the traceback of what fails"),
        Option("help", "--help", "", "show this"),
        Option("version", "--version", "", "show the version"),
    ),
}
"""Every option by its group, in the order of the help."""

ADDRESSES = Option(
    "addresses",
    "ADDRESS",
    "NAMES",
    "HOST:PORT, with tcp://, raw:// or http:// in front if wanted; port 0: any free one",
)
"""What to listen on: the words of the command line that are no option."""

BY_FLAG = {option.flag: option for group in OPTIONS.values() for option in group}

OPPOSITES = {
    option.flag.replace("--no-", "--") if option.flag.startswith("--no-") else f"--no-{option.flag[2:]}": option
    for option in BY_FLAG.values()
    if not option.value and option.name not in ("help", "version")
}
"""The flag that unsets a switch, for one that is set in a file."""

BY_NAME = {
    option.name: option for option in (ADDRESSES, *BY_FLAG.values()) if option.name in (*Settings.__struct_fields__,)
} | {option.name: option for option in BY_FLAG.values() if option.name in Limits.__struct_fields__}
"""All that can be set, by the name it has in a file."""

LIMITS = {option.name: option for option in BY_FLAG.values() if option.name in Limits.__struct_fields__}
"""The options that set a limit."""

COLORS = ("auto", "always", "never")

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_TIMES = {"": 1, "s": 1, "m": 60, "h": 3600}
_SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def variable(option: Option) -> str:
    """The variable of the environment that sets it."""
    return f"TUISERVER_{option.name.upper()}"


def read(option: Option, value: object, name: str = "", typed: bool = False) -> object:
    """What a value means for this option; raises `ValueError`, which calls the option `name`.

    `typed`: it comes from a file, where true is no text; otherwise all is text.
    """
    name = name or option.flag
    if not option.value:
        if not typed and isinstance(value, str):
            value = _SWITCH.get(value.lower(), value)
        if not isinstance(value, bool):
            raise ValueError(f"{name} {_shown(value)} is neither true nor false: write true or false")
        return value
    if option.value in ("SIZE", "TIME", "N"):
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            value = _shown(value)
        return read_limit(option, str(value), name)
    if option.value == "NAMES":
        names = value if isinstance(value, list) else re.split(r"[,\s]+", value) if isinstance(value, str) else [value]
        if not all(isinstance(each, str) for each in names):
            raise ValueError(f'{name} {_shown(value)} is no list of texts: write ["one", "two"]')
        return tuple(each for each in names if each)
    if not isinstance(value, str):
        raise ValueError(f'{name} {_shown(value)} is no text: write it in quotes, as {option.name} = "…"')
    if not value:
        raise ValueError(f"{name} is empty: give it a value, or leave it out")
    return os.path.expanduser(value) if option.value == "FILE" else value


def _shown(value: object) -> str:
    """A value of a file as it is written there, as far as that is simple."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def written(option: Option, value: object) -> str:
    """A value as one would write it: `1M`, `2.5`, `true`, `a, b`; `-` for none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "-"
    if option.value == "SIZE" and isinstance(value, int):
        for unit, factor in (("G", 1 << 30), ("M", 1 << 20), ("k", 1 << 10)):
            if value and value % factor == 0:
                return f"{value // factor}{unit}"
    return f"{value:g}" if isinstance(value, float) else str(value or "-") if isinstance(value, str) else str(value)


def read_limit(option: Option, text: str, name: str = "") -> float:
    """The number that `text` means for this limit; raises `ValueError` with what would be right."""
    name = name or option.flag
    units, kind, example = (_TIMES, "time", "30 or 2m") if option.value == "TIME" else (_UNITS, "size", "500 or 64k")
    if option.value == "N":
        units, kind, example = {"": 1}, "number", "100"
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([a-z]?)(?:i?b)?", text.lower())
    if match is None or match[2] not in units or (kind != "time" and "." in match[1] and not match[2]):
        raise ValueError(f"{name} {text} is not a {kind}: write {example}")
    number = float(match[1]) * units[match[2]]
    if not number and kind != "time":
        raise ValueError(f"{name} {text} leaves nothing: write {example}")
    return number if kind == "time" else int(number)
