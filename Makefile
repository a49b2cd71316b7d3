# Every target does its own set-up: a virtualenv in the checkout, the hash-pinned lock, then the package.
# The first that runs and is new enough: a name on the PATH may be a shim with nothing behind it.
RIGHT_VERSION := import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))
PYTHON ?= $(shell for name in python3 python3.12 python3.11; do \
  $$name -c '$(RIGHT_VERSION)' >/dev/null 2>&1 && { echo $$name; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test test-engines lint bench lock clean install install-dev engines format

demo: install
	$(BIN)/appliance demo

test: install-dev
	$(BIN)/python -m pytest -m "not engines"

bench: install-dev
	$(BIN)/python -m tests.bench

# What needs the production engines' packages.
test-engines: install-dev engines
	$(BIN)/python -m pytest -m engines

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/.installed: requirements/base.lock pyproject.toml
	@$(or $(PYTHON),false) -c '$(RIGHT_VERSION)' \
	  || { echo "Python 3.11 or 3.12 is needed. On Debian 12 and Ubuntu 24.04: apt install python3 python3-venv;" \
	    "or name one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Creating $(VENV) failed. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(PIP) install --require-hashes --no-deps -r requirements/base.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements/dev.lock
	$(PIP) install --require-hashes --no-deps -r requirements/dev.lock
	@touch $@

# The production engines that run in the orchestrator's own process (no torch).
engines: $(VENV)/.installed-engines
$(VENV)/.installed-engines: $(VENV)/.installed requirements/engines.lock
	$(PIP) install --require-hashes --no-deps -r requirements/engines.lock
	@touch $@

# Resolve the locks again; needs uv (pip install uv) and a connection.
UV_COMPILE := uv pip compile --quiet --upgrade --python-platform linux --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
lock:
	$(UV_COMPILE) --override requirements/overrides.txt requirements/base.in -o requirements/base.lock
	$(UV_COMPILE) requirements/dev.in -o requirements/dev.lock
	$(UV_COMPILE) requirements/engines.in -o requirements/engines.lock

clean:
	rm -rf $(VENV) build dist out *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
