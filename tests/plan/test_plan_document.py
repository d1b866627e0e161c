"""The plan as a document: it reads back, old ones too, it fits its world or says why not; and the examples."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from migrate.documents import sealed_bytes
from migrate.errors import ConfigError, ConflictError
from migrate.inventory.inventory_file import read_inventory
from migrate.messages import codes
from migrate.model.steps import Gate, Plan
from migrate.model.wave_records import PlannedWave
from migrate.plan.build_plan import build_plan, inputs_of
from migrate.plan.plan_file import fits, read_plan, write_plan
from migrate.plan.readiness.check_all import blocking, check
from migrate.policy.reader import parse_policy
from tests.plan.make_golden import GOLDEN, PLANS
from tests.plan.tenants import policy, shop, target

EXAMPLES = sorted(path.stem for path in PLANS.glob("*.yaml"))
# What its policy says is still to be mended at the source: each is a rule of the target, found before it refuses.
BLOCKED = {
    "cloudwatt-to-flexible-engine": {
        (codes.SUBNET_ADDRESS_RESERVED, "couchbase-ports"),
        (codes.DISK_SIZE_REFUSED, "couchbase-cinder_volume"),
    },
}


def made() -> Plan:
    return build_plan(shop(), target(), policy())


def test_a_plan_reads_back(tmp_path: Path) -> None:
    write_plan(tmp_path / "plan.json", made())
    assert read_plan(tmp_path / "plan.json") == made()


def test_plans_of_version_1_stay_readable() -> None:
    """Never edit the golden files: a reader of today must read what was written then, and brings it up to date."""
    plan = read_plan(GOLDEN / "plan-v1.json")
    assert plan.version == 2
    assert {step.do for step in plan.steps} >= {"volume.capture", "server.make", "container.copy", "disk.verify"}
    assert [gate.name for gate in plan.gates] == ["cut-over"]


def test_a_plan_of_version_1_no_longer_fits_its_inputs() -> None:
    """It lacks steps that are made today: it is to be made again before anything is done."""
    source, there = (read_inventory(GOLDEN / f"shop.{side}.json") for side in ("source", "target"))
    said = parse_policy((PLANS / "shop.yaml").read_text())
    plan = read_plan(GOLDEN / "plan-v1.json")
    with pytest.raises(ConfigError) as caught:
        fits(plan, source.identity, there.identity, inputs_of(source, there, said))
    assert caught.value.code == codes.PLAN_OUTDATED


def test_plans_of_version_2_stay_readable() -> None:
    plan = read_plan(GOLDEN / "plan-v2.json")
    assert {step.do for step in plan.steps} >= {
        "subnet.dhcp",
        "router.routes",
        "floating-ip.forward",
        "trunk.make",
        "server-group.make",
        "image.share",
        "snapshot.capture",
        "backup.capture",
    }
    assert {out.code for out in plan.left_out} >= {codes.NO_FLAVOR, codes.IMAGE_OF_SNAPSHOTS, codes.BACKUP_CONTAINER}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text[:-30], codes.DOCUMENT_DAMAGED),
        (lambda text: text.replace('"rank": 1,', '"rank": 9,', 1), codes.DOCUMENT_EDITED),
        (lambda text: text.replace('"version": 2', '"version": 7'), codes.DOCUMENT_VERSION),
        (lambda text: "{}", codes.DOCUMENT_VERSION),
    ],
)
def test_a_hand_edit_is_refused(tmp_path: Path, change, code: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "plan.json"
    write_plan(path, made())
    path.write_text(change(path.read_text()))
    with pytest.raises(ConfigError) as caught:
        read_plan(path)
    assert caught.value.code == code


STEPS = made().steps
ODD_PLANS: dict[str, dict[str, Any]] = {
    "a step twice": {"steps": (*STEPS, STEPS[0])},
    "a step that is not there": {"steps": (replace(STEPS[0], needs=("volume:gone",)), *STEPS[1:])},
    "a circle": {"steps": (replace(STEPS[0], needs=(STEPS[0].id,)), *STEPS[1:])},
    "a step without a kind": {"steps": (replace(STEPS[0], id="gone"),)},
    "a gate that is not there": {"gates": ()},
    "a gate of a step that is not there": {"gates": (Gate(name="cut-over", why="", steps=("server:gone:stop",)),)},
    "a wave of a server that is not stopped": {"waves": (PlannedWave(name="w", servers=("gone",), windows=()),)},
}


@pytest.mark.hostile
@pytest.mark.parametrize("odd", ODD_PLANS)
def test_a_plan_that_names_what_is_not_there_is_damaged(tmp_path: Path, odd: str) -> None:
    """Sealed as ours: whoever hands a workspace over can do that."""
    write_plan(tmp_path / "plan.json", replace(made(), **ODD_PLANS[odd]))
    with pytest.raises(ConfigError) as caught:
        read_plan(tmp_path / "plan.json")
    assert caught.value.code == codes.DOCUMENT_DAMAGED


def test_no_plan_yet(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_plan(tmp_path / "plan.json")
    assert caught.value.code == codes.DOCUMENT_MISSING


def test_a_plan_fits_its_inputs() -> None:
    plan = made()
    fits(plan, shop().identity, target().identity, inputs_of(shop(), target(), policy()))


def test_a_plan_whose_inputs_changed_is_stale() -> None:
    later = replace(shop(), volumes=shop().volumes[:1])
    seals = inputs_of(later, target(), policy(language="fr"))
    with pytest.raises(ConfigError) as caught:
        fits(made(), shop().identity, target().identity, seals)
    assert (caught.value.code, caught.value.facts["what"]) == (codes.PLAN_OUTDATED, "policy, source")


def test_another_tenants_plan_is_refused() -> None:
    other = replace(target().identity, project_id="other")
    seals = inputs_of(shop(), target(), policy())
    for source, there in ((other, target().identity), (shop().identity, other)):
        with pytest.raises(ConflictError) as caught:
            fits(made(), source, there, seals)
        assert caught.value.code == codes.PLAN_OF_OTHER_PROJECT
        assert "other" in str(caught.value.facts["expected"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_makes_its_golden_plan_to_the_byte(name: str) -> None:
    """After a change that is meant: `python -m tests.plan.make_golden`, and read the difference."""
    said = parse_policy((PLANS / f"{name}.yaml").read_text())
    source, there = (read_inventory(GOLDEN / f"{name}.{side}.json") for side in ("source", "target"))
    plan = build_plan(source, there, said)
    assert sealed_bytes(plan) == (PLANS / f"{name}.plan.json").read_bytes()
    assert {(f.code, f.name) for f in blocking(check(source, there, said), said)} == BLOCKED.get(name, set())
