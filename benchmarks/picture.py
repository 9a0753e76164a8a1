"""A bar chart of ratios as SVG, with its own background, so that it is readable on light and dark pages.

Rules of this file:
- A bar is the ratio of medians; the thin line over it is the range of the single rounds.
- Colour only repeats what the label says.
"""

from __future__ import annotations

from html import escape

Bars = dict[str, dict[str, tuple[float, float, float]]]
"""Cell → server → ratio, lowest, highest."""

WIDTH, LEFT, RIGHT, TOP = 860, 190, 70, 64
BAR, GAP, HEADING = 13, 4, 30
BACKGROUND, TEXT, FAINT, LINE = "#11151c", "#dbe2ee", "#93a0b5", "#39445a"
OURS, OTHERS = "#4fa3ff", "#5d6a80"


def draw(bars: Bars, base: str) -> str:
    """The chart as SVG; `base` is the name of the server that the ratios refer to."""
    most = max(high for cell in bars.values() for _, _, high in cell.values())
    scale = (WIDTH - LEFT - RIGHT) / most
    parts: list[str] = []

    def text(x: float, y: float, content: str, fill: str = TEXT, anchor: str = "start", weight: str = "400") -> None:
        parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" text-anchor="{anchor}" font-weight="{weight}">'
            f"{escape(content)}</text>"
        )

    text(20, 28, "Answers per second, one core", weight="600")
    text(20, 47, f"as a ratio to {base}; thin lines show the range of the rounds", FAINT)
    y = float(TOP)
    for cell, servers in bars.items():
        y += HEADING
        text(20, y - 8, cell, weight="600")
        for name, (ratio, low, high) in servers.items():
            ours = name.startswith("tuiserver")
            middle = y + BAR / 2
            text(LEFT - 10, middle + 4, name, TEXT if ours else FAINT, "end")
            fill = OURS if ours else OTHERS
            parts.append(f'<rect x="{LEFT}" y="{y:.1f}" width="{ratio * scale:.1f}" height="{BAR}" fill="{fill}"/>')
            if low != high:
                parts.append(
                    f'<path d="M{LEFT + low * scale:.1f} {middle:.1f}H{LEFT + high * scale:.1f}" stroke="{TEXT}"/>'
                )
            text(LEFT + max(ratio, high) * scale + 8, middle + 4, f"{ratio:.2f}", TEXT if ours else FAINT)
            y += BAR + GAP
    height = y + 20
    one = LEFT + scale
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}"'
        f' font-family="ui-sans-serif, system-ui, sans-serif" font-size="12.5">\n'
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>\n'
        f'<path d="M{one:.1f} {TOP + 8}V{y:.1f}" stroke="{LINE}" stroke-dasharray="3 3"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )
