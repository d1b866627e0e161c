"""What is said of disks that are read or written as devices of the worker: no image is made of them on that side."""

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from migrate.messages import codes
from migrate.model import Inventory
from migrate.model.steps import CaptureBackup, RestoreVolume
from migrate.plan.build_plan import build_plan
from migrate.plan.readiness.check_all import check
from migrate.policy.policy_records import Disks, Mappings, Policy
from tests.plan.tenants import (
    attached,
    backup,
    empty,
    image,
    policy,
    server,
    snapshot,
    source_facts,
    target,
    uid,
    volume,
)

SMALL = 1 << 30
VOLUME, SNAPSHOT = f"volume:{uid('volume data')}", f"snapshot:{uid('snapshot before-upgrade')}"
BACKUP, SERVER = f"backup:{uid('backup nightly')}", f"server:{uid('server web-1')}"


def by(capture: str, restore: str, **more: object) -> Policy:
    workers = uid("worker"), uid("other worker")
    disks = Disks(capture=capture, restore=restore, source_worker=workers[0], target_worker=workers[1])
    return policy(disks=disks, **{"backups": "volume", **more})


def tenant() -> Inventory:
    """A disk of every kind, each larger than the images that either cloud takes."""
    return empty(
        facts=source_facts(image_size_max_bytes=SMALL),
        images=(image(),),
        servers=(server(),),
        volumes=(volume(),),
        snapshots=(snapshot(),),
        backups=(backup(),),
    )


def too_large(said: Policy) -> dict[str, set[str]]:
    """Cloud -> items whose image may be larger than it takes. Accepted: of what stays nothing more is said."""
    said = replace(said, accept=(codes.DISK_OVER_IMAGE_LIMIT,))
    found = [
        f
        for f in check(tenant(), target(image_size_max_bytes=SMALL), said)
        if f.code in {codes.DISK_IMAGE_MAY_BE_TOO_LARGE, codes.DISK_OVER_IMAGE_LIMIT}
    ]
    return {cloud: {f.item for f in found if f.facts["cloud"] == cloud} for cloud in ("old", "new")}


@pytest.mark.parametrize(
    ("said", "old", "new"),
    [
        (by("glance", "glance"), {VOLUME, SNAPSHOT, BACKUP, SERVER}, {VOLUME, SNAPSHOT, BACKUP, SERVER}),
        (by("attached", "glance"), {SERVER}, {VOLUME, SNAPSHOT, BACKUP, SERVER}),
        (by("glance", "attached"), {VOLUME, SNAPSHOT, BACKUP, SERVER}, {SERVER}),
        (by("attached", "attached"), {SERVER}, {SERVER}),
        (by("attached", "attached", snapshots="image"), {SERVER}, {SERVER, SNAPSHOT}),
    ],
)
def test_the_limit_of_images_is_told_where_one_is_made(said: Policy, old: set[str], new: set[str]) -> None:
    assert too_large(said) == {"old": old, "new": new}


@pytest.mark.parametrize(
    ("said", "stay"),
    [
        (by("glance", "glance"), {VOLUME, SNAPSHOT, BACKUP, SERVER}),
        (by("attached", "glance"), {VOLUME, SNAPSHOT, BACKUP, SERVER}),
        (by("glance", "attached"), {SERVER}),
        (by("attached", "attached", snapshots="image"), {SERVER, SNAPSHOT}),
    ],
)
def test_a_target_that_takes_no_qcow2_keeps_out_what_passes_through_one(said: Policy, stay: set[str]) -> None:
    found = check(tenant(), target(image_formats=("raw", "vmdk")), said)
    assert {f.item for f in found if f.code == codes.DISK_FORMAT_REFUSED} == stay


# ---------------------------------------------------------------- volumes that a cloud encrypts


def encrypted(**parts: object) -> Inventory:
    return replace(empty(volumes=(volume(encrypted=True, volume_type="standard"),)), **parts)


def shows(kind: str, *, encrypts: bool) -> Inventory:
    """A target with a volume of that type."""
    return replace(target(), volumes=(volume("theirs", volume_type=kind, encrypted=encrypts),))


def to(kind: str, *accepted: str, capture: str = "attached", restore: str = "attached", **more: object) -> Policy:
    maps = Mappings(volume_types={"standard": kind})
    return replace(by(capture, restore, **more), mappings=maps, accept=accepted)


def said_of(source: Inventory, there: Inventory, said: Policy, of: str = VOLUME) -> set[str]:
    about_moving = {
        codes.VOLUME_ENCRYPTED,
        codes.ENCRYPTED_STORED_PLAIN,
        codes.ENCRYPTED_BECOMES_PLAIN,
        codes.ENCRYPTION_UNKNOWN,
        codes.ENCRYPTED_UNREADABLE,
        codes.CAPTURED_ONLY,
    }
    return {f.code for f in check(source, there, said) if f.item == of} & about_moving


