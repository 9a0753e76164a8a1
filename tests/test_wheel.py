"""The wheel that users install: built without a network, and its contents."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.processes import LIMIT, ROOT

THEMES = {path.name for path in Path(ROOT, "themes").glob("*.toml")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def installed(wheel: Path, folder: Path, code: str) -> str:
    """Run `code` with the package of the wheel and without the checkout; returns its output."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_has_the_package_and_nothing_else(wheel: Path) -> None:
    """It contains the package with its type marker, style sheets and themes, but no tests and benchmarks."""
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {path.relative_to(ROOT).as_posix() for path in Path(ROOT, "tuiserver").rglob("*.py")}
    styles = {path.relative_to(ROOT).as_posix() for path in Path(ROOT, "tuiserver").rglob("*.tcss")}
    assert styles
    assert sources | styles | {"tuiserver/py.typed"} <= names
    assert {name for name in names if name.startswith("tuiserver/themes/")} == {f"tuiserver/themes/{n}" for n in THEMES}
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"tuiserver"}


def test_the_wheel_has_the_command_and_the_licence(wheel: Path) -> None:
    """It installs the command `tuiserver`, which runs `tuiserver.cli.main:main`, and contains the licence."""
    with zipfile.ZipFile(wheel) as archive:
        (points,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        assert "tuiserver = tuiserver.cli.main:main" in archive.read(points).decode()
        assert any(name.endswith("/LICENSE") for name in archive.namelist())


def test_an_installed_wheel_finds_its_themes(wheel: Path, tmp_path: Path) -> None:
    """All themes are loaded from the package."""
    code = (
        "import tuiserver, tuiserver.config.themes as t, tuiserver.config.paths as p; found, faults = t.load();"
        "print(tuiserver.__file__, p.theme_folders()[0], len(found), faults, sep='\\n')"
    )
    package, folder, count, faults = installed(wheel, tmp_path, code).splitlines()
    assert Path(package) == tmp_path / "tuiserver" / "__init__.py"
    assert Path(folder) == tmp_path / "tuiserver" / "themes"
    assert int(count) == len(THEMES) == 5
    assert faults == "[]"


def test_an_installed_wheel_runs(wheel: Path, tmp_path: Path) -> None:
    """The command line works without the checkout."""
    assert "--headless" in installed(
        wheel, tmp_path, "from tuiserver.cli.main import main; raise SystemExit(main(['--help']))"
    )
