"""The character set of each connection: the one that all begin with, unless the operator chose another.

Rules of this file:
- What is chosen holds as long as the console runs; a connection that has ended is shown as before.
"""

from __future__ import annotations

from collections.abc import Collection

from tuiserver.core.charsets import UTF8, Charset


class Charsets:
    """`default` is that of all connections for which none was chosen."""

    def __init__(self, default: Charset = UTF8) -> None:
        self.default = default
        self._chosen: dict[int, Charset] = {}

    @property
    def chosen(self) -> bool:
        """True if any connection has another one than the default."""
        return bool(self._chosen)

    def of(self, connection: int) -> Charset:
        """The character set of a connection; the default for 0."""
        return self._chosen.get(connection, self.default)

    def choose(self, connection: int, charset: Charset) -> None:
        """Show and encode the text of a connection in another character set."""
        if charset is self.default:
            self._chosen.pop(connection, None)
        else:
            self._chosen[connection] = charset

    def of_all(self, connections: Collection[int]) -> list[Charset]:
        """The different character sets of these connections; at least one."""
        others = [charset for number, charset in self._chosen.items() if number in connections]
        charsets = [self.default] if len(others) < len(connections) or not others else []
        return list(dict.fromkeys([*charsets, *others]))
