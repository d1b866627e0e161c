"""The command line, lab/lab."""

from __future__ import annotations

import argparse
import sys

from openstack_lab import install, lifecycle
from openstack_lab.config import BIN, CLOUD_NAMES, CLOUDS_YAML, LabError, cloud_named


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    try:
        return _run(options)
    except install.NotRoot as error:
        print(f"lab: {error}", file=sys.stderr)
        return 2
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab/lab", description="Two small OpenStack clouds on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    texts = {
        "install": "install Debian packages and the virtual environment",
        "up": "start clouds, return when healthy",
        "down": "stop clouds, keep their data",
        "status": "list all processes; exit 0 only if all are healthy",
        "wipe": "delete the data of clouds that are down",
        "env": 'print shell lines: eval "$(lab/lab env source)"',
    }
    for name, text in texts.items():
        command = commands.add_parser(name, help=text)
        if name != "install":
            command.add_argument("clouds", nargs="?" if name == "env" else "*", metavar="source|target", default=[])
        if name == "install":
            command.add_argument("--peers", action="store_true", help="only what make bench-disks measures against")
        if name == "up":
            command.add_argument("--like-source", action="store_true", help="make a target without its differences")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> int:
    if options.command == "install":
        (install.install_peers if options.peers else install.install)()
        return 0
    if options.command == "env":
        print(environment_lines(options.clouds or ""))
        return 0
    clouds = [cloud_named(name) for name in options.clouds or CLOUD_NAMES]
    if options.command == "up":
        install.require_installed()
        lifecycle.up(clouds, like_source=options.like_source)
    elif options.command == "down":
        lifecycle.down(clouds)
    elif options.command == "wipe":
        lifecycle.wipe(clouds)
    elif options.command == "status":
        return 0 if lifecycle.status(clouds) else 1
    return 0


def environment_lines(cloud: str = "") -> str:
    """Shell lines that make the default tenant of the cloud the current user; without a cloud only the paths."""
    lines = [
        f"export OS_CLIENT_CONFIG_FILE={CLOUDS_YAML}",
        f'export PATH={BIN}:"$PATH"',
        "unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY",
        "export no_proxy=127.0.0.1,localhost NO_PROXY=127.0.0.1,localhost",
    ]
    if cloud:
        # A client prefers single variables to OS_CLOUD, and would mix two clouds.
        single = " ".join(
            f"OS_{name}" for name in ("AUTH_URL", "USERNAME", "PASSWORD", "PROJECT_NAME", "PROJECT_ID", "REGION_NAME")
        )
        lines += [f"unset {single}", f"export OS_CLOUD={cloud_named(cloud).name}"]
    return "\n".join(lines)
