"""SourceGuard: what may be made at a source besides clones, and what neither wording nor a query gets past it."""

from collections.abc import Callable
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from migrate.clouds.guard import READING_POSTS, NoPermits, ReadOnly, Request, SourceGuard
from migrate.clouds.ports import NewVolume
from migrate.errors import Denied
from migrate.execute.guard_rules import LedgerPermits
from migrate.ledger.ledger import Ledger
from migrate.model import MARK_KEY, Mark, Role
from tests.openstack.fake_openstack import PROJECT, FakeServer, Open, Reply

MIGRATION = "0badcafe"
ORIGIN = "6ea98324-0f14-49f6-97c0-885d1b8dc517"
OURS = "11111111-0f14-49f6-97c0-885d1b8dc517"
WORKER = "33333333-0f14-49f6-97c0-885d1b8dc517"
THEIRS = "22222222-0f14-49f6-97c0-885d1b8dc517"


class Permits(NoPermits):
    """A run of one migration, whose ledger knows one volume."""

    def is_ours(self, service: str, resource_id: str) -> bool:
        return (service, resource_id) == ("block-storage", OURS)

    def may_delete(self, service: str, resource_id: str) -> bool:
        return self.is_ours(service, resource_id)

    def may_stop(self, server_id: str) -> bool:
        return server_id == OURS

    def may_start(self, server_id: str) -> bool:
        return server_id == OURS

    def may_make(self, migration: str) -> bool:
        return migration == MIGRATION

    def is_worker(self, server_id: str) -> bool:
        return server_id == WORKER


def marked(role: Role = Role.TEMPORARY, migration: str = MIGRATION) -> dict[str, str]:
    return {MARK_KEY: str(Mark(role=role, migration=migration, source_id=ORIGIN))}


def volume(**fields: Any) -> dict[str, Any]:
    return {"volume": {"name": "n", "size": 1, "metadata": marked(), **fields}}


def allowed(path: str, body: dict[str, Any] | None, *, method: str = "POST", query: str = "") -> bool:
    try:
        SourceGuard(Permits()).check(Request(method, "block-storage", path, body, query))
    except Denied:
        return False
    return True


@pytest.mark.parametrize(
    "body",
    [
        volume(snapshot_id=THEIRS),
        volume(),
        volume(snapshot_id=OURS, metadata={}),
        volume(snapshot_id=THEIRS, metadata={**marked(), "decamp-consistency": "at rest"}, availability_zone="nova"),
    ],
)
def test_a_marked_volume_may_be_made_of_any_snapshot_or_of_nothing(body: dict[str, Any]) -> None:
    assert allowed("/volumes", body)


class NotReadAgain(Permits):
    """What is ours, and whose mark nobody has read again."""

    def may_delete(self, service: str, resource_id: str) -> bool:
        return False


@pytest.mark.parametrize("path", [f"/volumes/{OURS}", f"/snapshots/{OURS}"])
def test_a_temporary_whose_mark_was_not_read_again_is_not_deleted(path: str) -> None:
    request = Request("DELETE", "block-storage", path)
    SourceGuard(Permits()).check(request)
    with pytest.raises(Denied):
        SourceGuard(NotReadAgain()).check(request)


@pytest.mark.parametrize(
    "body",
    [
        volume(metadata={}),
        volume(metadata=None),
        volume(metadata=[MARK_KEY]),
        volume(metadata={MARK_KEY: 7}),
        volume(snapshot_id=THEIRS, metadata={}),
        volume(metadata=marked(Role.MOVED)),
        volume(metadata=marked(migration="cafe0bad")),
        volume(metadata={MARK_KEY: f"see {marked()[MARK_KEY]}"}),
        volume(metadata={MARK_KEY: f"{marked()[MARK_KEY]} and more"}),
        volume(metadata={"mark": marked()[MARK_KEY]}),
        volume(source_volid=THEIRS),
        volume(imageRef=THEIRS),
        volume(consistencygroup_id=THEIRS),
        volume(backup_id=THEIRS),
        volume(multiattach=True),
        {**volume(), "OS-SCH-HNT:scheduler_hints": {"same_host": [THEIRS]}},
        {"volume": [volume()["volume"]]},
        {},
        None,
    ],
)
def test_no_other_volume_is_made(body: dict[str, Any] | None) -> None:
    assert not allowed("/volumes", body)


