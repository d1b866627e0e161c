"""Images, volumes, snapshots and backups: what becomes of them, what of their properties is carried, who sees them."""

import msgspec
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from migrate.findings.at_target.image_properties import carried_properties, dropped_properties
from migrate.messages import codes
from migrate.model import Container, Inventory, Kind, Volume
from migrate.model.steps import (
    CaptureBackup,
    CaptureSnapshot,
    CaptureVolume,
    Plan,
    RestoreImage,
    RestoreServerImage,
    RestoreSnapshotImage,
    RestoreVolume,
    ShareImage,
    VerifyDisk,
)
from migrate.plan.build_plan import build_plan
from migrate.plan.readiness.check_all import check, undecided
from migrate.policy.policy_records import Disks, Mappings, Policy
from tests.plan.tenants import backup, empty, image, policy, server, snapshot, target, uid, volume

DATA = uid("volume data")
SNAPSHOT = f"snapshot:{uid('snapshot before-upgrade')}"
BACKUP = f"backup:{uid('backup nightly')}"
DEBIAN = f"image:{uid('image debian')}"


def ids(plan: Plan) -> set[str]:
    return {step.id for step in plan.steps}


def left(plan: Plan) -> dict[str, str]:
    return {f"{out.kind}:{out.id}": out.code for out in plan.left_out}


def facts(
    code: str, source: Inventory, there: Inventory | None = None, said: Policy | None = None
) -> list[dict[str, str]]:
    return [f.facts for f in check(source, there or target(), said or policy()) if f.code == code]


def restored(plan: Plan, step_id: str) -> RestoreVolume:
    action = plan.step(step_id).action
    assert isinstance(action, RestoreVolume)
    return action


# ---------------------------------------------------------------- properties


@pytest.mark.parametrize(
    "name",
    [
        "hw_disk_bus", "hw_firmware_type", "img_config_drive", "os_type", "os_distro", "os_version", "os_secure_boot",
        "os_require_quiesce", "os_admin_user", "architecture", "hypervisor_type", "vm_mode", "trait:HW_CPU_X86_VMX",
        "cw_os", "description",
    ],
)  # fmt: skip
def test_what_means_something_to_a_guest_is_carried(name: str) -> None:
    assert carried_properties({name: "x"}) == {name: "x"}
    assert dropped_properties({name: "x"}) == []


@pytest.mark.parametrize(
    "name",
    [
        "acme_tier",
        "kernel_id",
        "ramdisk_id",
        "img_signature",
        "img_signature_certificate_uuid",
        "cinder_img_volume_type",
    ],
)
def test_what_only_the_old_cloud_knows_is_dropped_and_named(name: str) -> None:
    assert carried_properties({name: "x"}) == {}
    assert dropped_properties({name: "x"}) == [name]


@pytest.mark.parametrize(
    "name",
    [
        "block_device_mapping", "bdm_v2", "root_device_name", "base_image_ref", "image_location", "owner_specified.x",
        "os_glance_import_task", "os_hash_value", "min_disk", "size", "checksum", "stores", "decamp_mark",
        "decamp_snapshot",
    ],
)  # fmt: skip
def test_what_services_write_for_themselves_goes_without_a_word(name: str) -> None:
    assert carried_properties({name: "x"}, also=("*",)) == {}
    assert dropped_properties({name: "x"}) == []


def test_the_policy_keeps_more() -> None:
    properties = {"acme_tier": "gold", "acme_rack": "7", "kernel_id": "k"}
    source, said = empty(images=(image(properties=properties),)), policy(keep_properties=("acme_*",))
    action = build_plan(source, target(), said).step(f"{DEBIAN}:restore").action
    assert isinstance(action, RestoreImage) and action.image.properties == {"acme_rack": "7", "acme_tier": "gold"}
    assert facts(codes.IMAGE_PROPERTIES_DROPPED, source, said=said) == [{"properties": "kernel_id"}]
    assert facts(codes.IMAGE_PROPERTIES_DROPPED, source) == [{"properties": "acme_rack, acme_tier, kernel_id"}]


