"""Proxy settings for a URL, the same as `requests` uses, so that both HTTP layers take the same route."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from migrate.errors import Unsupported
from migrate.messages import codes
from migrate.messages.reason import reason

_DEFAULT_PORT = 80


@dataclass(frozen=True)
class Proxy:
    """An HTTP proxy. `headers` carry the proxy's login and go only to it."""

    host: str
    port: int
    headers: dict[str, str]


def proxy_for(url: str) -> Proxy | None:
    """The proxy for this URL from the environment (http_proxy, https_proxy, all_proxy, no_proxy), None for none.

    Raises: Unsupported: a SOCKS proxy, or one that expects TLS itself.
    """
    # Imported late: in-memory clouds and most commands do not need it.
    from requests.adapters import HTTPAdapter
    from requests.utils import get_environ_proxies, select_proxy

    chosen = select_proxy(url, get_environ_proxies(url))
    if not chosen:
        return None
    address = chosen if "://" in chosen else f"http://{chosen}"
    parts = urlsplit(address)
    if parts.scheme != "http" or not parts.hostname:
        # Without its login.
        raise Unsupported(
            codes.UNSUPPORTED, what=reason("proxy-not-http", proxy=f"{parts.scheme}://{parts.hostname or ''}")
        )
    headers = {str(name): str(value) for name, value in HTTPAdapter().proxy_headers(address).items()}
    return Proxy(parts.hostname, parts.port or _DEFAULT_PORT, headers)
