"""Load the settings from files, the environment and flags, in increasing order of precedence.

    loaded = load_settings(parse_flags(words))
    loaded.settings; loaded.origin("theme")    # `default`, `~/.config/tuiserver/config.toml:3`, `TUISERVER_THEME`, `--theme`

Rules of this file:
- A setting has the same name, type and parser in every source (`settings.py`).
- `ConfigError` is one line that names the file and the line, or the variable.
- The table `[keys]` of a file names actions; whether they exist is checked by the console, which knows them.
- Without configuration files, loading costs one `stat` for each of the two possible files.
- The file of the working directory is found by chance: it is ignored if another user could have written it (`trust.py`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tuiserver.config.paths import config_files, display_path
from tuiserver.config.settings import BY_NAME, EXCLUDING, LIMITS, RULES, Rule, Settings, read_value
from tuiserver.core.suggestions import did_you_mean

DEFAULT = "default"
"""The origin, in words, of a setting that no source sets."""
PREFIX = "TUISERVER_"
"""What the names of our environment variables begin with."""

_KUBERNETES = re.compile(rf"{PREFIX}(SERVICE_|PORT(_|$))")
"""Variables that Kubernetes sets in every container of a cluster with a service called tuiserver: they are not settings."""


class ConfigError(Exception):
    """A file or a variable holds something invalid; `str()` is one line for the user."""


class Sourced(NamedTuple):
    """A value and where it was set, in words.

    `on_command_line` is True for one that the user has just typed, `found` for one from a file in the working directory.
    """

    value: Any
    origin: str
    on_command_line: bool = False
    found: bool = False


class SettingsFile(NamedTuple):
    """A file that may hold settings, and why nothing was read from it: empty if it was read."""

    path: Path
    unused: str = ""


MISSING = "does not exist"
"""Why nothing was read from a file that is not there."""


class LoadedSettings(NamedTuple):
    """The values that were set, by the name of the setting or action, and the files that may set them."""

    values: dict[str, Sourced]
    keys: dict[str, Sourced]
    files: tuple[SettingsFile, ...]
    rules: dict[str, tuple[Rule, ...]] = {}  # noqa: RUF012 - the default is never changed

    @property
    def settings(self) -> Settings:
        """The settings as one object, with defaults for what was not set."""
        values = {name: sourced.value for name, sourced in self.values.items()}
        limits = tuple((name, values.pop(name)) for name in LIMITS if name in values)
        keys = tuple((name, sourced.value) for name, sourced in self.keys.items())
        return Settings(limits=limits, keys=keys, **{**values, **self.rules})

    def origin(self, name: str) -> str:
        """Where a setting was set, in words."""
        return self.values[name].origin if name in self.values else DEFAULT

    def warnings(self) -> list[str]:
        """A line for each file that exists and is ignored."""
        return [
            f"{display_path(path)} is ignored: {unused}" for path, unused in self.files if unused not in ("", MISSING)
        ]

    def is_from_file_or_variable(self, name: str) -> bool:
        """Whether a setting was set anywhere but on the command line."""
        return name in self.values and not self.values[name].on_command_line


def load_settings(flags: Mapping[str, Sourced], files: Iterable[Path] | None = None) -> LoadedSettings:
    """Combine files, environment and parsed `flags`; raises `ConfigError`. `files` defaults to `config_files()`."""
    values: dict[str, Sourced] = {}
    keys: dict[str, Sourced] = {}
    rules: dict[str, tuple[Rule, ...]] = {}
    read: list[SettingsFile] = []
    for path in config_files() if files is None else files:
        unused = MISSING
        if path.is_file():
            found = files is None and not path.is_absolute()
            unused, content = _read_bytes(path, found)
            if not unused:
                _override(values, _read_settings(path, content, keys, rules, found))
        read.append(SettingsFile(path, unused))
    loaded = LoadedSettings(values, keys, tuple(read), rules)
    _override(loaded.values, _read_environment())
    _override(loaded.values, flags)
    return loaded


def _override(values: dict[str, Sourced], overrides: Mapping[str, Sourced]) -> None:
    """Set the values of a source with higher precedence and remove those that they exclude."""
    for name in overrides:
        for other in EXCLUDING.get(name, ()):
            if other not in overrides:
                values.pop(other, None)
    values.update(overrides)


def _read_environment() -> dict[str, Sourced]:
    """The values of `TUISERVER_THEME` and so on; an empty variable counts as not set."""
    values: dict[str, Sourced] = {}
    for variable, text in os.environ.items():
        if not variable.startswith(PREFIX) or not text or _KUBERNETES.match(variable):
            continue
        name = variable.removeprefix(PREFIX).lower()
        option = BY_NAME.get(name)
        if option is None:
            hint = did_you_mean(name, BY_NAME, lambda similar: f"{PREFIX}{similar.upper()}")
            raise ConfigError(f"unknown variable {variable}{hint}: see tuiserver config")
        try:
            values[option.name] = Sourced(read_value(option, text, variable), variable)
        except ValueError as error:
            raise ConfigError(str(error)) from None
    return values


def _read_bytes(path: Path, found: bool) -> tuple[str, bytes]:
    """Why a file is ignored (empty if it is not), and its content. Only a file that was `found` by chance is checked."""
    try:
        with path.open("rb") as file:
            reason = ""
            if found:
                from tuiserver.config.trust import distrust

                reason = distrust(file)
            return reason, b"" if reason else file.read()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise ConfigError(f"cannot read {display_path(path)}: {reason}: make the file readable or remove it") from None


def _read_settings(
    path: Path, content: bytes, keys: dict[str, Sourced], rules: dict[str, tuple[Rule, ...]], found: bool
) -> dict[str, Sourced]:
    """The settings of a file; what is in its table `[keys]` is added to `keys`, its rules go before those in `rules`."""
    from tuiserver.config.toml_lines import line_of, lines_of_tables

    name_of_file = display_path(path)
    text, table = _parse(content, name_of_file)
    values: dict[str, Sourced] = {}
    for name, value in table.items():
        origin = f"{name_of_file}:{line_of(text, name)}"
        if name == "keys":
            if not isinstance(value, dict):
                raise ConfigError(f'{origin}: keys is not a table: write [keys], and below it zoom = "f2"')
            for action, given in value.items():
                key_origin = f"{name_of_file}:{line_of(text, action, 'keys')}"
                keys[action] = Sourced(_read_keys(action, given, key_origin), key_origin)
            continue
        if name in RULES:
            from tuiserver.config.rules import read_rules

            origins = [f"{name_of_file}:{line}" for line in lines_of_tables(text, name)] or [origin]
            try:
                rules[name] = read_rules(name, value, origins) + rules.get(name, ())
            except ValueError as error:
                raise ConfigError(str(error)) from None
            continue
        option = BY_NAME.get(name)
        if option is None and isinstance(value, dict):
            raise ConfigError(
                f"{origin}: unknown table [{name}]: put settings above all tables: [keys], [[colors]] and [[mute]]"
            )
        if option is None:
            hint = did_you_mean(name, (*BY_NAME, "keys", *RULES))
            raise ConfigError(f"{origin}: unknown setting {name}{hint}: see tuiserver config")
        try:
            values[name] = Sourced(read_value(option, value, name), origin, found=found)
        except ValueError as error:
            raise ConfigError(f"{origin}: {error}") from None
    for name, others in EXCLUDING.items():
        for other in others:
            if name in values and other in values:
                raise ConfigError(f"{values[other].origin}: {other} and {name} exclude each other: remove one of them")
    return values


def _parse(content: bytes, name: str) -> tuple[str, dict[str, Any]]:
    """The text of a file and the table in it; raises `ConfigError` with the line where it is invalid."""
    import tomllib

    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}:{line}: not valid UTF-8: save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        line_number = re.search(r"line (\d+)", str(error))
        line = int(line_number[1]) if line_number else text.count("\n") + 1
        reason = re.sub(r" \(at .*\)$", "", str(error))
        reason = f"{reason[:1].lower()}{reason[1:]}"
        raise ConfigError(f'{name}:{line}: not valid TOML: {reason}: write name = "text", 5 or true') from None


def _read_keys(action: str, value: object, origin: str) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ConfigError(f'{origin}: [keys] {action} takes a key or a list of keys: {action} = ["q", "ctrl+q"]')
    return tuple(names)
