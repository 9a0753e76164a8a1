"""The colour rules of the operator: the style of what matches a filter, in connections, messages and log.

    rules = ColorRules(settings.colors, parsers)
    rules.style_of(MESSAGES, entry)          # "warning"; empty if no rule matches
    faults(settings.colors, settings.mute, parsers)

Rules of this file:
- A rule counts in each pane whose filters know its fields, or in the one that it names. The first that matches is used.
- Only what is drawn is examined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tuiserver.config.settings import Rule
from tuiserver.console.models import filter_fields
from tuiserver.console.models.decoding import AUTO, NONE, Decoding
from tuiserver.console.text.parts import Part
from tuiserver.core.filters import Filter, FilterError
from tuiserver.core.suggestions import did_you_mean

CONNECTIONS, MESSAGES, LOG = PANES = ("connections", "messages", "log")
STYLES = ("faint", "in", "out", "accent", "good", "warning", "error", "bold")
"""What a style may be: names of the styles of the panes."""

Parsers = Mapping[str, Callable[[str], Filter[Any]]]
"""How the filters of each pane are parsed; each raises `FilterError`."""


class ColorRules:
    """The rules. `active`: there are any."""

    def __init__(self, rules: Sequence[Rule], parsers: Parsers) -> None:
        self.active = bool(rules)
        self._rules, self._parsers = rules, parsers
        self._filters: dict[str, list[tuple[Filter[Any], str]]] = {}

    def refresh(self) -> None:
        """Read the rules again: other fields may be known."""
        self._filters.clear()

    def style_of(self, pane: str, item: object) -> str:
        """The style of a connection, a message or a line of the log; empty for the usual one."""
        if not self.active:
            return ""
        filters = self._filters.get(pane)
        if filters is None:
            filters = self._filters[pane] = list(self._read(pane))
        return next((style for wanted, style in filters if wanted.matches(item)), "")

    def _read(self, pane: str) -> Iterator[tuple[Filter[Any], str]]:
        for rule in self._rules:
            if rule.pane in ("", pane):
                try:
                    yield self._parsers[pane](rule.match), rule.style
                except FilterError:
                    continue  # It is about another pane, or about fields that no decoder knows now.


def styled(parts: Iterable[Part], style: str) -> list[Part]:
    """The parts, of which the plain ones have another style."""
    return [(text, style if name == "plain" else name) for text, name in parts] if style else list(parts)


def faults(colors: Sequence[Rule], mute: Sequence[Rule], decode: str) -> Iterator[str]:
    """What is wrong with rules, in one line each; `decode` is the decoder that the settings choose."""
    decoding = Decoding(decode or NONE)
    parsers: Parsers = {
        CONNECTIONS: filter_fields.of_client,
        MESSAGES: lambda text: filter_fields.of_message(text, {}, decoding=decoding, any_field=decode == AUTO),
        LOG: filter_fields.of_line,
    }
    for rule in colors:
        if rule.style not in STYLES:
            hint = did_you_mean(rule.style, STYLES)
            yield f'{rule.origin}: unknown style "{rule.style}"{hint}: use one of {", ".join(STYLES)}'
        if rule.pane and rule.pane not in PANES:
            hint = did_you_mean(rule.pane, PANES)
            yield f'{rule.origin}: unknown pane "{rule.pane}"{hint}: use one of {", ".join(PANES)}'
    for rule in (*colors, *mute):
        panes = (rule.pane,) if rule.pane in PANES else PANES if rule.style else (MESSAGES,)
        errors = {pane: error for pane in panes if (error := _fault(rule, parsers[pane])) is not None}
        if len(errors) == len(panes):
            error = errors.get(MESSAGES) or next(iter(errors.values()))
            yield f'{rule.origin}: "{rule.match}" is not a filter: {error}'


def _fault(rule: Rule, parse: Callable[[str], Filter[Any]]) -> FilterError | None:
    try:
        parse(rule.match)
    except FilterError as error:
        return error
    return None
