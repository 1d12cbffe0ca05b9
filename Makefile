# make demo | make test | make check : each prepares what it needs, on a machine with nothing but Python ≥ 3.11 and make.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
SHELL  := /bin/bash
# Python keeps what it has compiled, whatever the environment says: without it every start takes three seconds longer.
unexport PYTHONDONTWRITEBYTECODE
ON_SQLITE  := env -u DATABASE_URL -u REDIS_URL $(BIN)/python -m pytest
ON_SERVERS := $(BIN)/python -m tests.services $(BIN)/python -m pytest
# A browser may be late once on a busy machine: what fails there is named, and run once more with nothing else beside.
ONCE_MORE  := echo "== UNSTEADY, or wrong: what failed above is run once more"
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
DJANGO_CATALOGUE := locale/fr/LC_MESSAGES/django.po

.DEFAULT_GOAL := help
.PHONY: help bench demo test test-sqlite test-servers test-long test-browser machine test-networks chaos schema screenshots check lint format translations messages lock clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

# --- Run ------------------------------------------------------------------------------------------------------------

demo: $(VENV)/.run $(CATALOGUES) ## The whole product at http://127.0.0.1:8000/ (PORT and DATA_DIR are honoured)
	@exec $(BIN)/python manage.py demo

# --- Prove ----------------------------------------------------------------------------------------------------------

test: machine $(VENV)/.dev $(CATALOGUES) ## The suite on SQLite and, beside it, on PostgreSQL and Redis; without what takes long
	@$(MAKE) --no-print-directory -j2 --keep-going test-sqlite test-servers

test-sqlite: machine $(VENV)/.dev $(CATALOGUES) ## The suite on SQLite, in one process
	@set -o pipefail; $(ON_SQLITE) -m "not browser and not long" $(PYTEST) 2>&1 | sed -u 's/^/SQLite     | /'

test-servers: machine $(VENV)/.dev $(CATALOGUES) ## The suite on PostgreSQL and Redis (DATABASE_URL, REDIS_URL, or started for it)
	@set -o pipefail; $(ON_SERVERS) -m "not browser and not long" $(PYTEST) 2>&1 | sed -u 's/^/PostgreSQL | /'

test-long: machine $(VENV)/.dev $(CATALOGUES) ## Whole shifts by the public SDK, everything thrown at the API, chaos in its short form
	@echo "== What takes long, on SQLite"
	@$(ON_SQLITE) -m long $(PYTEST)
	@echo "== What takes long, on PostgreSQL and Redis"
	@$(ON_SERVERS) -m long --ignore tests/api/test_schema.py $(PYTEST)

test-browser: machine $(VENV)/.dev $(CATALOGUES) ## Days at work in a real browser: on SQLite, then on PostgreSQL and Redis
	@echo "== In a browser, on SQLite"
	@$(ON_SQLITE) -m browser $(PYTEST) || { $(ONCE_MORE); $(ON_SQLITE) -m browser --last-failed; }
	@echo "== In a browser, on PostgreSQL and Redis"
	@$(ON_SERVERS) -m browser $(PYTEST) || { $(ONCE_MORE); $(ON_SERVERS) -m browser --last-failed; }

machine:
	@.ci/machine

test-networks: $(VENV)/.dev $(CATALOGUES) ## The tests against real social networks on loopback
	tests/networks/run

chaos: $(VENV)/.dev ## Faults on purpose, in their long form: SEED=7, ONLY="send events", RUNS=100, SHORT=1
	@exec $(BIN)/python -m tests.chaos $(ONLY) --seed $(or $(SEED),1) --runs $(or $(RUNS),0) $(if $(SHORT),--short)

bench: $(VENV)/.dev $(CATALOGUES) ## How fast it is, beside floors of our own: ONLY=ingest[,send], QUICK=1, ARCHIVE=1000000
	@ONLY="$(ONLY)" QUICK="$(QUICK)" $(BIN)/python -m bench

schema: $(VENV)/.dev ## Write docs/openapi.json anew from the code
	$(BIN)/python manage.py spectacular --format openapi-json --file docs/openapi.json

screenshots: $(VENV)/.dev $(CATALOGUES) ## The pictures in docs/screenshots, taken of a running product
	$(BIN)/python -m tests.browser.screenshots

check: lint
lint: $(VENV)/.dev $(CATALOGUES) ## Format, lint, types, layers, templates, migrations, deployment, translations, known holes
	@VENV=$(VENV) .ci/lint

format: $(VENV)/.dev ## Write the code and the templates as the house does
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format .
	git ls-files -z '*/templates/*.html' | xargs -0 -r $(BIN)/djade --target-version 5.2

# --- Translate ------------------------------------------------------------------------------------------------------

messages: $(VENV)/.dev ## Gather the texts to translate into locale/ (needs gettext)
	$(BIN)/python manage.py makemessages -l fr --no-wrap --no-location -i '.venv*' -i 'tests*' -i 'bench*'

%.mo: %.po $(VENV)/.run
	@$(BIN)/pybabel --quiet compile -i $< -o $@

# --- Prepare --------------------------------------------------------------------------------------------------------

$(BIN)/python:
	@PYTHON=$(PYTHON) .ci/venv $(VENV)

$(VENV)/.run: requirements.txt constraints.txt | $(BIN)/python
	@echo "Installing what the product runs on …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile -c constraints.txt -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt constraints.txt $(VENV)/.run
	@echo "Installing what proves it …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile -c constraints.txt -r requirements-dev.txt
	@touch $@

lock: ## Write constraints.txt anew from the newest of what requirements*.txt allow
	rm -rf $(VENV)-lock && PYTHON=$(PYTHON) .ci/venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	{ echo "# Every package below the ones we name, as last proved: make lock"; $(VENV)-lock/bin/python -m pip freeze; } > constraints.txt
	rm -rf $(VENV)-lock

clean: ## Remove the virtual environment, caches and compiled translations (the demo's data stay in .data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache test-results $(CATALOGUES)
