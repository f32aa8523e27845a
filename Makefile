# One line per task; every task does its own set-up. `make` alone lists them.
# Needs Python 3.11 or newer and make. Another interpreter: make demo PYTHON=python3.12

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= auto
UV ?= uv
BIN := $(VENV)/bin
RUN := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
APOLLO := $(VENV)/apollo
TEMPLATES := find src -name '*.html' -not -path '*/static/*' -print0
# Under CI everything runs; by hand the slow tests wait for `make test-all`.
# Workers begin with files as wholes, for what their tests share, and take from one another at
# the end: no worker sits idle while another has one long file before it.
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal
CHOICE := $(if $(CI),,-m "not slow")
# How pages look: the same whatever the database, and the slowest of all.
LOOKS := tests/flows/test_every_page.py tests/flows/test_display.py
# Tests without the database of the run: none at all, or a SQLite file of their own. What they
# find is the same on PostgreSQL; a guard (tests/guards/test_isolation.py) sees that it is so.
NO_DATABASE := tests/formats tests/kit tests/ingest/capture tests/index/engines \
	tests/index/test_analysis.py tests/index/test_passages.py tests/index/test_projection.py \
	tests/index/test_query.py tests/store/annotating/test_rules.py \
	tests/store/codings/test_rules.py tests/test_agents.py tests/test_command_line.py \
	tests/guards/test_catalogues.py \
	tests/guards/test_docs.py tests/guards/test_production_code.py \
	tests/guards/test_shape.py tests/guards/test_templates.py tests/guards/test_writes.py
# Checks import the settings, which may prepare a data folder: give them one of their own.
CHECK := INCIDENTBASE_HOME=$(abspath $(VENV))/checks

.DEFAULT_GOAL := help
.PHONY: help demo test apollo test-all test-postgres lint format messages reference bench lock clean

help: ## list the tasks
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

demo: $(RUN) ## serve the bundled demo records and print the address (ARGS="--port 8001")
	@$(BIN)/incidentbase demo $(ARGS)

test: $(DEV) ## the test suite on SQLite (ARGS="tests/guards -k size")
	@$(PYTEST) $(CHOICE) $(ARGS)

apollo: $(APOLLO)/.installed ## what the tests of Apollo Client need (needs Node and npm)

test-all: $(DEV) ## the same with the slow tests
	@$(PYTEST) $(ARGS)

test-postgres: $(DEV) ## what touches the database on a throwaway PostgreSQL, but for looks
	@tests/servers/postgres.sh $(PYTEST) $(CHOICE) $(addprefix --ignore=,$(LOOKS) $(NO_DATABASE)) $(ARGS)

lint: $(DEV) ## every check of the code that needs no running
	@mkdir -p $(VENV)/checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(CHECK) $(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	@echo "djade --check (templates)"; $(TEMPLATES) | xargs -0 -r $(BIN)/djade --target-version 5.2 --check
	$(BIN)/codespell
	$(CHECK) $(BIN)/python -m django makemigrations --check --dry-run --settings incidentbase.config.settings
	$(CHECK) $(BIN)/python -m pytest -q -p no:randomly tests/guards/test_catalogues.py

format: $(DEV) ## put code and templates into shape
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	@$(TEMPLATES) | xargs -0 -r $(BIN)/djade --target-version 5.2

messages: $(DEV) ## gather interface strings into the catalogues and compile them (needs gettext)
	cd src/incidentbase && $(abspath $(BIN))/python -m django makemessages --all --no-obsolete --no-wrap --add-location=file
	cd src/incidentbase && $(abspath $(BIN))/python -m django compilemessages

reference: $(DEV) ## write the generated parts of docs/reference
	@$(CHECK) $(BIN)/python -m tests.guards.reference

MEASUREMENTS := articles checklists client export graphql import_archive pages relevance review search spatial

bench: $(DEV) ## speed and quality measurements, each a table and a JSON file
	@for script in $(MEASUREMENTS); do $(BIN)/python -m "benchmarks.$$script" $(ARGS) || exit 1; done

lock: ## resolve pyproject.toml into the two lock files (needs uv)
	$(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	$(UV) pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements.lock -o requirements-dev.lock

clean: ## remove the environment and everything built; data folders stay
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# A stamp newer than its lock means that the environment is up to date.
$(RUN): requirements.lock
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "IncidentBase needs Python 3.11 or newer; '$(PYTHON)' was not found. Name another: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "IncidentBase needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python has no venv module; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing into $(VENV) (once, until requirements.lock changes)"
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps -e .
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	@echo "Installing the development tools into $(VENV)"
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

$(APOLLO)/.installed: tests/client/apollo/package-lock.json $(DEV)
	@mkdir -p $(APOLLO)
	@cp tests/client/apollo/package.json tests/client/apollo/package-lock.json $(APOLLO)
	@npm ci --prefix $(APOLLO) --ignore-scripts --no-audit --no-fund
	@touch $@
