"""Every document that a command reads: missing, cut short, edited, of another kind; and a policy with mistakes."""

import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from migrate.cli.main import TABLE
from migrate.messages import codes
from tests.cli.conftest import Decamp

NO_READERS = {"init", "store", "demo", "explain", "completion", "doctor", "support-bundle", "unpack"}
READERS = [name for name in TABLE if name not in NO_READERS]
"""Each of them reads the policy first; `wizard` has one made where there is none."""
OF_A_WAVE = {"cut-over", "test-launch", "rollback", "accept"}


def typed(name: str) -> tuple[str, ...]:
    """The command, with the name of a server where it needs one; no view that goes on for ever."""
    if name == "watch":
        return name, "--once"
    return (name, "web-1") if name in OF_A_WAVE else (name,)


PLAN_READERS = ("run", "approve", "status", "verify", "report", "clean")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def edit(path: Path) -> None:
    body = json.loads(path.read_text())
    key = "steps" if "steps" in body else "security_groups"
    body[key] = body[key][:-1]
    path.write_text(json.dumps(body))


def newer(path: Path) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 99}))


def other(path: Path) -> None:
    path.write_text('{"format": "something else"}')


def garbage(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00garbage")


DAMAGES: list[tuple[Callable[[Path], None], str]] = [
    (cut, codes.DOCUMENT_DAMAGED),
    (garbage, codes.DOCUMENT_DAMAGED),
    (edit, codes.DOCUMENT_EDITED),
    (newer, codes.DOCUMENT_VERSION),
    (other, codes.DOCUMENT_VERSION),
    (Path.unlink, codes.DOCUMENT_MISSING),
]


@pytest.mark.parametrize(("damage", "code"), DAMAGES)
@pytest.mark.parametrize("name", PLAN_READERS)
def test_a_wrong_plan(decamp: Decamp, planned: Path, name: str, damage: Callable[[Path], None], code: str) -> None:
    damage(planned / "plan.json")
    result = decamp("-C", planned, name)
    if name == "status" and code == codes.DOCUMENT_MISSING:
        assert result.code == 0 and "check" in result.out
        return
    assert result.code == 2 and result.sentence.startswith(f"decamp: {code}: ")
    assert result.out == ""


@pytest.mark.parametrize(("damage", "code"), DAMAGES)
@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("name", ["check", "plan", "run"])
def test_a_wrong_inventory(
    decamp: Decamp, planned: Path, name: str, side: str, damage: Callable[[Path], None], code: str
) -> None:
    damage(planned / f"{side}.json")
    result = decamp("-C", planned, name)
    assert result.code == 2 and result.sentence.startswith(f"decamp: {code}: ")
    assert f"{side}.json" in result.sentence


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text.replace("limits:", "limit:"), codes.POLICY_INVALID),
        (lambda text: text.replace("version: 1", "version: 7"), codes.POLICY_INVALID),
        (lambda text: text + "\nskip: [\n", codes.YAML_INVALID),
        (lambda text: "", codes.POLICY_INVALID),
        (lambda text: "- just\n- a list\n", codes.POLICY_INVALID),
    ],
)
@pytest.mark.parametrize("name", READERS)
def test_a_broken_policy(decamp: Decamp, workspace: Path, name: str, change: Callable[[str], str], code: str) -> None:
    policy = workspace / "policy.yaml"
    policy.write_text(change(policy.read_text()))
    result = decamp("-C", workspace, *typed(name))
    assert result.code == 2 and result.sentence.startswith(f"decamp: {code}: ")


def test_all_mistakes_of_a_policy_at_once(decamp: Decamp, workspace: Path) -> None:
    policy = workspace / "policy.yaml"
    text = policy.read_text().replace("consistency: auto", "consistency: perhaps").replace("disks: 2", "disks: none")
    policy.write_text(text)
    sentence = decamp("-C", workspace, "scan").sentence
    assert "servers.consistency" in sentence and "limits.disks" in sentence


