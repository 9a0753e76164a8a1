"""A formatted message as lines."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.console.models.test_long_message import all_positions, text_of
from tuiserver.console.models.formatted_lines import FormattedLines
from tuiserver.console.models.long_message import CHUNK
from tuiserver.console.text.formatted import Formatted


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.sampled_from([b'"a": [1, "x"],', b"\n", b"  ", "ä漢".encode(), b"y" * 5000, b"\\", b"\xff"]), max_size=12
    ),
    st.integers(1, 60),
)
def test_the_same_lines_up_and_down(pieces: list[bytes], width: int) -> None:
    """Every byte is shown once; each position leads to the lines around it, and to itself."""
    data = b"".join(pieces)
    if len(data) > CHUNK:
        width += 200  # Thousands of lines would take seconds.
    lines = FormattedLines(Formatted(data, "JSON", body="json"), width)
    positions = all_positions(lines)
    assert "".join(text_of(lines, each) for each in positions).count("y") == data.count(b"y")
    for before, after in pairwise(positions):
        assert lines.before(after) == before
    assert lines.before(positions[0]) is None
    for position in positions[:: max(1, len(positions) // 20)]:
        assert lines.at(position.offset).offset == position.offset
    assert lines.at(1 << 30).offset == positions[-1].offset
