"""The list of sort orders."""

from __future__ import annotations

from tests.support.console import console
from tests.support.scripted import BASE, connected, listening, received, sent, shows, until
from tuiserver.console.app import Console
from tuiserver.core.events import AnyEvent


def ids(app: Console) -> list[str]:
    """The ids in the rows, top to bottom."""
    lines = app.workspace.connections.lines()[2:]
    return ["".join(text for text, _ in parts)[3:8].strip() for parts, _ in lines]


async def test_an_order_is_chosen_with_a_few_keys() -> None:
    """The present one is marked; a letter finds another; left and right reverse it; escape changes nothing."""
    talk: list[AnyEvent] = [received(b"x" * number, number, BASE + number) for number in (1, 2, 3)]
    talk += [sent(b"y", 1, BASE + 9), sent(b"y", 3, BASE + 9)]
    async with console(listening(), *(connected(number) for number in (1, 2, 3)), *talk) as (app, link, pilot):
        link.now = BASE + 20
        await pilot.press("o")
        assert "▸ * id         ↓" in await shows(pilot, "Sort by")
        await pilot.press("a", "enter")
        assert "attention ↓" in await shows(pilot, "sort a")
        await until(pilot, lambda: ids(app) == ["2", "3", "1"], "the one that waits on top")
        await pilot.press("o")
        assert "▸ * attention  ↓" in await shows(pilot, "Sort by")
        await pilot.press("i", "i", "i", "left")
        assert "▸   in         ↑" in await shows(pilot, "Sort by")
        await pilot.press("enter")
        await shows(pilot, "sort in ↑")
        await until(pilot, lambda: ids(app) == ["1", "2", "3"])
        await pilot.press("o", "G", "right", "escape")
        assert app.workspace.connections.sorted_by == ("in", False)
        await pilot.press("o", "g", "j", "pagedown", "pageup", "enter")
        assert app.workspace.connections.sorted_by == ("attention", True)


async def test_a_small_screen_shows_a_part_of_the_list() -> None:
    """Around the cursor; a click sorts, a click on the present order reverses it."""
    async with console(listening(), connected(1), size=(60, 16)) as (app, _, pilot):
        await pilot.press("o", "G")
        screen = await shows(pilot, "▸   last")
        assert "attention" not in screen
        lines = screen.splitlines()
        row = next(y for y, line in enumerate(lines) if " queue " in line)
        await pilot.click(offset=(lines[row].index("queue"), row))
        await until(pilot, lambda: app.workspace.connections.sorted_by == ("queue", True))
        await pilot.press("o")
        lines = (await shows(pilot, "▸ * queue")).splitlines()
        row = next(y for y, line in enumerate(lines) if "▸ * queue" in line)
        await pilot.click(offset=(lines[row].index("queue"), row))
        await until(pilot, lambda: app.workspace.connections.sorted_by == ("queue", False))


async def test_what_deserves_a_look_is_shown_alone() -> None:
    """`!` or a click on the words in the header filters to it, once more shows all; escape does too."""
    talk = (received(b"x", 1), received(b"x", 2), sent(b"y", 2, BASE + 1))
    async with console(listening(), connected(1), connected(2), *talk, size=(120, 40)) as (app, link, pilot):
        link.now = BASE + 10
        app.tick()
        screen = await shows(pilot, "1 waits for us")
        await pilot.press("2", "exclamation_mark")
        await until(pilot, lambda: ids(app) == ["1"])
        assert app.workspace.here == "connections"
        await pilot.click(offset=(screen.splitlines()[0].index("waits"), 0))
        await until(pilot, lambda: ids(app) == ["2", "1"])
        await pilot.click(offset=(screen.splitlines()[0].index("waits"), 0))
        await until(pilot, lambda: ids(app) == ["1"])
        await pilot.press("escape")
        await until(pilot, lambda: ids(app) == ["2", "1"])