@pytest.mark.parametrize("published", [{"visibility": "public"}, {"visibility": "private"}, {"protected": True}])
def test_an_upload_says_nothing_of_who_may_see_its_image(published: dict[str, Any]) -> None:
    upload = {"image_name": "decamp-t-0badcafe-x", "disk_format": "qcow2"}
    assert allowed(f"/volumes/{OURS}/action", {"os-volume_upload_image": upload})
    assert not allowed(f"/volumes/{OURS}/action", {"os-volume_upload_image": {**upload, **published}})


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "COPY"])
def test_a_rehearsal_changes_nothing_whatever_it_asks_for(method: str) -> None:
    ReadOnly().check(Request("GET", "object-store", "/c/o"))
    ReadOnly().check(Request("POST", "identity", "/v3/auth/tokens"))
    for service in ("object-store", "compute", "identity"):
        with pytest.raises(Denied):
            ReadOnly().check(Request(method, service, "/c/o"))


def test_a_ledger_permits_its_own_migration_alone(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", MIGRATION * 4)
    try:
        permits = LedgerPermits(ledger)
        assert permits.may_make(MIGRATION)
        assert not permits.may_make("cafe0bad") and not permits.may_make("") and not permits.may_make(MIGRATION * 4)
        SourceGuard(permits).check(Request("POST", "block-storage", "/volumes", volume(snapshot_id=THEIRS)))
        with pytest.raises(Denied):
            # Made, but not in the ledger: nothing may be done to it.
            SourceGuard(permits).check(
                Request("POST", "block-storage", "/backups/b1/restore", {"restore": {"volume_id": THEIRS}})
            )
    finally:
        ledger.close()


def test_without_a_run_nothing_is_made() -> None:
    with pytest.raises(Denied):
        SourceGuard().check(Request("POST", "block-storage", "/volumes", volume()))


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/backups/b1/restore", {"restore": {"volume_id": OURS}}, True),
        ("/backups/b1/restore", {"restore": {"volume_id": THEIRS}}, False),
        ("/backups/b1/restore", {"restore": {"volume_id": OURS, "name": "n"}}, False),
        ("/backups/b1/restore", {"restore": {}}, False),
        ("/backups/b1/restore", {"restore": {"volume_id": None}}, False),
        ("/backups/b1/restore", {"restore": None}, False),
        ("/backups/b1/restore", {"restore": {"volume_id": OURS}, "os-force_delete": {}}, False),
        ("/backups/b1/restore/", {"restore": {"volume_id": OURS}}, False),
        ("/backups/b1/action", {"restore": {"volume_id": OURS}}, False),
        ("/backups", {"restore": {"volume_id": OURS}}, False),
        ("/backups", {"backup": {"volume_id": OURS}}, False),
    ],
)
def test_a_backup_is_restored_into_a_volume_of_ours_alone(path: str, body: dict[str, Any], expected: bool) -> None:
    assert allowed(path, body) is expected


@pytest.mark.parametrize("service", ["compute", "image", "network", "object-store", "unknown", "orchestration"])
def test_no_other_service_takes_these_requests(service: str) -> None:
    guard = SourceGuard(Permits())
    for path, body in (("/volumes", volume()), ("/backups/b1/restore", {"restore": {"volume_id": OURS}})):
        with pytest.raises(Denied):
            guard.check(Request("POST", service, path, body))


# ---------------------------------------------------------------- attachments

ON_WORKER, ELSEWHERE = (f"/servers/{server}/os-volume_attachments" for server in (WORKER, OURS))


def attached(**fields: Any) -> dict[str, Any]:
    return {"volumeAttachment": {"volumeId": OURS, **fields}}


@pytest.mark.parametrize(
    ("method", "path", "body", "passes"),
    [
        ("POST", ON_WORKER, attached(), True),
        ("POST", ELSEWHERE, attached(), False),
        ("POST", ON_WORKER, attached(volumeId=THEIRS), False),
        ("POST", ON_WORKER, attached(delete_on_termination=True), False),
        ("POST", ON_WORKER, attached(device="/dev/vda"), False),
        ("POST", ON_WORKER, {**attached(), "other": {}}, False),
        ("POST", ON_WORKER, {"volumeAttachment": [OURS]}, False),
        ("POST", ON_WORKER, None, False),
        ("POST", f"{ON_WORKER}/{OURS}", attached(), False),
        ("DELETE", f"{ON_WORKER}/{OURS}", None, True),
        ("DELETE", f"{ON_WORKER}/{THEIRS}", None, False),
        ("DELETE", f"{ELSEWHERE}/{OURS}", None, False),
        ("DELETE", f"/servers/{WORKER}", None, False),
        ("DELETE", ON_WORKER, None, False),
        ("PUT", f"{ON_WORKER}/{OURS}", attached(volumeId=THEIRS), False),
    ],
)
def test_volumes_of_ours_alone_go_to_the_worker_alone(
    method: str, path: str, body: dict[str, Any] | None, passes: bool
) -> None:
    request = Request(method, "compute", path, body)
    if passes:
        SourceGuard(Permits()).check(request)
    else:
        with pytest.raises(Denied):
            SourceGuard(Permits()).check(request)
    with pytest.raises(Denied):
        SourceGuard(NoPermits()).check(request)


