"""What users install: the wheel, built here without a network, and what is inside it."""

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
    """What `code` prints where the package is the one of the wheel, with no checkout around."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_has_the_program_and_nothing_else(wheel):
    """The package with its types, its style sheets and the themes are inside; tests and benchmarks are not."""
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {path.relative_to(ROOT).as_posix() for path in Path(ROOT, "tuiserver").rglob("*.py")}
    styles = {path.relative_to(ROOT).as_posix() for path in Path(ROOT, "tuiserver").rglob("*.tcss")}
    assert styles
    assert sources | styles | {"tuiserver/py.typed"} <= names
    assert {name for name in names if name.startswith("tuiserver/themes/")} == {f"tuiserver/themes/{n}" for n in THEMES}
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"tuiserver"}


def test_the_wheel_gives_the_command_and_the_licence(wheel):
    """`tuiserver` becomes a command that runs `tuiserver.cli.main:main`; the licence goes along."""
    with zipfile.ZipFile(wheel) as archive:
        (points,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        assert "tuiserver = tuiserver.cli.main:main" in archive.read(points).decode()
        assert any(name.endswith("/LICENSE") for name in archive.namelist())


def test_an_installed_wheel_finds_its_themes(wheel, tmp_path):
    """The themes come from inside the package, all of them whole."""
    code = (
        "import tuiserver, tuiserver.config.themes as t, tuiserver.config.paths as p; found, faults = t.load();"
        "print(tuiserver.__file__, p.theme_folders()[0], len(found), faults, sep='\\n')"
    )
    package, folder, count, faults = installed(wheel, tmp_path, code).splitlines()
    assert Path(package) == tmp_path / "tuiserver" / "__init__.py"
    assert Path(folder) == tmp_path / "tuiserver" / "themes"
    assert int(count) == len(THEMES) == 5
    assert faults == "[]"


def test_an_installed_wheel_serves(wheel, tmp_path):
    """The command line of the wheel runs by itself."""
    assert "--headless" in installed(
        wheel, tmp_path, "from tuiserver.cli.main import main; raise SystemExit(main(['--help']))"
    )
