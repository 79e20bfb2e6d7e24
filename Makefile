# make demo | test | fuzz | check | bench: each installs what it lacks into .venv first. PYTHON and VENV can be set on the command line.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test fuzz check bench install install-dev

demo: install
	@echo "Opening the built-in incident; press ? in it for the keys."
	@$(BIN)/triage demo

# Tests wait more than they compute: two processes take half the time. A file stays in one of them, with its servers.
test: install-dev
	$(BIN)/python -m pytest -q --numprocesses=2 --dist=loadfile --no-loadscope-reorder

# The properties on EXAMPLES new examples each; TESTS names a folder or file.
fuzz: install-dev
	EXAMPLES=$(or $(EXAMPLES),2000) $(BIN)/python -m pytest -q --hypothesis-profile=fuzz -m hypothesis $(TESTS)

check: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Logs of 100 MB, with SIZE=full of 1 GB; they stay in the cache folder, triage-bench, for the next time.
bench: install-dev
	$(BIN)/python -m tests.bench $(or $(SIZE),quick)

install: $(VENV)/.installed

install-dev: $(VENV)/.installed-dev

$(VENV)/.installed: pyproject.toml constraints.txt $(VENV)/.made
	@echo "Installing triage into $(VENV)."
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing what the tests and checks need into $(VENV)."
	@$(INSTALL) --group dev
	@touch $@

# Debian's python3 makes no environment with pip in it until python3-venv is there; --group needs pip 25.1.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "triage needs Python 3.11 or newer: make PYTHON=...")'
	@echo "Making $(VENV); the first time takes a minute or two."
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(MAKE) --no-print-directory python3-venv
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@touch $@

.PHONY: python3-venv
python3-venv:
	@if [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing python3-venv, which Debian keeps apart from python3."; \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null; \
	else \
	  echo "python3 cannot make a virtual environment; install it first: sudo apt-get install python3-venv" >&2; exit 1; \
	fi

# Labelled incidents are kept outside the repository: make eval DATA=FOLDER, which holds cases/ and tools/.
.PHONY: eval
eval: install-dev
	@test -d "$(DATA)" || { echo "make eval DATA=FOLDER, the folder of the labelled cases and their tools" >&2; exit 2; }
	$(BIN)/python -m tests.eval --data $(DATA) --out docs/diagnosis.md --work build/eval
