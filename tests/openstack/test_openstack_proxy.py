"""Proxies and TLS: both HTTP layers through a real proxy to a real server, as the environment says."""

import logging
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from migrate.clouds.guard import NoGuard
from migrate.clouds.http.client import HttpClient, RetryPolicy
from migrate.clouds.http.dial import Network
from migrate.clouds.openstack.cloud import OpenStackCloud
from migrate.clouds.openstack.config import open_cloud
from migrate.clouds.ports import ObjectInfo
from migrate.errors import AccessError, TransientError, Unsupported
from migrate.messages import codes
from tests.openstack.fake_openstack import PASSWORD, PROJECT, FakeServer, Reply, keystone
from tests.openstack.fake_proxy import FakeProxy

LOGIN = "ops:pa ss/w@rd"
IN_URL = "ops:pa%20ss%2Fw%40rd"
OBJECT = f"/swift/v1/AUTH_{PROJECT}/c/o"
BIG = 3 << 20


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority of our own (`ca.pem`) and a server's certificate by it (`server.pem`)."""
    folder = tmp_path_factory.mktemp("authority")

    def openssl(*args: str) -> None:
        subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True)

    new = ("req", "-newkey", "rsa:2048", "-nodes", "-keyout")
    openssl(*new, "ca.key", "-x509", "-days", "2", "-subj", "/CN=Tests", "-out", "ca.pem")
    openssl(*new, "server.key", "-subj", "/CN=server", "-out", "server.csr")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    by = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
    openssl("x509", "-req", "-in", "server.csr", *by, "-days", "2", "-extfile", "names", "-out", "server.crt")
    (folder / "server.pem").write_bytes((folder / "server.key").read_bytes() + (folder / "server.crt").read_bytes())
    return folder


@pytest.fixture(params=["http", "https"])
def services(request: pytest.FixtureRequest, fake: FakeServer, authority: Path) -> FakeServer:
    """All services, in plain HTTP and behind TLS."""
    if request.param == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority / "server.pem")
        fake._server.socket = context.wrap_socket(fake._server.socket, server_side=True)
        fake.url = fake.url.replace("http://", "https://")
    keystone(fake)
    fake.on("GET /image/v2/images/i1/file", Reply(200, b"bytes"))
    fake.on("GET /compute/v2.1/os-keypairs", Reply(200, {"keypairs": []}))
    fake.on(f"GET {OBJECT}", Reply(200, b"small", {"Content-Type": "a/b"}))
    fake.on(f"PUT {OBJECT}", Reply(201, b"", {"Etag": "e"}))
    fake.on(f"GET /swift/v1/AUTH_{PROJECT}", Reply(200, b"[]", {"Content-Type": "application/json"}))
    return fake


@pytest.fixture
def proxy() -> Iterator[FakeProxy]:
    server = FakeProxy()
    yield server
    server.close()


def opened(clouds_yaml: Path, services: FakeServer, authority: Path) -> OpenStackCloud:
    auth = {
        "auth_url": f"{services.url}/v3",
        "username": "me",
        "password": PASSWORD,
        "project_name": "shop",
        "user_domain_name": "Default",
        "project_domain_name": "Default",
    }
    entry = {"auth": auth, "region_name": "fr1", "cacert": str(authority / "ca.pem")}
    clouds_yaml.write_text(yaml.safe_dump({"clouds": {"shop": entry}}))
    return open_cloud("shop", NoGuard(), retries=RetryPolicy(attempts=2, sleep=lambda seconds: None))


def use_everything(cloud: OpenStackCloud) -> None:
    """JSON by the session, bodies both ways by the thin client, the object store's listing by swiftclient."""
    assert cloud.identity().project_id == PROJECT
    assert cloud.compute.keypairs() == []
    with cloud.images.read("i1") as chunks:
        assert b"".join(chunks) == b"bytes"
    for _ in range(2):
        with cloud.objects.get("c", "o") as (_, chunks):
            assert b"".join(chunks) == b"small"
    info = ObjectInfo(name="o", size_bytes=BIG, etag="", content_type="a/b")
    assert cloud.objects.put("c", info, iter([bytes(1 << 20)] * 3)) == "e"
    assert cloud.objects.containers() == []


