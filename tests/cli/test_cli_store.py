"""`decamp store check` and `store prune`, as they are called."""

import json
from pathlib import Path
from typing import Any

import pytest

from migrate.cli.wiring import disk_store, open_ledger
from migrate.cli.workspace import Workspace
from migrate.ledger.records import State
from migrate.ledger.store import Ledger
from migrate.store.prune import Prune, plan_prune
from migrate.verify.proofs import read_proofs
from tests.cli.conftest import Decamp
from tests.store.rig import Disk


@pytest.fixture
def moved(decamp: Decamp, planned: Path) -> Path:
    assert decamp("-C", planned, "run", "--execute").code == 0
    return planned


def packs(root: Path) -> list[Path]:
    return sorted((root / "store").glob("*/??/packs%2f*.data"))


def stored(root: Path) -> set[str]:
    return {path.name for path in (root / "store").glob("*/??/*.data")}


def test_a_whole_store_has_nothing_to_tell(decamp: Decamp, moved: Path) -> None:
    for options in ((), ("--read-data",)):
        result = decamp("-C", moved, "store", "check", *options, "-f", "json")
        assert (result.code, json.loads(result.out)) == (0, []), result.err


def test_a_flipped_byte_is_told_by_disk_and_bytes_once_the_data_is_read(decamp: Decamp, moved: Path) -> None:
    pack = packs(moved)[0]
    data = bytearray(pack.read_bytes())
    data[100] ^= 1
    pack.write_bytes(data)
    assert decamp("-C", moved, "store", "check").code == 0
    result = decamp("-C", moved, "store", "check", "--read-data")
    assert result.code == 4
    rows = json.loads(decamp("-C", moved, "store", "check", "--read-data", "-f", "json").out)
    assert {row["what"] for row in rows} == {"damaged pack"}
    assert all(row["disk"] and row["start"] < row["end"] for row in rows)
    assert f"{rows[0]['start']}-{rows[0]['end'] - 1}" in result.out and rows[0]["disk"] in result.out


def test_a_missing_pack_is_told_without_reading(decamp: Decamp, moved: Path) -> None:
    pack = packs(moved)[0]
    for path in pack.parent.glob(f"{pack.name.split('.')[0]}*"):
        path.unlink()
    result = decamp("-C", moved, "store", "check", "--lang", "fr")
    assert result.code == 4 and "un paquet manque" in result.out


def test_a_capture_that_is_not_through_is_partial(decamp: Decamp, moved: Path) -> None:
    for path in (moved / "store").glob("*/??/disks%2fserver-*%2fmanifest*"):
        path.unlink()
    assert decamp("-C", moved, "store", "check").code == 3


def test_nothing_is_pruned_that_a_disk_needs(decamp: Decamp, moved: Path) -> None:
    before = stored(moved)
    result = decamp("-C", moved, "store", "prune", "--execute")
    assert result.code == 0 and stored(moved) == before


def test_proved_copies_go_when_they_are_told_to_and_not_before(decamp: Decamp, moved: Path) -> None:
    """The proof of each disk is kept as it is restored; the rehearsal names them and removes nothing."""
    before = stored(moved)
    shown = json.loads(decamp("-C", moved, "store", "prune", "--proved", "-f", "json").out)
    assert stored(moved) == before and shown["passes"]
    assert decamp("-C", moved, "store", "prune", "--proved", "--execute").code == 0
    assert not [name for name in stored(moved) if "manifest" in name]
    # What was proved stays proved: verify goes by the kept proofs where it has nothing to compare with.
    assert decamp("-C", moved, "run", "--execute").code == 0


def test_a_disk_without_a_proof_is_never_pruned(decamp: Decamp, moved: Path) -> None:
    for path in (moved / "evidence" / "disks").glob("server-*.json"):
        path.unlink()
    shown = json.loads(decamp("-C", moved, "store", "prune", "--proved", "-f", "json").out)
    assert shown["passes"] and not any(one["disk"].startswith("server:") for one in shown["passes"])


def test_a_disk_that_was_captured_anew_since_its_proof_is_never_pruned(decamp: Decamp, moved: Path) -> None:
    """What was proved is an older state; the new pass may be the only copy of the last one."""
    workspace = Workspace(moved)
    proof = next(iter(read_proofs(workspace.evidence_path.parent).values()))
    disk = proof.row.item.removesuffix(":disk")
    store = disk_store(workspace, workspace.policy(), None, may_write=True)
    last = Disk(1, seed=99, name=disk).capture(store, "later", "2099-01-01T00:00:00Z")
    assert decamp("-C", moved, "store", "prune", "--proved", "--execute").code == 0
    assert store.manifest(disk) == last and proof.tree_digest != last.tree_digest
    store.close()


def test_nothing_is_pruned_when_a_run_came_and_went_while_it_was_planned(
    decamp: Decamp, moved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That run may have matched chunks in packs that were free before it."""
    workspace, before = Workspace(moved), stored(moved)

    def plan_while_a_run_passes(*args: Any, **options: Any) -> Prune:
        planned = plan_prune(*args, **options)
        with open_ledger(workspace, workspace.policy()) as ledger:
            step = next(iter(ledger.states()))
            ledger.reopen(step)
            claim = ledger.claim(step, "another", 60)
            assert claim is not None
            ledger.finish(claim, State.DONE)
        return planned

    monkeypatch.setattr("migrate.cli.store.plan_prune", plan_while_a_run_passes)
    result = decamp("-C", moved, "store", "prune", "--proved", "--execute")
    assert result.code == 5 and result.sentence.startswith("decamp: DCP-526: ")
    assert stored(moved) == before


def test_nothing_is_pruned_while_a_run_works(decamp: Decamp, moved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "held", lambda self: {"volume:x:capture"})
    result = decamp("-C", moved, "store", "prune", "--proved", "--execute")
    assert result.code == 5 and result.sentence.startswith("decamp: DCP-524: ")
    assert Workspace(moved).store_path(Workspace(moved).policy()).is_dir() and packs(moved)


@pytest.mark.parametrize("words", [(), ("mend",), ("check", "--deep"), ("prune", "x")])
def test_wrong_words_are_told_in_one_go(decamp: Decamp, moved: Path, words: tuple[str, ...]) -> None:
    result = decamp("-C", moved, "store", *words)
    assert result.code == 2 and result.out == ""
