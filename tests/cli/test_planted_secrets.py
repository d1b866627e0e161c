"""Secrets of some thirty kinds, planted in a tenant and in its logins: none is printed, none kept but in `private/`."""

import json
import re
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrate.clouds.openstack import faults
from migrate.demo.memory import MemoryCloud, worlds
from migrate.demo.small_tenant import two_clouds
from migrate.messages import codes
from migrate.model import mark_of, own_description
from tests.cli.conftest import Decamp, Result
from tests.cli.planted import KEPT, TENANT, USER_DATA, change, fill, grep, in_base64, told, word
from tests.openstack.fake_openstack import FakeServer, Reply, Seen, keystone

SECRETS = {kind: word(kind) for kind in TENANT}
COMMANDS = (
    *(
        "scan",
        "scan -f json",
        "scan --objects -v",
        "--lang fr scan",
        "check",
        "check -f json",
        "plan -v",
        "plan -f json",
    ),
    *("forecast", "run", "run -v", "run -f json", "approve", "approve -f json", "approve cut-over --who Ann"),
)
AFTER = (
    *("run --execute -v", "run --execute -f json", "status", "status -v", "status -f json", "verify --full -v"),
    *("verify --full -f json", "verify --source --reread objects", "report -f md -o -", "report -f json -o -"),
    *(
        "report -f html -o -",
        "report",
        "--lang fr report -f md",
        "clean",
        "clean -f json",
        "store check",
        "store prune",
    ),
)


@dataclass
class Watched:
    """Commands in one workspace, and all that they have printed."""

    decamp: Decamp
    root: Path
    printed: dict[str, str] = field(default_factory=dict)

    def __call__(self, line: str, *, exits: tuple[int, ...] = (0, 3)) -> Result:
        result = self.decamp("-C", self.root, *line.split())
        self.printed[f"{len(self.printed)} {line}"] = result.out + result.err
        assert result.code in exits, (line, result.out, result.err)
        return result


@pytest.fixture
def watched(decamp: Decamp, tmp_path: Path) -> Watched:
    source, _ = two_clouds(0.02)
    fill(source)
    root = tmp_path / "work"
    found = Watched(decamp, root)
    assert decamp("init", root, "--source", "memory:source/small", "--target", "memory:target/small").code == 0
    (root / "private" / "vault.sh").write_text(USER_DATA)
    (root / "private" / "vault.sh").chmod(0o600)
    policy = yaml.safe_load((root / "policy.yaml").read_text())
    policy["servers"] |= {"user_data": "give", "user_data_files": {"vault": "private/vault.sh"}}
    (root / "policy.yaml").write_text(yaml.safe_dump(policy, sort_keys=False))
    return found


def test_twenty_kinds_are_planted() -> None:
    assert len(TENANT) + len(LOGINS) >= 30 and len(set(SECRETS.values())) == len(TENANT)


def test_no_secret_of_a_tenant_is_printed_or_kept_but_in_private(watched: Watched) -> None:
    root = watched.root
    for line in COMMANDS:
        watched(line)
    fail(said_of="server", path="^/servers$", times=1)
    fail(said_of="volume", path="^/volumes$", times=1)
    fail(said_of="container", path="^/vault", method="PUT", times=1)
    watched("run --execute -v")
    watched("status -f json")
    for line in AFTER:
        watched(line, exits=(0, 3, 4) if "verify" in line or "report" in line else (0, 3))
    is_moved_as_it_was()
    quoted = json.dumps({"error": {"message": f"keys: {word('the temp-url key of a container')}, x"}}).encode()
    assert "hunter" not in faults.error_text(quoted).message
    # What tells differences: between two scans, and between the two sides.
    shutil.copy(root / "source.json", root / "before.json")
    change(worlds["source"])
    change(worlds["target"])
    for line in (f"scan --diff {root}/before.json", f"scan -f json --diff {root}/before.json", "plan", "check"):
        watched(line)
    for line in ("verify", "verify -f json", "report -f md -o -", "report -f json -o -"):
        watched(line, exits=(0, 3, 4))

    assert told(watched.printed, SECRETS) == {}
    assert grep(root, SECRETS, but=("private/user-data/", "private/stacks/", "private/vault.sh")) == {}
    with sqlite3.connect(root / "ledger.db") as ledger:
        rows = {
            name: str(ledger.execute(f"SELECT * FROM {name}").fetchall()) for name in ("steps", "effects", "journal")
        }
    assert told(rows, SECRETS) == {}
    # Everything was planted, and what is to be kept is: a search that finds nothing anywhere is none.
    kept = grep(root / "private", SECRETS)
    assert set(kept) == KEPT
    for path in (root / "private").rglob("*"):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path
    text = (root / "source.json").read_text()
    assert text.count("decamp-concealed:") >= 15 and '"color": "blue, changed"' in text and "debian" in text


