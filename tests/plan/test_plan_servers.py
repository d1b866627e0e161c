"""Servers: what they boot from, in which states they move, what is kept of those that cannot, what the target can."""

import pytest
from msgspec.structs import replace

from migrate.findings.inputs import boot_volume, open_case
from migrate.messages import codes
from migrate.model import Attachment, Flavor, Inventory, Server, Volume
from migrate.model.steps import AttachVolume, CaptureVolume, MakeServer, MakeServerGroup, Plan, RestoreVolume
from migrate.plan.build_plan import build_plan
from migrate.plan.readiness.check_all import blocking, check, undecided
from migrate.policy.policy_records import Mappings, Policy
from tests.plan.tenants import (
    FLAVOR,
    attached,
    empty,
    image,
    keypair,
    lan,
    policy,
    port,
    server,
    server_group,
    target,
    uid,
    volume,
)

WEB = f"server:{uid('server web-1')}"
HUGE = Flavor(name="huge", vcpus=64, ram_mib=1, disk_gib=1)


def ids(plan: Plan) -> set[str]:
    return {step.id for step in plan.steps}


def left(plan: Plan) -> dict[str, str]:
    return {f"{out.kind}:{out.id}": out.code for out in plan.left_out}


def codes_of(source: Inventory, there: Inventory | None = None, said: Policy | None = None) -> set[str]:
    return {f.code for f in check(source, there or target(), said or policy()) if f.item == WEB}


def made(plan: Plan) -> MakeServer:
    action = plan.step(WEB).action
    assert isinstance(action, MakeServer)
    return action


def from_volume(*volumes: Volume, **changes: object) -> Inventory:
    held, disks = attached(server(image_id=None, **changes), *volumes)
    return empty(servers=(held,), volumes=disks)


# ---------------------------------------------------------------- boot from volume


def test_a_server_from_a_volume_is_made_from_it_once_it_is_verified() -> None:
    source = from_volume(volume("root", bootable=True), volume("data"))
    plan = build_plan(source, target(), policy(consistency="crash", start="twin"))
    root, data = uid("volume root"), uid("volume data")
    assert (made(plan).boot_volume_id, made(plan).boot_volume_delete) == (root, False)
    assert set(plan.step(WEB).needs) == {f"volume:{root}:verify"}
    assert {i for i in ids(plan) if i.startswith(WEB)} == {WEB, f"{WEB}:attach-{data}"}
    assert plan.left_out == ()


def test_its_boot_volume_is_deleted_with_it_as_at_the_source() -> None:
    source = from_volume(volume("root", bootable=True))
    (held,) = source.servers
    link = replace(held.attachments[0], delete_on_termination=True)
    there = target(versions={"compute": "2.1"})
    plan = build_plan(replace(source, servers=(replace(held, attachments=(link,)),)), there, policy())
    # The volume that a server boots from is named in the call that makes it: every Nova takes the flag there.
    assert made(plan).boot_volume_delete
    assert codes.MICROVERSION_TOO_OLD not in codes_of(source, there)


def links(*devices: str) -> tuple[Server, tuple[Volume, ...]]:
    """A server with a bootable volume at each device, `-` before it for one that is not bootable."""
    volumes = tuple(
        volume(f"v{i}", bootable=not device.startswith("-"), status="in-use") for i, device in enumerate(devices)
    )
    on = tuple(
        Attachment(server_id=uid("server web-1"), volume_id=v.id, device=device.removeprefix("-"))
        for v, device in zip(volumes, devices, strict=True)
    )
    return server(image_id=None, attachments=on), volumes


@pytest.mark.parametrize(
    ("devices", "root", "expected"),
    [
        (("/dev/vdb", "/dev/vda"), None, 1),
        (("/dev/vdaa", "/dev/vdb"), None, 1),
        # The first disk may have lost its flag: a data disk with one is not what the machine starts from.
        (("-/dev/vda", "/dev/vdb"), None, None),
        (("/dev/vda", "-/dev/vdb"), None, 0),
        (("-/dev/vda", "/dev/vdb"), "/dev/vdb", 1),
        (("/dev/vda", "/dev/vdb"), "/dev/vdb", 1),
        (("-/dev/vda", "-/dev/vdb"), "/dev/vda", 0),
        (("-/dev/vda",), None, 0),
        (("",), None, 0),
        (("-", ""), None, 1),
        (("", "/dev/vdb"), None, None),
        (("-/dev/vda", "-/dev/vdb"), None, None),
        ((), None, None),
    ],
)
def test_the_boot_volume_is_told_by_device_and_flag(
    devices: tuple[str, ...], root: str | None, expected: int | None
) -> None:
    held, volumes = links(*devices)
    source = empty(servers=(replace(held, root_device=root),), volumes=volumes)
    found = boot_volume(open_case(source, target(), policy()), source.servers[0])
    assert found == (None if expected is None else uid(f"volume v{expected}"))


