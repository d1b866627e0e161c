"""A server that has moved is rolled back, changed at the source, and moves again; then it is accepted.

The referees: what `openstack` lists on both sides, the actions that the source's Nova lists of the server, and the
clouds' own files of the volume.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.kill.points import START
from tests.lab.harness import HOME, Workspace, openstack, same_bytes

AT, SINCE = 700 << 20, b"written since the rollback"


@dataclass(frozen=True)
class OneServer:
    """A tenant of one server with one volume, on both clouds. `server_id`: at the source."""

    project: str
    server_id: str
    name: str

    @classmethod
    def of(cls, project: str) -> "OneServer":
        (server,) = openstack(f"source-{project}", "server", "list")
        return cls(project, server["ID"], server["Name"])

    def statuses(self, side: str) -> list[str]:
        return [server["Status"] for server in openstack(f"{side}-{self.project}", "server", "list")]

    def power(self) -> list[str]:
        """What was done to the server at the source, oldest first, without its making and the images of it."""
        events = openstack(f"source-{self.project}", "server", "event", "list", self.server_id)
        actions = [event["Action"] for event in sorted(events, key=lambda one: one["Start Time"])]
        return [action for action in actions if action in {"start", "stop", "reboot", "delete"}]

    def volume_file(self, side: str) -> Path:
        """Where the cloud itself keeps the volume's bytes."""
        (volume,) = openstack(f"{side}-{self.project}", "volume", "list")
        return HOME / side / "data/cinder/volumes" / f"volume-{volume['ID']}"

    def assert_moved(self, power_so_far: list[str]) -> None:
        assert (self.statuses("source"), self.statuses("target")) == (["SHUTOFF"], ["ACTIVE"])
        assert self.power() == [*power_so_far, "stop"]
        assert same_bytes(self.volume_file("source"), self.volume_file("target"))


def planned(workspace: Workspace) -> None:
    workspace.plan()
    workspace.decamp("approve", "cut-over", "--who", "the tests")


def rolled_back_changed_and_moved_again(workspace: Workspace, tenant: OneServer) -> None:
    """Begins with what has moved, and is killed on its way back."""
    target = f"target-{tenant.project}"
    so_far = tenant.power()[:-1]
    tenant.assert_moved(so_far)
    (first,) = openstack(target, "server", "list")
    ports = {port["ID"] for port in openstack(target, "port", "list")}
    (wave,) = workspace.waves()
    (told,) = workspace.json("rollback", wave)["servers"]
    assert told["target_id"] == first["ID"] and told["starts"] and told["lost_from"] < told["lost_to"]
    workspace.decamp("rollback", wave, "--execute", expect=3)
    assert (tenant.statuses("source"), tenant.statuses("target")) == (["SHUTOFF"], ["ACTIVE"])
    back = ("rollback", wave, "--who", "the tests")
    assert workspace.killed("after", START, of=back) == 0, "it never came to this point"
    workspace.decamp(*back, "--execute")
    assert (tenant.statuses("source"), tenant.statuses("target")) == (["ACTIVE"], ["SHUTOFF"])
    assert [one["ID"] for one in openstack(target, "server", "list")] == [first["ID"]]

    with tenant.volume_file("source").open("r+b") as disk:
        disk.seek(AT)
        disk.write(SINCE)
    planned(workspace)
    workspace.decamp("run", "--execute")
    workspace.decamp("verify")
    tenant.assert_moved([*so_far, "stop", "start"])
    (second,) = openstack(target, "server", "list")
    assert second["ID"] != first["ID"]
    assert {port["ID"] for port in openstack(target, "port", "list")} == ports
    with tenant.volume_file("target").open("rb") as disk:
        disk.seek(AT)
        assert disk.read(len(SINCE)) == SINCE

    # Once accepted, it stays.
    workspace.decamp("accept", wave, "--who", "the tests")
    workspace.decamp(*back, "--execute", expect=5)
    assert tenant.statuses("target") == ["ACTIVE"]
