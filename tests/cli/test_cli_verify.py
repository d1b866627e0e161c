"""What `decamp verify` ends with, row by row."""

from typing import Any

import pytest

from migrate.cli.commands.verify import verdict
from migrate.errors import Exit
from migrate.model import Kind
from migrate.verify.evidence import Evidence, EvidenceRow, Proof, Verdict


def row(kind: Verdict, **changes: Any) -> EvidenceRow:
    return EvidenceRow(item="volume:a", kind=Kind.VOLUME, name="a", verdict=kind, proof=Proof.REREAD, **changes)


@pytest.mark.parametrize(
    ("rows", "exit_code"),
    [
        ((), Exit.OK),
        ((row(Verdict.SAME),), Exit.OK),
        ((row(Verdict.NOT_REREAD, note_code="DCP-701"),), Exit.OK),
        ((row(Verdict.NOT_REREAD, note_code="DCP-503"),), Exit.PARTIAL),
        ((row(Verdict.NOT_REREAD),), Exit.PARTIAL),
        ((row(Verdict.SAME), row(Verdict.MISSING)), Exit.PARTIAL),
        ((row(Verdict.SURPLUS), row(Verdict.SAME)), Exit.PARTIAL),
        ((row(Verdict.MISSING), row(Verdict.DIFFERENT), row(Verdict.SAME)), Exit.INTEGRITY),
    ],
)
def test_it_ends_with_the_worst_of_its_rows(rows: tuple[EvidenceRow, ...], exit_code: Exit) -> None:
    assert verdict(Evidence(migration="m", plan_seal="s", at="2026-01-01T00:00:00Z", rows=rows)) is exit_code
