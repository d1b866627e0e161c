# What a newcomer needs: `make demo` and `make test`. Both install what they need; `make help` lists the rest.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
# Tests write a lot of small files and sync them: in memory where there is room (KiB).
SHM := $(shell [ -w /dev/shm ] && [ "$$(df --output=avail -k /dev/shm | tail -1)" -ge 4194304 ] && echo TMPDIR=/dev/shm)
PYTEST := $(SHM) $(BIN)/pytest
MEMORY := not lab and not soak and not full
# What moves whole tenants, and takes its time: not in test-quick.
MOVES := execute disks objects s3 docs/test_tour.py $(addprefix cli/test_,second_pass.py odd_tenant.py cli_demo.py changed_at_target.py \
	cli_order.py cli_refusals.py cli_quotas.py cli_store.py cli_twins.py cli_encrypted.py cli_networks.py cli_screen.py)

.PHONY: help dist docs demo demo-quick test test-all test-quick test-room test-days sim simulate-run lint audit lab soak bench bench-objects bench-disks versus clean

help:
	@echo "make demo        the main job on two real local OpenStack clouds (Debian 13, root)"
	@echo "make demo-quick  the same story on in-memory clouds (any OS, no root)"
	@echo "make test        every kind of test once, the lab's too (Debian 13, root)"
	@echo "make test-all    the same, with the rest of each matrix"
	@echo "make test-room ROOM=disks  the tests in memory of what a change to that folder of migrate/ touches"
	@echo "make test-days   the tests in memory on other days, in other zones and languages, in any order, and hurried (hours)"
	@echo "make test-quick  those of the tests that need no lab, without moves of whole tenants, hostile"
	@echo "                 input, properties and the browser"
	@echo "make sim         whole migrations under a scheduler that a seed drives, with kills and faults, without waiting"
	@echo "make simulate-run SEED=203  one of them again, as a failed test says it (OPTIONS='--trace FILE')"
	@echo "make audit       known holes of what is installed, where advisories can be asked; else the lowest versions"
	@echo "make soak        hours: many examples of each property; kill -9 at every point and moment on the lab, and at"
	@echo "                 random (SOAK_SEED=n repeats); real guests; fuzzers"
	@echo "make bench       how long help, completion, and a plan, a forecast and a report of 10,000 resources take"
	@echo "make bench-objects  what moving objects costs, beside rclone (lab, hours; BENCH='--loads small --rounds 1')"
	@echo "make bench-disks  what storing and restoring disks takes, beside borg, restic, qemu-img, nbdcopy and rsync (BENCH=…)"
	@echo "make versus      what a move of awkward objects keeps, beside rclone (lab)"
	@echo "make dist        the wheel and the source archive, in dist/"
	@echo "make docs        the documentation as a site that any browser reads, in site/"
	@echo "make clean       removes the virtual environments and the lab's data"

$(BIN)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -c constraints.txt uv
	@# uv installs in a quarter of the time. What only pip reaches (an index of its settings, say) pip installs.
	UV_SYSTEM_CERTS=1 $(BIN)/uv pip install -q --python $(BIN)/python -c constraints.txt -e '.[dev,docs]' \
		|| $(BIN)/pip install -q -c constraints.txt -e '.[dev,docs]'
	@touch $@

demo:
	@lab/require "make demo"
	@$(MAKE) -s $(BIN)/.installed
	@lab/demo

demo-quick: $(BIN)/.installed
	@rm -rf .demo/quick
	@mkdir -p .demo
	@$(BIN)/decamp demo .demo/quick

lint: $(BIN)/.installed
	$(BIN)/ruff check migrate tests lab
	$(BIN)/ruff format --check migrate tests lab
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: $(BIN)/.installed
	@[ -x $(VENV)-audit/bin/pip-audit ] || { $(PYTHON) -m venv $(VENV)-audit && $(VENV)-audit/bin/pip install -q pip-audit; }
	@$(BIN)/python -m tests.audit $(VENV)-audit/bin/pip-audit

test-quick: $(BIN)/.installed lint
	$(PYTEST) -n 2 --dist worksteal $(addprefix --ignore tests/,$(MOVES)) -m "$(MEMORY) and not browser and not hostile and not hypothesis"

lab:
	@lab/require "make test"
	@lab/lab install
	@lab/lab up

test:
	@lab/require "make test"
	@VENV=$(VENV) $(PYTHON) tests/run.py $(addprefix --only ,$(ONLY))

test-all:
	@lab/require "make test-all"
	@VENV=$(VENV) $(PYTHON) tests/run.py --all

test-room: $(BIN)/.installed
	@$(BIN)/python -m tests.room $(ROOM) >/dev/null
	$(PYTEST) -n 2 --dist worksteal -m "$(MEMORY)" $$($(BIN)/python -m tests.room $(ROOM))

test-days: $(BIN)/.installed
	$(BIN)/python -m tests.days $(DAYS)

sim: $(BIN)/.installed
	$(PYTEST) -n 2 --dist worksteal -m "not soak" tests/sim tests/orders tests/plan/test_plan_again.py

simulate-run: $(BIN)/.installed
	@[ -n "$(SEED)" ] || { echo "say which seed: make simulate-run SEED=203"; exit 2; }
	$(BIN)/python -m tests.sim --seeds $(SEED) -v $(OPTIONS)

soak: $(BIN)/.installed lab
	PROPERTIES=many $(PYTEST) -n 2 -m "hypothesis and not lab and not soak"
	$(PYTEST) -m soak -s

bench: $(BIN)/.installed
	$(BIN)/python -m tests.cli.measure
	$(BIN)/python -m tests.plan.measure
	$(BIN)/python -m tests.objects.listing.measure
	$(BIN)/python -m tests.forecast.measure
	$(BIN)/python -m tests.report.measure

bench-objects: $(BIN)/.installed
	@lab/require "make bench-objects"
	@$(MAKE) -s lab
	$(BIN)/python -m tests.objects_bench $(BENCH)

bench-disks: $(BIN)/.installed
	@lab/lab install --peers
	$(BIN)/python -m tests.disks_bench $(BENCH)

versus: $(BIN)/.installed
	@lab/require "make versus"
	@$(MAKE) -s lab
	$(BIN)/python -m tests.objects_bench.versus

dist: $(BIN)/.installed
	rm -rf build dist
	$(BIN)/python -c "import setuptools.build_meta as b; b.build_sdist('dist'); b.build_wheel('dist')"

# Its authors announce their next tool at each build. Not with -q: then a link that leads nowhere ends nothing.
docs: $(BIN)/.installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build

clean:
	-lab/lab down
	-lab/lab wipe
	rm -rf $(VENV) $(VENV)-audit lab/.venv .demo .test-run tests/flaky.jsonl site