def test_servers_and_volumes_carry_the_same_properties() -> None:
    base = image(properties={"hw_disk_bus": "scsi", "acme_tier": "gold", "min_disk": "80"}, min_disk_gib=80)
    boot = volume(image_metadata={"hw_disk_bus": "scsi", "acme_tier": "gold", "image_id": "x", "min_ram": "512"})
    source = empty(images=(base,), servers=(server(),), volumes=(boot,))
    plan = build_plan(source, target(), policy())
    root = plan.step(f"server:{uid('server web-1')}:image").action
    # No `min_disk`: Nova refuses a flavor whose disk is smaller, though the captured disk fits in it.
    assert isinstance(root, RestoreServerImage) and root.properties == {"hw_disk_bus": "scsi"}
    assert restored(plan, f"volume:{DATA}:restore").volume.image_metadata == {"hw_disk_bus": "scsi"}
    kept = build_plan(source, target(), policy(keep_properties=("acme_*",)))
    assert "acme_tier" in restored(kept, f"volume:{DATA}:restore").volume.image_metadata


# ---------------------------------------------------------------- images


def shared(*members: str, **changes: object) -> Inventory:
    return empty(images=(image(**{"visibility": "shared", "members": members, **changes}),))


P1 = policy(mappings=Mappings(projects={"p1": "q1"}))


@pytest.mark.parametrize(
    ("source", "said", "visibility", "shares", "expected"),
    [
        (shared(), P1, "private", {}, set()),
        (shared("p1"), P1, "shared", {"p1": "q1"}, set()),
        (shared("p1", "p2"), P1, "shared", {"p1": "q1"}, {codes.IMAGE_SHARING_UNMAPPED}),
        (shared("p1"), policy(), "private", {}, {codes.IMAGE_SHARING_UNMAPPED}),
        (shared("p1", visibility="private"), P1, "shared", {"p1": "q1"}, set()),
        (shared("p1", visibility="public"), P1, "private", {}, {codes.IMAGE_BECOMES_PRIVATE}),
        (shared(visibility="community"), P1, "private", {}, {codes.IMAGE_BECOMES_PRIVATE}),
    ],
)
def test_who_sees_an_image(
    source: Inventory, said: Policy, visibility: str, shares: dict[str, str], expected: set[str]
) -> None:
    plan = build_plan(source, target(), said)
    action = plan.step(f"{DEBIAN}:restore").action
    assert isinstance(action, RestoreImage) and action.image.visibility == visibility
    made = {step.id: step for step in plan.steps if isinstance(step.action, ShareImage)}
    assert set(made) == {f"{DEBIAN}:share-{member}" for member in shares}
    for member, project in shares.items():
        step = made[f"{DEBIAN}:share-{member}"]
        assert step.action == ShareImage(image_id=uid("image debian"), project_id=project)
        # Nobody else gets to see bytes that have not been read back.
        assert step.needs == (f"{DEBIAN}:verify",)
    assert {f.code for f in check(source, target(), said)} & {
        codes.IMAGE_BECOMES_PRIVATE,
        codes.IMAGE_SHARING_UNMAPPED,
    } == expected


def test_the_projects_that_lose_an_image_are_named() -> None:
    assert facts(codes.IMAGE_SHARING_UNMAPPED, shared("p2", "p1", "p3"), said=P1) == [{"projects": "p2, p3"}]


def test_an_empty_image_names_the_snapshots_that_move_in_its_place() -> None:
    known, unnamed = snapshot(), replace(snapshot("x"), name="")
    frozen = image(size_bytes=0, volume_backed=True, snapshot_ids=(known.id, unnamed.id, "gone"))
    source = empty(images=(frozen,), volumes=(volume(),), snapshots=(known, unnamed))
    for said in (policy(), policy(snapshots="leave")):
        assert facts(codes.IMAGE_OF_SNAPSHOTS, source, said=said) == [
            {"snapshots": f"before-upgrade, {unnamed.id}, gone"}
        ]
        assert left(build_plan(source, target(), said))[DEBIAN] == codes.IMAGE_OF_SNAPSHOTS
    assert facts(codes.IMAGE_OF_SNAPSHOTS, empty(images=(image(size_bytes=0),))) == [{"snapshots": "-"}]


