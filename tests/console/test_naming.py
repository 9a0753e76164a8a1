"""Names of connections, and those that are kept for addresses."""

from __future__ import annotations

from tests.support.console import console
from tests.support.scripted import connected, listening, shows, until
from tuiserver.automation.peer_names import PeerNames
from tuiserver.config.paths import peer_names_file

SCALE, LAB = "10.0.0.7:40112", "[fe80::1%eth0]:40113"


async def test_a_kept_name_is_there_when_the_peer_dials_in_again() -> None:
    """Enter names this connection only, ctrl+s keeps the name for the address: for its other connections, in later sessions."""
    async with console(listening(), connected(1, peer=SCALE), connected(2, peer=SCALE), size=(120, 30)) as (
        app,
        link,
        pilot,
    ):
        clients = app.roster.clients
        await pilot.press("n", *"one", "enter")
        assert clients[2].name == "one"
        assert not PeerNames().all()
        await pilot.press("n", *"scale 3")
        await shows(pilot, "Enter names it, ^s keeps it for 10.0.0.7")
        await pilot.press("ctrl+s")
        await shows(pilot, "scale 3 is kept for 10.0.0.7")
        assert [clients[number].name for number in (1, 2)] == ["scale 3", "scale 3"]
        link.feed(connected(3, peer=SCALE.replace("40112", "50000")), connected(4, peer=LAB))
        await until(pilot, lambda: 4 in clients)
        assert [clients[number].name for number in (3, 4)] == ["scale 3", ""]
    async with console(listening(), connected(5, peer=SCALE), size=(120, 30)) as (app, _, pilot):
        await shows(pilot, "scale 3")
        await pilot.press("n", "backspace")
        await shows(pilot, "^s forgets the name of 10.0.0.7")
        await pilot.press("ctrl+s")
        await shows(pilot, "no name is kept for 10.0.0.7")
        assert not app.roster.clients[5].name
        assert not PeerNames().all()


async def test_kept_names_are_listed_and_removed() -> None:
    """From the palette; the key that deletes asks once more. An empty list says how to keep one."""
    PeerNames().keep("10.0.0.7", "scale 3")
    async with console(listening(), connected(1, peer=LAB), size=(120, 30)) as (_, _, pilot):
        await pilot.press("colon", *"kept names", "enter")
        await shows(pilot, "Names kept for addresses")
        await shows(pilot, "scale 3")
        await pilot.press("delete")
        await shows(pilot, "Del again deletes it")
        await pilot.press("delete")
        await shows(pilot, "none yet: n names a connection, ^s keeps the name")
        assert not PeerNames().all()


async def test_a_broken_file_is_one_notification() -> None:
    """However many connect; the console goes on, and connections can be named."""
    path = peer_names_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("=")
    async with console(listening(), connected(1), connected(2, peer=LAB), size=(120, 30)) as (app, link, pilot):
        fault = "names.toml is not valid TOML"  # on the screen, a long path may divide it
        await until(pilot, lambda: any(fault in note.message for note in app._notifications))
        link.feed(connected(3))
        await until(pilot, lambda: 3 in app.roster.clients)
        assert len([*app._notifications]) == 1
        await pilot.press("n", *"x", "ctrl+s")
        assert app.selection.client is not None
        assert app.selection.client.name == "x"
        assert path.read_text() == "="