def fail(*, said_of: str, path: str, times: int, method: str = "POST") -> None:
    """The target refuses, and quotes all that a request of that kind has sent."""
    # Keys that sign are known once they are read, and a sync key is never sent.
    said = [secret for kind, secret in SECRETS.items() if said_of in kind and " key of a container" not in kind]
    body = json.dumps({"badRequest": {"message": f"Invalid input: {said!r} {json.dumps(said)}", "code": 400}}).encode()
    answer = faults.Answer("compute", method, f"https://new.example/v2.1{path}", 400, {}, body)
    worlds["target"].fail_next(method, path, faults.fault(answer, kind=said_of), times=times)


def is_moved_as_it_was() -> None:
    """Under their keys, byte for byte: concealed is only what lies in the workspace."""
    for kind in ("servers", "volumes"):
        found = {}
        for side in ("source", "target"):
            rows = [row.record for row in getattr(worlds[side], kind).rows.values()]
            (one,) = [row for row in rows if row.name == "vault" and (side == "source" or mark_of(row))]
            own = {key: value for key, value in one.metadata.items() if not key.startswith("decamp")}
            found[side] = own, own_description(one.description), getattr(one, "tags", ())[:1]
        assert found["source"] == found["target"] and found["source"][0]
    source, target = (MemoryCloud(side, world=worlds[side], project="small").objects for side in ("source", "target"))
    assert (
        target.signing_keys("vault").items()
        >= {
            "x-container-meta-temp-url-key": word("the temp-url key of a container"),
            "x-container-meta-temp-url-key-2": word("the second temp-url key"),
        }.items()
    )
    assert target.head("vault", "deed").headers == source.head("vault", "deed").headers
    header = "x-container-meta-db-password"
    assert target.container("vault").headers[header] == source.container("vault").headers[header]
    (image,) = [row.record for row in worlds["target"].images.rows.values() if row.record.name == "vault"]
    assert image.properties["cw_admin_password"] == word("a password in an image property")


UNQUOTED = ("temp-url", "sync key", "header of an object")
"""In no document: nobody knows them but the request that sends them."""


def test_what_a_cloud_quotes_of_a_tenants_secret_is_told_without_it(watched: Watched) -> None:
    """In its own words, whatever it was: in text, in JSON, in another JSON's text."""
    watched("scan")
    for kind, secret in SECRETS.items():
        if kind in KEPT or any(one in kind for one in UNQUOTED):
            continue
        if kind == "a Basic header":
            secret = in_base64(secret)
        if kind == "a password in base64 in metadata":
            secret = in_base64(f"password={secret}")
        for said in (secret, json.dumps(secret), json.dumps(json.dumps({"a": [secret]})), repr([secret])):
            body = json.dumps({"badRequest": {"message": f"no: {said} is too long"}}).encode()
            text = faults.error_text(body).message
            assert not told({"": text}, {kind: secret}) and "too long" in text, text


