"""The entry of clouds.yaml (or the OS_* environment) that a name stands for."""

from keystoneauth1 import exceptions as ks
from openstack import exceptions as sdk
from openstack.config.cloud_region import CloudRegion
from openstack.config.loader import OpenStackConfig

from migrate import __version__
from migrate.clouds.guard import Gatekeeper
from migrate.clouds.http import OnRequest, RetryPolicy
from migrate.clouds.openstack.cloud import OpenStackCloud
from migrate.clouds.openstack.login import Login
from migrate.errors import ConfigError

ENVIRONMENT = "env"
_AUTH_TYPES = frozenset({"password", "v2password", "v3password", "v3applicationcredential"})


def open_cloud(
    name: str, gatekeeper: Gatekeeper, *, on_request: OnRequest | None = None, retries: RetryPolicy | None = None
) -> OpenStackCloud:
    """The cloud of that name. Reads files and environment alone; the first call logs in.

    Raises: ConfigError: no such entry, or one that cannot log in by itself for as long as a migration takes.
    """
    return OpenStackCloud(Login(name, _region(name), gatekeeper, on_request, retries))


def _region(name: str) -> CloudRegion:
    try:
        # Our name in the servers' access logs: operators, and our own referees, can tell our requests.
        config = OpenStackConfig(app_name="decamp", app_version=__version__)
        known = [cloud for cloud in config.get_cloud_names() if cloud not in {"defaults", config.envvar_key}]
    except sdk.ConfigException as error:
        raise ConfigError("DCP-201", cloud=name, known="", why=str(error)) from error
    entry = config.envvar_key if name == ENVIRONMENT else name
    if entry not in config.get_cloud_names() or entry == "defaults":
        raise ConfigError("DCP-201", cloud=name, known=", ".join(sorted(known)))
    try:
        region = config.get_one(cloud=entry)
    except (sdk.SDKException, ks.ClientException) as error:
        raise ConfigError("DCP-201", cloud=name, known=", ".join(sorted(known)), why=str(error)) from error
    auth_type = region.config.get("auth_type")
    if auth_type not in _AUTH_TYPES:
        raise ConfigError("DCP-201", cloud=name, known=", ".join(sorted(known)), why=f"auth_type {auth_type}")
    if auth_type.endswith("password") and not region.config["auth"].get("password"):
        # Found here, where it has a name: keystoneauth notices only at the first login, with a bare Exception.
        raise ConfigError("DCP-201", cloud=name, known=", ".join(sorted(known)), why="it has no password")
    return region
