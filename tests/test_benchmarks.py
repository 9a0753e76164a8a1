"""The comparison's arithmetic and its picture: a wrong ratio would be believed."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from xml.etree import ElementTree

import pytest

from tests.support.processes import ROOT

if not sys.platform.startswith("linux"):
    pytest.skip("the comparison needs Linux", allow_module_level=True)

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`benchmarks/compare.py`."""
    monkeypatch.syspath_prepend(os.path.join(ROOT, "benchmarks"))
    import compare

    return compare


def test_a_ratio_is_of_medians_and_its_spread_of_rounds(compare):
    """The ratio is median to median; the range is the lowest and highest of the rounds, each against its own round."""
    of = {compare.BASE: [100.0, 200.0, 400.0], "tuiserver": [150.0, 100.0, 800.0]}
    assert compare.ratios(of, "tuiserver") == (0.75, 0.5, 2.0)
    assert compare.ratios(of, compare.BASE) == (1.0, 1.0, 1.0)


def test_the_table_has_a_row_a_cell_and_a_column_a_server(compare):
    """Each figure stands beside its ratio and its spread; one measured once has no spread."""
    names = [compare.BASE, "tuiserver"]
    figures = {cell: {compare.BASE: [1000.0, 1000.0], "tuiserver": [1500.0, 2500.0]} for cell in compare.CELLS}
    head, line, *rows = compare.table(names, figures, figures, {compare.BASE: 2048.0, "tuiserver": 1024.0}).splitlines()
    assert len(rows) == len(compare.CELLS) + 2
    assert {row.count("|") for row in (head, line, *rows)} == {4}
    assert rows[0].endswith("| **1.00** 1,000/s | **2.00** (1.50–2.50) 2,000/s |")
    assert rows[-1].endswith("| **1.00** 2.00 KiB | **0.50** 1.00 KiB |")


def test_the_picture_is_svg_with_a_bar_for_each(compare):
    """It is well formed whatever a server is called, and a bar is as long as its ratio says."""
    from picture import draw

    root = ElementTree.fromstring(
        draw({"a cell": {"<base> & co": (1.0, 1.0, 1.0), "tuiserver": (2.0, 1.5, 2.5)}}, "base")
    )
    background, *bars = root.findall(f"{SVG}rect")
    assert background.get("width") == "100%"
    assert [float(bar.get("width", "0")) for bar in bars] == pytest.approx([240, 480])
    assert {"<base> & co", "1.00", "2.00"} <= {text.text for text in root.findall(f"{SVG}text")}
