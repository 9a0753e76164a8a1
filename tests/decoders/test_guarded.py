"""A decoder that fails or takes long is switched off for its connection, and this is reported once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tuiserver.decoders.base import Decoded, DecodeError, NeedsMore, decoded
from tuiserver.decoders.guarded import MAX_TIME, Guarded, Undecodable
from tuiserver.decoders.json import JsonDecoder


class Scripted:
    """A decoder that does what the test says."""

    name = "scripted"

    def __init__(self, run: Callable[[], Decoded | NeedsMore]) -> None:
        self.run = run
        self.calls = 0

    def decode(self, data: bytes, sent: bool = False) -> Decoded | NeedsMore:
        self.calls += 1
        return self.run()


def raising(error: BaseException) -> Callable[[], Decoded]:
    """Raise `error`."""

    def run() -> Decoded:
        raise error

    return run


def test_results_pass_through() -> None:
    """Fields, a message that is incomplete, and bytes that are not a message."""
    guarded = Guarded(JsonDecoder)
    assert isinstance(guarded.decode(b"{}"), Decoded)
    assert guarded.decode(b"{") == NeedsMore()
    assert guarded.decode(b"hello") == Undecodable("a value is missing at byte 0")
    assert (guarded.off, guarded.take_note()) == ("", "")


@pytest.mark.parametrize("error", [KeyError("x"), RecursionError(), MemoryError("much")])
def test_a_decoder_that_raises_is_switched_off(error: BaseException) -> None:
    """It is not called again; the reason is reported once."""
    decoder = Scripted(raising(error))
    guarded = Guarded(lambda: decoder)
    first = guarded.decode(b"a")
    assert isinstance(first, Undecodable)
    assert first.reason.startswith(f"decoder scripted is off: {type(error).__name__}")
    assert guarded.decode(b"b") == first
    assert decoder.calls == 1
    assert (guarded.take_note(), guarded.take_note()) == (first.reason, "")


def test_a_decode_error_switches_nothing_off() -> None:
    """The next message may be right."""
    decoder = Scripted(raising(DecodeError("no")))
    guarded = Guarded(lambda: decoder)
    assert [guarded.decode(b"a"), guarded.decode(b"b")] == [Undecodable("no")] * 2
    assert (decoder.calls, guarded.off) == (2, "")


def test_a_decoder_that_takes_long_is_switched_off() -> None:
    """Its last result counts."""
    now = [0.0]

    def slow() -> Decoded:
        now[0] += MAX_TIME * 2
        return decoded("Slow", [])

    guarded = Guarded(lambda: Scripted(slow), lambda: now[0])
    assert isinstance(guarded.decode(b"abc"), Decoded)
    assert guarded.decode(b"abc") == Undecodable("decoder scripted is off: it took 200 ms for a message of 3 bytes")


def test_a_decoder_that_cannot_be_created_is_off() -> None:
    """It is reported in the same way."""
    guarded = Guarded(raising(OSError("disk")))  # type: ignore[arg-type]
    assert guarded.take_note() == "decoder is off: OSError: disk"
    assert isinstance(guarded.decode(b""), Undecodable)


def test_a_result_of_a_wrong_type_switches_off() -> None:
    """A decoder of somebody else may return anything."""
    guarded = Guarded(lambda: Scripted(lambda: {"a": 1}))  # type: ignore[arg-type, return-value]
    assert guarded.decode(b"") == Undecodable("decoder scripted is off: it returned dict")
