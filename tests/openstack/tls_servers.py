"""Servers with certificates, and who signs them."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.openstack.fake_openstack import FakeServer


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
