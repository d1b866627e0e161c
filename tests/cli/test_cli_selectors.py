"""Selectors with patterns, wherever a person names things: `server:web-*`."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from migrate.demo.memory import worlds
from migrate.demo.memory.cloud import MemoryCloud
from migrate.demo.small_tenant import put_object
from migrate.messages import codes
from migrate.units import iso, utc_now
from tests.cli.conftest import Decamp
from tests.cli.workspaces import edit

BOXES = ("logs-2018", "logs-2019", "logs-[old]", "Logs-2020", "keep")


@pytest.fixture
def boxes(decamp: Decamp, workspace: Path) -> Path:
    """The small tenant with five containers more, scanned."""
    cloud = MemoryCloud("source/small", world=worlds["source"], project="small")
    for name in BOXES:
        cloud.objects.put_container(name, {})
        put_object(cloud, name, "one", name.encode(), {})
    assert decamp("-C", workspace, "scan").code == 0
    return workspace


def findings(decamp: Decamp, root: Path) -> list[dict[str, Any]]:
    return list(json.loads(decamp("-C", root, "check", "-f", "json").out))


def copied() -> set[str]:
    return {
        box.name for box in MemoryCloud("target/small", world=worlds["target"], project="small").objects.containers()
    }


def skipped(decamp: Decamp, root: Path) -> set[str]:
    return {one["name"] for one in findings(decamp, root) if one["code"] == codes.SKIPPED_BY_POLICY}


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("container:logs-*", {"logs-2018", "logs-2019", "logs-[old]"}),
        ("container:logs-201?", {"logs-2018", "logs-2019"}),
        ("container:logs-201[!9]", {"logs-2018"}),
        ("container:[Ll]ogs-20*", {"logs-2018", "logs-2019", "Logs-2020"}),
        ("container:logs-[old]", {"logs-[old]"}),
        ("container:logs-[[]*", {"logs-[old]"}),
        ("container:*", {*BOXES, "notes"}),
    ],
)
def test_a_pattern_skips_what_it_fits_and_no_more(decamp: Decamp, boxes: Path, selector: str, names: set[str]) -> None:
    edit(boxes, skip=f'["{selector}"]')
    assert skipped(decamp, boxes) == names
    assert not [one for one in findings(decamp, boxes) if one["code"] == codes.SELECTOR_UNMATCHED]
    assert decamp("-C", boxes, "plan").code == 0
    steps = [step["action"] for step in json.loads((boxes / "plan.json").read_text())["steps"]]
    assert {step["name"] for step in steps if step["do"] == "container.copy"} == {*BOXES, "notes"} - names


def test_what_a_pattern_skips_is_not_moved_and_all_else_is(decamp: Decamp, boxes: Path) -> None:
    edit(boxes, skip='["container:[Ll]ogs-20*"]')
    assert decamp("-C", boxes, "plan").code == 0
    decamp("-C", boxes, "approve", "cut-over", "--who", "the tests")
    assert decamp("-C", boxes, "run", "--execute").code == 0
    assert copied() == {"logs-[old]", "keep", "notes"}
    assert decamp("-C", boxes, "verify").code == 0


def test_a_pattern_that_names_nothing_is_told(decamp: Decamp, boxes: Path) -> None:
    edit(
        boxes,
        skip='["container:tmp-*", "server:[", "volume:*"]',
        accept='["DCP-643:snapshot:*", "DCP-863:container:keep*"]',
    )
    told = {
        (f["facts"]["list"], f["facts"]["selector"])
        for f in findings(decamp, boxes)
        if f["code"] == codes.SELECTOR_UNMATCHED
    }
    assert told == {
        ("skip", "container:tmp-*"),
        ("skip", "server:["),
        ("skip", "volume:*"),
        ("accept", "DCP-643:snapshot:*"),
    }


def test_a_pattern_is_not_held_against_ids_by_chance(decamp: Decamp, boxes: Path) -> None:
    source = json.loads((boxes / "source.json").read_text())
    (server,) = source["servers"]
    edit(boxes, skip=f'["server:{server["id"][0]}*"]')
    assert skipped(decamp, boxes) == set()
    (boxes / "policy.yaml").write_text(
        (boxes / "policy.yaml").read_text().replace(f"server:{server['id'][0]}*", f"server:{server['id'][:8]}*")
    )
    assert skipped(decamp, boxes) == {server["name"]}


def test_a_pattern_accepts_what_it_fits(decamp: Decamp, boxes: Path) -> None:
    cloud = MemoryCloud("source/small", world=worlds["source"], project="small")
    for name in BOXES:
        cloud.objects.put_container(name, {"x-container-sync-to": "https://old.example/v1/x"})
    assert decamp("-C", boxes, "scan").code == 0
    edit(boxes, accept='["DCP-863:container:logs-*", "container:kee?"]')
    told = {f["name"]: f["undecided"] for f in findings(decamp, boxes) if f["code"] == codes.CONTAINER_SYNC_LOST}
    assert told == {name: name == "Logs-2020" for name in BOXES}


def test_a_run_takes_patterns_and_names(decamp: Decamp, boxes: Path) -> None:
    assert decamp("-C", boxes, "plan").code == 0
    assert decamp("-C", boxes, "run", "--execute", "--only", "container:logs-20*", "--only", "container:keep").code == 0
    assert copied() == {"logs-2018", "logs-2019", "keep"}
    refused = decamp("-C", boxes, "run", "--only", "container:tmp-*")
    assert refused.code == 2 and refused.sentence.startswith("decamp: DCP-209: ")


def test_the_schedule_takes_patterns(decamp: Decamp, boxes: Path) -> None:
    now = utc_now()
    edit(
        boxes,
        deadline=f'"{iso(now + timedelta(days=60))}"',
        tiers='{"container:logs-*": 1, "container:logs-2019": 10}',
        deadlines=f'{{"container:*ogs-20*": "{iso(now + timedelta(days=9))}"}}',
    )
    assert decamp("-C", boxes, "plan").code == 0
    told = json.loads(decamp("-C", boxes, "forecast", "-f", "json").out)
    assert [late["selector"] for late in told["late"]] == ["container:*ogs-20*"]
    tiers = {row["step_id"].split(":")[1]: row["tier"] for row in told["estimates"]}
    assert (tiers["logs-2018"], tiers["logs-2019"], tiers["logs-%5Bold%5D"], tiers["keep"]) == (1, 10, 1, 3)


def test_mistakes_in_a_schedule_of_patterns(decamp: Decamp, boxes: Path) -> None:
    edit(
        boxes,
        tiers='{"container:logs-*": 1, "container:*-2019": 10, "container:tmp-*": 3, "server:*": 10}',
        skip='["server:tool-*"]',
    )
    told = decamp("-C", boxes, "forecast").err
    assert "schedule.tiers.container:logs-*: names the same as container:*-2019" in told
    assert "schedule.tiers.container:tmp-*: names nothing at the source" in told
    assert "schedule.tiers.server:*: is skipped by this policy" in told
