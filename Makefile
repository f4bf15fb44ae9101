# Needs python3 (3.11 to 3.13), make and git. Everything else is installed into .venv from
# requirements.lock. Another interpreter: make PYTHON=python3.12 <target>

VENV ?= .venv
BIN := $(VENV)/bin

# Without PYTHON an existing .venv is kept as it is.
ifeq ($(origin PYTHON),undefined)
PYTHON := python3
VERSION := $(shell $(BIN)/python -V 2>/dev/null || $(PYTHON) -V)
else
VERSION := $(shell $(PYTHON) -V)
endif
VERSION := $(subst Python ,,$(VERSION))
LOCKED := $(VENV)/.locked-$(VERSION)-$(shell cksum < requirements.lock | tr -cd 0-9)
READY := $(VENV)/.ready-$(VERSION)-$(shell cat requirements.lock pyproject.toml | cksum | tr -cd 0-9)

.PHONY: help setup demo test test-browser browser check bench soak format transcripts-update catalogs lock

help:
	@echo "make demo                phones side by side on a page; without a terminal, the story as text"
	@echo "make test                all tests, a few minutes"
	@echo "make test-browser        the simulator's page in a real Chromium"
	@echo "make check               format, lint, types, import rules, flows, catalogs"
	@echo "make bench               measure, and print the machine"
	@echo "make soak                the long tests: 1,000 kills"
	@echo "make format              let ruff write what make check asks for"
	@echo "make transcripts-update  rewrite the bot's lines in tests/transcripts"
	@echo "make catalogs            regenerate locales/messages.pot and the .po skeletons"
	@echo "make lock                choose dependencies anew and write requirements.lock"

setup: $(READY)

$(LOCKED):
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(not (3, 11) <= v <= (3, 13) and "Onbelay needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.12 setup")'
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

$(READY): $(LOCKED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: $(READY)
	@$(BIN)/onbelay demo $(ARGS)

test: $(READY)
	$(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

test-browser: $(READY) browser
	$(BIN)/python -m pytest -m browser tests/test_browser.py $(ARGS)

# The system's: nothing is fetched from anywhere else.
browser:
	@tests/tools/chromium

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict bot flows tests
	$(BIN)/lint-imports
	$(BIN)/python -m tests.checks

bench: $(READY)
	@$(BIN)/python -m tests.bench $(ARGS)

soak: $(READY)
	ONBELAY_DEATHS=$${ONBELAY_DEATHS:-1000} $(BIN)/python -m pytest -m "soak or kills" $(ARGS)

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

transcripts-update: $(READY)
	$(BIN)/python -m pytest tests/test_transcripts.py --update $(ARGS)

catalogs: $(READY)
	$(BIN)/python -m tests.checks --update

# On the oldest Python we support, so that nothing that only it needs is missed.
lock:
	rm -rf build/lock
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check pip-tools
	CUSTOM_COMPILE_COMMAND="make lock" build/lock/bin/pip-compile --quiet --upgrade --generate-hashes \
		--strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --extra dev --output-file requirements.lock pyproject.toml
