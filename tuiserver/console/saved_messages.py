"""Saves what is typed in the send bar or the answer bar under a name.

    save_message(context, workspace, saved)  # asks for the name

Rules of this file:
- What is neither a message nor an answer is not saved; the reason is reported.
"""

from __future__ import annotations

from tuiserver.automation.saved import SavedError, SavedMessages
from tuiserver.console.context import Context
from tuiserver.console.panes.prompt import Feedback
from tuiserver.console.text.escape import escape
from tuiserver.console.workspace import Workspace


def save_message(context: Context, workspace: Workspace, saved: SavedMessages) -> None:
    """Ask for a name, and save what is typed."""
    message = workspace.bar.message
    if not (message.text or message.status):
        context.notify("nothing to save: the send bar is empty")
        return
    if fault := workspace.bar.fault:
        context.notify(f"not saved: {escape(fault, 300, context.glyphs)}")
        return

    def typed(text: str) -> Feedback:
        exists = text.strip() in saved.names()
        replaces = context.keys.hints({"prompt-apply": "replaces it"}) or "it will be replaced"
        return Feedback(f"exists already: {replaces}" if exists else "")

    def done(text: str | None) -> None:
        if text and text.strip():
            try:
                saved.put(text.strip(), message)
            except SavedError as error:
                context.notify_error(str(error))
            else:
                context.notify(f"Saved as {text.strip()}")

    workspace.prompt.ask("Save as", "", typed, done, "a name")
