"""Plans: steps, needs, gates, what is left out, ranks; the same bytes for the same input."""

import random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from migrate.documents import sealed_bytes
from migrate.messages import codes
from migrate.model import (
    MARK_KEY,
    MARK_PROPERTY,
    OTHER_KINDS,
    Container,
    Inventory,
    Kind,
    Mark,
    Role,
    SecurityGroupRule,
    Server,
    marked_description,
    name_id,
)
from migrate.model.health_checks import ActiveCheck
from migrate.model.steps import AnyAction, CaptureVolume, ImportKeypair, MakePort, MakeServer, Plan, RestoreImage, Step
from migrate.plan.build_plan import build_plan
from migrate.plan.order import ranked, validate
from migrate.policy.health_lines import HealthLine
from migrate.policy.policy_records import Mappings, Passes, Policy
from tests.examples import few_examples
from tests.plan.tenants import (
    MIGRATION,
    attached,
    empty,
    floating,
    group,
    image,
    keypair,
    lan,
    network,
    policy,
    port,
    server,
    server_group,
    shop,
    snapshot,
    subnet,
    target,
    uid,
    volume,
    works,
)


def ids(plan: Plan) -> list[str]:
    return [step.id for step in plan.steps]


def needs(plan: Plan, step_id: str) -> set[str]:
    return set(plan.step(step_id).needs)


def left(plan: Plan) -> dict[str, str]:
    return {f"{out.kind}:{out.id}": out.code for out in plan.left_out}


def test_an_empty_tenant_has_an_empty_plan() -> None:
    plan = build_plan(empty(), target(), policy())
    assert (plan.steps, plan.gates, plan.left_out) == ((), (), ())
    assert set(plan.inputs) == {"policy", "source", "target"}


def test_a_lone_volume() -> None:
    plan = build_plan(empty(volumes=(volume(),)), target(), policy())
    of = f"volume:{uid('volume data')}"
    assert ids(plan) == [f"{of}:capture", f"{of}:restore", f"{of}:verify"]
    assert [step.needs for step in plan.steps] == [(), (f"{of}:capture",), (f"{of}:restore",)]
    assert [step.sides for step in plan.steps] == [("source",), ("target",), ("target",)]
    assert {step.size_bytes for step in plan.steps} == {10 << 30}


def test_the_needs_of_a_server() -> None:
    plan = build_plan(shop(), target(), policy())
    web, nic = f"server:{uid('server web-1')}", f"port:{uid('port web-1 10.20.0.21')}"
    orders, logs = f"volume:{uid('volume orders')}", f"volume:{uid('volume logs')}"
    dhcp = f"subnet:{uid('subnet private')}:dhcp"
    assert needs(plan, web) == {f"{web}:verify", nic, "keypair:alice%40laptop", dhcp}
    assert needs(plan, f"{web}:verify") == {f"{web}:image"}
    assert needs(plan, f"{web}:image") == {f"{web}:capture"}
    first, second = (f"{web}:attach-{uid(f'volume {name}')}" for name in ("orders", "logs"))
    assert needs(plan, first) == {web, f"{orders}:verify"}
    assert needs(plan, second) == {web, first, f"{logs}:verify"}
    assert needs(plan, nic) == {
        f"network:{uid('network private')}",
        f"subnet:{uid('subnet private')}",
        f"security-group:{uid('group web')}",
        f"security-group:{uid('group web')}:rules",
    }
    interface = f"router:{uid('router edge')}:interface-{uid('subnet private')}"
    assert needs(plan, f"floating-ip:{uid('floating 203.0.113.9')}") == {nic, interface}
    assert needs(plan, f"security-group:{uid('group db')}:rules") == {
        f"security-group:{uid('group db')}",
        f"security-group:{uid('group web')}",
    }


def test_a_running_server_is_stopped_before_its_disks_are_captured_and_gated() -> None:
    plan = build_plan(shop(), target(), policy())
    web, db = (f"server:{uid(f'server {name}')}:stop" for name in ("web-1", "db-1"))
    assert plan.step(web).gate == plan.step(db).gate == "cut-over"
    assert [(gate.name, gate.steps) for gate in plan.gates] == [("cut-over", tuple(sorted((web, db))))]
    for captured in (f"server:{uid('server web-1')}", f"volume:{uid('volume orders')}", f"volume:{uid('volume logs')}"):
        assert needs(plan, f"{captured}:capture") == {web}
    assert needs(plan, f"server:{uid('server db-1')}:capture") == {db}
    assert needs(plan, f"volume:{uid('volume old-backup')}:capture") == set()