@pytest.mark.parametrize(
    ("there", "said", "expected", "moves"),
    [
        (shows("high-speed", encrypts=True), to("high-speed"), {codes.ENCRYPTED_STORED_PLAIN}, True),
        (shows("high-speed", encrypts=True), to("high-speed", capture="glance"), {codes.VOLUME_ENCRYPTED}, False),
        (
            shows("high-speed", encrypts=True),
            to("high-speed", restore="glance"),
            {codes.ENCRYPTED_STORED_PLAIN, codes.ENCRYPTED_UNREADABLE, codes.CAPTURED_ONLY},
            False,
        ),
        (
            shows("high-speed", encrypts=False),
            to("high-speed"),
            {codes.ENCRYPTED_STORED_PLAIN, codes.ENCRYPTED_BECOMES_PLAIN, codes.CAPTURED_ONLY},
            False,
        ),
        (
            shows("high-speed", encrypts=False),
            to("high-speed", codes.ENCRYPTED_BECOMES_PLAIN),
            {codes.ENCRYPTED_STORED_PLAIN, codes.ENCRYPTED_BECOMES_PLAIN},
            True,
        ),
        (
            shows("high-speed", encrypts=False),
            to("high-speed", codes.ENCRYPTION_UNKNOWN),
            {codes.ENCRYPTED_STORED_PLAIN, codes.ENCRYPTED_BECOMES_PLAIN, codes.CAPTURED_ONLY},
            False,
        ),
        (
            shows("classic", encrypts=True),
            to("high-speed"),
            {codes.ENCRYPTED_STORED_PLAIN, codes.ENCRYPTION_UNKNOWN, codes.CAPTURED_ONLY},
            False,
        ),
        (
            target(),
            to("high-speed", f"DCP-848:{VOLUME}"),
            {codes.ENCRYPTED_STORED_PLAIN, codes.ENCRYPTION_UNKNOWN},
            True,
        ),
        (
            target(),
            to("high-speed", codes.ENCRYPTION_UNKNOWN, restore="glance"),
            {codes.ENCRYPTED_STORED_PLAIN, codes.ENCRYPTION_UNKNOWN},
            True,
        ),
        (target(), to("nowhere"), {codes.ENCRYPTED_STORED_PLAIN, codes.CAPTURED_ONLY}, False),
    ],
)
def test_an_encrypted_volume_moves_where_it_is_encrypted_again_or_that_is_given_up(
    there: Inventory, said: Policy, expected: set[str], moves: bool
) -> None:
    assert said_of(encrypted(), there, said) == expected
    plan = build_plan(encrypted(), there, said)
    done = {step.id for step in plan.steps}
    assert (f"{VOLUME}:restore" in done) is moves
    # What has no place at the target is read all the same: the source will be gone.
    assert (f"{VOLUME}:capture" in done) is (expected != {codes.VOLUME_ENCRYPTED})


def test_its_snapshots_and_backups_are_what_it_is() -> None:
    source = encrypted(snapshots=(snapshot(),), backups=(backup(),))
    for said, there, expected in (
        (to("high-speed", capture="glance"), target(), {codes.VOLUME_ENCRYPTED}),
        (to("high-speed"), shows("high-speed", encrypts=True), {codes.ENCRYPTED_STORED_PLAIN}),
        (to("high-speed"), target(), {codes.ENCRYPTED_STORED_PLAIN, codes.ENCRYPTION_UNKNOWN, codes.CAPTURED_ONLY}),
    ):
        assert said_of(source, there, said, SNAPSHOT) == said_of(source, there, said, BACKUP) == expected
    plan = build_plan(source, shows("high-speed", encrypts=True), to("high-speed"))
    capture, restore = (plan.step(f"{BACKUP}:{part}").action for part in ("capture", "restore"))
    assert isinstance(capture, CaptureBackup) and capture.volume_type == "standard"
    assert isinstance(restore, RestoreVolume) and restore.volume.encrypted
    plain = build_plan(replace(source, volumes=(volume(volume_type="standard"),)), target(), to("high-speed"))
    capture = plain.step(f"{BACKUP}:capture").action
    assert isinstance(capture, CaptureBackup) and capture.volume_type is UNSET


def test_an_image_of_its_snapshot_is_not_encrypted() -> None:
    source, there = encrypted(snapshots=(snapshot(),)), shows("high-speed", encrypts=True)
    said = to("high-speed", snapshots="image")
    (found,) = [f for f in check(source, there, said) if f.code == codes.ENCRYPTED_BECOMES_PLAIN]
    assert (found.item, found.facts) == (SNAPSHOT, {"becomes": "snapshots: image"})
    assert said_of(source, there, replace(said, accept=(codes.ENCRYPTED_BECOMES_PLAIN,)), SNAPSHOT) == {
        codes.ENCRYPTED_STORED_PLAIN,
        codes.ENCRYPTED_BECOMES_PLAIN,
    }


def test_a_server_boots_from_it_again() -> None:
    held, disks = attached(server(image_id=None), volume(encrypted=True, bootable=True, volume_type="standard"))
    source = empty(servers=(held,), volumes=disks)
    there = shows("high-speed", encrypts=True)
    assert build_plan(source, there, to("high-speed")).step(SERVER).action
    left = {one.code for one in build_plan(source, there, to("high-speed", capture="glance")).left_out}
    assert left == {codes.VOLUME_ENCRYPTED, codes.BOOT_VOLUME_UNKNOWN}


def test_a_plain_volume_that_would_be_encrypted_has_to_be_read_back_as_a_device() -> None:
    source, there = empty(volumes=(volume(volume_type="standard"),)), shows("high-speed", encrypts=True)
    assert said_of(source, there, to("high-speed", restore="glance")) == {
        codes.ENCRYPTED_UNREADABLE,
        codes.CAPTURED_ONLY,
    }
    assert said_of(source, there, to("high-speed", capture="glance")) == set()
    assert said_of(source, shows("high-speed", encrypts=False), to("high-speed", restore="glance")) == set()


def test_a_plan_with_an_encrypted_volume_relies_on_what_no_real_service_has_shown() -> None:
    source, there = encrypted(), shows("high-speed", encrypts=True)
    told = [f.facts for f in check(source, there, to("high-speed")) if f.code == codes.UNPROVEN_FEATURE]
    assert {"what": "encrypted-volumes", "proof": "memory", "items": "1"} in told
