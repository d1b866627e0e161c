"""Where user data comes from, which word counts, and that nobody else may read it."""

import hashlib
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate import user_data_files as kept
from migrate.demo.memory import MemoryCloud
from migrate.demo.memory.world import World
from migrate.errors import ConfigError, IntegrityError, TransientError
from migrate.inventory.collect_user_data import collect_user_data
from migrate.inventory.scan_project import scan
from migrate.messages import codes
from migrate.model import Flavor, Inventory, Kind, Server, ServiceResource, StackSource

FLAVOR = Flavor(name="f", vcpus=1, ram_mib=1, disk_gib=1)
SERVERS = tuple(Server(id=i, name=f"name of {i}", status="ACTIVE", flavor=FLAVOR) for i in ("a", "b", "c", "d"))


def template(**user_data: str) -> str:
    return json.dumps(
        {
            "heat_template_version": "2015-04-30",
            "resources": {
                name: {"type": "OS::Nova::Server", "properties": {"user_data": text}}
                for name, text in user_data.items()
            },
        }
    )


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def cloud() -> MemoryCloud:
    """The stack `top` made server a and a group, whose own stack made server b."""
    world = World("source")
    project = world.project()
    top = StackSource(
        id="top",
        name="shop / web",
        template=template(one="echo a"),
        parameters={"key": "value"},
        resources={"one": ("OS::Nova::Server", "a"), "group": ("OS::Heat::ResourceGroup", "nested")},
    )
    nested = StackSource(
        id="nested",
        name="shop-group-xyz",
        template=template(two="echo b"),
        resources={"two": ("OS::Nova::Server", "b"), "back": ("My::Own::Type", "top"), "lost": ("My::Own::Type", "no")},
    )
    project.stacks.update({"top": top, "nested": nested})
    project.others.append(ServiceResource(kind=Kind.STACK, id="top", name="shop / web", service="orchestration"))
    return MemoryCloud("source", world=world)


@pytest.fixture
def inventory(cloud: MemoryCloud) -> Inventory:
    others = (ServiceResource(kind=Kind.STACK, id="top", name="shop / web", service="orchestration"),)
    return replace(scan(cloud, "source"), servers=SERVERS, others=others)


def digests(inventory: Inventory) -> dict[str, str | None]:
    return {server.id: server.user_data for server in inventory.servers}


def test_stacks_and_what_is_nested_in_them_tell(cloud: MemoryCloud, inventory: Inventory, tmp_path: Path) -> None:
    private = tmp_path / "private"
    told = collect_user_data(cloud, inventory, private)
    assert digests(told) == {"a": sha("echo a"), "b": sha("echo b"), "c": None, "d": None}
    assert {s.id: s.stack_id for s in told.servers} == {"a": "top", "b": "top", "c": None, "d": None}
    assert kept.read(private, sha("echo b")) == b"echo b"
    evidence = json.loads((private / "stacks" / "shop___web-top.json").read_text())
    assert evidence["stack"]["parameters"] == {"key": "value"}
    assert evidence["user_data"] == {"a": "kept"}
    assert collect_user_data(cloud, inventory, private) == told


def test_nobody_else_may_read_it(cloud: MemoryCloud, inventory: Inventory, tmp_path: Path) -> None:
    private = tmp_path / "private"
    collect_user_data(cloud, inventory, private)
    kept.note(private, "c", sha("echo a"))
    for path in (private, *private.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_customers_own_file_is_the_last_word(cloud: MemoryCloud, inventory: Inventory, tmp_path: Path) -> None:
    (tmp_path / "mine.sh").write_text("echo mine")
    private = tmp_path / "private"
    kept.note(private, "c", kept.keep(private, b"found on its disk"))
    kept.note(private, "a", kept.keep(private, b"found on its disk"))
    files = {"name of a": "mine.sh", "d": "mine.sh"}
    told = collect_user_data(cloud, inventory, private, files=files, root=tmp_path)
    assert digests(told) == {
        "a": sha("echo mine"),
        "b": sha("echo b"),
        "c": sha("found on its disk"),
        "d": sha("echo mine"),
    }


def test_a_file_that_is_not_there_is_said(cloud: MemoryCloud, inventory: Inventory, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        collect_user_data(cloud, inventory, tmp_path / "private", files={"a": "none"}, root=tmp_path)
    assert caught.value.code == codes.USER_DATA_FILE_UNREADABLE


def test_a_stack_that_cannot_be_read_leaves_the_rest(cloud: MemoryCloud, inventory: Inventory, tmp_path: Path) -> None:
    cloud.world.fail_next("GET", "/stacks/nested", TransientError(codes.CLOUD_UNAVAILABLE, what="busy"))
    told = collect_user_data(cloud, inventory, tmp_path / "private")
    assert digests(told) == {"a": sha("echo a"), "b": None, "c": None, "d": None}


def test_what_was_kept_is_what_is_read(tmp_path: Path) -> None:
    digest = kept.keep(tmp_path, b"echo")
    assert kept.read(tmp_path, digest) == b"echo"
    (tmp_path / "user-data" / digest).write_bytes(b"edited")
    with pytest.raises(IntegrityError):
        kept.read(tmp_path, digest)
    with pytest.raises(ConfigError):
        kept.read(tmp_path, "0" * 64)


@pytest.mark.parametrize("text", ["", "no digest", "a" * 63, "é"])
def test_a_note_that_is_none_says_nothing(text: str, tmp_path: Path) -> None:
    kept.note(tmp_path, "../up", "a" * 64)
    (note,) = (tmp_path / "user-data" / "by-server").iterdir()
    assert kept.found_on_disk(tmp_path, "../up") == "a" * 64
    note.write_text(text)
    assert kept.found_on_disk(tmp_path, "../up") is None
