"""Updates of the screen: the terminal shows the same, with fewer bytes."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate
from textual.strip import Strip

from tuiserver.console.terminal.updates import compact, merge_styles

RED, BLUE = Style(color="#ff0000"), Style(color="#0000ff", bold=True)
_TOKEN = re.compile(r"\x1b\[(\d+);(\d+)H|\x1b\[([\d;]*)m|(.)", re.DOTALL)


def screen(sequence: str) -> dict[tuple[int, int], tuple[str, str]]:
    """What a terminal shows after a sequence: position → character and style."""
    shown: dict[tuple[int, int], tuple[str, str]] = {}
    x = y = 1
    style = ""
    for row, column, rendition, character in _TOKEN.findall(sequence):
        if row:
            y, x = int(row), int(column)
        elif rendition:
            reset = rendition == "0" or rendition.startswith("0;")
            style = (
                ("" if reset else style) + rendition.removeprefix("0").strip(";") + ("" if rendition == "0" else ";")
            )
        elif character == "\n":
            y, x = y + 1, 1
        else:
            shown[y, x] = character, style
            x += 1
    return shown


STYLES = st.sampled_from(["1", "38;2;1;2;3"])
PIECES = st.one_of(
    st.builds(lambda style, text: f"\x1b[{style}m{text}\x1b[0m", STYLES, st.text("ab ", max_size=3)),
    st.builds(lambda y, x: f"\x1b[{y};{x}H", st.integers(1, 5), st.integers(1, 9)),
    st.sampled_from(["c", "\n"]),
)


@given(st.lists(PIECES, max_size=12))
def test_a_style_is_set_only_where_it_changes(pieces: list[str]) -> None:
    """Whatever is drawn, the screen is the same, and the sequence is no longer."""
    sequence = "".join(pieces)
    merged = merge_styles(sequence)
    assert screen(merged) == screen(sequence)
    assert len(merged) <= len(sequence)


def test_two_pieces_of_one_style_set_it_once() -> None:
    """Wherever the cursor goes in between."""
    assert merge_styles("\x1b[1;38;5;2ma\x1b[0m\x1b[3;4H\x1b[1;38;5;2mb\x1b[0m") == "\x1b[1;38;5;2ma\x1b[3;4Hb\x1b[0m"
    assert merge_styles("\x1b[1ma\x1b[0m\x1b[31mb\x1b[0m") == "\x1b[1ma\x1b[0;31mb\x1b[0m"


def test_only_the_changed_span_is_drawn() -> None:
    """Not the row from the left edge of its widget on; what was not rendered is left alone."""
    strip = Strip([Segment("one two ", RED), Segment("three", BLUE)])
    update = ChopsUpdate([{0: None, 2: strip, 15: Strip([Segment("next", RED)])}], [(0, 6, 12)], [[2, 15, 19]])
    console = Console(color_system="truecolor", force_terminal=True)
    found = compact(update)
    assert isinstance(found, CompositorUpdate)
    shown = screen(found.render_segments(console))
    assert "".join(character for character, _ in shown.values()) == "two th"
    assert min(shown) == (1, 7)


def test_what_is_no_update_stays() -> None:
    """Such as nothing, or a text."""
    assert compact(None) is None
    assert compact("text") == "text"
