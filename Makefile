# What needs .venv sets it up first (packaging/setup.sh): minutes the first time, then nothing.

PYTHON_HERE := .venv/bin/python
TESTS := QT_QPA_PLATFORM=offscreen HF_HUB_OFFLINE=1 $(PYTHON_HERE) -m pytest
TRAIN := $(PYTHON_HERE) packaging/starter_model/train.py

# The words come through as they were typed, whatever signs are in them: make would expand a $
# each time it passes PROMPT on, so it is read once, raw, and handed over under another name.
ifeq ($(origin PROMPT),undefined)
PROMPT = a unicorn
endif
export KANDINSKY_PROMPT := $(value PROMPT)
unexport PROMPT

# More options for the command: make draw PROMPT="a unicorn" ARGS="-o pictures/ -n 3"
ARGS =

.DEFAULT_GOAL := help

.PHONY: help
help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: ## Set up .venv and the system libraries; what needs them does so by itself
	@packaging/setup.sh

.PHONY: run
run: setup ## Open the window
	@if [ "$$(uname)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY$$QT_QPA_PLATFORM" ]; then \
		echo 'There is no display here, so no window can open.' >&2; \
		echo 'In the terminal: make draw PROMPT="a unicorn"' >&2; \
		exit 1; \
	fi; \
	$(PYTHON_HERE) -m kandinsky_desktop

.PHONY: draw
draw: setup ## Draw in the terminal: make draw PROMPT="a unicorn"
	@$(PYTHON_HERE) -m kandinsky_desktop.cli draw $(ARGS) -- "$$KANDINSKY_PROMPT"

.PHONY: test
test: setup ## Run the tests, with no window in sight
	@$(TESTS) -n logical --dist loadfile

.PHONY: soak
soak: setup ## Run the long sweeps, of which the tests run a sample
	@$(TESTS) -n logical --dist worksteal -m soak --timeout 3600 -o faulthandler_timeout=4000

.PHONY: check
check: setup ## All that must be right before a commit: format, lint, types, layers, tests
	@$(PYTHON_HERE) -m ruff format --check
	@$(PYTHON_HERE) -m ruff check
	@$(PYTHON_HERE) -m mypy
	@$(PYTHON_HERE) -c 'from importlinter.cli import lint_imports_command as lint; lint()'
	@$(MAKE) --no-print-directory test

.PHONY: bench
bench: setup ## Measure against diffusers and a bare window: an hour; writes build/bench.json
	@$(PYTHON_HERE) -m benchmarks $(ARGS)

.PHONY: activations
activations: setup ## Trace what the networks take of memory anew; writes domain/traced.py
	@$(PYTHON_HERE) -m benchmarks.activations $(ARGS)

# No set-up: a machine that is lent for its card has a Python with torch and diffusers, and no more.
GPU_PYTHON = $(if $(wildcard $(PYTHON_HERE)),$(PYTHON_HERE),python3)

.PHONY: gpu-check
gpu-check: ## Compare what we say of memory with a graphics card; writes build/gpu-check.md and .json
	@$(GPU_PYTHON) -m benchmarks.gpu_check $(ARGS)

.PHONY: memory-table
memory-table: setup ## Trace how Kandinsky 2.2 runs within so much memory; writes docs/memory.md
	@$(PYTHON_HERE) -m benchmarks.memory_table $(ARGS)

.PHONY: keys-page
keys-page: setup ## Write docs/keys.md from the program's own table of keys
	@KANDINSKY_KEYS_PAGE=write $(TESTS) -q tests/ui/test_keys_page.py

.PHONY: shots
shots: setup ## Take a picture of every place, state and theme; writes build/shots/
	@QT_QPA_PLATFORM=offscreen $(PYTHON_HERE) -m tests.shots

.PHONY: train-pause
train-pause: ## Pause the training of the starter model (train.py all)
	@$(TRAIN) pause

.PHONY: train-resume
train-resume: ## Let the training go on
	@$(TRAIN) resume

.PHONY: starter-report
starter-report: setup ## Measure the starter model; writes build/starter-report.md and .json
	@$(TRAIN) report

.PHONY: package
package: setup ## Build what people install, into dist/: a quarter of an hour
	@$(PYTHON_HERE) packaging/package.py $(ARGS)

.PHONY: package-test
package-test: setup ## Install what was built into a clean root, run it, remove it, compare (root alone)
	@$(PYTHON_HERE) packaging/package_test.py $(ARGS)

.PHONY: clean
clean: ## Throw away build/ and the caches of the tools; .venv, models and pictures stay
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -path ./.venv -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf
