"""HTTP/1.1 (RFC 9112): requests and responses, with the fields of their bodies.

Names: `method`, `path`, `query.NAME`, `status`, `header.NAME` with the name in lower case, and `body`, or `body.NAME` where the
body is JSON, a form (`application/x-www-form-urlencoded`, WHATWG URL 5.1) or multipart (RFC 7578).

Rules of this file:
- Empty lines before a message are skipped (RFC 9112 2.2).
- This names what is there; it judges nothing. What is a valid request is the business of the protocol.
- A body is as long as `Content-Length` says. Without it a request has none; a response, and what is chunked, lasts until the end.
  `http://` addresses deliver chunked bodies decoded; elsewhere the chunks are in the body.
- A response may have no body whatever its length says (RFC 9110 9.3.2): an answer to `HEAD`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tuiserver.decoders.base import (
    MAX_FIELDS,
    MAX_NAME,
    MAX_SUMMARY,
    Decoded,
    DecodeError,
    Field,
    NeedsMore,
    clip,
    nested,
    summarize,
    text_or_bytes,
)
from tuiserver.decoders.json import JsonDecoder
from tuiserver.decoders.sequence import EMPTY_LINES, Short, decode_sequence

MAX_HEAD = 256 << 10
"""Bytes of a head; the protocol refuses one that is much shorter."""

_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
_VERSION = re.compile(rb"HTTP/[0-9](?:\.[0-9])?")
_STATUS = re.compile(rb"(HTTP/[0-9](?:\.[0-9])?) +([0-9]{3})(?: +([^\r\n]*))?")
_BEGINNING = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}(?: [^\r\n]*)?\r?\Z|HTTP/[^\r\n]*\r?\Z")
_NAME = re.compile(rb"[^\s:]+")
_END = re.compile(rb"\r?\n\r?\n")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_PARAMETER = re.compile(r';\s*([\w*-]+)\s*=\s*(?:"([^"]*)"|([^\s;"]*))')


class HttpDecoder:
    """Decodes requests and responses."""

    name = "http"

    def decode(self, data: bytes, sent: bool = False) -> Decoded | NeedsMore:
        """As `Decoder.decode`."""
        return decode_sequence(data, _message, EMPTY_LINES)


def _message(data: bytes, at: int) -> tuple[Decoded, int]:
    """The message at `at` and where it ends. Raises `Short` or `DecodeError`."""
    line_end = data.find(b"\n", at)
    line = data[at : line_end if line_end >= 0 else len(data)]
    if line_end < 0 and len(line) <= MAX_HEAD and (not line or _BEGINNING.match(line)):
        raise Short
    fields = _first_line(line.rstrip(b"\r"), at) if line_end >= 0 and len(line) <= MAX_HEAD else None
    if fields is None:
        raise DecodeError(f"no request or status line at byte {at}")
    # An empty line may follow at once: there are no headers.
    end = _END.search(data, line_end - (1 if line.endswith(b"\r") else 0), at + MAX_HEAD)
    if end is None:
        if len(data) - at > MAX_HEAD:
            raise DecodeError(f"the head at byte {at} is longer than {MAX_HEAD} bytes")
        raise Short
    values = {field.name: field.value for field in fields}
    request = "method" in values
    headers: dict[str, str] = {}
    for field in _headers(data, line_end + 1, end.start()):
        headers.setdefault(field.name, str(field.value))
        if len(fields) < MAX_FIELDS:
            fields.append(field._replace(name=clip(f"header.{field.name}", MAX_NAME)))
    stop = _body_end(headers, end.end(), len(data), request)
    body = list(_body(data[end.end() : stop], headers, end.end())) if stop > end.end() else []
    name = str(values["method" if request else "status"])
    beside = _text(line.split()[1]) if request else str(values.get("reason", ""))
    summary = clip(summarize(f"{name} {beside}".rstrip(), body), MAX_SUMMARY)
    cut = len(fields) + len(body) > MAX_FIELDS
    return Decoded(name, (*fields, *body)[:MAX_FIELDS], summary, cut), stop


def _first_line(line: bytes, at: int) -> list[Field] | None:
    """The fields of a request or status line; None for another one."""
    status = _STATUS.fullmatch(line)
    if status is not None:
        return _status_line(status, at)
    method, _, rest = line.partition(b" ")
    target, _, version = rest.rstrip(b" \t").rpartition(b" ")
    target = target.rstrip(b" ")
    start = len(line) - len(rest) + len(target) - len(target.lstrip(b" "))
    target = target.lstrip(b" ")
    if not target or not _METHOD.fullmatch(method) or not _VERSION.fullmatch(version):
        return None
    path, mark, query = target.partition(b"?")
    fields = [
        Field("method", method.decode(), at, len(method)),
        Field("path", _unescape(path), at + start, len(path)),
    ]
    if mark:
        fields += _pairs(query, "query", at + start + len(path) + 1)
    fields.append(Field("version", version.decode(), at + len(line.rstrip(b" \t")) - len(version), len(version)))
    return fields


def _status_line(line: re.Match[bytes], at: int) -> list[Field]:
    """Version, status and reason."""
    fields = [
        Field("version", line[1].decode(), at, len(line[1])),
        Field("status", int(line[2]), at + line.start(2), 3),
    ]
    if line[3]:
        fields.append(Field("reason", _text(line[3]), at + line.start(3), len(line[3])))
    return fields


def _headers(data: bytes, at: int, end: int) -> Iterator[Field]:
    """The fields of a head, with their names in lower case."""
    while at < end:
        stop = data.find(b"\n", at, end) + 1 or end
        name, colon, rest = data[at:stop].partition(b":")
        value = rest.strip()
        if not colon or not _NAME.fullmatch(name):
            raise DecodeError(f"no header at byte {at}")
        yield Field(_text(name).lower(), _text(value), stop - len(rest.lstrip()) if value else stop, len(value))
        at = stop


def _body_end(headers: dict[str, str], start: int, end: int, request: bool) -> int:
    """Where the body that begins at `start` ends, in data that ends at `end`. Raises `Short`."""
    if "transfer-encoding" in headers:
        return end
    length = headers.get("content-length", "")
    if not re.fullmatch(r"[0-9]{1,18}", length):
        return start if request else end
    stop = start + int(length)
    if stop <= end:
        return stop
    if start == end and not request:
        return end
    raise Short(stop - end)


def _body(body: bytes, headers: dict[str, str], offset: int) -> Iterator[Field]:
    """The fields of a body, by its type; a body that is not of its type is one field."""
    kind, _, parameters = headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    fields: list[Field] = []
    note = headers.get("content-encoding", "")
    if not note and (kind == "application/json" or kind.endswith("+json")):
        fields = list(_json(body, offset))
    elif not note and kind == "application/x-www-form-urlencoded":
        fields = _pairs(body, "body", offset)
    elif not note and kind == "multipart/form-data":
        boundary = _parameters(f";{parameters}").get("boundary", "").encode("latin-1", "replace")
        fields = list(_parts(body, boundary, offset)) if boundary else []
    if fields:
        yield from fields
    else:
        yield Field("body", text_or_bytes(body), offset, len(body), clip(note or kind, MAX_NAME))


def _json(body: bytes, offset: int) -> Iterator[Field]:
    try:
        result = JsonDecoder().decode(body)
    except DecodeError:
        return
    if isinstance(result, Decoded):
        for field in nested(result.fields, "body", offset):
            yield field._replace(name="body") if field.name == "body.value" and len(result.fields) == 1 else field


def _pairs(data: bytes, prefix: str, offset: int) -> list[Field]:
    """The names and values of a query or a form, with the offsets of the values."""
    fields: list[Field] = []
    at = 0
    while at < len(data) and len(fields) < MAX_FIELDS:
        end = data.find(b"&", at)
        end = len(data) if end < 0 else end
        name, mark, value = data[at:end].partition(b"=")
        if name or mark:
            text = _unescape(value.replace(b"+", b" "))
            full = clip(f"{prefix}.{_unescape(name.replace(b'+', b' '))}", MAX_NAME)
            fields.append(Field(full, text, offset + end - len(value), len(value)))
        at = end + 1
    return fields


def _parts(body: bytes, boundary: bytes, offset: int) -> Iterator[Field]:
    """The parts of a form with files (RFC 7578): text as text, files as bytes."""
    delimiter = b"--" + boundary
    at = body.find(delimiter)
    for _ in range(MAX_FIELDS):
        if at < 0 or body.startswith(b"--", at + len(delimiter)):
            return
        start = at + len(delimiter)
        stop = body.find(b"\r\n" + delimiter, start)
        head = _END.search(body, start, stop if stop >= 0 else len(body))
        if stop < 0 or head is None:
            return
        at = stop + 2
        try:
            line = body.index(b"\n", start) + 1
            headers = {field.name: str(field.value) for field in _headers(body, min(line, head.start()), head.start())}
        except DecodeError:
            continue
        disposition = _parameters(headers.get("content-disposition", ""))
        content = body[head.end() : stop]
        file = disposition.get("filename")
        value = content if file is not None else text_or_bytes(content)
        note = clip(" ".join(filter(None, (file, headers.get("content-type")))), MAX_NAME)
        name = clip(f"body.{disposition.get('name', '')}", MAX_NAME)
        yield Field(name, value, offset + head.end(), len(content), note)


def _parameters(text: str) -> dict[str, str]:
    """The parameters of a header, by their names in lower case."""
    return {found[1].lower(): found[2] if found[2] is not None else found[3] for found in _PARAMETER.finditer(text)}


def _unescape(data: bytes) -> str:
    """Percent-encoded text as UTF-8 (RFC 3986 2.1); what is not UTF-8 is read as Latin-1."""
    return _text(_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), data) if b"%" in data else data)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
