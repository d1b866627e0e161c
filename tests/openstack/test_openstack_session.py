"""Every request of a login passes the gatekeeper, named as SourceGuard expects it; retries; renewal; logins."""

from pathlib import Path

import pytest
import requests
import yaml

from migrate.cli.connect import connect
from migrate.clouds.guard import NoGuard, Request, SourceGuard
from migrate.clouds.openstack.guarded_session import ServiceMap
from migrate.clouds.ports import NewVolume, ObjectInfo
from migrate.errors import AccessError, ConfigError, Denied, TransientError, Unsupported
from migrate.messages import codes
from migrate.model import Network
from tests.openstack.fake_openstack import NO_NETWORKS, PROJECT, FakeServer, Open, Reply, keystone

VOLUME = {"id": "v1", "name": "v", "size": 1, "status": "available"}


def services() -> ServiceMap:
    known = ServiceMap()
    known.learn("identity", "https://cloud.example/v3")
    known.learn("compute", "https://cloud.example/compute/v2.1")
    known.learn("volumev2", f"https://cloud.example:8776/v2/{PROJECT}")
    known.learn("image", "https://image.example")
    known.learn("network", "https://cloud.example:9696")
    known.learn("object-store", f"https://cloud.example:8080/v1/AUTH_{PROJECT}")
    known.learn_project(PROJECT)
    return known


@pytest.mark.parametrize(
    ("url", "service", "path"),
    [
        ("https://cloud.example/v3/auth/tokens", "identity", "/v3/auth/tokens"),
        ("https://cloud.example/v2.0/tokens", "identity", "/v2.0/tokens"),
        ("https://cloud.example/compute/v2.1/servers/s1/action", "compute", "/servers/s1/action"),
        ("https://cloud.example/compute/v2.1", "compute", "/"),
        (f"https://cloud.example/compute/v2/{PROJECT}/servers", "compute", "/servers"),
        (f"https://cloud.example:8776/v2/{PROJECT}/volumes/v1", "block-storage", "/volumes/v1"),
        (f"https://cloud.example:8776/v3/{PROJECT}/volumes/v1?force=1", "block-storage", "/volumes/v1"),
        ("https://cloud.example:8776/v3/volumes", "block-storage", "/volumes"),
        ("https://image.example/v2/images/i1/file", "image", "/images/i1/file"),
        ("https://cloud.example:9696/v2.0/networks", "network", "/networks"),
        (f"https://cloud.example:8080/v1/AUTH_{PROJECT}/c/v1/o//x", "object-store", "/c/v1/o//x"),
        (f"https://cloud.example:8080/v1/AUTH_{PROJECT}", "object-store", "/"),
        ("https://cloud.example.evil/compute/v2.1/servers", "unknown", "/compute/v2.1/servers"),
        ("https://elsewhere/v2.1/servers", "unknown", "/v2.1/servers"),
    ],
)
def test_a_url_is_told_by_the_catalogue(url: str, service: str, path: str) -> None:
    assert services().locate(url) == (service, path)


def test_unknown_addresses_are_never_written_to() -> None:
    with pytest.raises(Denied):
        SourceGuard().check(Request("POST", *services().locate("https://elsewhere/v3/auth/tokens")))


def test_all_requests_pass_the_gatekeeper(
    fake: FakeServer, open_shop: Open, requests_seen: list[tuple[Request, int | None]]
) -> None:
    cloud = open_shop()
    fake.on(f"GET /volume/v3/{PROJECT}/volumes/v1", Reply(200, {"volume": VOLUME}))
    fake.on("GET /swift/.*", Reply(200, b"", {"Content-Type": "a/b"}))
    cloud.block.volume("v1")
    with cloud.objects.get("c", "o"):
        pass
    assert len(requests_seen) == len(fake.seen)
    named = {(request.method, request.service, request.path) for request, _ in requests_seen}
    assert {
        ("POST", "identity", "/v3/auth/tokens"),
        ("GET", "block-storage", "/volumes/v1"),
        ("GET", "object-store", "/c/o"),
    } <= named


def test_the_source_guard_lets_a_login_and_reads_through_and_nothing_else(fake: FakeServer, open_shop: Open) -> None:
    cloud = open_shop(SourceGuard())
    assert cloud.identity().project_id == PROJECT
    before = len(fake.seen)
    for forbidden in (
        lambda: cloud.block.delete_volume("v1"),
        lambda: cloud.block.create_volume(NewVolume(name="x", size_gib=1)),
        lambda: cloud.compute.stop("s1"),
        lambda: cloud.network.create_network(Network(id="", name="x")),
        lambda: cloud.images.delete("i1"),
        lambda: cloud.images.upload("i1", [b"x"], 1),
        lambda: cloud.objects.put_container("c", {}),
        lambda: cloud.objects.put("c", ObjectInfo(name="o", size_bytes=1, etag="", content_type="a/b"), [b"x"]),
    ):
        with pytest.raises(Denied):
            forbidden()
    assert [seen for seen in fake.seen[before:] if seen.method != "GET"] == []


