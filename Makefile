# What one types here. `make help` lists it.
SHELL := /bin/sh
BIN := .venv/bin
LOCK := $(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes --upgrade \
	--custom-compile-command "make lock"

# The encoder's matrices are small: more threads only wait for each other.
export OPENBLAS_NUM_THREADS := 1
# Compiled modules are kept: without them the second start would be as slow as the first.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test check format traceability lock bench wheel
.DEFAULT_GOAL := help

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Set up and start csobot; with no channel configured, with the built-in simulator
	@requirements/set-up run
	@$(BIN)/python -m bot run

test: ## Set up and run all tests; ARGS="tests/unit -k country" runs some
	@requirements/set-up dev
	@$(BIN)/python -m tests.house.surroundings
	@$(BIN)/python -m pytest $(ARGS)

check: ## Style, types, layers, dependencies, spelling, house rules
	@requirements/set-up dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/codespell
	$(BIN)/python -m tests.house
	$(BIN)/python -m tests.house.traceability --check

format: ## Put the code into its one form
	@requirements/set-up dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

traceability: ## Write docs/traceability.md: which test shows which requirement
	@requirements/set-up dev
	@$(BIN)/python -m tests.house.traceability

lock: ## Refresh requirements/*.txt from pyproject.toml
	@requirements/set-up dev
	$(LOCK) --group install --output-file requirements/uv.txt
	$(LOCK) pyproject.toml --group build --output-file requirements/run.txt
	$(LOCK) pyproject.toml --group build --group dev --constraint requirements/run.txt --output-file requirements/dev.txt

bench: ## Measure: acknowledgement times, memory, CPU per message beside a yardstick; pages of partners and queries at size
	@requirements/set-up dev
	@$(BIN)/python -m tests.benchmarks $(ARGS)
	@$(BIN)/python -m tests.benchmarks.import_organisations
	@$(BIN)/python -m tests.benchmarks.reminders
	@$(BIN)/python -m tests.services.year
	@$(BIN)/python -m tests.benchmarks.partner_pages
	@$(BIN)/python -m tests.benchmarks.query_pages

wheel: ## Build dist/csobot-*.whl
	@requirements/set-up dev
	@$(BIN)/python -m hatchling build --target wheel
