r"""The message being typed in the send bar: text, hex or the path of a file, and the line ending that is added.

    draft = MessageDraft(History(path))
    draft.text = r"status\x00"; draft.content().data; draft.factory()()
    draft.next_mode(); draft.toggle_literal(); draft.next_line_ending(); draft.older()
    draft.paste(r"C:\temp\new", 0, 0)

Rules of this file:
- Pure apart from the history and the size of the typed file: it knows no widget and sends nothing.
- What is pasted is sent as it was copied. As `literal` text if the line can show it so, else its escapes stand for it.
- Placeholders such as `{{time}}` are filled in for each message that is sent; until then an example stands for them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tuiserver.automation.history import History, HistoryEntry
from tuiserver.automation.placeholders import MessageCounter
from tuiserver.automation.placeholders import read as read_placeholder
from tuiserver.automation.saved import SavedMessage
from tuiserver.automation.template import Fillable, Placeholder, Template
from tuiserver.core import payload
from tuiserver.core.charsets import UTF8
from tuiserver.core.payload import ENDINGS, PayloadError, UnfinishedPlaceholder

if TYPE_CHECKING:
    from tuiserver.decoders.base import Encoder

MODES = ("text", "hex", "fields", "file")
"""How the typed text is interpreted, in the order in which the key goes through them; fields only where structs are loaded."""
LITERAL = "literal"
"""The mode of text in which nothing is special, in the place of `text`."""
MAX_TYPED = 64 * 1024
"""Maximum bytes of a message that is put into the send bar, and characters of a paste."""
BINARY_SHARE = 0.25
"""Share of control characters and invalid UTF-8 past which a message is edited as hex."""


class Content(NamedTuple):
    """What would be sent now, in bytes.

    `data` is empty for a file; `padded`: an odd hex digit got a leading 0; `varies`: `data` has an example in the place of
    a placeholder.
    """

    data: bytes
    size: int
    padded: bool = False
    varies: bool = False


class Completion(NamedTuple):
    """`choices` are what the end of a text may become; `text` is the text completed by the first of them, or empty if none of
    them begins as it does."""

    text: str
    choices: tuple[str, ...]


class MessageDraft:
    """`text` is what was typed, `mode` how it is interpreted. Text and hex have a line ending each, a file has none."""

    def __init__(self, history: History) -> None:
        self._text = ""
        self.mode = MODES[0]
        self.charset = UTF8
        """How the text is encoded: as the target understands it."""
        self.framed = False
        """Whether the protocol of the target marks the ends of messages: then no line ending is added at first."""
        self._endings_by_framed = {
            False: {**dict.fromkeys(MODES, "none"), "text": "LF"},
            True: dict.fromkeys(MODES, "none"),
        }
        self.encoder: Encoder | None = None
        """What makes messages of fields for the target."""
        self._before_hex = ("", "")
        """A text that was turned into hex, and that hex."""
        self._history = history
        self._counter = MessageCounter()
        self._literal_once = False
        """Whether a text was put here as literal: the next one is not."""

    @property
    def text(self) -> str:
        """What was typed."""
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        self._text = text
        if self._literal_once and not text:
            self._literal_once = False
            if self.mode == LITERAL:
                self.mode = "text"

    @property
    def is_text(self) -> bool:
        """True if what is typed is encoded in the character set."""
        return self._base_mode == "text"

    @property
    def _line_endings(self) -> dict[str, str]:
        return self._endings_by_framed[self.framed]

    @property
    def line_ending(self) -> str:
        """The name of the line ending in this mode."""
        return self._line_endings[self._base_mode]

    @property
    def _base_mode(self) -> str:
        return "text" if self.mode == LITERAL else self.mode

    @property
    def line_ending_bytes(self) -> bytes:
        """What is added to the typed bytes."""
        return self._line_ending_bytes(self.line_ending)

    def _line_ending_bytes(self, name: str) -> bytes:
        return self.charset.encode(ENDINGS[name].decode())

    # -- content ------------------------------------------------------------------------------------------------------

    def content(self) -> Content:
        """What would be sent, in which a length includes the line ending; raises `PayloadError`."""
        if self.mode == "file":
            return Content(b"", self._file_size())
        template, padded = self._parse()
        data = self._counter.example(template)
        data = data[: len(data) - len(self.line_ending_bytes)]
        return Content(data, len(data), padded, template.varies)

    def completion(self) -> Completion | None:
        """What the placeholder, or the field, may become in which the text ends; None if there is nothing to complete."""
        try:
            if self.mode != "file":
                self._parse()
        except UnfinishedPlaceholder as unfinished:
            from tuiserver.automation.completion import completions  # not needed for the first frame

            if choices := completions(unfinished.source):
                typed = unfinished.source.lstrip()
                begun = choices[0].startswith(typed)
                completed = f"{self.text}{choices[0][len(typed) :]}}}}}" if begun else ""
                return Completion(completed, tuple(f"{{{{{choice}}}}}" for choice in choices))
        except PayloadError:
            pass
        if self.mode == "fields" and self.encoder is not None:
            from tuiserver.automation.completion import field_completions  # not needed for the first frame

            typed, choices = field_completions(self.text, self.encoder)
            if choices:
                return Completion(f"{self.text}{choices[0][len(typed) :]}", choices)
        return None

    def factory(self) -> Callable[[], bytes]:
        """What makes the message, line ending included, each time it is sent; raises `PayloadError`, as what it returns does."""
        template, counter = self._parse()[0], self._counter
        if template.constant:
            data = counter.fill(template)
            return lambda: data
        return lambda: counter.fill(template)

    def _parse(self) -> tuple[Fillable, bool]:
        """The message with its line ending, and whether an odd hex digit was padded."""
        if self.mode == "fields":
            return self._parse_fields(), False
        parts, padded = self._parse_parts()
        return Template(parts, self.charset if self.is_text else UTF8), padded

    def _parse_parts(self) -> tuple[list[bytes | Placeholder], bool]:
        padded = False
        parts: list[bytes | Placeholder]
        if self.mode == "hex":
            parts, padded = payload.parse_hex_parts(self.text, read_placeholder)
        elif self.mode == LITERAL:
            parts = [payload.parse_literal(self.text, self.charset)]
        else:
            parts = payload.parse_text_parts(self.text, read_placeholder, self.charset)
        return [*parts, self.line_ending_bytes], padded

    def _parse_fields(self) -> Fillable:
        if self.encoder is None:
            raise PayloadError(
                0, "no struct is loaded for the target, choose one: D in the messages, or --decode FILE.h"
            )
        if not self.text.strip():
            return Template([self.line_ending_bytes])
        from tuiserver.automation.field_template import FieldTemplate  # not needed for the first frame

        return FieldTemplate(self.text, self.encoder, self.line_ending_bytes)

    @property
    def path(self) -> Path:
        """The typed path; raises `RuntimeError` for the home folder of an unknown user."""
        return Path(self.text.strip().removeprefix("@")).expanduser()

    def _file_size(self) -> int:
        from tuiserver.automation.file_sending import FileError, sendable_size  # not needed for the first frame

        if not self.text.strip():
            return 0
        try:
            return sendable_size(self.path)
        except (FileError, RuntimeError) as error:
            raise PayloadError(0, str(error)) from None

    # -- editing ------------------------------------------------------------------------------------------------------

    @property
    def following_mode(self) -> str:
        """The mode that `next_mode` switches to."""
        modes = [mode for mode in MODES if mode != "fields" or self.encoder is not None or mode == self.mode]
        return modes[(modes.index(self._base_mode) + 1) % len(modes)]

    def next_mode(self) -> None:
        """Text → hex → fields → file. Valid text keeps its bytes as hex, and its placeholders; for fields it is text again."""
        if self._base_mode == "text":
            try:
                *parts, _ = self._parse_parts()[0]
            except PayloadError:
                pass
            else:
                before, self.text = self.text, " ".join(_part_to_hex(part) for part in parts if part)
                self._before_hex = before, self.text
        elif self.mode == "hex" and self.following_mode == "fields" and self.text == self._before_hex[1]:
            self.text = self._before_hex[0]
        self.mode = self.following_mode

    def toggle_literal(self) -> bool:
        """Take backslashes and braces of the text as they are, or as escapes and placeholders again. False for hex and files."""
        if self._base_mode != "text":
            return False
        self.mode = LITERAL if self.mode == "text" else "text"
        self._literal_once = False
        return True

    def paste(self, copied: str, start: int, end: int) -> int:
        """Replace what is between two positions by what was copied; returns the position behind it."""
        if "\n" not in copied:
            copied = copied.replace("\r", "\n")  # Most terminals paste a line break as Enter sends it.
        before, after = self.text[:start], self.text[end:]
        if self.mode in ("hex", "fields"):
            copied = " ".join(copied.splitlines())
        elif self.mode == "file":
            copied = copied.strip("\n")
        elif payload.is_shown(copied):
            if self.mode == "text" and not payload.is_literal(copied) and payload.is_literal(before + after):
                self.mode, self._literal_once = LITERAL, True
            if self.mode == "text":
                copied = _to_typed(copied)
        else:
            if self.mode == LITERAL:
                self.mode = "text"
                before, after = _to_typed(before), _to_typed(after)
            copied = _to_typed(copied)
        if self.mode == "text":
            copied = _separate(before, copied)
            after = _separate(copied or before, after)
        before += payload.escape_nonprintable(copied)
        self.text = before + after
        return len(before)

    def next_line_ending(self) -> None:
        """None → LF → CRLF → NUL; a file has none: it is sent unchanged."""
        if self.mode != "file":
            names = list(ENDINGS)
            self._line_endings[self._base_mode] = names[(names.index(self.line_ending) + 1) % len(names)]

    def load(self, data: bytes) -> None:
        """Take the exact bytes of a message: as text if most of it is text, else as hex. Text with backslashes is literal if
        it can be shown so."""
        decoded, encode = self.charset.decode(data), self.charset.encode
        unprintable = sum(not character.isprintable() and character not in "\t\n\v\f\r" for character in decoded)
        self.mode = "hex" if unprintable > BINARY_SHARE * len(decoded) or not self._is_exact(data) else "text"
        line_ending = "none"
        if self.mode == "text":
            matching = [name for name in ENDINGS if data.endswith(self._line_ending_bytes(name))]
            line_ending = max(matching, key=lambda name: len(ENDINGS[name]))
        self._line_endings[self.mode] = line_ending
        data = data.removesuffix(self._line_ending_bytes(line_ending))
        self.text = payload.to_hex(data) if self.mode == "hex" else payload.to_typed(data, self.charset)
        literal = self.charset.decode(data)
        if self.mode == "text" and self.text != literal and payload.is_shown(literal) and encode(literal) == data:
            self.mode, self.text, self._literal_once = LITERAL, literal, True

    def _is_exact(self, data: bytes) -> bool:
        """Whether the text of these bytes stands for the same bytes; not if two sequences stand for one character."""
        return payload.parse_text(payload.to_text(data, self.charset), charset=self.charset) == data

    @property
    def saved(self) -> SavedMessage:
        """The draft as it is saved by a name."""
        return SavedMessage(self.mode, self.text, self.line_ending)

    def load_saved(self, message: SavedMessage) -> None:
        """Take a saved message."""
        self.mode = message.mode
        if self.mode == LITERAL and not payload.is_shown(message.text):
            message = message._replace(mode="text", text=_to_typed(message.text))
            self.mode = message.mode
        if self.mode != "file":
            self._line_endings[self._base_mode] = message.line_ending
        self.text = payload.escape_nonprintable(message.text)

    # -- history ------------------------------------------------------------------------------------------------------

    def remember(self) -> None:
        """Add the draft to the history."""
        self._history.add(HistoryEntry(self.mode, self.text))

    def older(self) -> bool:
        """Take the previous message of the history; False if there is none."""
        return self._recall(self._history.older(HistoryEntry(self.mode, self.text)))

    def newer(self) -> bool:
        """Take the next message of the history, in the end what was typed before; False if there is none."""
        return self._recall(self._history.newer())

    def _recall(self, typed: HistoryEntry | None) -> bool:
        if typed is not None:
            self.mode, self.text = typed
        return typed is not None


def _part_to_hex(part: bytes | Placeholder) -> str:
    return payload.to_hex(part) if isinstance(part, bytes) else f"{{{{{part.source}}}}}"


def _to_typed(copied: str) -> str:
    return payload.to_typed(copied.encode("utf-8", "surrogatepass"))


def _separate(before: str, after: str) -> str:
    """Keep a brace at the end of one text and one at the beginning of the next from becoming two."""
    return f"\\{after}" if before.endswith("{") and after.startswith("{") else after
