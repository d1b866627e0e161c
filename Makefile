# What a newcomer needs: `make demo` and `make test`. Both install what they need; `make help` lists the rest.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help demo demo-quick test test-quick lint lab soak bench clean

help:
	@echo "make demo        the main job on two real local OpenStack clouds (Debian 13, root)"
	@echo "make demo-quick  the same story on in-memory clouds (any OS, no root)"
	@echo "make test        all tests, the lab's too (Debian 13, root)"
	@echo "make test-quick  the tests that need no lab"
	@echo "make soak        random kills for hours (SOAK_MINUTES=120)"
	@echo "make clean       removes the virtual environments and the lab's data"

$(BIN)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(BIN)/.installed
	@lab/demo

demo-quick: $(BIN)/.installed
	@$(BIN)/python -m tests.demo_quick

lint: $(BIN)/.installed
	$(BIN)/ruff check migrate tests
	$(BIN)/ruff format --check migrate tests
	$(BIN)/mypy
	$(BIN)/lint-imports

test-quick: $(BIN)/.installed lint
	$(BIN)/pytest -m "not lab and not soak"

lab:
	@lab/lab install
	@lab/lab up

test: $(BIN)/.installed lint lab
	$(BIN)/pytest -m "not soak"

soak: $(BIN)/.installed lab
	$(BIN)/pytest -m soak -s

clean:
	-lab/lab down
	-lab/lab wipe
	rm -rf $(VENV) lab/.venv .demo
