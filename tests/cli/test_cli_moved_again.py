"""A wave after its first cut-over: stopped again in part, found off, planned again, joined by another server."""

from pathlib import Path

import pytest

from migrate.messages import codes
from tests.cli.conftest import Decamp, Result
from tests.cli.reached import reached
from tests.cli.wave_tenant import Tenant, change, planned_of, told


def ok(decamp: Decamp, root: Path, *args: str) -> Result:
    result = decamp("-C", root, *args)
    assert result.code == 0, (args, result.out, result.err)
    return result


def plan_pair(decamp: Decamp, root: Path) -> None:
    """Makes tool-2 and tool-3 one wave."""
    pair = 'waves:\n  servers: {"server:tool-2": pair, "server:tool-3": pair}'
    change(root, r"^waves:\n(  #.*\n)*  servers: .*$", pair)
    ok(decamp, root, "plan")


def power(tenant: Tenant, name: str, status: str) -> None:
    """Changes the state of the original, as its owner would."""
    tenant.source.power(tenant.ids[name], status)


def move(decamp: Decamp, root: Path, wave: str) -> None:
    ok(decamp, root, "approve", "cut-over", "--wave", wave)
    ok(decamp, root, "cut-over", wave, "--execute")


@pytest.fixture
def tenant(decamp: Decamp, tmp_path: Path) -> Tenant:
    """Three servers, one of which has moved: `tool-2`."""

    def lead(root: Path) -> tuple[Tenant, None]:
        tenant = Tenant(3)
        planned_of(decamp, root)
        move(decamp, root, "tool-2")
        return tenant, None

    return reached(tmp_path / "w", "one of three moved", lead)[0]


@pytest.fixture
def root(tenant: Tenant, tmp_path: Path) -> Path:
    return tmp_path / "w"


def back(decamp: Decamp, root: Path, wave: str) -> Result:
    return decamp("-C", root, "rollback", wave, "--execute", "--who", "Ann")


def state(decamp: Decamp, root: Path, wave: str) -> str:
    """The wave's state, as `cut-over` tells it before, during and after its cut-over."""
    shown = told(decamp, root, "cut-over", wave)
    view = shown["wave"] if isinstance(shown["wave"], dict) else shown
    return str(view["state"])


def plan_again(decamp: Decamp, root: Path) -> None:
    """Scans, plans and approves, as after a rollback. A plan may have nothing left to approve."""
    ok(decamp, root, "scan")
    ok(decamp, root, "plan")
    ok(decamp, root, "approve", "cut-over")


def test_a_second_cut_over_that_ended_between_two_stops_goes_back(decamp: Decamp, tmp_path: Path) -> None:
    """One server was stopped again; the other cannot be, as its owner has paused it."""
    tenant, root = Tenant(3), planned_of(decamp, tmp_path / "w")
    plan_pair(decamp, root)
    move(decamp, root, "pair")
    assert back(decamp, root, "pair").code == 0
    plan_again(decamp, root)
    power(tenant, "tool-3", "PAUSED")
    assert decamp("-C", root, "cut-over", "pair", "--execute").code == 5
    assert "tool-2" not in tenant.running("source")
    power(tenant, "tool-3", "ACTIVE")
    assert state(decamp, root, "pair") == "down"
    again = back(decamp, root, "pair")
    assert again.code == 0 and "nothing is left to do" not in again.err
    assert tenant.running("source") == set(tenant.ids)
    assert not {"tool-2", "tool-3"} & tenant.running("target")


def test_a_server_that_joins_an_accepted_one_is_not_accepted_with_it(
    decamp: Decamp, tenant: Tenant, root: Path
) -> None:
    ok(decamp, root, "accept", "tool-2", "--who", "Ann")
    plan_pair(decamp, root)
    refused = decamp("-C", root, "accept", "pair", "--who", "Bob")
    assert refused.code == 2 and codes.WAVE_NOT_UP in refused.sentence
    move(decamp, root, "pair")
    assert "tool-3" in tenant.running("target")
    refused = back(decamp, root, "pair")
    assert refused.code == 5 and "Ann accepted the wave tool-2" in refused.sentence, "it goes back whole, or not at all"
    assert "waves" not in told(decamp, root, "status"), "it is not accepted yet"
    ok(decamp, root, "accept", "pair", "--who", "Bob")
    assert [one["stage"] for one in told(decamp, root, "status")["waves"]] == ["accepted"]


def test_a_rolled_back_server_that_its_second_cut_over_finds_off_is_moved(
    decamp: Decamp, tenant: Tenant, root: Path
) -> None:
    """Its owner stopped it between the plan and the cut-over: a second rollback leaves it off."""
    assert back(decamp, root, "tool-2").code == 0
    plan_again(decamp, root)
    power(tenant, "tool-2", "SHUTOFF")
    ok(decamp, root, "cut-over", "tool-2", "--execute")
    assert state(decamp, root, "tool-2") == "up"
    assert "tool-2" in tenant.running("target")
    assert back(decamp, root, "tool-2").code == 0
    assert "tool-2" not in tenant.running("source") | tenant.running("target")


def add_program(root: Path) -> None:
    change(root, r"^  before_stop: .*$", '  before_stop: {"server:tool-*": ["/bin/true"]}')


@pytest.mark.parametrize("after", ["rollback", "accept"])
def test_a_moved_wave_whose_stop_is_planned_in_another_form_stays_moved(
    decamp: Decamp, tenant: Tenant, root: Path, after: str
) -> None:
    """The policy names a program for the stop, which is over."""
    add_program(root)
    ok(decamp, root, "plan")
    if after == "accept":
        ok(decamp, root, "accept", "tool-2", "--who", "Ann")
    else:
        assert back(decamp, root, "tool-2").code == 0
        assert "tool-2" in tenant.running("source") - tenant.running("target")


def test_a_moved_server_that_its_owner_started_again_is_moved_again(decamp: Decamp, tenant: Tenant, root: Path) -> None:
    power(tenant, "tool-2", "ACTIVE")
    add_program(root)
    plan_again(decamp, root)
    move(decamp, root, "tool-2")
    assert "tool-2" in tenant.running("target") - tenant.running("source")
    assert state(decamp, root, "tool-2") == "up"


def test_a_server_that_went_back_and_is_off_is_moved_again_without_a_stop(
    decamp: Decamp, tenant: Tenant, root: Path
) -> None:
    (first,) = (one.id for one in tenant.cloud("target").compute.servers() if one.name == "tool-2")
    assert back(decamp, root, "tool-2").code == 0
    power(tenant, "tool-2", "SHUTOFF")
    # Not by the plan of before.
    assert decamp("-C", root, "run", "--execute").code == 3 and tenant.running("target") == set()
    plan_again(decamp, root)
    refused = decamp("-C", root, "run", "--execute", "--only", "server:tool-2")
    assert codes.WAVE_ROLLED_BACK not in refused.out + refused.err and codes.COPY_OLDER in refused.out, refused.out
    # What is parked is replaced by a person's word alone, as for every server without a stop.
    change(root, r"^accept: \[\]$", 'accept: ["DCP-424:server:tool-2"]')
    ok(decamp, root, "plan")
    ok(decamp, root, "run", "--execute", "--only", "server:tool-2", "--only", "volume:data-tool-2")
    (second,) = (one.id for one in tenant.cloud("target").compute.servers() if one.name == "tool-2")
    assert second != first and tenant.running("target") == {"tool-2"} and "tool-2" not in tenant.running("source")