def test_a_workspace_of_before_is_read_as_it_is_and_mended_by_the_next_scan(watched: Watched) -> None:
    from migrate import encrypted_values

    watched("scan")
    watched("plan")
    seals = {name: seal(watched.root / name) for name in ("source.json", "plan.json")}
    open_up(watched.root)
    assert grep(watched.root, {"x": word("an api_key in server metadata")})
    assert {name: seal(watched.root / name) for name in seals} == seals
    for line in ("check", "approve cut-over --who Ann", "run --execute", "status"):
        watched(line)
    watched("scan")
    watched("plan")
    assert not grep(watched.root, {"x": word("an api_key in server metadata")})
    encrypted_values.use(None)


def seal(path: Path) -> str:
    return str(json.loads(path.read_text())["seal"])


def open_up(root: Path) -> None:
    """As an earlier version wrote it: every value in the open."""
    from migrate import encrypted_values
    from migrate.inventory.inventory_file import read_inventory, write_inventory
    from migrate.plan.plan_file import read_plan, write_plan

    inventory, plan = read_inventory(root / "source.json"), read_plan(root / "plan.json")
    encrypted_values.use(None)
    write_inventory(root / "source.json", inventory)
    write_plan(root / "plan.json", plan)
    (root / "private" / "values.key").unlink()


def test_without_the_key_nothing_is_guessed_and_a_scan_goes_on(watched: Watched) -> None:
    watched("scan")
    watched("plan")
    key = watched.root / "private" / "values.key"
    assert key.stat().st_mode & 0o777 == 0o600 and key.stat().st_size == 32
    key.unlink()
    for lang, words in (("en", "copy private/"), ("fr", "copiez aussi le dossier private/")):
        for line in ("check", "run", "run --execute", "status", "report"):
            refused = watched(f"--lang {lang} {line}", exits=(2,))
            assert codes.VALUES_KEY_MISSING in refused.err and words in refused.err and str(key) in refused.err
    key.write_bytes(b"x" * 32)
    assert codes.VALUES_KEY_MISSING in watched("check", exits=(2,)).err
    watched("scan")
    watched("plan")
    watched("check")


def test_a_value_that_looks_concealed_is_a_value_like_others(decamp: Decamp, tmp_path: Path) -> None:
    source, _ = two_clouds(0.02)
    for row in source.servers.rows.values():
        row.change(metadata={"password": "decamp-concealed:00000000:AAAA", "note": "decamp-concealed:x", "key": "k"})
    root = tmp_path / "work"
    assert decamp("init", root, "--source", "memory:source/small", "--target", "memory:target/small").code == 0
    for line in ("scan", "plan", "approve cut-over --who Ann", "run --execute", "verify"):
        assert decamp("-C", root, *line.split()).code == 0
    (moved,) = worlds["target"].servers.rows.values()
    assert {k: v for k, v in moved.record.metadata.items() if "mark" not in k} == row.record.metadata


# ---------------------------------------------------------------- logins


@dataclass(frozen=True)
class Login:
    """How a secret gets into a login: the entry of clouds.yaml, the environment, the policy."""

    auth: dict[str, str] = field(default_factory=dict)
    entry: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    policy: Callable[[dict[str, Any], str], None] = lambda policy, url: None


def on_s3(policy: dict[str, Any], url: str) -> None:
    policy["target"]["objects"] = {"s3": {"endpoint": url, "region": "us-east-1", "bucket_prefix": "x-"}}


def ledger(query: str, login: str = "me") -> Callable[[dict[str, Any], str], None]:
    def change(policy: dict[str, Any], url: str) -> None:
        policy["ledger"] = f"postgresql://{login}@127.0.0.1:9/x{query}"

    return change


