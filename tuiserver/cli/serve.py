"""Run a server with the console or headless: what `tuiserver` does without a subcommand.

Rules of this file:
- The settings are checked before anything is opened or the screen is taken.
- Headless, neither the console nor (without `--app`) `logging` is imported.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from msgspec.structs import replace

from tuiserver.cli.base import UsageError, load, print_error
from tuiserver.cli.keys import resolve_keys
from tuiserver.config.settings import BY_FLAG, COLORS, Settings
from tuiserver.config.sources import LoadedSettings
from tuiserver.core.address import EXAMPLE, Address, AddressError
from tuiserver.core.charsets import CharsetError, find
from tuiserver.core.limits import Limits
from tuiserver.engine.pollers import pollers
from tuiserver.engine.transports.registry import parse_address
from tuiserver.outputs.log import LogWriter
from tuiserver.programs.replies import REPLIES, install
from tuiserver.protocols.parameters import LINE_ENDINGS, SpecError
from tuiserver.protocols.registry import LINE, Factories
from tuiserver.worker import Worker

OPERATOR_HALF_CLOSE = 60.0
"""Seconds for which a client that has finished sending can be answered where a person answers. A program needs less."""


def serve(arguments: Sequence[str]) -> int:
    """Serve until stopped; returns the exit code, and raises what `main` reports."""
    loaded = load(arguments)
    check_settings(loaded)
    settings = loaded.settings
    if not settings.headless:
        require_terminal()
    announce_found(loaded)
    return run_server(settings)


def announce_found(loaded: LoadedSettings) -> None:
    """Name what a file in the working directory loads or writes: the user may not know that there is one."""
    for name, verb in (("app", "runs the program"), ("log", "writes the log to")):
        sourced = loaded.values.get(name)
        if sourced is not None and sourced.found:
            print_error(f"{sourced.origin} {verb} {sourced.value}")


def check_settings(loaded: LoadedSettings) -> None:
    """Raise `UsageError` for the first invalid setting; one from a file or a variable is reported with its origin."""
    settings = loaded.settings
    mode, other_mode = ("headless", "console") if settings.headless else ("console", "headless")
    for option in BY_FLAG.values():
        given = loaded.values.get(option.name)
        if given is None or not given.on_command_line or option.only != other_mode:
            continue
        if option.value or given.value != option.default:
            remedy = "remove it" if settings.headless else "add --headless"
            raise UsageError(f"{option.flag} has no effect in {mode} mode: {remedy}")
    for address in settings.addresses:
        try:
            parse_address(address)
        except AddressError as error:
            raise _invalid(loaded, "addresses", str(error)) from None
    _check_protocol(loaded, settings)
    if not settings.addresses and not settings.app:
        raise UsageError(f"no address to listen on: try tuiserver {EXAMPLE}")
    _check_choice(loaded, "reply", "reply", settings.reply, REPLIES)
    if settings.app and "poller" in loaded.values:
        text = f"poller has no effect on the program of {loaded.origin('app')}: it chooses with Worker(…, poller=NAME)"
        if loaded.values["poller"].on_command_line:
            raise UsageError(f"--{text}")
        print_error(f"{loaded.origin('poller')}: {text}")
    _check_choice(loaded, "poller", "event loop backend", settings.poller, ("auto", *pollers()))
    _check_choice(loaded, "stdin_end", "action", settings.stdin_end, ("stop", "stay"))
    try:
        find(settings.charset)
    except CharsetError as error:
        raise _invalid(loaded, "charset", str(error)) from None
    _check_decoder(loaded, settings.decode)
    charset = loaded.values.get("charset")
    if settings.headless and settings.json and charset is not None and charset.on_command_line:
        raise UsageError("--charset has no effect with --json, which prints bytes: remove it")
    if not settings.headless:
        _check_console_settings(loaded, settings)
    elif settings.stdin and not settings.json:
        raise _invalid(loaded, "stdin", "commands on stdin are answered in JSON: add --json")


def _check_protocol(loaded: LoadedSettings, settings: Settings) -> None:
    if settings.protocol:
        try:
            Factories(Limits()).get(settings.protocol)
        except SpecError as error:
            raise _invalid(loaded, "protocol", str(error)) from None
    if settings.line_ending:
        _check_choice(loaded, "line_ending", "line ending", settings.line_ending, LINE_ENDINGS)
        specs = (settings.protocol, *(parse_address(address).protocol for address in settings.addresses))
        if LINE not in specs and loaded.values["line_ending"].on_command_line:
            raise UsageError(f"--line-ending has no effect without the protocol line: add --protocol {LINE}")


def _check_console_settings(loaded: LoadedSettings, settings: Settings) -> None:
    _check_choice(loaded, "color", "colour mode", settings.color, COLORS)
    if settings.theme:
        from tuiserver.config import themes

        names = themes.names()
        if themes.full_name(settings.theme) not in names:
            _check_choice(loaded, "theme", "theme", settings.theme, names)
    if settings.columns:
        from tuiserver.console.models.columns import BY_NAME
        from tuiserver.console.models.last_fields import is_field

        for name in settings.columns:
            if not is_field(name):
                _check_choice(loaded, "columns", "column", name, (*BY_NAME, "field:NAME"))
    if loaded.rules:
        from tuiserver.console.models.color_rules import faults

        for fault in faults(settings.colors, settings.mute, settings.decode):
            raise UsageError(fault)
    if loaded.keys:
        resolve_keys(loaded)


def _check_decoder(loaded: LoadedSettings, spec: str) -> None:
    if spec:
        from tuiserver.decoders.connections import ConnectionDecoders
        from tuiserver.decoders.registry import SpecError

        try:
            ConnectionDecoders(spec)
        except SpecError as error:
            raise _invalid(loaded, "decode", str(error)) from None


def _check_choice(loaded: LoadedSettings, name: str, kind: str, value: str, choices: Collection[str]) -> None:
    if value not in choices:
        raise _invalid(loaded, name, f'unknown {kind} "{value}": use one of {", ".join(choices)}')


def _invalid(loaded: LoadedSettings, name: str, text: str) -> UsageError:
    """The error of a setting, with its origin if that is a file or a variable."""
    return UsageError(f"{loaded.origin(name)}: {text}" if loaded.is_from_file_or_variable(name) else text)


def require_terminal() -> None:
    """Raise `UsageError` unless stdin, stdout and stderr are a terminal."""
    for name in ("stdout", "stdin", "stderr"):
        if not getattr(sys, f"__{name}__").isatty():
            raise UsageError(f"{name} is not a terminal: the console needs one, --headless does not")


def run_server(settings: Settings) -> int:
    """Run the server of these settings until it is stopped; returns the exit code."""
    with ExitStack() as cleanup:
        cleanup.enter_context(hangups_restored())
        label = settings.addresses[0] if settings.addresses else os.path.basename(settings.app)
        problems: list[str] = []
        if not settings.headless:  # the console owns the terminal until it ends
            cleanup.callback(lambda: print_errors(problems))
        log = LogWriter(settings.log or None, label, print_error if settings.headless else problems.append)
        cleanup.callback(log.close)
        if log.warning:
            print_error(log.warning)
        stdout = 1
        if settings.app:
            from tuiserver.programs.capture import captured

            stdout = cleanup.enter_context(captured(log, not settings.headless, settings.stdin))
        worker = make_worker(settings)
        worker.limits = replace(worker.limits, **limits_of(settings))
        cleanup.callback(worker.stop)
        cleanup.callback(ignore_hangups)
        worker.add_sink(log)
        if settings.headless:
            from tuiserver.outputs.headless import run_headless

            run_headless(
                worker,
                json=settings.json,
                quiet=settings.quiet,
                lossless=settings.lossless,
                stdin=settings.stdin_end if settings.stdin else "",
                stdout=stdout,
                charset=settings.charset,
                decode=settings.decode,
            )
            return 0
        worker.bind(partly=True)
        # Nothing created during startup becomes garbage; the console enables collection after its first frame.
        gc.disable()
        cleanup.callback(gc.enable)
        from tuiserver.console.run import run_console
        from tuiserver.links.local import LocalLink
        from tuiserver.outputs.tail import LogTail

        tail = LogTail(log.path, log.memory, log.run_start)
        if settings.tail:  # What was there before says nothing about the connections of this run.
            tail = LogTail(settings.tail, run_start=size_of(settings.tail), show_earlier=True)
        worker.start()

        def stop() -> None:
            worker.stop()
            log.close()

        def clients() -> int | None:
            return None if worker.failure is not None else len(worker.connections)

        code = run_console(LocalLink(worker), settings, tail, stop, log.write, clients)
        if worker.failure is not None:
            raise worker.failure
        return code


def size_of(path: str) -> int:
    """The size of a file in bytes; 0 if there is none."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def limits_of(settings: Settings) -> dict[str, Any]:
    """The limits that are configured. Where an operator answers, by a console or by stdin, a half-close may last longer."""
    limits: dict[str, Any] = dict(settings.limits)
    if not settings.app and (not settings.headless or settings.stdin):
        limits.setdefault("half_close", OPERATOR_HALF_CLOSE)
    return limits


