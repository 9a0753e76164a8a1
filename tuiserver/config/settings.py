"""The settings, and one table that describes each of them.

Rules of this file:
- A setting is described once, here; the help, the error messages and the table in the documentation are generated from it.
- This file names and types the settings. Whether a theme or an address exists is checked where it is used.
"""

from __future__ import annotations

import os
import re
from typing import Any

import msgspec

from tuiserver.core.limits import Limits


class Rule(msgspec.Struct, frozen=True):
    """What the console does with items that match a filter: draw them in a `style` (`[[colors]]`), or hide them (`[[mute]]`).

    `pane` is the name of the only pane that it is about; empty for all whose filters know it. `origin` is the file and line.
    """

    match: str
    style: str = ""
    pane: str = ""
    origin: str = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one run of the program. An empty string means "not set"."""

    addresses: tuple[str, ...] = ()
    reply: str = "hello"
    app: str = ""
    protocol: str = ""
    line_ending: str = ""
    poller: str = "auto"
    headless: bool = False
    json: bool = False
    quiet: bool = False
    lossless: bool = False
    stdin: bool = False
    stdin_end: str = "stop"
    log: str = ""
    tail: str = ""
    theme: str = ""
    charset: str = "utf-8"
    decode: str = ""
    ascii: bool = False
    color: str = "auto"
    columns: tuple[str, ...] = ()
    mouse: bool = True
    read_only: bool = False
    message_memory: int = 64 << 20
    debug: bool = False
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The keys that the operator configured, by the name of the action."""
    colors: tuple[Rule, ...] = ()
    mute: tuple[Rule, ...] = ()
    """The rules of the console; the first one that matches counts."""
    limits: tuple[tuple[str, float], ...] = ()
    """The limits that were configured, by their names in `Limits`."""


class Option(msgspec.Struct, frozen=True):
    """The command-line option of a setting: its flag, the name of its value (empty for a switch) and its description."""

    name: str
    flag: str
    value: str
    text: str
    only: str = ""
    """`console` or `headless` if the option has no effect in the other mode."""

    @property
    def default(self) -> Any:
        """The value where none is configured."""
        return getattr(Limits(), self.name) if self.name in Limits.__struct_fields__ else getattr(Settings(), self.name)


COLORS = ("auto", "always", "never")
"""The values of `color`."""


OPTIONS: dict[str, tuple[Option, ...]] = {
    "Server": (
        Option("reply", "--reply", "NAME", "built-in reply: hello (default), echo, none"),
        Option(
            "app",
            "--app",
            "FILE",
            "your program: FILE.py or package.module, with :NAME to select a worker",
        ),
        Option(
            "protocol",
            "--protocol",
            "NAME",
            "protocol of addresses that name none: raw, http, line … (docs/protocols.md)",
        ),
        Option("line_ending", "--line-ending", "NAME", "sent after each line of the protocol line: lf, crlf, cr, nul"),
        Option("poller", "--poller", "NAME", "event loop backend: auto (default), epoll, kqueue, poll, select"),
    ),
    "Headless": (
        Option("headless", "--headless", "", "no console: print one line per event"),
        Option("json", "--json", "", "print each event as a JSON object", "headless"),
        Option("quiet", "--quiet", "", "print connections but no messages", "headless"),
        Option("lossless", "--lossless", "", "skip no event: clients wait for a slow reader of stdout", "headless"),
        Option("stdin", "--stdin", "", "with --json: read commands from stdin, one JSON object per line", "headless"),
        Option("stdin_end", "--stdin-end", "WHAT", "at the end of stdin: stop (default) or stay", "headless"),
    ),
    "Console": (
        Option("theme", "--theme", "NAME", "colour theme (tuiserver-dark)", "console"),
        Option("color", "--color", "WHEN", "use colours: auto (default; not with NO_COLOR), always, never", "console"),
        Option("ascii", "--ascii", "", "draw with ASCII characters only", "console"),
        Option(
            "columns", "--columns", "NAMES", "columns of the connection table, in order: state,in,out,last", "console"
        ),
        Option("mouse", "--no-mouse", "", "do not capture the mouse", "console"),
        Option("read_only", "--read-only", "", "watch only: nothing can be sent, closed or paused", "console"),
        Option(
            "message_memory", "--message-memory", "SIZE", "memory for messages; the oldest are dropped (64M)", "console"
        ),
        Option("tail", "--tail", "FILE", "file that the log pane follows instead of the log", "console"),
    ),
    "Limits (sizes: 500, 64k, 10M; times: 30, 0.5, 2m, or 0 for no limit)": (
        Option("max_connections", "--max-connections", "N", "open connections; further clients wait (10000)"),
        Option("max_message", "--max-message", "SIZE", "size of a message; HTTP answers 413 to a larger one (10M)"),
        Option("max_buffer", "--max-buffer", "SIZE", "unsent bytes of a client before reading from it pauses (1M)"),
        Option("max_buffered", "--max-buffered", "SIZE", "unsent bytes of all clients before reading pauses (256M)"),
        Option(
            "max_unfinished",
            "--max-unfinished",
            "SIZE",
            "unfinished requests of all clients before reading from them pauses (64M)",
        ),
        Option(
            "idle_timeout",
            "--idle-timeout",
            "TIME",
            "time without data from a client before it is closed (HTTP 75, raw none)",
        ),
        Option(
            "half_close",
            "--half-close",
            "TIME",
            "time to answer a client that finished sending, 0 for none; console: 60 (5)",
        ),
        Option("request_timeout", "--request-timeout", "TIME", "maximum time to receive a request; then HTTP 408 (30)"),
        Option(
            "handshake_timeout", "--handshake-timeout", "TIME", "maximum time until a client on http:// sends data (10)"
        ),
        Option(
            "keepalive", "--keepalive", "TIME", "silence before the system probes whether a client is still there (60)"
        ),
        Option("backlog", "--backlog", "N", "length of the pending-connection queue (1024)"),
        Option(
            "view_memory",
            "--view-memory",
            "SIZE",
            "memory for events queued for a slow reader or screen (8M)",
        ),
    ),
    "General": (
        Option("log", "--log", "FILE", "log file (default: one per address, in the state folder)"),
        Option("debug", "--debug", "", "print the traceback of a failure"),
        Option("charset", "--charset", "NAME", "character set of text from and to clients (utf-8)"),
        Option(
            "decode",
            "--decode",
            "SPEC",
            "read the fields of messages: auto, http, json …, or FILE.h:STRUCT",
        ),
        Option("help", "--help", "", "print this help"),
        Option("version", "--version", "", "print the version"),
    ),
}
"""The options by group, in the order of the help."""

