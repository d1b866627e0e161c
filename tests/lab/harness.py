"""What the lab tests share: the clouds, a tenant, `decamp` as a user runs it, and the referees.

A referee is never ours: the servers' access logs and listings, `openstack`, `swift`, `rclone`, e2fsck, tree hashes.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "lab"
HOME = Path(os.environ.get("LAB_HOME", LAB / ".run"))

sys.path.insert(0, str(LAB))
from access_log import Request, read_access_log  # noqa: E402 (lab/ is no package of ours)

READING = {"GET", "HEAD"}


def environment() -> dict[str, str]:
    """The lab's clouds.yaml, and no proxy."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("OS_") and not k.lower().endswith("_proxy")}
    return {**env, "OS_CLIENT_CONFIG_FILE": str(HOME / "clouds.yaml"), "PYTHONPATH": str(ROOT)}


def run(*command: str | Path, check: bool = True, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    """A command with the lab's environment; its output is in the failure."""
    done = subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, env=environment(), cwd=ROOT, **kwargs
    )
    if check and done.returncode:
        raise AssertionError(f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def seed(topology: str, project: str, *options: str) -> None:
    """Builds the tenant on the source; repeating it adopts what is there."""
    run(LAB / "seed", topology, "--project", project, *options)


def sweep(cloud: str, project: str) -> None:
    run(LAB / "sweep", cloud, project)


def openstack(cloud: str, *args: str) -> Any:
    """The answer of the `openstack` client as JSON."""
    return json.loads(run(LAB / ".venv/bin/openstack", "--os-cloud", cloud, *args, "-f", "json").stdout)


def openstack_all(cloud: str, *commands: str) -> list[Any]:
    """The answers of several commands by one `openstack`, which takes two seconds to start."""
    done = subprocess.run(
        [str(LAB / ".venv/bin/openstack")],
        input="".join(f"{command} -f json\n" for command in commands),
        capture_output=True, text=True, env={**environment(), "OS_CLOUD": cloud}, cwd=ROOT,
    )  # fmt: skip
    answers, text, decoder = [], done.stdout, json.JSONDecoder()
    while (start := min((at for at in (text.find("["), text.find("{")) if at >= 0), default=-1)) >= 0:
        answer, end = decoder.raw_decode(text[start:])
        answers.append(answer)
        text = text[start + end :]
    assert len(answers) == len(commands), done.stdout + done.stderr
    return answers


def facts(project: str) -> dict[str, Any]:
    """e2fsck and tree hash of every seeded volume and root disk on both clouds, from the clouds' own files."""
    facts: dict[str, Any] = json.loads(run(LAB / "seed", "--facts", project).stdout)
    return facts


@dataclass(frozen=True)
class Workspace:
    """`decamp -C root` for one tenant."""

    root: Path
    project: str

    def decamp(self, *args: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        done = run(sys.executable, "-m", "migrate.cli.main", "-C", self.root, *args, check=False)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"decamp {args} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def json(self, *args: str, expect: int | None = 0) -> Any:
        return json.loads(self.decamp("-f", "json", *args, expect=expect).stdout)

    def init(self) -> None:
        run(
            sys.executable, "-m", "migrate.cli.main", "init", self.root,
            "--source", f"source-{self.project}", "--target", f"target-{self.project}",
        )  # fmt: skip

    def prepare(self) -> None:
        """init, scan, check, plan: up to the point where something would change."""
        self.init()
        for step in ("scan", "check", "plan"):
            self.decamp(step)

    def killed(self, when: str, side: str, method: str, service: str, path: str) -> bool:
        """`run --execute`, ended by kill -9 at that point. False when the point was never reached."""
        command = [sys.executable, "-m", "tests.kill.launcher", when, side, method, service, path, "--"]
        done = run(*command, "-C", self.root, "run", "--execute", check=False)
        if done.returncode not in {-9, 0}:
            raise AssertionError(f"{when} {side} {method} {path}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.returncode == -9


@dataclass(frozen=True)
class Witness:
    """What one cloud's access logs tell of us between two moments; our requests carry our name."""

    cloud: str
    since: float
    until: float = float("inf")

    @classmethod
    def now(cls, cloud: str) -> "Witness":
        return cls(cloud, time.time())

    def ended(self) -> "Witness":
        return Witness(self.cloud, self.since, time.time())

    def requests(self) -> list[Request]:
        log = read_access_log(HOME / self.cloud)
        return [r for r in log if self.since <= r.time <= self.until and "decamp" in r.user_agent]

    def writes(self) -> list[Request]:
        """Requests that may have changed something; token requests left out."""
        return [
            r
            for r in self.requests()
            if r.method not in READING and not (r.service == "keystone" and r.path.endswith("/auth/tokens"))
        ]
