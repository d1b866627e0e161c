"""Plans of tenants that live on end with one that leaves nothing to do, and what is wrong with a plan is seen.

`python -m tests.plan.again --seeds 203` repeats one seed.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace

from migrate.findings import inputs, judge_target
from migrate.findings.finding import Finding
from migrate.findings.inputs import Case
from migrate.model.steps import MakePort, MakeServer, Step
from migrate.plan import build_disks, build_network, build_plan, build_ports, build_servers
from tests.plan.again import Course

_SEEDS = 250
_UNTIL_FOUND = 200


@pytest.mark.parametrize("first", range(0, 1000, _SEEDS))
def test_a_tenant_that_changes_three_times_ends_with_nothing_to_do(first: int) -> None:
    for seed in range(first, first + _SEEDS):
        _runs(seed)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("first", range(1000, 21000, 1000))
def test_twenty_thousand_tenants(first: int) -> None:
    for seed in range(first, first + 1000):
        _runs(seed)


def _runs(seed: int) -> None:
    try:
        Course(seed).run()
    except Exception as err:
        raise AssertionError(f"python -m tests.plan.again --seeds {seed}: {err!r}") from err


# ---------------------------------------------------------------- defects


Put = Callable[[Any, str, object], None]


def _without(steps: Iterator[Step], kind: type, needs: str) -> Iterator[Step]:
    """Steps of this kind lose the needs that end so."""
    for step in steps:
        kept = tuple(need for need in step.needs if not need.endswith(needs))
        yield replace(step, needs=kept) if isinstance(step.action, kind) else step


def _ports_stand_before_their_rules(put: Put) -> None:
    steps = build_plan.port_steps  # type: ignore[attr-defined]
    put(build_plan, "port_steps", lambda decision: _without(steps(decision), MakePort, ":rules"))


def _servers_need_no_disk_that_was_read_back(put: Put) -> None:
    steps = build_disks.server_steps  # type: ignore[attr-defined]
    put(build_disks, "server_steps", lambda *args: _without(steps(*args), MakeServer, ":verify"))


def _captures_need_no_stop(put: Put) -> None:
    for module in (build_disks, build_servers):
        passage = module.passage

        def unneeding(*args: Any, passage: Any = passage, **kwargs: Any) -> Iterator[Step]:
            return passage(*args, **{**kwargs, "needs": ()})  # type: ignore[no-any-return]

        put(module, "passage", unneeding)


def _addresses_need_no_router(put: Put) -> None:
    put(build_ports, "_reaching", lambda _decision, _ip, port_id, _address: {f"port:{port_id}"})


def _what_is_ours_is_not_known(put: Put) -> None:
    put(inputs, "moved", lambda *_args: {})


def _the_default_group_is_always_somebody_elses(put: Put) -> None:
    judge = judge_target.judge_default  # type: ignore[attr-defined]

    def without_our_ports(case: Case) -> Iterator[Finding]:
        ports = tuple(port for port in case.target.ports if port.id not in case.ours.values())
        return judge(dataclasses.replace(case, target=replace(case.target, ports=ports)))

    put(judge_target, "judge_default", without_our_ports)


def _snapshots_are_forgotten(put: Put) -> None:
    put(build_disks, "_snapshot", lambda *_args: iter(()))


def _a_step_is_never_the_same(put: Put) -> None:
    numbers = count()
    put(build_network, "mtu_wanted", lambda *_args: next(numbers))


DEFECTS: dict[Callable[[Put], None], str] = {
    _ports_stand_before_their_rules: "stands before the rules",
    _servers_need_no_disk_that_was_read_back: "nobody has read back",
    _captures_need_no_stop: "is captured while",
    _addresses_need_no_router: "no router leads to",
    _what_is_ours_is_not_known: "our own effects change what is left out",
    _the_default_group_is_always_somebody_elses: "our own rules are taken for somebody else's",
    _snapshots_are_forgotten: "neither moved nor left out: ['snapshot:",
    _a_step_is_never_the_same: "no end",
}
"""And how it shows."""


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda one: one.__name__.strip("_").replace("_", "-"))
def test_a_defect_is_found(defect: Callable[[Put], None], monkeypatch: pytest.MonkeyPatch) -> None:
    defect(monkeypatch.setattr)
    with pytest.raises(AssertionError, match=re.escape(DEFECTS[defect])):
        for seed in range(_UNTIL_FOUND):
            Course(seed).run()
