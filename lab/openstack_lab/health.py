"""Tells whether a cloud can be used, by asking it what a user would ask, not by looking at ports."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from openstack_lab.config import Cloud, LabError
from openstack_lab.processes import Process, running_pid
from openstack_lab.rest import Rest, RestError

NOT_YET = (OSError, RestError, http.client.HTTPException, KeyError, LookupError)


def wait_for_api(cloud: Cloud, service: str, timeout_s: float = 120) -> None:
    def answers() -> str:
        connection = http.client.HTTPConnection("127.0.0.1", cloud.port(service), timeout=5)
        try:
            connection.request("GET", "/")
            status = connection.getresponse().status
        finally:
            connection.close()
        return "" if status < 500 else f"{service} answers {status}"

    _wait(cloud, answers, timeout_s)


def wait_until_healthy(cloud: Cloud, processes: Iterable[Process], timeout_s: float = 240) -> None:
    started = list(processes)
    _wait(cloud, lambda: ", ".join(f"{name}: {state}" for name, state in problems(cloud, started).items()), timeout_s)


def problems(cloud: Cloud, processes: Iterable[Process]) -> dict[str, str]:
    """What is wrong, by the name of the process. Empty when the cloud is healthy."""
    found = {p.name: "not running" for p in processes if not running_pid(p.pid_file)}
    admin = Rest(cloud, timeout_s=20)
    try:
        admin.token()
    except NOT_YET as error:
        return {"keystone": f"no login ({error})", **found}
    for name, check in _CHECKS.items():
        if name not in found:
            try:
                state = check(admin)
            except NOT_YET as error:
                state = str(error) or type(error).__name__
            if state:
                found[name] = state
    return found


def _wait(cloud: Cloud, trouble: Callable[[], str], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            state = trouble()
        except NOT_YET as error:
            state = repr(error)
        if not state:
            return
        if time.monotonic() > deadline:
            raise LabError(
                f"The {cloud.name} cloud is not healthy after {timeout_s:.0f} s ({state}): see {cloud.logs}."
            )
        time.sleep(0.5)


def _answers(service: str, path: str) -> Callable[[Rest], str]:
    def check(admin: Rest) -> str:
        admin.get(service, path.format(project=admin.project_id))
        return ""

    return check


def _nova_daemon(binary: str) -> Callable[[Rest], str]:
    return lambda admin: _reported(admin.cloud, binary, admin.get("nova", f"/os-services?binary={binary}")["services"])


def _cinder_daemon(binary: str) -> Callable[[Rest], str]:
    def check(admin: Rest) -> str:
        return _reported(
            admin.cloud, binary, admin.get("cinder", f"/{admin.project_id}/os-services?binary={binary}")["services"]
        )

    return check


def _reported(cloud: Cloud, binary: str, services: list[dict[str, str]]) -> str:
    """After a restart the tables still say "up" from before: only a report of the process that runs now counts."""
    if not services or services[0]["state"] != "up" or not services[0]["updated_at"]:
        return "has not reported"
    reported = datetime.fromisoformat(services[0]["updated_at"].rstrip("Z")).replace(tzinfo=UTC).timestamp()
    return "" if reported >= (cloud.home / "pids" / binary).stat().st_mtime else "has not reported since its start"


def _compute(admin: Rest) -> str:
    hypervisors = admin.get("nova", "/os-hypervisors")["hypervisors"]
    return _nova_daemon("nova-compute")(admin) if hypervisors else "no hypervisor"


def _cinder_scheduler(admin: Rest) -> str:
    pools = admin.get("cinder", f"/{admin.project_id}/scheduler-stats/get_pools")["pools"]
    return _cinder_daemon("cinder-scheduler")(admin) if pools else "knows no pool, volumes would go to error"


def _swift(admin: Rest) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", admin.cloud.port("swift"), timeout=20)
    try:
        connection.request("GET", f"/v1/AUTH_{admin.project_id}?limit=1", headers={"X-Auth-Token": admin.token()})
        status = connection.getresponse().status
    finally:
        connection.close()
    return "" if status in (200, 204) else f"answers {status}"


_CHECKS: dict[str, Callable[[Rest], str]] = {
    "placement": _answers("placement", "/"),
    "glance": _answers("glance", "/v2/images?limit=1"),
    "neutron": _answers("neutron", "/v2.0/networks?limit=1"),
    "nova": _answers("nova", "/flavors?limit=1"),
    "cinder": _answers("cinder", "/{project}/types"),
    "nova-conductor": _nova_daemon("nova-conductor"),
    "nova-scheduler": _nova_daemon("nova-scheduler"),
    "nova-compute": _compute,
    "cinder-volume": _cinder_daemon("cinder-volume"),
    "cinder-scheduler": _cinder_scheduler,
    "cinder-backup": _cinder_daemon("cinder-backup"),
    "swift-proxy": _swift,
}
