"""Which columns of a line have changed: on a slow terminal each cell counts.

    changed_spans(before, after, 80)         # [(57, 60)]: from column 57 to column 60, exclusive

Rules of this file:
- Pure. All columns that differ are in a span; two spans with only a few columns in between are one.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuiserver.console.text.parts import Line, Part, width_of
from tuiserver.core.characters import columns

Span = tuple[int, int]
"""The first column, and the column after the last."""
MOVE = 8
"""Bytes that move the cursor: as many columns in between are drawn as well."""


def changed_spans(before: Line, after: Line, width: int) -> list[Span]:
    """The changed columns of a line of `width` columns, from left to right."""
    (old, old_background), (new, background) = before, after
    if old_background != background:
        return [(0, width)]
    spans = _spans_of_parts(old, new) if len(old) == len(new) else None
    if spans is None:
        spans = [_span_between_equal_ends([*old], [*new], width)]
    return [(start, min(stop, width)) for start, stop in spans if start < min(stop, width)]


def _spans_of_parts(old: Sequence[Part], new: Sequence[Part]) -> list[Span] | None:
    """Part by part; None if one of them has another width than before."""
    spans: list[Span] = []
    x = 0
    for (text_before, style_before), (text, style) in zip(old, new, strict=True):
        plain = text.isascii()
        start, x = x, x + (len(text) if plain else columns(text))
        stop = x
        if text_before == text:
            if style_before == style:
                continue
        elif columns(text_before) != stop - start:
            return None
        elif style_before == style and plain and text_before.isascii():
            start += _equal_characters(text_before, text)
            stop -= _equal_characters(text_before[::-1], text[::-1])
        if spans and start - spans[-1][1] <= MOVE:
            spans[-1] = spans[-1][0], stop
        else:
            spans.append((start, stop))
    return spans


def _equal_characters(one: str, other: str) -> int:
    """How many characters both begin with; they are equally long, and differ."""
    index = 0
    while one[index] == other[index]:
        index += 1
    return index


def _span_between_equal_ends(old: list[Part], new: list[Part], width: int) -> Span:
    """What is between the first parts that are equal and, where nothing has moved, the last ones."""
    first = x = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        x += columns(new[first][0])
        first += 1
    if width_of(old) != width_of(new):
        return x, width
    last, right = 0, width_of(new)
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        right -= columns(new[-1 - last][0])
        last += 1
    return x, right
