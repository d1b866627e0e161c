"""A login as an entry of clouds.yaml, made of RC variables or typed values, with its secrets apart. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from migrate.secret_looking import without_login

SIDES = ("source", "target")
ENTRIES = {"source": "old-cloud", "target": "new-cloud"}
"""The name of each side's entry in the workspace's own clouds.yaml."""

_AUTH = {
    "OS_AUTH_URL": "auth_url",
    "OS_USERNAME": "username",
    "OS_USER_ID": "user_id",
    "OS_PROJECT_NAME": "project_name",
    "OS_TENANT_NAME": "project_name",
    "OS_PROJECT_ID": "project_id",
    "OS_TENANT_ID": "project_id",
    "OS_USER_DOMAIN_NAME": "user_domain_name",
    "OS_USER_DOMAIN_ID": "user_domain_id",
    "OS_PROJECT_DOMAIN_NAME": "project_domain_name",
    "OS_PROJECT_DOMAIN_ID": "project_domain_id",
    "OS_APPLICATION_CREDENTIAL_ID": "application_credential_id",
    "OS_APPLICATION_CREDENTIAL_NAME": "application_credential_name",
}
_SECRETS = {
    "OS_PASSWORD": "password",
    "OS_APPLICATION_CREDENTIAL_SECRET": "application_credential_secret",
    "OS_TOKEN": "token",
}
_PLAIN = {"OS_REGION_NAME": "region_name", "OS_CACERT": "cacert", "OS_IDENTITY_API_VERSION": "identity_api_version"}
_INTERFACES = {"publicURL": "public", "internalURL": "internal", "adminURL": "admin"}
_BY_CREDENTIAL = "v3applicationcredential"
_FOR_PROJECTS = ("project_name", "project_id", "project_domain_name", "project_domain_id")


class LoginEntry(NamedTuple):
    """`entry`: for clouds.yaml, without secrets.   `secrets`: for secure.yaml, below `auth`."""

    entry: dict[str, Any]
    secrets: dict[str, str]

    @property
    def lacks(self) -> str:
        """The secret that the login needs and lacks: `password` or `secret`; empty if it has one."""
        if self.secrets:
            return ""
        return "secret" if self.entry.get("auth_type") == _BY_CREDENTIAL else "password"

    @property
    def shown(self) -> str:
        """User and cloud, for people: `me@auth.example.com`."""
        auth = self.entry["auth"]
        host = urlsplit(auth.get("auth_url", "")).hostname or ""
        return "@".join(filter(None, (auth.get("username") or auth.get("user_id", ""), host)))


def entry_of(variables: Mapping[str, str]) -> LoginEntry:
    """The entry that RC variables describe; whether it is complete, `missing` says."""
    auth: dict[str, str] = {}
    for name, key in _AUTH.items():
        if variables.get(name):
            auth.setdefault(key, variables[name])
    if "auth_url" in auth:
        auth["auth_url"] = without_login(auth["auth_url"])
    secrets = {key: variables[name] for name, key in _SECRETS.items() if variables.get(name)}
    entry: dict[str, Any] = {key: variables[name] for name, key in _PLAIN.items() if variables.get(name)}
    interface = variables.get("OS_INTERFACE") or variables.get("OS_ENDPOINT_TYPE")
    if interface:
        entry["interface"] = _INTERFACES.get(interface, interface)
    if auth.get("application_credential_id") or auth.get("application_credential_name"):
        entry["auth_type"] = _BY_CREDENTIAL
        # The credential is bound to its project: Keystone refuses a second one.
        auth = {key: value for key, value in auth.items() if key not in _FOR_PROJECTS}
        secrets = {key: value for key, value in secrets.items() if key == "application_credential_secret"}
    elif "token" in secrets and "password" not in secrets:
        entry["auth_type"] = "v3token"
        secrets = {"token": secrets["token"]}
        auth = {key: value for key, value in auth.items() if not key.startswith("user")}
    else:
        secrets = {key: value for key, value in secrets.items() if key == "password"}
    return LoginEntry({**entry, "auth": auth}, secrets)


def missing(found: LoginEntry) -> str:
    """What the login cannot do without, as the key of a phrase: `nothing`, `address`, `user` or `project`; else empty.

    A secret is not missing: the wizard asks for it.
    """
    auth = found.entry["auth"]
    if not auth:
        return "nothing"
    if not _is_address(auth.get("auth_url", "")):
        return "address"
    if found.entry.get("auth_type") == _BY_CREDENTIAL or "token" in found.secrets:
        return ""
    if not (auth.get("username") or auth.get("user_id")):
        return "user"
    return "" if auth.get("project_name") or auth.get("project_id") else "project"


def _is_address(url: str) -> bool:
    if "\\" in url:  # behind it, one reader sees a host and the next one a path
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def with_secret(found: LoginEntry, secret: str) -> LoginEntry:
    """The login with the secret that it lacks."""
    key = "application_credential_secret" if found.entry.get("auth_type") == _BY_CREDENTIAL else "password"
    return LoginEntry(found.entry, {key: secret})


def without_project(found: LoginEntry) -> dict[str, Any]:
    """The whole entry without its project: a login that shows whether user and password are right."""
    auth = {key: value for key, value in found.entry["auth"].items() if key not in _FOR_PROJECTS}
    return {**found.entry, "auth": {**auth, **found.secrets}}
