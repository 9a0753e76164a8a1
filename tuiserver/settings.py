"""What can be set: one `Settings`, and one table that says of each setting what it is for.

Rules of this file:
- A setting's words stand once, here; the help and the README's table are made of them.
- The value is checked where it is used first; here it is only named, typed and given its default.
"""

from __future__ import annotations

import msgspec


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
    mouse: bool = True
    debug: bool = False


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
        Option("theme", "--theme", "NAME", "its colours", "console"),
        Option("ascii", "--ascii", "", "draw with ASCII characters only", "console"),
        Option("mouse", "--no-mouse", "", "leave the mouse to the terminal", "console"),
        Option("tail", "--tail", "FILE", "let the log pane follow this file", "console"),
    ),
    "The rest": (
        Option("log", "--log", "FILE", "write the log here, not to tuiserver.log in the state folder"),
        Option("debug", "--debug", "", "show the traceback of what fails"),
        Option("help", "--help", "", "show this"),
        Option("version", "--version", "", "show the version"),
    ),
}
"""Every option by its group, in the order of the help."""

BY_FLAG = {option.flag: option for group in OPTIONS.values() for option in group}
