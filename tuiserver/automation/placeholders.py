"""What placeholders mean: `{{counter}}`, `{{now:%H%M%S}}`, `{{len:u16}}`, `{{crc:modbus}}`.

    {{NAME}}   {{NAME:OPTION:OPTION}}   {{NAME:OPTION@FIRST..LAST}}

    placeholder = read("len:u16le@..-2", position)       # what is between the braces; a `Template` fills it in
    counter = MessageCounter(); counter.moment(template)

Rules of this file:
- A number is written as its options say: as bytes (`u16`, `u16le`), hex digits (`u16:hex`) or decimal (`dec`, `dec3`).
- A length or a checksum is of the bytes `before` the placeholder, `after` it, or of `all`; `@2..-1` takes a part of these.
- Whatever is wrong is a `PayloadError` that marks its place in what was typed, and suggests what was probably meant.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from typing import Literal, NamedTuple

from tuiserver.automation.template import Fillable, Form, Moment, Phase, Placeholder, Span
from tuiserver.core import checksums
from tuiserver.core.payload import PayloadError
from tuiserver.core.suggestions import did_you_mean

PLACEHOLDERS = {
    "{{counter}}": "1, 2, 3 …, incremented with each message; `{{counter:u8}}` as bytes, which go on from 0 after the highest",
    "{{time}}": "the local time, as 2026-11-23T12:04:31.123, or in a format of strftime: `{{time:%H:%M:%S}}`",
    "{{now:iso}}": "the time in UTC, as 2026-11-23T11:04:31Z; in a format of strftime: `{{now:%d%m%y}}`",
    "{{now:unix}}": "seconds since 1970, `{{now:unixms}}` milliseconds; `{{now:unix:u32}}` and `{{now:unixms:u64}}` as bytes",
    "{{random}}": "eight random hex digits; `{{random:u32}}` as bytes",
    "{{uuid}}": "a random UUID (RFC 9562, version 4)",
    "{{len:u16}}": "how many bytes come after it, the line ending included; as text: `{{len:dec}}`",
    "{{crc:modbus}}": "the CRC of all bytes before it, by its name in the catalogue; as hex digits: `{{crc:modbus:hex}}`",
    "{{sum8}}": "the sum of all bytes before it; `{{sum16}}`, `{{xor8}}`, and the `{{lrc}}` of Modbus ASCII",
}
"""Placeholders as they are written, and what replaces each."""


class MessageCounter:
    """Numbers the messages that have `{{counter}}`. `last` is the last number that was used."""

    def __init__(self) -> None:
        self.last = 0

    def fill(self, template: Fillable) -> bytes:
        """The bytes of a message that is sent now. Raises `PayloadError`, and then uses no number."""
        data = template.fill(Moment(self.last + 1, time.time()))
        self.last += template.numbered
        return data

    def example(self, template: Fillable) -> bytes:
        """The bytes of a message that would be sent now, with examples of what is random. Raises `PayloadError`."""
        return template.fill(Moment(self.last + 1, time.time(), example=True))


class _Word(NamedTuple):
    """A part of what was typed, and where it begins."""

    text: str
    position: int


class _Words(NamedTuple):
    """The parts of `name:option:option@2..-1`."""

    source: str
    name: _Word
    options: tuple[_Word, ...]
    slice: _Word | None


class _Options(NamedTuple):
    """What the options say: "" and 0 where they say nothing."""

    style: Literal["", "hex", "dec"] = ""
    size: int = 0
    order: Literal["", "big", "little"] = ""
    digits: int = 1
    where: Literal["", "before", "after", "all"] = ""

    def form(self, size: int = 0, order: Literal["big", "little"] = "big") -> Form:
        """The form of a number, whose size and order are these unless the options say otherwise."""
        size = self.size or size
        return Form(self.style or ("bytes" if size else "dec"), size, self.order or order, self.digits)

    def span(self, where: Literal["before", "after"], part: _Word | None) -> Span:
        """What is measured, which is `where` unless the options say otherwise. Raises `PayloadError`."""
        if part is None:
            return Span(self.where or where)
        match = _SLICE.fullmatch(part.text)
        if match is None:
            raise PayloadError(part.position, "after @ write which bytes to take, as in @2.. or @1..-2")
        first, last = (int(number) if number else None for number in match.groups())
        return Span(self.where or where, first, last)


_SIZES = ("u8", "u16", "u32", "u64", "u16le", "u32le", "u64le")
_NUMBER = (*_SIZES, "be", "le", "hex", "dec")
_WHERE: dict[str, Literal["before", "after", "all"]] = {"before": "before", "after": "after", "all": "all"}
OPTIONS = (*_NUMBER, *_WHERE)
"""All options that a placeholder may have."""
_SIZE = re.compile(r"u(8|16|32|64)(le)?")
_DECIMAL = re.compile(r"dec([1-9]?)")
_SLICE = re.compile(r"(-?[0-9]{1,6})?\.\.(-?[0-9]{1,6})?")
_STRFTIME = re.compile(r"(?:[^%]|%[aAbBcdfGHIjmMpSuUVwWxXyYzZ%])*")


def read(source: str, position: int) -> Placeholder:
    """The placeholder with the text `source` between its braces, which begins at `position`. Raises `PayloadError`."""
    words = _split(source, position)
    name = words.name.text
    reader = _READERS.get(name)
    if reader is None:
        known = " ".join(f"{{{{{each}}}}}" for each in _READERS)
        raise PayloadError(
            words.name.position,
            rf"unknown placeholder {name}{_suggestion(name)}: use {known}, or \{{{{ for literal braces",
        )
    if words.slice is not None and reader not in _MEASURES:
        raise PayloadError(words.slice.position, "only lengths and checksums take a part of the message")
    return reader(words)


def _suggestion(name: str) -> str:
    try:
        checksums.find(name)
    except checksums.UnknownChecksum:
        return did_you_mean(name, _READERS, lambda each: f"{{{{{each}}}}}")
    return f" (did you mean {{{{crc:{name}}}}}?)"


def _split(source: str, position: int) -> _Words:
    stripped = source.strip()
    position += source.find(stripped)
    head, at, tail = (stripped, "", "") if "%" in stripped else stripped.partition("@")
    words = []
    for text in head.split(":"):
        words.append(_Word(text.strip(), position))
        position += len(text) + 1
    return _Words(stripped, words[0], tuple(words[1:]), _Word(tail.strip(), position) if at else None)


def _read_options(words: tuple[_Word, ...], allowed: tuple[str, ...]) -> _Options:
    options = _Options()
    for text, position in words:
        size, decimal = _SIZE.fullmatch(text), _DECIMAL.fullmatch(text)
        if ("dec" if decimal else text) not in allowed:
            known = f"use {' '.join(allowed)}" if allowed else "it takes none"
            raise PayloadError(position, f"unknown option {text}{did_you_mean(text, allowed)}: {known}")
        if size:
            options = options._replace(size=int(size[1]) // 8, order="little" if size[2] else "big")
        elif decimal:
            options = options._replace(style="dec", digits=int(decimal[1] or 1))
        elif text == "hex":
            options = options._replace(style="hex")
        elif text in ("be", "le"):
            options = options._replace(order="big" if text == "be" else "little")
        elif text in _WHERE:
            options = options._replace(where=_WHERE[text])
    return options


def _read_number(words: _Words, options: tuple[_Word, ...], also: tuple[str, ...] = ()) -> _Options:
    found = _read_options(options, (*_NUMBER, *also))
    if not found.size and (found.style == "hex" or found.order):
        option = "hex" if found.style == "hex" else "le" if found.order == "little" else "be"
        raise PayloadError(words.name.position, f"{option} needs a size: {{{{{words.name.text}:u16:{option}}}}}")
    return found


def _read_counter(words: _Words) -> Placeholder:
    form = _read_number(words, words.options).form()
    return Placeholder(words.source, words.name.position, lambda moment, _: moment.number, form=form, numbered=True)


def _read_random(words: _Words) -> Placeholder:
    form = _read_number(words, words.options).form(size=4)

    def compute(moment: Moment, _: bytes) -> int | str:
        data = b"\0\xc0\xff\xee".ljust(form.size, b"\0")[: form.size] if moment.example else os.urandom(form.size)
        return int.from_bytes(data, "big") if words.options else data.hex()

    return Placeholder(words.source, words.name.position, compute, form=form)


def _read_uuid(words: _Words) -> Placeholder:
    _read_options(words.options, ())

    def compute(moment: Moment, _: bytes) -> str:
        import uuid  # not at the top: it would cost every start 2 ms

        return "00000000-0000-4000-8000-000000000000" if moment.example else str(uuid.uuid4())

    return Placeholder(words.source, words.name.position, compute)


def _read_time(words: _Words) -> Placeholder:
    if words.options:
        return _read_strftime(words, utc=False)

    def compute(moment: Moment, _: bytes) -> str:
        now = moment.time
        return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.localtime(now))}.{int(now % 1 * 1000):03d}"

    return Placeholder(words.source, words.name.position, compute)


def _read_now(words: _Words) -> Placeholder:
    if "%" in words.source:
        return _read_strftime(words, utc=True)
    factor = _UNIX.get(words.options[0].text) if words.options else None
    if factor is None:
        _read_options(words.options, ("iso", *_UNIX, "%H%M%S"))
        return Placeholder(
            words.source, words.name.position, lambda moment, _: _strftime("%Y-%m-%dT%H:%M:%SZ", moment.time, utc=True)
        )
    form = _read_number(words, words.options[1:]).form()
    return Placeholder(words.source, words.name.position, lambda moment, _: int(moment.time * factor), form=form)


def _read_strftime(words: _Words, utc: bool) -> Placeholder:
    first = words.options[0] if words.options else words.name
    text = words.source[first.position - words.name.position :]
    valid = _STRFTIME.match(text)
    assert valid is not None  # the pattern also matches an empty string
    is_valid = "%" in text and valid.end() == len(text)
    if not is_valid:
        wrong = valid.end() if valid.end() < len(text) else 0
        raise PayloadError(
            first.position + wrong, "not a format of strftime: use %Y %m %d %H %M %S …, and %% for a percent sign"
        )

    def compute(moment: Moment, _: bytes) -> str:
        try:
            return _strftime(text, moment.time, utc)
        except ValueError as error:
            raise PayloadError(first.position, f"not a format of strftime: {error}") from None

    return Placeholder(words.source, words.name.position, compute)


def _strftime(text: str, at: float, utc: bool) -> str:
    from datetime import UTC, datetime

    moment = datetime.fromtimestamp(at, UTC)
    return (moment if utc else moment.astimezone()).strftime(text)


def _read_length(words: _Words) -> Placeholder:
    options = _read_number(words, words.options, tuple(_WHERE))
    if not (options.size or options.style):
        raise PayloadError(
            words.name.position, "len needs a size, {{len:u8}} {{len:u16}} {{len:u32le}} …, or {{len:dec}} for text"
        )
    return Placeholder(
        words.source,
        words.name.position,
        lambda _, data: len(data),
        Phase.LENGTH,
        options.form(),
        options.span("after", words.slice),
    )


def _read_sum(words: _Words) -> Placeholder:
    return _read_checksum(words, words.name, words.options)


def _read_crc(words: _Words) -> Placeholder:
    if not words.options:
        raise PayloadError(words.name.position, "which CRC? {{crc:modbus}}, {{crc:x-25}}, {{crc:crc32}} …")
    return _read_checksum(words, words.options[0], words.options[1:])


def _read_checksum(words: _Words, name: _Word, options: tuple[_Word, ...]) -> Placeholder:
    try:
        checksum = checksums.find(name.text)
    except checksums.UnknownChecksum as error:
        raise PayloadError(name.position, str(error)) from None
    found = _read_options(options, ("be", "le", "hex", "dec", *_WHERE))
    span = found.span("before", words.slice)

    def compute(_: Moment, data: bytes) -> int:
        if not data:
            place = "in this part of the message" if words.slice else f"{span.where} it"
            raise PayloadError(words.name.position, f"nothing {place} to make a checksum of")
        return checksum.calculate(data)

    form = found.form(checksum.size, checksum.byteorder)
    return Placeholder(words.source, words.name.position, compute, Phase.CHECKSUM, form, span)


_MEASURES = (_read_length, _read_sum, _read_crc)
_UNIX = {"unix": 1, "unixms": 1000}
_READERS: dict[str, Callable[[_Words], Placeholder]] = {
    "counter": _read_counter,
    "time": _read_time,
    "now": _read_now,
    "random": _read_random,
    "uuid": _read_uuid,
    "len": _read_length,
    "crc": _read_crc,
    "sum8": _read_sum,
    "sum16": _read_sum,
    "xor8": _read_sum,
    "lrc": _read_sum,
}
