"""The tenant that holds every kind, for the tests that move it: how its owner decides, and who judges the move."""

import json
from pathlib import Path
from typing import Any

import yaml

from migrate.messages import codes
from tests.lab.harness import LAB, ROOT, Workspace, facts, openstack, run

Shape = dict[str, list[Any]]
"""Kind -> rows of tests/lab/shape.py: a name, then what is to be the same."""

SNAPSHOTS = ["books-february", "books-january", "snapshot for Safe as of today", "snapshot for Safe as of today"]

ONLY_AT_SOURCE = {
    "images": ["Safe as of today"],
    # Of the two servers that are skipped.
    "ports": ["", ""],
    "servers": ["attic", "patient"],
}
ONLY_AT_TARGET = {
    # Root disks of servers that boot from an image.
    "images": [f"{name} (root disk)" for name in ("dormant", "hub", "siesta", "till", "twin", "winter")],
    "volumes": ["books-backup", *SNAPSHOTS],
}


def let_run_on(workspace: Workspace) -> None:
    """The server that is locked, and cannot be stopped, may run at both ends."""
    path = workspace.root / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    policy["servers"]["start"] = {"server:twin": "twin"}
    path.write_text(yaml.safe_dump(policy))


def decide(workspace: Workspace) -> None:
    """What its owner decides: all that can move does, with everything that it takes."""
    let_run_on(workspace)
    path = workspace.root / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    policy |= {"backups": "volume", "skip": ["server:attic", "server:patient"], "accept": [codes.SERVER_MEMORY_LOST]}
    policy["network"]["rewrite_addresses"] = True
    policy["servers"]["user_data"] = "give"
    partner = f"{workspace.project}-partner"
    policy["mappings"]["projects"] = {project_id("source", partner): project_id("target", partner)}
    path.write_text(yaml.safe_dump(policy))


def project_id(side: str, name: str) -> str:
    return str(openstack(f"{side}-admin", "project", "show", name)["id"])


def shape(cloud: str) -> Shape:
    """What openstacksdk reads of a tenant, by names."""
    found: Shape = json.loads(run(LAB / ".venv/bin/python", ROOT / "tests/lab/shape.py", cloud).stdout)
    return found


def assert_same_tenant(before: Shape, there: Shape) -> None:
    """Each thing is at the target once, as it was, and nothing else is there but what is expected."""
    assert set(before) == set(there)
    for kind in before:
        assert before[kind], f"the tenant should have {kind}"
        here, target = [json.dumps(row) for row in before[kind]], [json.dumps(row) for row in there[kind]]
        assert names_of(here, without=target) == ONLY_AT_SOURCE.get(kind, []), kind
        assert names_of(target, without=here) == ONLY_AT_TARGET.get(kind, []), kind


def names_of(rows: list[str], *, without: list[str]) -> list[str]:
    """The first fields of the rows that are left when each of the others has taken one away."""
    left = list(rows)
    for row in without:
        if row in left:
            left.remove(row)
    return sorted(json.loads(row)[0] for row in left)


def assert_same_disks(project: str) -> None:
    """Volumes, snapshots, the backup and root disks: the file systems clean, their trees equal."""
    both = facts(project)
    source, target = both["source"], both["target"]
    expected = {**source["volumes"], **source["snapshots"], "books-backup": source["volumes"]["books"]}
    assert set(target["volumes"]) == set(expected)
    assert _trees(target["volumes"]) == _trees(expected)
    assert set(source["root_disks"]) - set(target["root_disks"]) == {"patient"}
    for name, disk in target["root_disks"].items():
        assert disk["fsck_clean"], name
        assert disk["tree_sha256"] == source["root_disks"][name]["tree_sha256"], name


def _trees(disks: dict[str, Any]) -> dict[str, list[str]]:
    """By name. Of equal names (`x`, `x#2`) the age tells nothing: they are made at the target in any order."""
    found: dict[str, list[str]] = {}
    for name, disk in disks.items():
        found.setdefault(name.partition("#")[0], []).append(str(disk["tree_sha256"]))
    return {name: sorted(trees) for name, trees in found.items()}


def born_with(server: str) -> str:
    """The user data that the seeder gave it, and wrote to where cloud-init keeps it on its root disk."""
    resources = json.loads(Path(LAB / "tenants/everything.json").read_text())["resources"]
    return str(next(r["properties"]["user_data"] for r in resources if r["name"] == server))
