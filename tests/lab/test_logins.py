"""Every way to log in, on real identity services; the bare token and the credential that end say when.

And a login that one service refuses: the scan goes on, says what is unknown, and the right login sees it.
"""

import json
import secrets
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrate.cli.connect import connect
from migrate.clouds.guard import SourceGuard
from migrate.errors import AccessError
from migrate.messages import codes
from migrate.model import CloudFacts, Identity
from tests.lab.harness import HOME, LAB, ROOT, Workspace, fresh, openstack, run

pytestmark = pytest.mark.lab

PROJECT = "test-logins"
CLOUD = f"source-{PROJECT}"


@pytest.fixture(scope="module")
def tenant(lab: None) -> dict[str, Any]:
    """The lab's own entry of the tenant, which logs in by password."""
    fresh(str(ROOT / "tests/lab/bare.json"), PROJECT)
    entry: dict[str, Any] = yaml.safe_load((HOME / "clouds.yaml").read_text())["clouds"][CLOUD]
    return entry


@pytest.fixture
def log_in(
    tenant: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Identity, CloudFacts]]:
    """Logs in with another `auth`, and reads something of every service."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def as_(auth_type: str, auth: dict[str, str], **more: Any) -> tuple[Identity, CloudFacts]:
        whole = {**tenant, **more, "auth_type": auth_type, "auth": {"auth_url": tenant["auth"]["auth_url"], **auth}}
        path = tmp_path / "clouds.yaml"
        path.write_text(yaml.safe_dump({"clouds": {"shop": whole}}))
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
        cloud = connect("shop", SourceGuard())
        assert [volume.name for volume in cloud.block.volumes()] and cloud.network.state().ports
        return cloud.identity(), cloud.facts()

    return as_


@pytest.fixture
def credential(tenant: dict[str, Any]) -> Iterator[Callable[..., dict[str, str]]]:
    """Makes application credentials, and removes them."""
    made: list[str] = []

    def make(*options: str) -> dict[str, str]:
        answer = openstack(CLOUD, "application", "credential", "create", f"test-{uuid.uuid4().hex[:8]}", *options)
        found = {key.lower(): value for key, value in answer.items()}
        made.append(found["id"])
        return {key: str(found[key]) for key in ("id", "name", "secret")}

    yield make
    for credential_id in made:
        run(LAB / ".venv/bin/openstack", "--os-cloud", CLOUD, "application", "credential", "delete", credential_id)


def test_a_password(tenant: dict[str, Any], log_in: Callable[..., tuple[Identity, CloudFacts]]) -> None:
    identity, facts = log_in("password", tenant["auth"])
    assert (identity.project_name, facts.login_ends_at) == (PROJECT, None)


def test_an_application_credential(
    credential: Callable[..., dict[str, str]], log_in: Callable[..., tuple[Identity, CloudFacts]]
) -> None:
    made = credential()
    auth = {"application_credential_id": made["id"], "application_credential_secret": made["secret"]}
    identity, facts = log_in("v3applicationcredential", auth)
    assert (identity.project_name, facts.login_ends_at) == (PROJECT, None)


def test_an_application_credential_by_name_that_ends(
    tenant: dict[str, Any],
    credential: Callable[..., dict[str, str]],
    log_in: Callable[..., tuple[Identity, CloudFacts]],
) -> None:
    ends = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0, tzinfo=None).isoformat()
    made = credential("--expiration", ends)
    auth = {"application_credential_name": made["name"], "application_credential_secret": made["secret"]}
    user = {key: tenant["auth"][key] for key in ("username", "user_domain_name")}
    identity, facts = log_in("v3applicationcredential", {**auth, **user})
    assert (identity.project_name, facts.login_ends_at) == (PROJECT, f"{ends}Z")


@pytest.mark.parametrize("auth_type", ["token", "v3token"])
def test_a_bare_token(
    tenant: dict[str, Any], log_in: Callable[..., tuple[Identity, CloudFacts]], auth_type: str
) -> None:
    """It may be used as it is, and what it gives ends when it does."""
    issued = openstack(CLOUD, "token", "issue")
    scope = {key: tenant["auth"][key] for key in ("project_name", "project_domain_name")}
    identity, facts = log_in(auth_type, {"token": issued["id"], **scope})
    assert identity.project_name == PROJECT
    assert facts.login_ends_at and datetime.fromisoformat(facts.login_ends_at) == datetime.fromisoformat(
        issued["expires"].replace("+0000", "+00:00")
    )


def test_a_token_that_was_revoked(tenant: dict[str, Any], log_in: Callable[..., tuple[Identity, CloudFacts]]) -> None:
    issued = openstack(CLOUD, "token", "issue")
    run(LAB / ".venv/bin/openstack", "--os-cloud", CLOUD, "token", "revoke", issued["id"])
    with pytest.raises(AccessError) as caught:
        log_in("v3token", {"token": issued["id"], "project_id": issued["project_id"]})
    assert caught.value.code == codes.LOGIN_REFUSED
    assert issued["id"] not in str(caught.value)


@pytest.mark.parametrize("interface", ["internal", "public"])
def test_an_interface(
    tenant: dict[str, Any], log_in: Callable[..., tuple[Identity, CloudFacts]], interface: str
) -> None:
    assert log_in("password", tenant["auth"], interface=interface)[1].services


def test_an_interface_that_the_catalogue_does_not_have(
    tenant: dict[str, Any], log_in: Callable[..., tuple[Identity, CloudFacts]]
) -> None:
    with pytest.raises(AccessError) as caught:
        log_in("password", tenant["auth"], interface="admin")
    assert (caught.value.code, caught.value.facts["known"]) == (codes.ENDPOINT_UNKNOWN, "internal, public")


def test_a_region_that_the_policy_names(tenant: dict[str, Any], tmp_path: Path) -> None:
    """An entry with several: `init` takes it, `scan` wants to know which, and reads the one that is named."""
    clouds = yaml.safe_load((HOME / "clouds.yaml").read_text())["clouds"]
    entry = {key: value for key, value in clouds[CLOUD].items() if key != "region_name"}
    several = {**entry, "regions": ["elsewhere", clouds[CLOUD]["region_name"]]}
    path = tmp_path / "clouds.yaml"
    path.write_text(yaml.safe_dump({"clouds": {CLOUD: several, f"target-{PROJECT}": clouds[f"target-{PROJECT}"]}}))
    workspace = Workspace(tmp_path / "ws", PROJECT, clouds=path)
    workspace.init()
    refused = workspace.decamp("scan", expect=2).stderr
    assert codes.REGION_AMBIGUOUS in refused and "elsewhere, fr1" in refused
    policy = workspace.root / "policy.yaml"
    wanted = yaml.safe_load(policy.read_text())
    wanted["source"] = {**_as_map(wanted["source"]), "region": "fr1"}
    policy.write_text(yaml.safe_dump(wanted))
    workspace.decamp("scan")
    assert json.loads((workspace.root / "source.json").read_text())["identity"]["region"] == "fr1"
    wanted["source"]["region"] = "elsewhere"
    policy.write_text(yaml.safe_dump(wanted))
    assert codes.REGION_UNKNOWN in workspace.decamp("scan", expect=6).stderr


@pytest.fixture
def with_reader(tenant: dict[str, Any], tmp_path: Path) -> Iterator[Path]:
    """The lab's logins, and `reader-…`: a user of the tenant's project who may read everything but its containers."""
    admin: list[str | Path] = [LAB / ".venv/bin/openstack", "--os-cloud", "source-admin"]
    user, password = f"reader-{secrets.token_hex(4)}", secrets.token_hex(12)
    run(*admin, "role", "create", "--or-show", "reader")
    run(*admin, "user", "create", "--password", password, user)
    run(*admin, "role", "add", "--user", user, "--project", PROJECT, "reader")
    known = yaml.safe_load((HOME / "clouds.yaml").read_text())
    known["clouds"][f"reader-{PROJECT}"] = tenant | {"auth": tenant["auth"] | {"username": user, "password": password}}
    path = tmp_path / "clouds.yaml"
    path.write_text(yaml.safe_dump(known))
    yield path
    run(*admin, "user", "delete", user)


def test_a_refused_service_ends_no_scan_and_is_named(with_reader: Path, tmp_path: Path) -> None:
    """The referee: `openstack`, as that user."""
    asked: list[str | Path] = [LAB / ".venv/bin/openstack", "--os-cloud", f"reader-{PROJECT}"]
    refused = run(*asked, "container", "list", check=False, clouds=with_reader)
    assert refused.returncode and "403" in refused.stderr
    assert run(*asked, "volume", "list", "-f", "value", clouds=with_reader).stdout

    workspace = Workspace(tmp_path / "ws", PROJECT, source="reader", clouds=with_reader)
    workspace.init()
    scan = workspace.decamp("scan", expect=3)
    assert "NOT listed: containers (object-store: HTTP 403)" in scan.stderr
    seen = json.loads(workspace.decamp("scan", "-f", "json", expect=3).stdout)["source"]
    assert seen["counts"]["volumes"] and [row["name"] for row in seen["unlisted"]] == ["container"]
    rows = json.loads(workspace.decamp("check", "-f", "json", expect=None).stdout)
    (found,) = [row for row in rows if row["code"] == codes.SOURCE_LISTING_REFUSED]
    assert (found["level"], found["facts"]["listing"]) == ("loses", "container")
    path = workspace.root / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    policy["scan"]["skip"] = ["object-store"]
    path.write_text(yaml.safe_dump(policy))
    assert "excluded from the scan: containers" in workspace.decamp("scan").stderr

    right = Workspace(tmp_path / "right", PROJECT, clouds=with_reader)
    right.init()
    assert "NOT listed" not in right.decamp("scan").stderr


def _as_map(source: Any) -> dict[str, Any]:
    return source if isinstance(source, dict) else {"cloud": source}