def test_the_ledgers_permits_know_no_worker_unless_one_is_named(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'l.db'}", MIGRATION * 4)
    assert LedgerPermits(ledger, worker=WORKER).is_worker(WORKER)
    assert not LedgerPermits(ledger, worker=WORKER).is_worker(OURS)
    assert not LedgerPermits(ledger).is_worker("")


@pytest.mark.parametrize(
    ("path", "body", "passes"),
    [
        (f"/servers/{OURS}/action", {"os-start": None}, True),
        (f"/servers/{THEIRS}/action", {"os-start": None}, False),
        (f"/servers/{OURS}/action", {"os-start": None, "os-stop": None}, False),
        (f"/servers/{OURS}/action", {"os-start": {}}, False),
        (f"/servers/{OURS}/action", {"reboot": {"type": "HARD"}}, False),
        (f"/servers/{OURS}/action", {"unshelve": None}, False),
        (f"/servers/{OURS}/action/", {"os-start": None}, False),
        (f"/servers/{OURS}", {"os-start": None}, False),
    ],
)
def test_a_server_that_a_rollback_may_start_is_started_and_nothing_else_is_done_to_it(
    path: str, body: dict[str, Any], passes: bool
) -> None:
    class NothingButStarts(NoPermits):
        def may_start(self, server_id: str) -> bool:
            return server_id == OURS

    for method, query in (("POST", ""), ("POST", "force=1"), ("PUT", "")):
        request = Request(method, "compute", path, body, query)
        if passes and (method, query) == ("POST", ""):
            SourceGuard(NothingButStarts()).check(request)
        else:
            with pytest.raises(Denied):
                SourceGuard(NothingButStarts()).check(request)
    with pytest.raises(Denied):
        SourceGuard(NoPermits()).check(Request("POST", "compute", path, body))


# ---------------------------------------------------------------- every combination

WRITING = (
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "COPY",
    "MOVE",
    "MERGE",
    "OPTIONS",
    "TRACE",
    "post",
    "Delete",
    "GETS",
    "GET ",
    "",
)
SERVICES = ("identity", "compute", "block-storage", "image", "network", "object-store", "orchestration", "unknown", "")
PATHS = (
    "", "/", "/v3/auth/tokens", "/auth/tokens", "/v2.0/tokens", "/tokens", "/v3/auth/tokens/",
    "/v3/auth/tokens/../users", "//v3/auth/tokens", "/v3/auth/token", "/v3/users", "/v3/auth/catalog", "/snapshots",
    "/snapshots/", f"/snapshots/{OURS}", "/volumes", f"/volumes/{OURS}", f"/volumes/{OURS}/action",
    f"/volumes/{THEIRS}/action", "/volumes/detail", "/backups", "/backups/b1/restore", "/servers",
    f"/servers/{OURS}", f"/servers/{OURS}/action", ON_WORKER, f"{ON_WORKER}/{OURS}", "/v2/images",
    f"/images/{OURS}", f"/v2/images/{OURS}", f"/v2/images/{OURS}/file", "/v2.0/networks",
    "/v2.0/security-group-rules", "/v2.0/ports/p", "/c", "/c/o", "/os-keypairs", "/stacks",
)  # fmt: skip
BODIES: tuple[dict[str, Any] | None, ...] = (
    None, {}, {"auth": {}}, {"snapshot": {"volume_id": THEIRS}}, volume(snapshot_id=OURS),
    {"createImage": {"name": "n"}}, {"os-stop": None}, {"os-start": None},
    {"os-volume_upload_image": {"image_name": "n"}}, {"restore": {"volume_id": OURS}}, attached(),
)  # fmt: skip
QUERIES = ("", "cascade=true", "force=1", "multipart-manifest=put")


def passing(guard: Any) -> set[tuple[str, str, str]]:
    """Method, service and path of all combinations that get past the guard."""
    found = set()
    for method, service, path, body, query in product(WRITING, SERVICES, PATHS, BODIES, QUERIES):
        with suppress(Denied):
            guard.check(Request(method, service, path, body, query))
            found.add((method, service, path))
    return found


