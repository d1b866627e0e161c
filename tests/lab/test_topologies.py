"""The 30 real tenants: all are seeded, scanned, checked and planned; those of different shape are moved and judged.

`make soak` takes all of it; test_everything.py has the tenant that holds every kind.
"""

from pathlib import Path

import pytest

from tests.lab.harness import LAB, Workspace, facts, fresh, openstack_all, seed
from tests.lab.shape import shape_of

TENANTS = sorted(path.stem for path in (LAB / "tenants").glob("b*-*.json"))

SHAPES = {
    "blueprint-coreos-couchbase": "router of its own, port made first, a volume",
    "bundle-coreos-docker": "three servers with ports, three floating addresses, a router",
    "bundle-freebsd-pfsense": "two networks, one server on each",
    "bundle-jessie-strongswan": "a router, a port with address pairs",
    "bundle-trusty-ldap.restore": "a router with two interfaces, one into a subnet of another stack",
    "bundle-trusty-pgsql": "a server that its ports are made by, a volume",
    "bundle-xenial-icehrm": "two servers behind a load balancer, which the lab has not got",
    "bundle-xenial-zabbix": "a router, a port, a server without volumes",
}


def project_of(tenant: str) -> str:
    return f"t-{tenant.replace('.', '-')}"


@pytest.mark.lab
def test_there_are_thirty_tenants_and_eight_shapes_among_them() -> None:
    assert len(TENANTS) == 30
    assert len(SHAPES) == 8
    assert set(SHAPES) <= set(TENANTS)


@pytest.mark.soak
@pytest.mark.parametrize("tenant", TENANTS)
def test_it_is_seeded_scanned_checked_and_planned(lab: None, tenant: str, tmp_path: Path) -> None:
    project = project_of(tenant)
    seed(tenant, project, "--scale", "0.1", "--target-quota", "generous")
    workspace = Workspace(tmp_path / "ws", project)
    workspace.prepare()
    plan = workspace.json("plan")
    servers, volumes = openstack_all(f"source-{project}", "server list", "volume list")
    assert servers, "nothing was seeded"
    made = {step["id"] for step in plan["steps"]}
    assert {f"server:{server['ID']}" for server in servers} <= made
    assert {f"volume:{volume['ID']}:restore" for volume in volumes} <= made


@pytest.mark.lab
@pytest.mark.full
def test_one_real_tenant_moves(lab: None, tmp_path: Path) -> None:
    move_and_judge("bundle-trusty-ldap.restore", tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("tenant", sorted(SHAPES))
def test_every_shape_moves(lab: None, tenant: str, tmp_path: Path) -> None:
    move_and_judge(tenant, tmp_path)


def move_and_judge(tenant: str, root: Path) -> None:
    """Seeds, moves, verifies; then `openstack`, e2fsck and tree hashes have the word."""
    project = project_of(tenant)
    fresh(tenant, project, "--scale", "0.1", "--target-quota", "generous")
    workspace = Workspace(root / "ws", project)
    before = shape_of(f"source-{project}")
    workspace.prepare()
    if workspace.json("plan")["gates"]:
        workspace.decamp("approve", "cut-over", "--who", "the tests")
    workspace.decamp("run", "--execute")
    workspace.decamp("verify")
    assert shape_of(f"target-{project}") == before
    both = facts(project)
    assert both["source"]["root_disks"]
    for kind in ("volumes", "root_disks"):
        assert {n: f["tree_sha256"] for n, f in both["target"][kind].items()} == {
            n: f["tree_sha256"] for n, f in both["source"][kind].items()
        }
        assert all(f["fsck_clean"] for f in both["target"][kind].values())
