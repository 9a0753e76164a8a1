"""A link that can only watch."""

from __future__ import annotations

from tests.support.scripted import ScriptedLink
from tuiserver.core import commands
from tuiserver.links.base import ReadOnlyLink


def test_a_read_only_link_passes_questions_only() -> None:
    """Inspecting passes; nothing that changes a client does, and the server cannot be stopped."""
    link = ScriptedLink()
    watching = ReadOnlyLink(link)
    assert watching.capabilities == {"inspect"}
    for command in (
        commands.Send(1, b"x"),
        commands.Close(1),
        commands.Pause(1),
        commands.Resume(1),
        commands.Stop(),
        commands.Inspect(1),
    ):
        watching.send(command)
    assert link.commands == []
    assert link.asked == [commands.Inspect(1)]
