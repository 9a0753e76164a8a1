"""Themes: five of our own, readable in every combination we draw; a broken file costs only itself."""

from __future__ import annotations

import itertools

import pytest
from textual.color import Color

from tests.support.contrast import OURS, contrast
from tuiserver.config import paths, themes
from tuiserver.console import themes as console_themes

TEXTS = ["foreground", "text-muted", "primary", "secondary", "accent", "warning", "error", "success"]
GROUNDS = ["background", "surface", "panel", "boost"]


def test_ours_are_found_the_default_first():
    """All five are there, and nothing in them is at fault."""
    assert themes.names() == OURS
    made, faults = console_themes.load()
    assert sorted(theme.name for theme in made) == sorted(OURS)
    assert faults == []


@pytest.mark.parametrize("name", OURS)
def test_every_text_is_readable_on_every_ground(name):
    """4.5 : 1 at least, for each colour of text on each background, and for the badge."""
    theme = {**themes.load()[0][name]}
    theme |= theme.pop("variables")
    for text, ground in itertools.product(TEXTS, GROUNDS):
        assert contrast(theme[text], theme[ground]) >= 4.5, (
            f"{text} on {ground}: {contrast(theme[text], theme[ground]):.2f}"
        )
    assert contrast(theme["background"], theme["accent"]) >= 4.5


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#0a141e", Color(10, 20, 30)),
        ("red 50%", Color(255, 0, 0, 0.5)),
        ("rgb(10, 20, 30)", Color(10, 20, 30)),
        ("auto 60%", Color(0, 0, 0, 0.6, auto=True)),
        ("transparent", Color(0, 0, 0, 0)),
    ],
)
def test_a_colour_is_read_as_a_theme_may_write_it(text, colour):
    """As a number, by name, by its parts, with a share, or whatever is readable."""
    assert console_themes.read_colour(text) == colour


def test_a_measure_of_contrast():
    """Black on white is 21 to 1, a colour on itself 1."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#123456", "#123456") == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not = [toml", "left out"),
        ("name = 'x'", "no primary colour"),
        ("primary = 5", "no primary colour"),
        ("primary = '#fff'\nsurface = 1", "surface is not a colour"),
        ("primary = '#fff'\nprimery = '#000'", "unknown key primery"),
        ("primary = '#nothex'", "left out"),
        ("primary = '#fff'\nsurface = 'bluish'", "left out"),
        ("primary = '#fff'\nvariables = 5", "not a table"),
        ("primary = '#fff'\nname = 5", "name is not a text"),
        ("primary = '#fff'\ntext_alpha = 'half'", "text_alpha is not a number"),
        ("primary = '#fff'\n[variables]\ntext-muted = 5", "not a table"),
        ("primary = '#fff'\n[variables]\ntext-muted = '$primary'", "left out"),
        ("primary = '#fff'\n[variables]\nboost = 'auto many%'", "left out"),
    ],
)
def test_a_broken_theme_costs_only_itself(text, says):
    """The others are there, and one line says which file and why."""
    folder = paths.theme_folders()[1]
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(text)
    made, faults = console_themes.load()
    assert {theme.name for theme in made} == set(OURS)
    assert len(faults) == 1
    assert "mine" in faults[0]
    assert says in faults[0]


def test_a_theme_of_the_users_own():
    """A file in the configuration folder is a theme by its file's name, and may replace one of ours."""
    folder = paths.theme_folders()[1]
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("primary = '#abcdef'")
    (folder / "dark.toml").write_text("name = 'tuiserver-dark'\nprimary = '#123456'")
    found, faults = themes.load()
    assert faults == []
    assert found["mine"] == {"name": "mine", "primary": "#abcdef"}
    assert found["tuiserver-dark"]["primary"] == "#123456"
