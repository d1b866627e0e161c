"""Clouds behind https: an authority of their own, one that nobody named, and none at all."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from migrate.clouds.guard import SourceGuard
from migrate.clouds.http.client import RetryPolicy
from migrate.clouds.openstack.cloud import OpenStackCloud
from migrate.clouds.openstack.config import open_cloud
from migrate.errors import AccessError, ConfigError
from migrate.messages import codes
from tests.openstack.fake_openstack import PASSWORD, PROJECT, FakeServer, Reply, keystone


@dataclass(frozen=True)
class Authority:
    """A self-made authority, and what it signs."""

    certificate: Path
    key: ec.EllipticCurvePrivateKey
    signed: x509.Certificate

    @classmethod
    def made(cls, folder: Path, name: str) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        signed = _certificate(name, key.public_key(), name, key, x509.BasicConstraints(ca=True, path_length=0))
        path = folder / f"{name}.pem"
        path.write_bytes(signed.public_bytes(Encoding.PEM))
        return cls(path, key, signed)

    def server(self, folder: Path, *, address: str = "127.0.0.1", days: tuple[int, int] = (-1, 1)) -> Path:
        """A certificate for the address and its key, in one file; valid between these days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        here = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        issuer = self.signed.subject.rfc4514_string().removeprefix("CN=")
        signed = _certificate("server", key.public_key(), issuer, self.key, here, days)
        path = folder / "server.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(private + signed.public_bytes(Encoding.PEM))
        return path


def _certificate(
    subject: str,
    public_key: ec.EllipticCurvePublicKey,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
    days: tuple[int, int] = (-1, 1),
) -> x509.Certificate:
    now = datetime.now(UTC)
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (subject, issuer)]
    return (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=-days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        .sign(key, hashes.SHA256())
    )


class TlsServer(FakeServer):
    """The fake services behind https."""

    def __init__(self, certificate: Path) -> None:
        super().__init__()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = self.url.replace("http://", "https://")


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
