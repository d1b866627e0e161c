"""The two movers as their users run them: `rclone` at its best safe settings, and Decamp by its command."""

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.objects_bench.measure import Usage, measured
from tests.objects_bench.raw import LAB, cloud_entry, clouds_file

ROOT = Path(os.environ.get("DECAMP_ROOT", LAB.parent))
"""Where the Decamp to measure is: a different one to measure an older release."""

RCLONE = LAB / ".venv/bin/rclone"
WORKERS = 8
PLAIN = ("--transfers", str(WORKERS), "--checkers", str(WORKERS), "--retries", "1")
LEAN = (*PLAIN, "--swift-no-large-objects", "--checksum", "--fast-list")
"""Spares rclone the question whether an object is a large one, and a listing for each folder; hashes decide."""


@dataclass(frozen=True)
class S3:
    """An S3 server to move to."""

    endpoint: str
    region: str
    access: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Route:
    """From where to where: names of clouds.yaml, or an S3 server at the end. `clouds`: the file that has both."""

    source: str
    target: str
    clouds: Path
    s3: S3 | None = None
    ca: Path | None = None

    def environment(self) -> dict[str, str]:
        drop = ("http_proxy", "https_proxy", "all_proxy", "aws_ca_bundle")
        env = {k: v for k, v in os.environ.items() if not k.startswith(("OS_", "RCLONE_")) and k.lower() not in drop}
        return {**env, "OS_CLIENT_CONFIG_FILE": str(self.clouds), "PYTHONPATH": str(ROOT)}


def direct(source: str, target: str) -> Route:
    return Route(source, target, clouds_file())


def overridden(folder: Path, endpoints: Mapping[str, str], ca: Path | None = None) -> Path:
    """A clouds.yaml in which these entries find their object store elsewhere: a fault proxy, or TLS before it."""
    said = yaml.safe_load(clouds_file().read_text())
    for entry, url in endpoints.items():
        said["clouds"][entry]["object_store_endpoint_override"] = url
        if ca is not None:
            said["clouds"][entry]["cacert"] = str(ca)
    file = folder / "clouds.yaml"
    file.write_text(yaml.safe_dump(said))
    file.chmod(0o600)
    return file


# ------------------------------------------------------------ rclone


def rclone(route: Route, container: str, bucket: str = "", options: tuple[str, ...] = PLAIN) -> Usage:
    """Copies one container, or all of them when it is empty."""
    env = {**route.environment(), **remotes(route)}
    ca = ("--ca-cert", str(route.ca)) if route.ca else ()
    command = [str(RCLONE), "copy", f"src:{container}", f"dst:{bucket or container}", *options, *ca, "--config", ""]
    return measured(command, env)


def remotes(route: Route) -> dict[str, str]:
    """The environment that makes `src:` and `dst:` of a route's two ends."""
    there = _s3_remote("DST", route.s3) if route.s3 else _remote("DST", route.target, route.clouds)
    return {**_remote("SRC", route.source, route.clouds), **there}


def _remote(name: str, entry: str, clouds: Path) -> dict[str, str]:
    said = cloud_entry(entry, clouds)
    auth = said["auth"]
    fields = {
        "TYPE": "swift", "USER": auth["username"], "KEY": auth["password"], "AUTH": auth["auth_url"],
        "AUTH_VERSION": "3", "DOMAIN": auth["user_domain_name"], "TENANT": auth["project_name"],
        "TENANT_DOMAIN": auth["project_domain_name"], "REGION": said["region_name"],
        "STORAGE_URL": said.get("object_store_endpoint_override", ""),
    }  # fmt: skip
    return {f"RCLONE_CONFIG_{name}_{key}": value for key, value in fields.items() if value}


def _s3_remote(name: str, s3: S3) -> dict[str, str]:
    fields = {
        "TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": s3.endpoint, "REGION": s3.region,
        "ACCESS_KEY_ID": s3.access, "SECRET_ACCESS_KEY": s3.secret,
    }  # fmt: skip
    return {f"RCLONE_CONFIG_{name}_{key}": value for key, value in fields.items()}


# ------------------------------------------------------------ Decamp


def started(command: list[str], env: Mapping[str, str]) -> Usage:
    """As a process of its own, whose time counts."""
    return measured(command, env, cwd=ROOT)


@dataclass(frozen=True)
class Decamp:
    """One migration in a folder of its own, as `decamp init` leaves it and its user goes on."""

    folder: Path
    route: Route
    buckets: Mapping[str, str] = field(default_factory=dict)
    workers: int = WORKERS
    carried_out: Callable[[list[str], Mapping[str, str]], Usage] = started

    def prepare(self) -> None:
        """All that comes before the copy: it reads both clouds, and none of it is measured."""
        self.need("init", str(self.folder), "--source", self.route.source, "--target", self.route.target)
        self._edit_policy()
        for step in ("scan", "plan"):
            self.need("-C", str(self.folder), step)

    def run(self, *command: str) -> Usage:
        """`decamp run --execute`, or another command of this migration."""
        return self._measured("-C", str(self.folder), *(command or ("run", "--execute")))

    def forget_what_was_done(self) -> None:
        """The next run compares the listings of everything again: nothing in the ledger says that it need not."""
        for file in self.folder.glob("ledger.db*"):
            file.unlink()

    def need(self, *arguments: str) -> None:
        done = self._measured(*arguments)
        if done.status:
            raise RuntimeError(f"decamp {' '.join(arguments)} ended with {done.status}:\n{done.output[-3000:]}")

    def _measured(self, *arguments: str) -> Usage:
        env = self.route.environment()
        if self.route.s3:
            env["AWS_SHARED_CREDENTIALS_FILE"] = str(self._credentials())
        return self.carried_out([sys.executable, "-m", "migrate.cli.main", *arguments], env)

    def _credentials(self) -> Path:
        assert self.route.s3 is not None
        file = self.folder.with_name(f"{self.folder.name}.credentials")
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(
                f"[bench]\naws_access_key_id = {self.route.s3.access}\naws_secret_access_key = {self.route.s3.secret}\n"
            )
        return file

    def _edit_policy(self) -> None:
        file = self.folder / "policy.yaml"
        text = re.sub(r"(?m)^  objects: .*$", f"  objects: {self.workers}", file.read_text())
        # Names of the source in access lists are set where that is accepted, and the awkward tenant has one.
        text = text.replace("\naccept: []", '\naccept: ["DCP-880:container:*"]')
        if self.route.s3:
            policy = yaml.safe_load(text)
            s3 = {
                "endpoint": self.route.s3.endpoint, "region": self.route.s3.region, "profile": "bench",
                "style": "path", "buckets": dict(self.buckets),
            }  # fmt: skip
            policy["target"]["objects"] = {"s3": s3}
            text = yaml.safe_dump(policy, sort_keys=False)
        file.write_text(text)
