"""Documents damaged anywhere, a scan that fails half-way, a store and a disk that let us down: on clouds in memory.

tests/cli/test_cli_documents.py has one damage of each sort for every command; here it is the place that varies.
"""

import errno
import json
import logging
import random
import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.cli.log_file import keep_log, set_up_logging
from migrate.demo.memory import worlds
from migrate.documents import document_bytes
from migrate.errors import TransientError
from migrate.inventory.scan_project import scan
from migrate.messages import codes
from migrate.plan.plan_file import read_plan, write_plan
from tests.cli.conftest import Decamp

pytestmark = pytest.mark.hostile

READER = {"plan.json": "run", "source.json": "check", "target.json": "check"}
"""A command that reads the document and asks no cloud before."""

PLACES = 16


def documents(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.glob("*.*") if not path.name.startswith("ledger")}


# ---------------------------------------------------------------- documents


@pytest.mark.parametrize("name", READER)
def test_a_document_cut_anywhere(decamp: Decamp, planned: Path, name: str) -> None:
    path, whole, chance = planned / name, (planned / name).read_bytes(), random.Random(name)
    end = len(whole.rstrip()) - 1
    for length in (0, 1, end, *(chance.randrange(end) for _ in range(PLACES))):
        path.write_bytes(whole[:length])
        result = decamp("-C", planned, READER[name])
        assert result.code == 2 and result.sentence.startswith("decamp: DCP-211: "), length
        assert name in result.sentence and result.out == ""


@pytest.mark.parametrize("name", READER)
def test_one_character_changed_anywhere(decamp: Decamp, planned: Path, name: str) -> None:
    path, whole, chance = planned / name, (planned / name).read_bytes(), random.Random(name)
    said = set()
    places = [at for at, byte in enumerate(whole) if not chr(byte).isspace()]
    for at in chance.sample(places, PLACES):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        result = decamp("-C", planned, READER[name])
        assert result.code == 2 and name in result.sentence and result.out == "", (at, whole[at - 20 : at + 20])
        said.add(result.sentence.split()[1])
    assert "DCP-213:" in said and said <= {"DCP-211:", "DCP-212:", "DCP-213:"}


@pytest.mark.parametrize("odd", [b"\xf0(", b"\xff", b"\xed\xa0\x80"])
@pytest.mark.parametrize("name", READER)
def test_a_document_with_bytes_that_are_no_text(decamp: Decamp, planned: Path, name: str, odd: bytes) -> None:
    """Within one of its texts, where the reader of JSON does not call it damage."""
    path, whole = planned / name, (planned / name).read_bytes()
    path.write_bytes(whole.replace(b'"format"', b'"' + odd + b'": 1, "format"', 1))
    result = decamp("-C", planned, READER[name])
    assert result.code == 2 and result.sentence.startswith("decamp: DCP-211: ") and name in result.sentence


@pytest.mark.parametrize(
    ("name", "line"),
    [
        *READER.items(),
        *{"policy.yaml": "status", "answers.yaml": "wizard --plain", "evidence/verify.json": "report"}.items(),
    ],
)
def test_a_terabyte_of_nothing_is_not_read(decamp: Decamp, planned: Path, name: str, line: str) -> None:
    """A hole, which is a few bytes of an archive."""
    (planned / name).parent.mkdir(exist_ok=True)
    with (planned / name).open("ab") as file:
        file.truncate(1 << 40)
    result = decamp("-C", planned, *line.split())
    assert result.code == 2 and result.sentence.startswith("decamp: DCP-211: "), result.err
    assert name in result.sentence and "larger than" in result.sentence


DEEP = ("plan.json", "source.json", "target.json", "forecast.json", "evidence/verify.json")


@pytest.mark.parametrize("depth", [300, 600, 900, 100_000])
@pytest.mark.parametrize("name", DEEP)
def test_a_document_that_is_nested_deeply(decamp: Decamp, planned: Path, name: str, depth: int) -> None:
    """Its seal may even fit: whoever can write the file can compute it."""
    for args in ("forecast", "verify"):
        decamp("-C", planned, args)
    path = planned / name
    whole = json.loads(path.read_text())
    whole.pop("seal")
    if depth < 900:
        # The longest that a sealed document can be nested without an error of its own.
        nested: object = 1
        for _ in range(depth):
            nested = [nested]
        path.write_bytes(document_bytes({**whole, "x": nested}))
    else:
        path.write_text(f'{{"x": {"[" * depth}{"]" * depth}, {json.dumps({**whole, "seal": "0"})[1:]}')
    said = ""
    for args in (
        "status",
        "check",
        "plan",
        "run",
        "verify",
        "report",
        "forecast",
        f"support-bundle --yes -o {planned / 'bundle'}",
    ):
        result = decamp("-C", planned, *args.split())
        (planned / "bundle").unlink(missing_ok=True)
        assert codes.UNEXPECTED not in result.err, (args, result.err)
        said += result.err
    assert depth < 900 or codes.DOCUMENT_DAMAGED in said


