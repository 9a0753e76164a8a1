"""The names of our themes, and how well a text can be read on its background."""

from __future__ import annotations

from rich._palettes import EIGHT_BIT_PALETTE, STANDARD_PALETTE
from rich.color import ColorSystem
from textual.color import Color

OURS = [
    "tuiserver-dark",
    "tuiserver-blue-orange",
    "tuiserver-contrast",
    "tuiserver-dusk",
    "tuiserver-light",
]


def luminance(colour: Color) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [value / 255 for value in colour.rgb]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))))
    return (high + 0.05) / (low + 0.05)


def shown(colour: str, colours: int) -> str:
    """A colour as a terminal with so many colours shows it: those of xterm, or the sixteen of the VGA."""
    if colours > 256:
        return colour
    system = ColorSystem.EIGHT_BIT if colours == 256 else ColorSystem.STANDARD
    number = Color.parse(colour).rich_color.downgrade(system).number
    assert number is not None
    red, green, blue = (EIGHT_BIT_PALETTE if colours == 256 else STANDARD_PALETTE)[number]
    return f"#{red:02x}{green:02x}{blue:02x}"
