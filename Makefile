# make demo   opens the workbench on this machine
# make test   runs every test
# make anew   runs the property tests on newly drawn examples
# make space  does what a Hugging Face Space does, from a fresh environment
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test anew lint bench space clean

demo: $(VENV)/demo.stamp
	@exec $(BIN)/python app.py

test: $(VENV)/test.stamp lint
	$(BIN)/python -m pytest -m "not slow and not gpu"

anew: $(VENV)/test.stamp
	$(BIN)/python -m pytest --anew -m "hypothesis and not slow and not gpu"

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/pyright

bench: $(VENV)/test.stamp
	$(BIN)/python -m tests.benchmarks.speed

space: $(VENV)/test.stamp
	$(BIN)/python -m tests.space

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: requirements.txt | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/test.stamp: requirements.txt requirements-train.txt requirements-archive.txt requirements-test.txt | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-test.txt
	@touch $@ $(VENV)/demo.stamp

clean:
	rm -rf $(VENV)
