"""Every way to log in that clouds.yaml knows, regions, interfaces, and addresses where nobody is."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from migrate.cli.connect import connect
from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
from migrate.cli.workspace import Workspace
from migrate.clouds.guard import NoGuard, SourceGuard
from migrate.clouds.http.client import RetryPolicy
from migrate.clouds.openstack.cloud import OpenStackCloud
from migrate.clouds.openstack.config import open_cloud
from migrate.errors import AccessError, ConfigError, Exit, TransientError, Unsupported
from migrate.messages import codes
from migrate.messages.catalogue import text
from migrate.plan.two_projects import refuse_same_names
from tests.openstack.fake_openstack import NO_NETWORKS, PASSWORD, PROJECT, FakeServer, Reply, Seen, keystone

EXPIRES = "2099-01-01T00:00:00Z"
DOMAINS = {"user_domain_name": "Default", "project_domain_name": "Default"}

Write = Callable[..., None]


@pytest.fixture
def entry(fake: FakeServer, clouds_yaml: Path) -> Write:
    """Makes `shop` this entry; `auth` has the address already, by the identity version that is asked for."""

    def write(auth: dict[str, str], *, path: str = "/v3", **more: Any) -> None:
        whole = {"auth": {"auth_url": f"{fake.url}{path}", **auth}, "region_name": "fr1", **more}
        clouds_yaml.write_text(yaml.safe_dump({"clouds": {"shop": whole}}))

    return write


def opened(gatekeeper: SourceGuard | NoGuard | None = None, region: str = "") -> OpenStackCloud:
    retries = RetryPolicy(attempts=3, sleep=lambda seconds: None)
    return open_cloud("shop", gatekeeper or SourceGuard(), region=region, retries=retries)


def keystone_v2(fake: FakeServer, *, catalogue: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """An identity service of version 2.0 alone; what logins sent is in the list."""
    sent: list[dict[str, Any]] = []

    def token(seen: Seen) -> Reply:
        sent.append(seen.json["auth"])
        user = {"id": "u1", "name": "me", "username": "me", "roles": []}
        tenant = {"id": PROJECT, "name": "shop"}
        issued = {"id": "token-1", "expires": EXPIRES, "issued_at": "2026-01-01T00:00:00Z", "tenant": tenant}
        return Reply(200, {"access": {"token": issued, "user": user, "serviceCatalog": catalogue or network(fake.url)}})

    links = [{"rel": "self", "href": f"{fake.url}/v2.0/"}]
    version = {"id": "v2.0", "status": "stable", "links": links}
    fake.on("GET /v2.0/?", Reply(200, {"version": version}))
    fake.on("GET /", Reply(300, {"versions": {"values": [version]}}))
    fake.on("POST /v2.0/tokens", token)
    fake.on("GET /network/v2.0/.*", Reply(200, NO_NETWORKS))
    return sent


def network(url: str) -> list[dict[str, Any]]:
    addresses = {"publicURL": f"{url}/network", "internalURL": f"{url}/inner", "adminURL": f"{url}/admin"}
    return [{"type": "network", "name": "neutron", "endpoints": [{"region": "fr1", **addresses}]}]


# ---------------------------------------------------------------- kinds of logins


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"auth_type": "v2password"}, "/v2.0"),
        ({"auth_type": "v2password", "identity_api_version": 2}, "/v2.0"),
        ({"identity_api_version": "2"}, "/v2.0"),
        ({"identity_api_version": "2.0"}, ""),
        ({"auth_type": "password", "identity_api_version": 2.0}, ""),
    ],
)
def test_identity_2_takes_no_domains_and_is_given_none(
    fake: FakeServer, entry: Write, more: dict[str, Any], path: str
) -> None:
    """Copied entries name domains all the same: a login by version 2.0 has no word for them."""
    sent = keystone_v2(fake)
    entry({"username": "me", "password": PASSWORD, "project_name": "shop", **DOMAINS}, path=path, **more)
    cloud = opened()
    assert (cloud.identity().project_id, cloud.network.state().networks) == (PROJECT, ())
    assert sent == [{"passwordCredentials": {"username": "me", "password": PASSWORD}, "tenantName": "shop"}]


def test_domains_for_an_identity_service_that_knows_none(fake: FakeServer, entry: Write) -> None:
    keystone_v2(fake)
    entry({"username": "me", "password": PASSWORD, "project_name": "shop", **DOMAINS}, path="/v2.0")
    with pytest.raises(AccessError) as caught:
        opened().identity()
    assert caught.value.code == codes.UNREACHABLE
    assert "domain" in str(caught.value.facts["reason"])


@pytest.mark.parametrize("by", ["id", "name"])
def test_an_application_credential(fake: FakeServer, entry: Write, by: str) -> None:
    keystone(fake)
    auth = {f"application_credential_{by}": "mover", "application_credential_secret": "s"}
    more = {"username": "me", "user_domain_name": "Default"} if by == "name" else {}
    entry({**auth, **more}, auth_type="v3applicationcredential")
    assert opened().identity().project_id == PROJECT
    sent = fake.calls("POST /v3/auth/tokens")[0].json["auth"]["identity"]
    assert sent["methods"] == ["application_credential"]
    assert sent["application_credential"][by] == "mover"


@pytest.mark.parametrize("auth_type", ["token", "v3token"])
def test_a_bare_token_ends_and_says_when(fake: FakeServer, entry: Write, auth_type: str) -> None:
    keystone(fake)
    entry({"token": "bare", "project_name": "shop", "project_domain_name": "Default"}, auth_type=auth_type)
    cloud = opened()
    assert cloud.identity().project_id == PROJECT
    assert cloud._login.ends_at == EXPIRES
    sent = fake.calls("POST /v3/auth/tokens")[0].json["auth"]
    assert sent["identity"] == {"methods": ["token"], "token": {"id": "bare"}}
    assert sent["scope"]["project"]["name"] == "shop"


@pytest.mark.parametrize("project", [{"project_name": "shop"}, {"tenant_name": "shop"}])
@pytest.mark.parametrize(("auth_type", "version"), [("v2token", ""), ("token", "2")])
def test_a_bare_token_of_identity_2(
    fake: FakeServer, entry: Write, auth_type: str, version: str, project: dict[str, str]
) -> None:
    sent = keystone_v2(fake)
    more = {"identity_api_version": version} if version else {}
    entry({"token": "bare", **project, **DOMAINS}, path="/v2.0", auth_type=auth_type, **more)
    assert opened()._login.ends_at == EXPIRES
    assert sent == [{"token": {"id": "bare"}, "tenantName": "shop"}]


def test_a_bare_token_that_has_ended(fake: FakeServer, entry: Write) -> None:
    keystone(fake)
    fake.on("POST /v3/auth/tokens", Reply(401, {"error": {"message": "no", "code": 401}}))
    entry({"token": "bare", "project_id": PROJECT}, auth_type="v3token")
    with pytest.raises(AccessError) as caught:
        opened().identity()
    assert (caught.value.code, caught.value.facts["user"]) == (codes.LOGIN_REFUSED, "token")
    assert "bare" not in str(caught.value)


def test_a_password_renews_itself(fake: FakeServer, entry: Write) -> None:
    keystone(fake)
    entry({"username": "me", "password": PASSWORD, "project_name": "shop", **DOMAINS})
    assert opened()._login.ends_at is None


@pytest.mark.parametrize(
    ("more", "needed"),
    [
        ({"auth": {"username": "me"}}, "password"),
        ({"auth": {"password": "hunter2"}}, "username or user_id"),
        ({"auth_type": "v2password", "auth": {"username": "me"}}, "password"),
        ({"auth_type": "v3applicationcredential", "auth": {"application_credential_id": "a"}}, "secret"),
        ({"auth_type": "v3token", "auth": {"project_id": "p"}}, "token"),
        ({"auth_type": "v3oidcpassword", "auth": {}}, "v3oidcpassword"),
        ({"auth_type": "no-such-type", "auth": {}}, "no-such-type"),
        ({"auth_type": "v2password", "auth": {"username": "me", "password": "hunter2", "colour": "red"}}, "colour"),
    ],
)
def test_an_entry_that_cannot_log_in(clouds_yaml: Path, more: dict[str, Any], needed: str) -> None:
    whole = {**more, "auth": {"auth_url": "http://127.0.0.1:1/v3", **more["auth"]}}
    clouds_yaml.write_text(yaml.safe_dump({"clouds": {"shop": whole}}))
    with pytest.raises(ConfigError) as caught:
        opened()
    assert caught.value.code == codes.CLOUD_UNKNOWN
    assert needed in str(caught.value.facts["why"])
    assert "hunter2" not in str(caught.value)


# ---------------------------------------------------------------- regions


def two_regions(fake: FakeServer) -> None:
    """fr1 and fr2 in one catalogue, each with a network service of its own; an object store in fr1 alone."""
    keystone(fake)
    ends = [
        {"id": region, "interface": "public", "region": region, "region_id": region, "url": f"{fake.url}/{region}"}
        for region in ("fr1", "fr2")
    ]
    store = [{**ends[0], "url": f"{fake.url}/swift/v1/AUTH_{PROJECT}"}]
    catalogue = [
        {"id": "n", "name": "neutron", "type": "network", "endpoints": ends},
        {"id": "s", "name": "swift", "type": "object-store", "endpoints": store},
    ]
    token = {
        "methods": ["password"],
        "user": {"id": "u1", "name": "me", "domain": {"id": "default", "name": "Default"}},
        "project": {"id": PROJECT, "name": "shop", "domain": {"id": "default", "name": "Default"}},
        "issued_at": "2026-01-01T00:00:00.000000Z",
        "expires_at": "2099-01-01T00:00:00.000000Z",
        "catalog": catalogue,
    }
    fake.on("POST /v3/auth/tokens", Reply(201, {"token": token}, {"X-Subject-Token": "token-1"}))
    fake.on("GET /fr[12]/v2.0/.*", Reply(200, NO_NETWORKS))


USER = {"username": "me", "password": PASSWORD, "project_name": "shop", **DOMAINS}
SEVERAL: list[dict[str, Any]] = [
    {"regions": ["fr1", "fr2"], "region_name": None},
    {"regions": [{"name": "fr1"}, {"name": "fr2", "values": {"interface": "public"}}], "region_name": None},
    {"region_name": "fr1,fr2"},
]


def with_regions(entry: Write, more: dict[str, Any]) -> None:
    entry(USER, **more)


@pytest.mark.parametrize("more", SEVERAL)
@pytest.mark.parametrize("region", ["fr1", "fr2"])
def test_the_region_that_is_named_is_the_one_that_is_asked(
    fake: FakeServer, entry: Write, more: dict[str, Any], region: str
) -> None:
    two_regions(fake)
    with_regions(entry, more)
    cloud = opened(region=region)
    assert cloud.identity().region == region
    assert cloud.network.state().networks == ()
    asked = {seen.path.split("/")[1] for seen in fake.seen if seen.path.startswith("/fr")}
    assert asked == {region}


@pytest.mark.parametrize("more", SEVERAL)
def test_of_several_regions_one_must_be_named(clouds_yaml: Path, entry: Write, more: dict[str, Any]) -> None:
    with_regions(entry, more)
    with pytest.raises(ConfigError) as caught:
        opened()
    assert (caught.value.code, caught.value.facts) == (codes.REGION_AMBIGUOUS, {"cloud": "shop", "known": "fr1, fr2"})


@pytest.mark.parametrize("more", [*SEVERAL, {"region_name": "fr1"}])
def test_a_region_that_the_entry_does_not_have(entry: Write, more: dict[str, Any]) -> None:
    with_regions(entry, more)
    with pytest.raises(AccessError) as caught:
        connect("shop", NoGuard(), region="fr3")
    assert caught.value.code == codes.REGION_UNKNOWN
    assert caught.value.facts["region"] == "fr3"


def test_an_entry_without_a_region_on_a_cloud_with_several(fake: FakeServer, entry: Write) -> None:
    """keystoneauth would take the first of each service, perhaps of two regions."""
    two_regions(fake)
    entry(USER, region_name=None)
    with pytest.raises(ConfigError) as caught:
        opened().identity()
    assert (caught.value.code, caught.value.facts["known"]) == (codes.REGION_AMBIGUOUS, "fr1, fr2")
    assert opened(region="fr2").identity().region == "fr2"


def test_a_service_of_another_region_is_none_of_ours(fake: FakeServer, entry: Write) -> None:
    two_regions(fake)
    entry(USER, region_name="fr2")
    cloud = opened()
    assert cloud._login.services() == ("network",)
    with pytest.raises(Unsupported) as caught:
        cloud.objects.containers()
    assert caught.value.code == codes.SERVICE_MISSING


def test_the_addresses_of_a_region_are_its_own(fake: FakeServer, entry: Write) -> None:
    two_regions(fake)
    entry(USER, region_name="fr1")
    cloud = opened()
    assert cloud.endpoints() == {
        "network": (f"{fake.url}/fr1",),
        "object-store": (f"{fake.url}/swift/v1/AUTH_{PROJECT}",),
    }
    assert cloud.identity().project_domain_id == "default"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://me:hunter2@swift.example/v1?sig=x#y", ("http://swift.example/v1",)),
        ("HTTPS://[2001:db8::1]:8080/v1", ("https://[2001:db8::1]:8080/v1",)),
        ("http://swift.example:99999999/v1", None),
        ("http://swift.example/\ud800", None),
        ("nowhere", None),
    ],
)
def test_an_odd_address_of_the_catalogue_is_no_end_of_a_scan(
    fake: FakeServer, entry: Write, url: str, kept: tuple[str, ...] | None
) -> None:
    ends = [{"region": "fr1", "publicURL": url}]
    keystone_v2(fake, catalogue=[{"name": "swift", "type": "object-store", "endpoints": ends}])
    entry({"username": "me", "password": "hunter2", "project_name": "shop"}, path="/v2.0")
    assert opened().endpoints().get("object-store") == kept


@pytest.mark.parametrize(("region", "code"), [("fr1", Exit.USAGE), ("fr2", Exit.OK)])
def test_two_entries_that_lead_to_one_project_and_region(
    fake: FakeServer, clouds_yaml: Path, tmp_path: Path, region: str, code: Exit
) -> None:
    two_regions(fake)
    one = {"auth": {"auth_url": f"{fake.url}/v3", **USER}, "region_name": "fr1"}
    other = {"auth": {**USER, "auth_url": f"{fake.url}/v3/".replace("127.0.0.1", "localhost")}, "region_name": region}
    clouds_yaml.write_text(yaml.safe_dump({"clouds": {"old": one, "new": other}}))
    args = ["init", str(tmp_path / "w"), "--source", "old", "--target", "new"]
    assert run_guarded(make_group(), args) == code
    assert (tmp_path / "w").exists() == (code == Exit.OK)


def test_one_entry_of_several_regions_may_be_both_ends(fake: FakeServer, entry: Write, tmp_path: Path) -> None:
    two_regions(fake)
    entry(USER, regions=["fr1", "fr2"], region_name=None)
    root = tmp_path / "w"
    assert run_guarded(make_group(), ["init", str(root), "--source", "shop", "--target", "shop"]) == Exit.OK
    policy = Workspace(root).policy()
    with pytest.raises(ConfigError) as caught:
        refuse_same_names(policy)
    assert caught.value.code == codes.SAME_CLOUD_TWICE
    with pytest.raises(ConfigError):
        refuse_same_names(replace(policy, source_region="fr1", target_region="fr1"))
    refuse_same_names(replace(policy, source_region="fr1", target_region="fr2"))


# ---------------------------------------------------------------- interfaces


@pytest.mark.parametrize(("interface", "path"), [("public", "network"), ("internal", "inner"), ("admin", "admin")])
@pytest.mark.parametrize("key", ["interface", "endpoint_type", "network_interface"])
def test_the_interface_that_is_named(fake: FakeServer, entry: Write, key: str, interface: str, path: str) -> None:
    keystone_v2(fake)
    fake.on(f"GET /{path}/v2.0/.*", Reply(200, NO_NETWORKS))
    entry({"username": "me", "password": "hunter2", "project_name": "shop"}, path="/v2.0", **{key: interface})
    opened().network.state()
    asked = {seen.path.split("/")[1] for seen in fake.seen if "/v2.0/net" in seen.path}
    assert asked == {path}


def test_an_interface_that_the_service_does_not_have(fake: FakeServer, entry: Write) -> None:
    keystone(fake)
    entry(USER, interface="internal")
    with pytest.raises(AccessError) as caught:
        opened().compute.keypairs()
    assert caught.value.code == codes.ENDPOINT_UNKNOWN
    assert {k: caught.value.facts[k] for k in ("service", "interface", "known")} == {
        "service": "compute",
        "interface": "internal",
        "known": "public",
    }


# ---------------------------------------------------------------- where nobody is


def nobody() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


DEAD: dict[str, tuple[str, Callable[[OpenStackCloud], object]]] = {
    "compute": ("/v2.1", lambda cloud: cloud.compute.keypairs()),
    "block-storage": (f"/v3/{PROJECT}", lambda cloud: cloud.block.volumes()),
    "image": ("", lambda cloud: cloud.images.images()),
    "network": ("", lambda cloud: cloud.network.state()),
    "object-store": (f"/v1/AUTH_{PROJECT}", lambda cloud: cloud.objects.containers()),
}


@pytest.mark.parametrize("service", DEAD)
def test_one_dead_address_is_named_though_the_login_works(fake: FakeServer, entry: Write, service: str) -> None:
    keystone(fake)
    path, ask = DEAD[service]
    url = nobody() + path
    entry(USER, **{f"{service.replace('-', '_')}_endpoint_override": url})
    cloud = opened()
    assert cloud.identity().project_id == PROJECT
    with pytest.raises(AccessError) as caught:
        ask(cloud)
    assert (caught.value.code, caught.value.facts["url"], caught.value.exit) == (codes.UNREACHABLE, url, 6)
    sentence = text(codes.UNREACHABLE, "en", caught.value.facts)
    assert url in sentence and service in sentence


def test_a_dead_address_in_the_catalogue(fake: FakeServer, entry: Write) -> None:
    url = nobody()
    keystone_v2(fake, catalogue=[{"type": "network", "endpoints": [{"region": "fr1", "publicURL": url}]}])
    entry({"username": "me", "password": "hunter2", "project_name": "shop"}, path="/v2.0")
    with pytest.raises(AccessError) as caught:
        opened().network.state()
    assert (caught.value.code, caught.value.facts["url"]) == (codes.UNREACHABLE, url)


def test_silence_of_a_service_that_has_answered_may_pass(fake: FakeServer, entry: Write) -> None:
    keystone(fake)
    fake.on("GET /compute/v2.1/os-keypairs", Reply(hang_up=True))
    entry(USER)
    with pytest.raises(TransientError):
        opened().compute.keypairs()


def test_a_login_that_breaks_later_is_told_from_a_service_that_breaks(fake: FakeServer, entry: Write) -> None:
    """The service rejects the token, and the identity service gives no other for now."""
    keystone(fake)
    entry(USER)
    cloud = opened()
    cloud.identity()
    fake.on("GET /compute/v2.1/os-keypairs", Reply(401, {"error": {"message": "no", "code": 401}}))
    fake.on("POST /v3/auth/tokens", Reply(503))
    with pytest.raises(AccessError) as caught:
        cloud.compute.keypairs()
    assert (caught.value.code, caught.value.facts["url"]) == (codes.UNREACHABLE, f"{fake.url}/v3")
    fake.on("POST /v3/auth/tokens", Reply(401))
    with pytest.raises(AccessError) as caught:
        cloud.compute.keypairs()
    assert caught.value.code == codes.LOGIN_REFUSED


def test_making_sure_that_somebody_is_there_carries_no_token(fake: FakeServer, entry: Write) -> None:
    keystone(fake)
    fake.on("GET /network/v2.0/.*", Reply(200, NO_NETWORKS))
    entry(USER)
    cloud = opened()
    for _ in range(2):
        cloud.network.state()
    greetings = [one for one in fake.seen if one.path == "/"]
    assert len(greetings) == 1
    assert "x-auth-token" not in greetings[0].headers


@pytest.mark.parametrize("more", ["", "?password=hunter2"])
def test_a_login_in_the_address_is_neither_sent_nor_told(fake: FakeServer, entry: Write, more: str) -> None:
    keystone(fake)
    entry({"username": "me", "password": PASSWORD, "project_name": "shop", **DOMAINS})
    address = fake.url.replace("http://", "http://admin:hunter2@") + f"/v3{more}"
    entry({"auth_url": address, "username": "me", "password": PASSWORD, "project_name": "shop", **DOMAINS})
    cloud = opened()
    assert cloud.identity().auth_url == f"{fake.url}/v3"
    assert not any("authorization" in seen.headers for seen in fake.seen)
    entry({"auth_url": address, "username": "me", "password": "wrong", "project_name": "shop", **DOMAINS})
    with pytest.raises(AccessError) as refused:
        opened().identity()
    assert "hunter2" not in str(refused.value)
