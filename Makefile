# Every command sets up what it needs first; that takes no time when nothing changed.
SHELL := bash
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.local/tools/node/bin:$(PATH)
PYTHON := .venv/bin/python
SEEDS ?= 1000
FIRST_SEED ?= 0
# Where it is set, as in many containers, every process that a test starts compiles all of its modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup night run test lint check simulate walks fuzz coverage mutants bench soak pictures package lock reset

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:
	@local/setup.sh

night: setup ## one night of 30 customers through the whole local stack; DAYS=30 plays thirty, DEMO=first one customer
	@$(PYTHON) -m local.night $(if $(DEMO),--demo $(DEMO)) $(if $(DAYS),--days $(DAYS))

run: setup ## the whole product at http://127.0.0.1:7071, without an account anywhere; DEMO=empty begins with nothing
	@$(PYTHON) -m local.run $(if $(DEMO),--demo $(DEMO)) $(if $(PORT),--port $(PORT))

test: setup ## everything that proves it: lint, types, imports, and every test
	@$(MAKE) --no-print-directory check
	@local/test.sh

check: setup ## lint, format, types and import rules only
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check --quiet .
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports --no-cache

simulate: setup ## simulated nights with crashes and lost answers, and invoices: SEEDS=n FIRST_SEED=m STATE=file
	@$(PYTHON) -m tests.simulation --seeds $(SEEDS) --first-seed $(FIRST_SEED) $(if $(STATE),--state $(STATE))
	@test ! -f tests/timelines/__main__.py || $(PYTHON) -m tests.timelines --count $$(($(SEEDS) / 10))

walks: setup ## whatever people may do to a customer's lines in ten weeks, drawn: COUNT=n FIRST_SEED=m
	@$(PYTHON) -m tests.walks --count $(or $(COUNT),500) --first-seed $(FIRST_SEED)

fuzz: setup ## requests made up from the description of the API, thousands of them: EXAMPLES=n for each route
	@$(PYTHON) -m pytest -q tests/contract/test_own_api.py --examples=$(or $(EXAMPLES),300)

coverage: setup ## branch coverage of the pure core by its own tests; fails below 100 %
	@$(PYTHON) -m coverage run -m pytest -q tests/unit/plans tests/unit/profiles tests/unit/psa
	@$(PYTHON) -m coverage report

mutants: setup ## the pure core broken in one place at a time, and what no test noticed: ONLY=plans/brakes.py JOBS=1
	@.venv/bin/mutmut run $(if $(JOBS),--max-children $(JOBS)) $(if $(ONLY),'$(subst /,.,$(ONLY:.py=)).*')
	@$(PYTHON) -m tests.mutants $(ONLY)

bench: setup ## the promises about speed, measured in one table: ONLY=P5,P7 SIZE=small
	@$(PYTHON) -m bench $(if $(ONLY),--only $(ONLY)) $(if $(SIZE),--size $(SIZE))

soak: setup ## seven nights of 2,000 customers in simulated time, with resets, throttling and an outage: CUSTOMERS=50
	@$(PYTHON) -m tests.soak $(if $(CUSTOMERS),--customers $(CUSTOMERS))

pictures: setup ## photograph every page in every state into .local/pictures, and anew what docs show
	@$(PYTHON) -m pytest tests/browser --pictures

package: setup ## build what is deployed, as dist/seatledger.zip
	@$(PYTHON) -m local.package

lock: setup ## write uv.lock and requirements.txt anew after a change of pyproject.toml
	@local/lock.sh

reset: ## forget everything that the local world kept
	@rm -rf .local/first .local/msp .local/empty .local/azurite .local/engine .local/host .local/logs .local/secrets .local/simulators
