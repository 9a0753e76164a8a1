"""The names of our themes, and how well a text can be read on its background."""

from __future__ import annotations

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
