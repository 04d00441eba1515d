# make demo   opens the workbench on this machine
# make test   runs every test
# make anew   runs the property tests on newly drawn examples
# make coverage  runs every test and lists the lines that none of them runs
# make space  does what a Hugging Face Space does, from a fresh environment
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# More options for pytest, and its processes: make pytest PYTEST='--durations 50' WORKERS=5
PYTEST ?= --durations 20
# One more than CI's cores: tests of pages and servers wait, and another one works meanwhile. A fourth takes more than it gives.
WORKERS ?= 3
# The packages of a test environment are compiled by the first that imports them (see below), so it has to be kept.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test pytest coverage anew lint bench space clean

demo: $(VENV)/demo.stamp
	@exec $(BIN)/python app.py

test: $(VENV)/test.stamp
	@$(MAKE) --no-print-directory -j 2 lint pytest

# Files in the order that tests/conftest.py gives them, so that each process starts a folder's server and browser once.
pytest: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder -m "not slow and not gpu" $(PYTEST)

# In every process that a test starts, but for the sandboxed ones, which may not write: photo/ is covered better than it says.
coverage: $(VENV)/test.stamp
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder -m "not slow and not gpu" $(PYTEST)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

anew: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --anew -m "hypothesis and not slow and not gpu"

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/pyright

bench: $(VENV)/test.stamp
	$(BIN)/python -m tests.benchmarks.speed
	$(BIN)/python -m tests.benchmarks.archive

space: $(VENV)/test.stamp
	$(BIN)/python -m tests.space

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: requirements.txt | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

# Not compiled ahead: that takes a minute of one core, and most of the files are never imported.
$(VENV)/test.stamp: requirements.txt requirements-train.txt requirements-archive.txt requirements-test.txt | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile -r requirements-test.txt
	@touch $@ $(VENV)/demo.stamp

clean:
	rm -rf $(VENV)
