"""docs/runbooks/source-is-gone.md, as it is written: what is captured by then can be made whole after the date."""

import json
from dataclasses import replace
from pathlib import Path

from migrate.demo.memory.cloud import worlds
from migrate.messages import codes
from migrate.model import Flavor
from tests.cli.conftest import Decamp

SMALL = Flavor(id="a1f9", name="s0-0", vcpus=1, ram_mib=256, disk_gib=1)


def test_a_server_without_a_place_is_captured_and_made_once_there_is_one(
    decamp: Decamp, clouds: None, tmp_path: Path
) -> None:
    root, target = tmp_path / "work", worlds["target"]
    offer, target.offer = target.offer, replace(target.offer, flavors=(SMALL,))
    decamp("init", root, "--source", "memory:source/small", "--target", "memory:target/small")
    decamp("-C", root, "scan")
    found = {one["code"] for one in json.loads(decamp("-C", root, "check", "-f", "json").out)}
    assert {codes.NO_FLAVOR, codes.CAPTURED_ONLY} <= found
    policy = root / "policy.yaml"
    policy.write_text(policy.read_text().replace("accept: []", 'accept: ["DCP-610"]'))
    assert decamp("-C", root, "plan").code == 0
    evacuated = decamp("-C", root, "run", "--execute", "--only", "evacuate")
    assert evacuated.code == 0, evacuated.err
    assert decamp("-C", root, "run", "--execute").code == 0
    assert not target.servers.rows
    assert decamp("-C", root, "store", "check", "--read-data").code == 0

    source_json = (root / "source.json").read_bytes()
    del worlds["source"]
    assert decamp("-C", root, "scan").code == 6
    assert (root / "source.json").read_bytes() == source_json
    # It was captured as it ran, without a stop that nobody can make up for now: and nothing runs twice any more.
    target.offer = offer
    policy.write_text(policy.read_text().replace("  start: cut-over\n", "  start: twin\n"))
    for command in ("scan --side target", "plan", "run --execute", "verify"):
        result = decamp("-C", root, *command.split())
        assert result.code == 0, result.err
    assert [row.record.status for row in target.servers.rows.values()] == ["ACTIVE"]
