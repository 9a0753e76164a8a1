"""What a client of a toy protocol gets is read as a client reads it, and what is wrong with it is found."""

from __future__ import annotations

import pytest

from tests.simulation.toy_answers import check_output


def code(out: bytes, *sent: bytes) -> str:
    """The code of the first thing wrong; empty if nothing is."""
    found: list[str] = []

    def require(condition: object, code: str, text: str) -> None:
        if not condition:
            found.append(code)

    check_output(out, sent, require, "#1")
    return found[0] if found else ""


@pytest.mark.parametrize(
    "out", [b"", b"WEL", b"WELCOME\n", b"WELCOME\n4:po", b"WELCOME\n?\n4:pong?\n2:okBYE\n", b"WELCOME\nBY"]
)
def test_right_output_is_accepted(out: bytes) -> None:
    """A welcome, the messages in order with pings in between, a farewell; the last one perhaps cut off."""
    assert code(out, b"pong", b"ok") == ""


@pytest.mark.parametrize(
    ("expected", "out"),
    [
        ("answer_framing", b"4:pongWELCOME\n"),
        ("sent_differs", b"WELCOME\n4:pang"),
        ("sent_unknown", b"WELCOME\n2:ok"),
        ("sent_unknown", b"WELCOME\n4:pong4:pong"),
        ("sent_unknown", b"WELCOME\nBYE\n4:pong"),
    ],
)
def test_wrong_output_is_found(expected: str, out: bytes) -> None:
    """An answer before the welcome, a wrong one, the wrong order, one too many, one after the farewell."""
    assert code(out, b"pong") == expected
