"""Swift of a cloud: configuration, rings and processes. One device, one replica, behind the cloud's Keystone."""

from __future__ import annotations

import getpass
import subprocess

from openstack_lab.config import BIN, CLOUD_NAMES, DRIVERS_DIR, PASSWORD, Cloud, LabError, clean_environment
from openstack_lab.processes import Process
from openstack_lab.settings import Section, write_ini

KINDS = ("account", "container", "object")
PIPELINE = (
    "catch_errors access_log gatekeeper healthcheck proxy-logging cache listing_formats container_sync bulk tempurl "
    "ratelimit authtoken s3api s3token keystoneauth staticweb copy container-quotas account-quotas slo dlo "
    "versioned_writes symlink proxy-logging proxy-server"
)
PLAIN_FILTERS = (
    "catch_errors",
    "gatekeeper",
    "healthcheck",
    "listing_formats",
    "container_sync",
    "bulk",
    "tempurl",
    "ratelimit",
    "staticweb",
    "copy",
    "dlo",
    "symlink",
)


def write_swift_settings(cloud: Cloud) -> None:
    etc, data = cloud.etc / "swift", cloud.data / "swift"
    for folder in ("devices/d1", "cache"):
        (data / folder).mkdir(parents=True, exist_ok=True)
    write_ini(
        etc / "swift.conf",
        {
            "swift-hash": {
                "swift_hash_path_prefix": f"{cloud.name}-prefix",
                "swift_hash_path_suffix": f"{cloud.name}-suffix",
            },
            "storage-policy:0": {"name": "Policy-0", "default": "yes"},
        },
    )
    write_ini(etc / "memcache.conf", {"memcache": {"memcache_servers": f"127.0.0.1:{cloud.port('memcached')}"}})
    write_ini(etc / "container-sync-realms.conf", _realms())
    write_ini(etc / "proxy-server.conf", _proxy(cloud))
    # The expirer and the updaters reach objects through a small proxy pipeline of their own.
    write_ini(etc / "internal-client.conf", {"DEFAULT": {"swift_dir": etc}, **_internal_pipeline()})
    write_ini(
        etc / "object-expirer.conf",
        {"DEFAULT": _common(cloud), "object-expirer": {"interval": 30}, **_internal_pipeline()},
    )
    for kind in KINDS:
        write_ini(etc / f"{kind}-server.conf", _storage_server(cloud, kind))
    _make_rings(cloud)


def swift_back_processes(cloud: Cloud) -> list[Process]:
    """What needs no Keystone."""
    memcached = (
        "memcached",
        "-u",
        getpass.getuser(),
        "-l",
        "127.0.0.1",
        "-p",
        str(cloud.port("memcached")),
        "-U",
        "0",
        "-m",
        "64",
    )
    return [
        _process(cloud, "memcached", memcached, cloud.port("memcached")),
        *(_server(cloud, kind, cloud.port(f"swift-{kind}")) for kind in KINDS),
    ]


def swift_front_processes(cloud: Cloud) -> list[Process]:
    # Without the container updater an account's totals stay 0.
    return [
        _server(cloud, "proxy", cloud.port("swift")),
        _daemon(cloud, "container-updater", "container-server.conf", "swift.container.updater"),
        _daemon(cloud, "object-updater", "object-server.conf", "swift.obj.updater"),
        _daemon(cloud, "object-expirer", "object-expirer.conf", "swift.obj.expirer"),
    ]


def _process(cloud: Cloud, name: str, command: tuple[str, ...], port: int | None = None) -> Process:
    env = clean_environment() | {"PYTHONPATH": str(DRIVERS_DIR), "PYTHONWARNINGS": "ignore", "MALLOC_ARENA_MAX": "2"}
    return Process(name, cloud.name, command, env, cloud.home, port)


def _server(cloud: Cloud, kind: str, port: int) -> Process:
    return _process(
        cloud, f"swift-{kind}", (f"{BIN}/swift-{kind}-server", f"{cloud.etc}/swift/{kind}-server.conf", "-v"), port
    )


def _daemon(cloud: Cloud, name: str, conf: str, module: str) -> Process:
    command = (f"{BIN}/python", f"{DRIVERS_DIR}/swift_daemon.py", f"{cloud.etc}/swift/{conf}", module, "-v")
    return _process(cloud, f"swift-{name}", command)


def _common(cloud: Cloud) -> Section:
    return {
        "swift_dir": cloud.etc / "swift",
        "user": getpass.getuser(),
        "bind_ip": "127.0.0.1",
        "workers": 0,
        "max_clients": 1024,
        "recon_cache_path": cloud.data / "swift" / "cache",
    }


