"""What the messages pane says about its view: the right part of its title, and the text in place of messages.

Rules of this file:
- Pure: the model of the messages in, parts of text out. What is left out where space is short is in `text/messages_title.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from tuiserver.console.keymap import Keys
from tuiserver.console.models.messages_view import MessagesView
from tuiserver.console.text.glyphs import Glyphs
from tuiserver.console.text.messages_title import client_text, title_parts
from tuiserver.console.text.parts import Button, Part
from tuiserver.core.charsets import UTF8, Charset
from tuiserver.views.roster import Roster

_DIRECTION_NAMES = {"both": "in and out", "in": "in", "out": "out"}


class Appearance(NamedTuple):
    """How messages are shown, in words."""

    form: str
    clock: str
    wrap: bool
    charset: Charset


def title_items(
    view: MessagesView, appearance: Appearance, keys: Keys, glyphs: Glyphs, width: int
) -> list[Part | Button]:
    """Which messages are shown, how, and whether the newest one is followed; `width` is that of the pane."""
    connection = f"#{view.connection}" if view.connection else "all"
    if view.stream is not None:
        connection += "  stream"
    form = appearance.form if appearance.charset is UTF8 else f"{appearance.form} {appearance.charset.name}"
    if appearance.wrap and appearance.form != "hex":
        form += ", wrapped"
    details = [form, appearance.clock, _DIRECTION_NAMES[view.direction]]
    source = view.source
    count = f"{len(source):,} of {source.end:,}" if source.first else f"{source.end:,}"
    if view.filter.active:
        count = view.filter_count
    if view.muted:
        count += f"  {view.muted:,} muted"
    filtered = view.filter.title(24, glyphs)
    if found := view.hit_number:
        filtered = [*filtered, (f"  {found}" if filtered else found, "accent")]
    return title_parts(width - len(" MESSAGES  "), connection, details, count, filtered, _state(view, keys, glyphs))


def _state(view: MessagesView, keys: Keys, glyphs: Glyphs) -> Part:
    if view.window.following:
        return f"{glyphs.follow} follow", "good"
    if new := view.window.new:
        return f"{new:,} new".rjust(8), "warning"
    key = keys.hint("follow", glyphs)
    return (f"{key} follows" if key else "released").rjust(8), "faint"


def empty_text(view: MessagesView, roster: Roster, now: float, keys: Keys, glyphs: Glyphs) -> str:
    """Why there is no message; empty if there are some. `now` is Unix time in seconds."""
    if len(view.entries):
        return ""
    if view.muted:
        key = keys.hint("muted", glyphs)
        return f"{view.muted:,} muted{f' {glyphs.dash} {key} shows them' if key else ''}"
    if view.filter.active:
        return view.filter.nothing_shown(view.filter_count, keys.hint("back", glyphs), glyphs)
    if not view.connection:
        return "no messages yet"
    client = roster.clients.get(view.connection)
    if client is None:
        return f"#{view.connection} has been removed"
    return client_text(client, now, view.direction, keys.hint("send", glyphs), glyphs)
