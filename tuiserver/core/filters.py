"""The filter language of the console: a predicate over connections, messages or log lines, parsed from typed text.

    quiet = parse("idle>5m -proto:http lab", FIELDS, contains)
    quiet.matches(client)

A bare word such as `lab` matches anywhere in an item's text, `peer:10.0.` within one field; `in>1M` compares and `id:12,14`
lists alternatives; a leading `-` or `!` negates a term. All terms have to match. Quotes keep text with spaces together.

Rules of this file:
- Pure and generic: the caller supplies the table of fields, and nothing here knows what kind of item is filtered.
- Matching ignores case. Sizes use powers of 1000, as on the screen; times are `90`, `30s`, `1h30m` or `2d`.
- An error carries the position of the first invalid character and says what would be valid.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt
from typing import Generic, Literal, NamedTuple, TypeVar

T = TypeVar("T")
Kind = Literal["text", "words", "number", "size", "time"]


class FilterError(ValueError):
    """The typed text is not a filter. `position` is the index of the first invalid character, `message` says why."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(position, message)
        self.position = position
        self.message = message

    def __str__(self) -> str:
        return self.message


class Field(NamedTuple, Generic[T]):
    """A field of an item: its kind, and a function that gets its value. A value of None matches no condition.

    `words` is a text of which each word is a value on its own: `state=silent` matches `open silent`.
    """

    kind: Kind
    get: Callable[[T], str | float | None]


class Term(NamedTuple, Generic[T]):
    """One condition: a predicate and the result it has to give, which is False for a negated term."""

    test: Callable[[T], bool]
    expected: bool


class Filter(NamedTuple, Generic[T]):
    """A parsed filter; without terms it matches everything.

    `text` is the filter as typed; `literals` are the bare words in it that are not negated: every match contains them.
    `costly`: it has conditions on fields that are not in the table, which have to be decoded.
    """

    text: str
    terms: tuple[Term[T], ...]
    literals: tuple[str, ...] = ()
    costly: bool = False

    def matches(self, item: T) -> bool:
        """Whether every term matches."""
        return all(term.test(item) is term.expected for term in self.terms)

    def __bool__(self) -> bool:
        return bool(self.terms)


