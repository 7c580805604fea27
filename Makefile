# Every command a person or CI runs. `make run` and `make test` need Python 3.11+ and nothing else.
.DEFAULT_GOAL := help
SHELL := /bin/sh
export PATH := $(CURDIR)/.uv/bin:$(HOME)/.local/bin:$(PATH)
# Compiled once, at installation and at the first start: where the machine's own settings forbid it, each
# process of golive takes seconds longer to start.
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE
UV := uv
# A browser driver keeps a loop of its own running in its process: no test with another comes after it there,
# so that tests in a browser run by themselves. Those that wait for whole worlds come first, as collected, and
# leave the cores to the others.
PYTEST := pytest --dist loadfile --no-loadscope-reorder

.PHONY: help uv run test lint format bench soak endure drill shots docs audit clean

help: ## List the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

uv: # uv in a folder of its own where it is missing; nothing of the machine is changed
	@command -v uv >/dev/null 2>&1 || { python3 -m venv .uv && .uv/bin/pip install --quiet uv; }

run: uv ## Start the rehearsal: the world, the collectors, the board
	@$(UV) sync --quiet --no-dev --inexact
	@exec $(UV) run --no-sync golive

test: uv ## Run the tests (browser tests need a Chromium)
	@$(UV) sync --quiet
	$(UV) run --no-sync $(PYTEST) -n 3 -m "not browser and not endurance"
	$(UV) run --no-sync $(PYTEST) -n 2 -m "browser and not endurance"

endure: uv ## Kill, hang and restart parts of golive for minutes on end
	@$(UV) sync --quiet
	$(UV) run --no-sync pytest -m "endurance and not browser"
	$(UV) run --no-sync pytest -m "endurance and browser"

lint: uv ## Format, lint, types, import rules
	@$(UV) sync --quiet
	$(UV) run --no-sync ruff format --check
	$(UV) run --no-sync ruff check
	$(UV) run --no-sync mypy
	$(UV) run --no-sync lint-imports

format: uv ## Put the code into shape
	@$(UV) sync --quiet
	$(UV) run --no-sync ruff format
	$(UV) run --no-sync ruff check --fix

bench: uv ## Measure speed, as ratios within one run
	@$(UV) sync --quiet
	$(UV) run --no-sync python -m tests.bench

soak: uv ## Let twenty viewers look for an hour and see that nothing grows
	@$(UV) sync --quiet
	$(UV) run --no-sync python -m tests.bench.soak

drill: uv ## Put in every fault of the catalogue and see its gate flip
	@$(UV) sync --quiet
	$(UV) run --no-sync golive drill

shots: uv ## Take the pictures of every page (needs a Chromium)
	@$(UV) sync --quiet
	$(UV) run --no-sync python -m tests.browser.pictures

# --strict, because a dependency that could not be looked up must not count as one without advisories.
audit: uv ## Hold every locked dependency against the known advisories (asks the network)
	$(UV) export --frozen --all-extras --all-groups --no-emit-project --quiet --output-file build/requirements.txt
	$(UV) tool run pip-audit==2.10.1 --strict --require-hashes --disable-pip --requirement build/requirements.txt

docs: uv ## Write the page of the docs that is made from the code
	@$(UV) sync --quiet
	$(UV) run --no-sync python -m tests.access_document

clean: ## Remove what running left behind
	rm -rf .golive .pytest_cache .mypy_cache .ruff_cache .hypothesis
