"""`scan`: the kinds that it counts, what it could not list, and what has changed since an older one."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from migrate.clouds.ports import NewVolume
from migrate.demo.memory import MemoryCloud, worlds
from migrate.inventory.inventory_file import read_inventory
from migrate.messages import codes
from migrate.model import Kind, ServerGroup, ServiceResource
from tests.cli.conftest import Decamp

ZONE = ServiceResource(kind=Kind.DNS_ZONE, id="z1", name="shop.example.", service="dns")
UNLISTED = ServiceResource(kind=Kind.SECRET, id="", name="", service="key-manager", details={"why": "HTTP 403"})
UNKNOWN = ServiceResource(kind=Kind.OTHER, id="", name="", service="sandwich", details={"why": "unknown"})


@pytest.fixture
def source(workspace: Path) -> MemoryCloud:
    return MemoryCloud("source", world=worlds["source"], project="small")


def told(decamp: Decamp, workspace: Path, *args: str | Path) -> dict[str, Any]:
    result = decamp("-C", workspace, "scan", "-f", "json", *args)
    assert result.code == 0, result.err
    document: dict[str, Any] = json.loads(result.out)
    return document


def test_every_kind_is_counted(decamp: Decamp, workspace: Path, source: MemoryCloud) -> None:
    source.login.project.others = [ZONE, UNLISTED]
    source.compute.create_server_group(ServerGroup(id="", name="ha", policy="affinity"))
    document = told(decamp, workspace, "--side", "source")["source"]
    counts = document["counts"]
    assert (counts["server_groups"], counts["trunks"], counts["backups"]) == (1, 0, 0)
    assert (counts["dns-zone"], counts["secret"]) == (1, 0)
    assert document["unlisted"] == [{"service": "key-manager", "name": "", "why": "HTTP 403"}]
    assert "changes" not in document


@pytest.mark.parametrize(
    ("lang", "kinds", "warning", "unknown"),
    [
        ("en", ("server group", "backup", "DNS zone"), "cannot be listed (HTTP 403)", "does not know this service"),
        ("fr", ("groupe de serveurs", "sauvegarde", "zone DNS"), "ne peuvent pas être listées (HTTP", "ne connaît pas"),
    ],
)
def test_the_table_has_the_kinds_that_there_are(
    decamp: Decamp,
    workspace: Path,
    source: MemoryCloud,
    lang: str,
    kinds: tuple[str, ...],
    warning: str,
    unknown: str,
) -> None:
    source.login.project.others = [ZONE, UNLISTED, UNKNOWN]
    result = decamp("-C", workspace, "--lang", lang, "scan")
    assert result.code == 0
    for kind in kinds:
        assert kind in result.out
    assert "cluster" not in result.out
    assert warning in result.err and unknown in result.err


def test_what_changed_since_an_older_scan_is_named(decamp: Decamp, workspace: Path, source: MemoryCloud) -> None:
    told(decamp, workspace)
    older = workspace / "older.json"
    shutil.copy(workspace / "source.json", older)
    assert told(decamp, workspace, "--diff", older)["source"]["changes"] == []
    made = source.block.create_volume(NewVolume(name="new disk", size_gib=1))
    group = source.compute.create_server_group(ServerGroup(id="", name="ha", policy="affinity"))
    document = told(decamp, workspace, "--diff", older)
    assert {(row["path"], row["before"], row["after"]) for row in document["source"]["changes"]} == {
        (f"volumes {made}", None, "new disk"),
        (f"server_groups {group}", None, "ha"),
    }
    assert "changes" not in document["target"]


@pytest.mark.parametrize(
    ("lang", "new", "nothing"),
    [("en", "new (new disk)", "No changes since"), ("fr", "nouveau (new disk)", "Aucun changement depuis")],
)
def test_changes_are_told_in_the_language(
    decamp: Decamp, workspace: Path, source: MemoryCloud, lang: str, new: str, nothing: str
) -> None:
    told(decamp, workspace)
    # The very document that is taken anew.
    older = workspace / "source.json"
    result = decamp("-C", workspace, "--lang", lang, "scan", "--diff", older)
    assert result.code == 0 and nothing in result.out
    source.block.create_volume(NewVolume(name="new disk", size_gib=1))
    result = decamp("-C", workspace, "--lang", lang, "scan", "--diff", older)
    assert result.code == 0 and new in result.out


def test_an_inventory_of_the_other_side_is_refused(decamp: Decamp, workspace: Path) -> None:
    told(decamp, workspace)
    result = decamp("-C", workspace, "scan", "--side", "target", "--diff", workspace / "source.json")
    assert result.code == 2 and codes.USAGE in result.sentence and "source" in result.sentence


def test_an_inventory_that_is_not_there_is_a_mistake_on_the_line(decamp: Decamp, workspace: Path) -> None:
    result = decamp("-C", workspace, "scan", "--diff", workspace / "none.json")
    assert result.code == 2 and not (workspace / "source.json").exists()


def test_objects_are_looked_at_where_it_is_asked_for(decamp: Decamp, workspace: Path, source: MemoryCloud) -> None:
    policy = workspace / "policy.yaml"
    place = '"notes": "gallery/' + "p" * 1020 + '"'
    policy.write_text(policy.read_text().replace("\n  objects:\n", f"\n  objects: {{s3: {{buckets: {{{place}}}}}}}\n"))
    assert decamp("-C", workspace, "scan", "--side", "source").code == 0
    assert read_inventory(workspace / "source.json").containers[0].odd is UNSET
    asked = len(worlds["source"].log)
    assert decamp("-C", workspace, "scan", "--side", "source", "--objects").code == 0
    (notes,) = read_inventory(workspace / "source.json").containers
    assert isinstance(notes.odd, tuple) and [(odd.why, odd.objects) for odd in notes.odd] == [("key-too-long", 1)]
    # A page for each container and look (names, then headers), and nothing that writes.
    log = worlds["source"].log[asked:]
    assert [entry[:2] for entry in log].count(("GET", "object-store")) == 4
    assert {entry[0] for entry in log if entry[1] != "identity"} <= {"GET", "HEAD"}
