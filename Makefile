# Everything a newcomer types. Each target sets up what it needs; nothing has to be installed first but Python ≥ 3.11.

VENV := .venv
PYTHON := $(VENV)/bin/python
DETENTE := $(VENV)/bin/detente
READY := $(VENV)/.ready
PEERS := .venv-peers
BENCH := .venv-bench

.PHONY: help setup peers demo lab test lint docs bench bench-peers lock clean

help:
	@echo "make setup   set up .venv with the locked versions; leaves the command at $(DETENTE)"
	@echo "make peers   set up $(PEERS) with other people's solvers, for second opinions in the tests"
	@echo "make demo    solve the first case and print what follows, what blocks a deal, what would open one"
	@echo "make lab     open the laboratory: move a case's assumptions on a page, and see the answer move"
	@echo "make test    run the tests"
	@echo "make lint    check format, lint and types"
	@echo "make docs    render the documentation to HTML, equations included, in site/"
	@echo "make bench   measure solves per second, compile times and start-up"
	@echo "make bench-peers   measure against other people's solvers and compiled code, set up in $(BENCH)"
	@echo "make lock    choose the locked versions anew"
	@echo "make clean   remove what these targets made, runs apart"

setup: $(READY)

$(READY): requirements/dev.lock pyproject.toml scripts/find-python
	@python=$$(scripts/find-python) || exit 1; \
	echo "setting up $(VENV) with $$($$python --version)"; \
	test -x $(PYTHON) || $$python -m venv $(VENV)
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

peers: $(PEERS)/.ready

# sgamesolver's set-up compiles for minutes what its NumPy code does as well: its files are unpacked instead.
$(PEERS)/.ready: requirements/peers.lock requirements/peers-source.lock scripts/find-python
	@python=$$(scripts/find-python) || exit 1; \
	echo "setting up $(PEERS) with $$($$python --version)"; \
	test -x $(PEERS)/bin/python || $$python -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/peers.lock
	@$(PEERS)/bin/python -m pip download -qq --disable-pip-version-check --require-hashes --no-deps --no-build-isolation --dest $(PEERS) -r requirements/peers-source.lock
	@tar -xzf $(PEERS)/sgamesolver-*.tar.gz -C $(PEERS)
	@touch $@

demo: setup
	$(DETENTE) run missile-limits --out runs/demo

# CASE=FILE opens another case.
lab: setup
	$(DETENTE) lab $(CASE)

test: setup peers
	$(PYTHON) -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: setup
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m pyright

docs: setup
	$(PYTHON) scripts/render_docs.py site

bench: setup
	$(PYTHON) -m benchmarks.run

# QUICK=--quick does the same on tiny sizes, to see that everything works.
bench-peers: setup $(BENCH)/.ready
	$(PYTHON) -m benchmarks.peers $(QUICK)

$(BENCH)/.ready: benchmarks/peers/requirements.lock requirements/peers-source.lock scripts/find-python
	@python=$$(scripts/find-python) || exit 1; \
	echo "setting up $(BENCH) with $$($$python --version); compiling sgamesolver takes minutes"; \
	test -x $(BENCH)/bin/python || $$python -m venv $(BENCH)
	@$(BENCH)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r benchmarks/peers/requirements.lock
	@$(BENCH)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps --no-build-isolation -r requirements/peers-source.lock
	@touch $@

lock: setup
	$(VENV)/bin/pip-compile --quiet --extra lab --extra dev --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-header -o requirements/dev.lock pyproject.toml
	$(VENV)/bin/pip-compile --quiet --pre --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header -o requirements/peers.lock requirements/peers.in
	$(VENV)/bin/pip-compile --quiet --pre --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header -o benchmarks/peers/requirements.lock benchmarks/peers/requirements.in

clean:
	rm -rf $(VENV) $(PEERS) $(BENCH) .pytest_cache .ruff_cache .hypothesis build dist src/*.egg-info
