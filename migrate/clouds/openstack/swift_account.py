"""swiftclient over the login's own transport: lists the account, and creates containers.

swiftclient would log in, retry and open connections by itself. Here it uses the login's token, address and guarded
transport, and only repeats a request whose token has expired.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from keystoneauth1.session import Session
from swiftclient import __version__ as swiftclient_version
from swiftclient.client import Connection, HTTPConnection
from swiftclient.exceptions import ClientException
from urllib3.exceptions import HTTPError

from migrate import __version__
from migrate.clouds.http import encoded
from migrate.clouds.openstack import faults
from migrate.clouds.openstack.login import Login
from migrate.errors import TransientError
from migrate.messages import codes

_AGENT = f"decamp/{__version__} python-swiftclient/{swiftclient_version}"


class Containers:
    """Control calls for one account. Use one instance per thread, as with swiftclient's connections."""

    def __init__(self, login: Login) -> None:
        self._login, self._connection = login, _Connection(login)

    def page(self, marker: str) -> list[dict[str, Any]]:
        """The account's containers after the marker; empty at the end."""
        with self._translated("GET", ""):
            # Not its full_listing, which never ends if the server repeats pages.
            page: list[dict[str, Any]] = self._connection.get_account(
                marker=marker, headers={"Accept-Encoding": "identity"}
            )[1]
            if not isinstance(page, list):
                raise TransientError(
                    codes.CLOUD_UNAVAILABLE, what="object-store: no listing in the answer", url=self._connection.url
                )
            return page

    def put(self, name: str, headers: dict[str, str]) -> None:
        # As bytes, which swiftclient leaves unchanged; in text it would garble names that are not ASCII. Surrounding
        # blanks mean nothing in HTTP, but are refused below.
        exact = {encoded(key): encoded(value).strip() for key, value in headers.items()}
        with self._translated("PUT", name):
            self._connection.put_container(name, headers=exact)

    @contextmanager
    def _translated(self, method: str, container: str) -> Iterator[None]:
        try:
            yield
        except (ClientException, HTTPError, OSError, ValueError) as error:
            url = f"{self._login.endpoint('object-store').url}/{quote(container, errors='replace')}".rstrip("/")
            raise faults.swift_fault(error, method=method, url=url, container=container) from error


class _Connection(Connection):  # type: ignore[misc]  # swiftclient has no types
    def __init__(self, login: Login) -> None:
        # swiftclient calls `invalidate`, below, on `session`.
        super().__init__(session=self, retries=0, starting_backoff=0)
        self._login = login

    def get_auth(self) -> tuple[str, str]:
        return self._login.endpoint("object-store").url, self._login.access().auth_token or ""

    def invalidate(self) -> bool:
        """Renews the token through the login, not the session, so that one renewal serves all threads."""
        return self._login.renew({"X-Auth-Token": self.token})

    def http_connection(self, url: str | None = None) -> tuple[Any, "_Wire"]:
        wire = _Wire(url or self.url, self._login.session)
        return wire.parsed_url, wire


class _Wire(HTTPConnection):  # type: ignore[misc]  # swiftclient has no types
    def __init__(self, url: str, session: Session) -> None:
        certificate, key = session.cert if isinstance(session.cert, tuple) else (session.cert, None)
        super().__init__(
            url,
            cacert=session.verify if isinstance(session.verify, str) else None,
            insecure=session.verify is False,
            cert=certificate,
            cert_key=key,
            default_user_agent=_AGENT,
        )
        transport = session.session.get_adapter(url)
        self.request_session.mount("https://", transport)
        self.request_session.mount("http://", transport)
        # requests would repeat a redirected PUT as a GET, and return its answer.
        self.requests_args["allow_redirects"] = False
        self.request_session.auth = session.session.auth

    def close(self) -> None:
        """Closes only the answer, as the transport is shared."""
        if self.resp:
            self.resp.close()