def test_ten_mistakes_of_a_policy_by_line_and_path(decamp: Decamp, workspace: Path) -> None:
    policy = workspace / "policy.yaml"
    text = policy.read_text()
    for right, wrong in (
        ("\nlanguage: en", "\nlanguage: de"),
        ("consistency: auto", "consistency: perhaps"),
        ("\n  start: cut-over", '\n  start: {"sever:web": twin}'),
        ("keep_mac: false", "keep_mac: maybe"),
        ("\n  attachments: 4", "\n  attachments: 400"),
        ("\n  disks: 2", "\n  disk: 2"),
        ("\n  bandwidth:", "\n  bandwidth: 50 Mb/s"),
        ("\n  windows: []", "\n  windows:\n    - daily 22:00-05:00 UTC\n    - mon 1:00-2:00"),
        ("\n  guard:", "\n  guard: soon"),
        ("\nskip: []", "\nskip: server:x"),
    ):
        assert right in text, right
        text = text.replace(right, wrong, 1)
    policy.write_text(text)
    result = decamp("-C", workspace, "scan")
    assert result.code == 2 and result.sentence.startswith("decamp: DCP-220: ")
    lines = text.splitlines()
    told = re.findall(r"line (\d+), ([\w.:\[\]-]+): ", result.sentence)
    assert [(lines[int(number) - 1].split()[0].rstrip(":"), path) for number, path in told] == [
        ("language", "language"),
        ("consistency", "servers.consistency"),
        ("start", "servers.start.sever:web"),
        ("keep_mac", "servers.keep_mac"),
        ("attachments", "disks.attachments"),
        ("disk", "limits.disk"),
        ("bandwidth", "limits.bandwidth"),
        ("-", "limits.windows[1]"),
        ("guard", "schedule.guard"),
        ("skip", "skip"),
    ]
    assert "mon 1:00-2:00" in lines[int(told[7][0]) - 1]


@pytest.mark.parametrize("name", [name for name in READERS if name != "wizard"])
def test_no_policy(decamp: Decamp, tmp_path: Path, name: str) -> None:
    result = decamp("-C", tmp_path, *typed(name))
    if name == "status":
        assert result.code == 0 and "init" in result.out
        return
    assert result.code == 2 and result.sentence.startswith("decamp: DCP-210: ")


@pytest.mark.parametrize("name", [name for name in READERS if name not in {"status", "wizard"}])
def test_no_folder(decamp: Decamp, tmp_path: Path, name: str) -> None:
    result = decamp("-C", tmp_path / "nowhere", *typed(name))
    assert result.code == 2 and result.sentence.startswith("decamp: DCP-206: ")


def test_a_policy_changed_after_the_plan(decamp: Decamp, planned: Path) -> None:
    policy = planned / "policy.yaml"
    policy.write_text(policy.read_text().replace("keep_mac: false", "keep_mac: true"))
    assert decamp("-C", planned, "run").sentence.startswith("decamp: DCP-214: ")
    status = decamp("-C", planned, "status")
    assert status.code == 0 and "check" in status.out


def test_a_policy_of_an_unknown_cloud(decamp: Decamp, workspace: Path) -> None:
    policy = workspace / "policy.yaml"
    policy.write_text(policy.read_text().replace("memory:source/small", "elsewhere"))
    result = decamp("-C", workspace, "scan")
    assert result.code == 2 and result.sentence.startswith("decamp: DCP-201: ")


def test_a_damaged_ledger(decamp: Decamp, planned: Path) -> None:
    (planned / "ledger.db").write_bytes(b"this is no database at all, whatever its name says" * 40)
    for name in ("status", "approve", "run", "report"):
        result = decamp("-C", planned, name)
        assert result.code == 2 and result.sentence.startswith("decamp: DCP-215: ")


def test_the_ledger_of_another_migration(decamp: Decamp, planned: Path) -> None:
    assert decamp("-C", planned, "approve").code == 0
    with sqlite3.connect(planned / "ledger.db") as db:
        db.execute("UPDATE meta SET value = 'ffffffffffffffffffffffffffffffff' WHERE key = 'migration'")
    result = decamp("-C", planned, "approve")
    assert result.code == 5 and result.sentence.startswith("decamp: DCP-504: ")


def test_a_scan_of_another_project(decamp: Decamp, planned: Path) -> None:
    policy = planned / "policy.yaml"
    policy.write_text(policy.read_text().replace("memory:source/small", "memory:source/main"))
    result = decamp("-C", planned, "scan", "--side", "source")
    assert result.code == 5 and "decamp: DCP-501: " in result.err


def test_damaged_evidence(decamp: Decamp, planned: Path) -> None:
    (planned / "evidence" / "verify.json").write_text("{")
    result = decamp("-C", planned, "report")
    assert result.code == 2 and "decamp: DCP-211: " in result.err
