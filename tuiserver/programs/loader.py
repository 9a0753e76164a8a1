"""Load the user's program: import the file or module of `--app` and find its `Worker`.

Rules of this file:
- The program is loaded as a module, so its code under `if __name__ == "__main__":` does not run. A `worker.run()` or
  `worker.start()` that it calls nevertheless returns at once, and a note says so: the caller serves the worker.
- Whatever it raises becomes one line with the file and the line number; the exception is the cause, for `--debug`.
"""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType, TracebackType

from tuiserver.engine.hosting import hosted
from tuiserver.worker import Worker


class ProgramError(Exception):
    """The program cannot be served; `str()` is one line for the user, `__cause__` is what the program raised."""


def load(app: str) -> Worker:
    """The worker of `FILE.py` or `package.module`, either with `:NAME` appended; raises `ProgramError`."""
    target, name = _split_name(app)
    is_file = target.endswith(".py") or os.sep in target
    program = os.path.basename(target) if is_file else target.rpartition(".")[2]
    calls: dict[Worker, str] = {}
    with hosted(calls.setdefault):
        module = _load_file(target) if is_file else _load_module(target)
    for called, method in calls.items():
        if method == "stop":
            continue
        text = f"worker.{method}() in {program} returned at once: tuiserver serves the worker that --app names"
        called.call_threadsafe(called.note, "info", text)
    worker = _worker_by_name(module, target, name) if name else _only_worker(module, target)
    if worker.program == "program":
        worker.program = program
    return worker


def _split_name(app: str) -> tuple[str, str]:
    target, colon, name = app.rpartition(":")
    return (target, name) if colon and name.isidentifier() else (app, "")


def _load_file(path: str) -> ModuleType:
    if not os.path.isfile(path):
        raise ProgramError(f'no such program: "{path}"')
    from importlib import util

    name = os.path.splitext(os.path.basename(path))[0]
    if name in sys.modules:  # A program called json.py must not replace the module of that name.
        name = f"{name}_program"
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ProgramError(f'"{path}" is not a Python file: the name of one ends in .py')
    module = util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise ProgramError(_describe_error(path, os.path.abspath(path), error)) from error
    return module


def _load_module(name: str) -> ModuleType:
    sys.path.insert(0, os.getcwd())
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and error.name and f"{name}.".startswith(f"{error.name}."):
            hint = f" (did you mean {name}.py?)" if os.path.isfile(f"{name}.py") else ""
            raise ProgramError(f'no such program: there is no module "{name}"{hint}') from None
        raise ProgramError(_describe_error(name, "", error)) from error


def _describe_error(target: str, path: str, error: BaseException) -> str:
    """`FILE: KeyError: 'x' (line 3)`, with the last line executed in the file `path`, or in any file if that is empty."""
    text = f"{target}: {type(error).__name__}"
    if isinstance(error, SyntaxError) and error.filename:
        file = "" if os.path.abspath(error.filename) == path else f"{os.path.basename(error.filename)}, "
        return f"{text}: {error.msg} ({file}line {error.lineno})"
    if str(error):
        text += f": {error}"
    line, frame = 0, error.__traceback__
    while frame is not None:
        if _file_of(frame) == path or (not path and "importlib" not in _file_of(frame)):
            line = frame.tb_lineno
        frame = frame.tb_next
    return f"{text} (line {line})" if line else text


def _file_of(frame: TracebackType) -> str:
    name = frame.tb_frame.f_code.co_filename
    return name if name.startswith("<") else os.path.abspath(name)


def _only_worker(module: ModuleType, target: str) -> Worker:
    found = {name: value for name, value in vars(module).items() if isinstance(value, Worker)}
    if len({id(worker) for worker in found.values()}) == 1:
        return next(iter(found.values()))
    if not found:
        raise ProgramError(f"{target} has no Worker: define one at its top level, such as worker = Worker(…)")
    raise ProgramError(f"{target} has several workers: select one, such as --app {target}:{next(iter(found))}")


def _worker_by_name(module: ModuleType, target: str, name: str) -> Worker:
    worker = getattr(module, name, None)
    if not isinstance(worker, Worker):
        problem = "has no" if worker is None else "has no Worker"
        raise ProgramError(f'{target} {problem} "{name}"')
    return worker
