"""User data: read off a captured disk where nobody knows it, and given to the moved server only if that is wanted."""

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from migrate import user_data_files as kept
from migrate.clouds.ports import NewImage, NewServer, NewVolume
from migrate.disks.formats.guest_files import MOST_USER_DATA_BYTES
from migrate.errors import ConfigError
from migrate.execute.actions.server_user_data import given_user_data, look_at_root_disk
from migrate.model import Flavor, Kind, Server
from migrate.model.steps import CaptureServer, CaptureVolume, MakeServer, Step
from migrate.policy.policy_records import Policy
from tests.execute.bench import MIGRATION, Bench

DATA = b"#cloud-config\npassword: secret\n"
START = 1 << 20
TINY = Flavor(id="1", name="m1.tiny", vcpus=1, ram_mib=512, disk_gib=1)


def policy(user_data: str) -> Policy:
    return Policy(migration=MIGRATION, source_cloud="s", target_cloud="t", user_data=user_data)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def sha() -> str:
    return hashlib.sha256(DATA).hexdigest()


def disk_of(server_id: str, tmp_path: Path) -> bytes:
    """An ext4 file system on which cloud-init has run for this server."""
    if shutil.which("mke2fs") is None:
        pytest.skip("needs e2fsprogs")
    home = tmp_path / "tree/var/lib/cloud/instances" / server_id
    home.mkdir(parents=True)
    (home / "user-data.txt").write_bytes(DATA)
    made = tmp_path / "fs"
    subprocess.run(
        ["mke2fs", "-q", "-F", "-t", "ext4", "-d", tmp_path / "tree", made, "12M"], check=True, capture_output=True
    )
    return made.read_bytes()


