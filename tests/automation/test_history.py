"""The history of the send bar on disk."""

from __future__ import annotations

from pathlib import Path

from tuiserver.automation.history import MAX_ENTRIES, MAX_LENGTH, History, HistoryEntry

DRAFT = HistoryEntry("text", "dra")


def texts(*numbers: int) -> list[HistoryEntry]:
    """Entries as `test_history_outlives_the_program` adds them."""
    return [HistoryEntry("text", f"line {number}") for number in numbers]


def test_older_and_newer_walk_the_entries_and_return_to_the_draft(tmp_path: Path) -> None:
    """None at both ends; adding an entry starts at the newest again."""
    history = History(tmp_path / "history")
    assert (history.older(DRAFT), history.newer()) == (None, None)
    one, two = HistoryEntry("text", "one"), HistoryEntry("hex", "0102")
    history.add(one)
    history.add(two)
    assert [history.older(DRAFT), history.older(DRAFT), history.older(DRAFT)] == [two, one, None]
    assert [history.newer(), history.newer(), history.newer()] == [two, DRAFT, None]
    history.older(DRAFT)
    history.add(one)
    assert history.older(DRAFT) == one


def test_what_is_not_added(tmp_path: Path) -> None:
    """An empty entry, a very long one, and the newest one again."""
    path = tmp_path / "history"
    history = History(path)
    for text in ("one", "one", "", "x" * (MAX_LENGTH + 1)):
        history.add(HistoryEntry("text", text))
    assert path.read_bytes() == b"text one\n"
    assert path.stat().st_mode & 0o777 == 0o600, "only its owner may read it"


def test_an_existing_file_becomes_private(tmp_path: Path) -> None:
    """Only its owner may read it, whoever created it."""
    path = tmp_path / "history"
    path.write_text("text caf\u00e9 \U0001f600\n", "utf-8")
    path.chmod(0o644)
    history = History(path)
    assert history.older(DRAFT) == HistoryEntry("text", "caf\u00e9 \U0001f600")
    history.add(HistoryEntry("text", "\U0001f600"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert History(path).older(DRAFT) == HistoryEntry("text", "\U0001f600")


def test_history_outlives_the_program_and_is_bounded(tmp_path: Path) -> None:
    """Another session finds what was sent; the file never has many more lines than there are entries in memory."""
    path = tmp_path / "folder" / "history"
    first = History(path)
    for entry in texts(*range(3 * MAX_ENTRIES)):
        first.add(entry)
        first.add(entry)
        assert path.read_bytes().count(b"\n") <= 2 * MAX_ENTRIES
    second = History(path)
    assert [second.older(DRAFT)] == texts(3 * MAX_ENTRIES - 1)
    while (oldest := second.older(DRAFT)) is not None:
        last = oldest
    assert [last] == texts(2 * MAX_ENTRIES)
    assert [second.newer()] == texts(2 * MAX_ENTRIES + 1)


def test_a_broken_history_is_ignored(tmp_path: Path) -> None:
    """Lines that are no entries are skipped; where nothing can be written the entries are kept in memory."""
    path = tmp_path / "history"
    path.write_bytes(b"\xff\xfe\nnonsense\ntext \x1b[2J\nhex 41\n")
    history = History(path)
    assert history.older(DRAFT) == HistoryEntry("hex", "41")
    assert history.older(DRAFT) is None
    (tmp_path / "file").write_bytes(b"")
    nowhere = History(tmp_path / "file" / "history")
    other = HistoryEntry("text", "other")
    for entry in (DRAFT, other):
        nowhere.add(entry)
    assert [nowhere.older(DRAFT), nowhere.older(DRAFT)] == [other, DRAFT]


def test_the_file_is_read_on_first_use(tmp_path: Path) -> None:
    """A console that starts does not wait for it."""
    path = tmp_path / "history"
    history = History(path)
    path.write_bytes(b"file /tmp/x\n")
    assert history.older(DRAFT) == HistoryEntry("file", "/tmp/x")
