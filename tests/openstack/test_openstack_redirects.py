"""A redirect is followed once, at the same address: nobody else hears a token, a password or a body of ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from migrate.clouds.guard import NoGuard, SourceGuard
from migrate.clouds.http.client import RetryPolicy
from migrate.clouds.openstack.config import open_cloud
from migrate.errors import AccessError, DecampError, TransientError
from migrate.messages import codes
from migrate.messages.catalogue import text
from tests.openstack.fake_openstack import PROJECT, FakeServer, Open, Reply, Seen, keystone

pytestmark = pytest.mark.hostile

VOLUMES = f"/volume/v3/{PROJECT}/volumes/detail"


@pytest.fixture
def stranger() -> Iterator[FakeServer]:
    """Answers everything with an empty document, as if nothing were there."""
    server = FakeServer()
    server.on(".*", Reply(200, {}))
    yield server
    server.close()


def to(server: FakeServer, status: int = 302) -> Reply:
    return Reply(status, b"", {"Location": f"{server.url}/elsewhere"})


@pytest.mark.parametrize("status", [301, 302, 303, 305, 307, 308])
def test_no_token_goes_to_a_stranger(fake: FakeServer, stranger: FakeServer, open_shop: Open, status: int) -> None:
    fake.on(f"GET {VOLUMES}", to(stranger, status))
    with pytest.raises(AccessError) as refused:
        open_shop(SourceGuard()).block.volumes()
    assert refused.value.code == codes.REDIRECT_REFUSED and stranger.url in text(
        codes.REDIRECT_REFUSED, "en", refused.value.facts
    )
    assert stranger.seen == []


@pytest.mark.parametrize("route", ["POST /v3/auth/tokens", "GET /v3/?", "GET /.*"])
def test_no_password_goes_to_a_stranger(fake: FakeServer, stranger: FakeServer, open_shop: Open, route: str) -> None:
    cloud = open_shop()
    fake.on(route, to(stranger, 307))
    with pytest.raises(AccessError):
        cloud.identity()
        cloud.network.state()
    assert stranger.seen == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_body_goes_to_a_stranger(fake: FakeServer, stranger: FakeServer, open_shop: Open, status: int) -> None:
    fake.on("POST /compute/v2.1/.*", to(stranger, status))
    fake.on("(PUT|POST|GET|HEAD) /swift/.*", to(stranger, status))
    cloud = open_shop(NoGuard())
    with pytest.raises(DecampError):
        cloud.compute.stop("s1")
    with pytest.raises(DecampError):
        cloud.objects.put_container("box", {})
    with pytest.raises(DecampError):
        cloud.objects.containers()
    with pytest.raises(DecampError):
        list(cloud.objects.entries("box"))
    assert stranger.seen == []


def test_image_bytes_are_not_asked_of_a_stranger(fake: FakeServer, stranger: FakeServer, open_shop: Open) -> None:
    fake.on("GET /image/v2/images/i1/file", to(stranger))
    with pytest.raises(DecampError), open_shop().images.read("i1", 0, 10) as chunks:
        list(chunks)
    assert stranger.seen == []


def test_the_version_document_of_a_service_sends_nobody_elsewhere(
    fake: FakeServer, stranger: FakeServer, open_shop: Open
) -> None:
    links = [{"rel": "self", "href": f"{stranger.url}/compute/v2.1/"}]
    version = {"id": "v2.1", "status": "CURRENT", "links": links, "version": "2.79", "min_version": "2.1"}
    fake.on("GET /compute/v2.1/?", Reply(200, {"version": version}))
    fake.on("GET /compute/v2.1/os-keypairs", Reply(200, {"keypairs": []}))
    assert open_shop().compute.keypairs() == []
    assert stranger.seen == []


def test_a_redirect_at_the_same_address_is_followed_once(fake: FakeServer, open_shop: Open) -> None:
    def on(seen: Seen) -> Reply:
        return Reply(200, {"volumes": []}) if seen.path.endswith("/there") else Reply(301, b"", {"Location": "there"})

    fake.on(f"GET {VOLUMES}", on)
    fake.on(f"GET {VOLUMES.replace('detail', 'there')}", on)
    assert open_shop().block.volumes() == []
    fake.on(f"GET {VOLUMES.replace('detail', 'there')}", Reply(301, b"", {"Location": VOLUMES}))
    with pytest.raises(AccessError, match=codes.REDIRECT_REFUSED):
        open_shop().block.volumes()


def test_the_catalogue_of_a_login_names_whom_it_goes_to(
    fake: FakeServer, stranger: FakeServer, clouds_yaml: Path
) -> None:
    """An address of clouds.yaml counts as named too."""
    keystone(fake)
    entry = yaml.safe_load(clouds_yaml.read_text())
    entry["clouds"]["shop"]["network_endpoint_override"] = f"{stranger.url}/network"
    clouds_yaml.write_text(yaml.safe_dump(entry))
    stranger.on("GET /network/v2.0/networks", Reply(200, {"networks": []}))
    cloud = open_cloud("shop", NoGuard(), retries=RetryPolicy(attempts=1, sleep=lambda s: None))
    with pytest.raises(DecampError):
        cloud.network.state()
    assert stranger.calls("GET /network/v2.0/.*")


@pytest.mark.parametrize("answer", [{}, {"servers": []}, {"error": "no"}])
def test_an_answer_without_its_list_is_no_empty_list(fake: FakeServer, open_shop: Open, answer: object) -> None:
    fake.on(f"GET {VOLUMES}", Reply(200, answer))
    fake.on("GET /compute/v2.1/os-server-groups", Reply(200, answer))
    fake.on("GET /compute/v2.1/servers/s1/os-volume_attachments", Reply(200, answer))
    fake.on(f"GET /swift/v1/AUTH_{PROJECT}/?", Reply(200, answer))
    cloud = open_shop()
    for read in (
        cloud.block.volumes,
        cloud.compute.server_groups,
        lambda: cloud.compute.attachments("s1"),
        cloud.objects.containers,
    ):
        with pytest.raises(TransientError):
            read()


def test_a_login_of_netrc_is_never_used(
    fake: FakeServer, open_shop: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    fake.on(f"GET {VOLUMES}", Reply(200, {"volumes": []}))
    fake.on(f"GET /swift/v1/AUTH_{PROJECT}/?", Reply(200, []))
    cloud = open_shop()
    assert cloud.block.volumes() == [] and cloud.objects.containers() == []
    assert not any("authorization" in seen.headers for seen in fake.seen)


@pytest.mark.parametrize("odd", ["http://[::1", "/\udcfe", "http://127.0.0.1:many/"])
def test_a_redirect_to_no_address_is_told(fake: FakeServer, open_shop: Open, odd: str) -> None:
    fake.on("GET /volume/v3/.*/volumes/detail", Reply(302, b"", {"Location": odd}))
    with pytest.raises(AccessError) as caught:
        open_shop().block.volumes()
    assert caught.value.code == codes.REDIRECT_REFUSED
