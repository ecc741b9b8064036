# Two commands: `make demo` and `make test`. Both make what they need, on a machine with python3, venv and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
HOME_OF_DEMO ?= demo-home
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DO_NOT_TRACK := 1

.PHONY: demo test lint types contracts fast slow setup libraries docs lock clean bench

demo: setup libraries
	$(BIN)/nightbill demo --home $(HOME_OF_DEMO)

test: $(VENV)/.test libraries lint types contracts fast slow

setup: $(VENV)/.run

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/run.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.test: requirements/test.lock $(VENV)/.run
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/test.lock
	touch $@

# WeasyPrint's libraries: installed where that is allowed, otherwise the one line to run is printed.
libraries: setup
	@sh requirements/system_libraries.sh

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

contracts: $(VENV)/.test
	$(BIN)/lint-imports

fast: $(VENV)/.test
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist worksteal -q

slow: $(VENV)/.test
	$(BIN)/python -m pytest -m slow -n 2 --dist worksteal -q

docs: $(VENV)/.test
	$(BIN)/python -m pipelines.reference

# Hours and 30 GB of disk at its full size; a smoke run: make bench BENCH="--rows 300000 --subscriptions 5000 --repeats 1".
bench: setup
	$(BIN)/python -m benchmarks.rating_speed $(BENCH)

# Needs uv; locks carry hashes and no address.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header requirements/run.in --output-file requirements/run.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header requirements/test.in --output-file requirements/test.lock

clean:
	rm -rf $(VENV) $(HOME_OF_DEMO)
