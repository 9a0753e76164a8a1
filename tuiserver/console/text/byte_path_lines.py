"""The byte path as lines: a gauge and a short history for each hop.

     out  send buffer 1.1M       →  kernel 4.1M            →  peer window 0
          ▓▓▓▓▓▓▓▓▓▓ ▂▃▅▆▇▇██       ▓▓▓▓▓▓▓▓▓▓ ▂▃▅▆▇▇██       ░░░░░░░░░░ █▇▅▃▁

Rules of this file:
- Pure: paths and a width in; parts of text out.
- Next to each other where there is room, else a hop a line. Nothing moves when an amount changes.
"""

from __future__ import annotations

from tuiserver.console.text.escape import clip
from tuiserver.console.text.glyphs import Glyphs
from tuiserver.console.text.parts import Part
from tuiserver.core.numbers import sparkline
from tuiserver.views.byte_path import BytePath, History, Hop

LABEL_WIDTH = 5
"""Columns of ` out `."""
HOP_WIDTHS = (17, 16, 17)
"""The least columns of the hops next to each other: `send buffer 65.5k`, `unfinished 65.5k`, `peer window 65.5k`."""
NAME_WIDTH, TEXT_WIDTH = 12, 7
"""Columns of a hop's name and of its amount, where each has a line."""


def byte_path_lines(path: BytePath, history: History, width: int, glyphs: Glyphs) -> list[list[Part]]:
    """One direction in `width` columns."""
    gap = len(f" {glyphs.arrow} ")
    spare = width - LABEL_WIDTH - gap * (len(path.hops) - 1) - sum(HOP_WIDTHS)
    if spare < 0:
        return _stacked(path, history, width, glyphs)
    cells = [hop + (spare + 2 - index) // len(HOP_WIDTHS) for index, hop in enumerate(HOP_WIDTHS)]
    texts: list[Part] = [(f" {path.name:<{LABEL_WIDTH - 1}}", "faint")]
    gauges: list[Part] = [(" " * LABEL_WIDTH, "plain")]
    for index, (hop, cell) in enumerate(zip(path.hops, cells, strict=True)):
        if index:
            texts.append((f" {glyphs.arrow} ", "faint"))
            gauges.append((" " * gap, "plain"))
        room = cell - len(hop.name) - 1
        text = hop.text if len(hop.text) <= room else clip(hop.text.partition(",")[0], room, glyphs)
        rest = " " * (room - len(text))
        texts += [(f"{hop.name} ", "faint"), (text, "error" if hop.stuck else "bold"), (rest, "plain")]
        gauges += _gauge(path, hop, history, cell, glyphs)
    return [texts, gauges]


def _stacked(path: BytePath, history: History, width: int, glyphs: Glyphs) -> list[list[Part]]:
    lines: list[list[Part]] = []
    rest = max(0, width - LABEL_WIDTH - NAME_WIDTH - TEXT_WIDTH - 2)
    for index, hop in enumerate(path.hops):
        label = f" {path.name}" if not index else f"   {glyphs.arrow}"
        known = hop.amount is not None
        parts: list[Part] = [(f"{label:<{LABEL_WIDTH}}{hop.name:<{NAME_WIDTH}}", "faint")]
        style = "error" if hop.stuck else "bold"
        if known:
            text = hop.text.partition(",")[0]
            parts += [(f"{text:>{TEXT_WIDTH}}", style), ("  ", "plain"), *_gauge(path, hop, history, rest, glyphs)]
        else:
            parts.append((clip(hop.text, rest + TEXT_WIDTH + 2, glyphs), style))
        lines.append(parts)
    return lines


def _gauge(path: BytePath, hop: Hop, history: History, width: int, glyphs: Glyphs) -> list[Part]:
    """The gauge and the history of a hop, in `width` columns. For a window, more is better."""
    if hop.amount is None or width < 3:
        return [(" " * width, "plain")]
    bar = (width - 1) // 2
    filled = min(bar, max(1 if hop.share else 0, round(hop.share * bar)))
    style = "error" if hop.stuck else path.name
    line = sparkline(history.of(path, hop), width - bar - 1, glyphs.spark)
    full, empty = glyphs.gauge_full * filled, glyphs.gauge_empty * (bar - filled)
    return [(full, style), (empty, style if hop.stuck else "faint"), (f" {line}", style)]
