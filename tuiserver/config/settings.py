"""What can be set: one `Settings`, and one table that says of each setting what it is for.

Rules of this file:
- A setting's words stand once, here; the help, the errors and the README's table are made of them.
- Whether there is such a theme or address is checked where it is used; here it is named, typed and given its default.
"""

from __future__ import annotations

import os
import re
from typing import Any

import msgspec

from tuiserver.core.limits import Limits


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
    columns: tuple[str, ...] = ()
    mouse: bool = True
    read_only: bool = False
    message_memory: int = 64 << 20
    debug: bool = False
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The operator's own keys, by the name of the action."""
    limits: tuple[tuple[str, float], ...] = ()
    """The limits that were given, by their names in `Limits`."""


class Option(msgspec.Struct, frozen=True):
    """How a setting is given: its flag, the name of its value (empty for a switch), and its words."""

    name: str
    flag: str
    value: str
    text: str
    only: str = ""
    """`console` or `headless` when it means nothing in the other one."""

    @property
    def default(self) -> Any:
        """Its value where nobody gives one."""
        return getattr(Limits(), self.name) if self.name in Limits.__struct_fields__ else getattr(Settings(), self.name)


COLORS = ("auto", "always", "never")
"""What `color` can be."""


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
        Option("theme", "--theme", "NAME", "its colours", "console"),
        Option("color", "--color", "WHEN", "colours: auto (default; none with NO_COLOR), always, never", "console"),
        Option("ascii", "--ascii", "", "draw with ASCII characters only", "console"),
        Option(
            "columns", "--columns", "NAMES", "columns of the connections, in this order: state,in,out,last", "console"
        ),
        Option("mouse", "--no-mouse", "", "leave the mouse to the terminal", "console"),
        Option("read_only", "--read-only", "", "only look: nothing is sent, closed or paused", "console"),
        Option("message_memory", "--message-memory", "SIZE", "messages that are kept; the oldest go (64M)", "console"),
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

ADDRESSES = Option("addresses", "", "ADDRESSES", "where to listen, as a list")
BY_FLAG = {option.flag: option for group in OPTIONS.values() for option in group}
OPPOSITES = {
    option.flag.replace("--no-", "--") if option.flag.startswith("--no-") else f"--no-{option.flag[2:]}": option
    for option in BY_FLAG.values()
    if not option.value and option.name not in ("help", "version")
}
"""The flag that unsets a switch, for one that is set in a file."""
BY_NAME = {option.name: option for option in (ADDRESSES, *BY_FLAG.values()) if option.name not in ("help", "version")}
"""The settings by their names, as files have them."""

EXCLUDING = {"app": ("reply", "poller"), "reply": ("app",), "poller": ("app",)}
"""Settings that make no sense together: of two of different strength the stronger one stays."""

LIMITS = {option.name: option for option in BY_FLAG.values() if option.name in Limits.__struct_fields__}
"""The options that set a limit."""

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_TIMES = {"": 1, "s": 1, "m": 60, "h": 3600}


_WORDS = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}


def read_value(option: Option, raw: object, label: str) -> Any:
    """A value as a file, a variable or a flag gives it → as the setting holds it; raises `ValueError` with what would be
    right. `label` is what the setting is called there."""
    if not option.value:
        known = raw if isinstance(raw, bool) else _WORDS.get(str(raw).lower())
        if known is None:
            raise ValueError(f'{label} is yes or no, not "{raw}"')
        return known
    if option.value in ("N", "SIZE", "TIME"):
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise ValueError(f"{label} is one number")
        return read_limit(option, str(raw), label)
    if option.value in ("NAMES", "ADDRESSES"):
        names = raw.replace(",", " ").split() if isinstance(raw, str) else raw
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"{label} is a list of names")
        return tuple(names)
    if not isinstance(raw, str):
        raise ValueError(f"{label} is a text: write it in quotes")
    if not raw:
        raise ValueError(f"{label} is empty: give it a value, or leave it out")
    return os.path.expanduser(raw) if option.value == "FILE" else raw  # No shell has read what stands in a file.


def read_limit(option: Option, text: str, label: str = "") -> float:
    """The number that `text` means for this limit; raises `ValueError` with what would be right."""
    units, kind, example = (_TIMES, "time", "30 or 2m") if option.value == "TIME" else (_UNITS, "size", "500 or 64k")
    if option.value == "N":
        units, kind, example = {"": 1}, "number", "100"
    label = label or option.flag
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([a-z]?)(?:i?b)?", text.lower())
    if match is None or match[2] not in units or (kind != "time" and "." in match[1] and not match[2]):
        raise ValueError(f"{label} {text} is not a {kind}: write {example}")
    number = float(match[1]) * units[match[2]]
    if not number and kind != "time":
        raise ValueError(f"{label} {text} leaves nothing: write {example}")
    return number if kind == "time" else int(number)
