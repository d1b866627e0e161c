"""`decamp store check` and `store prune`, as they are called."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from migrate.cli.session import disk_store, open_ledger
from migrate.cli.workspace import Workspace
from migrate.clouds.folder import FolderStore
from migrate.demo.memory import worlds
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.prune import Prune, plan_prune
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.model import store_mark
from migrate.verify.kept_proofs import read_proofs
from tests.cli.conftest import Decamp, Result
from tests.cli.living_server import SINCE, only_server, pass_over, status_at, there, write
from tests.cli.wave_tenant import change
from tests.cli.workspaces import packs
from tests.disks.store.faulty_stores import Disk


def stored(root: Path) -> set[str]:
    return {path.name for path in (root / "store").glob("*/??/*.data")}


def test_a_whole_store_has_nothing_to_tell(decamp: Decamp, moved: Path) -> None:
    for options in ((), ("--read-data",)):
        result = decamp("-C", moved, "store", "check", *options, "-f", "json")
        assert (result.code, json.loads(result.out)) == (0, []), result.err


def missing(told: Result) -> set[str]:
    return {row["disk"] for row in json.loads(told.out) if row["what"] == "missing disk"}


def captured(root: Path) -> set[str]:
    workspace = Workspace(root)
    with open_ledger(workspace, workspace.policy()) as ledger:
        done = {step for step, state in ledger.states().items() if state.state is State.DONE}
    return {step.removesuffix(":capture") for step in done if step.endswith(":capture")}


def empty(store: Path) -> None:
    store.mkdir()


def of_another(store: Path) -> None:
    """A store of another migration, under the name of ours."""
    (name,) = (path.name for path in store.with_name("unmounted").iterdir())
    DiskStore(FolderStore(store, keeps_md5=False), name, store / "cache").prepare(str(store_mark("f" * 32)))


@pytest.mark.parametrize("place", [lambda store: None, empty, of_another])
@pytest.mark.parametrize("options", [(), ("--read-data",)])
def test_a_place_that_is_not_the_store_is_never_complete(
    decamp: Decamp, evacuated: Path, place: Callable[[Path], None], options: tuple[str, ...]
) -> None:
    """As where a share is not mounted. Once it is back, it is the store again."""
    store, disks = evacuated / "store", captured(evacuated)
    store.rename(evacuated / "unmounted")
    place(store)
    told = decamp("-C", evacuated, "store", "check", "--wide", *options)
    assert told.code == 4 and f"should be in it: {len(disks)}." in told.err and "complete" not in told.err
    assert str(store) in told.err and all(disk in told.out for disk in disks)
    assert missing(decamp("-C", evacuated, "store", "check", *options, "-f", "json")) == disks
    assert "n'est pas le dépôt" in decamp("--lang", "fr", "-C", evacuated, "store", "check", *options).err
    shutil.rmtree(store, ignore_errors=True)
    (evacuated / "unmounted").rename(store)
    told = decamp("-C", evacuated, "store", "check", *options)
    assert told.code == 0 and f"whole in it: {len(disks)} of {len(disks)}" in told.err


def test_a_run_neither_takes_over_another_s_store_nor_marks_an_empty_place_for_nothing(
    decamp: Decamp, evacuated: Path
) -> None:
    """It would be the store from then on, and the share's disks would be out of sight when it is mounted over."""
    store = evacuated / "store"
    store.rename(evacuated / "unmounted")
    of_another(store)
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    refused = decamp("-C", evacuated, "run", "--execute")
    assert refused.code == 2 and "decamp: DCP-138: " in refused.err and "ffffffff-store" in refused.sentence
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before
    shutil.rmtree(store)
    (evacuated / "unmounted").rename(store)
    assert decamp("-C", evacuated, "run", "--execute").code == 0
    store.rename(evacuated / "unmounted")
    store.mkdir()
    assert decamp("-C", evacuated, "run", "--execute").code == 0
    assert [path for path in store.rglob("*") if path.is_file()] == []
    told = decamp("-C", evacuated, "store", "check")
    assert told.code == 0 and "is not the store of this migration" in told.err and "no longer in" not in told.err


