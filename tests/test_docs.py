"""The documents agree with the code: options, keys, names, codes, examples, links and pictures."""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tuiserver
from tests.support import reference
from tuiserver.cli.help import help_text
from tuiserver.cli.registry import SUBCOMMANDS
from tuiserver.config import themes
from tuiserver.config.settings import BY_NAME, OPTIONS
from tuiserver.console.keymap import ACTIONS
from tuiserver.console.keymap import BY_NAME as ACTION_NAMES
from tuiserver.console.models import filter_fields
from tuiserver.console.terminal.clipboard import FORMATS
from tuiserver.console.terminal.key_names import read_key
from tuiserver.core.events import AnyEvent, decode
from tuiserver.core.filters import FilterError
from tuiserver.engine.callbacks import Hook
from tuiserver.engine.connection import Connection
from tuiserver.outputs.log_file import KEEP, ROTATE
from tuiserver.outputs.log_format import BURST, MAX_DATA
from tuiserver.protocols.base import Protocol, ProtocolBase
from tuiserver.protocols.http.messages import Request
from tuiserver.views import verdict
from tuiserver.views.roster import MAX_CLOSED
from tuiserver.worker import Worker

ROOT = Path(__file__).parent.parent
DOCS = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "benchmarks/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]

CALLED_BY_THE_ENGINE = {
    *(
        "on_error",
        "readable",
        "writable",
        "hung_up",
        "descriptor_lost",
        "use_recv",
        "on_deadline",
        "on_ended",
        "on_over_limit",
    ),
    *("on_overflow", "deliver_all", "idle_remaining", "close_idle", "totals", "use_protocol"),
}
"""Methods of `Connection` that the engine calls."""
STATE_OF_THE_ENGINE = {
    *("reading", "output", "transport", "state", "dirty", "connected_at", "identified", "closing_at"),
    *("received_at", "sent_at", "answered", "last_warning", "idle_timeout", "wire_protocol", "discard_until"),
}
"""Attributes of `Connection` that belong to the engine."""
INTERNAL_TO_THE_WORKER = {"callbacks", "handle", "note", "add_sink", "remove_sink", "resynchronize_sink"}
"""Names of `Worker` for what watches a server; programs need none of them."""


def public_names(kind: type) -> set[str]:
    """The public names that a class defines."""
    return {name for name in (*vars(kind), *vars(kind).get("__slots__", ())) if not name.startswith("_")}


def names_in(text: str) -> set[str]:
    """The words in code spans of a document."""
    return set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", text))))


# ── generated parts ──


@pytest.mark.parametrize("name", DOCS)
def test_generated_parts_are_up_to_date(name: str) -> None:
    """Each document is what `make docs` writes."""
    assert reference.render(DOCS[name]) == DOCS[name], "run make docs"


def test_every_generated_part_is_in_one_document() -> None:
    """No table is generated for nothing, or twice."""
    found = [name for text in DOCS.values() for name in reference.section_names(text)]
    assert sorted(found) == sorted(reference.SECTIONS)


def test_every_option_is_documented() -> None:
    """Each option has a row with the words of the help, and each setting a row with its variable."""
    for group in OPTIONS.values():
        for option in group:
            row = f"| `{f'{option.flag} {option.value}'.strip()}` | {option.text} |"
            assert row in DOCS["options"], row
            assert option.flag in help_text()
    for name in BY_NAME:
        assert f"| `{name}` | `TUISERVER_{name.upper()}` |" in DOCS["settings"], name
    for name in SUBCOMMANDS:
        assert f"tuiserver {name} " in DOCS["options"], name


def test_every_action_is_documented_with_keys_that_can_be_written() -> None:
    """Each action has a row; its keys, as they stand there, are what one may write in `[keys]`."""
    rows = dict(re.findall(r"^\| ([^|]*) \| `([a-z-]+)` \| ", DOCS["keys"], re.MULTILINE))
    documented = {name: re.findall(r"`([^`]+)`", keys) for keys, name in rows.items()}
    for action in ACTIONS:
        row = re.search(rf"^\| ([^|]*) \| `{action.name}` \| (.*) \|$", DOCS["keys"], re.MULTILINE)
        assert row is not None, action.name
        assert row[2] == action.help
        assert tuple(read_key(key) for key in re.findall(r"`([^`]+)`", row[1])) == action.keys
    assert documented.keys() <= ACTION_NAMES.keys()


