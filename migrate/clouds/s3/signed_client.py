"""Signed requests to an S3 store: address, credentials and errors."""

import os
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from migrate.clouds.guard import Gatekeeper, Request
from migrate.clouds.http import HttpClient, Network, Pacer, Response, RetryPolicy
from migrate.clouds.s3 import faults
from migrate.clouds.s3.login import Login
from migrate.clouds.s3.signature_v4 import Keys, Signer, query_text
from migrate.clouds.s3.xml_answers import problem
from migrate.errors import ConfigError, DecampError, TransientError
from migrate.messages import codes
from migrate.model import S3Settings
from migrate.secret_looking import without_login

_DEFAULT_REGION = "us-east-1"
_SERVICE = "s3"
# Servers accept a signature for 15 minutes; beyond this difference a refusal is about the clock.
_SKEW_S = 300.0
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True)
class Address:
    """The address of a store's buckets. `base`: the common path, without its last slash."""

    scheme: str
    host: str
    base: str
    is_virtual: bool

    def of(self, bucket: str, key: str) -> tuple[str, str]:
        """Host and path of a key, or of the bucket itself."""
        # The key byte for byte: S3 normalises nothing, and the signature covers this form.
        name = quote(key, safe="/")
        if self.is_virtual:
            return f"{bucket}.{self.host}", f"{self.base}/{name}"
        return self.host, f"{self.base}/{bucket}/{name}" if key else f"{self.base}/{bucket}"


def address(settings: S3Settings, region: str) -> Address:
    """The address from settings and region. Raises ConfigError DCP-200 if the endpoint is not a URL."""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    endpoint = settings.endpoint or f"https://s3.{region}.{suffix}"
    parts = urlsplit(endpoint)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.query or parts.username:
        raise ConfigError(
            codes.USAGE, what=f"the S3 endpoint {without_login(endpoint)} is no http:// or https:// address"
        )
    host = parts.netloc.removesuffix(_DEFAULT_PORTS[parts.scheme])
    return Address(parts.scheme, host, parts.path.rstrip("/"), settings.style == "virtual")


class S3Client:
    """Signs and sends requests. Thread-safe."""

    def __init__(
        self,
        settings: S3Settings,
        gatekeeper: Gatekeeper,
        *,
        on_request: Callable[[Request, int | None], None] | None = None,
        pacer: Pacer | None = None,
        retries: RetryPolicy | None = None,
    ) -> None:
        self._login = Login(settings.profile)
        self.region = settings.region or self._login.setting("region") or _DEFAULT_REGION
        self.is_aws = not settings.endpoint
        self._address = address(settings, self.region)
        self._signer = Signer(self.region)
        self._ahead_s = 0.0
        self._http = HttpClient(
            locate=lambda url: (_SERVICE, urlsplit(url).path),
            gatekeeper=gatekeeper,
            network=Network(_tls(self._login.setting("ca_bundle")) if self._address.scheme == "https" else None),
            on_request=on_request,
            retries=retries,
            pacer=pacer,
        )

    def about(self, kind: str, name: str) -> "About":
        """A client for requests about this resource, which its errors name."""
        return About(self, kind, name)

    def ask(
        self,
        method: str,
        bucket: str,
        key: str = "",
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        length: int | None = None,
    ) -> Response:
        """The answer to a request, with any status that is not transient.

        Args:    headers: lower-case, ASCII.
        Raises:  the same as HttpClient.
        """
        host, path = self._address.of(bucket, key)
        asked = query_text(query) if query else ""
        url = f"{self._address.scheme}://{host}{path or '/'}" + (f"?{asked}" if asked else "")

        def once(keys: Keys) -> Response:
            now_s = time.time() + self._ahead_s
            signed = self._signer.sign(keys, method, host, path or "/", asked, headers or {}, now_s)
            return self._http.request(method, url, headers=signed, body=body, length=length)

        answer = once(self._login.keys())
        if answer.status == 403 and self._is_clock_wrong(answer):
            answer.close()
            if body is not None and not isinstance(body, bytes):
                raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{method}: this machine's clock is wrong", url=url)
            answer = once(self._login.keys())
        return answer

    def fault(self, answer: Response, subject: tuple[str, str]) -> DecampError:
        """The error for an error answer; reads and closes it."""
        with answer:
            said = problem(answer.read())
        return faults.fault(
            faults.Answer(answer.method, answer.url, answer.status, answer.headers, said, subject[0], subject[1])
        )

    def _is_clock_wrong(self, answer: Response) -> bool:
        """Whether the server's clock differs from the signing time; the server's clock is used from now on."""
        try:
            theirs_s = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
        except (OverflowError, TypeError, ValueError):
            return False
        ahead_s = theirs_s - time.time()
        if abs(ahead_s - self._ahead_s) < _SKEW_S:
            return False
        self._ahead_s = ahead_s
        return True


@dataclass(frozen=True)
class About:
    """Requests about one resource, identified by kind and name."""

    client: S3Client
    kind: str
    name: str

    def send(
        self,
        method: str,
        bucket: str,
        key: str = "",
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        length: int | None = None,
    ) -> Response:
        """Like `S3Client.ask`, but raises the error from `faults` for an error answer."""
        answer = self.client.ask(method, bucket, key, query=query, headers=headers, body=body, length=length)
        if answer.status < 300:
            return answer
        raise self.client.fault(answer, (self.kind, self.name))


def _tls(bundle: str) -> ssl.SSLContext:
    """Trusted authorities: from the AWS settings, else those of `requests`, else the system's."""
    named = bundle or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or ""
    if not named:
        return ssl.create_default_context()
    is_folder = Path(named).is_dir()
    try:
        return ssl.create_default_context(cafile=None if is_folder else named, capath=named if is_folder else None)
    except OSError as error:
        raise ConfigError(codes.USAGE, what=f"the certificate authorities {named} cannot be read") from error
