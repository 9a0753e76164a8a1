"""Themes: the shipped ones are readable in every combination that is drawn, and an invalid file loses only itself."""

from __future__ import annotations

import itertools

import pytest
from textual.color import Color

from tests.support.contrast import OURS, contrast
from tuiserver.config import paths, themes
from tuiserver.console import themes as console_themes

TEXTS = ["foreground", "text-muted", "primary", "secondary", "accent", "warning", "error", "success"]
BACKGROUNDS = ["background", "surface", "panel", "boost"]


def test_shipped_themes_load_without_errors() -> None:
    """All five are found, the default first."""
    assert themes.names() == OURS
    made, errors = console_themes.load()
    assert sorted(theme.name for theme in made) == sorted(OURS)
    assert errors == []


@pytest.mark.parametrize("name", OURS)
def test_every_text_is_readable_on_every_background(name: str) -> None:
    """Each text colour has a contrast of at least 4.5 : 1 (WCAG 2, level AA) on each background, and so has the badge."""
    theme = {**themes.load()[0][name]}
    theme |= theme.pop("variables")
    for text, background in itertools.product(TEXTS, BACKGROUNDS):
        assert contrast(theme[text], theme[background]) >= 4.5, (
            f"{text} on {background}: {contrast(theme[text], theme[background]):.2f}"
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
def test_colours_are_parsed_in_every_notation(text: str, colour: Color) -> None:
    """A colour is a hex number, a name or a function, with an optional opacity, or `auto`."""
    assert console_themes.read_colour(text) == colour


def test_contrast() -> None:
    """The contrast of black on white is 21, that of a colour on itself 1."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#123456", "#123456") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not = [toml", "ignored"),
        ("name = 'x'", "primary colour is missing"),
        ("primary = 5", "primary colour is missing"),
        ("primary = '#fff'\nsurface = 1", "surface must be a colour"),
        ("primary = '#fff'\nprimery = '#000'", "unknown key primery"),
        ("primary = '#nothex'", "ignored"),
        ("primary = '#fff'\nsurface = 'bluish'", "ignored"),
        ("primary = '#fff'\nvariables = 5", "must be a table"),
        ("primary = '#fff'\nname = 5", "name must be a string"),
        ("primary = '#fff'\ntext_alpha = 'half'", "text_alpha must be a number"),
        ("primary = '#fff'\n[variables]\ntext-muted = 5", "must be a table"),
        ("primary = '#fff'\n[variables]\ntext-muted = '$primary'", "ignored"),
        ("primary = '#fff'\n[variables]\nboost = 'auto many%'", "ignored"),
    ],
)
def test_an_invalid_theme_loses_only_itself(text: str, message: str) -> None:
    """The other themes load, and one line says which file is invalid and why."""
    folder = paths.theme_folders()[1]
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(text)
    made, errors = console_themes.load()
    assert {theme.name for theme in made} == set(OURS)
    assert len(errors) == 1
    assert "mine" in errors[0]
    assert message in errors[0]


def test_a_theme_of_the_user() -> None:
    """A file in the configuration folder is a theme named after the file, and may replace a shipped theme by name."""
    folder = paths.theme_folders()[1]
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("primary = '#abcdef'")
    (folder / "dark.toml").write_text("name = 'tuiserver-dark'\nprimary = '#123456'")
    found, errors = themes.load()
    assert errors == []
    assert found["mine"] == {"name": "mine", "primary": "#abcdef"}
    assert found["tuiserver-dark"]["primary"] == "#123456"