def lengths() -> dict[str, int]:
    return {name: len(worlds[name].log) for name in ("source", "target")}


def changes(since: dict[str, int]) -> list[tuple[str, str, str]]:
    """Requests that change something in a cloud."""
    made = [line for name, length in since.items() for line in worlds[name].log[length:]]
    return [line for line in made if line[0] not in {"GET", "HEAD"} and line[1] != "identity"]


@pytest.mark.parametrize("place", [lambda store: None, empty])
@pytest.mark.parametrize("recorded", [True, False])
def test_a_run_does_not_begin_where_the_store_is_out_of_sight(
    decamp: Decamp, evacuated: Path, place: Callable[[Path], None], recorded: bool
) -> None:
    """As where a share is not mounted: all disks would be captured again, beside those in the share."""
    if not recorded:
        forget_place(evacuated)
    store = evacuated / "store"
    store.rename(evacuated / "unmounted")
    place(store)
    since = lengths()
    for options in ((), ("--execute",), ("--execute", "--only", "server:*")):
        told = decamp("-C", evacuated, "run", *options)
        assert (
            told.code == 2
            and f"decamp: {codes.STORE_GONE}: " in told.err
            and f"the store {store}, but" in told.sentence
        )
    assert "montez-le" in decamp("--lang", "fr", "-C", evacuated, "run", "--execute").err
    assert changes(since) == [] and not list(store.rglob("*"))
    shutil.rmtree(store, ignore_errors=True)
    (evacuated / "unmounted").rename(store)
    assert decamp("-C", evacuated, "run", "--execute").code == 0
    assert decamp("-C", evacuated, "verify", "--reread", "all").code == 0


def forget_place(root: Path) -> None:
    """As in a ledger that an earlier version wrote."""
    workspace = Workspace(root)
    with open_ledger(workspace, workspace.policy()) as ledger:
        ledger.forget("store")


@pytest.mark.parametrize("recorded", [True, False])
def test_a_store_that_is_lost_for_good_has_a_successor_once_the_policy_names_it(
    decamp: Decamp, evacuated: Path, recorded: bool
) -> None:
    """What the refusal says, tried; and the successor is missed like the first one."""
    if not recorded:
        forget_place(evacuated)
    shutil.rmtree(evacuated / "store")
    assert codes.STORE_GONE in decamp("-C", evacuated, "run", "--execute").err
    change(evacuated, "^store:.*$", "store: second")
    assert decamp("-C", evacuated, "plan").code == 0
    assert decamp("-C", evacuated, "approve", "cut-over").code == 0
    assert decamp("-C", evacuated, "run", "--execute").code == 0
    assert decamp("-C", evacuated, "store", "check", "--read-data").code == 0
    assert decamp("-C", evacuated, "verify", "--reread", "all").code == 0
    (evacuated / "second").rename(evacuated / "unmounted")
    workspace = Workspace(evacuated)
    with open_ledger(workspace, workspace.policy()) as ledger:
        ledger.reopen(next(step for step in ledger.states() if step.endswith(":verify")))
    assert codes.STORE_GONE in decamp("-C", evacuated, "run", "--execute").err and not (evacuated / "store").exists()


def test_a_tenant_that_goes_back_after_its_store_was_given_up_moves_again_by_way_of_a_new_one(
    decamp: Decamp, moved: Path
) -> None:
    name = only_server(moved)
    assert decamp("-C", moved, "store", "prune", "--proved", "--execute").code == 0
    shutil.rmtree(moved / "store")
    assert decamp("-C", moved, "rollback", name, "--execute", "--who", "Ann").code == 0
    write(name, SINCE)
    assert pass_over(decamp, moved) == 2
    assert codes.STORE_GONE in decamp("-C", moved, "run", "--execute").err and not (moved / "store").exists()
    assert status_at("source", name) == "ACTIVE"
    change(moved, "^store:.*$", "store: second")
    assert pass_over(decamp, moved) == 0
    assert (status_at("source", name), there(name)[1]) == ("SHUTOFF", SINCE)


def test_what_needs_no_store_runs_without_it(decamp: Decamp, evacuated: Path) -> None:
    (evacuated / "store").rename(evacuated / "unmounted")
    told = decamp("-C", evacuated, "run", "--execute", "--only", "container:*")
    assert told.code == 0 and not (evacuated / "store").exists(), told.err


