"""A ledger that version 1 wrote stays readable, whatever comes later. The file is never edited."""

import shutil
from pathlib import Path

from migrate.ledger.records import State
from migrate.ledger.store import Ledger
from migrate.model import Kind


def test_a_ledger_of_version_1_is_read(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parent / "golden" / "ledger-v1.db", tmp_path / "ledger.db")
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", "0123456789abcdef0123456789abcdef")
    states = ledger.states()
    assert {i: s.state for i, s in states.items()} == {"network:n1": State.DONE, "volume:v1:capture": State.PENDING}
    assert ledger.target_id(Kind.NETWORK, "n1") == "t1"
    assert [(a.gate, a.who) for a in ledger.approvals()] == [("cut-over", "operator")]
    assert [(line.stage, line.ended_at) for line in ledger.journal()] == [("network.make", 2.5)]
