"""Placeholders are expanded each time a message is sent."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.console import console
from tests.support.scripted import connected, listening, shows
from tuiserver.automation.placeholders import Expander
from tuiserver.core import payload
from tuiserver.core.payload import PayloadError

TWO_CLIENTS = (listening(), connected(11), connected(12))


def test_placeholders_are_expanded_each_time() -> None:
    """Time with milliseconds, a counter from 1, random digits, a UUID; spaces within the braces do not matter."""
    expand = Expander()
    text = "{{time}} {{ counter }} {{random}} {{uuid}}"
    one, two = (payload.parse_text(text, expand).decode() for _ in range(2))
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} %d [0-9a-f]{8} [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{18,}"
    assert re.fullmatch(pattern % 1, one)
    assert re.fullmatch(pattern % 2, two)
    assert one.split()[2:] != two.split()[2:]
    for _ in range(2):
        assert payload.parse_text("{{counter}}{{random}}", expand.example) == b"300c0ffee", "an example uses no number"
    assert set(payload.PLACEHOLDERS) == {"time", "counter", "random", "uuid"}


def test_braces_can_be_literal() -> None:
    """Escaped or single braces are sent as typed; an unknown name is refused, with its position."""
    expand = Expander()
    assert payload.parse_text(r"\{{time}} {x} }}", expand) == b"{{time}} {x} }}"
    assert payload.parse_text("{{nothing}}") == b"{{nothing}}", "without an expander they are braces"
    with pytest.raises(PayloadError) as refused:
        payload.parse_text("ab{{tim}}", expand)
    assert refused.value.position == 2
    assert "{{uuid}}" in refused.value.message


@given(st.binary(max_size=60) | st.text("{}time\\", max_size=20).map(str.encode))
def test_a_message_put_into_the_send_bar_keeps_its_bytes(data: bytes) -> None:
    """Whatever a message holds, braces too."""
    assert payload.parse_text(payload.to_typed(data), Expander()) == data


async def test_each_target_gets_its_own_expansion() -> None:
    """The preview says that the message varies; each target gets its own number."""
    async with console(*TWO_CLIENTS, size=(140, 40)) as (_, link, pilot):
        await pilot.press("s", "ctrl+o", *"n{", "{", *"counter", "}", "}")
        await shows(pilot, "varies")
        await pilot.press("enter", "enter")
        assert [(command.id, command.data) for command in link.commands] == [(11, b"n1\n"), (12, b"n2\n")]  # type: ignore[union-attr]
