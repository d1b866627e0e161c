"""Logs in to the lab's clouds, and asks the lab for tenants."""

import os
from typing import Any

import openstack
from openstack_lab.config import LabError
from openstack_lab.rest import RestError
from openstack_lab.tenants import ensure_tenant

from .errors import SeedError
from .paths import lab_home

CLOUDS = ("source", "target")


def ensure_project(project: str) -> None:
    """The tenant's project and user, on both clouds: who moves out has signed up where they move to."""
    if not (lab_home() / "READY").exists():
        raise SeedError("the lab does not run: start it with lab/lab up")
    try:
        for cloud in CLOUDS:
            ensure_tenant(cloud, project)
    except (LabError, RestError, OSError) as err:
        raise SeedError(f"the lab cannot make the tenant {project}: {err}") from err


def connect(cloud: str, who: str) -> Any:
    """A connection as a project's own user, or as `admin`."""
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(lab_home() / "clouds.yaml")
    for name in [n for n in os.environ if n.lower().endswith("_proxy")]:
        # The clouds are on loopback, where no proxy leads.
        del os.environ[name]
    return openstack.connect(cloud=f"{cloud}-{who}")
