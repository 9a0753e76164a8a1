"""Which decoder each connection has, and the fields of its messages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.scripted import received, sent
from tuiserver.console.models import decoding as module
from tuiserver.console.models.decoding import Decoding
from tuiserver.core.events import Skipped
from tuiserver.decoders import registry
from tuiserver.decoders.base import Decoded, Field, decoded
from tuiserver.decoders.guarded import Undecodable
from tuiserver.decoders.registry import SpecError


class Counting:
    """A decoder of one field: the number of its calls."""

    name = "counting"
    calls = 0

    def decode(self, data: bytes, sent: bool = False) -> Decoded:
        """As `Decoder.decode`."""
        Counting.calls += 1
        if data == b"fail":
            raise RuntimeError("broken")
        return decoded("Count", [Field("a.n", Counting.calls, 0, len(data)), Field("sent", sent, 0, 0)])


@pytest.fixture(autouse=True)
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The decoder `counting` exists."""
    monkeypatch.setitem(registry.DECODERS, "counting", lambda: Counting)
    Counting.calls = 0


def test_a_message_is_decoded_once() -> None:
    """As often as it is asked for; equal messages are different ones."""
    decoding = Decoding("counting")
    first, second = received(b"x"), sent(b"x")
    for _ in range(3):
        assert decoding.fields(first, "n")[0].value == 1
    assert decoding.fields(second, "a.n")[0].value == 2
    assert decoding.fields(second, "sent")[0].value is True
    assert decoding.fields(second, "x") == []
    assert decoding.searchable(first) == b"\nCount a.n=1 sent=false\na.n:1\nsent:False"
    assert decoding.result(Skipped(0.0, 1, 1)) is None


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The results that were made first are forgotten, and made again when they are needed."""
    monkeypatch.setattr(module, "CACHE_SIZE", 30)
    decoding = Decoding("counting")
    entries = [received(b"x") for _ in range(20)]
    for entry in entries:
        decoding.result(entry)
    assert Counting.calls == 20
    decoding.result(entries[-1])
    assert Counting.calls == 20
    decoding.result(entries[0])
    assert Counting.calls == 21
    huge = received(b"x" * (module.MAX_SIZE + 1))
    assert decoding.result(huge) == Undecodable("too large to decode")


def test_auto_is_the_decoder_of_the_protocol() -> None:
    """HTTP has one; a decoder that was chosen for a connection goes first, and `none` is none."""
    decoding = Decoding("auto", lambda connection: "http" if connection == 12 else "")
    request = received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert decoding.fields(request)
    assert decoding.result(received(b"x", 7)) is None
    assert not decoding.chosen(0)
    decoding.choose(7, "counting")
    assert decoding.chosen(7)
    assert decoding.chosen(0)
    assert not decoding.chosen(12)
    assert decoding.fields(received(b"x", 7))
    decoding.choose(0, "none")
    assert not decoding.active
    assert decoding.result(request) is None
    assert decoding.specs == ("none", "http", "counting")


def test_an_unknown_decoder_changes_nothing() -> None:
    """It is an error where one is chosen, and reported once where the settings name it."""
    reports: list[tuple[int, str]] = []
    decoding = Decoding("no-such", report=lambda connection, text: reports.append((connection, text)))
    assert decoding.result(received(b"x")) is None
    assert decoding.result(received(b"x")) is None
    assert len(reports) == 1
    assert 'unknown decoder "no-such"' in reports[0][1]
    with pytest.raises(SpecError):
        decoding.choose(12, "neither")
    assert decoding.spec_of(12) == "no-such"


def test_a_decoder_that_fails_is_off_for_its_connection() -> None:
    """It is reported once; other connections go on."""
    reports: list[tuple[int, str]] = []
    decoding = Decoding("counting", report=lambda connection, text: reports.append((connection, text)))
    for data in (b"fail", b"x", b"fail"):
        assert not decoding.fields(received(data))
    assert decoding.fields(received(b"x", 7))
    assert reports == [(12, "decoder counting is off: broken")] or reports[0][1].startswith("decoder counting is off: ")
    assert len(reports) == 1


def test_the_first_messages_come_first() -> None:
    """Whichever message is asked for: they may say what the others mean."""
    first = [received(b"connect"), received(b"x")]
    decoding = Decoding("counting", first=lambda connection: first)
    assert decoding.fields(received(b"later"), "n")[0].value == 3
    assert decoding.fields(first[0], "n")[0].value == 1


def test_a_definition_that_has_changed_is_used(tmp_path: Path) -> None:
    """Messages that were decoded before are decoded anew."""
    path = tmp_path / "t.h"
    path.write_text("struct A { uint8_t old; };")
    decoding = Decoding(str(path))
    message = received(b"\x07")
    assert decoding.fields(message, "old")
    decoding.check_files()
    path.write_text("struct A { uint8_t renamed; };")
    os.utime(path, (1, 1))
    version = decoding.version
    decoding.check_files()
    assert decoding.version > version
    assert decoding.fields(message, "renamed")
    decoding.check_files()
    assert decoding.version == version + 1
