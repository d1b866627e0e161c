"""What the ledger lets through at this moment, and what is removed on a mark."""

from pathlib import Path

import pytest

from migrate.clouds.ports import NewImage
from migrate.errors import ConflictError, LeaseLost
from migrate.execute.actions.remove_temporaries import remove_marked
from migrate.execute.guard_rules import LedgerPermits
from migrate.execute.job import Job
from migrate.execute.runner import Runner
from migrate.ledger.step_claim import new_owner
from migrate.messages import codes
from migrate.model import Kind, Mark, Role
from migrate.model.steps import StopServer
from tests.execute.rig import MIGRATION, Rig


def test_a_stop_is_permitted_by_an_approval_of_the_very_step_alone(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path)
    ledger = rig.ledger()
    permits = LedgerPermits(ledger)
    step = next(step for step in rig.plan.steps if isinstance(step.action, StopServer))
    assert isinstance(step.action, StopServer)
    for digest, granted in (("0" * 64, False), (step.digest, True)):
        ledger.approve("cut-over", "tests", {step.id: digest}, "2026-01-01T00:00:00Z")
        permits.grant_stops(rig.plan)
        assert permits.may_stop(step.action.server_id) is granted


def test_temporaries_of_another_migration_are_not_made(tmp_path: Path) -> None:
    permits = LedgerPermits(Rig.make(tmp_path).ledger())
    assert permits.may_make(MIGRATION[:8]) and not permits.may_make("deadbeef")


@pytest.mark.parametrize("side", ["source", "target"])
def test_what_carries_another_mark_is_not_removed(tmp_path: Path, side: str) -> None:
    rig = Rig.make(tmp_path)
    cloud = rig.cloud(side)
    image = next(iter(rig.cloud("source").images.images())).id
    if side == "target":
        image = cloud.images.create(NewImage(name="the customer's", disk_format="raw"))
    mark = Mark(role=Role.TEMPORARY, migration=MIGRATION[:8], source_id="volume-1")
    ledger = rig.ledger()
    with pytest.raises(ConflictError) as caught:
        remove_marked(rig.context(ledger), cloud, side, Kind.IMAGE, image, mark)
    assert caught.value.code == codes.MARK_MISSING
    assert image in {each.id for each in cloud.images.images()}


def test_of_two_with_one_mark_the_one_that_the_ledger_knows_is_ours(tmp_path: Path) -> None:
    """The other is the work of a request that was on its way when its runner lost the step."""
    rig = Rig.make(tmp_path)
    ledger = rig.ledger()
    step = next(step for step in rig.plan.steps if step.do == "network.make")
    claim = ledger.claim(step.id, "tests", 60)
    assert claim
    job = Job(rig.context(ledger), step, claim)
    mark = job.mark(Role.MOVED, "net-1")

    def find() -> list[str]:
        return ["a-stranger", "ours"]

    def create() -> str:
        raise AssertionError("it is there")

    assert job.make("target", Kind.NETWORK, mark, source_id="net-1", find=find, create=create) == "a-stranger"
    for effect in ledger.effects(side="target"):
        ledger.effect_removed("target", Kind.NETWORK, effect.resource_id)
    job.record("target", Kind.NETWORK, Role.MOVED, source_id="net-1", resource_id="ours")
    assert job.make("target", Kind.NETWORK, mark, source_id="net-1", find=find, create=create) == "ours"


def test_nothing_is_made_once_the_step_is_lost(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path)
    ledger = rig.ledger()
    step = next(step for step in rig.plan.steps if step.do == "network.make")
    host, pid, _, name = new_owner().split("/")
    claim = ledger.claim(step.id, f"{host}/{pid}/0/{name}", 60)
    assert claim and ledger.claim(step.id, "another", 60)
    claim.beat()
    job, made = Job(rig.context(ledger), step, claim), list[str]()

    def create() -> str:
        made.append("a network")
        return "n"

    mark = job.mark(Role.MOVED, "net-1")
    with pytest.raises(LeaseLost):
        job.make("target", Kind.NETWORK, mark, source_id="net-1", find=list, create=create)
    assert made == []


def test_an_address_that_is_found_without_its_port_gets_it(tmp_path: Path) -> None:
    rig = Rig.moved(tmp_path)
    (row,) = rig.target_world.floating_ips.rows.values()
    port_id = row.record.port_id
    assert port_id
    row.change(port_id=None, fixed_ip_address=None)
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    rig.approve()
    assert rig.run().exit_code == 0
    (row,) = rig.target_world.floating_ips.rows.values()
    assert row.record.port_id == port_id


def test_no_more_disks_are_captured_at_once_than_the_policy_says(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path)
    runner = Runner(rig.context(rig.ledger()))
    capture = next(step for step in rig.plan.steps if step.action.captures_disk)
    limit = rig.policy.limits.disks
    assert runner._within_limits(capture, [capture] * (limit - 1))
    assert not runner._within_limits(capture, [capture] * limit)