def test_a_snapshot_is_allowed_and_its_body_is_seen(
    fake: FakeServer, open_shop: Open, requests_seen: list[tuple[Request, int | None]]
) -> None:
    fake.on(f"POST /volume/v3/{PROJECT}/snapshots", Reply(202, {"snapshot": {"id": "n1"}}))
    assert open_shop(SourceGuard()).block.create_snapshot("v1", "n", {"decamp-mark": "m"}) == "n1"
    body = requests_seen[-1][0].body
    assert body == {"snapshot": {"volume_id": "v1", "name": "n", "force": True, "metadata": {"decamp-mark": "m"}}}


def test_reads_are_repeated(fake: FakeServer, open_shop: Open, waits: list[float]) -> None:
    cloud = open_shop()
    cloud.identity()
    fake.on(
        f"GET /volume/v3/{PROJECT}/volumes/v1",
        Reply(503, b"", {"Retry-After": "3"}),
        Reply(hang_up=True),
        Reply(200, {"volume": VOLUME}),
    )
    assert cloud.block.volume("v1").id == "v1"
    assert waits[0] == 3
    assert len(fake.calls(f"GET /volume/v3/{PROJECT}/volumes/v1")) == 3


@pytest.mark.parametrize("reply", [Reply(503), Reply(500), Reply(hang_up=True)])
def test_a_create_whose_answer_is_lost_is_never_repeated(fake: FakeServer, open_shop: Open, reply: Reply) -> None:
    fake.on(f"POST /volume/v3/{PROJECT}/volumes", reply)
    with pytest.raises(TransientError):
        open_shop().block.create_volume(NewVolume(name="x", size_gib=1))
    assert len(fake.calls("POST /volume/.*")) == 1


def test_an_interface_whose_answer_is_lost_is_never_repeated(fake: FakeServer, open_shop: Open) -> None:
    """A PUT that is not idempotent: its second time would be refused, as if somebody else had been there."""
    fake.on("GET /network/v2.0/ports.*", Reply(200, {"ports": []}))
    subnet = {"id": "s1", "network_id": "n", "name": "", "ip_version": 4, "cidr": "10.0.0.0/24", "enable_dhcp": True}
    fake.on("GET /network/v2.0/subnets/s1", Reply(200, {"subnet": subnet}))
    fake.on("PUT /network/v2.0/routers/r1/add_router_interface", Reply(503))
    with pytest.raises(TransientError):
        open_shop().network.add_interface("r1", "s1", None)
    assert len(fake.calls("PUT /network/.*")) == 1


def test_an_ended_token_is_renewed_for_json_and_for_bodies(fake: FakeServer, open_shop: Open) -> None:
    def alive(token: str, body: object) -> object:
        return lambda seen: Reply(200, body) if seen.headers.get("x-auth-token") == token else Reply(401)

    fake.on(f"GET /volume/v3/{PROJECT}/volumes/v1", alive("token-2", {"volume": VOLUME}))  # type: ignore[arg-type]
    fake.on("GET /swift/.*", alive("token-3", b"body"))  # type: ignore[arg-type]
    cloud = open_shop()
    assert cloud.block.volume("v1").id == "v1"
    with cloud.objects.get("c", "o") as (_, chunks):
        assert b"".join(chunks) == b"body"
    assert len(fake.calls("POST /v3/auth/tokens")) == 3


def test_identity_asks_anew_and_takes_nobodys_token_away(fake: FakeServer, open_shop: Open) -> None:
    cloud = open_shop()
    cloud.identity()
    fake.on(f"GET /volume/v3/{PROJECT}/volumes/v1", Reply(200, {"volume": VOLUME}))
    cloud.block.volume("v1")
    fake.on("POST /v3/auth/tokens", Reply(503))
    with pytest.raises(AccessError):
        cloud.identity()
    cloud.block.volume("v1")
    assert {seen.headers["x-auth-token"] for seen in fake.calls("GET /volume/.*/volumes/v1")} == {"token-1"}
    keystone(fake)
    assert cloud.identity().project_id == PROJECT


# ---------------------------------------------------------------- logins


def change(path: Path, **auth: str) -> None:
    document = yaml.safe_load(path.read_text())
    document["clouds"]["shop"]["auth"].update(auth)
    path.write_text(yaml.safe_dump(document))


def test_a_login(open_shop: Open) -> None:
    identity = open_shop().identity()
    assert (identity.cloud, identity.region, identity.project_name, identity.user_id) == ("shop", "fr1", "shop", "u1")


