"""The filter language: what an operator types to see less → a yes or no about each connection, message or log line.

    quiet = parse("idle>5m -proto:http lab", FIELDS, words)
    quiet.matches(client)

`lab` stands anywhere in the words of a thing; `peer:10.0.` in one field of it; `in>1M` compares, `id:12,14` lists;
`-` or `!` in front turns round what follows; all of it has to hold. Quotes hold a text with spaces together.

Rules of this file:
- Pure: what can be asked of a thing is given as a table of fields; no thing is known here.
- Upper and lower case are the same. Sizes count as the screen does, `1k` is 1000; times are `90`, `30s`, `1h30m`, `2d`.
- What cannot be read is refused with the place and what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Generic, Literal, NamedTuple, TypeVar

T = TypeVar("T")
Kind = Literal["text", "number", "size", "time"]


class FilterError(ValueError):
    """The typed text is no filter. `position` is the index of the first wrong character, `message` says why."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(position, message)
        self.position = position
        self.message = message

    def __str__(self) -> str:
        return self.message


class Field(NamedTuple, Generic[T]):
    """What can be asked of a thing: text, or a number of a kind; None where the thing has none, which matches nothing."""

    kind: Kind
    of: Callable[[T], str | float | None]


class Term(NamedTuple, Generic[T]):
    """One condition: a test of a thing, and the answer it has to give."""

    test: Callable[[T], bool]
    wanted: bool


class Filter(NamedTuple, Generic[T]):
    """A filter that can be read. `text` is how it was typed; the empty one matches everything. `words` are the bare
    words that have to be there, as they were typed."""

    text: str
    terms: tuple[Term[T], ...]
    words: tuple[str, ...] = ()

    def matches(self, thing: T) -> bool:
        """Whether every condition holds."""
        return all(term.test(thing) is term.wanted for term in self.terms)

    def __bool__(self) -> bool:
        return bool(self.terms)


_PART = re.compile(
    r"(?P<not>[-!]?)(?:(?P<field>[A-Za-z]+)(?P<sign>>=|<=|[:=<>]))?(?:\"(?P<quoted>[^\"]*)(?P<end>\"?)|(?P<plain>\S*))"
)
_UNITS: dict[str, float] = {"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
_SECONDS: dict[str, float] = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_EXAMPLES = {
    "number": "a number such as 12",
    "size": "a number of bytes such as 10k or 1.5M",
    "time": "a time such as 30s, 5m or 1h30m",
}


def parse(text: str, fields: Mapping[str, Field[T]], contains: Callable[[str], Callable[[T], bool]]) -> Filter[T]:
    """Typed text → a filter; raises `FilterError`. `contains` makes a test for one bare word, given in small letters."""
    terms: list[Term[T]] = []
    words: list[str] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        match = _PART.match(text, position)
        assert match is not None  # it matches the empty text too
        if match["quoted"] is not None and not match["end"]:
            raise FilterError(match.start("quoted") - 1, 'a " has no end')
        value = match["plain"] if match["quoted"] is None else match["quoted"]
        wanted = not match["not"]
        known = fields.get(match["field"].lower()) if match["field"] else None
        if known is not None:
            at = match.start("plain" if match["quoted"] is None else "quoted")
            terms.append(Term(_test(known, match["field"], match["sign"], value, at), wanted))
        elif match["field"] and not match["plain"].startswith("//"):
            names = " ".join(fields)
            raise FilterError(
                match.start("field"), f'no field "{match["field"]}": there are {names}; in "quotes" it is a word'
            )
        else:  # a word; an address such as tcp://… is one too
            word = value if not match["field"] else match["field"] + match["sign"] + value
            if not word:
                raise FilterError(position, f'"{match[0]}" turns nothing round: write -word')
            terms.append(Term(contains(word.lower()), wanted))
            if wanted:
                words.append(word)
        position = match.end()
    return Filter(text, tuple(terms), tuple(words))


def _test(field: Field[T], name: str, sign: str, value: str, at: int) -> Callable[[T], bool]:
    if not value:
        raise FilterError(at, f"{name}{sign} needs something behind it")
    if field.kind == "text":
        if sign in "<>" or len(sign) > 1:
            raise FilterError(at - len(sign), f"{name} is a text: write {name}:{value}")
        return _text_test(field, value.lower().split(","), exact=sign == "=")
    numbers = [_number(field.kind, name, part, at) for part in value.split(",")]
    if sign in ":=":
        return _among(field, set(numbers))
    if len(numbers) > 1:
        raise FilterError(at, f"{name}{sign} takes one {field.kind}: write {name}{sign}{value.split(',')[0]}")
    return _compared(field, sign, numbers[0])


def _text_test(field: Field[T], values: list[str], exact: bool) -> Callable[[T], bool]:
    of, one = field.of, values[0]

    def is_one(thing: T) -> bool:
        return str(of(thing) or "").lower() in values

    def has_one(thing: T) -> bool:
        return one in str(of(thing) or "").lower()

    def has_any(thing: T) -> bool:
        text = str(of(thing) or "").lower()
        return any(value in text for value in values if value)

    return is_one if exact else has_one if len(values) == 1 else has_any


def _among(field: Field[T], numbers: set[float]) -> Callable[[T], bool]:
    of = field.of
    if field.kind in ("time", "size"):  # shown rounded, so what is shown is what is meant

        def close(thing: T) -> bool:
            value = of(thing)
            return value is not None and any(abs(float(value) - each) <= 0.05 * each for each in numbers)

        return close
    return lambda thing: of(thing) in numbers


def _compared(field: Field[T], sign: str, number: float) -> Callable[[T], bool]:
    of = field.of

    def test(thing: T) -> bool:
        value = of(thing)
        if value is None:
            return False
        found = float(value)
        if sign == ">":
            return found > number
        if sign == "<":
            return found < number
        return found >= number if sign == ">=" else found <= number

    return test


def _number(kind: Kind, name: str, text: str, at: int) -> float:
    """`12`, `1.5M`, `1h30m` → a number, seconds for times."""
    if kind == "time":
        parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)([smhd])", text.lower())
        if parts and "".join(number + unit for number, unit in parts) == text.lower():
            return sum(float(number) * _SECONDS[unit] for number, unit in parts)
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
            return float(text)
    else:
        match = re.fullmatch(r"#?([0-9]+(?:\.[0-9]+)?)([kmgt]?)b?", text.lower())
        if match and (kind == "size" or not match[2]):
            return float(match[1]) * _UNITS[match[2]]
    raise FilterError(at, f'{name} takes {_EXAMPLES[kind]}, not "{text}"')
