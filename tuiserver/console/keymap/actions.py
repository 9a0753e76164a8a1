"""The table of actions: everything the operator can do with a key.

Rules of this file:
- An action is one row. It is named by what it does: its name is public (`[keys]` in config.toml) and does not change, its
  keys may.
- No default needs alt, ctrl+enter or ctrl+shift, and nothing destructive is on a plain letter outside a dialog.
"""

from __future__ import annotations

from typing import NamedTuple

from tuiserver.console.keymap.places import (
    ANSWER,
    ANYWHERE,
    CHOICES,
    COLUMNS,
    CONNECTIONS,
    DIALOG,
    HELP,
    INSPECTOR,
    LOG,
    MESSAGES,
    MOVING,
    PICKER,
    PROMPT,
    SAVED,
    SEND,
    SORT,
    VIEWER,
)

OVER_DIALOGS = ("quit", "redraw")
"""Actions whose ctrl keys also work while a dialog is open."""
SUBJECTS = ("connection", "open connection", "connections", "list", "job")
"""What an action may require: a selected connection, an open target, any connection, a pane with a list, a running repeat or
file transfer."""


class Action(NamedTuple):
    """One action.

    `keys` as Textual names them; `label` is its word in the footer, `help` its line in help and palette. `run` is what it
    does: `workspace.…`, `operator.…`, `naming.…`, `dialogs.…` (see `app.py`), or else an action of the widget that `where`
    names; where it is empty the keys are fixed. `needs`: the command that the link must be able to carry. `priority`: the key
    acts before the focused widget sees it, and before the next key is handled; a printable one still not while something is
    typed. `footer`: its rank there, 1 is left out last; without a rank it is there only in a wide footer, and only in its own
    place. `everywhere`: the keys act in other panes too, unless these use them. `subject`: what there must be for it to act on,
    one of `SUBJECTS`.
    """

    name: str
    where: str
    keys: tuple[str, ...]
    label: str
    help: str
    run: str = ""
    needs: str = ""
    priority: bool = False
    footer: int = 0
    everywhere: bool = False
    subject: str = ""

    @property
    def binding(self) -> str:
        """What Textual runs for it, on the widget that `where` names."""
        return self.run if "." not in self.run else f"app.{self.app_action}"

    @property
    def app_action(self) -> str:
        """What the app runs for it, wherever the focus is."""
        return self.run.removeprefix("app.") if self.run.startswith("app.") else f"perform('{self.name}')"

    def acts_first(self, key: str) -> bool:
        """Whether a key of it acts before the focused widget sees it: those with ctrl do, in dialogs and input lines too."""
        return self.priority or (self.where == ANYWHERE and key.startswith("ctrl+"))


def _action(
    name: str,
    where: str,
    keys: str,
    label: str,
    text: str,
    run: str = "",
    *,
    needs: str = "",
    priority: bool = False,
    footer: int = 0,
    everywhere: bool = False,
    subject: str = "",
) -> Action:
    return Action(name, where, tuple(keys.split()), label, text, run, needs, priority, footer, everywhere, subject)


