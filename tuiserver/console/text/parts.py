"""Lines of the screen as plain data: parts of text, each with the name of its style.

Rules of this file:
- Names of styles are resolved in one place, `panes/pane.py`; the text of a part is already escaped.
- A text takes the columns that `columns` counts, which may be more or less than its characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tuiserver.core.characters import columns, cut

Part = tuple[str, str]
"""A text and the name of its style: `plain faint in out accent good warning error badge picked title bold`, and for tokens
`key string number constant`."""
Line = tuple[Sequence[Part], str]
"""The parts of a line, and the name of its background: `plain`, `bar`, `selected` or `sent`."""


class Button(NamedTuple):
    """Parts that run an action when they are clicked."""

    action: str
    parts: Sequence[Part]


def width_of(items: Iterable[Part | Button]) -> int:
    """The columns of parts and buttons."""
    return sum(width_of(item.parts) if isinstance(item, Button) else columns(item[0]) for item in items)


def shifted(parts: Iterable[Part], shift: int) -> list[Part]:
    """The parts without their first `shift` columns."""
    rest: list[Part] = []
    for text, style in parts:
        hidden = cut(text, shift) if shift > 0 else ""
        if len(hidden) == len(text):
            shift -= columns(text)
        else:
            rest.append((text[len(hidden) :], style))
            shift = 0
    return rest


def clipped(parts: Sequence[Part], width: int, ellipsis: str) -> list[Part]:
    """The parts in at most `width` columns; an ellipsis at the end shows that they were cut."""
    if width_of(parts) <= width:
        return list(parts)
    left = max(0, width - len(ellipsis))
    found: list[Part] = []
    for text, style in parts:
        piece = cut(text, left)
        found.append((piece, style))
        left -= columns(piece)
        if len(piece) < len(text):
            break
    return [*(part for part in found if part[0]), (ellipsis, found[-1][1])]


def restyled(parts: Iterable[Part], ranges: Sequence[tuple[int, int]], style: str) -> list[Part]:
    """The parts, in which the characters in `ranges` (ascending, the ends exclusive) have another style."""
    found: list[Part] = []
    begin = 0
    for text, before in parts:
        position = begin
        end = begin + len(text)
        for start, stop in ranges:
            if start < end and stop > position:
                first, last = max(start, position), min(stop, end)
                found += [(text[position - begin : first - begin], before), (text[first - begin : last - begin], style)]
                position = last
        found.append((text[position - begin :], before))
        begin = end
    return [part for part in found if part[0]]


def flatten(items: Iterable[Part | Button]) -> list[Part]:
    """The parts, those of the buttons included."""
    parts: list[Part] = []
    for item in items:
        if isinstance(item, Button):
            parts += item.parts
        else:
            parts.append(item)
    return parts
