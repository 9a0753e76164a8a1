"""Saves what the messages pane shows to a file: asks for its name, and writes it.

    save_messages(context, prompt, pane.shown_messages(), "messages-12.txt")

Rules of this file:
- The file is written in a thread of its own: neither the screen nor the server waits for the disk.
- No file is ever replaced. One that cannot be written completely is removed.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress

from tuiserver.console.context import Context
from tuiserver.console.models.message_export import ShownMessages, export, form_of
from tuiserver.console.panes.prompt import Feedback, Prompt
from tuiserver.console.text.escape import escape
from tuiserver.core.numbers import size


def save_messages(context: Context, prompt: Prompt, shown: ShownMessages, name: str) -> None:
    """Ask for a file name, with `name` as the default, and save these messages."""
    if not shown.entries:
        context.notify("nothing to save: no message is shown")
        return

    def typed(text: str) -> Feedback:
        path = _path(text)
        if os.path.lexists(path):
            return Feedback("exists already: choose another name", True)
        return Feedback(f"{form_of(path)} (.txt: text, .hex: hexdump, .bin: raw)")

    def done(text: str | None) -> None:
        if text and text.strip():
            _start(context, shown, _path(text))

    prompt.ask("save to", name, typed, done, "a file")


def _path(text: str) -> str:
    return os.path.abspath(os.path.expanduser(text.strip()))


def _start(context: Context, shown: ShownMessages, path: str) -> None:
    loop = asyncio.get_running_loop()

    def report(notify: Callable[[str], object], text: str) -> None:
        with suppress(RuntimeError):  # the console has ended
            loop.call_soon_threadsafe(notify, escape(text, 300, context.glyphs))

    def write() -> None:
        form = form_of(path)
        try:
            write_file(path, shown)
        except OSError as error:
            report(context.notify_error, f"not saved to {path}: {error.strerror or error}")
        else:
            report(context.notify, f"Saved {size(shown.size)} bytes as {form} to {path}")

    threading.Thread(target=write, name="tuiserver-save", daemon=True).start()


def write_file(path: str, shown: ShownMessages) -> None:
    """Write messages to a new file; raises `OSError`, and then leaves none."""
    with open(path, "xb") as file:
        try:
            file.writelines(export(shown, form_of(path)))
            file.flush()
        except OSError:
            with suppress(OSError):
                os.unlink(path)
            raise