ACTIONS: tuple[Action, ...] = (
    _action("help", ANYWHERE, "question_mark f1", "help", "Help for this pane", "dialogs.help"),
    _action("palette", ANYWHERE, "colon ctrl+p", "command", "Find a command by name", "operator.open_palette"),
    _action("next-pane", ANYWHERE, "tab", "next pane", "Next pane", "workspace.focus_next", priority=True),
    _action("last-pane", ANYWHERE, "shift+tab", "back", "Previous pane", "workspace.focus_previous", priority=True),
    _action("connections", ANYWHERE, "1", "connections", "Go to the connections", "workspace.focus('connections')"),
    _action("messages", ANYWHERE, "2", "messages", "Go to the messages", "workspace.focus('messages')"),
    _action("log", ANYWHERE, "3", "log", "Go to the log", "workspace.focus('log')"),
    _action(
        *("send", ANYWHERE, "s 4", "send", "Type a message in the send bar", "workspace.focus_send_bar"),
        needs="send",
        priority=True,
        footer=1,
        subject="open connection",
    ),
    _action("filter", ANYWHERE, "slash", "filter", "Filter this pane", "operator.filter", footer=3, subject="list"),
    _action("search", ANYWHERE, "ctrl+f", "search", "Search the messages or the log", "operator.search"),
    _action("inspector", ANYWHERE, "i 5", "inspect", "Inspect the connection", "workspace.focus('inspector')"),
    _action(
        *("stop", ANYWHERE, "ctrl+g", "stop", "Stop repeats and file transfers", "operator.stop_jobs"),
        needs="send",
        subject="job",
    ),
    _action("zoom", ANYWHERE, "z", "zoom", "Zoom this pane, or show all panes again", "workspace.zoom"),
    _action(
        *("back", ANYWHERE, "escape", "back", "Clear the filter, leave the zoom, or go to connections"),
        "operator.go_back",
    ),
    _action(
        *("suspend", ANYWHERE, "ctrl+z", "suspend", "Suspend to the shell (server pauses; fg resumes)"),
        "app.suspend_process",
    ),
    _action("redraw", ANYWHERE, "ctrl+l", "redraw", "Draw the whole screen again", "app.redraw"),
    _action("quit", ANYWHERE, "q ctrl+q ctrl+c", "quit", "Quit; asks if clients are connected", "app.leave"),
    _action("up", MOVING, "up k", "up", "Up (stops following)", "step(-1)"),
    _action("down", MOVING, "down j", "down", "Down", "step(1)"),
    _action("page-up", MOVING, "pageup", "page up", "One page up", "page(-1)"),
    _action("page-down", MOVING, "pagedown", "page down", "One page down", "page(1)"),
    _action("first", MOVING, "home g", "first", "Go to the first or oldest", "first"),
    _action("last", MOVING, "end G", "last", "Go to the last; messages and log follow again", "last"),
    _action(
        "open",
        CONNECTIONS,
        "enter",
        "open",
        "Go to the messages of this connection",
        "open",
        subject="connection",
        footer=4,
    ),
    _action(
        "mark", CONNECTIONS, "space", "mark", "Mark or unmark this connection", "mark", subject="connection", footer=6
    ),
    _action(
        *("mark-all", CONNECTIONS, "asterisk", "mark all", "Mark all open connections that are shown", "mark_all"),
        subject="connections",
    ),
    _action("unmark", CONNECTIONS, "U", "unmark", "Unmark all", "unmark", subject="connections"),
    _action(
        *(
            "close",
            CONNECTIONS,
            "ctrl+d",
            "close",
            "Close the marked or selected connections; asks how",
            "operator.close",
        ),
        needs="close",
        priority=True,
        footer=2,
        everywhere=True,
        subject="open connection",
    ),
    _action("name", CONNECTIONS, "n", "name", "Name this connection", "naming.ask", subject="connection"),
    _action("kept-names", CONNECTIONS, "", "kept names", "Names kept for addresses", "naming.choose"),
    _action(
        "pause",
        CONNECTIONS,
        "p",
        "pause",
        "Pause or resume reading",
        "operator.pause",
        needs="pause",
        subject="open connection",
    ),
    _action(
        *("attention", CONNECTIONS, "exclamation_mark", "attention", "Show only what needs attention, or everything"),
        "workspace.toggle_concerns",
        everywhere=True,
        subject="connections",
    ),
    _action(
        *("sort", CONNECTIONS, "o", "sort", "Choose the sort order", "dialogs.sort"), footer=5, subject="connections"
    ),
    _action(
        "wrap-row", CONNECTIONS, "w", "whole", "Show the full selected row, or one line", "wrap", subject="connection"
    ),
    _action("row-left", CONNECTIONS, "left", "left", "Scroll LAST left", "pan(-1)", subject="connections"),
    _action("row-right", CONNECTIONS, "right", "right", "Scroll LAST right", "pan(1)", subject="connections"),
    _action("reverse", CONNECTIONS, "O", "reverse", "Reverse sort order", "reverse", subject="connections"),
    _action("columns", CONNECTIONS, "c", "columns", "Choose the columns", "dialogs.columns"),
    _action(
        *("clear-closed", CONNECTIONS, "delete", "remove", "Remove closed connections; asks first"),
        "dialogs.clear_closed",
        subject="connections",
    ),
    _action(
        *("all-messages", CONNECTIONS, "a", "all", "Messages of all connections, or of the selected one"),
        "workspace.toggle_all_messages",
        everywhere=True,
        subject="connections",
    ),
    _action("stream", MESSAGES, "m", "stream", "Show one byte stream, or single messages", "stream", everywhere=True),
    _action("show", MESSAGES, "x", "hex", "Fields, text, hex, or both", "cycle_show", footer=4, everywhere=True),
    _action(
        *("clock", MESSAGES, "t", "clock", "Time of day, since connect, since previous, microseconds", "cycle_clock"),
        everywhere=True,
    ),
    _action(
        "direction", MESSAGES, "d", "direction", "Direction: in and out, in, out", "cycle_direction", everywhere=True
    ),
    _action("wrap", MESSAGES, "w", "wrap", "Toggle wrap", "wrap", everywhere=True),
    _action("charset", MESSAGES, "c", "charset", "Character set of this connection", "operator.choose_charset"),
    _action("mute", MESSAGES, "M", "mute", "Mute messages like this one, or what matches a filter", "dialogs.mute"),
    _action("muted", MESSAGES, "u", "muted", "Show what is muted, or hide it again", "toggle_muted"),
    _action("decode", MESSAGES, "D", "decode", "Decode messages as … (JSON, NMEA, a C struct)", "dialogs.decoder"),
    _action("follow", MESSAGES, "f", "follow", "Go to the newest and follow", "follow", footer=5, everywhere=True),
    _action("scroll-left", MESSAGES, "left", "left", "Scroll long messages left", "pan(-1)"),
    _action("scroll-right", MESSAGES, "right", "right", "Scroll long messages right", "pan(1)"),
    _action("whole", MESSAGES, "enter", "open", "Show full message", "choose('open')", footer=7),
    _action("again", MESSAGES, "r", "resend", "Put this message into the send bar", "choose('send')", needs="send"),
    _action("copy", MESSAGES, "y", "copy", "Copy this message; asks for the format", "choose('copy')", footer=6),
    _action("save-shown", MESSAGES, "S", "save", "Save what is shown: text, hexdump, raw", "operator.save_messages"),
    _action("next", MESSAGES, "n", "next", "Next match", "find(1)"),
    _action("previous", MESSAGES, "N", "previous", "Previous match", "find(-1)"),
    _action("copy-inspected", INSPECTOR, "y", "copy", "Copy the text selected with the mouse", "copy_selected"),
    _action("wrap-inspected", INSPECTOR, "w", "wrap", "Toggle wrap", "wrap"),
    _action("inspector-left", INSPECTOR, "left", "left", "Scroll long lines left", "pan(-1)"),
    _action("inspector-right", INSPECTOR, "right", "right", "Scroll long lines right", "pan(1)"),
    _action("follow-log", LOG, "f", "follow", "Go to the newest line and follow", "follow", footer=5),
    _action("jump", LOG, "enter", "open", "Show the full line; press again for its connection", "enter", footer=4),
    _action("wrap-log", LOG, "w", "wrap", "Toggle wrap", "wrap"),
    _action("log-left", LOG, "left", "left", "Scroll long lines left", "pan(-1)"),
    _action("log-right", LOG, "right", "right", "Scroll long lines right", "pan(1)"),
    _action("earlier-runs", LOG, "b", "earlier runs", "Show or hide lines of earlier runs", "earlier_runs"),
    _action("copy-line", LOG, "y", "copy", "Copy this line, or the text selected with the mouse", "copy"),
    _action("next-error", LOG, "e", "error", "Next error; at the end of the log, the last one", "error(1)", footer=6),
    _action("previous-error", LOG, "E", "previous error", "Previous error", "error(-1)"),
    _action("next-line", LOG, "n", "next", "Next match", "find(1)"),
    _action("previous-line", LOG, "N", "previous", "Previous match", "find(-1)"),
    _action("go", SEND, "enter", "send", "Send these bytes to the target", "go", needs="send", footer=1),
    _action("older", SEND, "up", "history", "Older in the history", "older", needs="send"),
    _action("newer", SEND, "down", "history", "Newer in the history", "newer", needs="send"),
    _action(
        *("mode", SEND, "ctrl+t", "mode", "Text with escapes and {{…}}, hex, fields of a struct, file", "mode"),
        needs="send",
        footer=2,
    ),
    _action(
        *("literal", SEND, "ctrl+backslash", "literal", r"Take \ and {{ literally, or as escapes", "literal"),
        needs="send",
        footer=6,
    ),
    _action("repeat", SEND, "ctrl+y", "repeat", "Send repeatedly; asks how often", "repeat", needs="send", footer=8),
    _action("save", SEND, "ctrl+s", "save", "Save this message under a name", "operator.save", needs="send", footer=9),
    _action(
        "saved", SEND, "ctrl+r", "saved", "Choose a saved message", "operator.choose_saved", needs="send", footer=7
    ),
    _action(
        "ending", SEND, "ctrl+n", "line ending", "Line ending: none, LF, CRLF, NUL", "ending", needs="send", footer=3
    ),
    _action("target", SEND, "ctrl+o", "target", "Target: marked, all, selected", "target", needs="send", footer=4),
    _action("leave", SEND, "escape", "leave", "Back to the pane", "back", needs="send", footer=5),
    _action("answer", ANSWER, "enter", "answer", "Send this answer", "go", needs="answer", footer=1),
    _action("next-field", ANSWER, "tab", "next field", "Status, type, body", "field(1)", needs="answer", footer=2),
    _action("previous-field", ANSWER, "shift+tab", "previous field", "Previous field", "field(-1)", needs="answer"),
    _action("older-answer", ANSWER, "up", "history", "Older answer", "older", needs="answer", footer=4),
    _action("newer-answer", ANSWER, "down", "history", "Newer answer", "newer", needs="answer"),
    _action("answer-mode", ANSWER, "ctrl+t", "hex", "Body: text or hex", "mode", needs="answer", footer=6),
    _action(
        *("answer-literal", ANSWER, "ctrl+backslash", "literal", r"Body: \ and {{ literally, or as escapes", "literal"),
        needs="answer",
    ),
    _action(
        *(
            "answer-parts",
            ANSWER,
            "ctrl+y",
            "in parts",
            "Send the head first, then chunks; an empty one is the end",
            "parts",
        ),
        needs="answer",
        footer=5,
    ),
    _action("save-answer", ANSWER, "ctrl+s", "save", "Save this answer", "operator.save", needs="answer", footer=8),
    _action(
        *("saved-answers", ANSWER, "ctrl+r", "saved", "Choose a saved answer", "operator.choose_saved"),
        needs="answer",
        footer=7,
    ),
    _action("answer-target", ANSWER, "ctrl+o", "target", "Answer: marked, all, selected", "target", needs="answer"),
    _action("answer-leave", ANSWER, "escape", "leave", "Back to the pane", "back", needs="answer", footer=3),
    _action("prompt-apply", PROMPT, "enter", "apply", "Apply what is typed", "apply"),
    _action("prompt-keep", PROMPT, "ctrl+s", "keep", "Apply the name, and keep it for the peer's address", "keep"),
    _action("prompt-cancel", PROMPT, "escape", "cancel", "Cancel", "cancel"),
    _action("accept", DIALOG, "enter", "accept", "Accept", "accept", footer=1),
    _action("cancel", DIALOG, "escape", "cancel", "Cancel", "cancel", footer=2),
    _action("press", CHOICES, "space", "press", "Choose this answer", "accept"),
    _action("previous-choice", CHOICES, "left up k shift+tab", "back", "Previous answer", "move(-1)"),
    _action("next-choice", CHOICES, "right down j tab", "next", "Next answer", "move(1)"),
    _action("cancel-choice", CHOICES, "c", "cancel", "Cancel", "cancel"),
    _action("close-flush", CHOICES, "f", "flush", "Close: send what is buffered first", "choose('close-flush')"),
    _action("close-reset", CHOICES, "r", "reset", "Close: reset at once", "choose('close-reset')"),
    _action("quit-now", CHOICES, "q", "quit", "Quit: disconnect the clients", "choose('quit-now')"),
    _action("clear-now", CHOICES, "x", "remove", "Remove the closed connections", "choose('clear-now')"),
    _action("copy-text", CHOICES, "t", "text", "Copy: as text", "choose('copy-text')"),
    _action("copy-hex", CHOICES, "h", "hex", "Copy: as hex", "choose('copy-hex')"),
    _action("copy-hexdump", CHOICES, "d", "hexdump", "Copy: as a hexdump", "choose('copy-hexdump')"),
    _action("copy-base64", CHOICES, "b", "base64", "Copy: as base64", "choose('copy-base64')"),
    _action("copy-python", CHOICES, "p", "Python", "Copy: as Python bytes", "choose('copy-python')"),
    _action("copy-c", CHOICES, "a", "C", "Copy: as a C array", "choose('copy-c')"),
    _action("column-show", COLUMNS, "space", "show", "Show or hide this column", "show_or_hide"),
    _action("column-left", COLUMNS, "left h", "move left", "Move this column to the left", "shift(-1)"),
    _action("column-right", COLUMNS, "right l", "move right", "Move this column to the right", "shift(1)"),
    _action("columns-reset", COLUMNS, "r", "reset", "Show as many columns as fit", "reset"),
    _action("sort-reverse", SORT, "left right", "reverse", "Reverse the order", "reverse"),
    _action("find", PICKER, "slash", "find", "Find in the list by typing", "find", footer=3),
    _action(
        "find-or-list", PICKER, "tab", "line or list", "Switch between the input line and the list", "list", footer=4
    ),
    _action("saved-delete", SAVED, "delete", "delete", "Delete this item; press twice", "delete"),
    _action("message-close", VIEWER, "escape q enter backspace", "back", "Back", "close", footer=1),
    _action("message-page-up", VIEWER, "b", "page up", "One page up", "page(-1)"),
    _action("message-page-down", VIEWER, "space", "page down", "One page down", "page(1)"),
    _action("message-show", VIEWER, "x tab", "view", "Formatted, text or hex", "show(1)", footer=2),
    _action(
        "message-show-back", VIEWER, "X shift+tab", "view back", "The view before: formatted, text or hex", "show(-1)"
    ),
    _action("message-wrap", VIEWER, "w", "wrap", "Toggle wrap", "wrap"),
    _action("message-left", VIEWER, "left", "left", "Scroll unwrapped lines left", "pan(-1)"),
    _action("message-right", VIEWER, "right", "right", "Scroll unwrapped lines right", "pan(1)"),
    _action("message-search", VIEWER, "ctrl+f slash", "search", "Search this message", "search", footer=3),
    _action("message-next", VIEWER, "n", "next", "Next match", "find(1)", footer=4),
    _action("message-previous", VIEWER, "N", "previous", "Previous match", "find(-1)"),
    _action("message-copy", VIEWER, "y", "copy", "Copy this message; asks for the format", "answer('copy')", footer=5),
    _action(
        *("message-column", VIEWER, "c", "as column", "Show this field as a column of the connections"),
        "column",
    ),
    _action(
        *("message-resend", VIEWER, "r", "resend", "Put this message into the send bar", "answer('send')"),
        needs="send",
        footer=6,
    ),
    _action("help-close", HELP, "escape q question_mark f1", "close", "Close the help", "close"),
)
BY_NAME = {action.name: action for action in ACTIONS}