def test_examples_of_events_can_be_read() -> None:
    """Each JSON line in the documents is an event, and is written the same again."""
    lines = re.findall(r'^    (\{"event":.*\})$', DOCS["events"], re.MULTILINE)
    assert lines
    for line in lines:
        event: AnyEvent = decode(line)
        assert msgspec.json.encode(event).decode() == line


# ── what programs may use ──


def test_every_public_name_is_documented() -> None:
    """All that a program may use of `Worker`, `Connection`, `Request` and of a protocol is in docs/python.md."""
    known = names_in(DOCS["python"])
    callbacks = {name for name, member in vars(Worker).items() if isinstance(member, Hook)}
    assert set(reference.CALLBACKS) == callbacks
    assert public_names(Worker) - INTERNAL_TO_THE_WORKER <= known
    assert public_names(Connection) - CALLED_BY_THE_ENGINE - STATE_OF_THE_ENGINE <= known
    assert set(Request.__struct_fields__) - {"plain"} <= known
    assert public_names(ProtocolBase) | public_names(Protocol) <= known
    assert set(tuiserver.__all__) <= known


def test_the_parameters_of_a_worker_are_documented() -> None:
    """One row for each."""
    for name in list(inspect.signature(Worker).parameters):
        assert f"| `{name}` |" in DOCS["python"], name


def test_names_that_are_not_documented_exist() -> None:
    """The exceptions above name nothing that is gone."""
    assert public_names(Connection) >= CALLED_BY_THE_ENGINE | STATE_OF_THE_ENGINE
    assert public_names(Worker) >= INTERNAL_TO_THE_WORKER


def test_everything_exported_has_a_docstring() -> None:
    """What `tuiserver` exports exists, and says what it is."""
    for name in tuiserver.__all__:
        assert (getattr(tuiserver, name).__doc__ or "").strip(), name


def test_programs_in_the_documents_run() -> None:
    """Each program that makes a worker can be loaded, so its names and parameters exist."""
    programs = [code for code in re.findall(r"```python\n(.*?)```", DOCS["python"], re.DOTALL) if "import" in code]
    assert len(programs) > 3
    for code in programs:
        names: dict[str, Any] = {"__name__": "example"}
        exec(code, names)
        worker = names["worker"]
        assert isinstance(worker, Worker)
        worker.stop()


@pytest.mark.parametrize(
    ("document", "example"), [("README", "chat"), ("README", "netstrings"), ("python", "chat"), ("python", "lines")]
)
def test_examples_are_shown_as_they_are(document: str, example: str) -> None:
    """The documents show the very files, without their docstrings."""
    text = README if document == "README" else DOCS[document]
    shown = [code.rstrip() for code in re.findall(r"```python\n(from tuiserver.*?)```", text, re.DOTALL)]
    code = (ROOT / "examples" / f"{example}.py").read_text("utf-8").rstrip()
    assert any(code.endswith(each) and code.removesuffix(each).count('"""') == 2 for each in shown)


# ── what is written by hand ──


def test_filter_fields_are_documented() -> None:
    """The table of fields is what the filters accept: the error for an unknown field lists them."""
    documented = {kind: _documented_fields(kind) for kind in ("connections", "messages", "log")}
    documented["messages"] |= documented["connections"]
    for kind, parse in {
        "connections": filter_fields.of_client,
        "messages": lambda text: filter_fields.of_message(text, {}),
        "log": filter_fields.of_line,
    }.items():
        with pytest.raises(FilterError) as caught:
            parse("nosuch:1")
        listed = re.search(": use (.*), or quote", str(caught.value))
        assert listed is not None
        assert documented[kind] == set(listed[1].split())


def _documented_fields(kind: str) -> set[str]:
    row = re.search(rf"^\| {kind} \| (.*) \|$", DOCS["console"], re.MULTILINE)
    assert row is not None
    return set(re.findall(r"`([a-z]+)`", row[1]))


def test_verdicts_are_documented() -> None:
    """The table has each verdict that the inspector gives, in its order."""
    table = DOCS["console"].partition("| verdict |")[2].partition("\n\n")[0]
    documented = re.findall(r"^\| `([a-z ]+)` \|", table, re.MULTILINE)
    given = re.findall(r'Verdict\(f?"([a-z ]+)', inspect.getsource(verdict))
    assert documented == list(dict.fromkeys(text.strip() for text in given))


