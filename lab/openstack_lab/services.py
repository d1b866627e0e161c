"""The processes of a cloud's OpenStack services, in the order in which they can start."""

from __future__ import annotations

from dataclasses import replace

from openstack_lab.config import BIN, DRIVERS_DIR, VENV, Cloud, clean_environment
from openstack_lab.processes import Process
from openstack_lab.settings import config_arguments

MIB = 1 << 20

# The parser is lab/access_log.py: keep the two alike.
ACCESS_FORMAT = '%(tmsecs) %(method) %(status) %(uri) %(var.HTTP_RANGE) %(cl) %(rsize) %(project) "%(uagent)"'


def first_processes(cloud: Cloud) -> list[Process]:
    """Can start as soon as the database and the message queue answer."""
    return [
        _api(cloud, "keystone", "keystone.wsgi.api"),
        _api(cloud, "placement", "placement.wsgi.api"),
        _api(cloud, "neutron", "neutron.wsgi.api"),
        _api(cloud, "glance", "glance.wsgi.api"),
        _api(cloud, "cinder", "cinder.wsgi.api"),
        _daemon(cloud, "cinder", "cinder-scheduler"),
        _ours(cloud, "cinder", "cinder-volume", "cinder_volume.py", *config_arguments(cloud, "cinder")),
        _daemon(cloud, "cinder", "cinder-backup"),
    ]


def compute_processes(cloud: Cloud) -> list[Process]:
    """Nova, for when Keystone and Placement answer: started earlier, nova-compute asks again after a minute only."""
    settings = config_arguments(cloud, "nova", "nova-compute.conf")
    return [
        _daemon(cloud, "nova", "nova-conductor"),
        _ours(cloud, "nova", "nova-compute", "nova_compute.py", *settings),
        _daemon(cloud, "nova", "nova-scheduler"),
        _api(cloud, "nova", "nova.wsgi.osapi_compute"),
    ]


def service_environment(cloud: Cloud, service: str) -> dict[str, str]:
    """Each service has its own TMPDIR, because Neutron leaves a file there that is named after its parent's pid."""
    return clean_environment() | {
        "PYTHONPATH": str(DRIVERS_DIR),
        "PYTHONWARNINGS": "ignore",
        "HOME": str(cloud.data),
        "MALLOC_ARENA_MAX": "2",
        "TMPDIR": f"{cloud.data}/{service}/tmp",
        f"OS_{service.upper()}_CONFIG_DIR": f"{cloud.etc}/{service}",
    }


def _process(cloud: Cloud, service: str, name: str, command: tuple[str, ...], port: int | None = None) -> Process:
    return Process(name, cloud.name, command, service_environment(cloud, service), cloud.home, port)


def _daemon(cloud: Cloud, service: str, program: str) -> Process:
    return _process(cloud, service, program, (f"{BIN}/{program}", *config_arguments(cloud, service)))


def _ours(cloud: Cloud, service: str, name: str, file: str, *arguments: str) -> Process:
    """A daemon of OpenStack that a file of drivers/ starts, with something changed."""
    return _process(cloud, service, name, (f"{BIN}/python", f"{DRIVERS_DIR}/{file}", *arguments))


def _api(cloud: Cloud, service: str, module: str) -> Process:
    port = cloud.port(service)
    command = [
        f"{BIN}/uwsgi",
        "--http-socket",
        f"127.0.0.1:{port}",
        "--module",
        "lab_wsgi:application",
        "--virtualenv",
        str(VENV),
        # One worker with threads; the master is there because Neutron needs a parent of its own.
        "--master",
        "--processes",
        "1",
        "--threads",
        "8",
        "--enable-threads",
        "--lazy-apps",
        "--need-app",
        "--die-on-term",
        "--worker-reload-mercy",
        "3",
        "--buffer-size",
        "65535",
        "--listen",
        "100",
        "--socket-timeout",
        "120",
        # uWSGI closes each connection but does not say so: clients that reuse one meet "connection reset".
        "--add-header",
        "Connection: close",
        # Glance reads chunked uploads in pieces of 64 MiB.
        "--chunked-input-limit",
        str(64 * MIB),
        "--chunked-input-timeout",
        "120",
        "--req-logger",
        f"file:{cloud.access}/{service}.log",
        "--log-format",
        ACCESS_FORMAT,
        "--procname-prefix",
        f"lab-{cloud.name}-{service} ",
    ]
    if service == "cinder":
        command += ["--pyargv", " ".join(config_arguments(cloud, service))]
    process = _process(cloud, service, service, tuple(command), port)
    return replace(process, env={**process.env, "LAB_WSGI_MODULE": module})
