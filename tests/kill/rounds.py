"""One round: a fresh migration of the tiny tenant, killed once, run again, and judged by the servers."""

from pathlib import Path

from tests.lab.conftest import listings, start_servers
from tests.lab.harness import Witness, Workspace, facts, openstack, sweep

PROJECT = "test-kill"


class Round:
    """Begins with an empty target project and the source's server running."""

    def __init__(self, root: Path, *, one_by_one: bool = False) -> None:
        sweep("target", PROJECT)
        start_servers(f"source-{PROJECT}")
        self.workspace = Workspace(root, PROJECT)
        self.source, self.target = Witness.now("source", PROJECT), Witness.now("target", PROJECT)
        self.before = listings(f"source-{PROJECT}")
        self.workspace.init()
        if one_by_one:
            self.workspace.one_by_one()
        self.workspace.plan()
        self.workspace.decamp("approve", "cut-over", "--who", "the tests")

    def finish(self) -> None:
        """A plain re-run ends verified; the servers' listings and logs show nothing doubled, orphaned or read twice."""
        self.workspace.decamp("run", "--execute")
        self.workspace.decamp("verify", "--reread", "all")
        after = listings(f"source-{PROJECT}")
        for one in (self.before, after):
            for server in one["servers"]:
                server["Status"] = "any"
        assert after == self.before
        self._target_has_each_thing_once()
        self.ranges_read_twice = self._completed_ranges_read_again()
        both = facts(PROJECT)
        for kind in ("volumes", "root_disks"):
            assert {n: f["tree_sha256"] for n, f in both["source"][kind].items()} == {
                n: f["tree_sha256"] for n, f in both["target"][kind].items()
            }

    def _completed_ranges_read_again(self) -> list[tuple[str, str]]:
        """Ranges of the customer's images that were asked for again once the image was sealed in the store.

        What was in flight, or in a pack that was not full, when the process died has to be read again: this tenant's
        disks are smaller than that, so `test_kill_bulk.py` looks at how much it is. Of images in qcow2 made by us the
        ranges are not segments, so the customer's, whose files are taken as they are, bear witness.
        """
        customers = {image["ID"] for image in self.before["images"]}
        asked: dict[tuple[str, str], list[float]] = {}
        for r in self.source.requests():
            if r.method == "GET" and r.path.endswith("/file") and r.path.split("/")[-2] in customers:
                asked.setdefault((r.path, r.range), []).append(r.time)
        assert asked, "no image was read by ranges"
        return [key for key, times in asked.items() if len(times) > 1 and max(times) > self._sealed_at(key[0])]

    def _sealed_at(self, path: str) -> float:
        """When the image's manifest was written, by its file; a second more, as the log tells the end of a request."""
        names = f"disks%2fimage-{path.split('/')[-2]}%2f*%2fmanifest*.json"
        return min(p.stat().st_mtime for p in (self.workspace.root / "store").rglob(names)) + 1

    @staticmethod
    def _target_has_each_thing_once() -> None:
        cloud = f"target-{PROJECT}"
        assert [s["Status"] for s in openstack(cloud, "server", "list")] == ["ACTIVE"]
        assert [(v["Name"], v["Status"]) for v in openstack(cloud, "volume", "list")] == [("data", "in-use")]
        assert openstack(cloud, "volume", "snapshot", "list") == []
        assert sorted(i["Name"] for i in openstack(cloud, "image", "list", "--private")) == [
            "server (root disk)",
            "tiny base",
        ]
        assert [p["Fixed IP Addresses"][0]["ip_address"] for p in openstack(cloud, "port", "list") if p["Status"]] == [
            "10.80.0.20"
        ]