AWS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "plain-secret-key-1"}
LOGINS = {
    "a password of clouds.yaml": Login(auth={"password": "SECRET"}),
    "an application credential": Login(
        auth={"application_credential_id": "a1", "application_credential_secret": "SECRET"},
        entry={"auth_type": "v3applicationcredential"},
    ),
    "a token": Login(auth={"token": "SECRET"}, entry={"auth_type": "v3token"}),
    "a password in auth_url": Login(auth={"password": "plain", "auth_url": "USERINFO"}),
    "a token in the query of auth_url": Login(auth={"password": "plain", "auth_url": "QUERY"}),
    "a proxy with a login": Login(
        auth={"password": "plain"}, environment={"http_proxy": "http://me:SECRET@127.0.0.1:9"}
    ),
    "a key of S3": Login(environment={**AWS, "AWS_SECRET_ACCESS_KEY": "SECRET"}, policy=on_s3),
    "a session token of S3": Login(environment={**AWS, "AWS_SESSION_TOKEN": "SECRET"}, policy=on_s3),
    "a password in the ledger's address": Login(policy=ledger("", "me:SECRET")),
    "sslpassword in the ledger's address": Login(policy=ledger("?sslpassword=SECRET")),
    "a password of the ledger's environment": Login(environment={"PGPASSWORD": "SECRET"}, policy=ledger("")),
}


@pytest.fixture
def echo() -> Iterator[FakeServer]:
    """A cloud that refuses everything, and quotes the whole request."""
    fake = FakeServer()

    def quoting(status: int) -> Callable[[Seen], Reply]:
        def answer(seen: Seen) -> Reply:
            said = f"{seen.headers} {seen.query} {seen.body.decode()}"
            return Reply(status, {"error": {"message": said, "code": status}})

        return answer

    fake.on("(GET|HEAD|PUT) .*", quoting(403))
    keystone(fake)
    fake.on("POST /v3/auth/tokens", quoting(401))
    yield fake
    fake.close()


@pytest.mark.parametrize("kind", LOGINS)
def test_no_secret_of_a_login_is_printed_or_kept(
    decamp: Decamp, echo: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    two_clouds(0.02)
    login = LOGINS[kind]
    secret = re.sub(r"\W+", "-", f"hunter-{kind}-2")

    def filled(text: str) -> str:
        text = text.replace("USERINFO", echo.url.replace("://", f"://me:{secret}@") + "/v3")
        return text.replace("QUERY", f"{echo.url}/v3?token={secret}").replace("SECRET", secret)

    auth = {"auth_url": f"{echo.url}/v3", "username": "me", "project_name": "shop"}
    auth |= {"user_domain_name": "Default", "project_domain_name": "Default"}
    is_other = bool(login.entry)
    auth = {k: v for k, v in auth.items() if not is_other or k == "auth_url"} | {
        key: filled(value) for key, value in login.auth.items()
    }
    path = tmp_path / "clouds.yaml"
    path.write_text(yaml.safe_dump({"clouds": {"old": {"auth": auth, "region_name": "fr1", **login.entry}}}))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
    for key, value in login.environment.items():
        monkeypatch.setenv(key, filled(value))
    root = tmp_path / "work"
    watched = Watched(decamp, root)
    source = "old" if login.auth else "memory:source/small"
    assert decamp("init", root, "--source", source, "--target", "memory:target/small").code == 0
    policy = yaml.safe_load((root / "policy.yaml").read_text())
    login.policy(policy, echo.url)
    (root / "policy.yaml").write_text(filled(yaml.safe_dump(policy, sort_keys=False)))
    failed = False
    for line in (
        "scan",
        "-v scan",
        "scan -f json",
        "check",
        "plan",
        "run",
        "-v run --execute",
        "status",
        "status -f json",
    ):
        failed |= watched(line, exits=(0, 1, 2, 3, 5, 6)).code != 0
    for line in ("verify -v", "report -f md -o -", "--lang fr scan"):
        watched(line, exits=(0, 1, 2, 3, 4, 5, 6))
    assert failed
    if login.auth:
        # It has reached the cloud, which has quoted it.
        assert kind.startswith(("a proxy", "a password in auth", "a token in the q")) or any(
            secret.encode() in seen.body for seen in echo.seen
        )
    assert told(watched.printed, {kind: secret}) == {}
    # What the operator has written down there himself, and is told not to.
    typed = ("policy.yaml",) if "address" in kind else ()
    assert grep(root, {kind: secret}, but=typed) == {}
