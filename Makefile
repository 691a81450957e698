# Two commands: `make demo` and `make test`. Everything they need is installed into .venv by the first of them.
PYTHON ?= python3
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test coverage nightly install lock lint types format reference bench clean

demo: $(VENV)/.ready
	$(BIN)/trialist demo

test: $(VENV)/.ready
	$(BIN)/python -m pytest -n 2 --dist loadgroup

# The same with what of the code was run; counting lines takes a third more.
coverage: $(VENV)/.ready
	$(BIN)/python -m pytest -n 2 --dist loadgroup --cov --cov-report=term:skip-covered

# Every second reading of tests/independent/ on 10,000 patients instead of 500 (about ten minutes).
nightly: $(VENV)/.ready
	TRIALIST_PATIENTS=10000 $(BIN)/python -m pytest -n 2 --dist loadgroup tests/independent

install: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	@if command -v uv >/dev/null 2>&1; then \
	  VIRTUAL_ENV=$(VENV) uv pip install --quiet --compile-bytecode --require-hashes --no-deps -r requirements.lock; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock; \
	fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q src
	@touch $@

# Rewrites requirements.lock from pyproject.toml (needs uv); no registry host is named in it.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --all-extras pyproject.toml -o requirements.lock

lint: $(VENV)/.ready
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

format: $(VENV)/.ready
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

types: $(VENV)/.ready
	$(BIN)/mypy

# Rewrites the reference numbers under tests/reference/ with R; each script says which packages it needs.
reference:
	@for script in validation/r/make_*reference.R; do echo $$script; Rscript $$script || exit 1; done

# Derivations and simulations beside other tools, as ratios; benchmarks/README.md says how to run them at full size.
bench: $(VENV)/.ready
	$(BIN)/python benchmarks/derivations.py
	$(BIN)/python benchmarks/simulation.py

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
