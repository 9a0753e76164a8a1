"""From the command line to a running server: arguments → `Settings` → console or headless.

Rules of this file:
- What is wrong is one line on stderr that names the thing and the remedy, said before the screen is taken.
- Exit codes: 0 after SIGINT, SIGTERM or quit; 1 cannot listen or failed while running; 2 usage or configuration.
- Only what a run needs is imported: headless loads no console, and no `logging` without a program.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tuiserver import __version__
from tuiserver.config.settings import BY_FLAG, COLORS, OPPOSITES, OPTIONS, Settings, read_value
from tuiserver.config.sources import DEFAULT, ConfigError, Found, Given, gather, table_of
from tuiserver.core.address import EXAMPLE, AddressError, parse
from tuiserver.core.payload import escape_nonprintable
from tuiserver.engine.listener import ListenError
from tuiserver.engine.loop import pollers
from tuiserver.outputs.log import LogError, LogTail, LogWriter
from tuiserver.programs.replies import REPLIES, install
from tuiserver.worker import Worker

if TYPE_CHECKING:
    from tuiserver.console.keymap import Keys

LONGEST = 500
"""Characters of an error that are shown: what a program raises may be any text."""

USAGE = "tuiserver [ADDRESS …] [--reply NAME | --app FILE] [--headless [--json]] [options]"

EXAMPLES = """\
  tuiserver 127.0.0.1:9999                       the console on one address
  tuiserver :9999 http://[::1]:8080              all interfaces, and HTTP over IPv6
  tuiserver --app examples/chat.py               your program behind the console
  tuiserver --headless --json 127.0.0.1:0        for scripts: JSON lines, any free port
  tuiserver config                               every setting, its value, and where it comes from
  tuiserver keys                                 every key of the console"""


class UsageError(Exception):
    """What was asked for makes no sense; `str()` is one line for the user."""


def main(arguments: list[str] | None = None) -> int:
    """Run `tuiserver` with these arguments, by default those of the process; returns the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in words
    _occupy_standard_descriptors()
    try:
        if "--help" in words or "-h" in words:
            return _tell(help_text())
        if "--version" in words:
            return _tell(f"tuiserver {__version__}")
        if words[:1] == ["keys"]:
            return show_keys(words[1:])
        if words[:1] == ["config"]:
            return _tell(table_of(gather(parse_flags(words[1:]))))
        found = gather(parse_flags(words))
        check(found)
        return serve(found.settings)
    except KeyboardInterrupt:
        return 0
    except (UsageError, ConfigError, AddressError, LogError) as error:
        return _fail(2, error, debug)
    except ListenError as error:
        return _fail(1, error, debug)
    except Exception as error:
        return _fail(1, error, debug, f"failed: {type(error).__name__}: {error}")


def parse_arguments(words: Iterable[str]) -> Settings:
    """Words of a command line → `Settings`, with nothing from elsewhere; raises `UsageError`."""
    return gather(parse_flags(words), ()).settings


def parse_flags(words: Iterable[str]) -> dict[str, Given]:
    """Words of a command line → what they give; raises `UsageError`."""
    given: dict[str, Given] = {}
    addresses: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            addresses += rest
        elif not word.startswith("-"):
            addresses.append(word)
        else:
            flag, equals, value = word.partition("=")
            option = BY_FLAG.get(flag) or OPPOSITES.get(flag)
            if option is None:
                raise UsageError(
                    f'unknown option "{flag}"{_similar(flag, [*BY_FLAG, *OPPOSITES])}: see tuiserver --help'
                )
            if not option.value:
                if equals:
                    raise UsageError(f"{flag} takes no value")
                given[option.name] = Given(not flag.startswith("--no-"), flag)
                continue
            if not equals:
                value = next(rest, "")
            if not value or (value.startswith("-") and not equals):
                raise UsageError(f"{flag} needs a value: {flag} {option.value}")
            try:
                given[option.name] = Given(read_value(option, value, flag), flag)
            except ValueError as error:
                raise UsageError(str(error)) from None
    if addresses:
        given["addresses"] = Given(tuple(addresses), "command line")
    if "app" in given and "reply" in given:
        raise UsageError("--app and --reply exclude each other: the program answers, or a built-in reply does")
    if "app" in given and "poller" in given:
        raise UsageError("--app and --poller exclude each other: a program says Worker(…, poller=NAME)")
    return given


def check(found: Found) -> None:
    """Find what is wrong before anything is opened; raises `UsageError` or `AddressError`."""
    settings = found.settings

    def wrong(name: str, text: str) -> UsageError:
        """The fault, and where it was given if not on this very line."""
        origin = found.origin(name)
        return UsageError(
            text if origin in (DEFAULT, "command line") or origin.startswith("--") else f"{origin}: {text}"
        )

    mode, other = ("headless", "console") if settings.headless else ("console", "headless")
    for option in BY_FLAG.values():
        if option.only == other and found.origin(option.name) == option.flag:
            remedy = "leave it out" if settings.headless else "add --headless"
            raise UsageError(f"{option.flag} has no meaning in {mode} mode: {remedy}")
    for address in settings.addresses:
        try:
            parse(address)
        except AddressError as error:
            raise wrong("addresses", str(error)) from None
    if not settings.addresses and not settings.app:
        raise UsageError(f"no address to listen on: try tuiserver {EXAMPLE}")
    if settings.reply not in REPLIES:
        raise wrong("reply", f'unknown reply "{settings.reply}": use one of {", ".join(REPLIES)}')
    if settings.poller not in ("auto", *pollers()):
        known = ", ".join(pollers())
        raise wrong("poller", f'no poller "{settings.poller}" on this system: use one of auto, {known}')
    if not settings.headless:
        _check_terminal()
        if settings.color not in COLORS:
            raise wrong("color", f'unknown colour "{settings.color}": use one of {", ".join(COLORS)}')
        if settings.theme:
            from tuiserver.config import themes

            if themes.full_name(settings.theme) not in themes.names():
                raise wrong("theme", f'unknown theme "{settings.theme}": use one of {", ".join(themes.names())}')
        if settings.columns:
            from tuiserver.console.models.columns import BY_NAME

            if unknown := [name for name in settings.columns if name not in BY_NAME]:
                raise wrong("columns", f'unknown column "{unknown[0]}": use some of {", ".join(BY_NAME)}')
        if found.keys:
            own_keys(found)