def test_the_devices_may_be_told_by_the_volumes_alone() -> None:
    held, volumes = links("/dev/vdb", "/dev/vda")
    seen = tuple(replace(v, attachments=(link,)) for v, link in zip(volumes, held.attachments, strict=True))
    bare = replace(held, attachments=tuple(replace(a, device="") for a in held.attachments))
    source = empty(servers=(bare,), volumes=seen)
    assert boot_volume(open_case(source, target(), policy()), bare) == uid("volume v1")


def test_a_volume_that_a_server_boots_from_is_made_bootable() -> None:
    plan = build_plan(from_volume(volume("root")), target(), policy())
    action = plan.step(f"volume:{uid('volume root')}:restore").action
    assert isinstance(action, RestoreVolume) and action.volume.bootable


@pytest.mark.parametrize(
    ("source", "said", "told"),
    [
        (from_volume(), policy(), "-"),
        (from_volume(volume("a"), volume("b")), policy(), f"{uid('volume a')}, {uid('volume b')}"),
        (from_volume(volume("a", encrypted=True)), policy(), uid("volume a")),
        (from_volume(volume("a")), policy(skip=("volume:a",)), uid("volume a")),
    ],
)
def test_without_its_boot_volume_a_server_stays(source: Inventory, said: Policy, told: str) -> None:
    (found,) = [f for f in check(source, target(), said) if f.item == WEB and f.code == codes.BOOT_VOLUME_UNKNOWN]
    assert found.facts == {"volume": told}
    plan = build_plan(source, target(), said)
    assert left(plan)[WEB] == codes.BOOT_VOLUME_UNKNOWN
    assert f"{WEB}:capture" not in ids(plan)


def test_the_flavors_disk_means_nothing_to_a_server_from_a_volume() -> None:
    """Clouds sell flavors without a disk for these."""
    bare = Flavor(id="bare", name="bare", vcpus=1, ram_mib=4096, disk_gib=0)
    there = target(flavors=(bare,))
    assert made(build_plan(from_volume(volume("root")), there, policy())).flavor_id == "bare"
    said = policy(mappings=Mappings(flavors={FLAVOR.name: "bare"}))
    assert codes.FLAVOR_DISK_TOO_SMALL not in codes_of(from_volume(volume("root")), there, said)


def test_a_flavor_without_a_disk_takes_its_size_from_the_image() -> None:
    old = replace(FLAVOR, disk_gib=0)
    source = empty(servers=(server(flavor=old),), images=(image(virtual_size_bytes=(30 << 30) + 1, min_disk_gib=5),))
    plan = build_plan(source, target(), policy())
    assert made(plan).flavor_name == "b2-7"
    assert plan.step(f"{WEB}:capture").size_bytes == 31 << 30
    small = target(flavors=(Flavor(id="s", name="s", vcpus=1, ram_mib=4096, disk_gib=30),))
    assert codes.NO_FLAVOR in codes_of(source, small)


GONE = Flavor(id="f9", name="f9", vcpus=0, ram_mib=0, disk_gib=0)
"""As an older Nova tells a flavor that was deleted."""


