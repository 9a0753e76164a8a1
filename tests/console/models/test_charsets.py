"""Each connection has a character set."""

from __future__ import annotations

from tuiserver.console.models.charsets import Charsets
from tuiserver.core.charsets import UTF8, find


def test_the_default_holds_until_another_one_is_chosen() -> None:
    """What is chosen holds for one connection; the default can be chosen again."""
    charsets, gbk = Charsets(find("latin-1")), find("gbk")
    charsets.choose(7, gbk)
    assert (charsets.of(7), charsets.of(8), charsets.of(0)) == (gbk, charsets.default, charsets.default)
    charsets.choose(7, charsets.default)
    assert not charsets.chosen


def test_the_charsets_of_several_connections() -> None:
    """Each once, at least one."""
    charsets, gbk = Charsets(), find("gbk")
    charsets.choose(7, gbk)
    assert charsets.of_all(()) == [UTF8]
    assert charsets.of_all((7,)) == [gbk]
    assert charsets.of_all((7, 8)) == [UTF8, gbk]
    assert charsets.of_all((8, 9)) == [UTF8]
