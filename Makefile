# `make run` opens the console, `make test` runs the tests; both make the virtual environment they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ADDRESS ?= 127.0.0.1:9999
SEEDS ?= 10000
SECONDS ?= 60
# Test processes: three for each of two cores, because the tests mostly wait.
JOBS ?= 6

.PHONY: run test check lint coverage coverage-report slow fuzz simulate torture stress bench docs screenshots wheel clean

run: $(VENV)/run.stamp
	@$(BIN)/tuiserver $(ADDRESS)

# OPTIONS are passed to pytest: `make test OPTIONS='tests/engine -x'`.
test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -q -n $(JOBS) $(OPTIONS)

check: lint coverage slow

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

coverage:
	$(MAKE) test OPTIONS='--cov --cov-report='
	$(MAKE) coverage-report

# Branch coverage. The console, which is tested through its screen, has a separate threshold.
coverage-report: $(VENV)/dev.stamp
	$(BIN)/coverage report --omit='*/tuiserver/console/*' --fail-under=95
	$(BIN)/coverage report --include='*/tuiserver/console/*' --fail-under=90

# Tests that wait for a slow terminal or draw every screen in every theme.
slow: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -q -n $(JOBS) -m slow $(OPTIONS)

# Protocols and decoders with mutated messages, for SECONDS.
fuzz: $(VENV)/dev.stamp
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(OPTIONS)

# The server on simulated sockets and a simulated clock, with SEEDS seeds.
simulate: $(VENV)/dev.stamp
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) $(OPTIONS)

# Each system call of the server fails once with each errno it can return; needs strace.
torture: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -q -m torture $(OPTIONS)

stress: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -q -m stress

bench: $(VENV)/bench.stamp
	$(BIN)/python benchmarks/compare.py $(BENCH)

# Writes the tables in docs/ that are generated from the code.
docs: $(VENV)/dev.stamp
	$(BIN)/python -m tests.support.reference

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
