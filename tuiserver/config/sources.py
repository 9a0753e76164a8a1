"""Where settings come from: files, the environment, flags; the later in this order wins.

    found = gather(parse_flags(words))       # raises ConfigError, one line that names the file and the line, or the variable
    found.settings; found.origin("theme")    # `default`, `~/.config/tuiserver/config.toml:3`, `TUISERVER_THEME`, `--theme`

Rules of this file:
- A setting has one name, one kind and one reader (`settings.py`), wherever it is given.
- `[keys]` in a file names actions; whether there are such actions is checked where these are known.
- Who has no file pays for two questions whether there is one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tuiserver.config.paths import NAME, config_files
from tuiserver.config.settings import BY_NAME, EXCLUDING, LIMITS, Settings, read_value

DEFAULT = "default"

_KUBERNETES = re.compile(r"TUISERVER_(SERVICE_|PORT(_|$))")
"""What Kubernetes sets in every container where there is a service of our name: not meant for us."""


class ConfigError(Exception):
    """A file or a variable says something that makes no sense; `str()` is one line for the user."""


class Given(NamedTuple):
    """A value, and where it was given."""

    value: Any
    origin: str


class Found(NamedTuple):
    """All that was given: settings by their names, keys by the names of their actions, and the files that were looked for."""

    values: dict[str, Given]
    keys: dict[str, Given]
    files: tuple[tuple[Path, bool], ...]

    @property
    def settings(self) -> Settings:
        """As one object."""
        values = {name: given.value for name, given in self.values.items()}
        limits = tuple((name, values.pop(name)) for name in LIMITS if name in values)
        keys = tuple((name, given.value) for name, given in self.keys.items())
        return Settings(limits=limits, keys=keys, **values)

    def origin(self, name: str) -> str:
        """Where a setting was given."""
        return self.values[name].origin if name in self.values else DEFAULT


def gather(flags: Mapping[str, Given], files: Iterable[Path] | None = None) -> Found:
    """Everything that was given, the strongest of each; raises `ConfigError`. `flags` are read already."""
    found = Found({}, {}, tuple((path, path.is_file()) for path in (config_files() if files is None else files)))
    for path, there in found.files:
        if there:
            _take(found.values, _read_file(path, found.keys))
    _take(found.values, _read_environment())
    _take(found.values, flags)
    return found


def _take(values: dict[str, Given], more: Mapping[str, Given]) -> None:
    """The stronger ones replace the weaker, and what they exclude."""
    for name in more:
        for other in EXCLUDING.get(name, ()):
            if other not in more:
                values.pop(other, None)
    values.update(more)


def _read_environment() -> dict[str, Given]:
    """`TUISERVER_THEME` and its like; an empty one is not set."""
    values: dict[str, Given] = {}
    for variable, text in os.environ.items():
        if not variable.startswith("TUISERVER_") or not text or _KUBERNETES.match(variable):
            continue
        option = BY_NAME.get(variable.removeprefix("TUISERVER_").lower())
        if option is None:
            close = _similar(variable.removeprefix("TUISERVER_").lower(), "TUISERVER_")
            raise ConfigError(f"unknown variable {variable}{close}: see tuiserver config")
        try:
            values[option.name] = Given(read_value(option, text, variable), variable)
        except ValueError as error:
            raise ConfigError(str(error)) from None
    return values


def _read_file(path: Path, keys: dict[str, Given]) -> dict[str, Given]:
    import tomllib

    shown = _shown(path)
    try:
        text = path.read_text("utf-8")
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{shown}:{line}: this is not UTF-8: save the file as UTF-8") from None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise ConfigError(f"cannot read {shown}: {reason}: make it a file that you can read, or take it away") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        words = re.sub(r" \(at .*\)$", "", str(error))
        what = f"{words[:1].lower()}{words[1:]}"
        raise ConfigError(f'{shown}:{line}: this is no TOML: {what}: write name = "text", 5 or true') from None
    values: dict[str, Given] = {}
    for name, value in table.items():
        origin = f"{shown}:{line_of(text, name)}"
        if name == "keys":
            if not isinstance(value, dict):
                raise ConfigError(f'{origin}: keys is no table: write [keys], and below it zoom = "f2"')
            for action, given in value.items():
                place_of = f"{shown}:{line_of(text, action, 'keys')}"
                keys[action] = Given(_read_keys(action, given, place_of), place_of)
            continue
        option = BY_NAME.get(name)
        if option is None and isinstance(value, dict):
            raise ConfigError(
                f"{origin}: unknown table [{name}]: settings stand above all tables, and [keys] is the only one"
            )
        if option is None:
            raise ConfigError(f"{origin}: unknown setting {name}{_similar(name)}: see tuiserver config")
        try:
            values[name] = Given(read_value(option, value, name), origin)
        except ValueError as error:
            raise ConfigError(f"{origin}: {error}") from None
    for name, others in EXCLUDING.items():
        for other in others:
            if name in values and other in values:
                raise ConfigError(
                    f"{values[other].origin}: {other} and {name} exclude each other: leave one of them out"
                )
    return values


def _read_keys(action: str, value: object, origin: str) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ConfigError(f'{origin}: [keys] {action} takes a key or a list of them: {action} = ["q", "ctrl+q"]')
    return tuple(words)


def line_of(text: str, key: str, table: str = "") -> int:
    """The line of a TOML text in which `key` of `table` is given, from 1; that of the table where it can't be found."""
    lines = lines_of(text)
    path = (table, key) if table else (key,)
    return lines.get(path) or lines.get(path[:1]) or 1


