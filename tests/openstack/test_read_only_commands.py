"""Every command that only looks, through the wire: what two clouds and an S3 hear of it, by their own record."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
from migrate.cli.session import open_source
from migrate.clouds.guard import ReadOnly
from migrate.forecast import simulate
from migrate.messages import codes
from migrate.policy.policy_records import Policy
from tests.matrix import rest
from tests.openstack.fake_openstack import PASSWORD, FakeServer, Reply, Seen, keystone
from tests.openstack.served_tenant import Tenant, serve
from tests.trusted import agree_to

OTHER_PROJECT = "fedcba9876543210fedcba9876543210"
LOOKING = (
    ("scan",),
    ("scan", "--objects"),
    ("check",),
    ("plan",),
    ("forecast",),
    ("status",),
    ("watch", "--once"),
    ("run",),
    ("run", "--only", "evacuate"),
    ("cut-over", "web-0"),
    ("test-launch", "web-0"),
    ("rollback", "web-0"),
    ("verify",),
    ("verify", "--source", "--full", "--reread", "all"),
    ("report",),
    ("clean",),
    ("store", "check"),
    ("store", "prune"),
    ("doctor",),
    ("trust",),
    ("explain", codes.FLAVOR_CHANGES),
    ("completion", "bash"),
)
"""With `init`, all that may be called before anybody has approved anything; `approve`, `accept`,
`support-bundle`, `pack`, `unpack` and `demo` ask no cloud."""
OF_OBJECTS = (
    ("scan", "--objects"),
    ("check",),
    ("plan",),
    ("run",),
    ("verify", "--source", "--full", "--reread", "all"),
    ("report",),
    ("clean",),
)
"""Of these such as may look into the target's store of objects."""
OF_A_WAVE = {"cut-over", "test-launch", "rollback"}
"""Those that may refuse, as nothing of the wave is captured or stopped."""


@pytest.fixture
def target() -> Iterator[FakeServer]:
    server = FakeServer()
    yield server
    server.close()


@pytest.fixture
def s3() -> Iterator[FakeServer]:
    """No bucket is there, and none is to be made."""
    server = FakeServer()
    gone = b"<Error><Code>NoSuchBucket</Code><Message>no</Message></Error>"
    server.on("GET /", Reply(200, b"<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"))
    server.on("(GET|HEAD) /.+", Reply(404, gone, {"Content-Type": "application/xml"}))
    yield server
    server.close()