SOME_TWIN = {"server:db-1": "twin"}
STOPPED_AND_MADE = [
    # One that is to be a twin is stopped where its disks (web-1 has three) could not agree otherwise.
    ("auto", "cut-over", "db-1 web-1", "db-1 web-1"),
    ("auto", "twin", "web-1", "db-1 web-1"),
    ("auto", SOME_TWIN, "web-1", "db-1 web-1"),
    ("stopped", "twin", "db-1 web-1", "db-1 web-1"),
    # One that is not stopped is not started at the target, unless somebody has chosen that.
    ("crash", "cut-over", "", ""),
    ("crash", SOME_TWIN, "", "db-1"),
    ("crash", {"server:db-1": "twin", f"server:{uid('server db-1')}": "cut-over"}, "", ""),
    ("crash", "twin", "", "db-1 web-1"),
]


@pytest.mark.parametrize(("consistency", "start", "stopped", "made"), STOPPED_AND_MADE)
def test_the_policy_says_who_is_stopped_and_who_is_made(
    consistency: str, start: str | dict[str, str], stopped: str, made: str
) -> None:
    said = {"start": start} if isinstance(start, str) else {"start_by_server": start}
    plan = build_plan(shop(), target(), policy(consistency=consistency, **said))
    assert sorted(step.name for step in plan.steps if step.do == "server.stop") == stopped.split()
    assert sorted(step.name for step in plan.steps if step.do == "server.make") == made.split()
    assert len(plan.gates) == (1 if stopped else 0)
    # Its disks come along all the same, a root disk into the store.
    assert {"server.capture", "volume.restore"} <= {step.do for step in plan.steps}
    left_out = {one.name: one.code for one in plan.left_out if one.kind == Kind.SERVER}
    assert left_out == {name: codes.TWIN_UNDECIDED for name in ("db-1", "web-1") if name not in made}


def test_a_server_that_does_not_start_at_the_target_runs_on_if_its_one_disk_needs_no_stop() -> None:
    """Nothing fits it at the target: its disk is kept in the store, and the server is of use where it is."""
    plan = build_plan(shop(), target(flavors=()), policy())
    assert {one.code for one in plan.left_out if one.kind == Kind.SERVER} == {codes.NO_FLAVOR}
    assert [step.name for step in plan.steps if step.do == "server.stop"] == ["web-1"]


def test_a_server_that_is_off_needs_no_stop() -> None:
    held, volumes = attached(server(status="SHUTOFF"), volume())
    plan = build_plan(empty(servers=(held,), volumes=volumes), target(), policy())
    assert plan.gates == ()
    capture = plan.step(f"volume:{uid('volume data')}:capture").action
    assert isinstance(capture, CaptureVolume) and capture.server_id == held.id


def test_our_temporaries_are_not_moved_whatever_the_migration() -> None:
    other = str(Mark(role=Role.TEMPORARY, migration="f" * 32, source_id="x"))
    source = empty(
        volumes=(volume("a", metadata={MARK_KEY: other}), volume("b")),
        images=(image(other, properties={MARK_PROPERTY: other}), image(other, id="by-name")),
        networks=(network(description=other),),
    )
    plan = build_plan(source, target(), policy())
    # Of a network nothing is ever made for a while: a description that reads so is the customer's.
    assert {i.split(":")[1] for i in ids(plan)} == {uid("volume b"), source.networks[0].id}
    assert plan.left_out == ()


def test_an_image_is_made_without_the_clouds_own_bookkeeping() -> None:
    properties = {"hw_disk_bus": "scsi", "block_device_mapping": "[]", "image_location": "snapshot", "cw_os": "Debian"}
    old = "decamp-m-0badcafe-x"
    made = image(properties=properties, visibility="public", tags=("golden", old))
    plan = build_plan(empty(images=(made,)), target(), policy())
    action = plan.step(f"image:{made.id}:restore").action
    assert isinstance(action, RestoreImage)
    assert action.image.properties == {"cw_os": "Debian", "hw_disk_bus": "scsi"}
    assert (action.image.visibility, action.image.tags) == ("private", ("golden",))


def test_what_depends_on_something_left_out_is_left_out() -> None:
    plan = build_plan(shop(), target(), policy(skip=("network:private",)))
    out = left(plan)
    assert out[f"network:{uid('network private')}"] == codes.SKIPPED_BY_POLICY
    for item in ("subnet private", "port web-1 10.20.0.21", "server web-1", "server db-1", "floating 203.0.113.9"):
        kind, _, _ = item.partition(" ")
        of = f"{ {'floating': 'floating-ip'}.get(kind, kind) }:{uid(item)}"
        assert out[of] == codes.DEPENDENCY_LEFT_OUT, item
    assert f"volume:{uid('volume orders')}:verify" in ids(plan)
    assert not [step for step in plan.steps if step.do in {"server.make", "server.attach", "router.interface"}]


