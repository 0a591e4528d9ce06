# The verbs of pdmodel; `make` alone prints them. Needs Python >= 3.11, make and git only.

VENV ?= .venv
BIN = $(VENV)/bin
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
APPLICATIONS = $(wildcard applications/*/pyproject.toml)
SETTINGS = setup.cfg pyproject.toml constraints.txt $(APPLICATIONS)
RESULT = results/response
COMPARED = results/compare_response
SECONDS ?= 60
STATES ?= 2000
SEED ?= 1

# Every check runs, also after one that failed; pytest is last, so that its summary closes.
CHECKS = "ruff check" "ruff format --check" "codespell" "mypy" "lint-imports" $(APPLICATIONS:%="lint-imports --config %") "pytest"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help fit trial predict compare test fuzz soak conformance benchmark coverage readme docs docs-check clean

help: ## print the verbs
	@echo "make VERB, where VERB is one of"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{printf "%-15s%s\n", $$1, $$2}'
	@echo "They install into $(VENV); choose the Python with PYTHON=/path/to/python3."

fit: $(VENV)/.installed ## fit responders and nonresponders; report and figures go to results/response
	$(BIN)/pdmodel fit response --starts 8 --seed 1 --jobs 2 --out $(RESULT) --overwrite

trial: $(VENV)/.installed ## run the trials in 1,000 virtual patients; tables go to results/trial
	$(BIN)/pdmodel trial compare phase2 high_dose low_dose --calibrate --patients 1000 --seed 1 --out results/trial --overwrite

predict: $(VENV)/.installed ## predict all reported trials from the 10 mg trial; the table is results/predictions/predictions.csv
	$(BIN)/pdmodel trial compare --all --patients 1000 --seed 1 --out results/predictions --overwrite

compare: $(VENV)/.installed ## judge 27 hypotheses; the report is results/compare_response/report.html
	$(BIN)/pdmodel compare response --seed 1 --jobs 2 --out $(COMPARED)
	$(BIN)/pdmodel discriminate response --from $(COMPARED)
	$(BIN)/pdmodel profile response --fit $(COMPARED)/hypotheses/reference/fit --jobs 2 \
	    --out $(COMPARED)/profile --overwrite --quiet
	$(BIN)/pdmodel profile response --fit $(COMPARED)/hypotheses/reference/fit --jobs 2 \
	    --predict nonresponder:il6:fold_change:84 --predict responder:blood_cll:fold_change:168 \
	    --out $(COMPARED)/profile --overwrite --quiet
	$(BIN)/pdmodel sensitivity response --fit $(COMPARED)/hypotheses/reference/fit --local \
	    --out $(COMPARED)/sensitivity --overwrite --quiet
	$(BIN)/pdmodel trial run phase2 --patients 512 --out $(COMPARED)/trial --overwrite --quiet
	$(BIN)/pdmodel report $(COMPARED)

test: $(VENV)/.tested ## run all checks: style, spelling, types, architecture, tests
	@failed=; \
	for check in $(CHECKS); do \
	    echo "== $$check"; \
	    $(BIN)/$$check || failed="$$failed $${check%% -*},"; \
	done; \
	if [ -n "$$failed" ]; then echo "failed:$${failed%,}"; exit 1; fi

fuzz: $(VENV)/.tested ## random models and doses against a reference; SECONDS=600 SEED=7 says how long and which
	$(BIN)/python -m tests.differential --seconds $(SECONDS) --seed $(SEED)

soak: $(VENV)/.tested ## ask the explorer of every model from two browsers at once; STATES=2000 SEED=7 says how much and what
	$(BIN)/python -m tests.explore.soak --states $(STATES) --seed $(SEED)

conformance: $(VENV)/.tested ## run the suites of SBML and say what passes; PDMODEL_EXTERNAL names the folder of data
	$(BIN)/python -m tests.conformance

benchmark: $(VENV)/.timed ## time pdmodel and its peers; the figures go to results/benchmark.json
	$(BIN)/python -m benchmarks

coverage: $(VENV)/.tested ## run the tests and list the lines that they miss
	$(BIN)/pytest --cov

readme: $(VENV)/.installed ## redraw the figure and rewrite the table of the README
	$(BIN)/python docs/readme.py

docs: $(VENV)/.documented ## build the site; docs/_build/html/index.html opens it
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet --jobs auto -d docs/_build/doctrees docs docs/_build/html

docs-check: docs $(VENV)/.tested ## run all code of pages and notebooks, look at every docstring, open every page in Chromium
	$(BIN)/python -m docs.checks.docstrings
	$(BIN)/python -m docs.checks.crawl
	$(BIN)/python -m docs.checks.blocks
	$(BIN)/python -m docs.checks.notebooks

clean: ## remove the environment, caches and builds; results stay
	rm -rf $(VENV) build dist *.egg-info applications/*/build applications/*/*.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	rm -rf .hypothesis .coverage .coverage.* docs/_build docs/made
	find pdmodel equations fits applications examples tests docs benchmarks -type d -name __pycache__ -prune -exec rm -rf {} +

# The first Python that is new enough and can make environments; merely being there is not enough.
$(VENV)/.created:
	@for python in $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python); do \
	    if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
	        2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "error: found no Python >= 3.11 with venv; name one: make VERB PYTHON=/path/to/python3" >&2; \
	    exit 1; \
	fi; \
	echo "creating $(VENV) with $$found"; "$$found" -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.created $(SETTINGS)
	@echo "installing pdmodel into $(VENV)"
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	@echo "installing what the tests need"
	@$(INSTALL) --editable ".[test]" --editable applications/arthritis
	@touch $@

$(VENV)/.timed: $(VENV)/.installed
	@echo "installing the peers"
	@$(INSTALL) --editable ".[benchmark]"
	@touch $@

$(VENV)/.documented: $(VENV)/.installed
	@echo "installing what the site is built with"
	@$(INSTALL) --editable ".[docs,interchange,bayes]" --editable applications/arthritis
	@touch $@
