"""Everything the operator can do by a key: one table, which bindings, footer, help and palette all read.

    keys = Keys({"zoom": ("ctrl+z",)})       # the operator's own, by the name of the action; the others as in the table
    keys.of(action); keys.bindings(MOVING, LOG)

Rules of this file:
- An action is named by what it does; its keys can change, its name does not.
- No default needs alt, ctrl+enter or ctrl+shift, and nothing that destroys is on a plain letter.
- `run` is an action of what `where` names, or of the app with `app.` in front. Where it is empty the keys are fixed.
- Nothing of the screen is imported: the command line reads this table too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.core.suggestions import did_you_mean

ANYWHERE, MOVING, CONNECTIONS, MESSAGES, INSPECTOR, LOG, SEND = (
    *("anywhere", "moving", "connections", "messages", "inspector", "log", "send"),
)
"""Where an action belongs: the headings of the help. `MOVING` is in each pane."""


class Action(NamedTuple):
    """`keys` as Textual names them; `word` stands in the footer, `help` in the help and the palette.

    `priority`: the key acts before the pane is asked, and before the next key is looked at; a printable one still not
    while something is being typed. `place`: in the footer, lowest first; 0 for not there. `everywhere`: the keys act in
    the other panes too, where these have no use of their own for them.
    """

    name: str
    keys: tuple[str, ...]
    word: str
    where: str
    help: str
    run: str = ""
    priority: bool = False
    place: int = 0
    everywhere: bool = False


def _anywhere(name: str, keys: str, word: str, text: str, run: str, priority: bool = False, place: int = 0) -> Action:
    return Action(name, tuple(keys.split()), word, ANYWHERE, text, run, priority, place)


def _pane(where: str, name: str, keys: str, word: str, text: str, run: str = "") -> Action:
    return Action(name, tuple(keys.split()), word, where, text, run)


def _everywhere(where: str, name: str, keys: str, word: str, text: str, run: str, place: int = 0) -> Action:
    return Action(name, tuple(keys.split()), word, where, text, run, place=place, everywhere=True)


ACTIONS: tuple[Action, ...] = (
    _anywhere("help", "question_mark f1", "help", "Help for this pane", "help", place=7),
    _anywhere("palette", "colon ctrl+p", "command", "Find a command by its name", "palette", place=6),
    _anywhere("next-pane", "tab", "next pane", "Go to the next pane", "next_pane", priority=True),
    _anywhere("last-pane", "shift+tab", "back", "Go to the one before", "previous_pane", priority=True),
    _anywhere("connections", "1", "connections", "Go to the connections", "pane('connections')"),
    _anywhere("messages", "2", "messages", "Go to the messages", "pane('messages')"),
    _anywhere("log", "3", "log", "Go to the log", "pane('log')"),
    _anywhere("send", "s 4", "send", "Type an answer in the send bar", "send", priority=True, place=1),
    _anywhere("filter", "slash", "filter", "Show only what matches; esc clears it", "filter", place=3),
    _anywhere("search", "ctrl+f", "search", "Search the messages, or the log", "find"),
    _anywhere("inspector", "i 5", "inspect", "Look at the selected connection from the wire up", "pane('inspector')"),
    _anywhere("stop", "ctrl+g", "stop", "Stop what is being sent by itself: repeats and files", "stop"),
    _anywhere("zoom", "z", "zoom", "Give this pane the whole screen, and back", "zoom"),
    _anywhere("back", "escape", "back", "Back: clear the filter, leave the zoom, go to the connections", "go_back"),
    _anywhere(
        "suspend",
        "ctrl+z",
        "suspend",
        "Back to the shell until fg; the server stands still meanwhile",
        "suspend_process",
    ),
    _anywhere("quit", "q ctrl+q ctrl+c", "quit", "Quit; asks if there are clients", "leave", place=8),
    _pane(MOVING, "up", "up k", "up", "One up; where it follows, it stops to", "step(-1)"),
    _pane(MOVING, "down", "down j", "down", "One down", "step(1)"),
    _pane(MOVING, "page-up", "pageup", "page up", "A page up", "page(-1)"),
    _pane(MOVING, "page-down", "pagedown", "page down", "A page down", "page(1)"),
    _pane(MOVING, "first", "home g", "first", "To the first, or the oldest", "first"),
    _pane(MOVING, "last", "end G", "last", "To the last; messages and log follow again", "last"),
    _pane(CONNECTIONS, "open", "enter", "open", "Go to the messages of this one", "open"),
    _pane(CONNECTIONS, "mark", "space", "mark", "Mark this one, or take its mark away", "mark"),
    _pane(CONNECTIONS, "mark-all", "asterisk", "mark all", "Mark all that are shown and open", "mark_all"),
    _pane(CONNECTIONS, "unmark", "U", "unmark", "Take all marks away", "unmark"),
    Action(
        "close",
        ("ctrl+d",),
        "close",
        CONNECTIONS,
        "Close the marked or the selected; asks how",
        "app.close",
        True,
        2,
        True,
    ),
    _pane(CONNECTIONS, "name", "n", "name", "Give this one a name", "app.name"),
    _pane(CONNECTIONS, "pause", "p", "pause", "Stop reading from the marked or the selected, or read on", "app.pause"),
    _pane(CONNECTIONS, "sort", "o", "sort", "Sort by the next column", "sort"),
    _pane(CONNECTIONS, "reverse", "O", "reverse", "Turn the order round", "reverse"),
    _pane(CONNECTIONS, "columns", "c", "columns", "Choose the columns", "app.columns"),
    _everywhere(CONNECTIONS, "clear-closed", "ctrl+l", "clear", "Forget those that have closed", "app.clear_closed"),
    _everywhere(
        CONNECTIONS, "all-messages", "a", "all", "Messages of all connections, or of the selected", "app.everyone"
    ),
    _everywhere(MESSAGES, "show", "x", "hex", "Text, hex, or both", "cycle_show", place=4),
    _everywhere(MESSAGES, "clock", "t", "clock", "Time of day, since connect, since previous", "cycle_clock"),
    _everywhere(MESSAGES, "direction", "d", "direction", "In and out, in, out", "cycle_direction"),
    _everywhere(MESSAGES, "wrap", "w", "wrap", "Long messages in one line or in many", "wrap"),
    _everywhere(MESSAGES, "follow", "f", "follow", "To the newest, and stay there", "follow", place=5),
    _pane(MESSAGES, "whole", "enter", "whole", "This message whole", "choose('open')"),
    _pane(MESSAGES, "again", "r", "again", "Put this message into the send bar", "choose('send')"),
    _pane(MESSAGES, "copy", "y", "copy", "Copy this message in a form of your choice", "choose('copy')"),
    _pane(MESSAGES, "next", "n", "next", "Next message with what was searched for", "find(1)"),
    _pane(MESSAGES, "previous", "N", "previous", "The message before with it", "find(-1)"),
    _pane(LOG, "follow-log", "f", "follow", "To the newest line, and stay there", "follow"),
    _pane(LOG, "jump", "enter", "jump", "Go to the connection that this line is about", "jump"),
    _pane(LOG, "next-error", "e", "error", "Next error; from the end, the last one", "error(1)"),
    _pane(LOG, "previous-error", "E", "error", "The error before", "error(-1)"),
    _pane(LOG, "next-line", "n", "next", "Next line with what was searched for", "find(1)"),
    _pane(LOG, "previous-line", "N", "previous", "The line before with it", "find(-1)"),
    _pane(SEND, "go", "enter", "send", "Send these bytes to this target", "go"),
    _pane(SEND, "older", "up", "history", "What was sent before", "older"),
    _pane(SEND, "newer", "down", "history", "Back towards what was being typed", "newer"),
    _pane(SEND, "mode", "ctrl+t", "mode", "Type text with escapes and {{time}}, or hex, or the path of a file", "mode"),
    _pane(SEND, "repeat", "ctrl+y", "repeat", "Send this again and again; asks how often", "repeat"),
    _pane(SEND, "save", "ctrl+s", "save", "Keep this message by a name", "app.save"),
    _pane(SEND, "saved", "ctrl+r", "saved", "Choose one of the kept messages", "app.saved"),
    _pane(SEND, "ending", "ctrl+n", "line ending", "Line ending: none, LF, CRLF, NUL", "ending"),
    _pane(SEND, "target", "ctrl+o", "target", "Target: the selected, the marked, all", "target"),
    _pane(SEND, "leave", "escape", "leave", "Back to the pane", "back"),
)
BY_NAME = {action.name: action for action in ACTIONS}


def acts_first(action: Action, key: str) -> bool:
    """Whether a key acts before the pane is asked: those with ctrl that act anywhere do, over dialogs and lines too."""
    return action.priority or (action.where == ANYWHERE and key.startswith("ctrl+"))


class Keys:
    """Which keys run what: those of the table, or the operator's own, by the name of the action."""

    def __init__(self, chosen: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self.chosen = dict(chosen or {})

    def of(self, action: Action) -> tuple[str, ...]:
        """The keys of an action, as Textual names them; none where the operator took them away."""
        return self.chosen.get(action.name, action.keys)

    def bindings(self, *places: str) -> Iterator[tuple[str, Action]]:
        """Each key of what belongs to these places."""
        for action in ACTIONS:
            if action.where in places and action.run:
                for key in self.of(action):
                    yield key, action

    def app_bindings(self) -> Iterator[tuple[str, str, Action]]:
        """Each key that acts wherever one is, and what the app then runs."""
        for action in ACTIONS:
            if action.where == ANYWHERE or action.everywhere:
                for key in self.of(action):
                    yield key, app_action(action), action

    def told(self, name: str, glyphs: Glyphs = UNICODE) -> str:
        """The first key of an action as people write it, for where a pane tells of it; empty when it has none."""
        return next((key_name(key, glyphs) for key in self.of(BY_NAME[name])), "")

    def footer(self) -> list[tuple[Action, str]]:
        """The actions that the footer tells, in its order, and a key of each; eight at most."""
        shown = sorted((action for action in ACTIONS if action.place), key=lambda action: action.place)
        return [(action, key_name(self.of(action)[0])) for action in shown if self.of(action)]

    def faults(self) -> Iterator[tuple[str, str]]:
        """What is wrong with the operator's own: the name of the action, and why."""
        for name, keys in self.chosen.items():
            action = BY_NAME.get(name)
            if action is None:
                yield name, f"there is no action {name}{did_you_mean(name, BY_NAME)}: see tuiserver keys"
            elif not action.run:
                yield name, f"{name} stays on {key_name(action.keys[0])}"
            else:
                if name == "quit" and not keys:
                    yield name, 'quit without a key leaves no way out: write quit = "ctrl+q"'
                for key in keys:
                    if action.where == SEND and (why := _typed(key)):
                        yield name, f"{key_name(key)} {why} in the send bar: give {name} another key, such as ctrl+g"
                    if other := self._taken(action, key):
                        yield (
                            name,
                            f"{key_name(key)} runs {other.name} already: give {other.name} another key, or [] for none",
                        )

    def _taken(self, action: Action, key: str) -> Action | None:
        """Another action that this key would run in the same place."""
        for other in ACTIONS:
            meant = key in action.keys and key in other.keys  # so it is in the table
            if other is not action and not meant and key in self.of(other) and _meet(action, other):
                return other
        return None


_CURSOR = ("left", "right", "home", "end")
EDITING = frozenset(
    (
        *(f"{held}{each}" for each in _CURSOR for held in ("", "shift+")),
        *(f"{held}{each}" for each in ("left", "right") for held in ("ctrl+", "ctrl+shift+")),
        *("backspace", "ctrl+backspace", "alt+backspace", "super+backspace", "delete", "super+c", "ctrl+shift+a"),
        *(f"ctrl+{letter}" for letter in "acdekuvwx"),
    )
)
"""The keys that edit a line that is typed."""


def _typed(key: str) -> str:
    """What a key does in a line, where that is something."""
    if key in EDITING:
        return "edits"
    return "is typed" if len(key) == 1 or key in _SIGN_OF or key == "space" else ""


def _meet(one: Action, other: Action) -> bool:
    """Whether both act in some place; an action that follows does so in its own pane instead of the messages."""
    both = one.where, other.where
    if "app" in (_reach(one), _reach(other)):
        return one.word != other.word
    if MOVING in both:
        return SEND not in both
    return one.where == other.where


def _reach(action: Action) -> str:
    return "app" if action.where == ANYWHERE or action.everywhere else action.where


def app_action(action: Action) -> str:
    """What the app runs for an action, wherever one is."""
    if action.where == ANYWHERE:
        return action.run
    if action.run.startswith("app."):
        return action.run.removeprefix("app.")
    return f'in_pane("{action.where}", "{action.run}")'


_SHORT = {
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    **{f"f{number}": f"F{number}" for number in range(1, 25)},
}
_SIGNS = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
_NAMED = {
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete", "enter", "escape", "tab"),
    *("space", "backspace", *(f"f{number}" for number in range(1, 25))),
}


_SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+left_square_bracket": "escape"}
"""What is one key to a terminal, and by which name it comes."""


def key_name(key: str, glyphs: Glyphs = UNICODE) -> str:
    """A key as people write it: `ctrl+d` → `^d`, `question_mark` → `?`."""
    if key in ("up", "down"):
        return glyphs.up if key == "up" else glyphs.down
    if key.startswith("ctrl+"):
        return f"^{key[5:]}"
    return _SHORT.get(key) or _SIGN_OF.get(key, key)


def _textual_name(sign: str) -> str:
    name = unicodedata.name(sign, "").lower().replace("-", "_").replace(" ", "_")
    return _SIGNS.get(name, name)


_SIGN_OF = {_textual_name(sign): sign for sign in map(chr, range(0x21, 0x7F)) if not sign.isalnum()}


def read_key(text: str) -> str:
    """A key as people write it → as Textual names it: `^d`, `ctrl+d`, `?`, `pgup`, `F1`; raises `ValueError`."""
    written = text.strip()
    if len(written) > 1 and written[0] == "^":
        written = f"ctrl+{written[1:]}"
    parts = written.split("+") if len(written) > 1 and not written.endswith("+") else [written]
    *with_, key = parts
    if len(key) == 1:
        key = key if key.isalnum() else _textual_name(key)
    else:
        key = {short.lower(): name for name, short in _SHORT.items()}.get(key.lower(), key.lower())
    known = key in _NAMED or key in _SIGN_OF or (len(key) == 1 and key.isprintable())
    if not known or not all(re.fullmatch("ctrl|shift|alt", each.lower()) for each in with_):
        raise ValueError(f'"{text}" is no key: write a, ?, ^d, ctrl+d, F2, pgup, enter or space')
    held = sorted(each.lower() for each in with_)
    if len(set(held)) < len(held):
        raise ValueError(f'"{text}" is no key: write a, ?, ^d, ctrl+d, F2, pgup, enter or space')
    if held == ["shift"] and (len(key) == 1 or key in _SIGN_OF):
        raise ValueError(
            f'"{text}" is sent by no terminal: write {key.upper() if len(key) == 1 else "the sign it types"}'
        )
    whole = "+".join([*held, key.lower() if "ctrl" in held else key])
    if whole in _SAME:
        raise ValueError(f'"{text}" is {_SAME[whole]} to a terminal: write {_SAME[whole]}')
    return whole


def table(keys: Keys) -> str:
    """All actions with their keys, by where they belong: what `tuiserver keys` prints."""
    lines: list[str] = []
    for where in dict.fromkeys(action.where for action in ACTIONS):
        lines += ["", HEADINGS[where]] if lines else [HEADINGS[where]]
        for action in ACTIONS:
            if action.where == where:
                names = " ".join(key_name(key) for key in keys.of(action)) or "-"
                own = "*" if action.name in keys.chosen else " "
                lines.append(f"{own} {action.name:<15} {names:<14} {action.help}")
    return "\n".join(
        [*lines, "", '* your own. In config.toml: [keys] zoom = "F2", clock = ["t", "T"], close = [] for none.']
    )


ABOUT = {
    CONNECTIONS: "Who is connected, the newest on top; closed ones stay, dimmed, with their totals and the reason. "
    "Marks: * marked, ! in trouble, x gone. The selected one is what the other panes show and what is typed goes to.",
    MESSAGES: "What was said: < came in, > went out. At the end it follows; going up stops to, and nothing moves any more. "
    "Filter: words, size>1k, dir:in, hex:00ff, id:12, -word.",
    INSPECTOR: "The selected connection from the wire up, looked at once a second. What the system does not tell is "
    "not available. Read it from the bottom: where does it hurt?",
    LOG: "The end of the log file. Filter: words, level:error, id:12, -word. A line about a connection leads to it.",
    SEND: r"Escapes: \r \n \t \0 \xHH \u{H} \{ \\. Filled in when it goes: {{time}} {{counter}} {{random}} {{uuid}}. "
    "Hex forgives spaces, commas, colons, 0x. The bytes are shown before they go.",
}
"""What a pane is for, in words: the help begins with it."""

HEADINGS = {
    ANYWHERE: "ANYWHERE",
    MOVING: "MOVING IN A PANE",
    CONNECTIONS: "CONNECTIONS",
    MESSAGES: "MESSAGES",
    INSPECTOR: "INSPECTOR",
    LOG: "LOG",
    SEND: "SEND BAR",
}