def test_the_container_of_a_store_is_missed_too(decamp: Decamp, planned: Path) -> None:
    change(planned, "^store:.*$", "store: {container: acme-disks}")
    assert decamp("-C", planned, "plan").code == 0
    assert decamp("-C", planned, "approve", "cut-over", "--who", "Ann").code == 0
    assert decamp("-C", planned, "run", "--execute", "--only", "evacuate").code == 0
    boxes = worlds["target"].project("small").account.containers
    kept = boxes.pop("acme-disks")
    told = decamp("-C", planned, "run", "--execute")
    assert told.code == 2 and codes.STORE_GONE in told.err and "the store acme-disks" in told.sentence
    assert "acme-disks" not in boxes
    boxes["acme-disks"] = kept
    del kept.headers["x-container-meta-decamp-mark"]  # as on a service that keeps none: its disks show it
    assert decamp("-C", planned, "run", "--execute").code == 0


def test_a_disk_of_which_the_store_has_no_object_is_named_until_it_was_captured_again(
    decamp: Decamp, evacuated: Path
) -> None:
    disks = captured(evacuated)
    lost = next(disk for disk in disks if disk.startswith("server:"))
    for path in (evacuated / "store").glob(f"*/??/disks%2f{lost.replace(':', '-')}%2f*"):
        path.unlink()
    for options in ((), ("--read-data",)):
        told = decamp("-C", evacuated, "store", "check", *options, "-f", "json")
        assert told.code == 4 and missing(told) == {lost}
        assert f"whole in it: {len(disks) - 1} of {len(disks)}" in told.err
    assert decamp("-C", evacuated, "run", "--execute").code == 0
    assert decamp("-C", evacuated, "store", "check").code == 0


def test_without_a_captured_disk_nothing_is_complete(decamp: Decamp, planned: Path) -> None:
    told = decamp("-C", planned, "store", "check")
    assert told.code == 3 and "There is no store at" in told.err
    assert decamp("-C", planned, "run", "--execute", "--only", "evacuate").code == 0
    (planned / "ledger.db").unlink()
    told = decamp("-C", planned, "store", "check")
    assert told.code == 3 and "nothing says what should be in this store" in told.err and "complete" not in told.err
    # One that cannot be read keeps nobody from looking at the store.
    (planned / "ledger.db").write_bytes(b"x" * 5000)
    pack = packs(planned)[0]
    for path in pack.parent.glob(f"{pack.name.split('.')[0]}*"):
        path.unlink()
    told = decamp("-C", planned, "store", "check", "--wide")
    assert told.code == 4 and "is not known: DCP-215" in told.err and "a pack is missing" in told.out


def test_what_is_not_captured_yet_is_counted(decamp: Decamp, evacuated: Path) -> None:
    workspace = Workspace(evacuated)
    with open_ledger(workspace, workspace.policy()) as ledger:
        ledger.reopen(next(step for step in ledger.states() if step.endswith(":capture")))
    told = decamp("-C", evacuated, "store", "check")
    assert told.code == 0 and "not captured yet: 1" in told.err and "captured so far" in told.err


def test_a_store_in_a_container_is_compared_too(decamp: Decamp, planned: Path) -> None:
    policy = planned / "policy.yaml"
    policy.write_text(policy.read_text().replace('store: "store"', "store: {container: acme-disks}"))
    assert decamp("-C", planned, "plan").code == 0
    assert decamp("-C", planned, "approve", "cut-over", "--who", "Ann").code == 0
    assert decamp("-C", planned, "store", "check").code == 3
    assert decamp("-C", planned, "run", "--execute", "--only", "evacuate").code == 0
    assert decamp("-C", planned, "store", "check").code == 0
    boxes = worlds["target"].project("small").account.containers
    kept = boxes.pop("acme-disks")
    told = decamp("-C", planned, "store", "check", "-f", "json")
    assert told.code == 4 and missing(told) == captured(planned)
    boxes["acme-disks"] = kept
    assert decamp("-C", planned, "store", "check").code == 0


