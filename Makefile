# Every target sets up .venv first, from the lock file; nothing but python3 (3.11 or newer) and make is needed.

PYTHON := .venv/bin/python
ARGS ?=

# Where it is set, as in many containers, each of the hundreds of processes that the tests start would
# compile every module anew, which costs it a second.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-full soak check bench docs fuzz lock setup setup-run debian clean

run: setup-run          ## migrate the `secure` suite with the reference engine, and write runs/latest
	.venv/bin/hanbench run $(ARGS)

test: setup debian    ## the tests, without the slow ones
	$(PYTHON) -m pytest -n 2 -m "not slow and not soak" $(ARGS)

test-full: setup debian  ## all tests with coverage, types, layers and style
	$(PYTHON) tools/check --slow

soak: setup           ## what takes many minutes: the zoo against every case, the wide scopes, the full agreement
	$(PYTHON) -m pytest -n 2 -m soak --timeout=3600 $(ARGS)

check: setup          ## what a developer runs before each commit
	$(PYTHON) tools/check

bench: setup          ## the speeds, beside a calibration loop of the same run
	$(PYTHON) tools/bench.py $(ARGS)

docs: setup           ## the documents, as pages to read: docs/_build/html/index.html
	$(PYTHON) -m sphinx -b html -W --keep-going -n -q docs docs/_build/html

fuzz: setup           ## a long run over every decoder; ARGS="NAME SECONDS FOLDER" or "all 600 corpus"
	$(PYTHON) tests/fuzz/fuzz.py $(or $(ARGS),all 60)

lock: setup           ## pin the newest packages that pyproject.toml allows (wants uv)
	tools/lock

setup-run:
	@tools/setup run

setup:
	@tools/setup

debian:
	@tools/need-debian

clean:                ## forget .venv and what tools left behind
	rm -rf .venv build dist docs/_build docs/written *.egg-info .coverage* htmlcov .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