def test_a_skipped_server_is_not_stopped() -> None:
    plan = build_plan(shop(), target(), policy(skip=("server:web-1",)))
    assert [step.name for step in plan.steps if step.do == "server.stop"] == ["db-1"]
    assert f"volume:{uid('volume orders')}:capture" in ids(plan)


def test_a_skipped_volume_is_not_attached() -> None:
    plan = build_plan(shop(), target(), policy(skip=("volume:orders",)))
    web = f"server:{uid('server web-1')}"
    assert needs(plan, f"{web}:attach-{uid('volume logs')}") == {web, f"volume:{uid('volume logs')}:verify"}
    assert f"{web}:attach-{uid('volume orders')}" not in ids(plan)


def test_a_skipped_key_pair_leaves_the_server_without_it() -> None:
    plan = build_plan(shop(), target(), policy(skip=("keypair:alice@laptop",)))
    made = plan.step(f"server:{uid('server web-1')}").action
    assert isinstance(made, MakeServer) and made.server.key_name is None
    assert not [step for step in plan.steps if isinstance(step.action, ImportKeypair)]


def test_a_rule_that_names_a_group_left_out_is_dropped() -> None:
    plan = build_plan(shop(), target(), policy(skip=("security-group:web",)))
    rules = plan.step(f"security-group:{uid('group db')}:rules")
    assert rules.needs == (f"security-group:{uid('group db')}",)
    assert left(plan)[f"server:{uid('server web-1')}"] == codes.DEPENDENCY_LEFT_OUT
    assert left(plan).get(f"server:{uid('server db-1')}") is None


def test_two_groups_that_name_each_other_are_no_circle() -> None:
    rules = {
        name: SecurityGroupRule(direction="ingress", remote_group_id=uid(f"group {other}"))
        for name, other in (("a", "b"), ("b", "a"))
    }
    plan = build_plan(empty(security_groups=(group("a", rules["a"]), group("b", rules["b"]))), target(), policy())
    assert len(plan.steps) == 4


def test_only_ports_of_servers_and_free_ones_are_made() -> None:
    free = port("web-1", "10.20.0.50", device_id="", device_owner="")
    dhcp = port("dhcp", "10.20.0.2", device_owner="network:dhcp")
    balancer = port("lb", "10.20.0.3", device_owner="Octavia")
    held = port("web-1")
    source = empty(**lan() | {"ports": (held, free, dhcp, balancer), "servers": (server(port_ids=(held.id,)),)})
    plan = build_plan(source, target(), policy())
    made = {step.action.want.id for step in plan.steps if isinstance(step.action, MakePort)}
    assert made == {held.id, free.id}
    assert left(plan) == {f"port:{balancer.id}": codes.SERVICE_PORT_LOST}


def test_segments_are_copied_before_what_is_made_of_them() -> None:
    names = ("a", "a_segments", "b", "b+segments", "lost_segments")
    plan = build_plan(empty(containers=tuple(Container(name=n) for n in names)), target(), policy())
    assert needs(plan, "container:a") == {"container:a_segments", "container:lost_segments"}
    assert needs(plan, "container:b") == {"container:b%2Bsegments", "container:lost_segments"}
    assert needs(plan, "container:a_segments") == set()


def test_segments_of_nobody_in_particular_are_copied_in_rows_when_there_are_many() -> None:
    """Every container needs all of them before it, and a plan must not grow with the square of that."""
    orphans = [f"lost{i:03}_segments" for i in range(40)]
    plan = build_plan(empty(containers=tuple(Container(name=n) for n in (*orphans, "a", "b"))), target(), policy())

    def before(step_id: str) -> set[str]:
        direct = needs(plan, step_id)
        return direct.union(*(before(need) for need in direct)) if direct else set()

    for name in ("a", "b"):
        assert len(needs(plan, f"container:{name}")) == 8
        assert before(f"container:{name}") == {f"container:{orphan}" for orphan in orphans}
    assert max(len(step.needs) for step in plan.steps if step.name in orphans) == 1


def test_a_container_stays_with_segments_that_may_be_its_own() -> None:
    plan = build_plan(
        empty(containers=tuple(Container(name=n) for n in ("a", "b", "b_segments", "lost_segments"))),
        target(),
        policy(skip=("container:lost_segments",)),
    )
    assert left(plan) == {
        "container:lost_segments": codes.SKIPPED_BY_POLICY,
        "container:a": codes.DEPENDENCY_LEFT_OUT,
        "container:b": codes.DEPENDENCY_LEFT_OUT,
    }


