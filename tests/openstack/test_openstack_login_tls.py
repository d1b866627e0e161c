"""Clouds behind https: an authority of their own, one that nobody named, and none at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrate.clouds.guard import SourceGuard
from migrate.clouds.http.client import RetryPolicy
from migrate.clouds.openstack.cloud import OpenStackCloud
from migrate.clouds.openstack.config import open_cloud
from migrate.errors import AccessError, ConfigError
from migrate.messages import codes
from tests.openstack.fake_openstack import PASSWORD, PROJECT, Reply, keystone
from tests.openstack.tls_servers import Authority, TlsServer


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.made(tmp_path, "ours")


@pytest.fixture
def secure(authority: Authority, tmp_path: Path) -> Iterator[TlsServer]:
    server = TlsServer(authority.server(tmp_path))
    keystone(server)
    yield server
    server.close()


def opened(clouds_yaml: Path, secure: TlsServer, *, path: str = "/v3", **more: Any) -> OpenStackCloud:
    auth = {
        "auth_url": secure.url + path,
        "username": "me",
        "password": PASSWORD,
        "project_name": "shop",
        "user_domain_name": "Default",
        "project_domain_name": "Default",
    }
    clouds_yaml.write_text(yaml.safe_dump({"clouds": {"shop": {"auth": auth, "region_name": "fr1", **more}}}))
    return open_cloud("shop", SourceGuard(), retries=RetryPolicy(attempts=2, sleep=lambda seconds: None))


def use_everything(cloud: OpenStackCloud, secure: TlsServer) -> None:
    """JSON by the session, bodies by the thin client, the object store by swiftclient."""
    secure.on("GET /image/v2/images/i1/file", Reply(200, b"bytes"))
    secure.on("GET /compute/v2.1/os-keypairs", Reply(200, {"keypairs": []}))
    secure.on("GET /swift/v1/.*", Reply(200, []))
    assert cloud.identity().project_id == PROJECT
    assert cloud.compute.keypairs() == []
    assert list(cloud.objects.containers()) == []
    with cloud.images.read("i1") as chunks:
        assert b"".join(chunks) == b"bytes"


def test_an_authority_that_is_named(clouds_yaml: Path, secure: TlsServer, authority: Authority) -> None:
    use_everything(opened(clouds_yaml, secure, cacert=str(authority.certificate)), secure)


def test_no_verification_when_that_is_asked_for(clouds_yaml: Path, secure: TlsServer) -> None:
    use_everything(opened(clouds_yaml, secure, verify=False), secure)


@pytest.mark.parametrize("path", ["/v3", ""])
@pytest.mark.parametrize("cacert", ["", "another"])
def test_an_authority_that_is_not_trusted(
    clouds_yaml: Path, secure: TlsServer, tmp_path: Path, cacert: str, path: str
) -> None:
    more = {"cacert": str(Authority.made(tmp_path, cacert).certificate)} if cacert else {}
    with pytest.raises(AccessError) as caught:
        opened(clouds_yaml, secure, path=path, **more).identity()
    assert (caught.value.code, caught.value.facts["url"]) == (codes.CERTIFICATE_UNTRUSTED, secure.url + path)
    assert secure.seen == []


def test_a_service_whose_authority_is_another(
    clouds_yaml: Path, secure: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    other = TlsServer(Authority.made(tmp_path, "theirs").server(tmp_path))
    try:
        more = {"object_store_endpoint_override": f"{other.url}/v1/AUTH_{PROJECT}"}
        cloud = opened(clouds_yaml, secure, cacert=str(authority.certificate), **more)
        with pytest.raises(AccessError) as caught:
            cloud.objects.containers()
    finally:
        other.close()
    assert (caught.value.code, caught.value.facts["url"]) == (
        codes.CERTIFICATE_UNTRUSTED,
        f"{other.url}/v1/AUTH_{PROJECT}",
    )
    assert other.seen == []


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_an_authorities_file_that_cannot_be_used(
    clouds_yaml: Path, secure: TlsServer, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "authorities.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        opened(clouds_yaml, secure, cacert=str(path))
    assert caught.value.code == codes.CLOUD_UNKNOWN
    assert "cacert" in str(caught.value.facts["why"])