def test_for_a_flavor_that_is_gone_none_is_guessed() -> None:
    for source in (empty(servers=(server(flavor=GONE),)), from_volume(volume("root"), flavor=GONE)):
        assert left(build_plan(source, target(), policy()))[WEB] == codes.FLAVOR_GONE
        assert codes.NO_FLAVOR not in codes_of(source)
        said = policy(mappings=Mappings(flavors={"f9": "b2-7"}))
        assert made(build_plan(source, target(), said)).flavor_name == "b2-7"
        assert codes.FLAVOR_GONE not in codes_of(source, said=said)


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (replace(FLAVOR, id="x"), None),
        (
            replace(FLAVOR, ram_mib=2048),
            ("vcpus=1 ram_mib=4096 disk_gib=20 -> vcpus=1 ram_mib=2048 disk_gib=20", "smaller"),
        ),
        (
            replace(FLAVOR, vcpus=2, ram_mib=2048),
            ("vcpus=1 ram_mib=4096 disk_gib=20 -> vcpus=2 ram_mib=2048 disk_gib=20", "smaller"),
        ),
        (
            replace(FLAVOR, disk_gib=30),
            ("vcpus=1 ram_mib=4096 disk_gib=20 -> vcpus=1 ram_mib=4096 disk_gib=30", "enough"),
        ),
        (
            replace(FLAVOR, name="other"),
            ("vcpus=1 ram_mib=4096 disk_gib=20 -> vcpus=1 ram_mib=4096 disk_gib=20", "enough"),
        ),
    ],
)
def test_a_flavor_of_the_same_name_may_be_another(there: Flavor, told: tuple[str, str] | None) -> None:
    said = policy(mappings=Mappings(flavors={FLAVOR.name: there.name}))
    found = check(empty(servers=(server(),)), target(flavors=(there,)), said)
    assert [(f.facts["what"], f.facts["size"]) for f in found if f.code == codes.FLAVOR_CHANGES] == (
        [told] if told else []
    )


def test_a_smaller_ephemeral_disk_is_told() -> None:
    old, said = replace(FLAVOR, ephemeral_gib=5), policy(mappings=Mappings(flavors={FLAVOR.name: FLAVOR.name}))
    found = check(empty(servers=(server(flavor=old),)), target(flavors=(replace(FLAVOR, ephemeral_gib=2),)), said)
    (told,) = [f.facts for f in found if f.code == codes.FLAVOR_CHANGES]
    assert (told["what"], told["size"]) == (
        "vcpus=1 ram_mib=4096 disk_gib=20 ephemeral_gib=5 -> vcpus=1 ram_mib=4096 disk_gib=20 ephemeral_gib=2",
        "smaller",
    )


def test_the_root_disk_of_a_flavor_does_not_count_for_a_server_from_a_volume() -> None:
    there = target(flavors=(replace(FLAVOR, disk_gib=0),))
    assert codes.FLAVOR_CHANGES not in codes_of(from_volume(volume("root")), there)


def test_of_two_sizes_under_one_flavor_name_the_larger_counts() -> None:
    grown = replace(FLAVOR, vcpus=3)
    source = empty(servers=(server(), server("b", flavor=grown)))
    assert made(build_plan(source, target(), policy())).flavor_name == "b2-15"


def test_a_server_whose_image_is_gone_is_rebuilt_from_its_own_disk() -> None:
    source = empty(servers=(server(image_id="gone"),))
    plan = build_plan(source, target(), policy())
    assert {f"{WEB}:{part}" for part in ("stop", "capture", "image", "verify")} | {WEB} == ids(plan)
    assert (made(plan).boot_volume_id, plan.left_out) == (None, ())
    (found,) = [f for f in check(source, target(), policy()) if f.code == codes.SERVER_IMAGE_GONE]
    assert found.facts == {"image": "gone"}


# ---------------------------------------------------------------- states


@pytest.mark.parametrize(
    ("status", "code", "moves"),
    [
        ("ACTIVE", None, True),
        ("SHUTOFF", codes.SERVER_WILL_RUN, True),
        ("PAUSED", codes.SERVER_MEMORY_LOST, False),
        ("SUSPENDED", codes.SERVER_MEMORY_LOST, False),
        ("SHELVED", codes.SERVER_SHELVED, False),
        ("SHELVED_OFFLOADED", codes.SERVER_SHELVED, False),
        ("RESCUE", codes.SERVER_IN_RESCUE, False),
        *(
            (status, codes.SERVER_STATE_UNMOVABLE, False)
            for status in ("ERROR", "UNKNOWN", "BUILD", "VERIFY_RESIZE", "SOFT_DELETED")
        ),
    ],
)
def test_states(status: str, code: str | None, moves: bool) -> None:
    source = empty(servers=(server(status=status),), images=(image(),))
    found = codes_of(source)
    states = {
        codes.SERVER_STATE_UNMOVABLE,
        codes.SERVER_BUSY,
        codes.SERVER_WILL_RUN,
        codes.SERVER_MEMORY_LOST,
        codes.SERVER_SHELVED,
        codes.SERVER_IN_RESCUE,
    }
    assert found & states == ({code} if code else set())
    assert (WEB in ids(build_plan(source, target(), policy()))) == moves


