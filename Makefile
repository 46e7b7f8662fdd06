# `make` alone lists the targets. PYTHON=python3.12 picks the interpreter of every environment (3.11 to 3.13).
PYTHON ?= python3
SCENARIO ?= normal
EVENT ?= events/queue-message.json
PYTEST_ARGS ?=

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PYTHONDONTWRITEBYTECODE := 1
export SAM_CLI_TELEMETRY := 0

bin = .venv/$(1)/bin
sources = layers/standdown/standdown functions tests

.PHONY: help demo demo-list setup cloud-environment dev-environment check test clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

setup: ## Make the virtual environments under .venv/ (the other targets do it themselves)
	@$(PYTHON) tests/local/venv.py cloud sam dev

cloud-environment:
	@$(PYTHON) tests/local/venv.py cloud sam

dev-environment:
	@$(PYTHON) tests/local/venv.py dev

demo: cloud-environment ## Show one stop from event to outcome, live; SCENARIO=job-fails EVENT=events/direct.json
	@PYTHONPATH=tests $(call bin,cloud)/python -m local.demo --scenario "$(SCENARIO)" --event "$(EVENT)"

demo-list: cloud-environment ## List the demo's scenarios and events
	@PYTHONPATH=tests $(call bin,cloud)/python -m local.demo --list

clean: ## Remove everything that the other targets made
	rm -rf .venv .cache .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov
	find layers functions tests -name __pycache__ -prune -exec rm -rf {} +
