"""Makes the other projects that a tenant has to do with: those that it shares images with."""

from .clouds import connect, ensure_project
from .tenant import Tenant
from .topology import Resource


def project_name(tenant: Tenant, name: str) -> str:
    """What a project of a topology is called on the clouds: each seeded tenant has its own."""
    return f"{tenant.project}-{name}"


def make_project(tenant: Tenant, resource: Resource) -> None:
    """On both clouds, with a user of the same name, as the tenant's own."""
    name = project_name(tenant, resource.name)
    found = connect(tenant.cloud, "admin").identity.find_project(name)
    ensure_project(name)
    tenant.record(resource, connect(tenant.cloud, name).current_project_id, made=found is None, detail=name)