def test_a_paused_server_moves_without_its_memory_once_that_is_accepted() -> None:
    held, volumes = attached(server(status="PAUSED"), volume())
    source = empty(servers=(held,), volumes=volumes)
    assert codes.SERVER_MEMORY_LOST in {f.code for f in undecided(check(source, target(), policy()), policy())}
    said = policy(accept=("DCP-637:server:web-1",), consistency="stopped")
    plan = build_plan(source, target(), said)
    assert WEB in ids(plan)
    # It is not stopped for it: stopping would end what its owner has paused.
    assert plan.gates == ()
    assert plan.step(f"{WEB}:capture").needs == ()


def test_a_task_in_progress_is_waited_for_in_any_state_that_moves() -> None:
    for status in ("ACTIVE", "PAUSED"):
        source = empty(servers=(server(status=status, task_state="image_snapshot"),))
        said = policy(accept=(codes.SERVER_MEMORY_LOST,))
        assert codes.SERVER_BUSY in codes_of(source, said=said)
        assert not build_plan(source, target(), said).steps


# ---------------------------------------------------------------- kept in the store


def test_a_server_without_a_place_is_captured_and_kept() -> None:
    """The source will be gone when the target has a flavor for it."""
    source = empty(servers=(server(flavor=HUGE),))
    plan = build_plan(source, target(), policy())
    assert ids(plan) == {f"{WEB}:capture"}
    assert left(plan) == {WEB: codes.NO_FLAVOR}
    assert codes_of(source) == {codes.NO_FLAVOR, codes.CAPTURED_ONLY}


def test_of_several_reasons_the_worst_is_named() -> None:
    """What blocks, and not what is lost besides: the memory of a server that is paused."""
    source = empty(servers=(server(flavor=HUGE, status="PAUSED"),))
    assert {codes.NO_FLAVOR, codes.SERVER_MEMORY_LOST} <= codes_of(source)
    assert left(build_plan(source, target(), policy())) == {WEB: codes.NO_FLAVOR}


@pytest.mark.parametrize("status", ["ERROR", "SHELVED", "RESCUE", "BUILD"])
def test_a_disk_that_cannot_be_read_is_not_kept(status: str) -> None:
    source = empty(servers=(server(flavor=HUGE, status=status),))
    assert codes.CAPTURED_ONLY not in codes_of(source)
    assert not build_plan(source, target(), policy()).steps


def stops(source: Inventory, said: Policy) -> tuple[list[str], list[str]]:
    """How many disks each stop is told to be for; and the stops that are planned."""
    told = [f.facts["disks"] for f in check(source, target(), said) if f.code == codes.SERVER_STOPPED_FOR_CAPTURE]
    return told, [step.id for step in build_plan(source, target(), said).steps if step.do == "server.stop"]


def test_a_stop_is_told_where_one_is_planned() -> None:
    held, disks = attached(server(), volume("a"), volume("b"))
    source = empty(servers=(held,), volumes=disks)
    assert stops(source, policy()) == (["3"], [f"{WEB}:stop"])
    # The disks that are captured, not those that it has.
    assert stops(source, policy(skip=("volume:a",))) == (["2"], [f"{WEB}:stop"])
    # Its own disk cannot be read, and nobody wants the others.
    broken = replace(source, servers=(replace(held, image_id=None),))
    assert stops(broken, policy(skip=("volume:a", "volume:b"))) == ([], [])
    assert stops(source, policy(skip=("server:web-1",))) == ([], [])
    assert stops(source, policy(consistency="crash")) == ([], [])


def test_what_the_policy_skips_is_not_kept() -> None:
    source = empty(servers=(server(flavor=HUGE),))
    said = policy(skip=("server:web-1",))
    assert not build_plan(source, target(), said).steps
    assert codes_of(source, said=said) == {codes.SKIPPED_BY_POLICY}


