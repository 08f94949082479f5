# The two commands are `make book` and `make test`; plain `make` lists them all.
# PYTHON=…  the Python to make the environment with (3.11 to 3.13); found by itself if not given.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: audit licences help install book test checked-code tested test-families test-exports test-ndif test-ndif-live coverage benchmark benchmark-gpu models seeds runs pins clean calibration book-time page-time concept-time predictors operators side-effects strength test-slurm test-faults wordings
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

pythons := $(if $(PYTHON),"$(PYTHON)",.venv/bin/python python3.13 python3.12 python3.11 python3 python)
fits := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
# Runs its argument with the first of these Pythons that really works and fits.
define with_python
for python in $(pythons); do \
  if "$$python" -c '$(fits)' >/dev/null 2>&1; then exec "$$python" $(1); fi; \
done; \
echo 'No Python 3.11 to 3.13 with its venv module among: $(pythons); install one, or name one: make $@ PYTHON=/path/to/python' >&2; \
exit 2
endef

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

install: ## make the environment .venv from exact pins; REAL=1 adds a real chat model's weights
	@$(call with_python,install.py)

book: install ## measure what is missing and build the book
	@.venv/bin/steering report

test: install ## check the code and run the tests
	@$(MAKE) --no-print-directory -j 2 checked-code tested

# Side by side: types are checked on one core, which would leave the others idle.
checked-code:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

tested:
	MAKEFLAGS= .venv/bin/python -m pytest -n logical --maxprocesses 4

test-families: install ## hold every family of models to plain hooks, in every way of asking
	.venv/bin/python -m pytest -n logical --maxprocesses 4 -m families tests/families tests/forward

test-exports: install .venv-exports/installed ## load our exports in llama.cpp and other tools, built once
	.venv/bin/python -m pytest -m exports tests/exports

# steering-vectors pins transformers below 5: these tools get an environment of their own.
.venv-exports/installed: tests/exports/tools.txt
	.venv/bin/python -m venv --clear .venv-exports
	nice .venv-exports/bin/python -m pip install --quiet --disable-pip-version-check -r tests/exports/tools.txt
	@touch $@

test-ndif: install .venv-ndif/installed ## hold remote measuring to a real NDIF server, on this machine; writes measured/
	.venv/bin/python -m experiments.ndif.run .venv-ndif/bin/python

test-ndif-live: install ## a small measurement on NDIF itself, with your key (MODEL=owner/name)
	.venv/bin/python -m experiments.ndif.live $(MODEL)

# NDIF asks for Python 3.12: its server gets an environment of its own.
.venv-ndif/installed: experiments/ndif/server.txt
	.venv/bin/python -m experiments.ndif.install

test-slurm: install ## make a report on a Slurm of one node on this machine, as root; writes measured/
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint pins.txt --editable '.[slurm]'
	.venv/bin/python -m experiments.slurm

test-faults: install ## kill measurements and reports at random moments, fill disks (half an hour)
	.venv/bin/python -m experiments.faults

benchmark: install .venv-peer/installed ## time the core against others; writes measured/
	OMP_NUM_THREADS=1 .venv/bin/python -m experiments.benchmark

benchmark-gpu: install ## the same for a 7B shape in bfloat16 on a GPU
	.venv/bin/python -m experiments.benchmark --gpu

# The peer pins transformers below 5: it gets an environment of its own.
.venv-peer/installed: experiments/benchmark/peer.txt
	.venv/bin/python -m venv --clear .venv-peer
	.venv-peer/bin/python -m pip install --quiet --disable-pip-version-check -r experiments/benchmark/peer.txt
	@touch $@

coverage: install ## simulate how often the intervals hold the truth (minutes); writes measured/
	OMP_NUM_THREADS=1 .venv/bin/python -m experiments.coverage

calibration: install ## count how often each claim is made where it is false, and true (20 minutes; KEPT=1: what is new); writes measured/
	OMP_NUM_THREADS=1 .venv/bin/python -m experiments.calibration $(if $(KEPT),--kept)

models: install ## train the embedded models anew (hours; their weights are committed)
	@$(MAKE) --no-print-directory --jobs 2 model-wren model-linnet

# One core each; what is there already is gone on from.
model-%:
	.venv/bin/python -m training --name $*

runs: install ## measure the public sets on the embedded models; writes measured/, without their words
	.venv/bin/python -m experiments.public_runs

predictors: install ## read what training items of all runs foretell (10 minutes); writes measured/
	OMP_NUM_THREADS=1 .venv/bin/python -m experiments.predictors

protocols: install ## measure what each difference from the published protocol does (an hour; REAL=1 models too); writes measured/
	OMP_NUM_THREADS=1 .venv/bin/python -m experiments.protocols

operators: install ## try every operator and maker at equal cost on the models of ours (half an hour); writes measured/
	OMP_NUM_THREADS=1 .venv/bin/python -m experiments.operators

side-effects: install ## try every vector on every concept at all layers of the models of ours (minutes); writes measured/
	OMP_NUM_THREADS=1 .venv/bin/python -m experiments.side_effects

strength: install ## measure what committed runs lack of strength (MODEL=smollm2, or MODEL=wren FORM=said; an hour); writes measured/
	OMP_NUM_THREADS=1 .venv/bin/python -m experiments.strength_of_runs $(or $(MODEL),smollm2) $(FORM) $(CONCEPTS)

wordings: install ## try the vectors of our concepts in other words (half an hour); writes measured/
	OMP_NUM_THREADS=1 .venv/bin/python -m experiments.wordings

concept-time: install ## time concepts on a real model, with what was announced (10 minutes); writes measured/
	.venv/bin/python -m experiments.concept_time $(or $(MODEL),smollm2) $(or $(CONCEPTS),frugal corrigible-neutral-HHH)

book-time: install ## time the default book by kind of page (10 minutes, nothing else running); writes measured/
	.venv/bin/python -m experiments.book_time

page-time: install ## time how soon the book can be read from disk, and weigh it (a minute, nothing else running); writes measured/
	.venv/bin/python -m experiments.page_time

seeds: install ## train smaller models with several seeds (an hour or two); writes measured/
	.venv/bin/python -m experiments.seeds

# Versions that still fit stay as they are; remove pins.txt first to get the newest of everything.
# The CUDA build of torch pins its own libraries, so they are left out: a CPU build needs none.
pins: ## work pins.txt out anew from pyproject.toml
	@test -x .venv-pins/bin/python || ($(call with_python,-m venv .venv-pins))
	@.venv-pins/bin/python -m pip install --quiet --disable-pip-version-check uv==$(uv)
	@test ! -f pins.txt || cp pins.txt .venv-pins/pins.txt
	@.venv-pins/bin/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
	  --extra adapters --extra gpus --extra slurm --extra test --no-header --no-annotate --output-file .venv-pins/pins.txt pyproject.toml
	@grep -v -E '^(nvidia|cuda|triton)' .venv-pins/pins.txt > pins.txt
uv := 0.13.9

licences: install ## write anew which licence each pinned package has
	.venv/bin/python -m experiments.licences

audit: ## ask the package index for known vulnerabilities of all pinned packages
	@test -x .venv-pins/bin/python || ($(call with_python,-m venv .venv-pins))
	@.venv-pins/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	@.venv-pins/bin/pip-audit --strict --no-deps --disable-pip --requirement pins.txt

clean: ## remove the book, its measurements and all caches (not the environment)
	rm -rf book/_build .snakemake .pytest_cache .ruff_cache .mypy_cache .hypothesis .venv-pins