def _storage_server(cloud: Cloud, kind: str) -> dict[str, Section]:
    return {
        "DEFAULT": {
            **_common(cloud),
            "bind_port": cloud.port(f"swift-{kind}"),
            "devices": cloud.data / "swift" / "devices",
            "mount_check": "false",
            "disable_fallocate": "true",
        },
        "pipeline:main": {"pipeline": f"healthcheck recon {kind}-server"},
        f"app:{kind}-server": {
            "use": f"egg:swift#{kind}",
            "log_requests": "false",
            "conn_timeout": 10,
            "node_timeout": 60,
        },
        "filter:healthcheck": {"use": "egg:swift#healthcheck"},
        "filter:recon": {"use": "egg:swift#recon"},
        f"{kind}-replicator": {},
        f"{kind}-updater": {"interval": 60},
        f"{kind}-auditor": {},
        "object-reconstructor": {},
    }


def _internal_pipeline() -> dict[str, Section]:
    return {
        "pipeline:main": {"pipeline": "catch_errors proxy-logging cache symlink proxy-server"},
        "app:proxy-server": {"use": "egg:swift#proxy", "account_autocreate": "true"},
        "filter:cache": {"use": "egg:swift#memcache"},
        "filter:catch_errors": {"use": "egg:swift#catch_errors"},
        "filter:proxy-logging": {"use": "egg:swift#proxy_logging"},
        "filter:symlink": {"use": "egg:swift#symlink"},
    }


def _proxy(cloud: Cloud) -> dict[str, Section]:
    keystone = cloud.url("keystone")
    login: Section = {
        "auth_type": "password",
        "auth_url": keystone,
        "username": "swift",
        "password": PASSWORD,
        "project_name": "service",
        "user_domain_id": "default",
        "project_domain_id": "default",
    }
    return {
        "DEFAULT": {**_common(cloud), "bind_port": cloud.port("swift"), "expose_info": "true"},
        "pipeline:main": {"pipeline": PIPELINE},
        "app:proxy-server": {
            "use": "egg:swift#proxy",
            "allow_account_management": "true",
            "account_autocreate": "true",
            "conn_timeout": 10,
            "node_timeout": 60,
            "recoverable_node_timeout": 60,
        },
        "filter:access_log": {
            "paste.filter_factory": "swift_access_log:filter_factory",
            "access_log": cloud.access / "swift.log",
        },
        "filter:proxy-logging": {"use": "egg:swift#proxy_logging"},
        "filter:cache": {"use": "egg:swift#memcache", "memcache_servers": f"127.0.0.1:{cloud.port('memcached')}"},
        "filter:authtoken": {
            "paste.filter_factory": "keystonemiddleware.auth_token:filter_factory",
            "www_authenticate_uri": keystone,
            "delay_auth_decision": "true",
            "cache": "swift.cache",
            "include_service_catalog": "false",
            **login,
        },
        "filter:s3api": {
            "use": "egg:swift#s3api",
            "s3_acl": "false",
            "location": "us-east-1",
            "min_segment_size": 5 << 20,
            "max_upload_part_num": 10000,
        },
        # Keystone answers /v3/s3tokens only to a service, so this filter has to log in as well.
        "filter:s3token": {
            "use": "egg:swift#s3token",
            "auth_uri": keystone,
            "reseller_prefix": "AUTH_",
            "delay_auth_decision": "true",
            **login,
        },
        "filter:keystoneauth": {
            "use": "egg:swift#keystoneauth",
            "operator_roles": "admin, member",
            "reseller_prefix": "AUTH",
            "reseller_admin_role": "ResellerAdmin",
        },
        "filter:container-quotas": {"use": "egg:swift#container_quotas"},
        "filter:account-quotas": {"use": "egg:swift#account_quotas"},
        "filter:slo": {"use": "egg:swift#slo", "max_manifest_segments": 10000},
        "filter:versioned_writes": {
            "use": "egg:swift#versioned_writes",
            "allow_versioned_writes": "true",
            "allow_object_versioning": "true",
        },
        **{f"filter:{name}": {"use": f"egg:swift#{name}"} for name in PLAIN_FILTERS},
    }


def _realms() -> dict[str, Section]:
    clusters = {f"cluster_{name}": f"{Cloud(name).url('swift')}/v1/" for name in CLOUD_NAMES}
    return {"DEFAULT": {"mtime_check_interval": 300}, "lab": {"key": "lab-realm-key", **clusters}}


def _make_rings(cloud: Cloud) -> None:
    etc = cloud.etc / "swift"
    missing = [k for k in KINDS if not (etc / f"{k}.ring.gz").exists()]
    if not missing:
        return
    wanted = [f"{etc}/{kind}.ring.gz:{cloud.port(f'swift-{kind}')}" for kind in missing]
    done = subprocess.run(
        [f"{BIN}/python", f"{DRIVERS_DIR}/swift_rings.py", *wanted],
        env=clean_environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise LabError(f"The Swift rings of the {cloud.name} cloud could not be made: {done.stderr.strip()[-300:]}")
