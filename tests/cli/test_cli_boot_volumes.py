"""A target whose flavors have no disk: servers that booted from an image there boot from a volume, moved and proved."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from migrate.demo.memory import worlds
from migrate.demo.small_tenant import MIB, TARGET_OFFER
from migrate.messages import codes
from migrate.model import Flavor
from tests.cli.conftest import Decamp

DISKLESS = (
    Flavor(id="d1", name="s6.small.1", vcpus=1, ram_mib=1024, disk_gib=0),
    Flavor(id="d2", name="s6.large.2", vcpus=2, ram_mib=4096, disk_gib=0),
)


@pytest.fixture
def diskless(decamp: Decamp, workspace: Path) -> Path:
    """The small tenant before a target that sells nothing but flavors without a disk."""
    worlds["target"].offer = replace(TARGET_OFFER, flavors=DISKLESS)
    return workspace


def say(root: Path, old: str, new: str) -> None:
    policy = root / "policy.yaml"
    text = policy.read_text()
    assert old in text
    policy.write_text(text.replace(old, new, 1))


def findings(decamp: Decamp, root: Path) -> list[dict[str, Any]]:
    return list(json.loads(decamp("-C", root, "check", "-f", "json").out))


def steps(root: Path) -> dict[str, dict[str, Any]]:
    return {step["id"]: step for step in json.loads((root / "plan.json").read_text())["steps"]}


def move(decamp: Decamp, root: Path, *, again: bool = False) -> None:
    """`again`: its servers are stopped by now."""
    approve = () if again else (("approve", "cut-over", "--who", "Ann"),)
    for command in (("scan",), ("check",), ("plan",), *approve, ("run", "--execute"), ("verify",)):
        result = decamp("-C", root, *command)
        assert result.code == 0, (command, result.out, result.err)


def test_a_server_of_an_image_boots_from_a_volume_where_no_flavor_has_a_disk(decamp: Decamp, diskless: Path) -> None:
    source, target = worlds["source"], worlds["target"]
    (old,) = [row.record for row in source.servers.rows.values() if row.project_id == source.projects["small"].id]
    source.write_root_disk(old.id, 5 * MIB, b"what the customer wrote")
    move(decamp, diskless)
    (new,) = [row.record for row in target.servers.rows.values()]
    assert (new.name, new.image_id, new.flavor.name) == (old.name, None, "s6.small.1")
    (held,) = new.attachments
    assert held.delete_on_termination and held.device == new.root_device
    volume = target.volumes.row(held.volume_id, None).record
    assert (volume.name, volume.size_gib, volume.bootable) == (f"{old.name}-root", 1, True)
    assert (volume.volume_type, volume.availability_zone) == ("classic", "az-a")
    assert volume.metadata["decamp-mark"].endswith(old.id)
    assert volume.image_metadata["os_distro"] == "alpine"
    # Holes are not kept, so this is every byte.
    made, was = target.volume_disk(held.volume_id), source.root_disk(old.id)
    assert (made.size_bytes, made.blocks) == (was.size_bytes, was.blocks) and was.blocks
    assert not [row for row in target.images.rows.values() if old.id in str(row.record.tags)]


def test_what_becomes_of_the_root_disk_is_told_before(decamp: Decamp, diskless: Path) -> None:
    decamp("-C", diskless, "scan")
    (told,) = [f for f in findings(decamp, diskless) if f["code"] == codes.ROOT_DISK_BECOMES_VOLUME]
    assert (told["level"], told["facts"]) == ("changes", {"size_gib": "1", "type": "classic"})
    assert not [f for f in findings(decamp, diskless) if f["code"] in {codes.NO_FLAVOR, codes.FLAVOR_DISK_TOO_SMALL}]


def test_one_server_by_choice_before_flavors_with_disks(decamp: Decamp, workspace: Path) -> None:
    say(workspace, "\n  boot: auto", '\n  boot: {"server:tool-1": volume}')
    say(workspace, "\n  boot_volume_type:\n", "\n  boot_volume_type: high-speed\n")
    move(decamp, workspace)
    (new,) = [row.record for row in worlds["target"].servers.rows.values()]
    assert (new.flavor.name, new.image_id) == ("s1-2", None)
    assert worlds["target"].volumes.row(new.attachments[0].volume_id, None).record.volume_type == "high-speed"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("boot: disk", "servers.boot: must be one of auto, image, volume, not disk"),
        ('boot: {"server:web.1": disk}', "servers.boot.server:web.1: must be one of auto, image, volume, not disk"),
        ('boot: {"volume:a": image}', "servers.boot.volume:a: must name a server, such as server:web-1"),
        ("boot: {web-1: image}", "servers.boot.web-1: must be kind:id-or-name, not web-1"),
    ],
)
def test_a_word_that_is_none_is_told_by_its_place(decamp: Decamp, workspace: Path, said: str, told: str) -> None:
    say(workspace, "\n  boot: auto", f"\n  {said}")
    result = decamp("-C", workspace, "scan")
    assert result.code == 2 and told in result.err


def test_a_second_pass_changes_nothing_and_the_report_counts_the_volume(decamp: Decamp, diskless: Path) -> None:
    """Though the target sells flavors with disks by then."""
    move(decamp, diskless)
    before = steps(diskless)
    target = worlds["target"]
    target.offer = replace(TARGET_OFFER, flavors=(*TARGET_OFFER.flavors, *DISKLESS))
    volumes = set(target.volumes.rows)
    say(diskless, "  flavors: {}", "  flavors: {t1.cw.tiny: s6.small.1}")
    move(decamp, diskless, again=True)
    after = steps(diskless)
    restored = [step_id for step_id in before if step_id.startswith("server:") and step_id.endswith(":restore")]
    assert len(restored) == 1 and after[restored[0]]["action"] == before[restored[0]]["action"]
    assert set(target.volumes.rows) == volumes
    assert decamp("-C", diskless, "report", "-f", "json").code == 0
    assert "tool-1-root" in decamp("-C", diskless, "clean").out
