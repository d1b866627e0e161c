"""Containers that the policy ties to a wave: compared again once its servers are stopped, before they start anew."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from migrate.clouds.guard import NoGuard
from migrate.clouds.ports import ObjectInfo, ObjectStore
from migrate.clouds.s3 import open_s3
from migrate.demo.memory.world import World
from migrate.errors import Refused
from migrate.messages import codes
from migrate.model import S3Place, S3Settings
from tests.cli.conftest import Decamp, Result
from tests.cli.reached import reached
from tests.cli.wave_tenant import Tenant, Watched, change, planned_of, steps_of, told
from tests.s3.servers import Server, moto

BOX, WAVE = "up loads", "tool-1"


@pytest.fixture(scope="module")
def moto_server() -> Iterator[Server]:
    yield from moto()


@pytest.fixture
def s3_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def put(tenant: Tenant, name: str, data: bytes = b"x", container: str = BOX, **headers: str) -> None:
    """Somebody writes an object at the source."""
    digest = hashlib.md5(data).hexdigest()
    info = ObjectInfo(name=name, size_bytes=len(data), etag=digest, content_type="text/x", headers=headers)
    store = tenant.cloud("source").objects
    if container not in {one.name for one in store.containers()}:
        store.put_container(container, {})
    store.put(container, info, [data])


def tied(decamp: Decamp, root: Path, lines: str = f'"{BOX}": {WAVE}', s3: str = "") -> Path:
    """A workspace whose policy ties containers to waves, planned and approved."""
    policy = ((r"^  objects:$", f"  objects: {{s3: {{endpoint: '{s3}'}}}}"),) if s3 else ()
    planned_of(decamp, root, policy=policy)
    change(root, r"^  containers: .*$", f"  containers: {{{lines}}}")
    assert decamp("-C", root, "plan").code == 0
    assert decamp("-C", root, "approve", "cut-over").code == 0
    return root


def moved(decamp: Decamp, root: Path) -> Tenant:
    """The only server has moved, and the container that is tied to it."""

    def lead(root: Path) -> tuple[Tenant, Result]:
        tenant = Tenant(1)
        put(tenant, "first")
        tied(decamp, root)
        result = decamp("-C", root, "run", "--execute")
        assert result.code == 0, result.err
        return tenant, result

    return reached(root, "moved with a container", lead)[0]


def watch(world: World, path: str, then: Callable[[], None]) -> None:
    world.log = Watched(world.log, path, then)  # type: ignore[arg-type]


def at_stop(tenant: Tenant, name: str, data: bytes = b"last words") -> None:
    """The server writes an object while it is asked to stop."""
    path = f"/servers/{tenant.ids['tool-1']}/action"
    watch(tenant.source, path, lambda: put(tenant, name, data))


def at_start(tenant: Tenant, store: ObjectStore, container: str = BOX) -> list[str]:
    """What is in the container when the server is made at the target."""
    seen: list[str] = []
    watch(tenant.target, "/servers", lambda: seen.extend(entry.name for entry in store.entries(container)))
    return seen


def there(tenant: Tenant) -> ObjectStore:
    return tenant.cloud("target").objects


# ---------------------------------------------------------------- the last pass


def test_what_is_written_at_the_stop_is_there_before_the_server_starts(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(1)
    put(tenant, "first")
    root = tied(decamp, tmp_path / "work")
    rehearsed = decamp("-C", root, "run").out
    assert "would compare it again once the servers are stopped" in " ".join(rehearsed.split())
    at_stop(tenant, "last")
    seen = at_start(tenant, there(tenant))
    assert decamp("-C", root, "cut-over", WAVE, "--execute").code == 0
    assert sorted(seen) == ["first", "last"]
    with there(tenant).read(BOX, "last", 0, 10) as chunks:
        assert b"".join(chunks) == b"last words"
    assert decamp("-C", root, "run", "--execute").code == 0
    assert decamp("-C", root, "verify", "--full", "--source").code == 0


def test_without_a_line_it_is_not_and_verify_says_so(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(1)
    put(tenant, "first")
    planned_of(decamp, root := tmp_path / "work")
    # It is copied before anything stops: in one run with the stop, either may be the first.
    assert decamp("-C", root, "run", "--execute").code == 3
    assert decamp("-C", root, "approve", "cut-over").code == 0
    at_stop(tenant, "last")
    seen = at_start(tenant, there(tenant))
    assert decamp("-C", root, "run", "--execute").code == 0 and seen == ["first"]
    assert decamp("-C", root, "verify", "--source").code == 3


def test_what_is_written_after_the_last_pass_is_not_moved_and_verify_says_so(decamp: Decamp, tmp_path: Path) -> None:
    tenant = moved(decamp, root := tmp_path / "work")
    put(tenant, "too late")
    assert decamp("-C", root, "verify", "--source").code == 3
    (row,) = [
        one
        for one in told(decamp, root, "verify", "--source")["rows"]
        if one["kind"] == "container" and one["name"] == BOX
    ]
    assert row["verdict"] == "not fresh" and row["since_names"] == ["too late"]


def test_a_second_cut_over_takes_another_last_pass(decamp: Decamp, tmp_path: Path) -> None:
    tenant = moved(decamp, root := tmp_path / "work")
    tenant.source.power(tenant.ids["tool-1"], "ACTIVE")
    tenant.source.write_root_disk(tenant.ids["tool-1"], 1 << 20, b"written since")
    for command in (("scan",), ("plan",), ("approve", "cut-over")):
        assert decamp("-C", root, *command).code == 0
    at_stop(tenant, "second")
    seen = at_start(tenant, there(tenant))
    assert decamp("-C", root, "run", "--execute").code == 0
    assert sorted(seen) == ["first", "second"]
    assert decamp("-C", root, "verify", "--full").code == 0


def test_a_wave_that_went_back_gets_another_last_pass(decamp: Decamp, tmp_path: Path) -> None:
    tenant = moved(decamp, root := tmp_path / "work")
    rehearsed = decamp("-C", root, "rollback", WAVE)
    assert f"is not copied back to the source: {BOX}" in " ".join(rehearsed.err.split())
    assert decamp("-C", root, "rollback", WAVE, "--execute", "--who", "Ann").code == 0
    log = len(tenant.log)
    put(tenant, "second")
    decamp("-C", root, "run", "--execute")
    assert not [
        row for row in tenant.log[log:] if row[0] == "target" and row[1] in ("PUT", "POST") and "second" in row[2]
    ]
    for command in (("scan",), ("plan",), ("approve", "cut-over")):
        assert decamp("-C", root, *command).code == 0
    at_stop(tenant, "third")
    seen = at_start(tenant, there(tenant))
    assert decamp("-C", root, "run", "--execute").code == 0
    assert sorted(seen) == ["first", "second", "third"]
    assert decamp("-C", root, "verify", "--full", "--source").code == 0


def test_on_s3_it_is_the_same(decamp: Decamp, tmp_path: Path, moto_server: Server, s3_keys: None) -> None:
    tenant = Tenant(1)
    put(tenant, "first", container="uploads")
    root = tied(decamp, tmp_path / "work", f"uploads: {WAVE}", moto_server.url)
    path = f"/servers/{tenant.ids['tool-1']}/action"
    watch(tenant.source, path, lambda: put(tenant, "last", container="uploads"))
    place = S3Place(**steps_of(root)["container:uploads"]["action"]["place"])
    store = open_s3(S3Settings(endpoint=moto_server.url, region="us-east-1"), {"uploads": place}, NoGuard())
    seen = at_start(tenant, store, "uploads")
    assert decamp("-C", root, "run", "--execute").code == 0
    assert sorted(seen) == ["first", "last"]
    assert decamp("-C", root, "verify", "--full").code == 0


def test_no_server_starts_before_its_last_pass_has_succeeded(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(1)
    put(tenant, "first")
    root = tied(decamp, tmp_path / "work")
    at_stop(tenant, "last")
    tenant.target.fail_next("PUT", r"last$", Refused(codes.UNREACHABLE, status=400, what="no"))
    assert decamp("-C", root, "run", "--execute").code == 3
    assert tenant.running("target") == set() and len(told(decamp, root, "status")["down"]) == 1
    assert told(decamp, root, "cut-over", WAVE)["wave"]["stage"] == "last-pass"
    assert decamp("-C", root, "run", "--execute").code == 0 and tenant.running("target") == {"tool-1"}


def test_the_first_copy_is_done_before_the_stop(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(1)
    put(tenant, "first")
    root = tied(decamp, tmp_path / "work")
    tenant.target.fail_next("PUT", r"first$", Refused(codes.UNREACHABLE, status=400, what="no"))
    assert decamp("-C", root, "run", "--execute").code == 3
    assert tenant.events() == []


def test_segments_go_with_their_container(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(1)
    put(tenant, "first")
    put(tenant, "part", container=f"{BOX}_segments")
    root = tied(decamp, tmp_path / "work")
    steps = steps_of(root)
    (own,) = [key for key in steps if key.endswith("loads:last-pass")]
    (parts,) = [key for key in steps if key.endswith("_segments:last-pass")]
    assert parts in steps[own]["needs"] and own not in steps[parts]["needs"]


# ---------------------------------------------------------------- the plan


def test_it_changes_no_other_step_and_is_shown_with_its_wave(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(2)
    put(tenant, "first")
    root = planned_of(decamp, tmp_path / "work")
    before = steps_of(root)
    down = {one["name"]: one for one in told(decamp, root, "cut-over", WAVE)["wave"]["downtimes"]}
    change(root, r"^  containers: .*$", f'  containers: {{"up*": {WAVE}}}')
    shown = decamp("-C", root, "plan")
    assert (
        shown.code == 0
        and f"Once the servers of {WAVE} are stopped, these containers are compared again: {BOX}" in shown.out
    )
    after = steps_of(root)
    (new,) = after.keys() - before.keys()
    assert {key: {**step, "rank": after[key]["rank"]} for key, step in before.items()} == {
        key: step for key, step in after.items() if key != new
    }
    stop = f"server:{tenant.ids['tool-1']}:stop"
    assert set(after[new]["needs"]) == {"container:up%20loads", stop}
    (now,) = told(decamp, root, "cut-over", WAVE)["wave"]["downtimes"]
    # It runs beside the captures, which take longer by default estimates.
    assert now["floor_s"] == down["tool-1"]["floor_s"]
    change(root, r"^  containers: .*$", "  containers: {}")
    assert decamp("-C", root, "plan").code == 0 and steps_of(root) == before


def test_who_names_a_container_stops_no_server(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(1)
    put(tenant, "first")
    root = tied(decamp, tmp_path / "work")
    assert decamp("-C", root, "run", "--execute", "--only", f"container:{BOX}").code == 0
    assert tenant.events() == [] and [entry.name for entry in there(tenant).entries(BOX)] == ["first"]
    put(tenant, "more")
    assert decamp("-C", root, "run", "--execute", "--only", f"container:{BOX}", "--again", f"container:{BOX}").code == 0
    assert tenant.events() == [] and len(list(there(tenant).entries(BOX))) == 2


@pytest.mark.parametrize(
    ("lines", "code", "facts"),
    [
        (f"nowhere: {WAVE}", codes.WAVE_CONTAINER_UNKNOWN, {"line": "nowhere", "wave": WAVE, "missing": "container"}),
        ('"up*": nobody', codes.WAVE_CONTAINER_UNKNOWN, {"line": "up*", "wave": "nobody", "missing": "wave"}),
        ('"up*": tool-1, "*ads": tool-2', codes.WAVE_CONTAINER_LINES_DISAGREE, {"lines": "*ads, up*"}),
    ],
)
def test_a_line_that_means_nothing_or_disagrees_blocks(
    decamp: Decamp, tmp_path: Path, lines: str, code: str, facts: dict[str, str]
) -> None:
    tenant = Tenant(2)
    put(tenant, "first")
    root = planned_of(decamp, tmp_path / "work")
    change(root, r"^  containers: .*$", f"  containers: {{{lines}}}")
    assert decamp("-C", root, "plan").code == 3
    (found,) = [one for one in told(decamp, root, "check") if one["level"] == "blocks"]
    assert (found["code"], found["facts"]) == (code, facts)


def test_a_wave_that_was_moved_before_blocks_no_later_plan(decamp: Decamp, tmp_path: Path) -> None:
    moved(decamp, root := tmp_path / "work")
    for command in (("scan",), ("plan",), ("check",), ("run", "--execute")):
        assert decamp("-C", root, *command).code == 0, command


@pytest.mark.parametrize(
    ("said", "path"),
    [("[x]", "waves.containers"), ('{up: "no wave"}', "waves.containers.up"), ("{up: 1}", "waves.containers.up")],
)
def test_what_is_wrong_is_named_by_its_path(decamp: Decamp, tmp_path: Path, said: str, path: str) -> None:
    Tenant(1)
    root = planned_of(decamp, tmp_path / "work")
    change(root, r"^  containers: .*$", f"  containers: {said}")
    refused = decamp("-C", root, "plan")
    assert refused.code == 2 and path in refused.sentence


@pytest.mark.hostile
def test_names_that_act_are_names(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(1)
    evil = "-w\x1b[2J$(touch pwned)':[a]*"
    put(tenant, "first", container=evil)
    planned_of(decamp, root := tmp_path / "work")
    change(root, r"^  containers: .*$", f'  containers: {{"-w*": {WAVE}}}')
    shown = decamp("-C", root, "plan")
    assert shown.code == 0 and "\x1b" not in shown.out
    assert decamp("-C", root, "approve", "cut-over").code == 0
    path = f"/servers/{tenant.ids['tool-1']}/action"
    watch(tenant.source, path, lambda: put(tenant, "last", container=evil))
    assert decamp("-C", root, "run", "--execute").code == 0
    assert sorted(entry.name for entry in there(tenant).entries(evil)) == ["first", "last"]
