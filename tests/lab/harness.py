"""What the lab tests share: the clouds, a tenant, `decamp` as a user runs it, and the referees.

A referee is never ours: the servers' access logs and listings, `openstack`, `swift`, `rclone`, e2fsck, tree hashes.
"""

import atexit
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.objects_bench.measure import Usage
from tests.trusted import agree_before

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "lab"
HOME = Path(os.environ.get("LAB_HOME", LAB / ".run"))

sys.path.insert(0, str(LAB))
from access_log import Request as Request  # noqa: E402 (lab/ is no package of ours)
from access_log import log_sizes, read_access_log  # noqa: E402

READING = {"GET", "HEAD"}

ALLOWED_AT_SOURCE = (
    ("cinder", "POST", r"/v3(/[0-9a-f]{32})?/snapshots"),
    ("cinder", "POST", r"/v3(/[0-9a-f]{32})?/volumes"),
    ("cinder", "POST", r"/v3(/[0-9a-f]{32})?/volumes/[0-9a-f-]+/action"),
    ("cinder", "DELETE", r"/v3(/[0-9a-f]{32})?/(volumes|snapshots)/[0-9a-f-]+"),
    ("glance", "DELETE", r"/v2/images/[0-9a-f-]+"),
    ("nova", "POST", r"/v2\.1/servers/[0-9a-f-]+/action"),
)
"""Service, method and path of all that a move without backups may write at the source."""