def test_awkward_names_make_tame_ids() -> None:
    plan = build_plan(empty(containers=(Container(name="a:b c/é"),), keypairs=(keypair("x:y"),)), target(), policy())
    assert set(ids(plan)) == {"container:a%3Ab%20c%2F%C3%A9", "keypair:x%3Ay"}
    assert {step.name for step in plan.steps} == {"a:b c/é", "x:y"}


def test_ranks_put_the_network_first_and_of_the_disks_the_largest() -> None:
    plan = build_plan(shop(), target(), policy(consistency="crash", start="twin"))
    does = [step.do for step in plan.steps]
    reading = ("image.capture", "volume.capture", "server.capture", "container.copy")
    first = does.index(next(do for do in does if do in reading))
    assert {"network.make", "port.make", "security-group.rules"} <= set(does[:first])
    last = max(index for index, do in enumerate(does) if do in reading)
    assert all(do in reading for do in does[first : last + 1])
    captures = [step.size_bytes for step in plan.steps if step.do.endswith(".capture")]
    assert captures == sorted(captures, reverse=True)


def test_what_is_at_the_target_already_changes_no_step() -> None:
    """A plan made again in the middle of a move has the same steps, so that each is found again."""
    source = shop()
    before = build_plan(source, target(), policy())
    assert build_plan(source, moved_already(source), policy()).steps == before.steps