def partitioned(world_write: Any, resource_id: str, content: bytes) -> None:
    entry = bytes([0, 0, 0, 0, 0x83, 0, 0, 0]) + (START // 512).to_bytes(4, "little") + (99).to_bytes(4, "little")
    world_write(resource_id, 446, entry)
    world_write(resource_id, 510, b"\x55\xaa")
    world_write(resource_id, START, content)


def source_server(bench: Bench) -> Server:
    image_id = bench.tenant.images.create(NewImage(name="base", disk_format="raw"))
    bench.tenant.images.upload(image_id, [bytes(1 << 20)], 1 << 20)
    server_id = bench.tenant.compute.create_server(NewServer(name="db", flavor_id="1", image_id=image_id, port_ids=()))
    bench.source_world.settle()
    return bench.tenant.compute.server(server_id)


def test_a_captured_root_disk_tells(bench: Bench, tmp_path: Path, sha: str, caplog: pytest.LogCaptureFixture) -> None:
    server = source_server(bench)
    partitioned(bench.source_world.write_root_disk, server.id, disk_of(server.id, tmp_path))
    with caplog.at_level("DEBUG"):
        bench.do(CaptureServer(server=server))
    assert kept.found_on_disk(tmp_path / "private", server.id) == sha
    assert kept.read(tmp_path / "private", sha) == DATA
    assert "secret" not in caplog.text


def test_what_is_known_already_is_not_looked_for(bench: Bench, tmp_path: Path) -> None:
    server = source_server(bench)
    partitioned(bench.source_world.write_root_disk, server.id, disk_of(server.id, tmp_path))
    bench.do(CaptureServer(server=replace(server, user_data="0" * 64)))
    assert kept.found_on_disk(tmp_path / "private", server.id) is None


def test_a_disk_that_does_not_tell_is_captured_all_the_same(bench: Bench, tmp_path: Path) -> None:
    server = source_server(bench)
    bench.do(CaptureServer(server=server))
    assert bench.store.manifest(f"server:{server.id}")
    assert not (tmp_path / "private/user-data").exists()


def test_a_boot_volume_tells_of_the_server_that_boots_from_it(bench: Bench, tmp_path: Path, sha: str) -> None:
    volume_id = bench.tenant.block.create_volume(NewVolume(name="root", size_gib=1))
    bench.source_world.settle()
    server = Server(id="11111111-0f14-49f6-97c0-885d1b8dc517", name="db", status="ACTIVE", flavor=TINY)
    partitioned(bench.source_world.write_volume, volume_id, disk_of(server.id, tmp_path))
    make = MakeServer(server=server, flavor_id="1", flavor_name="m1.tiny", boot_volume_id=volume_id)
    bench.steps = (Step(id="server:s", name="db", action=make, sides=("target",)),)
    bench.do(CaptureVolume(volume=bench.tenant.block.volume(volume_id)))
    assert kept.found_on_disk(tmp_path / "private", server.id) == sha


# ---------------------------------------------------------------- giving


def given(bench: Bench, digest: str | None) -> bytes | None:
    server = Server(id="srv", name="db", status="ACTIVE", flavor=TINY)
    action = MakeServer(server=server, flavor_id="1", flavor_name="m1.tiny", user_data=digest)
    return given_user_data(bench.job(action), action)


@pytest.mark.parametrize("planned", [True, False])
def test_it_is_passed_on_only_where_the_policy_gives_it(bench: Bench, tmp_path: Path, sha: str, planned: bool) -> None:
    private = tmp_path / "private"
    kept.note(private, "srv", kept.keep(private, DATA if not planned else b"of an older look"))
    kept.keep(private, DATA)
    digest = sha if planned else None
    assert given(bench, digest) is None, "cloud-init would run it a second time"
    bench.policy = policy("give")
    assert given(bench, digest) == DATA


def test_nothing_is_passed_where_nothing_was_given_or_known(bench: Bench, tmp_path: Path) -> None:
    bench.policy = policy("give")
    assert given(bench, None) is None
    assert given(bench, kept.keep(tmp_path / "private", b"")) is None


def test_what_the_plan_names_and_is_gone_fails_the_step(bench: Bench) -> None:
    bench.policy = policy("give")
    with pytest.raises(ConfigError):
        given(bench, "0" * 64)


def test_the_server_hears_it(bench: Bench, tmp_path: Path) -> None:
    bench.policy = policy("give")
    digest = kept.keep(tmp_path / "private", DATA)
    image_id = bench.target.images.create(NewImage(name="i", disk_format="raw"))
    bench.target.images.upload(image_id, [bytes(1 << 20)], 1 << 20)
    bench.moved(Kind.IMAGE, "srv", image_id)
    heard = []
    create = bench.target.compute.create_server

    def listen(new: NewServer) -> str:
        heard.append(new.user_data)
        return create(new)

    bench.target.compute.create_server = listen  # type: ignore[method-assign]
    server = Server(id="srv", name="db", status="ACTIVE", flavor=TINY)
    bench.do(MakeServer(server=server, flavor_id="1", flavor_name="m1.tiny", user_data=digest))
    assert heard == [DATA]


def test_more_than_a_server_can_be_given_is_kept_and_said(bench: Bench, tmp_path: Path) -> None:
    """Nova takes 65,535 characters of base64."""
    bench.policy = policy("give")
    most = b"#" * MOST_USER_DATA_BYTES
    assert len(base64.b64encode(most)) <= 65_535 < len(base64.b64encode(most + b"#"))
    assert given(bench, kept.keep(tmp_path / "private", most)) == most
    digest = kept.keep(tmp_path / "private", most + b"#")
    server = Server(id="srv", name="db", status="ACTIVE", flavor=TINY)
    action = MakeServer(server=server, flavor_id="1", flavor_name="m1.tiny", user_data=digest)
    job = bench.job(action)
    assert given_user_data(job, action) is None
    assert any(digest in event[-1] for event in job.ctx.monitor.events)  # type: ignore[attr-defined]
    assert kept.read(tmp_path / "private", digest) == most + b"#"


def test_a_manifest_that_cannot_be_read_does_not_fail_the_look(bench: Bench) -> None:
    server = source_server(bench)
    bench.do(CaptureServer(server=server))
    (path,) = (p for p in (bench.root / "store").rglob("*manifest*.data"))
    info = bench.store.container.objects.head(
        "disks", f"disks/server-{server.id}/{bench.store.origins(f'server:{server.id}')[0]}/manifest.json"
    )
    raw = path.read_bytes()[:-30]
    bench.store.container.objects.put("disks", replace(info, size_bytes=len(raw), etag=""), [raw])
    look_at_root_disk(bench.job(CaptureServer(server=server)), server)
