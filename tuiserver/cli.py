"""From the command line to a running server: arguments, variables and files → `Settings` → console or headless.

Rules of this file:
- What is wrong is one line on stderr that names the thing and the remedy, said before the screen is taken.
- Exit codes: 0 after SIGINT, SIGTERM or quit; 1 cannot listen or failed while running; 2 usage or configuration.
- Only what a run needs is imported: headless loads no console, and no `logging` without a program.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack

from msgspec.structs import replace

from tuiserver import __version__
from tuiserver.address import EXAMPLE, AddressError, parse
from tuiserver.listener import ListenError
from tuiserver.log import LogError, LogTail, LogWriter
from tuiserver.loop import pollers
from tuiserver.payload import typeable
from tuiserver.replies import REPLIES, install
from tuiserver.settings import ADDRESSES, BY_FLAG, COLORS, OPTIONS, Settings, UsageError
from tuiserver.sources import FLAG, Configuration, gather
from tuiserver.worker import Worker

LONGEST = 500
"""Characters of an error that are shown: what a program raises may be any text."""

USAGE = "tuiserver [ADDRESS …] [--reply NAME | --app FILE] [--headless [--json]] [options]"

SETTINGS = """\
  All but --help and --version also in config.toml of the configuration folder or in ./tuiserver.toml, as
  max_buffer = "64k", and in the environment, as TUISERVER_MAX_BUFFER; --no-NAME unsets a switch set there
  tuiserver config [options]                     what is set, and where
  tuiserver keys                                 what every key does; [keys] in those files changes it"""

EXAMPLES = """\
  tuiserver 127.0.0.1:9999                       the console on one address
  tuiserver :9999 http://[::1]:8080              all interfaces, and HTTP over IPv6
  tuiserver --app examples/chat.py               your program behind the console
  tuiserver --headless --json 127.0.0.1:0        for scripts: JSON lines, any free port"""


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
        found = gather(words)
        debug = found.settings.debug
        check(found)
        settings = with_keys(found)
        if found.command:
            return _tell(command_text(found, settings))
        _check_start(settings)
        return serve(settings)
    except KeyboardInterrupt:
        return 0
    except (UsageError, AddressError, LogError) as error:
        return _fail(2, error, debug)
    except ListenError as error:
        return _fail(1, error, debug)
    except Exception as error:
        return _fail(1, error, debug, f"failed: {type(error).__name__}: {error}")


def check(found: Configuration) -> None:
    """Find what is wrong before anything is opened; raises `UsageError`, which names where it was set."""
    settings, origin = found.settings, found.origin
    mode, other = ("headless", "console") if settings.headless else ("console", "headless")
    for option in BY_FLAG.values():
        # A file and the environment are for both: only who asks for it now is told.
        changed = option.only and getattr(settings, option.name) != getattr(Settings(), option.name)
        if changed and option.only == other and origin(option.name).kind == FLAG:
            remedy = "leave it out" if settings.headless else "add --headless"
            raise UsageError(f"{option.flag} has no meaning in {mode} mode: {remedy}")
    for address in settings.addresses:
        try:
            parse(address)
        except AddressError as error:
            raise origin("addresses").says(str(error)) from None
    if settings.reply not in REPLIES:
        raise origin("reply").says(f'unknown reply "{settings.reply}": use one of {", ".join(REPLIES)}')
    if settings.poller not in ("auto", *pollers()):
        raise origin("poller").says(
            f'no poller "{settings.poller}" on this system: use one of auto, {", ".join(pollers())}'
        )
    if settings.headless:
        return
    if settings.color not in COLORS:
        raise origin("color").says(f'unknown color "{settings.color}": use one of {", ".join(COLORS)}')
    if settings.theme:
        from tuiserver import themes

        known = themes.names()
        if themes.full_name(settings.theme, known) not in known:
            raise origin("theme").says(f'unknown theme "{settings.theme}": use one of {", ".join(known)}')


def with_keys(found: Configuration) -> Settings:
    """The settings, with the keys of the console read; without a screen there are none. Raises `UsageError`."""
    if not found.keys or (found.settings.headless and not found.command):
        return found.settings
    from tuiserver.console import keymap

    return replace(found.settings, keys=keymap.read(found.keys))


def command_text(found: Configuration, settings: Settings) -> str:
    """What `tuiserver config` and `tuiserver keys` print."""
    if found.command == "config":
        from tuiserver import sources

        return sources.text_of(found)
    from tuiserver.console import keymap

    return keymap.table(settings.keys, {name: place for name, _, place in found.keys})


def _check_start(settings: Settings) -> None:
    """What is needed to serve and not to be asked about the settings."""
    if not settings.addresses and not settings.app:
        raise UsageError(f"no address to listen on: try tuiserver {EXAMPLE}")
    if not settings.headless:
        _check_terminal()


def serve(settings: Settings) -> int:
    """Serve until told to stop; raises what `main` turns into a line."""
    with ExitStack() as at_end:
        log = LogWriter(settings.log or None)
        at_end.callback(log.close)
        if settings.app:
            from tuiserver.capture import captured

            at_end.enter_context(captured(log))
        worker = make_worker(settings)
        worker.limits = replace(worker.limits, **dict(settings.limits))
        if log.warning:
            print(f"tuiserver: {typeable(log.warning)}", file=sys.stderr)
        at_end.callback(worker.stop)
        worker.add_sink(log)
        if settings.headless:
            from tuiserver.headless import run_headless

            run_headless(worker, json=settings.json, quiet=settings.quiet)
            return 0
        worker.bind()
        from tuiserver.console.app import run_console
        from tuiserver.link import LocalLink

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
    from tuiserver.program import ProgramError, load

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
    lines.append(f"  {ADDRESSES.flag:<25}{ADDRESSES.text}")
    for title, options in OPTIONS.items():
        lines += ["", title]
        lines += [f"  {f'{option.flag} {option.value}':<25}{option.text}" for option in options]
    return "\n".join([*lines, "", "Settings", SETTINGS, "", "Examples", EXAMPLES])


def _tell(text: str) -> int:
    """Print what was asked for; a reader that wants no more of it is no failure."""
    try:
        print("\n".join(map(typeable, text.split("\n"))), flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


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
    line = typeable(text or str(error))
    if len(line) > LONGEST:
        line = f"{line[:LONGEST]}…"
    cause = error.__cause__ or error
    if debug and cause.__traceback__ is not None:
        import traceback

        traceback.print_exception(cause)
    print(f"tuiserver: {line}", file=sys.stderr)
    return code
