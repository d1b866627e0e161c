"""A tenant with every odd name at once moves, and moves again when it has changed; what becomes of each is told.

On a screen of 80 columns, and in both languages: `test_cli_screen` has the same of names that are not odd.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from migrate.demo.memory import MemoryCloud, worlds
from migrate.demo.small_tenant import two_clouds
from migrate.messages import codes
from tests.cli.conftest import Decamp, Result
from tests.cli.odd_tenant import (
    LEFT_OUT,
    MENDED,
    NAMES,
    OBJECT_ROWS,
    change,
    containers,
    fill,
    groups_of_names,
    in_pairs,
    keypairs,
    named_in,
    objects,
    volumes,
)
from tests.cli.screens import UUID, too_wide


class Tenant:
    """Commands in one workspace; none of them crashes, and none writes over 80 columns."""

    def __init__(self, decamp: Decamp, root: Path) -> None:
        self.decamp, self.root = decamp, root

    def __call__(self, line: str, *exits: int) -> Result:
        result = self.decamp(*line.split())
        assert codes.UNEXPECTED not in result.out + result.err, result.err
        assert result.code in exits, (line, result.code, result.out[-3000:], result.err[-3000:])
        if "report" not in line and "json" not in line:
            assert not too_wide(result), line
            assert "check" in line or not UUID.search(result.out), line
        return result

    def json(self, line: str, *exits: int) -> list[dict[str, Any]]:
        found = json.loads(self(f"{line} -f json", *exits).out)
        return found if isinstance(found, list) else found["rows"]


@pytest.fixture
def tenant(decamp: Decamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    source, target = two_clouds(0.02)
    for world in (source, target):
        limits = ("volumes", "snapshots", "networks", "subnets", "ports", "security_groups", "security_group_rules")
        world.project("small", dict.fromkeys(limits, 500) | {"volumes_gib": 5000})
    fill(source)
    root = tmp_path / "work"
    assert decamp("init", root, "--source", "memory:source/small", "--target", "memory:target/small").code == 0
    monkeypatch.chdir(root)
    monkeypatch.setenv("COLUMNS", "80")
    return Tenant(decamp, root)


def test_every_odd_name_at_once(tenant: Tenant) -> None:
    told = tenant("scan --objects", 3).err
    for odd in (*LEFT_OUT["volume"], *LEFT_OUT["image"], *LEFT_OUT["server"]):
        assert f"NOT read: {odd.name or f'#{odd.place}'}" in told
    assert f"malformed in the listing but read: {MENDED[0].name}" in told
    found = tenant.json("check", 0, 3)
    listed = {(row["code"], row["name"]) for row in found}
    assert {
        (codes.UNREADABLE_LEFT_OUT, "no id"),
        (codes.UNREADABLE_LEFT_OUT, "sized nan"),
        (codes.UNREADABLE_LEFT_OUT, "path"),
        (codes.UNREADABLE_LEFT_OUT, "#2"),
    } <= listed
    assert (codes.TEMPORARY_OF_OTHERS, NAMES["a mark"]) in listed
    assert (codes.LISTED_ODDLY, "twice") in listed and (codes.OBJECT_ROWS_UNREADABLE, "Twin") in listed
    for line in ("check", "plan", "run", "forecast", "approve", "status"):
        tenant(f"--lang fr {line}", 0, 3)
    tenant("--lang fr approve cut-over --who Ann", 0)
    tenant("--lang fr run --execute", 3)
    is_moved()
    rows = tenant.json("verify --full", 3, 4)
    wrong = [
        (row["item"], row["verdict"], row["differences"])
        for row in rows
        if row["verdict"] not in {"same", "not re-read"}
    ]
    assert not wrong
    (twin,) = [row for row in rows if row["item"] == "container:Twin"]
    assert twin["left"] == {"unreadable": len(OBJECT_ROWS)} and set(twin["unreadable"]) == set(OBJECT_ROWS)

    # It has changed, and moves a second time.
    change(worlds["source"])
    tenant("verify --source", 3)
    tenant("--lang fr scan --objects", 3)
    for line in ("check", "plan", "run"):
        tenant(line, 0, 3)
    tenant("approve cut-over --who Ann", 0, 2)
    tenant("run --execute", 3)
    target = MemoryCloud("target", world=worlds["target"], project="small").objects
    assert target.head("Twin", "a//b").size_bytes == len(b"changed")
    assert "new\n\x1b[2J" in {one.name for one in target.containers()}
    tenant("--lang fr verify --full", 3, 4)
    for line in (
        "status",
        "--lang fr report",
        "report -f md -o -",
        "report -f json -o -",
        "--lang fr clean",
        "--lang fr store check",
        "--lang fr store prune",
    ):
        tenant(line, 0, 3)
    assert {path.name for path in tenant.root.parent.iterdir()} == {"work"}


def is_moved() -> None:
    """Each under its own name, to the letter; what has none gets none."""
    world = worlds["target"]
    firsts, seconds = ({*names} for names in zip(*in_pairs(), strict=True))
    assert firsts | seconds == {"", *NAMES.values()} and "" in firsts & seconds
    for kind, names in {"networks": firsts, "subnets": seconds, "ports": firsts, "security_groups": seconds}.items():
        missing = {name or "-" if kind == "security_groups" else name for name in names} - set(named_in(world, kind))
        assert not missing, (kind, missing)
    assert set(volumes()) - set(named_in(world, "volumes")) == {NAMES["a mark"]}
    assert set(groups_of_names()) <= set(named_in(world, "servers"))
    assert set(keypairs().values()) <= {name for _, name in world.keypairs}
    source, target = (MemoryCloud(side, world=worlds[side], project="small").objects for side in ("source", "target"))
    assert set(containers().values()) <= {one.name for one in target.containers()}
    assert {one.name for one in target.entries("Twin")} == set(objects())
    for name in objects():
        assert target.head("Twin", name) == source.head("Twin", name)
    of = {side: {row.record.name: row.record for row in worlds[side].servers.rows.values()} for side in worlds}
    for name in groups_of_names():
        there = {key: value for key, value in of["target"][name].metadata.items() if not key.startswith("decamp")}
        assert there == of["source"][name].metadata
