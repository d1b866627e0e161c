"""A ledger that an earlier version wrote stays readable, whatever comes later. The files are never edited."""

import shutil
from pathlib import Path

import pytest

from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State
from migrate.model import Kind

MIGRATION = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("version", [1, 2])
def test_a_ledger_of_each_version_is_read_and_goes_on(tmp_path: Path, version: int) -> None:
    shutil.copy(Path(__file__).parent / "golden" / f"ledger-v{version}.db", tmp_path / "ledger.db")
    for _ in range(2):
        ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", MIGRATION)
        states = ledger.states()
        assert {i: s.state for i, s in states.items()} == {"network:n1": State.DONE, "volume:v1:capture": State.PENDING}
        assert states["network:n1"].done_digest == states["network:n1"].digest
        assert ledger.target_id(Kind.NETWORK, "n1") == "t1"
        assert [(a.gate, a.who) for a in ledger.approvals()] == [("cut-over", "operator")]
        assert [(line.stage, line.ended_at) for line in ledger.journal()] == [("network.make", 2.5)]
        ledger.close()
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", MIGRATION)
    claim = ledger.claim("volume:v1:capture", "elsewhere/1", 60)
    assert claim
    ledger.finish(claim, State.DONE)
    row = ledger.states()["volume:v1:capture"]
    assert (row.done_digest, row.claimed_digest) == (row.digest, row.digest)
