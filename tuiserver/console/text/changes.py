"""Which columns of a line have changed: on a slow terminal each cell counts.

    changed_spans(before, after, 80)         # [(57, 60)]: from column 57 to column 60, exclusive

Rules of this file:
- Pure. All columns that differ are in a span; two spans with only a few columns in between are one.
"""

from __future__ import annotations

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
    if [columns(text) for text, _ in old] == [columns(text) for text, _ in new]:
        spans = _spans_of_parts([*zip(old, new, strict=True)])
    else:
        spans = [_span_between_equal_ends([*old], [*new], width)]
    return [(start, min(stop, width)) for start, stop in spans if start < min(stop, width)]


def _spans_of_parts(pairs: list[tuple[Part, Part]]) -> list[Span]:
    """Part by part: those before and after have the same widths."""
    spans: list[Span] = []
    x = 0
    for old, new in pairs:
        end = x + columns(new[0])
        if old != new:
            start, stop = x, end
            if old[1] == new[1] and old[0].isascii() and new[0].isascii():
                start += _equal_characters(old[0], new[0])
                stop -= min(stop - start, _equal_characters(old[0][::-1], new[0][::-1]))
            if spans and start - spans[-1][1] <= MOVE:
                spans[-1] = spans[-1][0], stop
            else:
                spans.append((start, stop))
        x = end
    return spans


def _equal_characters(one: str, other: str) -> int:
    """How many characters both begin with; they are equally long."""
    return next((index for index, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]), len(one))


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
