"""S3 behind https: an authority that AWS's settings name, and one that nobody named."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from migrate.clouds.guard import NoGuard
from migrate.clouds.s3 import open_s3
from migrate.errors import AccessError, ConfigError
from migrate.messages import codes
from migrate.model import S3Place, S3Settings
from tests.openstack.fake_openstack import FakeServer, Reply


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """For 127.0.0.1, signed by itself, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "store")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    dated = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    signed = dated.serial_number(1).add_extension(here, critical=False).sign(key, hashes.SHA256())
    path = tmp_path / "store.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def secure(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    server = FakeServer()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
    server.url = server.url.replace("http://", "https://")
    server.on("HEAD /bucket", Reply(200))
    yield server
    server.close()


def _containers(server: FakeServer) -> list[str]:
    store = open_s3(S3Settings(endpoint=server.url), {"box": S3Place(bucket="bucket")}, NoGuard())
    return [container.name for container in store.containers()]


@pytest.mark.parametrize("setting", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_an_authority_that_is_named(
    secure: FakeServer, certificate: Path, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting, str(certificate))
    assert _containers(secure) == ["box"]


def test_an_authority_that_nobody_named(secure: FakeServer) -> None:
    with pytest.raises(AccessError) as error:
        _containers(secure)
    assert error.value.code == codes.CERTIFICATE_UNTRUSTED and not secure.seen


def test_an_authority_that_is_no_file(secure: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(ConfigError) as error:
        _containers(secure)
    assert "/nowhere/ca.pem" in str(error.value)
