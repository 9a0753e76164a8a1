"""What the log pane says about its lines: the right part of its title, and the text in place of lines.

Rules of this file:
- Pure: the model of the log in, parts of text out.
"""

from __future__ import annotations

from tuiserver.console.keymap import Keys
from tuiserver.console.models.log_view import LogView
from tuiserver.console.text.escape import escape
from tuiserver.console.text.glyphs import Glyphs
from tuiserver.console.text.log_lines import printable
from tuiserver.console.text.parts import Button, Part, width_of
from tuiserver.core.characters import columns


def title_items(view: LogView, keys: Keys, glyphs: Glyphs, width: int) -> list[Part | Button]:
    """Earlier runs, the file, the filter and the hits, and whether the newest line is followed; `width` is that of the pane."""
    state, style = _state(view, keys, glyphs)
    filtered = _filter_state(view, glyphs)
    path = view.tail.path
    name = path.name.encode("utf-8", "surrogateescape") if path else b"in memory"
    available = width - len(" LOG  ") - 13 - width_of(filtered)
    file = f"{printable(name, available, glyphs)}  " if available > 3 else ""
    return [
        Button("earlier-runs", [(_earlier_hint(view, keys, glyphs, available - columns(file)), "faint")]),
        (file, "faint"),
        Button("filter", filtered),
        Button("follow-log", [(f"{state:>9}", style)]),
    ]


def _earlier_hint(view: LogView, keys: Keys, glyphs: Glyphs, available: int) -> str:
    """The key that shows the lines of earlier runs, or hides them; empty without such lines, or without space."""
    tail, key = view.tail, keys.hint("earlier-runs", glyphs)
    if not tail.has_earlier or not key:
        return ""
    hint = f"{key} {'hides' if tail.show_earlier else 'shows'} earlier runs  "
    return hint if columns(hint) <= available else ""


def _state(view: LogView, keys: Keys, glyphs: Glyphs) -> Part:
    if view.tail.unavailable:
        return "waiting", "faint"
    if view.searching:
        return "searching", "warning"
    if view.tail.following:
        return f"{glyphs.follow} follow", "good"
    if view.window.new:
        return f"{view.window.new:,} new", "warning"
    key = keys.hint("follow-log", glyphs)
    return (f"{key} follows" if key else "released"), "faint"


def _filter_state(view: LogView, glyphs: Glyphs) -> list[Part]:
    parts = view.filter.title(24, glyphs)
    if view.filter.active:
        parts.insert(0, (f"{view.filter_count(glyphs.ellipsis)}  ", "plain"))
    if found := view.hits.describe(view.window.cursor):
        parts.append((f"  {found}" if parts else found, "accent"))
    return [*parts, ("  ", "plain")] if parts else []


def empty_text(view: LogView, keys: Keys, glyphs: Glyphs, width: int) -> list[Part]:
    """Why there is no line."""
    tail = view.tail
    if view.filter.active:
        return [(f" {view.filter.nothing_shown('no line shown', keys.hint('back', glyphs), glyphs)}", "faint")]
    if tail.path is None or not tail.problem:
        return [(" nothing logged yet", "faint")]
    name = str(tail.path).encode("utf-8", "surrogateescape")
    if tail.not_found:
        return [(f" waiting for {printable(name, max(1, width - 14), glyphs)}", "faint")]
    problem = escape(tail.problem, width, glyphs)
    return [(f" {problem}: {printable(name, max(1, width - columns(problem) - 4), glyphs)}", "error")]
