"""What a new pane, dialog and link cost: one file each (`tests/support/toys.py`), and one line in a table."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest
from textual import actions
from textual.widgets import Input

from tests.support import toys
from tests.support.scripted import ScriptedLink, connected, listening, received, shows
from tuiserver.config.settings import Settings
from tuiserver.console.app import Console
from tuiserver.console.command_list import commands
from tuiserver.console.dialogs.columns import ColumnsDialog
from tuiserver.console.dialogs.dialog import Dialog
from tuiserver.console.dialogs.help import Help, help_text
from tuiserver.console.dialogs.message_viewer import MessageBody
from tuiserver.console.dialogs.palette import Palette
from tuiserver.console.dialogs.saved_messages import SavedDialog
from tuiserver.console.dialogs.sort import SortDialog
from tuiserver.console.keymap import (
    ACTIONS,
    ANSWER,
    ANYWHERE,
    CHOICES,
    COLUMNS,
    DIALOG,
    HELP,
    MOVING,
    PICKER,
    PROMPT,
    SAVED,
    SEND,
    SORT,
    VIEWER,
    Action,
)
from tuiserver.console.workspace import PANES
from tuiserver.outputs.tail import LogTail

COUNTER = Action("counter", ANYWHERE, ("6",), "counter", "Go to the counter", "workspace.focus('counter')")
COUNT = Action("count", "counter", ("plus",), "count", "Count one more", "count")
ABOUT = Action("about", ANYWHERE, ("f9",), "about", "About this program", "dialogs.about")


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_a_new_pane_is_one_file_and_one_line(size: tuple[int, int]) -> None:
    """It is reached by its key and left by tab, has keys of its own, is drawn each frame, and appears in help and palette."""
    link = ScriptedLink(listening(), connected(1), received(b"PING", 1))
    link.now = 1_234.0
    table = (*ACTIONS, COUNTER, COUNT)
    app = Console(link, Settings(), LogTail(None), {**PANES, "counter": toys.CounterPane}, table)
    async with app.run_test(size=size) as pilot:
        assert "COUNTER" not in await shows(pilot, "PING")
        await pilot.press("6", "plus", "plus")
        text = await shows(pilot, "counted 2 at 1234")
        assert "CONNECTIONS" in text
        assert "MESSAGES" not in text, "it takes the place of the messages"
        await pilot.press("2")
        assert "COUNTER" not in await shows(pilot, "MESSAGES")
        await pilot.press("6", "tab")
        assert isinstance(app.focused, Input), "the send bar is next"
        await pilot.press("shift+tab", "z")
        assert "CONNECTIONS" not in await shows(pilot, "counted 2")
        assert "Count one more" in help_text("counter", 75, keys=app.keys).plain
        assert {"Go to the counter", "Count one more"} <= {each.text for each in commands(app.shared, [], print)}


async def test_a_new_dialog_is_one_file_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file is found by its name; the key of the shared action closes it, whichever the operator has chosen."""
    monkeypatch.setitem(sys.modules, "tuiserver.console.dialogs.about", toys)
    link = ScriptedLink(listening(), connected(1))
    settings = Settings(keys=(("cancel", ("f2",)),))
    app = Console(link, settings, LogTail(None), table=(*ACTIONS, ABOUT))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "1 client")
        await pilot.press("f9")
        await shows(pilot, "About 1 client. F2 closes")
        await pilot.press("escape", "q")
        assert app.screen.is_modal
        await pilot.press("f2")
        assert not app.screen.is_modal


async def test_a_new_link_is_one_class() -> None:
    """A recording is watched like a server: in its own time, and without the actions that it cannot carry."""
    at = 1_700_000_000.0
    link = toys.RecordedLink(
        [listening(at), connected(3, at), received(b"PING", 3, at + 1), received(b"PONG", 3, at + 61)]
    )
    app = Console(link, Settings(), LogTail(None))
    async with app.run_test(size=(120, 40)) as pilot:
        text = await shows(pilot, "PONG")
        assert "1m01s" in text, "the age of the connection when the recording ends"
        await pilot.press("s", "ctrl+d", "p", "1")
        assert not app.screen.is_modal, "nothing was opened that leads to a command"
        assert "Pause or resume reading" not in help_text("connections", 75, keys=app.keys).plain
        assert not {"send", "close", "pause", "resume"} & {action.name for action in app.keys.actions}


async def test_every_action_of_the_table_leads_somewhere() -> None:
    """Each `run` is a method of a part, the file of a dialog, or an action of the widget where it belongs."""
    app = Console(ScriptedLink(listening()), Settings(), LogTail(None))
    parts: dict[str, object] = {"workspace": app.workspace, "operator": app.operator, "naming": app.naming}
    widgets: dict[str, tuple[object, ...]] = {
        MOVING: (*app.workspace.panes.values(), Help, ColumnsDialog, SortDialog, MessageBody),
        DIALOG: (Dialog, ColumnsDialog, SortDialog, SavedDialog, Palette),
        PICKER: (SavedDialog, Palette),
        CHOICES: (Dialog,),
        COLUMNS: (ColumnsDialog,),
        SORT: (SortDialog,),
        SAVED: (SavedDialog,),
        VIEWER: (MessageBody,),
        HELP: (Help,),
        SEND: (app.workspace.send_bar,),
        ANSWER: (app.workspace.answer_bar,),
        PROMPT: (app.workspace.prompt,),
        **{name: (pane,) for name, pane in app.workspace.panes.items()},
    }
    for action in ACTIONS:
        part, name, _ = actions.parse(action.run)
        if part == "dialogs":
            assert callable(import_module(f"tuiserver.console.dialogs.{name}").open_dialog), action.name
        elif part == "app":
            assert callable(getattr(app, f"action_{name}")), action.name
        elif part:
            assert callable(getattr(parts[part], name)), action.name
        else:
            for widget in widgets[action.where]:
                assert callable(getattr(widget, f"action_{name}", None)), f"{action.name}: {widget}"