@pytest.fixture
def called(
    fake: FakeServer, target: FakeServer, clouds_yaml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Both clouds under one name each, and a tenant at the source."""
    # How sure a forecast is makes no difference here.
    monkeypatch.setattr(simulate, "RUNS", 10)
    serve(fake, Tenant(servers=1, volumes=2, containers=2, images=1))
    serve(target, Tenant(servers=0, volumes=0, containers=0))
    keystone(target, project=OTHER_PROJECT)
    for server in (fake, target):
        server.on("GET /volume/v3/[^/]+/os-quota-sets/.*", Reply(200, {"quota_set": {}}))
        server.on("GET /network/v2.0/quotas/.*", Reply(200, {"quota": {}}))
    known = yaml.safe_load(clouds_yaml.read_text())
    old = known["clouds"]["shop"]
    new = {**old, "auth": {**old["auth"], "auth_url": f"{target.url}/v3"}}
    clouds_yaml.write_text(yaml.safe_dump({"clouds": {"old": old, "new": new}}))
    return tmp_path / "work"


def writing(server: FakeServer) -> list[tuple[str, str]]:
    """What changes anything: all but reads, and logins by their own path."""
    return [
        (seen.method, seen.path) for seen in server.seen if seen.method not in {"GET", "HEAD"} and not _is_login(seen)
    ]


def _is_login(seen: Seen) -> bool:
    return (seen.method, seen.path, seen.query) == ("POST", "/v3/auth/tokens", {})


def call(root: Path, *args: str) -> int:
    agree_to(root)
    return run_guarded(make_group(), [*(() if args[0] == "init" else ("-C", str(root))), *args])


@pytest.mark.parametrize(
    ("where", "commands"),
    [("swift", LOOKING), ("s3", OF_OBJECTS), *rest(("s3", LOOKING))],
    ids=["swift", "s3", "s3-all"],
)
def test_no_command_that_only_looks_sends_anything_that_changes(
    where: str,
    commands: tuple[tuple[str, ...], ...],
    called: Path,
    fake: FakeServer,
    target: FakeServer,
    s3: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("NO_PROXY", "*")
    assert call(called, "init", str(called), "--source", "old", "--target", "new") == 0
    if where == "s3":
        policy = called / "policy.yaml"
        told = yaml.safe_load(policy.read_text())
        told["target"]["objects"] = {"s3": {"endpoint": s3.url, "region": "us-east-1", "bucket_prefix": "acme-"}}
        policy.write_text(yaml.safe_dump(told))
    ends = {}
    for args in commands:
        ends[args] = call(called, *args)
        out, err = capsys.readouterr()
        if args[0] == "test-launch":
            assert codes.LAUNCH_OF_NOTHING in err and "web-0" in err
        assert codes.UNEXPECTED not in out + err and "DCP-45" not in out + err, (args, out, err)
    for server in (fake, target, s3):
        assert writing(server) == []
    # One volume is attached to a server that is not there: the plan waits for a decision, and is made all the same.
    assert {ends[args] for args in commands if args[0] not in {"store", *OF_A_WAVE}} <= {0, 3}, ends
    assert {ends[args] for args in commands if args[0] in OF_A_WAVE} <= {0, 2, 3}, ends
    assert (called / "plan.json").is_file() and list((called / "reports").iterdir())
    heard = {server.url: len(server.seen) for server in (fake, target)}
    assert min(heard.values()) > 20 and bool(s3.seen) == (where == "s3")


def test_each_command_has_been_called() -> None:
    """A command that is added to the program is added here, or is one that writes when it is told to."""
    writes = {"approve", "accept", "init", "support-bundle", "pack", "unpack", "wizard", "demo"}
    assert {args[0] for args in LOOKING} | writes == set(make_group().list_commands(click.Context(make_group())))


def test_the_record_shows_what_a_guard_lets_through(
    called: Path, fake: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is proved by a record in which nothing can stand."""
    monkeypatch.setattr(ReadOnly, "check", lambda *_: None)
    cloud = open_source(Policy(migration="0" * 32, source_cloud="old", target_cloud="new"))
    fake.on("POST /volume/v3/[^/]+/snapshots", Reply(202, {"snapshot": {"id": "s"}}))
    cloud.block.create_snapshot("v00000", "x", {})
    assert [method for method, _ in writing(fake)] == ["POST"]


def test_the_wizard_sends_nothing_that_changes_before_somebody_says_begin(
    called: Path, fake: FakeServer, target: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = tmp_path / "given.yaml"
    given = {"source.login": "entry:old", "target.login": "entry:new", "deadline": "later", "tenant": "go-on"}
    given |= {"start": "cut-over", "waves": "proposed", "windows": "any", "put-off": "go-on", "flavors": "proposed"}
    asked = ""
    for _ in range(20):
        answers.write_text(yaml.safe_dump(given))
        assert call(called, "wizard", "--answers", str(answers)) == 2
        asked = capsys.readouterr().err.rpartition("DCP-240: the wizard stopped at the question ")[2].partition(",")[0]
        if asked in given or not asked or asked == "move":
            break
        given[asked] = "leave" if asked.startswith("finding") else "keep"
    assert asked == "move"
    files = [path for path in called.rglob("*") if path.is_file()]
    assert [path.name for path in files if PASSWORD.encode() in path.read_bytes()] == ["secure.yaml"]
    for server in (fake, target):
        assert writing(server) == []
