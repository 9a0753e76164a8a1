"""Colour rules: the style of what matches a filter."""

from __future__ import annotations

from tests.support.scripted import connected, received
from tuiserver.config.settings import Rule
from tuiserver.console.models.color_rules import CONNECTIONS, LOG, MESSAGES, STYLES, ColorRules, faults, styled
from tuiserver.console.models.filter_fields import of_client, of_line, of_message
from tuiserver.console.panes.styles import STYLE_NAMES
from tuiserver.core.filters import FilterError
from tuiserver.views.roster import Client


def rules_of(*rules: Rule) -> ColorRules:
    """Rules with the filters of all panes."""
    return ColorRules(
        rules, {CONNECTIONS: of_client, MESSAGES: lambda text: of_message(text, {}), LOG: lambda text: of_line(text)}
    )


def test_the_first_rule_that_matches_counts() -> None:
    """In each pane whose filters know the field."""
    rules = rules_of(Rule("level:error", "warning"), Rule("PING", "faint"), Rule("size>1", "good", MESSAGES))
    assert rules.style_of(LOG, "12:00:00 error PING") == "warning"
    assert rules.style_of(LOG, "12:00:00 info PING") == "faint"
    assert rules.style_of(LOG, "12:00:00 info pong") == ""
    assert rules.style_of(MESSAGES, received(b"ping")) == "faint"
    assert rules.style_of(MESSAGES, received(b"error")) == "good"
    client = Client(connected())
    assert rules.style_of(CONNECTIONS, client) == ""
    client.last = b"PING"
    assert rules.style_of(CONNECTIONS, client) == "faint"
    assert not rules_of().active


def test_only_plain_parts_change() -> None:
    """What has a colour keeps it: the time, the direction, a hit of a search."""
    parts = [("12:00", "faint"), ("text", "plain"), ("hit", "badge")]
    assert styled(parts, "error") == [("12:00", "faint"), ("text", "error"), ("hit", "badge")]
    assert styled(parts, "") == parts


def test_what_is_wrong_with_rules() -> None:
    """An unknown style or pane, a filter that no pane knows; fields of decoders only where there is one."""
    colors = (
        Rule("level:error", "warning", "", "c:1"),
        Rule("PING", "eror", "", "c:2"),
        Rule("levl:error", "error", "", "c:3"),
        Rule("level:error", "error", MESSAGES, "c:4"),
        Rule("state:slow", "error", "conections", "c:5"),
        Rule("temp>21", "error", "", "c:6"),
    )
    mute = (Rule("PING", origin="c:7"), Rule("level:x", origin="c:8"))
    found = list(faults(colors, mute, ""))
    assert [fault.partition(": ")[0] for fault in found] == ["c:2", "c:5", "c:3", "c:4", "c:6", "c:8"]
    assert found[0] == f'c:2: unknown style "eror" (did you mean error?): use one of {", ".join(STYLES)}'
    assert '"levl:error" is not a filter: no field "levl"' in found[2]
    assert [fault[:3] for fault in faults(colors, mute, "json")] == ["c:2", "c:5"]


def test_the_styles_are_those_of_the_panes() -> None:
    """Each name has a colour of the theme, or weight."""
    assert set(STYLES) <= STYLE_NAMES


def test_a_rule_that_cannot_be_read_now_is_left_out() -> None:
    """Its decoder may come later."""
    known = False

    def parse(text: str):  # type: ignore[no-untyped-def]
        if not known:
            raise FilterError(0, "no such field")
        return of_message("PING", {})

    rules = ColorRules((Rule("temp>1", "error"),), {MESSAGES: parse})
    assert rules.style_of(MESSAGES, received(b"PING")) == ""
    known = True
    rules.refresh()
    assert rules.style_of(MESSAGES, received(b"PING")) == "error"
