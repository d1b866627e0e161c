"""The proxy that stands before a URL: the one that `requests` would take, so that both HTTP layers go the same way."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from migrate.errors import Unsupported
from migrate.messages import codes

_DEFAULT_PORT = 80


@dataclass(frozen=True)
class Proxy:
    """An HTTP proxy; `headers` carry its login and go to nobody else."""

    host: str
    port: int
    headers: dict[str, str]


def proxy_for(url: str) -> Proxy | None:
    """The proxy to this URL by the environment (http_proxy, https_proxy, all_proxy, no_proxy), None for none.

    Raises: Unsupported: one that is not spoken to in plain HTTP (SOCKS, or TLS up to the proxy itself).
    """
    # Late: clouds in memory and most commands never get here.
    from requests.adapters import HTTPAdapter
    from requests.utils import get_environ_proxies, select_proxy

    chosen = select_proxy(url, get_environ_proxies(url))
    if not chosen:
        return None
    address = chosen if "://" in chosen else f"http://{chosen}"
    parts = urlsplit(address)
    if parts.scheme != "http" or not parts.hostname:
        # Named without its login.
        raise Unsupported(
            codes.UNSUPPORTED, what=f"the proxy {parts.scheme}://{parts.hostname or ''}, which is not http://"
        )
    headers = {str(name): str(value) for name, value in HTTPAdapter().proxy_headers(address).items()}
    return Proxy(parts.hostname, parts.port or _DEFAULT_PORT, headers)