def own_keys(found: Found) -> Keys:
    """The keys of the console, the operator's own among them; raises `UsageError` with the line that is wrong."""
    from tuiserver.console.keymap import Keys, read_key

    for name, given in found.keys.items():
        try:
            found.keys[name] = given._replace(value=tuple(read_key(text) for text in given.value))
        except ValueError as error:
            raise UsageError(f"{given.origin}: {name}: {error}") from None
    keys = Keys({name: given.value for name, given in found.keys.items()})
    for name, fault in keys.faults():
        raise UsageError(f"{found.keys[name].origin}: {fault}")
    return keys


def serve(settings: Settings) -> int:
    """Serve until told to stop; raises what `main` turns into a line."""
    with ExitStack() as at_end:
        log = LogWriter(settings.log or None)
        at_end.callback(log.close)
        if settings.app:
            from tuiserver.programs.capture import captured

            at_end.enter_context(captured(log))
        worker = make_worker(settings)
        worker.limits = replace(worker.limits, **dict(settings.limits))
        if log.warning:
            print(f"tuiserver: {escape_nonprintable(log.warning)}", file=sys.stderr)
        at_end.callback(worker.stop)
        worker.add_sink(log)
        if settings.headless:
            from tuiserver.outputs.headless import run_headless

            run_headless(worker, json=settings.json, quiet=settings.quiet)
            return 0
        worker.bind(partly=True)
        gc.disable()  # What is made at the start stays; the console enables it when it has drawn its first frame.
        at_end.callback(gc.enable)
        from tuiserver.console.app import run_console
        from tuiserver.links.local import LocalLink

        tail = LogTail(settings.tail) if settings.tail else LogTail(log.path, log.memory)
        worker.start()
        code = run_console(LocalLink(worker), settings, tail, worker.stop)
        if worker.failure is not None:
            raise worker.failure
        return code


def make_worker(settings: Settings) -> Worker:
    """The worker of the settings: the user's program, or a built-in reply; raises `UsageError` or `AddressError`."""
    if not settings.app:
        worker = Worker(*settings.addresses, poller=settings.poller)
        install(worker, settings.reply)
        return worker
    from tuiserver.programs.loader import ProgramError, load

    try:
        worker = load(settings.app)
    except ProgramError as error:
        raise UsageError(str(error)) from error.__cause__
    if settings.addresses:
        worker.listen_on(*settings.addresses)
    if not worker.addresses:
        raise UsageError(f"{settings.app} gives no address to listen on: try tuiserver --app {settings.app} {EXAMPLE}")
    return worker


def help_text() -> str:
    """What `--help` prints."""
    lines = [
        f"usage: {USAGE}",
        "",
        "The operator's console for TCP servers: see and steer what connects to a port.",
        "",
    ]
    lines.append(
        "  ADDRESS                  HOST:PORT, with tcp://, raw:// or http:// in front if wanted; port 0: any free one"
    )
    for title, options in OPTIONS.items():
        lines += ["", title]
        lines += [f"  {f'{option.flag} {option.value}':<25}{option.text}" for option in options]
    return "\n".join([*lines, "", "Examples", EXAMPLES])


def show_keys(words: list[str]) -> int:
    """Print the table of keys, with those of the configuration; raises `UsageError`."""
    if words:
        raise UsageError(f'tuiserver keys takes nothing: leave out "{words[0]}"')
    from tuiserver.console.keymap import table

    return _tell(table(own_keys(gather({}))))


def _tell(text: str) -> int:
    """Print what was asked for; a reader that wants no more of it is no failure."""
    try:
        print("\n".join(map(escape_nonprintable, text.split("\n"))), flush=True)  # What a file says is shown, not done.
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


def _similar(flag: str, flags: Iterable[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(flag, flags, 1)
    return f" (did you mean {close[0]}?)" if close else ""


def _check_terminal() -> None:
    for name in ("stdout", "stdin", "stderr"):
        if not getattr(sys, f"__{name}__").isatty():
            raise UsageError(f"{name} is not a terminal: the console needs one, --headless does not")


def _occupy_standard_descriptors() -> None:
    """Where 0, 1 or 2 is closed, a socket would get that number and be printed to: /dev/null takes the place."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _fail(code: int, error: BaseException, debug: bool, text: str = "") -> int:
    line = escape_nonprintable(text or str(error))
    if len(line) > LONGEST:
        line = f"{line[:LONGEST]}…"
    cause = error.__cause__ or error
    if debug and cause.__traceback__ is not None:
        import traceback

        traceback.print_exception(cause)
    print(f"tuiserver: {line}", file=sys.stderr)
    return code
