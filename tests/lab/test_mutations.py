"""Verify must name it: one thing of every kind flipped, dropped or swapped at the target, behind Decamp's back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.conftest import PROJECT, Moved
from tests.lab.harness import HOME, LAB, openstack, run, wait_until

pytestmark = pytest.mark.lab

TARGET = f"target-{PROJECT}"
REREAD = ("--reread", "all")
CLI = (LAB / ".venv/bin/openstack", "--os-cloud", TARGET)


def named(moved: Moved, *options: str) -> dict[str, tuple[str, ...]]:
    """What `decamp verify` says is not the same: item -> differences."""
    moved.workspace.decamp("verify", *options, expect=None)
    evidence = json.loads((moved.workspace.root / "evidence/verify.json").read_text())
    return {row["item"]: tuple(row["differences"]) for row in evidence["rows"] if row["differences"]}


def flip(path: Path, at: int) -> None:
    with path.open("r+b") as disk:
        disk.seek(at)
        byte = disk.read(1)[0]
        disk.seek(at)
        disk.write(bytes([byte ^ 1]))


@pytest.fixture(scope="module", autouse=True)
def whole_at_the_end(moved: Moved) -> Iterator[None]:
    """What a test does not put back, the next one names too and fails; what the last one leaves is seen here."""
    yield
    assert named(moved) == {}, "a test did not put back what it changed"


def target_id(moved: Moved, prefix: str, name: str) -> str:
    evidence = json.loads((moved.workspace.root / "evidence/verify.json").read_text())
    return next(str(r["target_id"]) for r in evidence["rows"] if r["item"].startswith(prefix) and r["name"] == name)


def test_a_flipped_image_and_a_flipped_volume_are_named(moved: Moved) -> None:
    image = target_id(moved, "image:", "Debian 8 golden")
    volume = target_id(moved, "volume:", "web1-data")
    files = HOME / "target/data/glance/images" / image, HOME / "target/data/cinder/volumes" / f"volume-{volume}"
    flips = (files[0], files[0].stat().st_size // 2), (files[1], 1_000_000_000)
    for path, at in flips:
        flip(path, at)
    found = named(moved, *REREAD)
    for path, at in flips:
        flip(path, at)
    assert sorted(item.partition(":")[0] for item in found) == ["image", "volume"], found
    said = {item.partition(":")[0]: str(differences) for item, differences in found.items()}
    assert "bytes" in said["image"] and "bytes 999948288-1000013823" in said["volume"]


def test_a_dropped_a_changed_and_a_surplus_object_are_named(moved: Moved) -> None:
    listed = json.loads(run(*CLI, "object", "list", "documents", "-f", "json").stdout)
    dropped, changed = [o["Name"] for o in listed if "usr/" in o["Name"]][:2]
    script = (
        "import sys, openstack, swiftclient\n"
        "c = swiftclient.Connection(session=openstack.connect(cloud=sys.argv[1]).session)\n"
        "kept = {n: c.get_object('documents', n) for n in sys.argv[2:4]}\n"
        "import subprocess\n"
        "c.delete_object('documents', sys.argv[2])\n"
        "c.put_object('documents', sys.argv[3], b'other')\n"
        "c.put_object('documents', 'surplus.txt', b'more')\n"
        "input()\n"
        "c.delete_object('documents', 'surplus.txt')\n"
        "for n, (h, b) in kept.items():\n"
        "    m = {k: v for k, v in h.items() if k.startswith('x-object-meta-')}\n"
        "    c.put_object('documents', n, b, content_type=h['content-type'], headers=m)\n"
    )
    import subprocess

    from tests.lab.harness import environment

    changer = subprocess.Popen(
        [str(LAB / ".venv/bin/python"), "-c", script, TARGET, dropped, changed],
        stdin=subprocess.PIPE, env=environment(), text=True,
    )  # fmt: skip
    try:
        _wait_for_object("surplus.txt")
        found = named(moved)
    finally:
        changer.communicate("\n")
    assert list(found) == ["container:documents"]
    for name in (dropped, changed, "surplus.txt"):
        assert name in str(found), name


def _wait_for_object(name: str) -> None:
    def there() -> bool:
        listed = json.loads(run(*CLI, "object", "list", "documents", "-f", "json").stdout)
        return any(one["Name"] == name for one in listed)

    wait_until(there, name)


def test_a_dropped_security_group_rule_is_named(moved: Moved) -> None:
    rules = openstack(TARGET, "security", "group", "rule", "list", "web", "--long")
    rule = next(r for r in rules if r["Port Range"] == "443:443" and r["Ethertype"] == "IPv4")
    run(*CLI, "security", "group", "rule", "delete", rule["ID"])
    found = named(moved)
    run(*CLI, "security", "group", "rule", "create", "web", "--protocol", "tcp", "--dst-port", "443")
    assert [item for item in found if item.startswith("security-group:")] == list(found)
    assert "443" in str(found)


def test_a_detached_volume_is_named(moved: Moved) -> None:
    # The last one: it comes back in its place.
    server, volume = target_id(moved, "server:", "web1"), target_id(moved, "volume:", "web1-archive")
    server = next(s["ID"] for s in openstack(TARGET, "server", "list") if s["Name"] == "web1")
    run(*CLI, "server", "remove", "volume", server, volume)
    _wait_for_volume(volume, "available")
    found = named(moved)
    run(*CLI, "server", "add", "volume", server, volume)
    _wait_for_volume(volume, "in-use")
    assert any(item.startswith("server:") for item in found)
    assert "attach" in str(found)


def _wait_for_volume(volume: str, status: str) -> None:
    wait_until(lambda: bool(openstack(TARGET, "volume", "show", volume)["status"] == status), f"{volume} is {status}")
