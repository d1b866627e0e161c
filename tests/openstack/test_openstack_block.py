"""Cinder: backups, groups, the shapes of its older versions, and quotas."""

from typing import Any

import pytest

from migrate.clouds.openstack.records import translate
from migrate.clouds.ports import NewVolume
from migrate.errors import Denied, Refused
from migrate.model import Backup, Quota
from tests.openstack.fake_openstack import PROJECT, FakeServer, Open, Reply, keystone

BASE = f"/volume/v3/{PROJECT}"
BACKUP: dict[str, Any] = {
    "id": "b1",
    "status": "available",
    "size": 3,
    "object_count": 60,
    "availability_zone": "nova",
    "container": "volumebackups",
    "created_at": "2026-01-01T00:00:00.000000",
    "updated_at": None,
    "name": "nightly",
    "description": None,
    "fail_reason": None,
    "volume_id": "v1",
    "links": [],
    "is_incremental": True,
    "has_dependent_backups": False,
    "snapshot_id": None,
    "data_timestamp": "2026-01-01T00:00:00.000000",
}
VOLUME = {"name": "", "size": 1, "status": "available"}


def test_backups_are_listed_page_by_page(fake: FakeServer, open_shop: Open) -> None:
    link = {"rel": "next", "href": f"http://inner.invalid/v3/{PROJECT}/backups/detail?limit=1&marker=b1"}
    broken = {**BACKUP, "id": "a0", "status": "error", "size": None, "container": None, "is_incremental": False}
    fake.on(
        f"GET {BASE}/backups/detail",
        Reply(200, {"backups": [BACKUP], "backups_links": [link]}),
        Reply(200, {"backups": [broken]}),
    )
    assert open_shop().block.backups() == [
        Backup(
            id="a0", name="nightly", volume_id="v1", size_gib=0, status="error", created_at=str(BACKUP["created_at"])
        ),
        Backup(
            id="b1",
            name="nightly",
            volume_id="v1",
            size_gib=3,
            status="available",
            container="volumebackups",
            incremental=True,
            created_at=str(BACKUP["created_at"]),
        ),
    ]


def test_a_cloud_without_backups_has_none(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"GET {BASE}/backups/detail", Reply(404, {"itemNotFound": {"code": 404, "message": "m"}}))
    assert open_shop().block.backups() == []


def test_backups_that_may_not_be_listed_are_not_none(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"GET {BASE}/backups/detail", Reply(403, {"forbidden": {"code": 403, "message": "m"}}))
    with pytest.raises(Denied):
        open_shop().block.backups()


def test_a_backup_is_restored_into_that_volume_and_no_new_one(fake: FakeServer, open_shop: Open) -> None:
    answer = {"restore": {"backup_id": "b1", "volume_id": "v9", "volume_name": "n"}}
    fake.on(f"POST {BASE}/backups/b1/restore", Reply(202, answer))
    open_shop().block.restore_backup("b1", "v9")
    (sent,) = fake.calls("POST .*/restore")
    assert sent.json == {"restore": {"volume_id": "v9"}}
    assert "openstack-api-version" not in sent.headers


def test_a_restore_into_a_volume_in_use_is_refused(fake: FakeServer, open_shop: Open) -> None:
    body = {"badRequest": {"code": 400, "message": "Volume to be restored to must be available"}}
    fake.on(f"POST {BASE}/backups/b1/restore", Reply(400, body))
    with pytest.raises(Refused):
        open_shop().block.restore_backup("b1", "v9")


def test_groups_are_read_with_the_microversion_that_tells_them(fake: FakeServer, open_shop: Open) -> None:
    """The header calls the service `volume`: under its official name it would not be heard."""
    fake.on(f"GET {BASE}/volumes/detail", Reply(200, {"volumes": [{**VOLUME, "id": "v1", "group_id": "g1"}]}))
    fake.on(f"GET {BASE}/volumes/v1", Reply(200, {"volume": {**VOLUME, "id": "v1", "group_id": None}}))
    block = open_shop().block
    assert [volume.group_id for volume in block.volumes()] == ["g1"]
    assert block.volume("v1").group_id is None
    assert {seen.headers["openstack-api-version"] for seen in fake.calls("GET .*/volumes/.*")} == {"volume 3.13"}


def test_what_is_made_asks_for_no_microversion(fake: FakeServer, open_shop: Open) -> None:
    """From 3.66 on, a snapshot's `force` is refused."""
    fake.on(f"POST {BASE}/volumes", Reply(202, {"volume": {"id": "v1"}}))
    fake.on(f"POST {BASE}/snapshots", Reply(202, {"snapshot": {"id": "n1"}}))
    block = open_shop().block
    block.create_volume(NewVolume(name="empty", size_gib=2, metadata={"decamp-mark": "m"}))
    block.create_snapshot("v1", "n", {})
    assert fake.calls(f"POST {BASE}/volumes")[0].json["volume"] == {
        "name": "empty",
        "size": 2,
        "metadata": {"decamp-mark": "m"},
    }
    assert not any("openstack-api-version" in seen.headers for seen in fake.calls("POST .*/(volumes|snapshots)"))


