"""Passes of a running server on real clouds: each stores what changed, and the last one is what is at the target."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.lab.harness import ALLOWED_AT_SOURCE, Witness, Workspace, fresh, openstack, openstack_all
from tests.lab.warm_servers import CHANGED, CHUNK, backing_file, digest, say, temporaries, write_as_a_guest_would

pytestmark = [pytest.mark.lab, pytest.mark.full]

PROJECT = "test-warm"


def stored(workspace: Workspace) -> int:
    return sum(path.stat().st_size for path in (workspace.root / "store").rglob("*") if path.is_file())


def test_each_pass_stores_what_changed_and_the_target_gets_the_last_one(lab: None, tmp_path: Path) -> None:
    """The referees: files of the store and of both clouds, their listings, the source's access log and events."""
    fresh(str(Path(__file__).with_name("warm_tenant.json")), PROJECT, "--target-quota", "generous")
    source, target = f"source-{PROJECT}", f"target-{PROJECT}"
    (server,), (volume,) = openstack_all(source, "server list", "volume list")
    disk = backing_file("source", volume["ID"])
    workspace = Workspace(tmp_path / "ws", PROJECT, passes=True)
    workspace.prepare()
    log = Witness.now("source", PROJECT)
    workspace.decamp("run", "--execute", expect=3)
    sizes = [stored(workspace)]

    write_as_a_guest_would(disk, 1)
    workspace.decamp("run", "--execute", expect=3)
    assert stored(workspace) == sizes[0], "a fresh pass was taken again"
    say(workspace, age="0 minutes")
    workspace.decamp("run", "--execute", expect=3)
    sizes.append(stored(workspace))
    (passes,) = workspace.json("status")["passes"]
    assert (passes["passes"], passes["changed_bytes"]) == (2, CHANGED * CHUNK)
    assert openstack(source, "server", "list")[0]["Status"] == "ACTIVE"
    assert temporaries(source) == []

    write_as_a_guest_would(disk, 2)
    say(workspace, age="1 day")
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    workspace.decamp("run", "--execute")
    sizes.append(stored(workspace))
    workspace.decamp("verify")

    # A table of the disk, and the packs' own lists, come with each pass, whatever changed.
    assert all(later - before <= 1.3 * CHANGED * CHUNK for before, later in pairwise(sizes)), sizes
    (moved,) = openstack(target, "volume", "list")
    assert digest(backing_file("target", moved["ID"])) == digest(disk)
    events = openstack(source, "server", "event", "list", server["ID"])
    assert [one["Action"] for one in events].count("stop") == 1
    assert openstack(source, "server", "list")[0]["Status"] == "SHUTOFF"
    assert log.outside(ALLOWED_AT_SOURCE) == []
    assert temporaries(source) == temporaries(target) == []
