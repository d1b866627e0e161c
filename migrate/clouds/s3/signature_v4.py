"""AWS signatures, version 4, over the headers only: Content-MD5 protects the body.

Hashing the body as well would cost more than sending it; S3 accepts UNSIGNED-PAYLOAD instead.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

_UNSIGNED = "UNSIGNED-PAYLOAD"
_SIGNED = frozenset({"content-md5", "content-type"})


@dataclass(frozen=True, slots=True)
class Keys:
    """Credentials. `token` belongs to a session; empty for permanent keys."""

    access: str
    secret: str
    token: str = ""

    def __repr__(self) -> str:
        return f"Keys({self.access})"


def query_text(query: Mapping[str, str]) -> str:
    """A query in the form that is signed and sent."""
    return "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in sorted(query.items()))


class Signer:
    """Signs requests to one region. Thread-safe."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._day_key: tuple[tuple[str, str], bytes] = (("", ""), b"")

    def sign(
        self, keys: Keys, method: str, host: str, path: str, query: str, headers: Mapping[str, str], now_s: float
    ) -> dict[str, str]:
        """The headers of a request, including the signature.

        Args:  path, query: as sent.   headers: lower-case; values without repeated spaces.
        """
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now_s))
        sent = {**headers, "x-amz-content-sha256": _UNSIGNED, "x-amz-date": stamp}
        if keys.token:
            sent["x-amz-security-token"] = keys.token
        signed = {key: value for key, value in sent.items() if key in _SIGNED or key.startswith("x-amz-")}
        signed["host"] = host
        names = sorted(signed)
        lines = "".join([f"{name}:{signed[name]}\n" for name in names])
        named = ";".join(names)
        canonical = f"{method}\n{path}\n{query}\n{lines}\n{named}\n{_UNSIGNED}"
        scope = f"{stamp[:8]}/{self.region}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self._key(keys.secret, stamp[:8]), text.encode(), "sha256").hex()
        sent["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={keys.access}/{scope}, SignedHeaders={named}, Signature={signature}"
        )
        return sent

    def _key(self, secret: str, day: str) -> bytes:
        known_for, key = self._day_key
        if known_for == (secret, day):
            return key
        key = f"AWS4{secret}".encode()
        for part in (day, self.region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        self._day_key = ((secret, day), key)
        return key
