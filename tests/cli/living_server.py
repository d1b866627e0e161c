"""A server that its owner writes to, starts and stops between the runs."""

import json
from pathlib import Path

from migrate.demo.memory import worlds
from tests.cli.conftest import Decamp


def status_at(side: str, name: str) -> str | None:
    """The server's status in that cloud, None where it is not there."""
    found = (row.record for row in worlds[side].servers.rows.values())
    return next((server.status for server in found if server.name == name), None)


def say(workspace: Path, old: str, new: str) -> None:
    """Somebody edits the policy."""
    policy = workspace / "policy.yaml"
    assert old in policy.read_text()
    policy.write_text(policy.read_text().replace(old, new))


def only_server(workspace: Path) -> str:
    """The small tenant has one server, with one disk."""
    (server,) = json.loads((workspace / "source.json").read_text())["servers"]
    assert server["status"] == "ACTIVE" and not server["attachments"]
    return str(server["name"])


AT, BEFORE, SINCE = 2 << 20, b"written before", b"written since!"


def write(name: str, data: bytes) -> None:
    """What the guest writes at the source."""
    server_id = next(i for i, row in worlds["source"].servers.rows.items() if row.record.name == name)
    worlds["source"].write_root_disk(server_id, AT, data)


def there(name: str) -> tuple[str, bytes]:
    """The server's id at the target, and what its disk holds there, as the cloud itself has it."""
    world = worlds["target"]
    (server_id,) = (i for i, row in world.servers.rows.items() if row.record.name == name)
    disk = world.root_disk(server_id)
    return server_id, disk.read(AT, len(SINCE))


def power(side: str, name: str, status: str) -> None:
    server_id = next(i for i, row in worlds[side].servers.rows.items() if row.record.name == name)
    worlds[side].power(server_id, status)


def pass_over(decamp: Decamp, workspace: Path, *, approve: bool = True) -> int:
    """Scan, plan, say yes, run."""
    assert decamp("-C", workspace, "scan").code == 0
    decamp("-C", workspace, "plan")
    if approve:
        assert decamp("-C", workspace, "approve", "cut-over", "--who", "Ann").code == 0
    return decamp("-C", workspace, "run", "--execute").code
