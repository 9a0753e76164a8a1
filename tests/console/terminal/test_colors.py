"""Colours or none."""

from __future__ import annotations

import os

import pytest
from textual.filter import NoColor

from tests.support.console import console
from tests.support.scripted import (
    connected,
    listening,
)


@pytest.mark.parametrize(("value", "colours"), [("1", False), ("", True)])
async def test_no_color(value: str, colours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR removes every colour; an empty value is as if it were not set."""
    monkeypatch.setenv("NO_COLOR", value)
    async with console(listening(), connected(12)) as (app, _, _pilot):
        assert app.no_color is not colours
        assert any(isinstance(each, NoColor) for each in app.get_line_filters()) is not colours


@pytest.mark.parametrize(
    ("color", "variable", "colours"),
    [("auto", "", True), ("auto", "1", False), ("always", "1", True), ("never", "", False)],
)
async def test_color(color: str, variable: str, colours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only `auto` respects NO_COLOR; without colours bold remains, and the environment is unchanged."""
    monkeypatch.setenv("NO_COLOR", variable)
    async with console(listening(), connected(12), color=color) as (app, _, _pilot):
        pane = app.workspace.connections
        styles = [segment.style for strip in pane.render_lines(pane.size.region) for segment in strip]
        assert any(style and (style.color or style.bgcolor) for style in styles) is colours
        assert any(style and style.bold for style in styles)
    assert os.environ["NO_COLOR"] == variable


async def test_always_uses_colours_where_the_terminal_reports_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sixteen that nearly all terminals have."""
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.delenv("COLORTERM", raising=False)
    for color, system in (("auto", None), ("always", "standard")):
        async with console(listening(), color=color) as (app, _, _pilot):
            assert app.console.color_system == system