@contextmanager
def hangups_restored() -> Iterator[None]:
    """Restore the handler of SIGHUP at the end."""
    handler = signal.getsignal(signal.SIGHUP)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGHUP, handler)


def ignore_hangups() -> None:
    """A second hang-up, which the shell sends after that of the kernel, must not cut the end short."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def print_errors(texts: Sequence[str]) -> None:
    """Print lines about the program itself to stderr."""
    for text in texts:
        print_error(text)


def make_worker(settings: Settings) -> Worker:
    """The worker of the user's program or of a built-in reply; raises `UsageError` or `AddressError`."""
    if not settings.app:
        worker = Worker(*_addresses(settings), poller=settings.poller)
        install(worker, settings.reply)
        if settings.protocol:
            worker.use_protocol(_with_ending(settings.protocol, settings))
        return worker
    from tuiserver.programs.loader import ProgramError, load

    try:
        worker = load(settings.app)
    except ProgramError as error:
        raise UsageError(str(error)) from error.__cause__
    if settings.protocol:
        worker.use_protocol(_with_ending(settings.protocol, settings))
    if settings.addresses:
        worker.listen_on(*_addresses(settings))
    if not worker.addresses:
        raise UsageError(f"{settings.app} has no address to listen on: try tuiserver --app {settings.app} {EXAMPLE}")
    return worker


def _addresses(settings: Settings) -> list[Address]:
    """The addresses with the line ending that was chosen; raises `AddressError`."""
    addresses = map(parse_address, settings.addresses)
    return [replace(address, protocol=_with_ending(address.protocol, settings)) for address in addresses]


def _with_ending(spec: str, settings: Settings) -> str:
    """The protocol `line` without an ending of its own gets the one that was chosen."""
    return f"{LINE}:{settings.line_ending}" if spec == LINE and settings.line_ending else spec