ADDRESSES = Option("addresses", "", "ADDRESSES", "list of addresses to listen on")
BY_FLAG = {option.flag: option for group in OPTIONS.values() for option in group}
OPPOSITES = {
    option.flag.replace("--no-", "--") if option.flag.startswith("--no-") else f"--no-{option.flag[2:]}": option
    for option in BY_FLAG.values()
    if not option.value and option.name not in ("help", "version")
}
"""The flags that turn a switch off again after a file turned it on, by name."""
BY_NAME = {option.name: option for option in (ADDRESSES, *BY_FLAG.values()) if option.name not in ("help", "version")}
"""The options by the name that the setting has in a file."""

RULES = ("colors", "mute")
"""The lists of rules in a file."""

EXCLUDING = {"app": ("reply", "poller"), "reply": ("app",)}
"""Settings that exclude others: from different sources the one with higher precedence is used, from one it is an error."""

LIMITS = {option.name: option for option in BY_FLAG.values() if option.name in Limits.__struct_fields__}
"""The options that set a limit."""

_SIZE_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_TIME_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
_BOOLEANS = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}


def read_value(option: Option, raw: object, label: str) -> Any:
    """Convert a value from a file, a variable or a flag to the type of the setting.

    `label` is the name of the setting in that source. Raises `ValueError` with a message that says what would be valid.
    """
    if not option.value:
        value = raw if isinstance(raw, bool) else _BOOLEANS.get(str(raw).lower())
        if value is None:
            raise ValueError(f'{label} must be yes or no, not "{raw}"')
        return value
    if option.value in ("N", "SIZE", "TIME"):
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise ValueError(f"{label} must be a number")
        return read_limit(option, str(raw), label)
    if option.value in ("NAMES", "ADDRESSES"):
        names = raw.replace(",", " ").split() if isinstance(raw, str) else raw
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"{label} must be a list of names")
        return tuple(names)
    if not isinstance(raw, str):
        raise ValueError(f"{label} must be a string: write it in quotes")
    if not raw:
        raise ValueError(f"{label} is empty: set a value or remove it")
    if option.value == "SPEC" and (found := re.fullmatch(r"(.+\.h(?:pp)?)((?::\w+)?)", raw)):
        return _read_path(found[1], label, keep_relative=False) + found[2]
    return _read_path(raw, label, keep_relative=option.name == "app") if option.value == "FILE" else raw


def _read_path(text: str, label: str, keep_relative: bool) -> str:
    """A path with `~` expanded, which no shell does in a file, and absolute: a program may change the working directory.

    `app` stays as it is: it may name a module, and is loaded at once.
    """
    path = os.path.expanduser(text)
    if keep_relative or os.path.isabs(path):
        return path
    try:
        return os.path.join(os.getcwd(), path)
    except OSError:
        raise ValueError(f'{label} "{path}" is relative to a folder that does not exist any more') from None


def read_limit(option: Option, text: str, label: str = "") -> float:
    """Parse a size, a time in seconds or a number; raises `ValueError` with a message that says what would be valid."""
    units, kind, example = (
        (_TIME_UNITS, "time", "30 or 2m") if option.value == "TIME" else (_SIZE_UNITS, "size", "500 or 64k")
    )
    if option.value == "N":
        units, kind, example = {"": 1}, "number", "100"
    label = label or option.flag
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([a-z]?)(?:i?b)?", text.lower())
    if match is None or match[2] not in units or (kind != "time" and "." in match[1] and not match[2]):
        raise ValueError(f"{label} {text} is not a {kind}: write {example}")
    number = float(match[1]) * units[match[2]]
    if number == float("inf"):
        raise ValueError(f"{label} is too large: write {example}")
    if not number and kind != "time":
        raise ValueError(f"{label} {text} must be more than 0: write {example}")
    return number if kind == "time" else int(number)
