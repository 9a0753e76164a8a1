"""A user's program: load the file or module of `--app` and find its `Worker`.

Rules of this file:
- Its `if __name__ == "__main__":` does not run: it is loaded under the name a module would have.
- Whatever it raises is one line that names the file and the line; the traceback is the cause, for `--debug`.
"""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType, TracebackType

from tuiserver.worker import Worker


class ProgramError(Exception):
    """There is no program to serve there; `str()` is one line for the user, `__cause__` what the program raised."""


def load(app: str) -> Worker:
    """The worker of `FILE.py`, `package.module`, either with `:NAME` behind it; raises `ProgramError`."""
    place, name = _split(app)
    if place.endswith(".py") or os.sep in place:
        module = _load_file(place)
        program = os.path.basename(place)
    else:
        module = _load_module(place)
        program = place.rpartition(".")[2]
    worker = _named(module, place, name) if name else _only(module, place)
    if worker.program == "program":
        worker.program = program
    return worker


def _split(app: str) -> tuple[str, str]:
    place, colon, name = app.rpartition(":")
    return (place, name) if colon and name.isidentifier() else (app, "")


def _load_file(path: str) -> ModuleType:
    if not os.path.isfile(path):
        raise ProgramError(f'no such program: "{path}"')
    from importlib import util

    name = os.path.splitext(os.path.basename(path))[0]
    if name in sys.modules:  # a program called json.py is not to replace the module of that name
        name = f"{name}_program"
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ProgramError(f'"{path}" is not a Python file: its name ends in .py')
    module = util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise ProgramError(_what(path, os.path.abspath(path), error)) from error
    return module


def _load_module(name: str) -> ModuleType:
    sys.path.insert(0, os.getcwd())
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and error.name and f"{name}.".startswith(f"{error.name}."):
            hint = f": did you mean {name}.py?" if os.path.isfile(f"{name}.py") else ""
            raise ProgramError(f'no such program: there is no module "{name}"{hint}') from None
        raise ProgramError(_what(name, "", error)) from error


def _what(place: str, path: str, error: BaseException) -> str:
    """`FILE: KeyError: 'x' (line 3)`: the last line of that file, or of any file for a module."""
    text = f"{place}: {type(error).__name__}"
    if isinstance(error, SyntaxError) and error.filename:
        where = "" if os.path.abspath(error.filename) == path else f"{os.path.basename(error.filename)}, "
        return f"{text}: {error.msg} ({where}line {error.lineno})"
    if str(error):
        text += f": {error}"
    line, step = 0, error.__traceback__
    while step is not None:
        if _file(step) == path or (not path and "importlib" not in _file(step)):
            line = step.tb_lineno
        step = step.tb_next
    return f"{text} (line {line})" if line else text


def _file(step: TracebackType) -> str:
    name = step.tb_frame.f_code.co_filename
    return name if name.startswith("<") else os.path.abspath(name)


def _only(module: ModuleType, place: str) -> Worker:
    found = {name: value for name, value in vars(module).items() if isinstance(value, Worker)}
    if len({id(worker) for worker in found.values()}) == 1:
        return next(iter(found.values()))
    if not found:
        raise ProgramError(f"{place} has no Worker: it needs one at its top level, such as worker = Worker(…)")
    raise ProgramError(f"{place} has several workers: say which, as in --app {place}:{next(iter(found))}")


def _named(module: ModuleType, place: str, name: str) -> Worker:
    worker = getattr(module, name, None)
    if not isinstance(worker, Worker):
        wrong = "has no" if worker is None else "has no Worker"
        raise ProgramError(f'{place} {wrong} "{name}"')
    return worker
