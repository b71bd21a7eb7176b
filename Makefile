# Everything a developer types. Needs Python 3.11 or newer and make; the rest comes from the lock files, into .venv.

PYTHON ?= python3
CONFIG ?= data/sample/journey.yaml
N ?= 1000000
ROUNDS ?= 3
SEEDS ?= 20
SETS ?= 1000

VENV := .venv
BIN := $(VENV)/bin
# Dagster keeps the history of runs in the home named here: dagster.yaml of this folder, storage in .dagster.
run dev: export DAGSTER_HOME ?= $(CURDIR)
dev: export JOURNEY_CONFIG ?= $(abspath $(CONFIG))

.DEFAULT_GOAL := help
.PHONY: help run test dev lint format bench bench-full skew lock clean

help: ## show this help
	@echo "Usage: make TARGET"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14
	@echo "Variables: CONFIG=$(CONFIG) (run, dev), N=$(N) ROUNDS=$(ROUNDS) SEEDS=$(SEEDS) SETS=$(SETS) (bench), PYTHON=$(PYTHON)"

run: $(VENV)/run.stamp ## run the whole pipeline on CONFIG, the sample by default
	@$(BIN)/journey run --config "$(CONFIG)" --wait 600

test: $(VENV)/dev.stamp ## run all tests
	@$(BIN)/python -m pytest -n 2 --dist worksteal

dev: $(VENV)/dev.stamp ## open Dagster's UI on the same project, on http://127.0.0.1:3000
	@$(BIN)/dagster dev

lint: $(VENV)/dev.stamp ## check style, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/dev.stamp ## put code into the house style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/dev.stamp ## time `journey run` and the answers on N events beside others; measure against the truth of SEEDS samples
	@$(BIN)/python benchmarks/bench.py --events $(N) --rounds $(ROUNDS)
	@$(BIN)/python benchmarks/reads.py --events $(N) --rounds $(ROUNDS)
	@$(BIN)/python benchmarks/day.py --events $(N) --rounds $(ROUNDS)
	@$(BIN)/python benchmarks/answers.py --events $(N) --graph-events $(N) --rounds $(ROUNDS) --tools $(or $(TOOLS),$(BIN)/python)
	@$(BIN)/python benchmarks/identity.py --links $(N) --rounds $(ROUNDS)
	@$(BIN)/python benchmarks/truth.py --seeds $(SEEDS)
	@$(BIN)/python benchmarks/simulate_comparisons.py --sets $(SETS)
	@$(BIN)/python benchmarks/simulate_changes.py --sets $(SETS)
	@$(BIN)/python benchmarks/simulate_intervals.py --sets $(SETS)
	@$(BIN)/python benchmarks/null_samples.py --seeds $(SEEDS)

bench-full: $(VENV)/dev.stamp ## the same at ten and a hundred million events: hours, and 60 GB of disk
	@$(BIN)/python benchmarks/bench.py --events 10000000 --rounds $(ROUNDS)
	@$(BIN)/python benchmarks/reads.py --events 10000000 --rounds $(ROUNDS)
	@$(BIN)/python benchmarks/day.py --events 10000000 --rounds $(ROUNDS)
	@$(BIN)/python benchmarks/answers.py --events 10000000 --graph-events 1000000 --rounds $(ROUNDS) --tools $(or $(TOOLS),$(BIN)/python)
	@$(BIN)/python benchmarks/identity.py --links 5000000 --rounds $(ROUNDS)
	@$(BIN)/python benchmarks/bench.py --events 100000000 --memory 4GB --rounds 1

skew: $(VENV)/dev.stamp ## what logs of N events cost where one customer, cookie, day or second holds much of them
	@$(BIN)/python benchmarks/skew.py --events $(N)

lock: ## write the lock files again from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --group build --all-extras $(LOCK) -o requirements-dev.lock
	uv pip compile pyproject.toml --group build -c requirements-dev.lock $(LOCK) -o requirements.lock
LOCK := --universal --python-version 3.11 --generate-hashes --fork-strategy fewest \
	--no-emit-index-url --no-header --no-annotate --quiet

clean: ## remove what the other targets made, but not warehouses
	rm -rf $(VENV) .dagster .pytest_cache .mypy_cache .ruff_cache .hypothesis dist

# The stamps say which lock the venv was made from. The checkout itself is installed without downloads: its build
# requirements are in the lock.
$(VENV)/run.stamp: requirements.lock pyproject.toml
	@$(MAKE) --no-print-directory install LOCKFILE=requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml
	@$(MAKE) --no-print-directory install LOCKFILE=requirements-dev.lock
	@touch $@ $(VENV)/run.stamp

.PHONY: install
install:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 run")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing from $(LOCKFILE) into $(VENV) …"
# --no-deps: the lock is complete, and pip would ask for a hash of `gql[requests]` beside that of `gql`
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(LOCKFILE)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
