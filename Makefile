# The course in two commands: `make lab` opens it, `make test` tests it. Both set up .venv first. COURSE_ENV names another
# folder for it, such as .venv-3.14.
# Kept to what macOS's GNU make 3.81 knows. Paths are relative, so the checkout's own may contain spaces.

PYTHON ?= python3
COURSE_ENV ?= .venv
OLDEST := $(shell sed -n 's/^requires-python = ">=\(.*\)"/\1/p' pyproject.toml)
UV := $(shell command -v uv 2>/dev/null)
BIN := $(COURSE_ENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
READY := $(COURSE_ENV)/ready

# uv is faster and needs no ensurepip. With several Pythons under pyenv it finds only one, unless given the full path.
ifdef UV
VENV = uv venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(COURSE_ENV)
INSTALL = uv pip install --quiet --compile-bytecode --python $(COURSE_ENV)
else
VENV = $(PYTHON) -m venv $(COURSE_ENV)
INSTALL = $(BIN)/python -m pip install --quiet
endif

# Where Python is told to write no bytecode, as in some containers, each worker process would compile the course anew.
unexport PYTHONDONTWRITEBYTECODE

# In a copied or moved folder, the environment has the helpers of the original, or none: "elsewhere". Without a Python
# that runs, it says nothing. In both cases there is something to set up.
LOOK = import importlib.util, os; found = importlib.util.find_spec("helpers"); \
	print("here" if found and os.path.samefile(*found.submodule_search_locations, "helpers") else "elsewhere")
HELPERS := $(shell $(BIN)/python -P -c '$(LOOK)' 2>/dev/null)
ifneq ($(HELPERS),here)
.PHONY: $(READY)
endif

.PHONY: help lab test grade matrix bench soak mutants refresh notebook film lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

lab: export JUPYTER_CONFIG_PATH := $(CURDIR)/jupyter
lab: $(READY) ## open the course in JupyterLab
	@echo 'Opening JupyterLab. To stop it, press Ctrl-C here twice.'
	@$(BIN)/python -m jupyterlab $(ARGS)

test: $(READY) ## run all tests; ARGS="-k pool" selects some
	@$(BIN)/python -m pytest -n auto -rfEs $(ARGS)

grade: $(READY) ## check the answers that a class handed in: FOLDER=path/to/them
	$(if $(FOLDER),,$(error name the folder: make grade FOLDER=path/to/the/answers))
	@$(BIN)/python -m helpers.grading "$$FOLDER"

matrix: $(READY) ## run every notebook on each Python found, under each start method; ARGS="13 --python /path/to/python"
	@$(BIN)/python tests/matrix.py $(ARGS)

bench: $(READY) ## measure speedups and costs beside other tools; ARGS="speedups growth" measures some
	@$(BIN)/python tests/benchmark.py $(ARGS)

soak: $(READY) ## run all notebooks and a panel again and again: does anything grow? ARGS="3 07 08" takes some
	@$(BIN)/python tests/soak.py $(ARGS)

mutants: $(READY) ## put one defect at a time into helpers: do the tests notice? ARGS="spans labels" tries some
	@$(BIN)/python tests/mutants.py $(ARGS)

refresh: $(READY) ## run what changed in the notebooks and store its outputs; ARGS="07 --all" runs all of one
	@$(BIN)/python tests/refresh.py $(ARGS)

notebook: $(READY) ## lay out a new notebook: ARGS="15 my-question"
	@$(BIN)/python tests/new_notebook.py $(ARGS)

film: $(READY) ## film the panel for the README
	@$(BIN)/python -m pytest -q -n 0 tests/film.py

lock: ## pin what pyproject.toml asks for (needs uv); ARGS=--upgrade picks newer versions
	$(if $(UV),,$(error make lock needs uv: pip install uv))
	@uv pip compile --quiet --universal --generate-hashes --python-version $(OLDEST) --custom-compile-command "make lock" \
		--group build --group test $(ARGS) --output-file requirements.lock pyproject.toml

clean: ## remove .venv and caches
	@rm -rf .venv .venv-* .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The last line marks the environment as complete. If making it was interrupted, it starts over.
$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < tuple(map(int, "$(OLDEST)".split("."))))' || \
		{ echo 'The course needs Python $(OLDEST) or newer. If yours has another name: make lab PYTHON=/path/to/python' >&2; exit 1; }
ifndef UV
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo '$(PYTHON) cannot make a virtual environment. Install its venv package (on Debian: python3-venv) or uv.' >&2; exit 1; }
endif
	@echo 'Setting up $(COURSE_ENV). This takes about a minute, once.'
ifneq ($(HELPERS),elsewhere)
	@rm -rf $(COURSE_ENV)
	@$(VENV)
endif
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@