def test_of_all_that_changes_anything_a_guard_that_only_reads_lets_nothing_through() -> None:
    """A login is the one thing that is asked for by POST and changes nothing; each is named."""
    logins = {(method, *login) for login in READING_POSTS for method in ("POST", "post")}
    assert passing(ReadOnly()) == logins and len(READING_POSTS) == 4
    for (_, service, path), query in product(logins, QUERIES[1:]):
        with pytest.raises(Denied):
            ReadOnly().check(Request("POST", service, path, None, query))


def test_of_all_that_changes_anything_the_sources_guard_lets_through_its_list_alone() -> None:
    ours = (f"/{kind}/{OURS}" for kind in ("volumes", "snapshots"))
    posts = {
        ("block-storage", "/snapshots"),
        ("block-storage", "/volumes"),
        ("block-storage", f"/volumes/{OURS}/action"),
        ("block-storage", "/backups/b1/restore"),
        ("compute", f"/servers/{OURS}/action"),
        ("compute", ON_WORKER),
        *READING_POSTS,
    }
    deletes = {
        *(("block-storage", path) for path in ours),
        ("compute", f"{ON_WORKER}/{OURS}"),
    }
    wanted = {("POST", *one) for one in posts} | {("DELETE", *one) for one in deletes}
    assert {(method.upper(), service, path) for method, service, path in passing(SourceGuard(Permits()))} == wanted


# ---------------------------------------------------------------- queries


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", f"/volumes/{OURS}", None),
        ("DELETE", f"/snapshots/{OURS}", None),
        ("POST", "/snapshots", {"snapshot": {}}),
        ("POST", "/volumes", volume()),
        ("POST", f"/volumes/{OURS}/action", {"os-volume_upload_image": {}}),
        ("POST", "/backups/b1/restore", {"restore": {"volume_id": OURS}}),
    ],
)
def test_what_may_be_sent_may_not_be_sent_with_a_query(method: str, path: str, body: dict[str, Any] | None) -> None:
    assert allowed(path, body, method=method)
    assert not allowed(path, body, method=method, query="cascade=true")


def test_a_reading_request_may_have_one() -> None:
    assert allowed("/volumes/detail", None, method="GET", query="limit=1")


CASCADE = f"/volume/v3/{PROJECT}/volumes/{OURS}?cascade=true"
BY: dict[str, Callable[[Any, str], object]] = {
    "session": lambda login, url: login.session.delete(url, raise_exc=False),
    "thin client": lambda login, url: login.http.request("DELETE", url),
}


@pytest.mark.parametrize("client", BY)
def test_both_transports_show_the_query_to_the_guard(fake: FakeServer, open_shop: Open, client: str) -> None:
    """A cascading removal would take the customer's own snapshots of the volume along."""
    cloud: Any = open_shop(SourceGuard(Permits()))
    fake.on(f"GET /volume/v3/{PROJECT}/.*", Reply(200, {"volumes": []}))
    fake.on(f"DELETE /volume/v3/{PROJECT}/.*", Reply(202))
    cloud.block.volumes()
    with pytest.raises(Denied):
        BY[client](cloud._login, fake.url + CASCADE)
    assert not fake.calls("DELETE .*")
    BY[client](cloud._login, fake.url + CASCADE.partition("?")[0])
    assert len(fake.calls("DELETE .*")) == 1


# ---------------------------------------------------------------- through the adapter


def test_the_adapter_asks_for_what_the_guard_lets_through(fake: FakeServer, open_shop: Open) -> None:
    block = open_shop(SourceGuard(Permits())).block
    fake.on(f"POST /volume/v3/{PROJECT}/volumes", Reply(202, {"volume": {"id": OURS}}))
    fake.on(f"POST /volume/v3/{PROJECT}/backups/b1/restore", Reply(202, {"restore": {}}))
    mark = marked()
    block.create_volume(NewVolume(name=mark[MARK_KEY], size_gib=1, snapshot_id=THEIRS, metadata=mark))
    block.create_volume(NewVolume(name=mark[MARK_KEY], size_gib=1, metadata=mark, volume_type="standard"))
    block.restore_backup("b1", OURS)
    with pytest.raises(Denied):
        block.create_volume(NewVolume(name="n", size_gib=1))
    with pytest.raises(Denied):
        block.restore_backup("b1", THEIRS)
    assert len(fake.calls("POST /volume/.*")) == 3