def test_a_format_that_the_target_does_not_take_is_told() -> None:
    there = target(image_formats=("raw", "qcow2"))
    assert facts(codes.IMAGE_FORMAT_REFUSED, empty(images=(image(disk_format="vmdk"),)), there) == [
        {"format": "vmdk", "known": "qcow2, raw"}
    ]
    assert facts(codes.IMAGE_FORMAT_REFUSED, empty(images=(image(),)), there) == []
    assert facts(codes.IMAGE_FORMAT_REFUSED, empty(images=(image(disk_format="vmdk"),))) == []


# ---------------------------------------------------------------- volumes


@pytest.mark.parametrize(
    ("metadata", "size_gib"),
    [({}, 10), ({"min_disk": "40"}, 40), ({"min_disk": "4"}, 10), ({"min_disk": "x"}, 10), ({"min_disk": "²"}, 10)],
)
def test_a_volume_is_no_smaller_than_its_metadata_want_it(metadata: dict[str, str], size_gib: int) -> None:
    plan = build_plan(empty(volumes=(volume(image_metadata=metadata),)), target(), policy())
    assert restored(plan, f"volume:{DATA}:restore").volume.size_gib == size_gib
    # The source's record stays as it is: the capture compares it with what is there.
    capture = plan.step(f"volume:{DATA}:capture").action
    assert isinstance(capture, CaptureVolume) and capture.volume.size_gib == 10


def test_a_volume_group_is_not_carried() -> None:
    source = empty(volumes=(volume(group_id="g1"),))
    assert facts(codes.VOLUME_GROUP_LOST, source) == [{"group": "g1"}]
    assert f"volume:{DATA}:verify" in ids(build_plan(source, target(), policy()))


# ---------------------------------------------------------------- snapshots


def snapped(**changes: object) -> Inventory:
    origin = volume(
        volume_type="standard", availability_zone="dc1", bootable=True, image_metadata={"hw_disk_bus": "scsi"}
    )
    held = replace(snapshot(description="before 2.0", metadata={"by": "ops"}), **changes)
    return empty(volumes=(origin,), snapshots=(held,))


def test_a_snapshot_becomes_a_volume_of_its_volumes_kind() -> None:
    plan = build_plan(snapped(size_gib=8), target(), policy())
    assert plan.step(f"{SNAPSHOT}:capture").action == CaptureSnapshot(snapshot=snapped(size_gib=8).snapshots[0])
    action = restored(plan, f"{SNAPSHOT}:restore")
    assert (action.of, action.volume_type, action.availability_zone) == (Kind.SNAPSHOT, "classic", "nova")
    assert action.volume == Volume(
        id=uid("snapshot before-upgrade"),
        name="before-upgrade",
        size_gib=8,
        status="available",
        description="before 2.0",
        volume_type="standard",
        availability_zone="dc1",
        bootable=True,
        metadata={"by": "ops"},
        image_metadata={"hw_disk_bus": "scsi"},
    )
    verify = plan.step(f"{SNAPSHOT}:verify").action
    assert verify == VerifyDisk(of=Kind.SNAPSHOT, source_id=uid("snapshot before-upgrade"))
    chain = [plan.step(f"{SNAPSHOT}:{part}").needs for part in ("capture", "restore", "verify")]
    assert chain == [(), (f"{SNAPSHOT}:capture",), (f"{SNAPSHOT}:restore",)]
    assert facts(codes.SNAPSHOT_CONVERTED, snapped()) == [{"volume": "data", "size_gib": "10", "becomes": "volume"}]


