"""Updates of the screen in as few bytes as possible, for slow lines and so that an idle console is quiet.

    compact(update).render_segments(console)

Rules of this file:
- What the terminal shows is the same. The toolkit draws a changed span from the left edge of its widget on, and sets and
  resets the style of each piece; here only the span is drawn, and a style is set only where it changes.
"""

from __future__ import annotations

import re

from rich.console import Console, RenderableType
from rich.control import Control
from textual._compositor import ChopsUpdate, CompositorUpdate

_STYLE = re.compile(r"(?:\x1b\[0m((?:\x1b\[\d+;\d+H|\n)*))?\x1b\[([1-9][\d;]*)m")
"""Select Graphic Rendition (ECMA-48, 8.3.117), with a reset before it where only the cursor moves in between."""


def compact(update: RenderableType | None) -> RenderableType | None:
    """The same update in fewer bytes; whatever else is drawn, as it is."""
    return _CompactUpdate(update) if isinstance(update, CompositorUpdate) else update


def merge_styles(sequence: str) -> str:
    """Remove what sets a style again that is reset only to be set again."""
    current = ""

    def replace(match: re.Match[str]) -> str:
        nonlocal current
        before, current = current, match[2]
        if match[1] is None:
            return match[0]
        return match[1] if before == current else f"{match[1]}\x1b[0;{current}m"

    return _STYLE.sub(replace, sequence)


class _CompactUpdate(CompositorUpdate):
    """An update of the compositor."""

    def __init__(self, update: CompositorUpdate) -> None:
        self._update = update

    def render_segments(self, console: Console) -> str:
        """As in Textual."""
        update = self._update
        if isinstance(update, ChopsUpdate):
            return merge_styles(_render_spans(update, console))
        return merge_styles(update.render_segments(console))


def _render_spans(update: ChopsUpdate, console: Console) -> str:
    """The spans, each from its first column to its last."""
    sequences: list[str] = []
    for y, first, stop in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            left, right = max(x, first), min(end, stop)
            if strip is not None and left < right:
                part = strip if (left, right) == (x, end) else strip.crop(left - x, right - x)
                sequences += Control.move_to(left, y).segment.text, part.render(console)
    return "".join(sequences)
