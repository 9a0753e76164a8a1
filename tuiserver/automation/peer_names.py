"""Names that the operator keeps for peer addresses: each new connection from such an address gets the name.

    names = PeerNames(path)
    names.keep("10.0.0.7", "scale 3"); names.get("10.0.0.7"); names.forget("10.0.0.7"); names.all()

Rules of this file:
- The file is TOML in the state folder, `"10.0.0.7" = "scale 3"`, and can be edited by hand. Only its owner may read it.
- It is read on first use. A broken file is reported once, gives no names, and is never overwritten.
- An address has no port: a peer dials from another one each time.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from tuiserver.automation import private_file
from tuiserver.config.paths import display_path, peer_names_file
from tuiserver.core.payload import escape_nonprintable

MAX_LENGTH = 40
"""Characters of a name."""


class PeerNamesError(Exception):
    """The file cannot be read or written; `str()` is one line."""


class PeerNames:
    """The names. `path` is by default the user's file."""

    def __init__(self, path: Path | None = None) -> None:
        self._given = path
        self._names: dict[str, str] | None = None
        self.error = ""
        """What is wrong with the file, found when it was read; empty if nothing."""

    @property
    def _path(self) -> Path:
        return self._given or peer_names_file()

    def all(self) -> Mapping[str, str]:
        """The names by address, as of the first use and of what was kept since."""
        if self._names is None:
            try:
                self._names = self._read()
            except PeerNamesError as error:
                self.error = str(error)
                self._names = {}
        return self._names

    def get(self, host: str) -> str:
        """The name that is kept for an address; empty if there is none."""
        return self.all().get(host, "")

    def keep(self, host: str, name: str) -> None:
        """Keep a name for an address. Raises `PeerNamesError`."""
        self._write({**self._read(), host: name[:MAX_LENGTH]})

    def forget(self, host: str) -> None:
        """Remove the name of an address. Raises `PeerNamesError`."""
        names = self._read()
        if names.pop(host, None) is not None:
            self._write(names)

    def _read(self) -> dict[str, str]:
        path = self._path
        try:
            table = tomllib.loads(path.read_text("utf-8-sig"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise PeerNamesError(f"cannot read {display_path(path)}: {(error.strerror or '').lower()}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PeerNamesError(f"{display_path(path)} is not valid TOML: {error}: correct or remove it") from None
        wrong = next((host for host, name in table.items() if not isinstance(name, str)), None)
        if wrong is not None:
            raise PeerNamesError(f'{display_path(path)}: the name of "{wrong}" must be a string: correct or remove it')
        return {host: escape_nonprintable(name.strip())[:MAX_LENGTH] for host, name in table.items() if name.strip()}

    def _write(self, names: dict[str, str]) -> None:
        lines = [
            f"{private_file.to_toml(host)} = {private_file.to_toml(name)}\n" for host, name in sorted(names.items())
        ]
        try:
            private_file.replace(self._path, "".join(lines))
        except OSError as error:
            raise PeerNamesError(f"cannot write {display_path(self._path)}: {(error.strerror or '').lower()}") from None
        except UnicodeEncodeError:
            raise PeerNamesError("the name has a character that Unicode does not have") from None
        self._names = names
