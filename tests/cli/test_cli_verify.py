"""What `decamp verify` ends with, row by row."""

import json
from pathlib import Path
from typing import Any

import pytest

from migrate.cli.commands.verify import verdict
from migrate.clouds.ports import NewVolume
from migrate.demo.memory import MemoryCloud, worlds
from migrate.errors import Exit
from migrate.ledger.ledger import Ledger
from migrate.messages import codes
from migrate.model import Kind
from migrate.verify.evidence import Evidence, EvidenceRow, Proof, Verdict
from tests.cli.conftest import Decamp


def row(kind: Verdict, **changes: Any) -> EvidenceRow:
    return EvidenceRow(item="volume:a", kind=Kind.VOLUME, name="a", verdict=kind, proof=Proof.REREAD, **changes)


@pytest.mark.parametrize(
    ("rows", "exit_code"),
    [
        ((), Exit.OK),
        ((row(Verdict.SAME),), Exit.OK),
        ((row(Verdict.NOT_REREAD, note_code=codes.USED_SINCE_PROVED),), Exit.OK),
        ((row(Verdict.NOT_REREAD, note_code=codes.CLOUD_UNAVAILABLE),), Exit.PARTIAL),
        ((row(Verdict.NOT_REREAD),), Exit.PARTIAL),
        ((row(Verdict.SAME), row(Verdict.MISSING)), Exit.PARTIAL),
        ((row(Verdict.SURPLUS), row(Verdict.SAME)), Exit.PARTIAL),
        ((row(Verdict.MISSING), row(Verdict.DIFFERENT), row(Verdict.SAME)), Exit.INTEGRITY),
    ],
)
def test_it_ends_with_the_worst_of_its_rows(rows: tuple[EvidenceRow, ...], exit_code: Exit) -> None:
    assert verdict(Evidence(migration="m", plan_seal="s", at="2026-01-01T00:00:00Z", rows=rows)) is exit_code


def test_interrupted_as_it_removes_its_copies_it_reports_none_that_are_gone(
    decamp: Decamp, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A volume in use is read through three: interrupted once each is removed, and not yet recorded as removed."""
    source = MemoryCloud("source/small", world=worlds["source"], project="small")
    (server,) = source.compute.servers()
    volume_id = source.block.create_volume(NewVolume(name="data", size_gib=1))
    worlds["source"].settle()
    source.compute.attach(server.id, volume_id)
    for line in ("scan", "plan", "approve cut-over --who Ann", "run --execute"):
        assert decamp("-C", workspace, *line.split()).code == 0

    def left() -> list[str]:
        told = json.loads(decamp("-C", workspace, "report", "-f", "json", "-o", "-").out)
        return [row["kind"] for row in told["temporaries"]]

    for kind in (Kind.IMAGE, Kind.VOLUME, Kind.SNAPSHOT):

        def interrupted(ledger: Ledger, side: str, of: Kind, resource_id: str, last: Kind = kind) -> None:
            if of is last:
                raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(Ledger, "effect_removed", interrupted)
            assert decamp("-C", workspace, "verify", "--reread", "all").code != 0
        assert kind.value in left()
        assert decamp("-C", workspace, "verify", "--reread", "all").code == 0
        assert left() == []
