"""Keystone's keys, service users and catalog."""

from __future__ import annotations

import base64
import os

from openstack_lab.config import PASSWORD, Cloud
from openstack_lab.database import manage
from openstack_lab.rest import Json, Rest

SERVICE_TYPES = {
    "glance": "image",
    "placement": "placement",
    "nova": "compute",
    "neutron": "network",
    "cinder": "volumev3",
    "swift": "object-store",
    "s3": "s3",
}


def prepare_keystone(cloud: Cloud) -> None:
    """Keys and the admin user: all that Keystone needs before it starts."""
    done = cloud.data / ".keystone-prepared"
    if done.exists():
        return
    for repository in ("fernet", "credential"):
        folder = cloud.data / "keystone" / repository
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # 0 is the staged key, 1 the primary one: what fernet_setup leaves, without its slow start.
        for number in ("0", "1"):
            (folder / number).write_bytes(base64.urlsafe_b64encode(os.urandom(32)))
            (folder / number).chmod(0o600)
    url = cloud.url("keystone")
    manage(
        cloud,
        "keystone",
        [
            "keystone-manage",
            "bootstrap",
            "--bootstrap-password",
            PASSWORD,
            "--bootstrap-admin-url",
            url,
            "--bootstrap-internal-url",
            url,
            "--bootstrap-public-url",
            url,
            "--bootstrap-region-id",
            cloud.offer.region,
        ],
    )
    done.touch()


def prepare_identity(cloud: Cloud) -> None:
    """Service users, roles and endpoints: what the other services need to answer."""
    done = cloud.data / ".identity-prepared"
    if done.exists():
        return
    admin = Rest(cloud)
    roles = {name: ensure(admin, "role", {"name": name}) for name in ("admin", "service", "member", "ResellerAdmin")}
    project = ensure(admin, "project", {"name": "service", "domain_id": "default"})
    for service, service_type in SERVICE_TYPES.items():
        if service != "s3":
            user = ensure(admin, "user", {"name": service, "domain_id": "default", "password": PASSWORD})
            for role in ("admin", "service"):
                admin.put("keystone", f"/projects/{project}/users/{user}/roles/{roles[role]}")
        _ensure_endpoints(admin, cloud, service, service_type)
    done.touch()


def ensure(admin: Rest, kind: str, wanted: Json) -> str:
    """Find a Keystone object by its name, or create it. Returns its id."""
    found = admin.get("keystone", f"/{kind}s?name={wanted['name']}")[f"{kind}s"]
    made = found[0] if found else admin.post("keystone", f"/{kind}s", {kind: wanted})[kind]
    return str(made["id"])


def _ensure_endpoints(admin: Rest, cloud: Cloud, service: str, service_type: str) -> None:
    url = {"swift": cloud.url("swift") + "/v1/AUTH_%(project_id)s", "s3": cloud.url("swift")}.get(service) or cloud.url(
        service
    )
    service_id = ensure(admin, "service", {"name": service, "type": service_type})
    present = {e["interface"] for e in admin.get("keystone", f"/endpoints?service_id={service_id}")["endpoints"]}
    for interface in {"public", "internal"} - present:
        admin.post(
            "keystone",
            "/endpoints",
            {
                "endpoint": {
                    "service_id": service_id,
                    "interface": interface,
                    "url": url,
                    "region_id": cloud.offer.region,
                }
            },
        )