def test_a_snapshot_becomes_an_image_where_the_policy_says_so() -> None:
    said = policy(snapshots="image")
    plan = build_plan(snapped(name=""), target(), said)
    action = plan.step(f"{SNAPSHOT}:image").action
    assert isinstance(action, RestoreSnapshotImage)
    assert (action.snapshot.name, action.properties) == ("snapshot of data", {"hw_disk_bus": "scsi"})
    verify = plan.step(f"{SNAPSHOT}:verify").action
    assert isinstance(verify, VerifyDisk) and verify.as_image
    assert f"{SNAPSHOT}:restore" not in ids(plan)
    assert facts(codes.SNAPSHOT_CONVERTED, snapped(), said=said)[0]["becomes"] == "image"


def test_a_snapshot_stays_where_the_policy_says_so() -> None:
    said = policy(snapshots="leave")
    assert left(build_plan(snapped(), target(), said)) == {SNAPSHOT: codes.SNAPSHOTS_LEFT}
    assert facts(codes.SNAPSHOTS_LEFT, snapped(), said=said) == [{"volume": "data", "size_gib": "10"}]
    assert facts(codes.SNAPSHOT_CONVERTED, snapped(), said=said) == []


@pytest.mark.parametrize("status", ["error", "creating", "deleting", "backing-up"])
def test_a_snapshot_that_cannot_be_read_stays(status: str) -> None:
    plan = build_plan(snapped(status=status), target(), policy())
    assert left(plan) == {SNAPSHOT: codes.SNAPSHOT_UNREADABLE}
    assert f"{SNAPSHOT}:capture" not in ids(plan)


def test_a_snapshot_of_an_encrypted_volume_is_encrypted_too() -> None:
    source = empty(volumes=(volume(encrypted=True),), snapshots=(snapshot(),))
    assert set(left(build_plan(source, target(), policy())).values()) == {codes.VOLUME_ENCRYPTED}


def test_a_snapshot_of_a_skipped_volume_moves_by_itself() -> None:
    plan = build_plan(snapped(), target(), policy(skip=("volume:data",)))
    assert {i for i in ids(plan) if i.endswith(":verify")} == {f"{SNAPSHOT}:verify"}


# ---------------------------------------------------------------- backups


def backed_up(**changes: object) -> Inventory:
    held, containers = replace(backup(), **changes), (Container(name="volumebackups", objects=9), Container(name="own"))
    return empty(volumes=(volume(volume_type="standard"),), backups=(held,), containers=containers)


def test_backups_stay_unless_the_policy_wants_them_with_the_container_that_holds_them() -> None:
    assert left(build_plan(backed_up(), target(), policy())) == {
        BACKUP: codes.BACKUP_LEFT,
        "container:volumebackups": codes.BACKUP_CONTAINER,
    }
    assert facts(codes.BACKUP_LEFT, backed_up()) == [{"volume": "data", "size_gib": "10"}]
    assert facts(codes.BACKUP_CONTAINER, backed_up()) == [{"backups": "1"}]


def test_a_container_of_ones_own_that_holds_backups_stays_with_all_that_is_in_it() -> None:
    source = replace(backed_up(container="mine"), containers=(Container(name="mine", objects=9),))
    for said in (policy(), policy(backups="volume")):
        assert facts(codes.BACKUP_CONTAINER_OF_TENANT, source, said=said) == [{"backups": "1", "objects": "9"}]
        assert left(build_plan(source, target(), said))["container:mine"] == codes.BACKUP_CONTAINER_OF_TENANT
        assert [f.code for f in undecided(check(source, target(), said), said)][-1] == codes.BACKUP_CONTAINER_OF_TENANT
    assert facts(codes.BACKUP_CONTAINER_OF_TENANT, source, said=policy(backups="container")) == []
    assert facts(codes.BACKUP_CONTAINER_OF_TENANT, backed_up()) == []


