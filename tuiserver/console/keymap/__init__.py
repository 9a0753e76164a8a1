"""The keys of the console: one table of actions for panes, dialogs and viewers, from which bindings, footer, hints, help
and palette are made.

actions   the table: a new action is one row of it
places    where actions belong, with their headings
keys      which keys run which actions, the operator's own included
faults    what is wrong with the operator's own keys

Rules of this folder:
- The toolkit is not imported: the command line reads the table too.
"""

from tuiserver.console.keymap.actions import ACTIONS, BY_NAME, Action
from tuiserver.console.keymap.faults import faults
from tuiserver.console.keymap.keys import Hint, Keys, table
from tuiserver.console.keymap.places import (
    ABOUT,
    ANSWER,
    ANYWHERE,
    CHOICES,
    COLUMNS,
    CONNECTIONS,
    DIALOG,
    HEADINGS,
    HELP,
    INSPECTOR,
    LOG,
    MESSAGES,
    MODAL,
    MOVING,
    PALETTE,
    PICKER,
    PROMPT,
    SAVED,
    SEND,
    SHARED,
    SORT,
    VIEWER,
)

__all__ = [
    "ABOUT",
    "ACTIONS",
    "ANSWER",
    "ANYWHERE",
    "BY_NAME",
    "CHOICES",
    "COLUMNS",
    "CONNECTIONS",
    "DIALOG",
    "HEADINGS",
    "HELP",
    "INSPECTOR",
    "LOG",
    "MESSAGES",
    "MODAL",
    "MOVING",
    "PALETTE",
    "PICKER",
    "PROMPT",
    "SAVED",
    "SEND",
    "SHARED",
    "SORT",
    "VIEWER",
    "Action",
    "Hint",
    "Keys",
    "faults",
    "table",
]