def moved_already(source: Inventory) -> Inventory:
    """The target with everything of the source that can carry a mark."""

    def mark(source_id: str) -> str:
        return str(Mark(role=Role.MOVED, migration=MIGRATION, source_id=source_id))

    def described(rows: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(
            replace(row, id=f"t-{row.id}", description=marked_description(mark(row.id), row.description))  # type: ignore
            for row in rows
        )

    return replace(
        target(),
        keypairs=source.keypairs,
        networks=described(source.networks),
        subnets=tuple(replace(s, network_id=f"t-{s.network_id}") for s in described(source.subnets)),  # type: ignore
        routers=described(source.routers),
        ports=described(source.ports),
        security_groups=described(source.security_groups),
        floating_ips=described(source.floating_ips),
        volumes=tuple(replace(v, id=f"t-{v.id}", metadata={MARK_KEY: mark(v.id)}) for v in source.volumes),
        containers=tuple(replace(c, mark=mark(name_id(c.name))) for c in source.containers),
    )


# ---------------------------------------------------------------- properties


@st.composite
def tenants(draw: st.DrawFn) -> tuple[Inventory, Policy]:
    """A handful of servers, volumes and containers, tied together at random, some of it skipped."""
    volumes = [volume(f"v{i}", draw(st.integers(1, 50))) for i in range(draw(st.integers(0, 5)))]
    servers: list[Server] = []
    ports, done = [], []
    for i in range(draw(st.integers(0, 4))):
        nics = [port(f"s{i}", f"10.20.0.{20 + 10 * i + n}") for n in range(draw(st.integers(0, 2)))]
        held = [volumes.pop() for _ in range(draw(st.integers(0, len(volumes))))]
        status = draw(st.sampled_from(["ACTIVE", "ACTIVE", "SHUTOFF", "ERROR", "PAUSED"]))
        image_id = draw(st.sampled_from([None, uid("image debian")]))
        made, held_now = attached(
            server(f"s{i}", status=status, image_id=image_id, port_ids=tuple(n.id for n in nics)), *held
        )
        servers.append(replace(made, locked=draw(st.booleans())))
        ports += nics
        done += list(held_now)
    names = draw(st.lists(st.sampled_from(["a", "a_segments", "b", "b+segments", "c d"]), unique=True))
    source = empty(
        **lan()
        | {
            "servers": tuple(servers),
            "volumes": tuple(done + volumes),
            "ports": tuple(ports),
            "containers": tuple(Container(name=n, size_bytes=draw(st.integers(0, 99))) for n in names),
            "floating_ips": tuple(floating(f"203.0.113.{n}", port_id=p.id) for n, p in enumerate(ports)),
            "routers": draw(st.sampled_from([lan()["routers"], ()])),
            "snapshots": tuple(snapshot(f"snap{i}", f"v{i}") for i in range(draw(st.integers(0, 2)))),
            "security_groups": (
                group("web", SecurityGroupRule(direction="ingress", remote_ip_prefix="203.0.113.0/32")),
            ),
            "server_groups": (server_group("spread", "s0", "s1"),),
        }
    )
    things = ["network:private", "router:edge", "security-group:web", "server:s0", "volume:v0", "container:a_segments"]
    things += ["floating-ip:203.0.113.0", "server-group:spread", "snapshot:snap0"]
    skip = tuple(draw(st.lists(st.sampled_from(things), unique=True, max_size=3)))
    consistency = draw(st.sampled_from(["auto", "stopped", "crash"]))
    flavors = draw(st.sampled_from([{}, {"n1.cw.standard-1": "gone"}]))
    rewrite, snapshots = draw(st.booleans()), draw(st.sampled_from(["volume", "image", "leave"]))
    said = policy(skip=skip, consistency=consistency, mappings=Mappings(flavors=flavors))
    return source, replace(said, rewrite_addresses=rewrite, snapshots=snapshots)


@few_examples(60)
@given(tenants(), st.randoms())
def test_every_plan_is_sound(drawn: tuple[Inventory, Policy], rng: random.Random) -> None:
    source, said = drawn
    plan = build_plan(source, target(), said)
    by_id = {step.id: step for step in plan.steps}
    assert [step.rank for step in plan.steps] == list(range(1, len(plan.steps) + 1))
    for step in plan.steps:
        assert all(by_id[need].rank < step.rank for need in step.needs), step.id
    out = set(left(plan))
    # Of what is left out a server may be stopped for the sake of its volumes, and a disk kept in the store.
    anyway = {"server.stop", "server.capture", "volume.capture", "snapshot.capture"}
    assert not [step for step in plan.steps if ":".join(step.id.split(":")[:2]) in out and step.do not in anyway]
    assert {step.id for gate in plan.gates for step in plan.steps if step.gate == gate.name} == {
        step.id for step in plan.steps if step.gate
    }
    assert sealed_bytes(build_plan(source, target(), said)) == sealed_bytes(plan)
    assert shuffled_steps(source, said, rng) == plan.steps


def shuffled_steps(source: Inventory, said: Policy, rng: random.Random) -> tuple[Step, ...]:
    """The steps when the cloud lists everything in another order."""
    fields = ("volumes", "servers", "ports", "containers", "floating_ips", "security_groups", "snapshots")
    mixed = {name: tuple(rng.sample(getattr(source, name), len(getattr(source, name)))) for name in fields}
    return build_plan(replace(source, **mixed), target(), said).steps


def test_a_broken_order_is_refused() -> None:
    import_key = ImportKeypair(keypair=keypair())
    one = Step(id="a", name="a", action=import_key, sides=("target",), needs=("b",))
    other = Step(id="b", name="b", action=import_key, sides=("target",), needs=("a",))
    with pytest.raises(ValueError, match="circle"):
        ranked([one, other])
    with pytest.raises(ValueError, match="not there"):
        validate([one])
    with pytest.raises(ValueError, match="not unique"):
        validate([replace(one, needs=()), replace(one, needs=())])


def test_every_kind_that_can_be_carried_is_planned() -> None:
    plan = build_plan(works(), target(), policy(snapshots="image", backups="volume"))
    kinds = {step.id.partition(":")[0] for step in plan.steps}
    assert kinds == {kind.value for kind in Kind} - {Kind.KEYPAIR.value, *(kind.value for kind in OTHER_KINDS)}
    checked = policy(health=(HealthLine(servers="server:*", checks=(ActiveCheck(),)),), passes=Passes(warm=True))
    does = {step.do for step in plan.steps} | {step.do for step in build_plan(shop(), target(), checked).steps}
    everything = {str(action.__struct_config__.tag) for action in get_args(AnyAction)}
    # These have tests of their own: they need a partner's project, a container of a wave, a program, a worker.
    assert everything - does == {"image.share", "container.last-pass", "server.after-up", "disk.preload"}


def test_every_kind_of_the_shop_is_planned() -> None:
    kinds = {step.id.partition(":")[0] for step in build_plan(shop(), target(), policy()).steps}
    assert kinds == {kind.value for kind in Kind} - {
        *(kind.value for kind in OTHER_KINDS),
        *(kind.value for kind in (Kind.SNAPSHOT, Kind.BACKUP, Kind.TRUNK, Kind.SERVER_GROUP)),
    }


def test_a_subnet_of_somebody_elses_network_is_not_made() -> None:
    theirs = network("theirs", is_own=False, is_shared=True)
    plan = build_plan(empty(networks=(theirs,), subnets=(subnet("theirs"),)), target(), policy())
    assert (plan.steps, plan.left_out) == ((), ())
