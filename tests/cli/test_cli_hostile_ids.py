"""An id that a cloud has chosen is never a path: nothing is written outside of the workspace, whatever it says."""

import json
from pathlib import Path

import pytest

from migrate.clouds.memory import MemoryCloud, worlds
from migrate.clouds.ports import NewVolume
from tests.cli.conftest import Decamp

SETTINGS = '{"theme": "dark"}\n'


def move(decamp: Decamp, root: Path, volume_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = MemoryCloud("source", world=worlds["source"], project="small")
    with monkeypatch.context() as patch:
        patch.setattr(worlds["source"], "new_id", lambda: volume_id)
        source.block.create_volume(NewVolume(name="odd", size_gib=1))
    while source.block.volume(volume_id).status == "creating":
        pass
    for command in (("scan",), ("plan",), ("approve", "cut-over", "--who", "Ann"), ("run", "--execute")):
        result = decamp("-C", root, *command)
        assert result.code in {0, 3}, (command, result.out, result.err)


@pytest.mark.parametrize(
    "volume_id",
    [
        "/../../../../settings",
        "/../../../settings",
        "../../../settings",
        "x/../../../../settings",
        "/etc/../../settings",
    ],
)
def test_a_disk_proof_overwrites_nothing_of_the_operators(
    decamp: Decamp, workspace: Path, volume_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = [workspace.parent / "settings.json", workspace / "settings.json", workspace.parents[1] / "settings.json"]
    for path in beside:
        path.write_text(SETTINGS)
    before = set(workspace.parent.iterdir())
    move(decamp, workspace, volume_id, monkeypatch)
    assert [path.read_text() for path in beside] == [SETTINGS] * 3
    assert set(workspace.parent.iterdir()) == before
    kept = [json.loads(path.read_text())["row"]["item"] for path in (workspace / "evidence" / "disks").glob("*.json")]
    assert f"volume:{volume_id}" in kept
