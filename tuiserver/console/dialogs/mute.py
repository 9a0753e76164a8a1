"""Asks which messages to mute: the suggestion is the filter, or the current message."""

from __future__ import annotations

from tuiserver.console.context import Context
from tuiserver.console.models.mute_rules import suggest_rule
from tuiserver.console.panes.messages import MessagesPane
from tuiserver.console.panes.prompt import Feedback, Prompt
from tuiserver.console.text.escape import clip


def open_dialog(context: Context) -> None:
    """Mute what matches a filter; with an empty one, nothing."""
    pane, prompt = context.app.query_one(MessagesPane), context.app.query_one("#prompt", Prompt)
    rules, entry = context.mute, pane.current

    def typed(text: str) -> Feedback:
        fault = rules.check(text)
        return Feedback("" if fault is None else str(fault), fault is not None, fault.position if fault else None)

    def done(text: str | None) -> None:
        if text is None or (text.strip() and rules.check(text) is not None):
            return
        if text.strip():
            rules.add(text.strip())
            ways = context.keys.hints({"muted": "shows what is muted"}, context.glyphs)
            context.notify(f"muted: {clip(text, 60, context.glyphs)}{f'; {ways}' if ways else ''}")
        else:
            rules.clear()
            context.notify("nothing is muted")
        pane.update()

    suggestion = pane.filter_text or (suggest_rule(entry) if entry is not None else "")
    prompt.ask("mute", suggestion, typed, done, "a filter; empty: mute nothing")
