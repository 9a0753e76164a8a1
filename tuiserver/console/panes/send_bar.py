"""The line that answers: what is typed, as exactly these bytes, to exactly this target.

    bar = SendBar()                                  # SendBar(history=path) keeps its history there
    bar.set_target(12, marked=[9, 12], everyone=[…]) # whenever the selection, the marks, or who is open changed
    bar.focus()                                      # `s`
    SendBar.SendRequested(ids, make)                 # posted by Enter: one `Send` command each, made anew for each
    SendBar.FileRequested(ids, path)                 # posted by Enter in the mode `file`
    SendBar.RepeatRequested(ids, make)               # posted by ctrl+y
    bar.tell("every 500 ms  12 of 100 to #12")       # what is going on by itself, whoever has the focus
    SendBar.Left()                                   # posted by esc: the focus goes back to where it was

Rules of this file:
- The target is always named and never guessed: it stays while the focus is here, and what has closed gets nothing.
- The bytes and their number are shown before they go. What cannot be read marks its place and does not go.
- More than one target asks once, with the count; the answer is for those who were counted.
- `{{time}}` and its like are filled in when a message goes; the preview shows an example.
- Typed text is shown as text, never as markup. A line break that is pasted becomes an escape.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import ClassVar, Literal

from rich.highlighter import Highlighter
from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from tuiserver.automation.file_sending import FileError, sendable_size
from tuiserver.automation.history import History, HistoryEntry
from tuiserver.automation.placeholders import Expander
from tuiserver.automation.saved import SavedMessage
from tuiserver.console.keymap import SEND, Keys
from tuiserver.console.panes.pane import bind
from tuiserver.console.text.escape import clip
from tuiserver.console.text.glyphs import UNICODE, Glyphs
from tuiserver.core import payload
from tuiserver.core.payload import ENDINGS, PayloadError

Scope = Literal["selected", "marked", "all"]

_ENDING_SHOWN = {name: payload.to_text(data) for name, data in ENDINGS.items()}
MODES = ("text", "hex", "file")
"""How what is typed is meant, in the order of ctrl+t."""
_FAINT = "$foreground 65%"
_TALL = (120, 30)
"""Columns and rows of a screen from which on there is a second line, with the bytes."""


class SendBar(Widget):
    """One line, or two on a large screen. The API stands at the top of this file."""

    DEFAULT_CSS = """
    SendBar {
        height: 1; layout: vertical; background: $surface;
        #send-line { height: 1; }
        #send-label { width: auto; padding: 0 1 0 0; }
        #send-note { width: auto; padding: 0 1; color: $text-muted; }
        #send-preview { height: 1; padding: 0 1; display: none; }
        Input, Input:focus {
            width: 1fr; height: 1; border: none; padding: 0; background: $surface; background-tint: $surface 0%;
        }
        .input--placeholder { color: $text-muted; }
        .send-bar--wrong { background: $error; color: $background; text-style: bold; }
        &.-tall { height: 2; }
        &.-tall #send-preview { display: block; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"send-bar--wrong"}

    class SendRequested(Message):
        """The operator pressed Enter: what `make` gives goes to each of `ids`, line ending included."""

        def __init__(self, ids: tuple[int, ...], make: Callable[[], bytes]) -> None:
            super().__init__()
            self.ids = ids
            self.make = make

    class RepeatRequested(SendRequested):
        """The same, but again and again: how often is yet to be asked."""

    class FileRequested(Message):
        """The file at `path` goes to each of `ids`."""

        def __init__(self, ids: tuple[int, ...], path: Path) -> None:
            super().__init__()
            self.ids = ids
            self.path = path

    class Left(Message):
        """The operator has gone back; the focus belongs to whoever had it before."""

    def __init__(
        self,
        history: Path | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
        keys: Keys | None = None,
        read_only: bool = False,
    ) -> None:
        super().__init__(id=id)
        self._read_only = read_only
        self._keys = keys or Keys()
        bind(self, self._keys, SEND)
        self._history = History(history)
        self._endings = {"text": "LF", "hex": "none", "file": "none"}
        self._filler = Expander()
        self._job = ""
        self._varies = False
        self._composed = False
        self._mode = "text"
        self._scope: Scope = "selected"
        self._selected = 0
        self._next_selected = 0
        self._marked: tuple[int, ...] = ()
        self._everyone: dict[int, None] = {}
        self._asked: tuple[int, ...] = ()
        self._mark = _Mark()
        self._input = _Line(highlighter=self._mark, compact=True, select_on_focus=False, id="send-input")

    def compose(self) -> ComposeResult:
        """The line, and below it the bytes."""
        with Horizontal(id="send-line"):
            yield Static(id="send-label")
            yield self._input
            yield Static(id="send-note")
        yield Static(id="send-preview")

    def on_mount(self) -> None:
        """Show the empty line; where it ends before it began, there is none."""
        if not self.query("#send-label"):
            return
        self._input.cursor_blink = False
        self._input.disabled = self._read_only
        self._composed = True
        self._mark.style = self.get_component_rich_style("send-bar--wrong", partial=True)
        self._show()

    def on_unmount(self) -> None:
        """There is nothing left to show anything on; what is still told at the end goes nowhere."""
        self._composed = False

    def on_resize(self) -> None:
        """The bytes are shown where there is room for them."""
        width, height = self.app.size
        self.set_class(width >= _TALL[0] and height >= _TALL[1], "-tall")
        self._show()

    def focus(self, scroll_visible: bool = True) -> SendBar:
        """Put the focus into the line."""
        self.screen.set_focus(self._input, scroll_visible)  # Now, not soon: the next key is already on its way.
        return self

    @property
    def text(self) -> str:
        """What is typed and not sent yet."""
        return self._input.value

    # -- the target ---------------------------------------------------------------------------------------------------

    def set_target(self, selected: int, marked: Sequence[int] = (), everyone: Collection[int] = ()) -> None:
        """Say which connection is selected (0 for none), which are marked, and which are open."""
        self._next_selected = selected
        self._marked = tuple(marked)
        self._everyone = everyone if isinstance(everyone, dict) else dict.fromkeys(everyone)
        if not (self._selected and self.has_focus_within):
            self._selected = selected
            if self._scope == "marked" and not marked:
                self._scope = "selected"
        self._show()

    def on_descendant_focus(self) -> None:
        """The mark and the keys are shown where the focus is."""
        self._show()

    def on_descendant_blur(self) -> None:
        """From now on the target follows the selection again."""
        self._asked = ()
        self.set_target(self._next_selected, self._marked, self._everyone)

    @property
    def targets(self) -> tuple[int, ...]:
        """The ids that Enter sends to: those that are still open."""
        ids: Collection[int] = self._everyone
        if self._scope == "selected":
            ids = (self._selected,)
        elif self._scope == "marked":
            ids = self._marked
        return tuple(number for number in ids if number in self._everyone)

    @property
    def _aimed(self) -> bool:
        """Whether there is a target at all, open or not."""
        return self._scope != "selected" or self._selected > 0

    def _target_name(self) -> str:
        if self._scope == "all":
            return f"ALL {len(self._everyone)}"
        if self._scope == "marked":
            return f"{len(self.targets)} marked"
        if not self._selected:
            return "nobody"
        return f"#{self._selected}" if self.targets else f"#{self._selected}, closed"

    def action_target(self) -> None:
        """Selected → marked, if there are any → all."""
        steps: list[Scope] = ["selected", "marked", "all"] if self._marked else ["selected", "all"]
        self._scope = steps[(steps.index(self._scope) + 1) % len(steps)] if self._scope in steps else "selected"
        self._changed()

    # -- the bytes ----------------------------------------------------------------------------------------------------

    def _read(self) -> tuple[bytes, bool]:
        """The typed bytes without line ending, and whether an odd digit was padded; raises `PayloadError`. Of what is
        filled in when it goes, an example; of a file, nothing."""
        self._varies = False
        if self._mode == "file":
            self._file_size()
            return b"", False
        if self._mode == "hex":
            return payload.parse_hex(self._input.value)
        return payload.parse_text(self._input.value, self._example), False

    def _example(self, name: str) -> str:
        """What may stand for a placeholder; that it varies is remembered."""
        text = self._filler.example(name)
        self._varies = True
        return text

    @property
    def _path(self) -> Path:
        return Path(self._input.value.strip().removeprefix("@")).expanduser()

    def _file_size(self) -> int:
        """The size of the file that is typed; raises `PayloadError`."""
        if not self._input.value.strip():
            return 0
        try:
            return sendable_size(self._path)
        except (FileError, RuntimeError) as error:
            raise PayloadError(0, str(error)) from None

    def _maker(self) -> Callable[[], bytes]:
        """What makes the message that is typed now, as often as it is sent."""
        ending = ENDINGS[self._endings[self._mode]]
        if self._mode == "text" and "{{" in (text := self._input.value):
            return lambda: payload.parse_text(text, self._filler) + ending
        data = self._read()[0] + ending
        return lambda: data

    def action_mode(self) -> None:
        """Text → hex → file; what stands in the line keeps its bytes where they can be read."""
        before, self._mode = self._mode, MODES[(MODES.index(self._mode) + 1) % len(MODES)]
        if before == "text" and self._mode == "hex":
            try:
                self._put(payload.to_hex(payload.parse_text(self._input.value, self._filler.example)))
            except PayloadError:
                pass
        self._changed()

    def action_ending(self) -> None:
        """None → LF → CRLF → NUL; text and hex each have their own."""
        names = list(ENDINGS)
        self._endings[self._mode] = names[(names.index(self._endings[self._mode]) + 1) % len(names)]
        self._changed()

    def action_older(self) -> None:
        """What was sent before."""
        self._recall(self._history.older(HistoryEntry(self._mode, self._input.value)))

    def action_newer(self) -> None:
        """Back towards what was being typed."""
        self._recall(self._history.newer())

    def _recall(self, typed: HistoryEntry | None) -> None:
        if typed is not None:
            self._mode = typed.mode
            self._put(typed.text)
            self._changed()

    def _put(self, text: str) -> None:
        self._input.value = text
        self._input.cursor_position = len(text)

    def put_message(self, data: bytes) -> None:
        """Put the exact bytes of a message into the line: as text where it is text, else as hex."""
        odd = sum(byte < 9 or 13 < byte < 32 for byte in data) + data.decode("utf-8", "replace").count("\ufffd")
        self._mode = "hex" if odd * 4 > len(data) else "text"
        ending = next((name for name, end in ENDINGS.items() if end and data.endswith(end)), "none")
        if self._mode == "hex":
            ending = "none"
        if ending == "LF" and data.endswith(b"\r\n"):
            ending = "CRLF"
        self._endings[self._mode] = ending
        data = data.removesuffix(ENDINGS[ending])
        self._put(payload.to_hex(data) if self._mode == "hex" else payload.to_typed(data))
        self._changed()

    @property
    def message(self) -> SavedMessage:
        """What stands in the line, as it can be kept."""
        return SavedMessage(self._mode, self._input.value, self._endings[self._mode])

    def put_saved(self, message: SavedMessage) -> None:
        """Put a kept message into the line."""
        self._mode = message.mode
        self._endings[self._mode] = message.line_ending
        self._put(payload.escape_nonprintable(message.text))
        self._changed()

    def tell(self, job: str) -> None:
        """Say what is going on by itself; nothing, when empty."""
        if job != self._job:
            self._job = job
            self._show()

    # -- sending ------------------------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another text is another question."""
        event.stop()
        self._changed()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send, or ask, or say why not."""
        event.stop()
        targets = self._ready()
        if not targets:
            return
        if len(targets) > 1 and not self._asked:
            self._asked = targets
            self._show()
            return
        if self._asked:
            targets = tuple(number for number in self._asked if number in self._everyone)
        what = (
            self.FileRequested(targets, self._path)
            if self._mode == "file"
            else self.SendRequested(targets, self._maker())
        )
        self._history.add(HistoryEntry(self._mode, self._input.value))
        self._put("")
        self._changed()
        if targets:
            self.post_message(what)

    def action_repeat(self) -> None:
        """Send what is typed again and again; how often is asked, and with it whether to all of these."""
        if self._mode == "file":
            self._show(refused="a file goes once")
        elif targets := self._ready():
            self._history.add(HistoryEntry(self._mode, self._input.value))
            self.post_message(self.RepeatRequested(targets, self._maker()))

    def _ready(self) -> tuple[int, ...]:
        """Who gets it, if it can go; else it is said why not."""
        targets = self.targets
        try:
            size = (
                self._file_size()
                if self._mode == "file"
                else len(self._read()[0]) + len(ENDINGS[self._endings[self._mode]])
            )
        except PayloadError as error:
            self._input.cursor_position = error.position
            return ()
        if not size or not targets:
            self._show(refused="nothing to send" if not size else f"no one to send to: {self._target_name()}")
            return ()
        return targets

    async def action_go(self) -> None:
        """Send, or ask."""
        await self._input.action_submit()

    def action_back(self) -> None:
        """Take the question back; without one, leave."""
        if self._asked:
            self._changed()
        else:
            self.post_message(self.Left())

    # -- what is seen -------------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        self._asked = ()
        self._show()

    def _show(self, refused: str = "") -> None:
        if not self._composed:
            return
        if self._read_only:
            self._put_content(
                "label", Content.assemble(" ", ("SEND", "bold"), ("  read-only: nothing is sent", _FAINT))
            )
            return
        ending = self._endings[self._mode]
        glyphs: Glyphs = getattr(self.app, "glyphs", UNICODE)
        self._put_content(
            "label",
            Content.assemble(
                (glyphs.focus, "$accent") if self._input.has_focus else " ",
                ("SEND", "bold"),
                (" to ", _FAINT),
                (self._target_name(), "bold" if self.targets or not self._aimed else "bold $text-error"),
                (f"  {self._mode}", _FAINT),
                (f" + {_ENDING_SHOWN[ending]}" if ENDINGS[ending] else "", _FAINT),
                (" >", _FAINT),
            ),
        )
        other = MODES[(MODES.index(self._mode) + 1) % len(MODES)]
        told = (
            ("mode", other),
            ("ending", "line ending"),
            ("target", "target"),
            ("saved", "saved"),
            ("repeat", "repeat"),
        )
        hints = "  ".join(f"{key} {word}" for name, word in told if (key := self._keys.hint(name)))
        if self._mode == "file":
            hints = f"the path of a file  {hints}"
        self._input.placeholder = hints if self._input.has_focus else ""
        note, preview = self._note_and_preview(ENDINGS[ending], refused)
        self._put_content("note", note)
        self._put_content("preview", preview)
        self._input.refresh()

    def _put_content(self, part: str, content: Content) -> None:
        """Show `content` in a part of the bar, if it is another: the target is told with each client that comes."""
        static = self.query_one(f"#send-{part}", Static)
        shown = static.content
        if not (isinstance(shown, Content) and shown.plain == content.plain and shown.spans == content.spans):
            static.update(content)

    def _note_and_preview(self, ending: bytes, refused: str) -> tuple[Content, Content]:
        """What stands behind the line, in a few words, and what stands below it."""
        self._mark.position = None
        try:
            data, padded = self._read()
            total = self._file_size() if self._mode == "file" else len(data)
        except PayloadError as error:
            self._mark.position = error.position
            short = error.message.split(":")[0].split(",")[0]
            return Content.styled(short, "$text-error"), Content.styled(str(error), "$text-error")
        size = f"{total:,} + {len(ending)} bytes" if ending else f"{total:,} bytes"
        room = max(8, (self.size.width - 30) // 3)
        preview = Content.assemble(
            (payload.preview(data + ending, room), "$secondary"),
            ("  odd digit padded with 0" if padded else "", "$text-warning"),
            ("  for example: it varies" if self._varies else "", "$text-warning"),
            ("  a file goes as it is" if self._mode == "file" and total else "", _FAINT),
        )
        tall = self.has_class("-tall")
        if self._job and tall:
            preview = Content.assemble(preview, "  " if preview else "", self._job_shown(60))
        if refused:
            return Content.styled(refused, "$text-error"), preview
        if self._asked:
            answers = ((self._keys.hint("go"), "sends"), (self._keys.hint("leave"), "does not"))
            hints = ", ".join(f"{key} {word}" for key, word in answers if key)
            question = f"send to {len(self._asked):,}? {hints}"
            return Content.styled(question, "bold $text-warning"), preview
        if self._job and not tall and not self._input.value:
            return self._job_shown(self._room_for_job()), preview
        return Content(f"{size}{', padded' if padded else ', varies' if self._varies else ''}"), preview

    def _job_shown(self, room: int) -> Content:
        return Content.assemble((clip(self._job, room), "$text-accent"), (self._stops, _FAINT))

    def _room_for_job(self) -> int:
        """Columns beside the label and what stops it; a few are for what is typed."""
        label = self.query_one("#send-label", Static).content
        taken = len(label.plain) if isinstance(label, Content) else 0
        return max(8, self.size.width - taken - len(self._stops) - 6)

    @property
    def _stops(self) -> str:
        return f"  {self._keys.hint('stop')} stops"


class _Line(Input, inherit_bindings=False):
    """An input of one line, in which what was pasted shows its control characters as escapes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        each for each in Input.BINDINGS if isinstance(each, Binding) and each.action != "submit"
    ]  # What sends is in our table.

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        start, end = self.selection
        self.replace(event.text, min(start, end), max(start, end))

    def replace(self, text: str, start: int, end: int) -> None:
        """Put `text` in the place of what stands between the two."""
        super().replace(payload.escape_nonprintable(text), start, end)


class _Mark(Highlighter):
    """Marks the character that cannot be read."""

    def __init__(self) -> None:
        self.position: int | None = None
        self.style = Style(reverse=True)

    def highlight(self, text: Text) -> None:
        """Called by the input each time it draws."""
        if self.position is not None:
            text.stylize(self.style, self.position, self.position + 1)