def test_a_server_whose_network_stays_is_stopped_captured_and_kept() -> None:
    nic = port("web-1")
    held, volumes = attached(server(port_ids=(nic.id,)), volume())
    source = empty(**lan() | {"ports": (nic,), "servers": (held,), "volumes": volumes})
    plan = build_plan(source, target(), policy(skip=("network:private",)))
    assert plan.step(f"{WEB}:capture").needs == (f"{WEB}:stop",)
    assert f"{WEB}:image" not in ids(plan) and WEB not in ids(plan)
    assert f"volume:{uid('volume data')}:verify" in ids(plan)


def test_volumes_and_images_that_have_no_place_are_kept_too() -> None:
    source = empty(volumes=(volume(volume_type="standard"),), images=(image(disk_format="vmdk"),))
    said = policy(mappings=Mappings(volume_types={"standard": "gold"}))
    there = target(image_formats=("qcow2", "raw"))
    plan = build_plan(source, there, said)
    kept = {
        f"volume:{uid('volume data')}": codes.MAPPING_TARGET_UNKNOWN,
        f"image:{uid('image debian')}": codes.IMAGE_FORMAT_REFUSED,
    }
    assert left(plan) == kept
    assert ids(plan) == {f"{of}:capture" for of in kept}
    assert {f.item for f in check(source, there, said) if f.code == codes.CAPTURED_ONLY} == set(kept)


def test_a_target_without_our_passage_keeps_every_disk_in_the_store() -> None:
    """Every disk enters through a qcow2 image: where the target takes none, nothing is restored, all is captured."""
    source = empty(servers=(server(),), volumes=(volume(),))
    plan = build_plan(source, target(image_formats=("raw",)), policy())
    assert {step.do for step in plan.steps} == {"server.capture", "volume.capture"}
    assert set(left(plan).values()) == {codes.DISK_FORMAT_REFUSED}


def test_accepting_that_it_stays_behind_leaves_its_disk_in_the_store() -> None:
    source, said = empty(servers=(server(flavor=HUGE),)), policy(accept=("server:web-1",))
    assert blocking(check(source, target(), said), said) == []
    assert ids(build_plan(source, target(), said)) == {f"{WEB}:capture"}


# ---------------------------------------------------------------- what the target can


def aged() -> Inventory:
    held, volumes = attached(server(description="front", tags=("prod",)), volume())
    link = replace(held.attachments[0], delete_on_termination=True)
    return empty(servers=(replace(held, attachments=(link,)),), volumes=volumes, images=(image(),))


@pytest.mark.parametrize(
    ("speaks", "lost"),
    [
        ("2.1", {"description", "tags", "delete_on_termination"}),
        ("2.19", {"tags", "delete_on_termination"}),
        ("2.52", {"delete_on_termination"}),
        ("2.79", set()),
        ("2.100", set()),
        ("", set()),
    ],
)
def test_what_the_targets_nova_is_too_old_for_is_told_and_not_asked_for(speaks: str, lost: set[str]) -> None:
    there = target(versions={"compute": speaks})
    found = [f for f in check(aged(), there, policy()) if f.code == codes.MICROVERSION_TOO_OLD]
    assert {f.facts["what"] for f in found} == lost
    assert {f.facts["has"] for f in found} <= {speaks}
    plan = build_plan(aged(), there, policy())
    want = made(plan).server
    attach = plan.step(f"{WEB}:attach-{uid('volume data')}").action
    assert isinstance(attach, AttachVolume)
    assert (want.description, want.tags, attach.delete_on_termination) == (
        "" if "description" in lost else "front",
        () if "tags" in lost else ("prod",),
        "delete_on_termination" not in lost,
    )


# ---------------------------------------------------------------- groups, keys, user data


def test_a_server_whose_key_is_a_colleagues_is_made_without_it() -> None:
    source = empty(servers=(server(key_name="bob"),), keypairs=(keypair("alice"),))
    assert made(build_plan(source, target(), policy())).server.key_name is None
    assert codes.KEYPAIR_UNAVAILABLE in codes_of(source)
    own = replace(source, keypairs=(keypair("bob"),))
    assert made(build_plan(own, target(), policy())).server.key_name == "bob"
    assert codes.KEYPAIR_UNAVAILABLE not in codes_of(own)