def test_a_cinder_of_version_2_is_asked_without_microversions(fake: FakeServer, open_shop: Open) -> None:
    keystone(fake, leave_out=("volumev3",), more=(("volumev2", f"/volume/v2/{PROJECT}"),))
    links = [{"rel": "self", "href": f"{fake.url}/volume/v2/"}]
    fake.on("GET /volume/v2/?", Reply(200, {"versions": [{"id": "v2.0", "status": "CURRENT", "links": links}]}))
    item = {**VOLUME, "id": "v1", "consistencygroup_id": "cg1"}
    fake.on(f"GET /volume/v2/{PROJECT}/volumes/detail", Reply(200, {"volumes": [item]}))
    (volume,) = open_shop().block.volumes()
    assert volume.group_id == "cg1"
    (seen,) = fake.calls("GET .*/volumes/detail")
    assert "openstack-api-version" not in seen.headers


def test_names_in_the_words_of_version_1() -> None:
    old = {"id": "x", "size": 1, "status": "available", "display_name": "data", "display_description": "mine"}
    volume, snapshot = translate.volume(old), translate.snapshot({**old, "volume_id": "v"})
    assert (volume.name, volume.description) == (snapshot.name, snapshot.description) == ("data", "mine")


def test_quotas_come_with_backups(fake: FakeServer, open_shop: Open) -> None:
    cloud = open_shop()
    used = {"limit": 10, "in_use": 2, "reserved": 1, "allocated": 0}
    keys = ("volumes", "snapshots", "gigabytes", "backups", "backup_gigabytes", "groups", "per_volume_gigabytes")
    fake.on(
        f"GET {BASE}/os-quota-sets/{PROJECT}", Reply(200, {"quota_set": {"id": PROJECT, **dict.fromkeys(keys, used)}})
    )
    names = {"volumes", "volumes_gib", "snapshots", "backups", "backups_gib"}
    assert cloud.block.quotas() == dict.fromkeys(names, Quota(limit=10, used=3))  # type: ignore[attr-defined]


def test_a_volume_type_with_limits_of_its_own_has_quotas_of_its_own(fake: FakeServer, open_shop: Open) -> None:
    cloud = open_shop()
    some, none = {"limit": 10, "in_use": 2, "reserved": 1}, {"limit": -1, "in_use": 2, "reserved": 0}
    told = {
        "volumes": none, "gigabytes": some,
        "volumes_very fast_1": some, "gigabytes_very fast_1": some, "snapshots_very fast_1": some,
        "volumes_SSD": none, "gigabytes_SSD": none, "snapshots_SSD": none,
    }  # fmt: skip
    fake.on(f"GET {BASE}/os-quota-sets/{PROJECT}", Reply(200, {"quota_set": {"id": PROJECT, **told}}))
    ten = Quota(limit=10, used=3)
    assert cloud.block.quotas() == {  # type: ignore[attr-defined]
        "volumes": Quota(limit=-1, used=2),
        "volumes_gib": ten,
        "volumes:very fast_1": ten,
        "volumes_gib:very fast_1": ten,
        "snapshots:very fast_1": ten,
    }


def test_where_quotas_are_not_shown_the_limits_are(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"GET {BASE}/os-quota-sets/{PROJECT}", Reply(403, {"forbidden": {"code": 403, "message": "m"}}))
    absolute = {
        "maxTotalVolumes": 10,
        "totalVolumesUsed": 1,
        "maxTotalVolumeGigabytes": 1000,
        "totalGigabytesUsed": 20,
        "maxTotalSnapshots": 10,
        "totalSnapshotsUsed": 0,
        "maxTotalBackups": 5,
        "totalBackupsUsed": 4,
    }
    fake.on(f"GET {BASE}/limits", Reply(200, {"limits": {"rate": [], "absolute": absolute}}))
    assert open_shop().block.quotas() == {  # type: ignore[attr-defined]
        "volumes": Quota(limit=10, used=1),
        "volumes_gib": Quota(limit=1000, used=20),
        "snapshots": Quota(limit=10),
        "backups": Quota(limit=5, used=4),
    }


# ---------------------------------------------------------------- deleting


@pytest.mark.parametrize("kind", ["volume", "snapshot"])
def test_what_is_being_deleted_already_is_no_error(fake: FakeServer, open_shop: Open, kind: str) -> None:
    """Cinder says 400 to it; so it does to a deletion whose first answer was lost."""
    item = {**VOLUME, "id": "x1", "volume_id": "v1", "status": "deleting"}
    refusal = Reply(400, {"badRequest": {"message": "Invalid volume: status must be available"}})
    fake.on(f"DELETE {BASE}/{kind}s/x1", refusal)
    fake.on(f"GET {BASE}/{kind}s/x1", Reply(200, {kind: item}), Reply(200, {kind: {**item, "status": "uploading"}}))
    block = open_shop().block
    delete = block.delete_volume if kind == "volume" else block.delete_snapshot
    delete("x1")
    with pytest.raises(Refused):
        delete("x1")


def test_what_has_gone_since_its_deletion_was_refused_is_no_error(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"DELETE {BASE}/volumes/x1", Reply(400, {"badRequest": {"message": "Invalid volume"}}))
    fake.on(f"GET {BASE}/volumes/x1", Reply(404, {"itemNotFound": {"message": "x1"}}))
    open_shop().block.delete_volume("x1")
