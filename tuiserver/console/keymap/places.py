"""The places where actions belong: panes, send bar, prompt, dialogs; their headings and what the help says about them."""

from __future__ import annotations

from collections.abc import Mapping

ANYWHERE, MOVING, CONNECTIONS, MESSAGES, INSPECTOR, LOG, SEND, ANSWER = (
    *("anywhere", "moving", "connections", "messages", "inspector", "log", "send", "answer"),
)
"""Where an action belongs, the headings of the help: everywhere, in each pane, in one pane, in the send bar or the
answer bar."""
PROMPT, DIALOG, CHOICES, COLUMNS, SORT, PICKER, PALETTE, SAVED, VIEWER, HELP = (
    *("prompt", "dialog", "choices", "columns", "sort", "picker", "palette", "saved", "viewer", "help"),
)
"""The same for what opens: the prompt, every dialog, and single ones."""

MODAL = frozenset((DIALOG, CHOICES, COLUMNS, SORT, PICKER, PALETTE, SAVED, VIEWER, HELP))
"""Places where only their own actions and those in `OVER_DIALOGS` work."""
TYPED_IN = {SEND: "in the send bar", ANSWER: "in the answer bar", PROMPT: "in the prompt", PALETTE: "in the palette"}
"""The places where text is typed, in words: a printable key is not a command there."""
SHARED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((CONNECTIONS, MESSAGES, INSPECTOR, LOG, VIEWER, HELP), (MOVING,)),
    CHOICES: (DIALOG,),
    **dict.fromkeys((COLUMNS, SORT, PICKER), (MOVING, DIALOG)),
    **dict.fromkeys((PALETTE, SAVED), (PICKER, MOVING, DIALOG)),
}
"""A place → the places whose actions work there too."""

ABOUT = {
    CONNECTIONS: "The clients, newest first; closed connections stay, dimmed, with their totals and the reason. "
    "Marks: * marked, < waits for us, ! ended, slow or failed, x closed. "
    "The other panes show the selected one; what you type goes to it.",
    MESSAGES: "What was received (<) and sent (>). At the end the pane follows new messages; moving up stops that and "
    "keeps your place. Filter: words, size>1k, dir:in, hex:00ff, id:12, -word.",
    INSPECTOR: "The selected connection from the wire up, sampled once a second. Values the OS can't report are marked "
    "not available. Read it from the bottom up to find the layer at fault.",
    LOG: "What this run has logged. Filter: words, level:error, id:12, -word. A line about a connection leads to it.",
    SEND: r"Escapes: \r \n \t \0 \xHH \u{H} \{ \\. Filled in when sent: {{time}} {{counter}} {{random}} {{uuid}}. "
    "Hex may contain spaces, commas, colons and 0x. The exact bytes are shown before they are sent.",
    ANSWER: "It takes the place of the send bar while the target waits for an answer to an HTTP request. A blank ends status and "
    "type: 404 json {}. Types: json text html form xml octet, or any TYPE/SUBTYPE. Further headers come behind the type: "
    "json | Retry-After: 5. A status of 100 to 199 is sent before the answer.",
}
"""What a pane is for: the first lines of its help."""

HEADINGS = {
    ANYWHERE: "ANYWHERE",
    MOVING: "MOVING IN A PANE",
    CONNECTIONS: "CONNECTIONS",
    MESSAGES: "MESSAGES",
    INSPECTOR: "INSPECTOR",
    LOG: "LOG",
    SEND: "SEND BAR",
    ANSWER: "ANSWER BAR",
    PROMPT: "PROMPT",
    DIALOG: "DIALOGS",
    CHOICES: "QUESTIONS: CLOSE, REMOVE, COPY, QUIT",
    COLUMNS: "COLUMNS",
    SORT: "SORT ORDER",
    PICKER: "LISTS TO CHOOSE FROM",
    PALETTE: "COMMANDS",
    SAVED: "SAVED MESSAGES AND KEPT NAMES",
    VIEWER: "FULL MESSAGE",
    HELP: "HELP",
}