_TERM = re.compile(
    r"(?P<not>[-!]?)(?:(?P<field>[A-Za-z]+)(?P<operator>>=|<=|[:=<>]))?(?:\"(?P<quoted>[^\"]*)(?P<end>\"?)|(?P<plain>\S*))"
)
_DOTTED_TERM = re.compile(_TERM.pattern.replace("[A-Za-z]+", r"[A-Za-z_][\w.-]*"))
"""The same, with any name of a decoded field."""
_SIZE_UNITS: dict[str, float] = {"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
_TIME_UNITS: dict[str, float] = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
_EXAMPLES = {
    "number": "a number such as 12",
    "size": "a number of bytes such as 10k or 1.5M",
    "time": "a time such as 30s, 5m or 1h30m",
}


Other = Callable[["Condition"], Callable[[T], bool]]
"""Makes the predicate of a condition on a field that is not in the table; raises `FilterError`."""


class Condition(NamedTuple):
    """`temp>21`: its parts as typed, and the position of the value."""

    name: str
    operator: str
    value: str
    start: int

    @property
    def text(self) -> str:
        """The whole condition."""
        return f"{self.name}{self.operator}{self.value}"


def parse(
    text: str,
    fields: Mapping[str, Field[T]],
    contains: Callable[[str], Callable[[T], bool]],
    other: Other[T] | None = None,
) -> Filter[T]:
    """Parse a typed filter; raises `FilterError`. `contains` makes the predicate of one bare word, given in lower case,
    `other` that of a condition on a field that is not in the table; without it, there is no such field."""
    terms: list[Term[T]] = []
    literals: list[str] = []
    position = 0
    costly = False
    pattern = _TERM if other is None else _DOTTED_TERM
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        match = pattern.match(text, position)
        assert match is not None  # the pattern also matches an empty string
        if match["quoted"] is not None and not match["end"]:
            raise FilterError(match.start("quoted") - 1, 'missing closing "')
        value = match["plain"] if match["quoted"] is None else match["quoted"]
        expected = not match["not"]
        field = fields.get(match["field"].lower()) if match["field"] else None
        if field is not None:
            start = match.start("plain" if match["quoted"] is None else "quoted")
            terms.append(Term(_make_test(field, match["field"], match["operator"], value, start), expected))
        elif match["field"] and other is not None and not (match["plain"] or "").startswith("//"):
            start = match.start("plain" if match["quoted"] is None else "quoted")
            terms.append(Term(other(Condition(match["field"], match["operator"], value, start)), expected))
            costly = True
        elif match["field"] and not (match["plain"] or "").startswith("//"):
            names = " ".join(fields)
            raise FilterError(
                match.start("field"), f'no field "{match["field"]}": use {names}, or quote it to search for the text'
            )
        else:  # a bare word, which includes addresses such as tcp://…
            literal = value if not match["field"] else match["field"] + match["operator"] + value
            if not literal:
                raise FilterError(position, f'nothing to negate after "{match[0]}": write {match[0][0]}word')
            terms.append(Term(contains(literal.lower()), expected))
            if expected:
                literals.append(literal)
        position = match.end()
    return Filter(text, tuple(terms), tuple(literals), costly)


def value_test(condition: Condition) -> Callable[[object, str], bool]:
    """The test of one value of a decoded field, and of what was noted about it; raises `FilterError`.

    `:` finds a part of a text, `=` a whole one; numbers are compared as numbers. `value` may list alternatives for both.
    """
    name, operator, value, start = condition
    if not value:
        raise FilterError(start, f"{name}{operator} needs a value")
    if operator in (":", "="):
        texts = value.lower().split(",")
        numbers = {number for text in texts if (number := _number(text)) is not None}

        def matches(value: object, note: str) -> bool:
            text, note = _text(value), note.lower()
            if _number(value) in numbers or text in texts or note in texts:
                return True
            return operator == ":" and any(each in text or each in note for each in texts if each)

        return matches
    wanted, compare = _number(value), _COMPARISONS[operator]
    if wanted is None:
        raise FilterError(start, f'{name}{operator} takes a number, not "{value}"')

    def is_beyond(value: object, note: str) -> bool:
        number = _number(value)
        return number is not None and compare(number, wanted)

    return is_beyond


def _text(value: object) -> str:
    return (value.hex() if isinstance(value, bytes) else "" if value is None else str(value)).lower()


def _number(value: object) -> float | None:
    """A number, also in a text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _make_test(field: Field[T], name: str, operator: str, value: str, start: int) -> Callable[[T], bool]:
    """The predicate of one condition; `start` is the position of its value."""
    if not value:
        raise FilterError(start, f"{name}{operator} needs a value")
    if field.kind in ("text", "words"):
        if operator in "<>" or len(operator) > 1:
            raise FilterError(start - len(operator), f"{name} is text: write {name}:{value}")
        return _matches_text(field, value.lower().split(","), exact=operator == "=")
    numbers = [_parse_number(field.kind, name, part, start) for part in value.split(",")]
    if operator in ":=":
        return _matches_any(field, set(numbers))
    if len(numbers) > 1:
        raise FilterError(
            start, f"{name}{operator} takes one {field.kind}: write {name}{operator}{value.split(',')[0]}"
        )
    return _compares(field, operator, numbers[0])


def _matches_text(field: Field[T], values: list[str], exact: bool) -> Callable[[T], bool]:
    get, first = field.get, values[0]

    def equals_any(item: T) -> bool:
        return str(get(item) or "").lower() in values

    def has_any_word(item: T) -> bool:
        return not set(values).isdisjoint(str(get(item) or "").lower().split())

    def contains_first(item: T) -> bool:
        return first in str(get(item) or "").lower()

    def contains_any(item: T) -> bool:
        text = str(get(item) or "").lower()
        return any(value in text for value in values if value)

    if exact and field.kind == "words":
        return has_any_word
    return equals_any if exact else contains_first if len(values) == 1 else contains_any


def _matches_any(field: Field[T], numbers: set[float]) -> Callable[[T], bool]:
    get = field.get
    if field.kind in ("time", "size"):  # The screen shows these rounded, so a rounded value matches.

        def is_close_to_any(item: T) -> bool:
            value = get(item)
            return value is not None and any(abs(float(value) - number) <= 0.05 * number for number in numbers)

        return is_close_to_any
    return lambda item: get(item) in numbers


def _compares(field: Field[T], operator: str, number: float) -> Callable[[T], bool]:
    get, compare = field.get, _COMPARISONS[operator]

    def test(item: T) -> bool:
        value = get(item)
        return value is not None and compare(float(value), number)

    return test


def _parse_number(kind: Kind, name: str, text: str, start: int) -> float:
    """The number that `12`, `1.5M` or `1h30m` stands for; times are in seconds."""
    number = math.inf
    if kind == "time":
        parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)([smhd])", text.lower())
        if parts and "".join(count + unit for count, unit in parts) == text.lower():
            number = sum(float(count) * _TIME_UNITS[unit] for count, unit in parts)
        elif re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
            number = float(text)
    else:
        match = re.fullmatch(r"#?([0-9]+(?:\.[0-9]+)?)([kmgt]?)b?", text.lower())
        if match and (kind == "size" or not match[2]):
            number = float(match[1]) * _SIZE_UNITS[match[2]]
    if number < math.inf:  # Hundreds of digits are infinite.
        return number
    raise FilterError(start, f'{name} takes {_EXAMPLES[kind]}, not "{text}"')
