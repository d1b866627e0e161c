"""Brings clouds up and down."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from openstack_lab import (
    database,
    health,
    identity,
    postgres,
    processes,
    provision,
    services,
    settings,
    shared,
    swift,
    tenants,
)
from openstack_lab.config import CLOUD_NAMES, DEFAULT_TENANT, HOME, READY, SHARED, Cloud, LabError
from openstack_lab.processes import Process


def up(clouds: Sequence[Cloud], *, like_source: bool = False) -> None:
    """Start the clouds, making them first where they do not exist, and return when they are healthy."""
    began = time.monotonic()
    for process in [*shared.shared_processes(), *(p for cloud in clouds for p in cloud_processes(cloud))]:
        processes.refuse_taken_port(process)
    for cloud in clouds:
        _settle_offer(cloud, like_source=like_source and cloud.name == "target")
        settings.write_settings(cloud)
    tenants.write_clouds_yaml()
    shared.start_rabbit()
    for_each(clouds, _start_swift_back)
    shared.start_mariadb()
    database.prepare_databases(clouds)
    for_each(clouds, identity.prepare_keystone)
    shared.wait_for_shared()
    _say(began, "databases and message queue are ready")
    for cloud in clouds:
        _start(services.first_processes(cloud))
    for_each(clouds, _start_compute)
    _say(began, "all processes are started")
    for_each(clouds, _finish)
    _mark_ready()
    _say(began, f"{' and '.join(c.name for c in clouds)} healthy")


def down(clouds: Sequence[Cloud]) -> None:
    """Stop the clouds. What they share goes with the last one."""
    READY.unlink(missing_ok=True)
    files = [f for cloud in clouds for f in processes.pid_files_in(cloud.home)]
    killed = processes.stop(files, patience_s=15)
    if not any(map(is_running, map(Cloud, CLOUD_NAMES))):
        killed += shared.stop_shared()
    _mark_ready()
    if killed:
        print(f"had to be killed: {', '.join(killed)}", file=sys.stderr)


def wipe(clouds: Sequence[Cloud]) -> None:
    """Delete the data of clouds that are down."""
    running = [c.name for c in clouds if is_running(c)]
    if running:
        raise LabError(f'{" and ".join(running)} is running: "lab/lab down {" ".join(running)}" first.')
    for cloud in clouds:
        shutil.rmtree(cloud.home, ignore_errors=True)
    if not any(Cloud(name).home.exists() for name in CLOUD_NAMES):
        shared.stop_shared()
        shutil.rmtree(SHARED, ignore_errors=True)
        postgres.wipe()
    if HOME.exists():
        tenants.write_clouds_yaml()


def status(clouds: Sequence[Cloud]) -> bool:
    """Print a table of all processes. Returns whether all of them are up and healthy."""
    rows = [
        ("shared", p, "" if processes.running_pid(p.pid_file) else "not running") for p in shared.shared_processes()
    ]
    for cloud in clouds:
        mine = cloud_processes(cloud)
        found = health.problems(cloud, mine) if is_running(cloud) else {p.name: "not running" for p in mine}
        rows += [(cloud.name, p, found.get(p.name, "")) for p in mine]
    for group, process, trouble in rows:
        pid = processes.running_pid(process.pid_file) or "-"
        print(f"{group:8} {process.name:24} {pid:>8} {process.port or '-':>6}  {trouble or 'up'}")
    return not any(trouble for _, _, trouble in rows)


def cloud_processes(cloud: Cloud) -> list[Process]:
    return [
        *services.first_processes(cloud),
        *services.compute_processes(cloud),
        *swift.swift_back_processes(cloud),
        *swift.swift_front_processes(cloud),
    ]


def is_running(cloud: Cloud) -> bool:
    return any(map(processes.running_pid, processes.pid_files_in(cloud.home)))


def for_each(clouds: Sequence[Cloud], act: Callable[[Cloud], None]) -> None:
    """Both clouds at once: they wait for different things."""
    with ThreadPoolExecutor(len(clouds)) as pool:
        list(pool.map(act, clouds))


def _settle_offer(cloud: Cloud, *, like_source: bool) -> None:
    """What a cloud offers is decided when it is made: half of a later change would be ignored."""
    cloud.home.mkdir(parents=True, exist_ok=True)
    wanted, file = "source" if like_source else cloud.name, cloud.home / "offer"
    if not file.exists():
        file.write_text(wanted + "\n")
    elif like_source and file.read_text().strip() != wanted:
        raise LabError(
            'The target exists and is not like the source: "lab/lab down target" and "lab/lab wipe target" first.'
        )


def _start(wanted: Sequence[Process]) -> None:
    for process in wanted:
        processes.start(process)


def _start_swift_back(cloud: Cloud) -> None:
    swift.write_swift_settings(cloud)
    _start(swift.swift_back_processes(cloud))


def _start_compute(cloud: Cloud) -> None:
    health.wait_for_api(cloud, "keystone")
    identity.prepare_identity(cloud)
    health.wait_for_api(cloud, "placement")
    _start(services.compute_processes(cloud))
    _start(swift.swift_front_processes(cloud))


def _finish(cloud: Cloud) -> None:
    health.wait_until_healthy(cloud, cloud_processes(cloud))
    provision.provision(cloud)
    tenants.ensure_tenant(cloud.name, DEFAULT_TENANT)


def _mark_ready() -> None:
    running = [name for name in CLOUD_NAMES if is_running(Cloud(name))]
    if running:
        READY.write_text(" ".join(running) + "\n")
    else:
        READY.unlink(missing_ok=True)


def _say(began: float, what: str) -> None:
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)
