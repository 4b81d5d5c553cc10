# Zintis. `make help` lists what there is.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# Python from 3.11 on: named in PYTHON, from the PATH, or among pyenv's versions.
ifndef PYTHON
PYTHON := $(shell for candidate in python3.13 python3.12 python3.11 python3 python3.14 python \
	"$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.1[1-9]*/bin/python; do \
	"$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null \
	&& command -v "$$candidate" && break; done)
endif
VENV := .venv/bin
# Rasa and its libraries: no telemetry, no chatter.
export RASA_TELEMETRY_ENABLED := false
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
# Compiled modules are kept, whatever the environment says: else every command and every child of a test compiles again.
unexport PYTHONDONTWRITEBYTECODE
# Tests run in as many processes as there are cores, at most four: each has a PostgreSQL and a Chromium of its own.
# Whoever becomes idle takes over waiting tests of another. `make test ARGS=-n0` runs them one after another.
SIDE_BY_SIDE := -n logical --maxprocesses 4 --dist worksteal

.PHONY: help run chat test check format train evaluate bench doctor clean clean-state python service nlu browser

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: service nlu ## Start everything: database, understanding, web, worker
	@exec $(VENV)/zintis run $(ARGS)

chat: service ## Talk to the running assistant in this terminal
	@$(VENV)/zintis chat

test: service nlu browser ## Run every test, browser tests included
	@ZINTIS_CHROMIUM="$$(cat .tools/chromium)" $(VENV)/pytest $(SIDE_BY_SIDE) $(ARGS)
	@cd nlu && .venv/bin/python -m pytest -q

check: service ## Check format, lint, import contracts, types and content
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .
	@$(VENV)/lint-imports
	@$(VENV)/mypy
	@$(VENV)/zintis content check --no-links

format: service ## Format the code and mend what ruff can mend
	@$(VENV)/ruff check --fix-only --quiet .
	@$(VENV)/ruff format .

train: service nlu ## Train the understanding from content/ and nlu/data/
	@$(VENV)/zintis train

evaluate: service nlu ## Measure the understanding on questions it has never seen
	@$(VENV)/zintis evaluate

bench: service nlu ## Measure speed and faults of the whole system against simulators
	@$(VENV)/zintis train
	@$(VENV)/python -m bench $(ARGS)

doctor: service ## Check each part of an installation and say what to mend
	@$(VENV)/zintis doctor

clean: ## Remove environments, tools and caches; data and models stay
	rm -rf .venv nlu/.venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

clean-state: ## Remove the local database, models and logs: everything residents wrote here is lost
	rm -rf .zintis nlu/models

python:
	@test -n "$(PYTHON)" || { echo "zintis: Python 3.11 or newer is needed and none was found: install it (Debian and Ubuntu: \`apt install python3 python3-pip\`; macOS: \`brew install python\`), or name one: \`make PYTHON=/path/to/python …\`." >&2; exit 1; }

service: python
	@$(PYTHON) setup/environments.py service

nlu: service
	@$(PYTHON) setup/environments.py nlu

browser: service
	@$(PYTHON) setup/environments.py browser