def lines_of(text: str) -> dict[tuple[str, ...], int]:
    """Key → the line it stands on, of a text that is TOML: `("theme",)`, `("keys", "zoom")`. The reader tells no lines.

    A line that is TOML by itself is a whole statement; one that is not goes on in the next.
    """
    import tomllib

    found: dict[tuple[str, ...], int] = {}
    head: tuple[str, ...] = ()
    chunk: list[str] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        chunk.append(line)
        try:
            paths = list(_paths(tomllib.loads("\n".join(chunk))))
        except tomllib.TOMLDecodeError:
            continue
        if chunk[0].lstrip().startswith("["):
            head = paths[-1]
            paths = [head[:length] for length in range(1, len(head) + 1)]
        else:
            paths = [(*head, *path) for path in paths]
        for path in paths:
            found.setdefault(path, number - len(chunk) + 1)
        chunk = []
    return found


def _paths(table: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in table.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from _paths(value, (*above, name))


def _shown(path: Path) -> str:
    """A path as people write it."""
    text, home = str(path), os.path.expanduser("~")
    return f"~{text[len(home) :]}" if len(home) > 1 and text.startswith(f"{home}{os.sep}") else text


def _similar(name: str, start: str = "") -> str:
    """What may have been meant; `start` makes variables of the names."""
    from difflib import get_close_matches

    close = get_close_matches(name, (*BY_NAME, *(() if start else ("keys",))), 1)
    return f" (did you mean {f'{start}{close[0].upper()}' if start else close[0]}?)" if close else ""


def table_of(found: Found) -> str:
    """What `tuiserver config` prints: each setting, its value, and where that came from; then where files are looked for."""
    settings = found.settings
    limits = dict(settings.limits)
    rows: list[tuple[str, str, str]] = []
    for name, option in BY_NAME.items():
        value = limits.get(name, option.default) if name in LIMITS else getattr(settings, name)
        rows.append((name, _worded(value), found.origin(name)))
    for action, given in found.keys.items():
        rows.append((f"keys.{action}", " ".join(given.value) or "none", given.origin))
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = [f"{name:<{first}}  {value:<{min(second, 40)}}  {origin}" for name, value, origin in rows]
    lines.append("")
    for path, there in found.files:
        lines.append(f"{_shown(path)}{'' if there else ' (not there)'}")
    lines.append(f"and the variables {NAME.upper()}_NAME, such as TUISERVER_THEME; flags win over all")
    return "\n".join(lines)


def _worded(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " ".join(str(each) for each in value) or "-"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "-" if value in ("", None) else str(value)