def test_a_flipped_byte_is_told_by_disk_and_bytes_once_the_data_is_read(decamp: Decamp, moved: Path) -> None:
    pack = packs(moved)[0]
    data = bytearray(pack.read_bytes())
    data[100] ^= 1
    pack.write_bytes(data)
    assert decamp("-C", moved, "store", "check").code == 0
    result = decamp("-C", moved, "store", "check", "--read-data", "--wide")
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


def harmed(path: Path, how: str) -> None:
    data = path.read_bytes()
    path.unlink()
    match how:
        case "a link":
            path.symlink_to("/dev/zero")
        case "a pipe":
            os.mkfifo(path)
        case "empty" | "half" | "longer":
            path.write_bytes({"empty": b"", "half": data[: len(data) // 2], "longer": data + b"x"}[how])


@pytest.mark.parametrize("harm", ["gone", "empty", "half", "longer", "a link", "a pipe"])
def test_a_store_with_records_and_no_data_is_not_complete(decamp: Decamp, evacuated: Path, harm: str) -> None:
    """As a copy that was interrupted leaves it. What is missing is told without reading anything."""
    data = list((evacuated / "store").glob("*/??/packs*.data"))
    assert data and decamp("-C", evacuated, "store", "check").code == 0
    for path in data:
        harmed(path, harm)
    told = decamp("-C", evacuated, "store", "check")
    assert told.code == 4 and "complete" not in told.err and "0 of 2" in told.err, told.err


@pytest.mark.parametrize("what", ["a file", "a pipe", "below a file", "below a link to nothing"])
def test_a_store_that_is_no_folder_is_named(decamp: Decamp, planned: Path, tmp_path: Path, what: str) -> None:
    place = tmp_path / "share"
    change(planned, "^store:.*$", f"store: {place / 'inner' if 'below' in what else place}")
    assert decamp("-C", planned, "plan").code == 0
    assert decamp("-C", planned, "approve", "cut-over").code == 0
    if what == "a pipe":
        os.mkfifo(place)
    elif what == "below a link to nothing":
        place.symlink_to(tmp_path / "nothing")
    else:
        place.write_text("")
    for args in ("plan", "store check", "store prune", "run --execute", "verify --reread all"):
        result = decamp("-C", planned, *args.split())
        assert result.code == 2 and f"{codes.STORE_NO_FOLDER}: " in result.err and f"but {place} is no" in result.err
    assert codes.STORE_NO_FOLDER in decamp("-C", planned, "doctor").out
    assert decamp("-C", planned, "status").code == decamp("-C", planned, "report", "--offline").code == 0


def test_a_capture_that_is_not_through_is_partial(decamp: Decamp, moved: Path) -> None:
    for path in (moved / "store").glob("*/??/disks%2fserver-*%2fmanifest*"):
        path.unlink()
    assert decamp("-C", moved, "store", "check").code == 3


def test_nothing_is_pruned_that_a_disk_needs(decamp: Decamp, moved: Path) -> None:
    before = stored(moved)
    result = decamp("-C", moved, "store", "prune", "--execute")
    assert result.code == 0 and stored(moved) == before


def test_what_a_kill_left_is_shown_first_and_then_goes(
    decamp: Decamp, moved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = packs(moved)[0].with_name(".aside-x7")
    left.write_bytes(b"x" * 2048)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 90_000)
    shown = decamp("-C", moved, "store", "prune", "--lang", "fr")
    assert shown.code == 0 and left.exists()
    assert (
        "fichier laissé par une exécution interrompue" in shown.out
        and left.name in shown.out
        and "2,0 Kio" in shown.err
    )
    assert decamp("-C", moved, "store", "prune", "--execute").code == 0 and not left.exists()


def test_records_of_a_folder_that_are_damaged_are_named_and_a_run_captures_anew_what_they_hit(
    decamp: Decamp, planned: Path
) -> None:
    assert decamp("-C", planned, "run", "--execute", "--only", "evacuate").code == 0
    for record in (planned / "store").glob("*/??/packs%2f*.json"):
        record.write_bytes(record.read_bytes()[:-20])
    told = decamp("-C", planned, "store", "check", "-f", "json")
    assert told.code == 4 and {row["what"] for row in json.loads(told.out)} == {"damaged pack"}
    assert decamp("-C", planned, "run", "--execute").code == 0
    # Packs come together in another way each time: of the old ones some may be left, which no disk needs any more.
    left = json.loads(decamp("-C", planned, "store", "check", "--read-data", "-f", "json").out)
    assert {(row["what"], row["disk"]) for row in left} <= {("damaged pack", "")}
    assert decamp("-C", planned, "verify", "--reread", "all").code == 0


def test_proved_copies_go_when_they_are_told_to_and_not_before(decamp: Decamp, moved: Path) -> None:
    """The proof of each disk is kept as it is restored; the rehearsal names them and removes nothing."""
    before = stored(moved)
    shown = json.loads(decamp("-C", moved, "store", "prune", "--proved", "-f", "json").out)
    assert stored(moved) == before and shown["passes"]
    assert decamp("-C", moved, "store", "prune", "--proved", "--execute").code == 0
    assert not [name for name in stored(moved) if "manifest" in name]
    told = decamp("-C", moved, "store", "check")
    assert told.code == 0 and f"verified at the target: {len(captured(moved))}" in told.err
    shutil.rmtree(moved / "store")
    told = decamp("-C", moved, "store", "check")
    assert told.code == 0 and f"verified at the target: {len(captured(moved))}" in told.err
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

    monkeypatch.setattr("migrate.cli.commands.store.plan_prune", plan_while_a_run_passes)
    result = decamp("-C", moved, "store", "prune", "--proved", "--execute")
    assert result.code == 5 and result.sentence.startswith("decamp: DCP-526: ")
    assert stored(moved) == before


def test_nothing_is_pruned_while_a_run_works(decamp: Decamp, moved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "held", lambda self: {"volume:x:capture"})
    result = decamp("-C", moved, "store", "prune", "--proved", "--execute")
    assert result.code == 5 and result.sentence.startswith("decamp: DCP-524: ")
    assert Workspace(moved).store_path(Workspace(moved).policy()).is_dir() and packs(moved)


def has_room(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(total=1 << 60, used=0, free=free))


def test_a_store_that_may_turn_out_too_small_is_told_and_stops_nothing(
    decamp: Decamp, planned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_room(monkeypatch, 1 << 30)
    rehearsed = decamp("-C", planned, "run", "--lang", "fr")
    assert rehearsed.code == 0 and "Le dépôt a 1,0 Gio de libre (mesuré)" in rehearsed.err
    result = decamp("-C", planned, "run", "--execute")
    assert result.code == 0 and "The store has 1.0 GiB free (measured); disks and images" in result.err


def test_a_store_without_room_for_one_pack_stops_the_run_before_it_begins(
    decamp: Decamp, planned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_room(monkeypatch, 36 << 20)
    assert codes.STORE_NEARLY_FULL not in decamp("-C", planned, "run").err
    has_room(monkeypatch, (36 << 20) - 1)
    rehearsed = decamp("-C", planned, "run")
    assert rehearsed.code == 0 and codes.STORE_NEARLY_FULL in rehearsed.err
    since = lengths()
    result = decamp("-C", planned, "run", "--execute")
    assert result.code == 1 and "decamp: DCP-112: the disk store has 36.0 MiB left" in result.err
    assert changes(since) == []
    assert not (planned / "store").exists()


def test_room_matters_to_what_is_still_to_be_captured_alone(
    decamp: Decamp, moved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_room(monkeypatch, 0)
    result = decamp("-C", moved, "run", "--execute")
    assert result.code == 0 and "(measured)" not in result.err


def test_room_that_is_as_large_as_the_disks_is_not_spoken_of(
    decamp: Decamp, planned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_room(monkeypatch, 1 << 50)
    assert "(measured)" not in decamp("-C", planned, "run").err


@pytest.mark.parametrize("words", [(), ("mend",), ("check", "--deep"), ("prune", "x")])
def test_wrong_words_are_told_in_one_go(decamp: Decamp, moved: Path, words: tuple[str, ...]) -> None:
    result = decamp("-C", moved, "store", *words)
    assert result.code == 2 and result.out == ""
