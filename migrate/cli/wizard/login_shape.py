"""What a workspace's own login may say: one address, as it stands there, and who logs in. Pure.

Whoever hands a workspace over may have written it. The SDK reads many more keys (a vendor's profile, values of its own
for a region, `auth-url`, `compute_endpoint_override`), and each could send a password or a token to an address that
nobody was shown.
"""

from collections.abc import Mapping
from typing import Any

from migrate.secret_looking import is_secret
from migrate.trust.asks import host_of

_ENTRY = frozenset(
    ["auth", "auth_type", "region_name", "interface", "identity_api_version", "verify", "cacert", "cert", "key"]
)
_DOMAINS = ("domain", "user_domain", "project_domain", "default_domain")
_AUTH = frozenset(
    [
        *("auth_url", "username", "user_id", "project_name", "project_id", "tenant_name", "tenant_id"),
        *("application_credential_id", "application_credential_name", "system_scope", "trust_id"),
        *(f"{domain}_{what}" for domain in _DOMAINS for what in ("id", "name")),
    ]
)
_NO_SECRETS = ("_id", "_name", "_url", "_endpoint", "_type")
_SCALAR = (str, int, float, bool)


def is_secret_of_login(key: str) -> bool:
    """Whether a value below `auth` is a secret: `client_secret` of OpenID Connect too, but not a credential's id."""
    return is_secret(key) and not key.endswith(_NO_SECRETS)


def odd_key(name: str, entry: Any, *, is_secret_file: bool) -> str:
    """The first key of an entry of clouds.yaml, or secure.yaml, that the wizard never writes; empty for none."""
    if not isinstance(entry, Mapping) or not isinstance(auth := entry.get("auth") or {}, Mapping):
        return name
    for key, value in entry.items():
        is_names = key == "regions" and isinstance(value, list) and all(isinstance(one, str) for one in value)
        is_plain = key == "auth" or is_names or (key in _ENTRY and isinstance(value, _SCALAR))
        if not is_plain or (is_secret_file and key != "auth"):
            return f"{name}: {key}"
    for key, value in auth.items():
        is_known = isinstance(key, str) and (is_secret_of_login(key) or (key in _AUTH and not is_secret_file))
        if not is_known or "-" in key or not isinstance(value, _SCALAR):
            return f"{name}: auth: {key}"
    # Braces are filled in from other keys.
    if not is_secret_file and (not host_of(url := str(auth.get("auth_url", ""))) or "{" in url):
        return f"{name}: auth: auth_url"
    return ""


def plain_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the operator's own as the wizard keeps it, without what no login needs."""
    kept = {key: value for key, value in entry.items() if key in _ENTRY or key == "regions"}
    return {**kept, "auth": {key: value for key, value in entry["auth"].items() if key in _AUTH}}
