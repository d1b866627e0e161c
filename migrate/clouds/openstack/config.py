"""Looks up a name in clouds.yaml or the OS_* environment."""

from pathlib import Path
from typing import Any
from urllib.request import getproxies

from keystoneauth1 import exceptions as ks
from openstack import exceptions as sdk
from openstack.config.cloud_region import CloudRegion
from openstack.config.loader import OpenStackConfig

from migrate import __version__
from migrate.clouds.guard import Gatekeeper
from migrate.clouds.http import OnRequest, Pacer, Probe, RetryPolicy, probe_address
from migrate.clouds.openstack.cloud import OpenStackCloud
from migrate.clouds.openstack.config_files import ConfigFiles, config_files
from migrate.clouds.openstack.guarded_session import trusting
from migrate.clouds.openstack.login import TOKEN_TYPES, Login
from migrate.errors import AccessError, ConfigError, RegionAmbiguous
from migrate.messages import codes
from migrate.own_secrets import hold, hold_login, hold_url
from migrate.secret_looking import is_secret, without_login

ENVIRONMENT = "env"

# Settings required by each kind of login; one of each tuple's alternatives.
_NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    **dict.fromkeys(("password", "v2password", "v3password"), (("password",), ("username", "user_id"))),
    "v3applicationcredential": (
        ("application_credential_secret",),
        ("application_credential_id", "application_credential_name"),
    ),
    **dict.fromkeys(TOKEN_TYPES, (("token",),)),
}
_NO_SECRETS = ("_url", "_id", "_name", "_type", "_endpoint")
_DOMAINS = ("domain", "user_domain", "project_domain", "default_domain")


def open_cloud(
    name: str,
    gatekeeper: Gatekeeper,
    *,
    region: str = "",
    on_request: OnRequest | None = None,
    retries: RetryPolicy | None = None,
    pacer: Pacer | None = None,
) -> OpenStackCloud:
    """The cloud of this name. Reads only files and environment; the first call logs in.

    Args:    region: one of the entry's regions; optional if there is only one.   pacer: limits the rate of requests.
    Raises:  ConfigError DCP-201: no such entry, or one that cannot log in; DCP-216: several regions and none chosen.
             AccessError DCP-405: unknown region.
    """
    return OpenStackCloud(open_login(name, gatekeeper, region, on_request, retries, pacer))


def open_login(
    name: str,
    gatekeeper: Gatekeeper,
    region: str = "",
    on_request: OnRequest | None = None,
    retries: RetryPolicy | None = None,
    pacer: Pacer | None = None,
) -> Login:
    """The login of this name; as `open_cloud`."""
    entry = _Entry(name)
    try:
        return Login(name, entry.region(region), gatekeeper, on_request, retries, pacer)
    except OSError as error:
        # The CA file or the client certificate, which are read here.
        raise entry.unusable(f"cacert, cert, key: {error}") from error


class _Config(OpenStackConfig):
    """The SDK's configuration, limited to logins that we support, including identity 2.0."""

    def auth_config_hook(self, config: dict[str, Any]) -> dict[str, Any]:
        """Removes settings that a version 2 login lacks: it has no domains, and calls a project a tenant."""
        auth, auth_type = config["auth"], str(config.get("auth_type"))
        if isinstance(auth.get("auth_url"), str):
            # A login within the URL would otherwise appear in every document and message with it.
            hold_url(auth["auth_url"])
            auth["auth_url"] = without_login(auth["auth_url"])
        if auth_type not in _NEEDS:
            raise sdk.ConfigException(f"auth_type {auth_type}")
        by_version_2 = auth_type.startswith("v2") or (
            auth_type in {"password", "token"} and str(config.get("identity_api_version", "")).startswith("2")
        )
        if by_version_2:
            for key in (f"{domain}_{what}" for domain in _DOMAINS for what in ("id", "name")):
                auth.pop(key, None)
                config.pop(key, None)
        if auth_type == "v2token":
            # The SDK does this only for v2password.
            for what in ("id", "name"):
                if f"project_{what}" in auth:
                    auth[f"tenant_{what}"] = auth.pop(f"project_{what}")
        return config


def login_files(name: str) -> tuple[str, ...]:
    """The files that define the entry of this name; none for the environment. Raises as `open_cloud`."""
    config = _Entry(name).config
    return tuple(path for path in (config.config_filename, config.secure_config_filename) if path)


