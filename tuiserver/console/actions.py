"""Everything the operator can do by a key: one table, which bindings, footer, help and palette all read.

Rules of this file:
- An action is named by what it does; its keys can change, its name does not.
- No default needs alt, ctrl+enter or ctrl+shift, and nothing that destroys is on a plain letter.
- `run` is the app's action, `local` that of the pane, which answers the keys there. Nothing binds a key but by this table.
- What a key is called in a file, and which keys there are, is `keymap`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tuiserver.console.glyphs import UNICODE, Glyphs

ANYWHERE, PANES, CONNECTIONS, MESSAGES, LOG, SEND = "anywhere", "panes", "connections", "messages", "log", "send"
"""Where an action belongs."""

HEADINGS = {
    CONNECTIONS: "CONNECTIONS",
    MESSAGES: "MESSAGES",
    LOG: "LOG",
    SEND: "SEND BAR",
    PANES: "EVERY PANE",
    ANYWHERE: "ANYWHERE",
}
"""The headings of the help."""


class Action(NamedTuple):
    """`keys` as Textual names them; `word` stands in the footer, `help` in the help and the palette.

    `priority`: the key acts before the pane is asked, and before the next key is looked at; a printable one still not
    while something is being typed. `place`: in the footer, lowest first; 0 for not there. `bound`: the app answers the keys,
    wherever one is. `local` need not be given where `run` names the pane, as in `connections('open')`.
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
    local: str = ""

    @property
    def in_pane(self) -> str:
        """The pane's own action that answers the keys there; empty when the app does."""
        pane, _, rest = self.run.partition("('")
        return self.local or (rest.removesuffix("')") if pane == self.where else "")

    @property
    def in_app(self) -> str:
        """The app's action that answers the keys wherever one is; empty when a pane does."""
        return self.run if self.bound else ""


ACTIONS: tuple[Action, ...] = (
    Action("help", ("question_mark", "f1"), "help", ANYWHERE, "Help for this pane", "help", place=6),
    Action("palette", ("colon", "ctrl+p"), "command", ANYWHERE, "Find a command by its name", "palette", place=5),
    Action("next-pane", ("tab",), "next pane", ANYWHERE, "Go to the next pane", "next_pane", True),
    Action("last-pane", ("shift+tab",), "back", ANYWHERE, "Go to the one before", "previous_pane", True),
    Action("connections", ("1",), "connections", ANYWHERE, "Go to the connections", "pane('connections')"),
    Action("messages", ("2",), "messages", ANYWHERE, "Go to the messages", "pane('messages')"),
    Action("log", ("3",), "log", ANYWHERE, "Go to the log", "pane('log')"),
    Action("send", ("s", "4"), "send", ANYWHERE, "Type an answer in the send bar", "send", True, 1),
    Action("zoom", ("z",), "zoom", ANYWHERE, "Give this pane the whole screen, and back", "zoom"),
    Action("back", ("escape",), "back", ANYWHERE, "Back: leave the zoom, go to the connections", "go_back"),
    Action("quit", ("q", "ctrl+q", "ctrl+c"), "quit", ANYWHERE, "Quit; asks if there are clients", "leave", place=7),
    Action("close", ("ctrl+d",), "close", CONNECTIONS, "Close the marked or the selected; asks how", "close", True, 2),
    Action("clear-closed", ("ctrl+l",), "clear", CONNECTIONS, "Forget those that have closed", "clear_closed"),
    Action("all-messages", ("a",), "all", CONNECTIONS, "Messages of all connections, or of the selected", "everyone"),
    Action(
        "open", ("enter",), "open", CONNECTIONS, "Go to the messages of this one", "connections('open')", bound=False
    ),
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
    Action("show", ("x",), "hex", MESSAGES, "Text, hex, or both", "messages('cycle_show')", place=3),
    Action("clock", ("t",), "clock", MESSAGES, "Time of day, since connect, since previous", "messages('cycle_clock')"),
    Action("direction", ("d",), "direction", MESSAGES, "In and out, in, out", "messages('cycle_direction')"),
    Action("follow", ("f",), "follow", MESSAGES, "To the newest, and stay there", "messages('follow')", place=4),
    Action("follow-log", ("f",), "follow", LOG, "To the newest line, and stay there", local="follow"),
    Action("up", ("up", "k"), "up", PANES, "A line up; in messages and log that stops to follow", local="move(-1)"),
    Action("down", ("down", "j"), "down", PANES, "A line down", local="move(1)"),
    Action("page-up", ("pageup",), "page up", PANES, "A page up", local="page(-1)"),
    Action("page-down", ("pagedown",), "page down", PANES, "A page down", local="page(1)"),
    Action(
        "first", ("home", "g"), "first", PANES, "To the first connection, the oldest message or line", local="first"
    ),
    Action("last", ("end", "G"), "last", PANES, "To the last connection, the newest message or line", local="last"),
    Action("go", ("enter",), "send", SEND, "Send these bytes to this target", local="go"),
    Action("older", ("up",), "older", SEND, "What was sent before", local="older"),
    Action("newer", ("down",), "newer", SEND, "What was sent after that", local="newer"),
    Action("mode", ("ctrl+t",), "text or hex", SEND, "Type text with escapes, or hex", local="mode"),
    Action("ending", ("ctrl+n",), "line ending", SEND, "Line ending: none, LF, CRLF, NUL", local="ending"),
    Action("target", ("ctrl+o",), "target", SEND, "Target: the selected, the marked, all", local="target"),
    Action("leave", ("escape",), "leave", SEND, "Back to the pane", local="back"),
)


