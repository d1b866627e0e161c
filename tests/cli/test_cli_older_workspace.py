"""A workspace that an earlier version left half-way on two real clouds: all of it is read, and what is done stays done.

`golden/workspace-a36c0a9` was made by that commit: a move of the lab's showcase tenant, killed while the volumes of its
stopped server were being made at the target. Its store, its cache and `private/` are left out. The files are never
edited. How such a workspace is finished is in `tests/lab/test_older_workspace.py`.
"""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State
from migrate.objects.listing.row_files import read_seal, sealed_rows
from migrate.plan.plan_file import read_plan
from migrate.verify.kept_proofs import read_proofs
from tests.cli.conftest import Decamp

GOLDEN = Path(__file__).parent / "golden" / "workspace-a36c0a9"
STATES = {State.DONE: 28, State.RUNNING: 3, State.PENDING: 6}


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, and no cloud of its names to ask."""
    (tmp_path / "clouds.yaml").write_text("clouds: {}\n")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    shutil.copytree(GOLDEN, tmp_path / "left")
    return tmp_path / "left"


def in_ledger(root: Path) -> Ledger:
    migration = json.loads((root / "plan.json").read_text())["migration"]
    return Ledger.open(f"sqlite:///{root / 'ledger.db'}", migration)


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("check",),
        ("plan",),
        ("forecast",),
        ("report",),
        ("report", "-f", "md", "-o", "-"),
        ("approve", "cut-over", "--who", "Ann"),
    ],
    ids=" ".join,
)
def test_every_command_that_asks_no_cloud_reads_it(decamp: Decamp, left: Path, command: tuple[str, ...]) -> None:
    result = decamp("-C", left, *command)
    assert result.code == 0, result.err


def test_the_plan_fits_its_inputs_and_status_goes_on_from_where_it_stood(decamp: Decamp, left: Path) -> None:
    status = json.loads(decamp("-C", left, "-f", "json", "status").out)
    assert status["counts"] == {state.value: count for state, count in STATES.items()}
    assert [server["name"] for server in status["down"]] == ["web1"]
    assert [(gate["granted_by"], gate["is_over"]) for gate in status["gates"]] == [("the tests", True)]
    assert "run --execute" in decamp("-C", left, "status").out


def test_planning_again_keeps_every_step_and_what_is_done_stays_done(decamp: Decamp, left: Path) -> None:
    """But for the order, which is no part of a digest."""
    assert decamp("-C", left, "plan").code == 0
    made, earlier = read_plan(left / "plan.json"), read_plan(GOLDEN / "plan.json")
    assert {step.id: step.digest for step in made.steps} == {step.id: step.digest for step in earlier.steps}
    assert (made.inputs, made.gates, made.left_out) == (earlier.inputs, earlier.gates, earlier.left_out)

    digests = {step.id: step.digest for step in made.steps}
    ledger = in_ledger(left)
    states = ledger.states()
    assert Counter(row.state for row in states.values()) == STATES
    for step_id, row in states.items():
        assert row.digest == digests[step_id]
        assert row.done_digest == (digests[step_id] if row.state is State.DONE else None)
    assert {(a.gate, a.digest) for a in ledger.approvals()} == {("cut-over", _stop(digests))}
    ledger.close()


def _stop(digests: dict[str, str]) -> str:
    (found,) = [digest for step_id, digest in digests.items() if step_id.endswith(":stop")]
    return found


def test_the_effects_and_the_journal_are_as_they_were_written(left: Path) -> None:
    ledger = in_ledger(left)
    # Those at the source were removed, and no command takes them for ours any more.
    assert Counter((e.side, e.role.value) for e in ledger.effects()) == {("target", "m"): 17, ("target", "t"): 2}
    assert {line.step_id for line in ledger.journal()} == {
        step_id for step_id, row in ledger.states().items() if row.state is State.DONE
    }
    ledger.close()


def test_the_proofs_of_objects_and_disks_are_read(left: Path) -> None:
    evidence = left / "evidence"
    found: dict[str, Any] = {}
    for folder in sorted((evidence / "objects").iterdir()):
        seal = read_seal(folder)
        rows = list(sealed_rows(folder, seal))
        assert (len(rows), sum(row.size_bytes for row in rows)) == (seal.objects, seal.size_bytes)
        found[seal.container] = seal.objects
    assert found == {"documents": 142, "documents_segments": 3, "empty": 0}
    (proof,) = read_proofs(evidence).values()
    assert (proof.row.name, proof.row.verdict) == ("Debian 8 golden", "same")
