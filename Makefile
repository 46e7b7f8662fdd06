# `make` alone lists the targets. PYTHON=python3.12 picks the interpreter of every environment (3.11 to 3.13).
PYTHON ?= python3
SCENARIO ?= normal
STACK ?= standdown
TARGET ?=
EVENT ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=
SOAK_RUNS ?= 2000
STORM_ARGS ?=
FUZZ_SECONDS ?= 60
KEEP ?=
MODULE ?=

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export SAM_CLI_TELEMETRY := 0

bin = .venv/$(1)/bin
standdown = PYTHONPATH=layers/standdown $(call bin,command)/python -m standdown_cli
sources = layers/standdown functions tests
# No branch of these may be without a test: what decides whether a stop is sent, and what reads the words of others.
fully_covered = action/* follow/* sweep/* core/admission core/decisions ledger/* aws/request_queue entry/trigger entry/webhook publish/notify intake/*
comma := ,
joined = $(subst $() ,$(comma),$(strip $(1)))

# The lines of `make help`: a target and its text, in as many columns as the terminal has.
define LISTED
function list(name, text,    n, i, line, words) {
	n = split(text, words, " ")
	line = sprintf("  %-21s", name)
	for (i = 1; i <= n; i++) {
		if (length(line) + length(words[i]) >= columns) { print line; line = sprintf("%23s", "") }
		line = line " " words[i]
	}
	print line
}
/^[a-z-]+:.*## / { list("make " $$1, $$2) }
END { list("PYTHON=python3.12", "picks the python of every environment, from 3.11 to 3.13; give it with every target") }
endef
export LISTED

.PHONY: help demo demo-list readme setup cloud-environment command-environment release-environment dev-environment trouble-environment node-environment clients-environment scan-environment browser alertmanager standdown doctor targets-check smoke format lint scan test soak storm fuzz coverage mutation release check bench clean

help: ## List the targets
	@awk -F ':.*## ' -v columns="$${COLUMNS:-$$(tput cols 2>/dev/null || echo 120)}" "$$LISTED" $(MAKEFILE_LIST)

setup: ## Make the virtual environments under .venv/ (the other targets do it themselves)
	@$(PYTHON) tests/local/venv.py cloud sam command dev trouble node clients release

cloud-environment:
	@$(PYTHON) tests/local/venv.py cloud sam

command-environment:
	@$(PYTHON) tests/local/venv.py command

release-environment:
	@$(PYTHON) tests/local/venv.py release

dev-environment:
	@$(PYTHON) tests/local/venv.py dev

trouble-environment:
	@$(PYTHON) tests/local/venv.py trouble

node-environment:
	@$(PYTHON) tests/local/venv.py node

clients-environment:
	@$(PYTHON) tests/local/venv.py clients

scan-environment:
	@$(PYTHON) tests/local/venv.py scan

browser: ## Install Debian's Chromium, AWS CLI and jq, with which pages are tested (needs root or sudo, once)
	@bash tests/browser/install.sh

alertmanager: ## Take Debian's Alertmanager out of its package, with which alerts are tested (needs root or sudo, once)
	@bash tests/alertmanager/install.sh

demo: cloud-environment command-environment ## Show one stop, live; SCENARIO=night EVENT=events/direct.json KEEP=yes
	@PYTHONPATH=tests $(call bin,cloud)/python -m local.demo --scenario "$(SCENARIO)" $(if $(EVENT),--event "$(EVENT)") $(if $(KEEP),--keep)

demo-list: cloud-environment ## List the demo's scenarios and events
	@PYTHONPATH=tests $(call bin,cloud)/python -m local.demo --list

readme: cloud-environment command-environment ## Make the pictures of README.md, and what pages show of the demo and the parameters; ARGS=parameters without the demo
	@PYTHONPATH=layers/standdown:tests $(call bin,cloud)/python -m local.readme $(ARGS)

standdown: command-environment ## Run the command standdown without installing it; ARGS="status --stack NAME", ARGS=--help
	@$(standdown) $(ARGS)

doctor: command-environment ## Say of each target whether it could be stopped now; ARGS="--stack NAME", or ARGS=--help for before deploying
	@$(standdown) doctor $(ARGS)

targets-check: command-environment ## Check targets' documents offline; FILE=erp-prod.json, several, or a folder
	@$(standdown) targets check $(FILE)

smoke: command-environment ## Ask a deployed stack whether it is alive; STACK=standdown, TARGET=erp-prod for a dry run the whole way
	@$(standdown) smoke --stack "$(STACK)" $(if $(TARGET),--target "$(TARGET)")

format: dev-environment ## Put the code into its form
	@$(call bin,dev)/ruff check --quiet --fix-only $(sources)
	@$(call bin,dev)/ruff format $(sources)

lint: dev-environment cloud-environment ## Format, lint, types, template: everything that runs no test
	$(call bin,dev)/ruff format --check $(sources) examples
	$(call bin,dev)/ruff check $(sources) examples
	$(call bin,dev)/mypy
	$(call bin,dev)/cfn-lint template.yaml examples/*.yaml
	AWS_DEFAULT_REGION=us-east-1 $(call bin,sam)/sam validate --lint --template-file template.yaml

scan: node-environment ## Let cfn-lint, checkov, parliament and asl-validator look at the template, offline
	@$(PYTHON) tests/local/venv.py scan
	@PYTHONPATH=layers/standdown:tests $(call bin,scan)/python -m scan

test: dev-environment cloud-environment command-environment trouble-environment node-environment clients-environment release-environment ## Run every test: unit, integration, and end to end on the local cloud
	$(if $(PYTEST_ARGS),$(call bin,dev)/pytest $(PYTEST_ARGS),$(call bin,dev)/pytest -n 2 tests/unit tests/integration)
	$(if $(PYTEST_ARGS),,$(call bin,dev)/pytest -n 2 --dist loadfile --no-loadscope-reorder tests/e2e)

soak: dev-environment ## The protocol in any order of events, thousands of times, and with planted bugs; SOAK_RUNS=2000
	STANDDOWN_SOAK_RUNS=$(SOAK_RUNS) $(call bin,dev)/pytest --timeout=0 tests/soak

storm: dev-environment cloud-environment trouble-environment ## 200 stops twice over, and 20 groups both ways, while functions die and calls to SDRS and AWS fail; STORM_ARGS=--help
	@PYTHONPATH=layers/standdown:tests $(call bin,dev)/python -m local.storm --microburst $(call bin,trouble)/microburst $(STORM_ARGS)

fuzz: ## Fuzz every parser and verifier of the intake, FUZZ_SECONDS=60 each, guided by coverage (Linux on x86-64)
	@$(PYTHON) tests/local/venv.py fuzz
	@PYTHONPATH=layers/standdown:tests $(call bin,fuzz)/python -m fuzz all $(FUZZ_SECONDS)

coverage: dev-environment node-environment clients-environment ## Measure which lines and branches unit and integration tests go through; fails where too few
	$(call bin,dev)/pytest tests/unit tests/integration --cov --cov-report= $(PYTEST_ARGS)
	$(call bin,dev)/coverage report --skip-covered --show-missing --fail-under=95
	$(call bin,dev)/coverage report --include="$(call joined,$(fully_covered:%=layers/standdown/standdown/%.py))" --fail-under=100

mutation: ## Plant faults one by one and see whether the tests notice; MODULE=action.protocol for one, ARGS=--show for what lives
	@$(PYTHON) tests/local/venv.py mutation
	@PYTHONPATH=layers/standdown:tests $(call bin,mutation)/python -m mutation $(MODULE) $(ARGS)

release: cloud-environment release-environment ## Build a release into dist/: the stack, the command, what they contain, checksums
	@PYTHONPATH=layers/standdown:tests $(call bin,cloud)/python -m local.release

check: lint scan test ## lint, scan and test: what CI runs, and what a change must pass

bench: cloud-environment dev-environment ## Measure speed, cost and size; BENCH_ARGS="--quick cold" for a part
	@PYTHONPATH=layers/standdown:tests $(call bin,dev)/python -m bench $(BENCH_ARGS)

clean: ## Remove everything that the other targets made
	rm -rf .venv .cache .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov
	find layers functions tests -name __pycache__ -prune -exec rm -rf {} +
