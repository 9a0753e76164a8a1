"""Everything the operator can do by a key: one table, which bindings, footer, help and palette all read.

Rules of this file:
- An action is named by what it does; its keys can change, its name does not.
- No default needs alt, ctrl+enter or ctrl+shift, and nothing that destroys is on a plain letter.
- `run` is the app's action. Where the pane itself answers the keys (`bound` is False), the palette still runs it; where
  it is empty, the table only tells of the keys.
"""

from __future__ import annotations

from typing import NamedTuple

from tuiserver.console.glyphs import UNICODE, Glyphs

ANYWHERE, CONNECTIONS, MESSAGES, LOG, SEND = "anywhere", "connections", "messages", "log", "send"
"""Where an action belongs: the headings of the help."""


class Action(NamedTuple):
    """`keys` as Textual names them; `word` stands in the footer, `help` in the help and the palette.

    `priority`: the key acts before the pane is asked, and before the next key is looked at; a printable one still not
    while something is being typed. `place`: in the footer, lowest first; 0 for not there.
    """

    name: str
    keys: tuple[str, ...]
    word: str
    where: str
    help: str
    run: str = ""
    priority: bool = False
    place: int = 0
    bound: bool = True


ACTIONS: tuple[Action, ...] = (
    Action("help", ("question_mark", "f1"), "help", ANYWHERE, "Help for this pane", "help", place=7),
    Action("palette", ("colon", "ctrl+p"), "command", ANYWHERE, "Find a command by its name", "palette", place=6),
    Action("next-pane", ("tab",), "next pane", ANYWHERE, "Go to the next pane", "next_pane", True),
    Action("last-pane", ("shift+tab",), "back", ANYWHERE, "Go to the one before", "previous_pane", True),
    Action("connections", ("1",), "connections", ANYWHERE, "Go to the connections", "pane('connections')"),
    Action("messages", ("2",), "messages", ANYWHERE, "Go to the messages", "pane('messages')"),
    Action("log", ("3",), "log", ANYWHERE, "Go to the log", "pane('log')"),
    Action("send", ("s", "4"), "send", ANYWHERE, "Type an answer in the send bar", "send", True, 1),
    Action("filter", ("slash",), "filter", ANYWHERE, "Show only what matches; esc clears it", "filter", place=3),
    Action("search", ("ctrl+f",), "search", ANYWHERE, "Search the messages, or the log", "find"),
    Action("zoom", ("z",), "zoom", ANYWHERE, "Give this pane the whole screen, and back", "zoom"),
    Action(
        "back",
        ("escape",),
        "back",
        ANYWHERE,
        "Back: clear the filter, leave the zoom, go to the connections",
        "go_back",
    ),
    Action("quit", ("q", "ctrl+q", "ctrl+c"), "quit", ANYWHERE, "Quit; asks if there are clients", "leave", place=8),
    Action("close", ("ctrl+d",), "close", CONNECTIONS, "Close the marked or the selected; asks how", "close", True, 2),
    Action("clear-closed", ("ctrl+l",), "clear", CONNECTIONS, "Forget those that have closed", "clear_closed"),
    Action("all-messages", ("a",), "all", CONNECTIONS, "Messages of all connections, or of the selected", "everyone"),
    Action(
        "open", ("enter",), "open", CONNECTIONS, "Go to the messages of this one", "connections('open')", bound=False
    ),
    Action("move", ("up", "down", "k", "j", "g", "G"), "move", CONNECTIONS, "Move up, down, to the first, to the last"),
    Action(
        "mark",
        ("space",),
        "mark",
        CONNECTIONS,
        "Mark this one, or take its mark away",
        "connections('mark')",
        bound=False,
    ),
    Action(
        "mark-all",
        ("asterisk",),
        "mark all",
        CONNECTIONS,
        "Mark all that are open",
        "connections('mark_all')",
        bound=False,
    ),
    Action("unmark", ("U",), "unmark", CONNECTIONS, "Take all marks away", "connections('unmark')", bound=False),
    Action("name", ("n",), "name", CONNECTIONS, "Give this one a name", "name", bound=False),
    Action("pause", ("p",), "pause", CONNECTIONS, "Stop reading from the marked or the selected; read on", "pause"),
    Action("sort", ("o",), "sort", CONNECTIONS, "Sort by the next column", "connections('sort')", bound=False),
    Action("reverse", ("O",), "reverse", CONNECTIONS, "Turn the order round", "connections('reverse')", bound=False),
    Action("columns", ("c",), "columns", CONNECTIONS, "Choose the columns", "columns"),
    Action("show", ("x",), "hex", MESSAGES, "Text, hex, or both", "messages('cycle_show')", place=4),
    Action("clock", ("t",), "clock", MESSAGES, "Time of day, since connect, since previous", "messages('cycle_clock')"),
    Action("direction", ("d",), "direction", MESSAGES, "In and out, in, out", "messages('cycle_direction')"),
    Action("follow", ("f", "end"), "follow", MESSAGES, "To the newest, and stay there", "messages('follow')", place=5),
    Action("wrap", ("w",), "wrap", MESSAGES, "Long messages in one line or in many", "messages('wrap')", bound=False),
    Action("whole", ("enter",), "whole", MESSAGES, "This message whole", "messages('choose(\"open\")')", bound=False),
    Action("again", ("r",), "again", MESSAGES, "Put it into the send bar", "messages('choose(\"send\")')", bound=False),
    Action(
        "copy",
        ("y",),
        "copy",
        MESSAGES,
        "Copy this message in a form of your choice",
        "messages('choose(\"copy\")')",
        bound=False,
    ),
    Action("next", ("n",), "next", MESSAGES, "Next place of what was searched for", "messages('find(1)')", bound=False),
    Action("previous", ("N",), "previous", MESSAGES, "The place before", "messages('find(-1)')", bound=False),
    Action("read", ("up", "down", "pageup", "pagedown", "home"), "read", MESSAGES, "Move; going up stops to follow"),
    Action("follow-log", ("f", "end"), "follow", LOG, "To the newest line, and stay there"),
    Action("jump", ("enter",), "jump", LOG, "Go to the connection of this line", "log('jump')", bound=False),
    Action(
        "next-error", ("e",), "error", LOG, "Next error; from the end, the last one", "log('error(1)')", bound=False
    ),
    Action("previous-error", ("E",), "error", LOG, "The error before", "log('error(-1)')", bound=False),
    Action("next-line", ("n",), "next", LOG, "Next line of what was searched for", "log('find(1)')", bound=False),
    Action("previous-line", ("N",), "previous", LOG, "The line before", "log('find(-1)')", bound=False),
    Action("read-log", ("up", "down", "pageup", "pagedown", "home"), "read", LOG, "Move; going up stops to follow"),
    Action("go", ("enter",), "send", SEND, "Send these bytes to this target"),
    Action("recall", ("up", "down"), "history", SEND, "What was sent before"),
    Action("mode", ("ctrl+t",), "text or hex", SEND, "Type text with escapes, or hex"),
    Action("ending", ("ctrl+n",), "line ending", SEND, "Line ending: none, LF, CRLF, NUL"),
    Action("target", ("ctrl+o",), "target", SEND, "Target: the selected, the marked, all"),
    Action("leave", ("escape",), "leave", SEND, "Back to the pane"),
)


def acts_first(action: Action, key: str) -> bool:
    """Whether a key acts before the pane is asked: those with ctrl that act anywhere do, over dialogs and lines too."""
    return action.priority or (action.where == ANYWHERE and key.startswith("ctrl+"))


_NAMES = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "asterisk": "*",
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "f1": "F1",
}


def key_name(key: str, glyphs: Glyphs = UNICODE) -> str:
    """A key as people write it: `ctrl+d` → `^d`, `question_mark` → `?`."""
    if key in ("up", "down"):
        return glyphs.up if key == "up" else glyphs.down
    if key.startswith("ctrl+"):
        return f"^{key[5:]}"
    return _NAMES.get(key, key)


def footer_keys() -> tuple[tuple[str, str], ...]:
    """Key and word of what the footer tells, in its order; eight at most."""
    shown = sorted((action for action in ACTIONS if action.place), key=lambda action: action.place)
    return tuple((key_name(action.keys[0]), action.word) for action in shown)
