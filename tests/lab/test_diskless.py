"""Servers of images at flavors without a disk, on real Nova and Cinder: their root disks become boot volumes."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from migrate.messages import codes
from tests.lab.harness import LAB, Witness, Workspace, facts, fresh, openstack, run, same_bytes

pytestmark = [pytest.mark.lab, pytest.mark.full]

PROJECT = "flavors-diskless"
SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"

sys.path.insert(0, str(LAB))
from seeding.facts import fsck_clean, tree_hash, volume_file  # noqa: E402 (lab/ is no package of ours)


@pytest.fixture(scope="module")
def workspace(lab: None, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """`web` gets a flavor without a disk by its mapping; `db` boots from a volume by choice, its flavor has a disk."""
    fresh(str(Path(__file__).with_name("diskless_tenant.json")), PROJECT, "--target-quota", "generous")
    workspace = Workspace(tmp_path_factory.mktemp("diskless") / "ws", PROJECT)
    workspace.init()
    policy = workspace.root / "policy.yaml"
    text = policy.read_text()
    for old, new in (
        ("\n  boot: auto", '\n  boot: {"server:db": volume}'),
        ("\n  boot_volume_type:\n", "\n  boot_volume_type: SSD\n"),
        ("\n  flavors: {}", "\n  flavors: {s1.cw.small-1: s6.medium.2}"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    policy.write_text(text)
    workspace.decamp("scan")
    workspace.decamp("check")
    workspace.decamp("plan")
    return workspace


def shown(server: str) -> dict[str, Any]:
    """As `openstack server show` tells it, with what goes when it is deleted."""
    version = ("--os-compute-api-version", "2.96")
    return dict(openstack(TARGET, *version, "server", "show", server))


def test_the_root_disks_move_as_boot_volumes(workspace: Workspace) -> None:
    told = {f["name"]: f["facts"] for f in workspace.json("check") if f["code"] == codes.ROOT_DISK_BECOMES_VOLUME}
    assert told == {name: {"size_gib": "1", "type": "SSD"} for name in ("web", "db")}
    witness = Witness.now("target", PROJECT)
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    workspace.decamp("run", "--execute")
    workspace.decamp("verify")
    made = {name: shown(name) for name in ("web", "db")}
    assert [re.split(r"[ (]", str(made[name]["flavor"]["name"]))[0] for name in ("web", "db")] == [
        "s6.medium.2",
        "s3.small.1",
    ]
    before, volumes = facts(PROJECT)["source"]["root_disks"], {}
    for name, server in made.items():
        assert "booted from volume" in str(server["image"]) or not server["image"]
        held = {one["id"]: one["delete_on_termination"] for one in server["volumes_attached"]}
        (volumes[name],) = [volume_id for volume_id, goes in held.items() if goes]
        assert len(held) == {"web": 1, "db": 2}[name]
        volume = openstack(TARGET, "volume", "show", volumes[name])
        assert (volume["name"], volume["type"], volume["size"], str(volume["bootable"]).lower()) == (
            f"{name}-root",
            "SSD",
            1,
            "true",
        )
        file = volume_file("target", volumes[name])
        assert fsck_clean(file) and tree_hash(file) == before[name]["tree_sha256"]
        assert same_bytes(Path(before[name]["file"]), file)
    # Nothing but volumes: no image of a root disk has come to stay.
    assert [i["Name"] for i in openstack(TARGET, "image", "list", "--private")] == ["small base"]
    created = [
        r for r in witness.requests() if (r.service, r.method) == ("cinder", "POST") and r.path.endswith("/volumes")
    ]
    assert len(created) == 3


def test_nova_refuses_an_image_with_a_flavor_without_a_disk(workspace: Workspace) -> None:
    """To a member: what all of this is for."""
    asked = ("server", "create", "--image", "small base", "--flavor", "s6.medium.2", "--no-network", "refused")
    version = ("--os-cloud", TARGET, "--os-compute-api-version", "2.37")
    done = run(LAB / ".venv/bin/openstack", *version, *asked, check=False)
    assert done.returncode and "403" in done.stderr and "zero disk" in done.stderr
