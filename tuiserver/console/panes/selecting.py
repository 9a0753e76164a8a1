"""Text of a pane that is selected with the mouse: how it is drawn, and what is copied.

Rules of this file:
- Pure. A position is a line of the pane and a number of characters in the text of its strip, as Textual counts them.
- What is copied is the text on the screen, without the blanks at the ends of lines.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

SELECTED = Style(reverse=True)
"""Needs no colour of its own: it can be seen in every theme and without colours."""
LEFT_TO_RIGHT_MARK = "\u200e"
"""Stands after text that runs from right to left, and takes no column. What follows it in a line is not reordered with what
precedes it (UAX #9). It is not copied."""


def show_selected(strip: Strip, y: int, selection: Selection | None) -> Strip:
    """Line `y` with what is selected of it in reverse video."""
    span = selection.get_span(y) if selection is not None else None
    if span is None:
        return strip
    start, stop = span[0], span[1] if span[1] >= 0 else len(strip.text)
    segments = []
    position = 0
    for text, style, _ in strip:
        inner = max(0, start - position), max(0, stop - position)
        for piece, chosen in (
            (text[: inner[0]], False),
            (text[inner[0] : inner[1]], True),
            (text[max(inner) :], False),
        ):
            if piece:
                segments.append(Segment(piece, (style or Style.null()) + SELECTED if chosen else style))
        position += len(text)
    return Strip(segments, strip.cell_length)


def selected_text(lines: Sequence[str], selection: Selection) -> str:
    """What is selected of these lines."""
    found = []
    for y, line in enumerate(lines):
        if (span := selection.get_span(y)) is not None:
            text = line[span[0] : span[1] if span[1] >= 0 else None]
            found.append(text.replace(LEFT_TO_RIGHT_MARK, "").rstrip())
    return "\n".join(found)