@pytest.mark.parametrize("login", ["", LOGIN])
def test_both_layers_go_through_the_proxy(
    clouds_yaml: Path,
    services: FakeServer,
    authority: Path,
    login: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    proxy = FakeProxy(login)
    address = f"http://{IN_URL}@{proxy.netloc}" if login else f"http://{proxy.netloc}"
    monkeypatch.setenv("HTTP_PROXY" if services.url.startswith("http:") else "HTTPS_PROXY", address)
    with caplog.at_level(logging.DEBUG):
        use_everything(opened(clouds_yaml, services, authority))
    if services.url.startswith("https:"):
        assert {method for method, _ in proxy.seen} == {"CONNECT"}
        assert services.connections == len(proxy.seen)
    else:
        assert len(proxy.seen) == len(services.seen)
        assert all(address.startswith(services.url) for _, address in proxy.seen)
    assert proxy.refused == []
    assert [len(seen.body) for seen in services.seen if seen.method == "PUT"] == [BIG]
    assert not any("proxy-authorization" in seen.headers for seen in services.seen)
    assert "pa%20ss" not in caplog.text and "pa ss/w" not in caplog.text
    proxy.close()


def test_the_environment_says_who_is_asked_directly(
    clouds_yaml: Path,
    services: FakeServer,
    authority: Path,
    proxy: FakeProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"http://{proxy.netloc}")
    for direct in ("127.0.0.1", "elsewhere.example,127.0.0.0/8"):
        monkeypatch.setenv("NO_PROXY", direct)
        use_everything(opened(clouds_yaml, services, authority))
    assert proxy.seen == []
    monkeypatch.setenv("NO_PROXY", "elsewhere.example")
    use_everything(opened(clouds_yaml, services, authority))
    assert len(proxy.seen) >= 2, "one tunnel or more for each layer"


def test_a_proxy_without_a_scheme(
    clouds_yaml: Path, services: FakeServer, authority: Path, proxy: FakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", proxy.netloc)
    monkeypatch.setenv("https_proxy", proxy.netloc)
    use_everything(opened(clouds_yaml, services, authority))
    assert proxy.seen


def test_a_login_that_the_proxy_refuses(
    clouds_yaml: Path, services: FakeServer, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = FakeProxy(LOGIN)
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://ops:hunter2@{proxy.netloc}")
    with pytest.raises(AccessError) as caught:
        opened(clouds_yaml, services, authority).identity()
    assert "hunter2" not in str(caught.value)
    assert services.seen == []
    with pytest.raises(TransientError) as refused:
        thin(authority).request("GET", "https://127.0.0.1:1/x")
    assert "407" in str(refused.value) and "hunter2" not in str(refused.value)
    proxy.close()


def test_a_proxy_where_nobody_answers(
    clouds_yaml: Path, services: FakeServer, authority: Path, proxy: FakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.close()
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://{proxy.netloc}")
    with pytest.raises(TransientError):
        thin(authority).request("GET", f"{services.url}/x")
    with pytest.raises(AccessError):
        opened(clouds_yaml, services, authority).identity()
    assert services.seen == []


@pytest.mark.parametrize("scheme", ["socks5", "https"])
def test_other_proxies_are_named_and_not_used(
    clouds_yaml: Path, authority: Path, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://ops:hunter2@127.0.0.1:1")
    with pytest.raises(Unsupported) as caught:
        thin(authority).request("GET", "https://127.0.0.1:1/x")
    assert f"{scheme}://127.0.0.1" in str(caught.value) and "hunter2" not in str(caught.value)


def thin(authority: Path | None) -> HttpClient:
    """The thin client alone; None trusts the system's authorities."""
    return HttpClient(
        locate=lambda url: ("image", url),
        gatekeeper=NoGuard(),
        network=Network(ssl.create_default_context(cafile=authority / "ca.pem") if authority else None),
        retries=RetryPolicy(attempts=2, sleep=lambda seconds: None),
    )


@pytest.mark.parametrize("services", ["https"], indirect=True)
@pytest.mark.parametrize("through", [True, False])
def test_a_certificate_that_is_not_trusted_gets_no_request(
    clouds_yaml: Path,
    services: FakeServer,
    authority: Path,
    proxy: FakeProxy,
    through: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if through:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.netloc}")
    assert thin(authority).request("GET", f"{services.url}/image/v2/images/i1/file").read() == b"bytes"
    answered = len(services.seen)
    with pytest.raises(AccessError) as caught:
        thin(None).request("GET", f"{services.url}/image/v2/images/i1/file")
    assert caught.value.code == codes.CERTIFICATE_UNTRUSTED
    with pytest.raises(AccessError):
        # Trusted, and for another name.
        thin(authority).request("GET", services.url.replace("127.0.0.1", "localhost") + "/x")
    assert len(services.seen) == answered