def test_a_backup_becomes_a_volume() -> None:
    said = policy(backups="volume")
    plan = build_plan(backed_up(name=""), target(), said)
    assert plan.step(f"{BACKUP}:capture").action == CaptureBackup(backup=backed_up(name="").backups[0])
    action = restored(plan, f"{BACKUP}:restore")
    assert (action.of, action.volume.id, action.volume.name) == (
        Kind.BACKUP,
        uid("backup nightly"),
        "backup of data",
    )
    assert action.volume_type == "classic"
    assert plan.step(f"{BACKUP}:verify").action == VerifyDisk(of=Kind.BACKUP, source_id=uid("backup nightly"))
    assert facts(codes.BACKUP_CONVERTED, backed_up(), said=said) == [{"volume": "data", "size_gib": "10"}]
    assert left(plan) == {"container:volumebackups": codes.BACKUP_CONTAINER}


def test_a_backup_outlives_its_volume() -> None:
    source = replace(backed_up(name=""), volumes=())
    action = restored(build_plan(source, target(), policy(backups="volume")), f"{BACKUP}:restore")
    assert action.volume.name == f"backup of {DATA}"
    assert (action.volume_type, action.volume.bootable) == (None, False)


def test_the_container_is_copied_where_the_policy_says_so_and_the_backup_is_lost_all_the_same() -> None:
    said = policy(backups="container")
    plan = build_plan(backed_up(), target(), said)
    assert "container:volumebackups" in ids(plan)
    assert left(plan) == {BACKUP: codes.BACKUP_LEFT}
    assert facts(codes.BACKUP_CONTAINER, backed_up(), said=said) == []


def test_backups_that_lie_elsewhere_hold_no_container_back() -> None:
    source = backed_up(container="of-the-operator")
    assert left(build_plan(source, target(), policy())) == {BACKUP: codes.BACKUP_LEFT}
    assert left(build_plan(backed_up(container=None), target(), policy())) == {BACKUP: codes.BACKUP_LEFT}


def test_a_backup_that_is_not_whole_cannot_be_read() -> None:
    plan = build_plan(backed_up(status="error"), target(), policy(backups="volume"))
    assert left(plan)[BACKUP] == codes.SNAPSHOT_UNREADABLE


def test_today_is_brought_out_before_yesterday() -> None:
    """However large: what is in use is captured before snapshots and backups, and objects before those too."""
    source = empty(
        volumes=(volume(),),
        snapshots=(snapshot(size_gib=500),),
        backups=(backup(size_gib=900),),
        containers=(Container(name="c"),),
    )
    does = [step.do for step in build_plan(source, target(), policy(backups="volume")).steps]
    reading = [do for do in does if do.endswith((".capture", ".copy"))]
    assert reading == ["volume.capture", "container.copy", "backup.capture", "snapshot.capture"]


# ---------------------------------------------------------------- paths


def test_the_policy_chooses_the_path_of_each_side() -> None:
    said = {"snapshots": "volume", "backups": "volume"}
    source = replace(empty(), volumes=(volume("data"),), snapshots=(snapshot(),), backups=(backup(),))

    def attached(**paths: str) -> dict[str, list[str]]:
        disks = Disks(**paths, source_worker=uid("worker"), target_worker=uid("worker"))  # type: ignore[arg-type]
        plan = build_plan(source, target(), policy(**said, disks=disks))
        found: dict[str, list[str]] = {"capture": [], "restore": []}
        for step in plan.steps:
            if getattr(step.action, "attached", UNSET) is True:
                found[step.id.rpartition(":")[2]].append(step.do)
        return {way: sorted(steps) for way, steps in found.items()}

    captures = ["backup.capture", "snapshot.capture", "volume.capture"]
    assert attached() == {"capture": [], "restore": []}
    assert attached(capture="attached") == {"capture": captures, "restore": []}
    assert attached(restore="attached") == {"capture": [], "restore": ["volume.restore"] * 3}


def test_a_step_of_the_way_through_images_is_what_it_was_before_there_was_another() -> None:
    plan = build_plan(replace(empty(), volumes=(volume("data"),)), target(), policy())
    for step in plan.steps:
        assert "attached" not in msgspec.to_builtins(step.action)
