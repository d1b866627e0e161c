"""A whole migration through the command line, on clouds in memory."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from migrate.clouds.guard import ReadOnly
from migrate.demo.memory import open_memory, worlds
from migrate.demo.small_tenant import two_clouds
from migrate.messages import codes
from tests.cli.conftest import Decamp


def writes(world: str) -> list[tuple[str, str, str]]:
    """What has changed a cloud; logging in does not."""
    return [line for line in worlds[world].log if line[0] not in {"GET", "HEAD"} and line[1] != "identity"]


def test_status_says_what_comes_next_all_the_way(decamp: Decamp, workspace: Path) -> None:
    def following() -> str:
        return str(json.loads(decamp("-C", workspace, "status", "-f", "json").out)["next"]["command"])

    assert following() == "scan"
    decamp("-C", workspace, "scan")
    assert following() == "check"
    decamp("-C", workspace, "plan")
    assert following() == "run --execute"
    decamp("-C", workspace, "run", "--execute")
    assert following() == "approve cut-over"
    decamp("-C", workspace, "approve", "cut-over", "--who", "Ann")
    decamp("-C", workspace, "run", "--execute")
    assert following() == "verify"
    assert decamp("-C", workspace, "verify").code == 0
    assert following() == "report"


def test_nothing_is_written_to_a_cloud_before_execute(decamp: Decamp, planned: Path) -> None:
    for args in (("check",), ("plan",), ("run",), ("status",), ("approve",), ("report",), ("clean",)):
        decamp("-C", planned, *args)
    assert writes("source") == [] and writes("target") == []


def test_a_rehearsal_shows_every_step(decamp: Decamp, planned: Path) -> None:
    result = decamp("-C", planned, "run", "-f", "json")
    report = json.loads(result.out)
    assert result.code == 0 and report["rehearsed"] and "run --execute" in result.err
    steps = {step["id"]: step for step in json.loads((planned / "plan.json").read_text())["steps"]}
    assert {step["step_id"]: step["do"] for step in report["steps"]} == {
        step_id: step["action"]["do"] for step_id, step in steps.items()
    }
    assert {step["text"] for step in report["steps"]} == {"would", "there"}


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", ("would create it", "would upload its root disk to an image and download that (up to 1.0 GiB)")),
        ("fr", ("à créer", "disque racine à télécharger au moyen d'une image (1,0 Gio au plus)")),
    ],
)
def test_a_rehearsal_says_what_each_step_would_do(
    decamp: Decamp, planned: Path, lang: str, told: tuple[str, ...]
) -> None:
    out = decamp("-C", planned, "run", "--lang", lang).out
    there = {"en": "already exists", "fr": "existe déjà"}[lang]
    for sentence in (*told, there):
        assert re.search(rf" {re.escape(sentence)}$", out, re.MULTILINE), sentence


def test_a_rehearsal_has_no_word_for_what_is_done(decamp: Decamp, moved: Path) -> None:
    """What a run leaves undone has a code."""
    for step in json.loads(decamp("-C", moved, "run", "-f", "json").out)["steps"]:
        assert (step["state"], step["text"]) == ("done", "")


def test_a_rehearsal_names_the_gate_that_a_step_waits_for(decamp: Decamp, tmp_path: Path) -> None:
    two_clouds()
    root = tmp_path / "main"
    decamp("init", root, "--source", "memory:source/main", "--target", "memory:target/main")
    decamp("-C", root, "scan")
    decamp("-C", root, "plan")
    out = decamp("-C", root, "run").out
    assert "would stop it at the source (gate cut-over)" in out
    assert "would copy it with 41 objects (3.8 MiB)" in out


def test_a_second_run_has_nothing_to_do(decamp: Decamp, moved: Path) -> None:
    before = writes("target")
    assert decamp("-C", moved, "run", "--execute").code == 0
    assert writes("target") == before


def test_evacuate_first_and_rebuild_from_a_copy_without_the_source(decamp: Decamp, evacuated: Path) -> None:
    assert not worlds["target"].servers.rows
    elsewhere = evacuated.parent / "elsewhere"
    shutil.copytree(evacuated, elsewhere)
    shutil.rmtree(evacuated)
    del worlds["source"]
    result = decamp("-C", elsewhere, "run", "--execute")
    assert result.code == 0, result.err
    assert decamp("-C", elsewhere, "verify").code == 0


def test_clean_says_that_nobody_looked_at_a_source_that_is_gone(decamp: Decamp, evacuated: Path) -> None:
    del worlds["source"]
    result = decamp("-C", evacuated, "clean", "--execute")
    assert result.code == 0 and "leftovers there were not checked" in result.err
    with closing(sqlite3.connect(evacuated / "ledger.db")) as ledger, ledger:
        assert ledger.execute("UPDATE effects SET removed = 0 WHERE side = 'source' AND role = 't'").rowcount
    assert decamp("-C", evacuated, "clean", "--execute").code == 3


def test_only_takes_what_a_step_needs_and_no_more(decamp: Decamp, planned: Path) -> None:
    steps = json.loads((planned / "plan.json").read_text())["steps"]
    subnet = next(step["id"] for step in steps if step["id"].startswith("subnet:"))
    assert decamp("-C", planned, "run", "--execute", "--only", subnet).code == 0
    assert worlds["target"].subnets.rows and not worlds["target"].routers.rows


def test_only_with_an_unknown_step(decamp: Decamp, planned: Path) -> None:
    result = decamp("-C", planned, "run", "--only", "server:nonsense")
    assert result.code == 2 and result.sentence.startswith("decamp: DCP-209: ")


def test_a_changed_target_is_an_integrity_error(decamp: Decamp, moved: Path) -> None:
    router = next(iter(worlds["target"].routers.rows.values()))
    router.change(name="renamed")
    result = decamp("-C", moved, "verify", "-f", "json")
    assert result.code == 4
    assert [row["name"] for row in json.loads(result.out)["rows"] if row["verdict"] == "different"]
    status = json.loads(decamp("-C", moved, "status", "-f", "json").out)
    assert status["differences"] == 1 and status["next"]["command"] == "report"


def test_a_gate_waits_for_its_word(decamp: Decamp, clouds: None, tmp_path: Path) -> None:
    root = tmp_path / "main"
    decamp("init", root, "--source", "memory:source/main", "--target", "memory:target/main")
    decamp("-C", root, "scan")
    assert decamp("-C", root, "plan").code == 0
    first = decamp("-C", root, "run", "--execute")
    assert first.code == 3 and "DCP" not in first.err
    assert "approve cut-over" in decamp("-C", root, "status").out
    assert "web-1" in decamp("-C", root, "approve").out
    assert decamp("-C", root, "approve", "nonsense").sentence.startswith("decamp: DCP-204: ")
    assert decamp("-C", root, "approve", "cut-over", "--who", " ").sentence.startswith("decamp: DCP-208: ")
    granted = json.loads(decamp("-C", root, "approve", "cut-over", "--who", "Ann", "-f", "json").out)
    assert granted["who"] == "Ann" and granted["at"] and all(granted["steps"].values())
    assert decamp("-C", root, "run", "--execute").code == 0
    assert decamp("-C", root, "verify", "--reread", "all").code == 0
    assert decamp("-C", root, "clean", "--execute").code == 0
    gates = json.loads(decamp("-C", root, "approve", "-f", "json").out)
    assert gates[0]["granted_by"] == "Ann" and gates[0]["is_over"]
    report = decamp("-C", root, "report", "-o", "-").out
    assert "203.0.113.2 → 198.51.100." in report


def test_blocking_findings(decamp: Decamp, planned: Path) -> None:
    policy = planned / "policy.yaml"
    policy.write_text(policy.read_text().replace("  flavors: {}", '  flavors: {"t1.cw.tiny": "nonsense"}'))
    check = decamp("-C", planned, "check", "-f", "json")
    assert check.code == 3
    assert [f["code"] for f in json.loads(check.out) if f["undecided"] and f["level"] == "blocks"] == [
        codes.MAPPING_TARGET_UNKNOWN
    ]
    assert decamp("-C", planned, "plan").code == 3
    assert decamp("-C", planned, "run").code == 0
    refused = decamp("-C", planned, "run", "--execute")
    assert refused.code == 2 and refused.sentence.startswith("decamp: DCP-222: ")
    assert json.loads(decamp("-C", planned, "status", "-f", "json").out)["next"]["command"] == "check"
    assert writes("target") == []


def test_the_report_goes_where_it_is_sent(decamp: Decamp, moved: Path, tmp_path: Path) -> None:
    page = moved / "reports" / "report-en.html"
    assert decamp("-C", moved, "report").out.strip() == str(page)
    assert page.read_text().startswith("<!doctype html>")
    result = decamp("-C", moved, "report", "--lang", "fr", "--format", "json")
    values = json.loads(Path(result.out.strip()).read_text())
    assert values["language"] == "fr" and values["is_done"]
    decamp("-C", moved, "report", "-o", tmp_path / "mine.md")
    assert (tmp_path / "mine.md").read_text().startswith("# Migration report")
    assert decamp("-C", moved, "report", "-o", "-").out.startswith("# Migration report")
    assert json.loads(decamp("-C", moved, "-f", "json", "report", "-o", "-").out)["format"] == "decamp-report"
    assert decamp("-C", moved, "report", "-f", "pdf").sentence.startswith("decamp: DCP-200: ")


def test_a_report_without_the_target(decamp: Decamp, moved: Path) -> None:
    del worlds["target"]
    assert decamp("-C", moved, "report", "--offline").code == 0
    assert decamp("-C", moved, "verify").code == 6


def test_french(decamp: Decamp, planned: Path) -> None:
    result = decamp("-C", planned, "check", "--lang", "fr")
    assert result.code == 0 and "Rien ne bloque" in result.err and "gabarit" in result.out


@pytest.mark.parametrize(
    "command", [("plan",), ("run",), ("status",), ("forecast",), ("report", "-f", "md", "-o", "-")]
)
def test_a_french_screen_tells_sizes_in_octets(decamp: Decamp, planned: Path, command: tuple[str, ...]) -> None:
    result = decamp("-C", planned, *command, "--lang", "fr")
    told = result.out + result.err
    assert re.search(r"\d,\d\s[KMG]io\b", told) and not re.search(r"\d\s?(?:[KMGT]i)?B\b", told)


def _fields(record: object) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__struct_fields__}  # type: ignore[attr-defined]


def test_the_store_may_be_a_container_at_the_target(decamp: Decamp, workspace: Path) -> None:
    """Then nothing but the target is needed once the source is gone, not even this machine's disk."""
    policy = workspace / "policy.yaml"
    policy.write_text(policy.read_text().replace('store: "store"', "store: {container: acme-disks}"))
    assert "acme-disks" in policy.read_text()
    approve = ["approve", "cut-over", "--who", "Ann"]
    for command in (["scan"], ["plan"], approve, ["run", "--execute", "--only", "evacuate"]):
        assert decamp("-C", workspace, *command).code == 0
    del worlds["source"]
    assert decamp("-C", workspace, "run", "--execute").code == 0
    assert decamp("-C", workspace, "verify").code == 0
    assert not (workspace / "store" / "acme-disks").exists() and not list((workspace / "store").glob("*"))
    # Nobody but its owner says when the copies are not needed any more.
    decamp("-C", workspace, "clean", "--execute")
    target = open_memory("target/small", ReadOnly())
    assert "acme-disks" in {container.name for container in target.objects.containers()}