def test_keys_in_the_readme_are_set() -> None:
    """Each key in the table of the README belongs to an action."""
    table = README.partition("| key |")[2].partition("\n\n")[0]
    keys = re.findall(r"`([^`]+)`", " ".join(re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)))
    arrows = {"↑": "up", "↓": "down"}
    known = {key for action in ACTIONS for key in action.keys}
    assert len(keys) > 20
    assert {read_key(arrows.get(key, key)) for key in keys} <= known


def test_numbers_in_the_documents_are_those_of_the_code() -> None:
    """Sizes and counts that are written by hand."""
    assert (ROTATE, KEEP) == (10 << 20, 5)
    assert f"{ROTATE >> 20} MiB is rotated: `….log.1` is the newest of five" in DOCS["log"]
    assert f"more than {BURST} lines a second" in DOCS["log"]
    assert f"the first {MAX_DATA} bytes" in DOCS["log"]
    assert f"the latest {MAX_CLOSED:,} are kept" in DOCS["console"]
    assert all(name in DOCS["console"] for name, _ in FORMATS.values())


def test_themes_are_documented() -> None:
    """Each theme has a row; the example is a theme, and its keys are those that exist."""
    for name in themes.names():
        assert f"| `{name}` |" in DOCS["themes"], name
    for name in themes.COLOURS:
        assert f"`{name}`" in DOCS["themes"], name


def test_the_example_of_a_theme_is_one(tmp_path: Path) -> None:
    """It can be read as a file of the user."""
    (code,) = re.findall(r"```toml\n(.*?)```", DOCS["themes"], re.DOTALL)
    path = tmp_path / "paper.toml"
    path.write_text(code, "utf-8")
    assert themes.read(path)["name"] == "paper"


def test_the_map_of_the_package_is_complete() -> None:
    """The docstring of the package names each folder in it once, the picture in CONTRIBUTING those inside them too."""
    package = ROOT / "tuiserver"
    picture = re.search(r"\n    cli/.*?\n\n", CONTRIBUTING, re.DOTALL)
    assert picture is not None
    for text, pattern in ((tuiserver.__doc__ or "", "*/__init__.py"), (picture[0], "*/**/__init__.py")):
        assert sorted(re.findall(r"\b([a-z]+)/ ", text)) == sorted(path.parent.name for path in package.glob(pattern))


def test_the_proofs_in_contributing_exist() -> None:
    """Each "how to add" leads to an existing test file that has a test; each row names existing files."""
    proofs = re.findall(r"\[(tests/[\w/]+\.py)\]\(\1\)", CONTRIBUTING)
    assert len(set(proofs)) >= 6
    for path in proofs:
        assert "\ndef test_" in (text := (ROOT / path).read_text("utf-8")) or "\nasync def test_" in text, path
        for name in re.findall(rf"{path}\), ([^.]*)", CONTRIBUTING):
            assert all(f"def {test}(" in text for test in re.findall(r"`(test_\w+)`", name)), name
    for path in re.findall(r"`((?:tuiserver|tests)/[\w/]+\.\w+)`", CONTRIBUTING):
        assert (ROOT / path).exists(), path
    for path, name in re.findall(r"`([A-Z_]+)` in `(tuiserver/[\w/]+\.py)`", CONTRIBUTING):
        assert re.search(rf"^{path}\b", (ROOT / name).read_text("utf-8"), re.MULTILINE), (path, name)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_code_parses_and_links_are_valid(path: Path) -> None:
    """Python and TOML are valid; files, pictures and headings that are linked exist."""
    text = path.read_text("utf-8")
    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        ast.parse(code)
    for code in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        tomllib.loads(code)
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if link.startswith("https://"):
            continue
        target, _, heading = link.partition("#")
        file = path.parent / target if target else path
        assert file.exists(), link
        if heading:
            headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}, link


def test_every_document_is_linked_from_the_readme() -> None:
    """A reader finds each document of docs/."""
    for name in DOCS:
        assert f"](docs/{name}.md)" in README, name


def test_make_targets_exist() -> None:
    """Every `make …` of the documents is in the Makefile."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for path in DOCUMENTS:
        for target in re.findall(r"\bmake ([a-z]+)", path.read_text("utf-8")):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