def probe_login(name: str, region: str = "") -> Probe:
    """One look at the address of a login, without logging in. Raises as `open_cloud` and `probe_address`."""
    entry = _Entry(name)
    chosen = entry.region(region)
    try:
        tls = trusting(*chosen.get_requests_verify_args())
    except OSError as error:
        raise entry.unusable(f"cacert, cert, key: {error}") from error
    return probe_address(str(chosen.config["auth"].get("auth_url", "")), tls)


def login_is_checked(name: str) -> bool:
    """Whether certificates are verified: the entry sets neither `verify: false` nor `insecure`. Raises as
    `open_cloud`.
    """
    entry = _Entry(name)
    return entry.config.get_one(cloud=entry.key).get_requests_verify_args()[0] is not False


def sdk_config(name: str, *, load_envvars: bool = True) -> _Config:
    """The SDK's configuration with the files for this name; `env` has none."""
    files = ConfigFiles([], [], []) if name == ENVIRONMENT else config_files()
    return _Config(
        config_files=files.clouds,
        secure_files=files.secure,
        vendor_files=files.vendor,
        app_name="decamp",
        app_version=__version__,
        load_yaml_config=name != ENVIRONMENT,
        load_envvars=load_envvars,
    )


class _Entry:
    """One entry, looked up on creation. Raises ConfigError DCP-201 if it is missing."""

    def __init__(self, name: str) -> None:
        self._name, self._known = name, ""
        try:
            # Our name in the servers' access logs, so that operators can recognise our requests.
            self.config = sdk_config(name)
        except sdk.ConfigException as error:
            raise self.unusable(str(error)) from error
        names, by_environment = self.config.get_cloud_names(), self.config.envvar_key
        self._known = ", ".join(sorted(set(names) - {"defaults", by_environment}))
        self.key = str(by_environment) if name == ENVIRONMENT else name
        if self.key not in names or self.key == "defaults":
            raise self.unusable("")
        entry = self.config.cloud_config["clouds"][self.key]
        for key in ("region_name", "regions"):
            # A key without a value, which crashes the SDK.
            if isinstance(entry, dict) and not entry.get(key, "-"):
                del entry[key]

    def region(self, wanted: str) -> CloudRegion:
        """The wanted region, or the only one."""
        try:
            # The SDK's own handling of lists, comma-separated lists and vendor profiles; it is not public.
            found = self.config._get_regions(self.key)
            regions = [one["name"] for one in found if one["name"]]
            if wanted and regions and wanted not in regions:
                raise AccessError(codes.REGION_UNKNOWN, cloud=self._name, region=wanted, known=", ".join(regions))
            if not wanted and len(regions) > 1:
                raise RegionAmbiguous(codes.REGION_AMBIGUOUS, cloud=self._name, known=", ".join(regions))
            chosen = self.config.get_one(cloud=self.key, region_name=wanted or None)
        except (sdk.SDKException, ks.ClientException, TypeError, AttributeError, KeyError, ValueError) as error:
            # Python's own errors: an unknown key in `auth`, a list in place of a text.
            raise self.unusable(str(error)) from error
        self._check(chosen)
        hold_login_of(chosen)
        return chosen

    def _check(self, chosen: CloudRegion) -> None:
        """Reports missing settings by name, before keystoneauth fails at the first login with a bare Exception."""
        for needed in _NEEDS[str(chosen.config["auth_type"])]:
            if not any(chosen.config["auth"].get(key) for key in needed):
                raise self.unusable(f"it has no {' or '.join(needed)}")
        authorities = chosen.get_requests_verify_args()[0]
        if isinstance(authorities, str) and not Path(authorities).exists():
            raise self.unusable(f"cacert: there is no {authorities}")

    def unusable(self, why: str) -> ConfigError:
        more = {"why": why} if why else {}
        return ConfigError(codes.CLOUD_UNKNOWN, cloud=self._name, known=self._known, **more)


def hold_login_of(chosen: CloudRegion) -> None:
    """Registers the login's and proxies' secrets, so that they are hidden in all output."""
    auth = chosen.config["auth"]
    for user in ("username", "user_id"):
        hold_login(auth.get(user), auth.get("password"))
    hold(*(str(value) for key, value in auth.items() if is_secret(key) and not key.endswith(_NO_SECRETS)))
    for proxy in getproxies().values():
        hold_url(proxy)
