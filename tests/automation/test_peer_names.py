"""Names that are kept for addresses of peers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuiserver.automation.peer_names import PeerNames, PeerNamesError
from tuiserver.config.paths import peer_names_file


def test_names_outlive_the_program(tmp_path: Path) -> None:
    """In a file that only its owner may read; another console's names stay in it."""
    path = tmp_path / "state" / "names.toml"
    one, other = PeerNames(path), PeerNames(path)
    assert one.get("10.0.0.7") == ""
    one.keep("10.0.0.7", 'scale "3" \\')
    other.keep("fe80::1%eth0", "lab")
    assert path.stat().st_mode & 0o777 == 0o600
    assert PeerNames(path).all() == {"10.0.0.7": 'scale "3" \\', "fe80::1%eth0": "lab"}
    other.forget("10.0.0.7")
    other.forget("10.0.0.8")
    assert PeerNames(path).all() == {"fe80::1%eth0": "lab"}
    assert [each.name for each in path.parent.iterdir()] == ["names.toml"]


def test_a_name_written_by_hand_is_safe(tmp_path: Path) -> None:
    """It is one line without control characters, and not too long."""
    path = tmp_path / "names.toml"
    path.write_text(f'"::1" = " a\\u001b[2J "\n"::2" = "{"x" * 100}"\n"::3" = " "')
    assert PeerNames(path).all() == {"::1": r"a\x1b[2J", "::2": "x" * 40}


@pytest.mark.parametrize("content", [b"=", b"\xff", b'"::1" = 5'])
def test_a_broken_file_is_reported_and_left_alone(tmp_path: Path, content: bytes) -> None:
    """It gives no names; what would overwrite it fails with one line that names it."""
    path = tmp_path / "names.toml"
    path.write_bytes(content)
    names = PeerNames(path)
    assert names.get("::1") == ""
    assert "names.toml" in names.error
    assert "\n" not in names.error
    for write in (lambda: names.keep("::1", "x"), lambda: names.forget("::1")):
        with pytest.raises(PeerNamesError, match=r"names\.toml.*: correct or remove it$"):
            write()
    assert path.read_bytes() == content


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """The folder may be a file, and a name may have a lone surrogate."""
    (tmp_path / "state").write_text("")
    with pytest.raises(PeerNamesError, match="not a directory"):
        PeerNames(tmp_path / "state" / "names.toml").keep("::1", "x")
    with pytest.raises(PeerNamesError, match="Unicode"):
        PeerNames(tmp_path / "names.toml").keep("::1", "\ud800")


def test_the_default_file_is_in_the_state_folder() -> None:
    """Of the user."""
    PeerNames().keep("::1", "x")
    assert peer_names_file().read_text() == '"::1" = "x"\n'