def acts_first(action: Action, key: str) -> bool:
    """Whether a key acts before the pane is asked: those with ctrl that act anywhere do, over dialogs and lines too."""
    return action.priority or (action.where == ANYWHERE and key.startswith("ctrl+"))


def acts_on_clients(action: Action) -> bool:
    """Whether it is refused where one may only watch."""
    return action.where == SEND or action.name in ("send", "close")


_NAMES = {
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "delete": "del",
    "insert": "ins",
}

SIGNS = {
    "exclamation_mark": "!",
    "quotation_mark": '"',
    "number_sign": "#",
    "dollar_sign": "$",
    "percent_sign": "%",
    "ampersand": "&",
    "apostrophe": "'",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "asterisk": "*",
    "plus": "+",
    "comma": ",",
    "minus": "-",
    "full_stop": ".",
    "slash": "/",
    "colon": ":",
    "semicolon": ";",
    "less_than_sign": "<",
    "equals_sign": "=",
    "greater_than_sign": ">",
    "question_mark": "?",
    "at": "@",
    "left_square_bracket": "[",
    "backslash": "\\",
    "right_square_bracket": "]",
    "circumflex_accent": "^",
    "underscore": "_",
    "grave_accent": "`",
    "left_curly_bracket": "{",
    "vertical_line": "|",
    "right_curly_bracket": "}",
    "tilde": "~",
}
"""Keys that write a sign, as Textual names them."""


def key_name(key: str, glyphs: Glyphs = UNICODE) -> str:
    """A key as people write it: `ctrl+d` → `^d`, `question_mark` → `?`."""
    if key in ("up", "down"):
        return glyphs.up if key == "up" else glyphs.down
    before, plus, last = key.rpartition("+")
    last = SIGNS.get(last) or _NAMES.get(last, last)
    if len(last) > 1 and last[0] == "f" and last[1:].isdigit():
        last = last.upper()
    return f"^{last}" if before == "ctrl" else f"{before}{plus}{last}"


def keys_of(name: str, actions: Sequence[Action] = ACTIONS) -> tuple[str, ...]:
    """The keys of the action of that name."""
    return next((action.keys for action in actions if action.name == name), ())


def hint(name: str, actions: Sequence[Action] = ACTIONS, glyphs: Glyphs = UNICODE) -> str:
    """The first key of an action as people write it, for where a pane tells of it; empty when it has none."""
    return next((key_name(key, glyphs) for key in keys_of(name, actions)), "")


def footer_keys(actions: Sequence[Action] = ACTIONS) -> tuple[tuple[str, str], ...]:
    """Key and word of what the footer tells, in its order; eight at most."""
    shown = sorted((action for action in actions if action.place and action.keys), key=lambda action: action.place)
    return tuple((key_name(action.keys[0]), action.word) for action in shown)
