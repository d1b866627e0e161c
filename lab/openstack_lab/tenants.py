"""Tenants of the clouds, and the clouds.yaml with which to be one."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openstack_lab.config import CLOUD_NAMES, CLOUDS_YAML, DEFAULT_TENANT, HOME, PASSWORD, Cloud, cloud_named
from openstack_lab.identity import ensure
from openstack_lab.rest import Rest

ROOMY = 10000


def ensure_tenant(cloud: str, name: str = DEFAULT_TENANT) -> str:
    """Create project NAME with the user NAME as its member, unless they are there. Safe to repeat, also at once.

    Returns: the name of its entry in clouds.yaml, "<cloud>-<name>".
    """
    where = cloud_named(cloud)
    with _lock():
        admin = Rest(where)
        project = ensure(admin, "project", {"name": name, "domain_id": "default"})
        user = ensure(
            admin, "user", {"name": name, "domain_id": "default", "password": PASSWORD, "default_project_id": project}
        )
        role = ensure(admin, "role", {"name": "member"})
        admin.put("keystone", f"/projects/{project}/users/{user}/roles/{role}")
        if where.offer.roomy_quotas:
            _raise_quotas(admin, project)
        _remember(where, name)
        _write()
    return f"{cloud}-{name}"


def ensure_s3_keys(cloud: str, name: str = DEFAULT_TENANT) -> tuple[str, str]:
    """The access key and the secret key of the tenant for the S3 API, made on first use."""
    tenant = Rest(cloud_named(cloud), name, name)
    tenant.token()
    path = f"/users/{tenant.user_id}/credentials/OS-EC2"
    with _lock():
        found = [c for c in tenant.get("keystone", path)["credentials"] if c["tenant_id"] == tenant.project_id]
        keys = found[0] if found else tenant.post("keystone", path, {"tenant_id": tenant.project_id})["credential"]
    return keys["access"], keys["secret"]


def write_clouds_yaml() -> None:
    with _lock():
        _write()


@contextmanager
def _lock() -> Iterator[None]:
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "clouds.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _tenants_file(cloud: Cloud) -> Path:
    return cloud.home / "tenants"


def _names(cloud: Cloud) -> list[str]:
    file = _tenants_file(cloud)
    return file.read_text().split() if file.exists() else []


def _remember(cloud: Cloud, name: str) -> None:
    _tenants_file(cloud).write_text("\n".join(sorted({*_names(cloud), name})) + "\n")


def _write() -> None:
    entries = []
    for cloud in map(Cloud, CLOUD_NAMES):
        entries.append(_entry(f"{cloud.name}-admin", cloud, "admin"))
        entries.append(_entry(cloud.name, cloud, DEFAULT_TENANT))
        entries += [_entry(f"{cloud.name}-{name}", cloud, name) for name in sorted({DEFAULT_TENANT, *_names(cloud)})]
    part = CLOUDS_YAML.with_suffix(".part")
    part.write_text("clouds:\n" + "".join(entries))
    part.rename(CLOUDS_YAML)


def _entry(title: str, cloud: Cloud, user: str) -> str:
    return (
        f"  {title}:\n"
        f"    auth:\n"
        f"      auth_url: {cloud.url('keystone')}\n"
        f'      username: "{user}"\n'
        f"      password: {PASSWORD}\n"
        f'      project_name: "{user}"\n'
        f"      user_domain_name: Default\n"
        f"      project_domain_name: Default\n"
        f"    region_name: {cloud.offer.region}\n"
        f"    interface: public\n"
        f"    identity_api_version: 3\n"
    )


def _raise_quotas(admin: Rest, project: str) -> None:
    compute = ("instances", "cores", "key_pairs", "server_groups", "server_group_members", "metadata_items")
    admin.put(
        "nova", f"/os-quota-sets/{project}", {"quota_set": {**dict.fromkeys(compute, ROOMY), "ram": ROOMY * 1024}}
    )
    storage = ("volumes", "snapshots", "gigabytes", "backups", "backup_gigabytes")
    admin.put("cinder", f"/{admin.project_id}/os-quota-sets/{project}", {"quota_set": dict.fromkeys(storage, ROOMY)})
    network = ("network", "subnet", "port", "router", "floatingip", "security_group", "security_group_rule", "trunk")
    admin.put("neutron", f"/v2.0/quotas/{project}", {"quota": dict.fromkeys(network, ROOMY)})
