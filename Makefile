# Tidemark. `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
INTENTS := $(VENV)/.intents
UNDERSTANDING := services/notification/adapters/understanding

.PHONY: help setup demo test unit integration soak kills up down lint format proto proto-check bench lock clean

help: ## What each target does
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tidemark needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	@echo "== setting up $(VENV) (once; about a minute on first download)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes -r requirements-dev.txt \
	  | awk '/^(Collecting|Using cached|Downloading)/ {n++; if (n % 20 == 0) {print "   ... " n " packages looked at"; fflush()}} /^(ERROR|Successfully)/ {print substr($$0, 1, 200)}'
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-build-isolation --no-deps -e .
	@touch $@

# The model is named by what it is made from: where it is there already, this only looks at it.
$(INTENTS): $(STAMP) $(wildcard $(UNDERSTANDING)/*.py $(UNDERSTANDING)/*/*.yaml)
	@echo "== the assistant's intent model (trained once for each version of its utterances, ten seconds or so)"
	@$(BIN)/python -m services.notification.train_intents > /dev/null
	@touch $@

setup: $(INTENTS) ## Create .venv with everything pinned

demo: $(INTENTS) ## Start the suite, play real usage through it, audit every cent
	@$(BIN)/tidemark demo

up: $(INTENTS) ## Start the suite in the background (tidemark up --detach)
	@$(BIN)/tidemark up --detach

down: $(STAMP) ## Stop what `make up` started
	@$(BIN)/tidemark down

test: lint $(INTENTS) ## Lint, then every test
	@echo "== chromium (for tests of pages)"
	@$(BIN)/python -m tests.support.install_chromium || echo "tests of pages are skipped"
	@echo "== tests"
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

unit: $(INTENTS) ## Unit tests only
	@$(BIN)/python -m pytest tests/unit

integration: $(INTENTS) ## Integration stories only
	@$(BIN)/python -m pytest tests/integration

SOAK_OPERATIONS ?= 1000000
SEED ?= $(shell date +%s)
soak: $(STAMP) ## Random lives of charging beside a slow model (SOAK_OPERATIONS=..., SEED=...)
	@$(BIN)/python -m tests.unit.charging.soak.driver $(SOAK_OPERATIONS) $(SEED)

PLAYS ?= 10
kills: $(INTENTS) ## Demos in which charging is killed at random moments (PLAYS=..., SEED=...)
	@TIDEMARK_KILL_PLAYS=$(PLAYS) TIDEMARK_KILL_SEED=$(SEED) $(BIN)/python -m pytest -s tests/integration/test_kill_charging.py

lint: $(STAMP) proto-check ## Format, style, types, boundaries, contracts, manifests
	@echo "== ruff";          $(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@echo "== mypy";          $(BIN)/mypy
	@echo "== import-linter"; $(BIN)/lint-imports
	@echo "== kubernetes";    $(BIN)/python deploy/validate.py

format: $(STAMP) ## Let ruff and buf put the sources in order
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .
	@$(BIN)/buf format -w

proto: $(STAMP) ## Generate proto/gen from proto/tidemark
	@$(BIN)/python proto/generate.py

proto-check: $(STAMP)
	@echo "== buf and generated code"
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python proto/generate.py --check

bench: $(INTENTS) ## Measure; ratios of one run, into var/bench/results.jsonl
	@$(BIN)/python -m benchmarks

LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock: $(STAMP) ## Pin pyproject's dependencies anew into requirements*.txt
	@$(LOCK) pyproject.toml -o requirements.txt
	@$(LOCK) --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	@printf 'hatchling\neditables\n' | $(LOCK) -c requirements-dev.txt - -o deploy/requirements-build.txt

clean: ## Remove var/ and .venv
	@rm -rf var $(VENV)
