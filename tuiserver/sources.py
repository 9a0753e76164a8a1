"""Where settings come from: two files, the environment, the command line; each may replace what those before it say.

    found = gather(sys.argv[1:])         # Configuration: settings, and where each of them came from
    print(text_of(found))                # what `tuiserver config` prints

Rules of this file:
- Lowest to highest: the default, `config.toml` in the configuration folder, `./tuiserver.toml`, `TUISERVER_<NAME>`, flags.
- What is wrong is one line that names the file and the line, or the variable, or the flag, and the remedy.
- It costs two attempts to open a file; what reads TOML is loaded only where there is one.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tuiserver.limits import Limits
from tuiserver.settings import (
    ADDRESSES,
    BY_FLAG,
    BY_NAME,
    LIMITS,
    OPPOSITES,
    OPTIONS,
    Option,
    Settings,
    UsageError,
    read,
    variable,
    written,
)

COMMANDS = ("config", "keys")
"""First words that are no address: they print something and end."""

HERE = "tuiserver.toml"
"""The file of the folder one is in."""

FLAG, VARIABLE, FILE, DEFAULT = "flag", "variable", "file", "default"

_KUBERNETES = re.compile(r"TUISERVER_(SERVICE_|PORT(_|$))")
"""What Kubernetes sets in every container where there is a service called tuiserver: not meant for us."""


class Origin(msgspec.Struct, frozen=True):
    """Where a setting came from: the kind of source, and `config.toml:3`, `TUISERVER_THEME` or `--theme`."""

    kind: str = DEFAULT
    place: str = "default"

    def says(self, words: str) -> UsageError:
        """The error for a value from here. What a flag was given needs no place: one has just written it."""
        return UsageError(words if self.kind in (FLAG, DEFAULT) else f"{self.place}: {words}")


class Given(msgspec.Struct, frozen=True):
    """A value that was set, and where."""

    value: Any
    origin: Origin


class Configuration(msgspec.Struct, frozen=True):
    """All that was set. `keys`: action, what was written for it, and where; nobody has read them yet."""

    settings: Settings
    origins: dict[str, Origin] = {}
    command: str = ""
    keys: list[tuple[str, object, str]] = []
    files: list[tuple[str, bool]] = []
    """The files that were looked for, and whether they are there."""

    def origin(self, name: str) -> Origin:
        """Where a setting came from."""
        return self.origins.get(name, Origin())


def config_folder(environ: Mapping[str, str]) -> str:
    """The folder of `config.toml`: as platformdirs says, without its 3 ms where the answer is known beforehand."""
    if sys.platform in ("darwin", "win32"):
        import platformdirs

        return str(platformdirs.user_config_path("tuiserver"))
    home = environ.get("XDG_CONFIG_HOME", "").strip() or os.path.expanduser("~/.config")
    return os.path.join(home, "tuiserver")


def gather(words: Iterable[str], environ: Mapping[str, str] | None = None) -> Configuration:
    """Everything that is set for this run; raises `UsageError`."""
    environ = os.environ if environ is None else environ
    given: dict[str, Given] = {}
    keys: dict[str, tuple[str, object, str]] = {}
    files: list[tuple[str, bool]] = []
    by_words, command = from_words(words)
    for path in (os.path.join(config_folder(environ), "config.toml"), HERE):
        text = _text_of(path)
        files.append((os.path.abspath(path), text is not None))
        if text:
            values, table = from_file(path, text)
            _replace(given, values)
            keys |= {entry[0]: entry for entry in table}
    _replace(given, from_environment(environ))
    _replace(given, by_words)
    plain: dict[str, Any] = {name: each.value for name, each in given.items()}
    limits = tuple((name, plain.pop(name)) for name in LIMITS if name in plain)
    settings = Settings(limits=limits, **plain)
    return Configuration(
        settings, {name: each.origin for name, each in given.items()}, command, [*keys.values()], files
    )


_EXCLUDING = (
    ("reply", "the program answers, or a built-in reply does"),
    ("poller", "a program says Worker(…, poller=NAME)"),
)
"""What makes no sense beside `app`."""


def _replace(given: dict[str, Given], values: dict[str, Given]) -> None:
    """Put the values of a higher source over those of the lower ones; of two that exclude each other the higher stays."""
    for name, why in _EXCLUDING:
        if name in values and "app" in values:
            labels = (_label("app", values["app"].origin), _label(name, values[name].origin))
            raise values[name].origin.says(f"{labels[0]} and {labels[1]} exclude each other: {why}")
        if "app" in values:
            given.pop(name, None)
        if name in values:
            given.pop("app", None)
    given.update(values)


def _label(name: str, origin: Origin) -> str:
    """What a setting is called where it was set."""
    if origin.kind == FILE:
        return name
    return variable(BY_NAME[name]) if origin.kind == VARIABLE else BY_NAME[name].flag


# -- the command line -------------------------------------------------------------------------------------------------


def from_words(words: Iterable[str]) -> tuple[dict[str, Given], str]:
    """Words of a command line → what they set, and the command among them; raises `UsageError`."""
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
                given[option.name] = Given(not flag.startswith("--no-"), Origin(FLAG, flag))
                continue
            if not equals:
                value = next(rest, "")
            if not value or (value.startswith("-") and not equals):
                raise UsageError(f"{flag} needs a value: {flag} {option.value}")
            given[option.name] = _given(option, value, Origin(FLAG, flag), flag)
    command = addresses.pop(0) if addresses and addresses[0] in COMMANDS else ""
    if addresses:
        given["addresses"] = Given(tuple(addresses), Origin(FLAG, "command line"))
    return given, command


def _given(option: Option, value: object, origin: Origin, name: str, typed: bool = False) -> Given:
    try:
        return Given(read(option, value, name, typed), origin)
    except ValueError as error:
        raise (UsageError(str(error)) if origin.kind == VARIABLE else origin.says(str(error))) from None


# -- the environment --------------------------------------------------------------------------------------------------


def from_environment(environ: Mapping[str, str]) -> dict[str, Given]:
    """What variables set; an empty one sets nothing. Raises `UsageError`."""
    given: dict[str, Given] = {}
    names = {variable(option): option for option in BY_NAME.values()}
    for name in sorted(environ):
        if name.startswith("TUISERVER_") and not _KUBERNETES.match(name):
            option = names.get(name)
            if option is None:
                raise UsageError(
                    f'unknown variable "{name}"{_similar(name, names, "TUISERVER_")}: see tuiserver config'
                )
            if environ[name]:
                given[option.name] = _given(option, environ[name], Origin(VARIABLE, name), name)
    return given


def _similar(name: str, names: Iterable[str], start: str = "") -> str:
    """What may have been meant; `start` is what all have in common and says nothing."""
    from difflib import get_close_matches

    near = get_close_matches(name.removeprefix(start), [each.removeprefix(start) for each in names], 1)
    return f" (did you mean {start}{near[0]}?)" if near else ""


# -- files ------------------------------------------------------------------------------------------------------------


def _text_of(path: str) -> str | None:
    """What is in a settings file; None when there is none. Raises `UsageError` when it is there and cannot be read."""
    try:
        with open(path, "rb") as file:
            data = file.read()
        return data.decode("utf-8").replace("\r\n", "\n")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}:{line}: is not UTF-8: save the file as UTF-8") from None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise UsageError(f"cannot read {path}: {reason}: make it a file that you can read, or take it away") from None


def from_file(path: str, text: str) -> tuple[dict[str, Given], list[tuple[str, object, str]]]:
    """What a file sets, and its table `[keys]`; raises `UsageError`."""
    import tomllib

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(_no_toml(path, text, str(error))) from None
    lines = lines_of(text)
    given: dict[str, Given] = {}
    keys: list[tuple[str, object, str]] = []
    for name, value in table.items():
        origin = Origin(FILE, f"{path}:{lines.get((name,), 1)}")
        if name == "keys":
            if not isinstance(value, dict):
                raise origin.says('keys is no table: write [keys], and below it zoom = "f2"')
            keys = [(each, what, f"{path}:{lines.get(('keys', each), 1)}") for each, what in value.items()]
        elif name in BY_NAME:
            given[name] = _given(BY_NAME[name], value, origin, name, typed=True)
        elif isinstance(value, dict):
            raise origin.says(f"unknown table [{name}]: settings stand above all tables, and [keys] is the only one")
        else:
            raise origin.says(f'unknown setting "{name}"{_similar(name, [*BY_NAME, "keys"])}: see tuiserver config')
    return given, keys


def _no_toml(path: str, text: str, words: str) -> str:
    """The line for a file that is no TOML."""
    match = re.fullmatch(r"(.*?) \(at (?:line (\d+), column \d+|end of document)\)", words)
    what, line = (match[1], match[2] or str(text.count("\n") + 1)) if match else (words, "1")
    return f'{path}:{line}: {what[:1].lower()}{what[1:]}: write name = "text", name = 5 or name = true'


def lines_of(text: str) -> dict[tuple[str, ...], int]:
    """Key → the line it stands on, of a text that is TOML: `("theme",)`, `("keys", "zoom")`. The reader tells no lines.

    A line that is TOML by itself is a whole statement; one that is not goes on in the next.
    """
    import tomllib

    found: dict[tuple[str, ...], int] = {}
    head: tuple[str, ...] = ()
    chunk: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        chunk.append(line)
        try:
            table = tomllib.loads("\n".join(chunk))
        except tomllib.TOMLDecodeError:
            continue
        start = number - len(chunk) + 1
        if chunk[0].lstrip().startswith("["):
            head = next(reversed(list(_paths(table))), ())
            paths = [head[:length] for length in range(1, len(head) + 1)]
        else:
            paths = [(*head, *path) for path in _paths(table)]
        for path in paths:
            found.setdefault(path, start)
        chunk = []
    return found


def _paths(table: dict[str, Any], above: tuple[str, ...] = ()) -> Iterable[tuple[str, ...]]:
    for name, value in table.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from _paths(value, (*above, name))


# -- what is set ------------------------------------------------------------------------------------------------------


def text_of(found: Configuration) -> str:
    """What `tuiserver config` prints: every setting, its value, where it came from; and where was looked."""
    from tuiserver.themes import full_name

    limits = {**msgspec.structs.asdict(Limits()), **dict(found.settings.limits)}
    groups = {"Addresses": (ADDRESSES,), **OPTIONS}
    rows: list[tuple[str, str, str]] = []
    for title, options in groups.items():
        rows.append((title.partition(" (")[0], "", ""))
        for option in options:
            if option.name in BY_NAME:
                value = limits[option.name] if option.name in LIMITS else getattr(found.settings, option.name)
                value = full_name(value) if option.name == "theme" else value
                shown = "by protocol" if value is None else written(option, value)
                rows.append((f"  {option.name}", shown, found.origin(option.name).place))
    width = min(40, max(len(row[1]) for row in rows))
    lines = [f"{'SETTING':<21} {'VALUE':<{width}} FROM"]
    for name, value, place in rows:
        lines += ["", name] if not place else [f"{name:<21} {value:<{width}} {place}"]
    lines += ["", "Keys: tuiserver keys" + (f"; set by you: {len(found.keys)}" if found.keys else "")]
    lines += ["", "Looked for, each over those above it"]
    lines += [f"  {path}  ({'read' if there else 'not there'})" for path, there in found.files]
    lines += ["  variables TUISERVER_<NAME>, such as TUISERVER_THEME", "  the command line, such as --theme NAME"]
    return "\n".join(lines)