@pytest.mark.parametrize("name", ["run", "approve", "status", "verify", "report", "clean"])
def test_the_plan_of_another_tenant(decamp: Decamp, planned: Path, name: str) -> None:
    plan = read_plan(planned / "plan.json")
    write_plan(planned / "plan.json", replace(plan, target=replace(plan.target, project_id="another")))
    (planned / "ledger.db").unlink()
    result = decamp("-C", planned, name)
    assert result.code == 5 and result.sentence.startswith("decamp: DCP-502: ")
    assert not (planned / "ledger.db").exists()


@pytest.mark.parametrize("name", ["run", "approve", "status", "verify", "report", "clean"])
def test_a_ledger_cut_at_any_page(decamp: Decamp, planned: Path, name: str) -> None:
    assert decamp("-C", planned, "approve").code == 0
    ledger = planned / "ledger.db"
    whole = ledger.read_bytes()
    with sqlite3.connect(ledger) as db:
        (page,) = db.execute("PRAGMA page_size").fetchone()
    pages = range(page, len(whole), page)
    # At each of them for one command; for the others at the first, at one in the middle and at the last.
    for length in (100, page - 1, *(pages if name == "status" else (pages[0], pages[len(pages) // 2], pages[-1]))):
        ledger.write_bytes(whole[:length])
        result = decamp("-C", planned, name)
        assert result.code == 2 and result.sentence.startswith("decamp: DCP-215: "), length


# ---------------------------------------------------------------- scan: both documents or none


def test_a_scan_whose_target_cannot_be_used_changes_no_document(decamp: Decamp, planned: Path) -> None:
    policy = planned / "policy.yaml"
    policy.write_text(policy.read_text().replace("memory:target/small", "memory:nowhere/small"))
    _source_changes()
    before = documents(planned)
    result = decamp("-C", planned, "scan")
    assert result.code == 6 and "decamp: DCP-401: " in result.err
    assert documents(planned) == before


def test_a_scan_that_breaks_off_in_the_target_changes_no_document(
    decamp: Decamp, planned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(cloud: object, side: str, *places: object, **said: object) -> object:
        if side == "target":
            raise TransientError(codes.CLOUD_UNAVAILABLE, what="GET network")
        return scan(cloud, side, *places, **said)  # type: ignore[arg-type]

    monkeypatch.setattr("migrate.cli.commands.scan.scan", breaks)
    _source_changes()
    before = documents(planned)
    result = decamp("-C", planned, "scan")
    assert result.code == 3 and "decamp: DCP-503: " in result.err
    assert documents(planned) == before


def _source_changes() -> None:
    """What a scan of the source would write down."""
    network = next(iter(worlds["source"].networks.rows.values()))
    network.record = replace(network.record, name="renamed since")


# ---------------------------------------------------------------- the store


DAMAGED = ["disks%2fserver-*%2fmanifest*.data", "packs%2f*.data"]


def _damage(planned: Path, what: str) -> None:
    """A manifest's first bytes, or every byte of every pack."""
    names = list((planned / "store").glob(f"*/??/{what}"))
    for path in names:
        path.write_bytes(bytes(byte ^ 1 for byte in path.read_bytes()))
    assert names


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_capture_makes_no_server(decamp: Decamp, evacuated: Path, what: str) -> None:
    """Without the source nobody can say what the bytes were."""
    _damage(evacuated, what)
    del worlds["source"]
    result = decamp("-C", evacuated, "run", "--execute")
    assert result.code == 4 and codes.BYTES_DIFFER in result.out
    assert not worlds["target"].servers.rows


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_capture_is_taken_again_while_the_source_is_there(decamp: Decamp, evacuated: Path, what: str) -> None:
    _damage(evacuated, what)
    result = decamp("-C", evacuated, "run", "--execute")
    assert result.code == 0, result.out
    assert worlds["target"].servers.rows
    assert decamp("-C", evacuated, "verify").code == 0


# ---------------------------------------------------------------- a full disk


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_that_names_no_file(
    decamp: Decamp, planned: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(*_args: object, **_named: object) -> None:
        raise OSError(number, "no room")

    monkeypatch.setattr("migrate.cli.commands.check.check", full)
    result = decamp("-C", planned, "check")
    assert result.code == 1 and result.sentence.startswith(f"decamp: DCP-111: cannot write {planned} (no room)")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_without_verbose_the_terminal_gets_no_line_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    for verbose, lines in ((False, 1), (True, 2)):
        set_up_logging(verbose=verbose)
        logging.getLogger("decamp").error("failed step=volume:1:capture")
        logging.getLogger("decamp").warning("waits")
        assert len(capsys.readouterr().err.splitlines()) == lines


def test_a_log_that_cannot_be_written_shows_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "decamp.log").symlink_to("/dev/full")
    monkeypatch.setattr(logging, "raiseExceptions", True)
    log = logging.getLogger("decamp")
    before = list(log.handlers)
    set_up_logging(verbose=True)
    keep_log(tmp_path)
    log.error("failed step=%s", "volume:1:capture")
    err = capsys.readouterr().err
    for handler in [handler for handler in log.handlers if handler not in before]:
        log.removeHandler(handler)
    assert "failed step=volume:1:capture" in err and "Traceback" not in err and len(err.splitlines()) == 1
