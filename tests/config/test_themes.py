"""Themes: the shipped ones are readable in every combination that is drawn, and an invalid file loses only itself."""

from __future__ import annotations

import itertools

import pytest
from rich.color import ColorSystem
from textual.color import Color

from tests.support.contrast import OURS, contrast, shown
from tuiserver.config import paths, themes
from tuiserver.console import themes as console_themes
from tuiserver.console.terminal.colors import TRUE_COLOUR, rgb_of

TEXTS = ["foreground", "text-muted", "primary", "secondary", "accent", "warning", "error", "success"]
BACKGROUNDS = ["background", "surface", "panel", "boost", "sent-row"]


def test_shipped_themes_load_without_errors() -> None:
    """All five are found, the default first."""
    assert themes.names() == OURS
    made, errors = console_themes.load()
    assert sorted(theme.name for theme in made) == sorted(OURS)
    assert errors == []


def colours_of(name: str, colours: int) -> dict[str, str]:
    """The colours of a theme as a terminal with so many of them shows them."""
    theme = next(theme for theme in console_themes.load(colours)[0] if theme.name == name)
    variables = theme.to_color_system().generate()
    console_themes.add_variables(theme, variables)
    return {key: shown(value, colours) for key, value in variables.items() if key in (*TEXTS, *BACKGROUNDS)}


@pytest.mark.parametrize("colours", [TRUE_COLOUR, 256, 16])
@pytest.mark.parametrize("name", OURS)
def test_every_text_is_readable_on_every_background(name: str, colours: int) -> None:
    """Each text colour has a contrast of at least 4.5 : 1 (WCAG 2, level AA) on each background, and so has the badge; with
    16 colours, where a selected line has the colour of faint text, its text is readable too."""
    theme = colours_of(name, colours)
    for text, background in itertools.product(TEXTS, BACKGROUNDS):
        assert contrast(theme[text], theme[background]) >= 4.5, (
            f"{text} on {background}: {contrast(theme[text], theme[background]):.2f}"
        )
    assert contrast(theme["background"], theme["accent"]) >= 4.5


@pytest.mark.parametrize("name", OURS)
def test_a_palette_has_greys_behind_the_text(name: str) -> None:
    """With 256 colours no background is a dark colour of the cube, and the shades differ as in the theme; with 16 there is
    one background only."""
    behind = [Color.parse(colours_of(name, 256)[each]) for each in BACKGROUNDS]
    assert all(max(colour.rgb) - min(colour.rgb) < 50 for colour in behind)
    theme = colours_of(name, 256)
    assert len({theme["surface"], theme["boost"], theme["panel"]}) == 3
    assert len({colours_of(name, 16)[each] for each in BACKGROUNDS}) == 1


@pytest.mark.parametrize("colours", [256, 16])
def test_a_colour_by_its_number(colours: int) -> None:
    """Rich turns the RGB value of each colour that a theme uses, and of each grey, into the same number again."""
    used = {number for theme in themes.load()[0].values() for number in theme.get(str(colours), {}).values()}
    used |= set(range(232, 256)) if colours == 256 else set(range(16))
    system = ColorSystem.EIGHT_BIT if colours == 256 else ColorSystem.STANDARD
    for number in used:
        assert Color.parse(rgb_of(number)).rich_color.downgrade(system).number == number


def test_a_theme_without_a_palette() -> None:
    """With 256 colours its backgrounds are greys; with 16 it has the palette of dark themes or of light ones."""
    folder = paths.theme_folders()[1]
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("primary = '#0000ff'\nsurface = '#000066'\ndark = false\n[16]\nprimary = 5")
    found = {theme.name: theme for theme in console_themes.load(256)[0]}
    assert found["mine"].primary == "#0000ff"
    surface = Color.parse(found["mine"].surface)
    assert surface.r == surface.g == surface.b
    found = {theme.name: theme for theme in console_themes.load(16)[0]}
    assert (found["mine"].primary, found["mine"].surface) == (rgb_of(5), rgb_of(15))


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
        ("primary = '#fff'\n256 = 5", "256 must be a table of colours"),
        ("primary = '#fff'\n[256]\nprimery = 75", "unknown colour primery in [256]"),
        ("primary = '#fff'\n[256]\nprimary = 3", "primary in [256] must be a number from 16 to 255"),
        ("primary = '#fff'\n[16]\nprimary = '#fff'", "primary in [16] must be a number from 0 to 15"),
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
