"""Evidence that version 1 wrote stays readable. The files are never edited."""

from pathlib import Path

from migrate.documents import read_document
from migrate.verify.evidence import Evidence, Verdict
from migrate.verify.kept_proofs import DiskProof

GOLDEN = Path(__file__).parent / "golden"


def test_evidence_of_version_1_is_read() -> None:
    evidence = read_document(GOLDEN / "evidence-v1.json", Evidence)
    assert evidence.differences == 1
    assert evidence.rows[0].differences == ("bytes 0-4194303",)


def test_a_disk_proof_of_version_1_is_read() -> None:
    assert read_document(GOLDEN / "disk-proof-v1.json", DiskProof).row.verdict is Verdict.DIFFERENT