def test_a_wrong_password(fake: FakeServer, clouds_yaml: Path) -> None:
    keystone(fake)
    change(clouds_yaml, password="hunter2")
    with pytest.raises(AccessError) as caught:
        connect("shop", NoGuard()).identity()
    assert caught.value.code == codes.LOGIN_REFUSED
    assert (caught.value.facts["cloud"], caught.value.facts["user"]) == ("shop", "me")
    assert "hunter2" not in str(caught.value)


def test_an_address_where_nobody_answers(clouds_yaml: Path, fake: FakeServer) -> None:
    fake.close()
    with pytest.raises(AccessError) as caught:
        connect("shop", NoGuard()).identity()
    assert caught.value.code == codes.UNREACHABLE
    assert caught.value.facts["url"] == f"{fake.url}/v3"


def test_a_service_that_the_cloud_has_not_got(fake: FakeServer, open_shop: Open) -> None:
    cloud = open_shop()
    keystone(fake, leave_out=("object-store",))
    with pytest.raises(Unsupported) as caught:
        cloud.objects.containers()
    assert (caught.value.code, caught.value.facts) == (codes.SERVICE_MISSING, {"service": "object-store"})


def test_no_such_cloud(clouds_yaml: Path) -> None:
    for name in ("elsewhere", "env"):
        with pytest.raises(ConfigError) as caught:
            connect(name, NoGuard())
        assert (caught.value.code, caught.value.facts["known"]) == (codes.CLOUD_UNKNOWN, "shop")


def test_the_environment_is_a_cloud(fake: FakeServer, clouds_yaml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keystone(fake)
    auth = yaml.safe_load(clouds_yaml.read_text())["clouds"]["shop"]["auth"]
    for key, value in auth.items():
        monkeypatch.setenv(f"OS_{key.upper()}", value)
    assert connect("env", NoGuard()).identity().project_name == "shop"


def test_an_application_credential(fake: FakeServer, clouds_yaml: Path) -> None:
    keystone(fake)
    auth = {
        "auth_url": f"{fake.url}/v3",
        "application_credential_id": "a",
        "application_credential_secret": "b",
    }
    clouds = {"shop": {"auth_type": "v3applicationcredential", "auth": auth}}
    clouds_yaml.write_text(yaml.safe_dump({"clouds": clouds}))
    assert connect("shop", NoGuard()).identity().project_id == PROJECT


def test_identity_v2(fake: FakeServer, clouds_yaml: Path) -> None:
    """The founding case: a Keystone that speaks 2.0 alone."""
    access = {
        "token": {
            "id": "t",
            "expires": "2099-01-01T00:00:00Z",
            "issued_at": "2026-01-01T00:00:00Z",
            "tenant": {"id": PROJECT, "name": "shop"},
        },
        "user": {"id": "u1", "name": "me", "username": "me", "roles": []},
        "serviceCatalog": [
            {
                "type": "network",
                "name": "neutron",
                "endpoints": [{"region": "fr1", "publicURL": f"{fake.url}/network"}],
            }
        ],
    }
    links = [{"rel": "self", "href": f"{fake.url}/v2.0/"}]
    fake.on("GET /v2.0/?", Reply(200, {"version": {"id": "v2.0", "status": "stable", "links": links}}))
    fake.on("POST /v2.0/tokens", Reply(200, {"access": access}))
    fake.on("GET /network/v2.0/.*", Reply(200, NO_NETWORKS))
    document = {"auth_url": f"{fake.url}/v2.0", "username": "me", "password": "p", "project_name": "shop"}
    clouds_yaml.write_text(yaml.safe_dump({"clouds": {"shop": {"auth": document, "region_name": "fr1"}}}))
    cloud = connect("shop", SourceGuard())
    assert cloud.identity().project_id == PROJECT
    assert cloud.network.state().networks == ()


def test_opening_imports_no_sdk_and_sends_nothing(fake: FakeServer, clouds_yaml: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys, migrate.cli.connect\n"
        "assert not {'openstack', 'keystoneauth1', 'requests', 'swiftclient'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
    connect("shop", NoGuard())
    assert fake.seen == []


def test_no_way_around_the_transport(open_shop: Open) -> None:
    """Even a bare request on the session's own connection pool is judged."""
    cloud = open_shop(SourceGuard())
    plain: requests.Session = cloud._login.session.session
    with pytest.raises(Denied):
        plain.post("http://127.0.0.1:1/compute/v2.1/servers")


@pytest.mark.parametrize("order", [("s3", "object-store"), ("object-store", "s3")])
def test_swift_is_swift_where_its_s3_api_has_the_same_address(order: tuple[str, str]) -> None:
    """Else a guard would judge Swift's requests by rules for another service, and an account would be a bucket."""
    urls = {"s3": "http://cloud.example:8080", "object-store": "http://cloud.example:8080/v1/AUTH_me"}
    known = ServiceMap()
    for service in order:
        known.learn(service, urls[service])
    assert known.locate("http://cloud.example:8080/v1/AUTH_me/box/a") == ("object-store", "/box/a")
