"""The arithmetic and the chart of the benchmark: a wrong ratio would be believed."""

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


def test_the_overhead_of_each_design_choice_can_be_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The benchmark without a kernel runs with and without each choice, with and without a sink."""
    monkeypatch.syspath_prepend(os.path.join(ROOT, "benchmarks"))
    import overhead

    monkeypatch.setattr(overhead, "TURNS", 3)
    monkeypatch.setattr(overhead, "TRIES", 1)
    assert overhead.main() == 0


def test_a_ratio_is_of_medians_and_its_spread_of_rounds(compare: ModuleType) -> None:
    """The ratio is of the medians; the range is the lowest and highest ratio of a single round."""
    of = {compare.BASE: [100.0, 200.0, 400.0], "tuiserver": [150.0, 100.0, 800.0]}
    assert compare.ratios(of, "tuiserver") == (0.75, 0.5, 2.0)
    assert compare.ratios(of, compare.BASE) == (1.0, 1.0, 1.0)


def test_the_table_has_a_row_per_cell_and_a_column_per_server(compare: ModuleType) -> None:
    """Each number has a ratio and a spread; a single measurement has no spread."""
    names = [compare.BASE, "tuiserver"]
    numbers = {cell: {compare.BASE: [1000.0, 1000.0], "tuiserver": [1500.0, 2500.0]} for cell in compare.CELLS}
    head, line, *rows = compare.table(names, numbers, numbers, {compare.BASE: 2048.0, "tuiserver": 1024.0}).splitlines()
    assert len(rows) == len(compare.CELLS) + 2
    assert {row.count("|") for row in (head, line, *rows)} == {4}
    assert rows[0].endswith("| **1.00** 1,000/s | **2.00** (1.50–2.50) 2,000/s |")
    assert rows[-1].endswith("| **1.00** 2.00 KiB | **0.50** 1.00 KiB |")


def test_the_chart_is_svg_with_a_bar_per_server(compare: ModuleType) -> None:
    """It is well formed for any server name, and the length of a bar is its ratio."""
    from picture import draw

    root = ElementTree.fromstring(
        draw({"a cell": {"<base> & co": (1.0, 1.0, 1.0), "tuiserver": (2.0, 1.5, 2.5)}}, "base")
    )
    background, *bars = root.findall(f"{SVG}rect")
    assert background.get("width") == "100%"
    assert [float(bar.get("width", "0")) for bar in bars] == pytest.approx([240, 480])
    assert {"<base> & co", "1.00", "2.00"} <= {text.text for text in root.findall(f"{SVG}text")}


@pytest.fixture
def attacks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`benchmarks/attacks.py`."""
    monkeypatch.syspath_prepend(os.path.join(ROOT, "benchmarks"))
    import attacks

    return attacks


def test_an_attack_fails_by_memory_and_by_cpu(attacks: ModuleType) -> None:
    """Its peak may exceed the memory before it by the budget and the slack; at rest the server must be idle."""
    before, budget = 20 << 20, 10 << 20
    peak = before + budget + attacks.SLACK
    assert attacks.Result(before, peak, before, 1.0, 2.0, 0.0).fault(budget) == ""
    assert attacks.Result(before, peak + 1, before, 1.0, 2.0, 0.0).fault(budget) == "too much memory"
    assert attacks.Result(before, peak, before, 1.0, 2.0, 0.5).fault(budget) == "busy at rest"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["unfinished_bodies", "half_closed"])
def test_attacks_run(attacks: ModuleType, name: str) -> None:
    """At a fiftieth of its size each stays within the budget."""
    for attack in (each for each in attacks.ATTACKS if each.run.__name__ == name):
        assert attacks.measure(attack, 0.02).fault(attack.budget) == "", attack.name
