"""What leaves for targets whose protocols have frames."""

from __future__ import annotations

import pytest

from tuiserver.console.models.target_protocols import Outgoing, TargetProtocols

SPECS = {1: "raw", 2: "line", 3: "line", 4: "delimiter:\\x03", 5: "http", 6: "", 7: "mine"}
PROTOCOLS = TargetProtocols(SPECS.__getitem__)


@pytest.mark.parametrize(
    ("ids", "framing"),
    [((), []), ((1,), []), ((2, 3), ["line"]), ((2, 4), ["line", "delimiter:\\x03"]), ((1, 2), []), ((5, 6, 7), [])],
)
def test_protocols_with_frames(ids: tuple[int, ...], framing: list[str]) -> None:
    """Only where all targets have them. HTTP has answers instead, and what is not built in is not known."""
    assert PROTOCOLS.framing(ids) == framing


@pytest.mark.parametrize(
    ("ids", "message", "outgoing"),
    [
        ((2, 3), b"hi", Outgoing(b"hi\n")),
        ((4,), b"hi", Outgoing(b"hi\3")),
        ((1,), b"a\nb", Outgoing(b"a\nb")),
        ((5,), b"a\nb", Outgoing(b"a\nb")),
        ((2, 4), b"hi", Outgoing(b"hi")),
        ((2,), b"a\nb", Outgoing(b"a\nb", r"a line cannot contain \n: see byte 2")),
        ((1, 2), b"a\nb", Outgoing(b"a\nb", r"a line cannot contain \n: see byte 2 (#2 is line)")),
        ((), b"hi", Outgoing(b"hi")),
    ],
)
def test_what_leaves(ids: tuple[int, ...], message: bytes, outgoing: Outgoing) -> None:
    """The exact bytes where all protocols are the same; a fault names the target if there are several protocols."""
    assert PROTOCOLS.outgoing(ids, message) == outgoing
