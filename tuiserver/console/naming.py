"""Names of connections: given by the operator, for one connection or kept for the address of its peer.

    naming = Naming(context, workspace)
    naming.start()                           # once there is a screen
    naming.ask()                             # a key asks for the name of the selected connection
    naming.connected(event)                  # a peer whose name is kept has it again

Rules of this file:
- A name that is kept is that of the address, without its port, in each session.
- What is wrong with the file is one notification.
"""

from __future__ import annotations

from tuiserver.automation.peer_names import MAX_LENGTH, PeerNames, PeerNamesError
from tuiserver.console.context import Context
from tuiserver.console.panes.prompt import Feedback
from tuiserver.console.text.escape import clip_address, escape
from tuiserver.console.workspace import Workspace
from tuiserver.core.address import host_of
from tuiserver.core.events import Connected

HOST_COLUMNS = 20
"""Maximum columns of an address in a hint."""


class Naming:
    """The names of one console. `kept` are those that are kept."""

    def __init__(self, context: Context, workspace: Workspace) -> None:
        self._context, self._workspace = context, workspace
        self.kept = PeerNames()

    def start(self) -> None:
        """Read the names that are kept, and report what is wrong with the file."""
        self.kept.all()
        if self.kept.error:
            self._report(self.kept.error)

    def connected(self, event: Connected) -> None:
        """Name a connection whose address has a name."""
        name = self.kept.get(host_of(event.peer))
        client = self._context.roster.clients.get(event.id)
        if name and client is not None and not client.name:
            self._context.roster.name(event.id, name)

    def ask(self) -> None:
        """Ask for a name for the selected connection; one key applies it, another also keeps it for the address."""
        client = self._context.selection.client
        if client is None:
            self._context.notify("no connection is selected")
            return
        number, host, keys = client.id, host_of(client.peer), self._context.keys
        shown = clip_address(host, HOST_COLUMNS, self._context.glyphs)

        def typed(text: str) -> Feedback:
            if text.strip():
                return Feedback(
                    keys.hints({"prompt-apply": "names it", "prompt-keep": f"keeps it for {shown}"} if host else {})
                )
            if self.kept.get(host):
                return Feedback(keys.hints({"prompt-keep": f"forgets the name of {shown}"}))
            return Feedback(keys.hints({"prompt-apply": "applies", "prompt-cancel": "cancels"}))

        def named(text: str | None) -> None:
            if text is not None:
                self._context.roster.name(number, text.strip()[:MAX_LENGTH])
                self._context.frames.refresh()

        def keep(text: str) -> None:
            named(text)
            if host:
                self._remember(host, text.strip()[:MAX_LENGTH])

        self._workspace.prompt.ask(f"name #{number}", client.name, typed, named, "empty for none", keep)

    def _remember(self, host: str, name: str) -> None:
        try:
            if name:
                self.kept.keep(host, name)
            else:
                self.kept.forget(host)
        except PeerNamesError as error:
            self._report(str(error))
            return
        for client in self._context.roster.clients.values():
            if name and not client.name and host_of(client.peer) == host:
                self._context.roster.name(client.id, name)
        shown = escape(
            f"{name} is kept for {host}" if name else f"no name is kept for {host}", 120, self._context.glyphs
        )
        self._context.notify(shown)

    def choose(self) -> None:
        """Show the names that are kept; some can be removed."""
        from tuiserver.console.dialogs.peer_names import PeerNamesDialog

        self._context.open_dialog(PeerNamesDialog(self.kept, self._context.keys, self._context.glyphs))

    def _report(self, text: str) -> None:
        self._context.notify_error(escape(text, 300, self._context.glyphs))
