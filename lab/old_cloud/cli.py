"""The command line, lab/facade."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openstack_lab.config import CLOUDS_YAML, HOME, LAB_DIR, PASSWORD, Cloud, LabError, clean_environment, cloud_named
from openstack_lab.processes import Process, pid_files_in, running_pid, start, stop

from old_cloud.server import OldCloud

_UP_WITHIN_S = 20
_STOPPED_WITHIN_S = 5


@dataclass(frozen=True)
class Facade:
    """One old cloud, by its name."""

    name: str

    @property
    def home(self) -> Path:
        return HOME / "facades" / self.name

    @property
    def clouds_yaml(self) -> Path:
        return self.home / "clouds.yaml"

    @property
    def ports_file(self) -> Path:
        return self.home / "ports.json"

    def url(self) -> str:
        """Where it is controlled. Raises LabError."""
        pid_file = self.home / "pids" / "facade"
        if not self.ports_file.exists() or not running_pid(pid_file):
            raise LabError(f"The old cloud {self.name} does not run: lab/facade up --name {self.name}.")
        return f"http://127.0.0.1:{json.loads(self.ports_file.read_text())['keystone']}"

    def process(self, options: argparse.Namespace) -> Process:
        serve = ["serve", "--name", self.name, "--page", str(options.page), "--seed", str(options.seed)]
        command = (sys.executable, str(LAB_DIR / "facade"), *serve, *(["--hide-routers"] * options.hide_routers))
        return Process(
            "facade", self.name, command, {**clean_environment(), "LAB_HOME": str(HOME), **_shift()}, self.home
        )


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    facade = Facade(options.name)
    try:
        return _run(options, facade)
    except LabError as error:
        print(f"facade: {error}", file=sys.stderr)
        return 1


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab/facade", description="An old cloud in front of the lab's source.")
    commands = parser.add_subparsers(dest="command", required=True)
    texts = {
        "up": "start it, with an entry NAME-TENANT for each tenant in a clouds.yaml of its own",
        "down": "stop it",
        "env": 'print shell lines: eval "$(lab/facade env)"',
        "faults": "say what goes wrong, or change it: reject_tokens_s=10 lost_answers=0.3 slow_bytes_per_s=1e6",
        "serve": "what up starts",
    }
    for command, text in texts.items():
        one = commands.add_parser(command, help=text)
        one.add_argument("--name", default="old", help="its name (default: old); several may run")
        if command in {"up", "serve"}:
            one.add_argument("--hide-routers", action="store_true", help="there are no routers to be seen")
            one.add_argument("--page", type=int, default=25, help="items of a listing at once (default: 25)")
            one.add_argument("--seed", type=int, default=0, help="of what goes wrong by chance (default: 0)")
        if command == "up":
            one.add_argument("tenants", nargs="*", metavar="TENANT", help="default: all tenants of the source")
        if command == "faults":
            one.add_argument("wanted", nargs="*", metavar="KEY=NUMBER")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace, facade: Facade) -> int:
    source = cloud_named("source")
    if options.command == "up":
        _up(options, facade, source)
    elif options.command == "down":
        stop(pid_files_in(facade.home), patience_s=_STOPPED_WITHIN_S)
    elif options.command == "env":
        print(f"export OS_CLIENT_CONFIG_FILE={facade.clouds_yaml}")
    elif options.command == "faults":
        print(json.dumps(control(facade.url(), dict(map(_pair, options.wanted)))))
    else:
        OldCloud(facade.home, source, options.page, options.hide_routers, options.seed).serve()
    return 0


def _up(options: argparse.Namespace, facade: Facade, source: Cloud) -> None:
    """Starts it anew, as its options may be others, at the addresses that it had."""
    stop(pid_files_in(facade.home), patience_s=_STOPPED_WITHIN_S)
    if facade.ports_file.exists():
        facade.ports_file.rename(facade.home / "ports.before.json")
    process = facade.process(options)
    start(process)
    deadline = time.monotonic() + _UP_WITHIN_S
    while not facade.ports_file.exists():
        if not running_pid(process.pid_file) or time.monotonic() > deadline:
            raise LabError(f"The old cloud {facade.name} does not come up: see {process.log_file}.")
        time.sleep(0.05)
    _write_clouds_yaml(facade, source, options.tenants)
    print(facade.url())


def _write_clouds_yaml(facade: Facade, source: Cloud, tenants: list[str]) -> None:
    """The lab's own entries, and one here for each tenant: lab/lab writes its file anew with each new tenant."""
    known = source.home / "tenants"
    names = tenants or (known.read_text().split() if known.exists() else [])
    text = CLOUDS_YAML.read_text() + "".join(_entry(facade, source, name) for name in names)
    part = facade.clouds_yaml.with_suffix(".part")
    part.write_text(text)
    part.rename(facade.clouds_yaml)


def _entry(facade: Facade, source: Cloud, tenant: str) -> str:
    return (
        f"  {facade.name}-{tenant}:\n"
        f"    auth_type: v2password\n"
        f"    auth:\n"
        f"      auth_url: {facade.url()}/v2.0\n"
        f'      username: "{tenant}"\n'
        f"      password: {PASSWORD}\n"
        f'      tenant_name: "{tenant}"\n'
        f"    region_name: {source.offer.region}\n"
        f"    interface: public\n"
        f"    identity_api_version: 2\n"
    )


def control(url: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """Changes the faults that are named; returns all, and how often each has struck. Raises LabError."""
    body = json.dumps(wanted).encode() if wanted else None
    request = urllib.request.Request(f"{url}/_facade/faults", body, {"Content-Type": "application/json"})
    # No proxy leads to loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            told: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        raise LabError(f"The old cloud takes no {json.loads(error.read())['error']['message']}.") from None
    except OSError as error:
        raise LabError(f"The old cloud does not answer: {error}.") from None
    return told


def _pair(text: str) -> tuple[str, float]:
    key, _, value = text.partition("=")
    try:
        return key, float(value)
    except ValueError:
        raise LabError(f"{text} is no KEY=NUMBER.") from None


def _shift() -> dict[str, str]:
    shift = os.environ.get("LAB_PORT_SHIFT")
    return {"LAB_PORT_SHIFT": shift} if shift else {}
