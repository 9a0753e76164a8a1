# `make run` opens the console, `make test` runs the tests; both make the virtual environment they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ADDRESS ?= 127.0.0.1:9999

.PHONY: run test check lint coverage stress bench screenshots wheel clean

run: $(VENV)/run.stamp
	@$(BIN)/tuiserver $(ADDRESS)

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -q -n 2

check: lint coverage

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Floors 0 to 4, branches included; the console is tested through the screen.
coverage: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -q -n 2 --cov --cov-report=term-missing:skip-covered

stress: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -q -m stress

bench: $(VENV)/bench.stamp
	$(BIN)/python benchmarks/compare.py $(BENCH)

screenshots: $(VENV)/dev.stamp
	$(BIN)/python -m tests.support.screenshots docs

wheel: $(VENV)/dev.stamp
	$(BIN)/python -m hatchling build

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tuiserver needs Python 3.11 or newer; say which: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/run.stamp

$(VENV)/bench.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev,bench]'
	@touch $@ $(VENV)/dev.stamp $(VENV)/run.stamp
