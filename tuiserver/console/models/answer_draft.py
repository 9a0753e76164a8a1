r"""The answer being typed for an HTTP request: status, content type and further headers, body.

    draft = AnswerDraft(History(path))
    draft.status, draft.kind, draft.body.text = "404", "json | Retry-After: 5", r'{"error":"…"}'
    draft.prepare(request); draft.preview(request, now); draft.factory(request)(12, 1, token)

Rules of this file:
- Pure apart from the history: it knows no widget and sends nothing.
- What goes out is checked and previewed by the functions with which the server writes it.
- An error names the field that it is in, and the position there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

from tuiserver import __version__
from tuiserver.automation.history import History, HistoryEntry
from tuiserver.automation.saved import SavedMessage
from tuiserver.console.models.message_draft import MessageDraft
from tuiserver.core.charsets import UTF8
from tuiserver.core.commands import Answer, Part
from tuiserver.core.media_types import MEDIA_TYPES, media_type
from tuiserver.core.payload import PayloadError, to_typed

if TYPE_CHECKING:  # HTTP is imported when the first answer is typed, not for the first frame
    from tuiserver.protocols.http.messages import Request, Response

Field = Literal["status", "type", "body"]
FIELDS: tuple[Field, ...] = ("status", "type", "body")
"""The fields, in the order of the tab key."""
SEPARATOR = "|"
"""Between the content type and each further header."""
MakeAnswer = Callable[[int, int, int], Answer]
"""Makes the command from the numbers of a connection and of its request, and a token."""
_HEADER = re.compile(r"([^\s:/]+):[ \t]*(.*)")
_DEFAULT_HEADERS = frozenset({"date", "server", "content-length", "connection", "transfer-encoding"})
_WORDS = {full: word for word, full in MEDIA_TYPES.items()}


class AnswerError(ValueError):
    """What is typed is not an answer: `field` and `position` say where, `str()` says why in one line."""

    def __init__(self, field: Field, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.field, self.position = field, position


class Prepared(NamedTuple):
    """What would be sent now. `varies`: the body has an example in the place of a placeholder."""

    response: Response
    varies: bool


class AnswerDraft:
    """`status` and `kind` (content type and headers) as typed, `body` as in the send bar. `in_parts`: the head is sent first,
    then chunks. `continued`: the head has been sent, and the body is a chunk, or the end where it is empty."""

    def __init__(self, history: History) -> None:
        self.status, self.kind = "200", "text"
        self.body = MessageDraft(history)
        self.body.load_saved(SavedMessage("text", ""))  # A body has no line ending unless one is typed.
        self.in_parts = self.continued = False
        self._history = history

    # -- content ------------------------------------------------------------------------------------------------------

    @property
    def part(self) -> Part:
        """Which part of an answer would be sent."""
        if self.continued:
            return "chunk" if self.body.text else "end"
        return "head" if self.in_parts else "whole"

    def prepare(self, request: Request | None) -> Prepared:
        """What would be sent, checked; raises `AnswerError`. None is for a request that is not known."""
        from tuiserver.protocols.http.messages import Response, serialize

        if self.body.mode == "file":
            raise AnswerError("body", "a body is typed, not read from a file")
        try:
            content = self.body.content()
            body = content.data + self.body.line_ending_bytes
        except PayloadError as error:
            raise AnswerError("body", error.message, error.position) from None
        if self.continued:
            return Prepared(Response(200, body, part=self.part), content.varies)
        status, request = self._status(), request or _any_request()
        content_type, headers = self._headers()
        response = Response(status)
        if content_type and response.has_body:
            headers = (("Content-Type", content_type), *headers)
        complete = Response(status, body, headers, part=self.part)
        # One after the other, so that an error is in the field that was added last.
        for field, each in zip(FIELDS, (response, Response(status, headers=headers), complete), strict=True):
            try:
                serialize(each, request, "", "")
            except ValueError as error:
                raise AnswerError(field, str(error)) from None
        return Prepared(complete, content.varies)

    def preview(self, request: Request | None, now: float) -> bytes:
        """The exact bytes that would be sent at the Unix time `now`; raises `AnswerError`."""
        from tuiserver.protocols.http.messages import chunk, imf_date, serialize

        request, (response, _) = request or _any_request(), self.prepare(request)
        if self.continued:
            return chunk(response.body, request, last=response.part == "end")
        return serialize(response, request, imf_date(int(now)), f"tuiserver/{__version__}")

    def factory(self, request: Request | None) -> MakeAnswer:
        """What makes the command for each request; raises `AnswerError`."""
        response, _ = self.prepare(request)
        make_body = self.body.factory()
        content_type, headers = ("", ()) if self.continued else self._headers()
        content_type = content_type if response.has_body else ""
        return lambda number, asked, token: Answer(
            number, response.status, content_type, make_body(), headers, response.part, asked, token=token
        )

    def _status(self) -> int:
        if not re.fullmatch(r"[0-9]{3}", self.status.strip()):
            raise AnswerError("status", "a status has three digits, such as 404")
        return int(self.status)

    def _headers(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The content type, empty for none, and the further headers."""
        content_type, headers, position = "", [], 0
        for index, item in enumerate(self.kind.split(SEPARATOR)):
            start = position + len(item) - len(item.lstrip())
            position += len(item) + len(SEPARATOR)
            if not (text := item.strip()):
                continue
            if header := _HEADER.fullmatch(text):
                headers.append((header[1], header[2]))
            elif index:
                raise AnswerError("type", "a header is NAME: VALUE", start)
            else:
                try:
                    content_type = media_type(text)
                except ValueError as error:
                    raise AnswerError("type", str(error), start) from None
        if self.body.is_text and self.body.charset is not UTF8:
            content_type = content_type.replace("charset=utf-8", f"charset={self.body.charset.name}")
        return content_type, tuple(headers)

    # -- editing ------------------------------------------------------------------------------------------------------

    def next_mode(self) -> None:
        """Text → hex → text."""
        self.body.next_mode()
        while self.body.mode not in ("text", "hex"):
            self.body.next_mode()

    def load(self, data: bytes) -> None:
        """Take an answer that was sent, or any other bytes as the body."""
        head, separator, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        if not (separator and re.match(r"HTTP/1\.\d \d{3}", first)):
            self._load_body(data)
            return
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        kinds = [value for name, value in headers if name.lower() == "content-type"]
        others = [
            f"{name}: {value}"
            for name, value in headers
            if name.lower() not in _DEFAULT_HEADERS and name.lower() != "content-type"
        ]
        self.status, self.kind = first[9:12], f" {SEPARATOR} ".join([_WORDS.get(kind, kind) for kind in kinds] + others)
        self._load_body(body)

    def _load_body(self, data: bytes) -> None:
        self.body.load(data)
        if self.body.line_ending != "none":  # A body has none apart from its text.
            self.body.load_saved(SavedMessage("text", to_typed(data, self.body.charset)))

    @property
    def saved(self) -> SavedMessage:
        """The draft as it is saved by a name."""
        return self.body.saved._replace(status=self.status, content_type=self.kind)

    def load_saved(self, message: SavedMessage) -> None:
        """Take a saved answer, or a saved message as the body."""
        self.body.load_saved(message)
        if message.status:
            self.status, self.kind = message.status, message.content_type

    # -- history ------------------------------------------------------------------------------------------------------

    def remember(self) -> None:
        """Add the draft to the history."""
        self._history.add(self._entry)

    def older(self) -> bool:
        """Take the previous answer of the history; False if there is none."""
        return self._recall(self._history.older(self._entry))

    def newer(self) -> bool:
        """Take the next answer of the history, in the end what was typed before; False if there is none."""
        return self._recall(self._history.newer())

    @property
    def _entry(self) -> HistoryEntry:
        """One line: `404 json {"error":"…"}`; blanks in the first two words are written as `%20`."""
        words = (each.replace("%", "%25").replace(" ", "%20") or "-" for each in (self.status, self.kind))
        return HistoryEntry(self.body.mode, f"{' '.join(words)} {self.body.text}")

    def _recall(self, entry: HistoryEntry | None) -> bool:
        if entry is None:
            return False
        status, _, rest = entry.text.partition(" ")
        kind, _, text = rest.partition(" ")
        self.status, self.kind = (
            "" if each == "-" else each.replace("%20", " ").replace("%25", "%") for each in (status, kind)
        )
        self.body.load_saved(SavedMessage(entry.mode, text))
        return True


def _any_request() -> Request:
    """A request of which nothing is known: of HTTP/1.1, kept alive."""
    from tuiserver.protocols.http.messages import Request

    return Request("GET", "/", "1.1", (), b"", b"", True)
