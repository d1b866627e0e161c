"""An id that a cloud has chosen is never a path: nothing is written outside of the workspace, whatever it says."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.clouds.ports import NewVolume, ObjectInfo
from migrate.demo.memory import MemoryCloud, worlds
from migrate.inventory.inventory_file import read_inventory, write_inventory
from migrate.model import Kind, ServiceResource
from tests.cli.conftest import Decamp
from tests.matrix import rest

pytestmark = pytest.mark.hostile

SETTINGS = '{"theme": "dark"}\n'


def move(decamp: Decamp, root: Path, volume_ids: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    source = MemoryCloud("source", world=worlds["source"], project="small")
    for number, volume_id in enumerate(volume_ids):
        with monkeypatch.context() as patch:
            patch.setattr(worlds["source"], "new_id", lambda own=volume_id: own)
            source.block.create_volume(NewVolume(name=f"odd-{number}", size_gib=1))
        while source.block.volume(volume_id).status == "creating":
            pass
    for command in (("scan",), ("plan",), ("approve", "cut-over", "--who", "Ann"), ("run", "--execute")):
        result = decamp("-C", root, *command)
        assert result.code in {0, 3}, (command, result.out, result.err)


@pytest.mark.parametrize(
    "volume_ids",
    [
        ["/../../../../settings", "../../../settings", "/etc/../../settings"],
        *rest(["/../../../settings"], ["x/../../../../settings"]),
    ],
)
def test_a_disk_proof_overwrites_nothing_of_the_operators(
    decamp: Decamp, workspace: Path, volume_ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = [workspace.parent / "settings.json", workspace / "settings.json", workspace.parents[1] / "settings.json"]
    for path in beside:
        path.write_text(SETTINGS)
    before = set(workspace.parent.iterdir())
    move(decamp, workspace, volume_ids, monkeypatch)
    assert [path.read_text() for path in beside] == [SETTINGS] * 3
    assert set(workspace.parent.iterdir()) == before
    kept = [json.loads(path.read_text())["row"]["item"] for path in (workspace / "evidence" / "disks").glob("*.json")]
    assert {f"volume:{volume_id}" for volume_id in volume_ids} <= set(kept)


def test_an_object_with_headers_in_latin_1_is_moved_byte_for_byte(decamp: Decamp, workspace: Path) -> None:
    source = MemoryCloud("source", world=worlds["source"], project="small")
    source.objects.put_container("attic", {})
    ville = {"x-object-meta-ville": "Orl\udce9ans", "x-object-meta-nom": "Ö"}
    info = ObjectInfo(name="carte", size_bytes=3, etag="", content_type="text/plain", headers=ville)
    source.objects.put("attic", info, [b"abc"])
    for command in (("scan",), ("plan",), ("approve", "cut-over", "--who", "Ann"), ("run", "--execute"), ("verify",)):
        result = decamp("-C", workspace, *command)
        assert result.code == 0, (command, result.out, result.err)
    target = MemoryCloud("target", world=worlds["target"], project="small")
    assert target.objects.head("attic", "carte").headers == ville
    # And so is the second pass.
    for again in (("scan",), ("plan",), ("run", "--execute"), ("verify", "--source"), ("report", "--format", "md")):
        result = decamp("-C", workspace, *again)
        assert result.code == 0, (again, result.out, result.err)


def test_what_was_moved_and_cannot_be_read_any_more_stays_and_is_named(decamp: Decamp, moved: Path) -> None:
    """The second time its listing is odd: what it has become at the target is left alone, and nobody calls it all."""
    there = set(worlds["target"].images.rows)
    path = moved / "source.json"
    inventory = read_inventory(path)
    gone = inventory.images[0]
    details = {"odd": "left-out", "listing": "image", "why": "'status' is missing", "id": gone.id}
    row = ServiceResource(kind=Kind.IMAGE, id="", name=gone.name, service="image", details=details)
    write_inventory(path, replace(inventory, images=inventory.images[1:], others=(*inventory.others, row)))
    assert decamp("-C", moved, "plan").code == 3
    run = decamp("-C", moved, "run", "--execute")
    assert run.code == 3 and f"image:{gone.id}:restore" in run.err and gone.name in run.err, run.err
    verified = decamp("-C", moved, "verify")
    assert verified.code == 3 and gone.name in verified.err
    assert decamp("-C", moved, "clean", "--execute").code in {0, 3}
    assert set(worlds["target"].images.rows) == there
    for lang in ("en", "fr"):
        told = decamp("-C", moved, "--lang", lang, "report", "--format", "md", "--output", moved / "r.md")
        assert told.code in {0, 3} and gone.name in (moved / "r.md").read_text()
