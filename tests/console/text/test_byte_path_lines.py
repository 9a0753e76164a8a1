"""The byte path as lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.views.test_byte_path import STUCK
from tests.views.test_inspection import client_of
from tuiserver.console.text.byte_path_lines import byte_path_lines
from tuiserver.console.text.glyphs import ASCII, UNICODE, Glyphs
from tuiserver.core.characters import columns
from tuiserver.views.byte_path import History, byte_paths


def drawn(info: dict[str, float | int | str], width: int, glyphs: Glyphs = UNICODE, samples: int = 3) -> list[str]:
    """Both directions, as text."""
    history, client = History(), client_of()
    for number in range(samples):
        history.add(byte_paths(client, {**info, "send_queue": number * 2_000_000}, history))
    paths = byte_paths(client, info, history)
    return [
        "".join(text for text, _ in line) for path in paths for line in byte_path_lines(path, history, width, glyphs)
    ]


def test_next_to_each_other_where_there_is_room() -> None:
    """A gauge and a short history below each hop; an arrow between them."""
    out, gauges, inward, _ = drawn(STUCK, 78)
    assert out.split() == ["out", "send", "buffer", "1.1M", "→", "kernel", "4.1M", "→", "peer", "window", "0"]
    assert gauges.split()[0] == "▓" * 11
    assert "▄█" in gauges
    assert "░" * 10 in gauges, "the window is empty"
    assert inward.split()[:3] == ["in", "kernel", "0"]
    assert gauges.index("▓") == out.index("send")


def test_an_amount_is_whole_in_the_inspector() -> None:
    """At 160x50 it has 61 columns."""
    assert drawn({**STUCK, "send_window": 65_536}, 61)[0].endswith("peer window 65.5k")


def test_a_stage_a_line_where_there_is_none() -> None:
    """In the order in which bytes pass them."""
    lines = drawn(STUCK, 40)
    assert [line.split()[:2] for line in lines] == [
        *(["out", "send"], ["→", "kernel"], ["→", "peer"]),
        *(["in", "kernel"], ["→", "unfinished"], ["→", "program"]),
    ]
    assert "4.1M" in lines[1]


@pytest.mark.parametrize("width", [40, 78])
def test_ascii(width: int) -> None:
    """Every symbol has a replacement."""
    text = "\n".join(drawn(STUCK, width, ASCII))
    assert text.isascii()
    assert "###" in text
    assert ">" in text


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 160), st.dictionaries(st.sampled_from(sorted(STUCK)), st.integers(0, 1 << 50)))
def test_it_fits_at_any_width(width: int, info: dict[str, float | int | str]) -> None:
    """Next to each other no line is wider than the pane; a hop a line is cut by it where it is narrower than a name."""
    for line in drawn(info, width):
        assert columns(line) <= max(width, 27)
