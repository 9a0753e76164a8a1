r"""A message typed as fields: `Answer serial={{counter}} name="two words"`, by the structs that are loaded.

    template = FieldTemplate(text, encoder, line_ending)        # raises `PayloadError`
    template.fill(moment)

Rules of this file:
- The first word is the kind of message; then follow FIELD=VALUE. A value with blanks is quoted, and may have the escapes and
  placeholders of text. Quotes within it are `\x22`.
- What a field cannot hold is marked at its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tuiserver.automation.placeholders import read
from tuiserver.automation.template import Moment, Template
from tuiserver.core.payload import PayloadError, UnfinishedPlaceholder, parse_text_parts
from tuiserver.decoders.base import EncodeError, Encoder, Given

_WORD = re.compile(r"\s*(\S*)\s*")
_ASSIGNMENT = re.compile(r'([\w.]+)=(?:"([^"]*)"|((?:\{\{.*?\}\}|[^\s"])*))(?:\s+|$)')


class _Assignment(NamedTuple):
    field: str
    position: int
    template: Template
    value_position: int
    quoted: bool


class FieldTemplate:
    """A `Fillable` of fields."""

    def __init__(self, text: str, encoder: Encoder, ending: bytes = b"") -> None:
        name = _WORD.match(text)
        assert name is not None  # the pattern also matches an empty string
        if not name[1]:
            raise PayloadError(0, f"write a struct and its fields: {' '.join(encoder.names())}")
        self._name, self._position = name[1], name.start(1)
        self._encoder, self._ending = encoder, ending
        self._assignments = tuple(_read_assignments(text, name.end()))
        templates = [each.template for each in self._assignments]
        self.constant = all(template.constant for template in templates)
        self.varies = any(template.varies for template in templates)
        self.numbered = any(template.numbered for template in templates)

    def fill(self, moment: Moment) -> bytes:
        """As `Fillable.fill`."""
        given = [Given(each.field, _fill(each, moment), each.quoted) for each in self._assignments]
        try:
            return self._encoder.encode(self._name, given) + self._ending
        except EncodeError as error:
            of = f" ({error.field})" if error.field else ""
            raise PayloadError(self._position_of(error.field), f"{error.reason}{of}") from None

    def _position_of(self, field: str) -> int:
        """Where the field is typed, whose name may be longer or shorter than what is typed."""
        for each in self._assignments:
            if field and (f".{field}.".endswith(f".{each.field}.") or field.startswith(f"{each.field}.")):
                return each.position
        return self._position


def _read_assignments(text: str, position: int) -> Iterator[_Assignment]:
    while position < len(text):
        match = _ASSIGNMENT.match(text, position)
        if match is None:
            raise PayloadError(position, 'write FIELD=VALUE here, and blanks in quotes: name="two words"')
        group = 3 if match[2] is None else 2
        start = match.start(group)
        try:
            template = Template(parse_text_parts(match[group], read))
        except UnfinishedPlaceholder as error:
            if match.end() == len(text) and group == 3:
                raise UnfinishedPlaceholder(start + error.position, error.source) from None
            raise PayloadError(start + error.position, error.message) from None
        except PayloadError as error:
            raise PayloadError(start + error.position, error.message) from None
        yield _Assignment(match[1], position, template, start, group == 2)
        position = match.end()


def _fill(assignment: _Assignment, moment: Moment) -> bytes:
    try:
        return assignment.template.fill(moment)
    except PayloadError as error:
        raise PayloadError(assignment.value_position + error.position, error.message) from None