def environment(clouds: Path | None = None, code: Path = ROOT) -> dict[str, str]:
    """The lab's clouds.yaml or another one, and no proxy. `code`: the checkout whose Decamp runs."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("OS_") and not k.lower().endswith("_proxy")}
    # A name that nobody knows is asked for once: how long a resolver takes to say so is not looked at.
    env["RES_OPTIONS"] = "timeout:1 attempts:1"
    return {**env, "OS_CLIENT_CONFIG_FILE": str(clouds or HOME / "clouds.yaml"), "PYTHONPATH": str(code)}


LAB_PYTHON = LAB / ".venv/bin/python"
LABS_OWN = {
    str(LAB / ".venv/bin/openstack"): "openstack",
    str(LAB_PYTHON): "python",
    str(LAB / "seed"): "seed",
    str(LAB / "sweep"): "sweep",
}


FORKED_MODULES = {"migrate.cli.main", "tests.kill.launcher"}


def _forks(words: list[str], code: Path) -> tuple[str | Path, list[str]] | None:
    """The Python that a program is forked off, and the program as tests/lab/forked.py calls it; None: it is started."""
    if program := LABS_OWN.get(words[0]):
        return LAB_PYTHON, [program, *words[1:]]
    ours = words[:2] == [sys.executable, "-c"] or (words[:2] == [sys.executable, "-m"] and words[2] in FORKED_MODULES)
    return (sys.executable, ["python", *words[1:]]) if ours and code == ROOT else None


_starting = threading.Lock()
HANGS_S = 900


@cache
def _socket_of(python: str | Path) -> str:
    """Where a process listens that forks programs for us; it ends when we do."""
    folder = Path(tempfile.mkdtemp(prefix="lab-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path, log = folder / "socket", folder / "log"
    with log.open("wb") as said:
        command = [python, ROOT / "tests/lab/forked.py", path]
        process = subprocess.Popen(
            command, env=environment(), stdin=subprocess.PIPE, stdout=said, stderr=said, cwd=ROOT
        )
    end = time.monotonic() + 300
    while not path.exists():
        assert process.poll() is None and time.monotonic() < end, log.read_text()
        time.sleep(0.1)
    atexit.register(process.kill)
    return str(path)


def run(
    *command: str | Path,
    check: bool = True,
    clouds: Path | None = None,
    code: Path = ROOT,
    env: Mapping[str, str] | None = None,
    given: str = "",
    cwd: Path | None = None,
    without: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """A command with the lab's environment; its output is in the failure.

    `env`: more of it, and `without`: less; `given`: on its stdin; `cwd`: not the folder of the code.
    """
    agree_before(command)
    words, around = [str(word) for word in command], {**environment(clouds, code), **(env or {})}
    around = {name: value for name, value in around.items() if name not in without}
    if forked := _forks(words, code):
        done = _forked(*forked, around, cwd or code, given)
    else:
        done = subprocess.run(words, input=given, capture_output=True, text=True, env=around, cwd=cwd or code)
    if check and done.returncode:
        raise AssertionError(f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def _forked(
    python: str | Path, command: list[str], env: dict[str, str], cwd: Path, given: str
) -> subprocess.CompletedProcess[str]:
    request = {"command": command, "env": env, "cwd": str(cwd), "input": given}
    with socket.socket(socket.AF_UNIX) as asked:
        # One that hangs is ended with us, and says which it was.
        asked.settimeout(HANGS_S)
        with _starting:
            path = _socket_of(python)
        asked.connect(path)
        with asked.makefile("rwb") as line:
            line.write(json.dumps(request).encode() + b"\n")
            line.flush()
            told = json.loads(line.readline())
    return subprocess.CompletedProcess(command, told["code"], told["out"], told["err"])


def forked(command: list[str], env: Mapping[str, str]) -> Usage:
    """What tests/objects_bench starts, forked off instead: nobody looks at how long it takes."""
    done = run(*command, check=False, env=env)
    return Usage(done.returncode, 0, 0, 0, done.stdout + done.stderr)


def seed(topology: str, project: str, *options: str) -> None:
    """Builds the tenant on the source; repeating it adopts what is there."""
    run(LAB / "seed", topology, "--project", project, *options)


def sweep(cloud: str, project: str) -> None:
    run(LAB / "sweep", cloud, project)


def swept(project: str) -> None:
    """Nothing of the tenant is left, on either cloud."""
    with ThreadPoolExecutor(2) as both:
        list(both.map(sweep, ("target", "source"), (project, project)))


def fresh(topology: str, project: str, *options: str) -> None:
    """The tenant as it was born, and an empty target: what an earlier run has left belongs to nobody any more.

    Nobody sweeps it afterwards: to empty a tenant takes a quarter as long as to move it, and one that stays costs next
    to nothing.
    """
    swept(project)
    seed(topology, project, *options)


def same_bytes(one: Path, other: Path) -> bool:
    """By qemu-img, which does not read holes: cmp takes 4 s of CPU for a GiB of them. A longer file ends with zeros."""
    compared = run("qemu-img", "compare", "-f", "raw", "-F", "raw", one, other, check=False)
    assert compared.returncode in {0, 1}, compared.stderr
    return compared.returncode == 0


def openstack(cloud: str, *args: str) -> Any:
    """The answer of the `openstack` client as JSON."""
    return json.loads(run(LAB / ".venv/bin/openstack", "--os-cloud", cloud, *args, "-f", "json").stdout)


def openstack_all(cloud: str, *commands: str) -> list[Any]:
    """The answers of several commands by one `openstack`, which logs in once."""
    lines = "".join(f"{command} -f json\n" for command in commands)
    done = run(LAB / ".venv/bin/openstack", check=False, env={"OS_CLOUD": cloud}, given=lines)
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
    """`decamp -C root` for one tenant, by default with the lab's own names of the clouds and the code of today."""

    root: Path
    project: str
    source: str = "source"
    clouds: Path | None = None
    code: Path = ROOT
    passes: bool = False
    """Whether passes are taken of running servers, as `init` says; most tests look at what else is done to them."""
    deadline: str = ""

    def decamp(self, *args: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        command: tuple[str | Path, ...] = (sys.executable, "-m", "migrate.cli.main", "-C", self.root, *args)
        done = run(*command, check=False, clouds=self.clouds, code=self.code)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"decamp {args} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def json(self, *args: str, expect: int | None = 0) -> Any:
        return json.loads(self.decamp("-f", "json", *args, expect=expect).stdout)

    def init(self) -> None:
        until = ("--deadline", self.deadline) if self.deadline else ()
        run(
            sys.executable, "-m", "migrate.cli.main", "init", self.root, *until,
            "--source", f"{self.source}-{self.project}", "--target", f"target-{self.project}",
            clouds=self.clouds, code=self.code,
        )  # fmt: skip
        if not self.passes:
            path = self.root / "policy.yaml"
            path.write_text(path.read_text().replace("  warm: true\n", "  warm: false\n"))

    def say(self, **sections: dict[str, Any]) -> None:
        """Sets keys of sections of the policy."""
        path = self.root / "policy.yaml"
        policy = yaml.safe_load(path.read_text())
        for section, keys in sections.items():
            policy[section].update(keys)
        path.write_text(yaml.safe_dump(policy, sort_keys=False))

    def one_by_one(self) -> None:
        """Each thing is done once the last one is recorded: a command that is killed comes to every request."""
        self.say(limits={"source": 1, "target": 1, "disks": 1, "reads": 1, "objects": 1})

    def plan(self) -> None:
        for step in ("scan", "check", "plan"):
            self.decamp(step)

    def prepare(self) -> None:
        """init, scan, check, plan: up to the point where something would change."""
        self.init()
        self.plan()

    def waves(self) -> list[str]:
        """Their names, as the plan has them."""
        return [wave["name"] for wave in json.loads((self.root / "plan.json").read_text())["waves"]]

    def killed(self, when: str, *points: Sequence[str], of: Sequence[str] = ("run",)) -> int | None:
        """`run --execute`, or another command, ended by kill -9 at the first of these points. Returns which; None when
        it came to none.
        """
        asked = [field for point in points for field in point]
        command = [sys.executable, "-m", "tests.kill.launcher", when, *asked, "--"]
        done = run(*command, "-C", self.root, *of, "--execute", check=False, code=self.code)
        if done.returncode not in {-9, 0}:
            raise AssertionError(f"{when} {points}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return int(done.stdout.split()[-1]) if done.returncode == -9 else None

    def steps_in(self, state: str) -> list[str]:
        """The steps that the ledger has in this state. None where no run has come to make one."""
        path = self.root / "ledger.db"
        if not path.exists():
            return []
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            found = db.execute("SELECT step_id FROM steps WHERE state = ? ORDER BY step_id", (state,))
            return [step for (step,) in found]


def wait_until(true: Callable[[], bool], what: str, within_s: float = 300) -> None:
    """Asks until it is so. Fails after a time that is none of the test's: somewhere something hangs."""
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, f"it never came about: {what}"
        time.sleep(0.2)


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0).isoformat()


def _is_login(request: Request) -> bool:
    return request.service == "keystone" and request.path.endswith("/auth/tokens")


@cache
def project_id(cloud: str, project: str) -> str:
    """Of a project that is there: what the access logs call it."""
    return str(openstack(f"{cloud}-admin", "project", "show", project)["id"])


@dataclass(frozen=True)
class Witness:
    """What one cloud's access logs tell of us between two moments; our requests carry our name.

    Of one project alone, as other tests may be at work in theirs meanwhile. Logins and requests of the S3 API are
    nobody's there: the logs cannot tell whose they are.
    """

    cloud: str
    project: str
    """By its id; empty: everybody's."""
    since: float
    until: float = float("inf")
    behind: Mapping[Path, int] = field(default_factory=dict)
    """What the logs had by then, in bytes: it is not read again."""

    @classmethod
    def now(cls, cloud: str, project: str) -> "Witness":
        found = project_id(cloud, project)
        return replace(cls.of_all(cloud), project=found)

    @classmethod
    def of_all(cls, cloud: str) -> "Witness":
        """For who tells its own requests apart, and for a facade, which serves one project."""
        behind = log_sizes(HOME / cloud)
        return cls(cloud, "", time.time(), behind=behind)

    def ended(self) -> "Witness":
        return replace(self, until=time.time())

    def requests(self) -> list[Request]:
        """A server answers before it logs: we look again until no more comes, or others' requests come all along."""
        found = self._seen()
        for _ in range(10):
            time.sleep(0.1)
            before, found = found, self._seen()
            if found == before:
                break
        return found

    def _seen(self) -> list[Request]:
        log = read_access_log(HOME / self.cloud, self.behind)
        return [r for r in log if self._is_ours(r) and self.since <= r.time <= self.until]

    def _is_ours(self, request: Request) -> bool:
        return (not self.project or request.project == self.project) and "decamp" in request.user_agent

    def writes(self) -> list[Request]:
        """Requests that may have changed something; token requests left out."""
        return [r for r in self.requests() if r.method not in READING and not _is_login(r)]

    def outside(self, allowed: tuple[tuple[str, str, str], ...]) -> list[Request]:
        """The writes that no row of the list allows. Fails when no write was seen: then the logs are not being read."""
        writes = self.writes()
        assert writes, "no write at all was seen: the logs are not being read"
        return [
            write
            for write in writes
            if not any((write.service, write.method) == (s, m) and re.fullmatch(p, write.path) for s, m, p in allowed)
        ]