def test_a_server_needs_its_group_and_joins_it() -> None:
    spread = server_group("spread", "web-1", "gone")
    plan = build_plan(empty(servers=(server(),), server_groups=(spread,)), target(), policy())
    of = f"server-group:{spread.id}"
    action = plan.step(of).action
    assert isinstance(action, MakeServerGroup)
    assert (action.want.name, action.want.policy, action.want.member_ids) == ("spread", "anti-affinity", ())
    assert made(plan).server_group_id == spread.id
    assert of in plan.step(WEB).needs


def test_a_group_that_is_skipped_leaves_its_servers_alone() -> None:
    source = empty(servers=(server(),), server_groups=(server_group("spread", "web-1"),))
    plan = build_plan(source, target(), policy(skip=("server-group:spread",)))
    assert made(plan).server_group_id is None
    assert left(plan) == {f"server-group:{uid('server-group spread')}": codes.SKIPPED_BY_POLICY}


def test_a_soft_policy_needs_a_nova_that_knows_it() -> None:
    soft = server_group("spread", "web-1", policy="soft-anti-affinity")
    source, old = empty(servers=(server(),), server_groups=(soft,)), target(versions={"compute": "2.14"})
    (found,) = [f for f in check(source, old, policy()) if f.code == codes.MICROVERSION_TOO_OLD]
    assert (found.item, found.facts) == (
        f"server-group:{soft.id}",
        {"what": "soft-anti-affinity", "needs": "2.15", "has": "2.14"},
    )
    plan = build_plan(source, old, policy())
    assert made(plan).server_group_id is None and f"server-group:{soft.id}" not in ids(plan)
    assert made(build_plan(source, target(versions={"compute": "2.15"}), policy())).server_group_id == soft.id


def test_user_data_is_given_only_where_the_policy_says_so() -> None:
    known = empty(servers=(server(user_data="d1" * 32),))
    assert made(build_plan(known, target(), policy())).user_data is None
    assert made(build_plan(known, target(), policy(user_data="give"))).user_data == "d1" * 32
    unknown = empty(servers=(server(),))
    assert made(build_plan(unknown, target(), policy(user_data="give"))).user_data is None


def test_owners_are_asked_for_user_data_that_nobody_knows() -> None:
    known, told = server("known", user_data="d1" * 32), server("told")
    servers = (server("b"), server("a"), known, told, server("skipped"))
    said = policy(user_data_files={"told": "x.yaml", uid("server a"): "a.yaml"}, skip=("server:skipped",))
    (found,) = [f for f in check(empty(servers=servers), target(), said) if f.code == codes.USER_DATA_UNKNOWN]
    # A file that is named, and not scanned yet, is nowhere but in the policy.
    assert found.facts == {"servers": "a, b, told"}
    scanned = tuple(replace(one, user_data="d2" * 32) for one in servers)
    assert codes.USER_DATA_UNKNOWN not in {f.code for f in check(empty(servers=scanned), target(), said)}


def test_of_many_servers_the_first_names_stand_for_all() -> None:
    servers = tuple(server(f"s{i:03}") for i in range(30))
    (found,) = [f for f in check(empty(servers=servers), target(), policy()) if f.code == codes.USER_DATA_UNKNOWN]
    assert found.facts["servers"].startswith("s000, s001") and found.facts["servers"].endswith("s019, … (+10)")


def test_a_file_for_a_server_that_is_not_there_is_told() -> None:
    said = policy(user_data_files={"web-9": "x.yaml", "web-1": "y.yaml"})
    (found,) = [f for f in check(empty(servers=(server(),)), target(), said) if f.code == codes.SELECTOR_UNMATCHED]
    assert found.facts == {"selector": "web-9", "list": "servers.user_data_files"}


def test_a_volume_of_a_kept_server_says_who_holds_it() -> None:
    held, volumes = attached(server(flavor=HUGE, key_name="alice@laptop"), volume())
    source = empty(servers=(held,), volumes=volumes, keypairs=(keypair(),))
    action = build_plan(source, target(), policy()).step(f"volume:{uid('volume data')}:capture").action
    assert isinstance(action, CaptureVolume) and action.server_id == held.id
