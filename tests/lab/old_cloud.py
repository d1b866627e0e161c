"""The old cloud in front of the lab's source, as the tests use it: `lab/facade`, its control, its access log."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.harness import HOME, LAB, Witness, run

PASSWORD = "lab-secret"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class OldCloud:
    """One of them, running for one tenant."""

    name: str
    project: str
    url: str

    @classmethod
    def up(cls, name: str, project: str, *options: str) -> "OldCloud":
        url = run(LAB / "facade", "up", "--name", name, *options, project).stdout.strip()
        return cls(name, project, url)

    def down(self) -> None:
        run(LAB / "facade", "down", "--name", self.name)

    @property
    def clouds(self) -> Path:
        """The clouds.yaml that has it, as `NAME-PROJECT`, beside the lab's own."""
        return HOME / "facades" / self.name / "clouds.yaml"

    def faults(self, **wanted: float) -> dict[str, float]:
        """What goes wrong from now on; returns all, and how often each has struck."""
        pairs = [f"{key}={value}" for key, value in wanted.items()]
        told: dict[str, float] = json.loads(run(LAB / "facade", "faults", "--name", self.name, *pairs).stdout)
        return told

    def witness(self) -> Witness:
        """What it sees of us from now on."""
        return Witness.of_all(f"facades/{self.name}")

    def login(self) -> tuple[str, dict[str, str]]:
        """A token, and the address of each service by the catalogue's type: by hand, none of our code."""
        user = {"username": self.project, "password": PASSWORD}
        body = {"auth": {"passwordCredentials": user, "tenantName": self.project}}
        access = ask("POST", f"{self.url}/v2.0/tokens", body=body).json["access"]
        found = {one["type"]: one["endpoints"][0]["publicURL"] for one in access["serviceCatalog"]}
        return access["token"]["id"], found


def ask(method: str, url: str, token: str = "", *, body: Any = None, **headers: str) -> Answer:
    """One plain request; underscores in names of headers are dashes."""
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    sent |= {"X-Auth-Token": token} if token else {}
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, {**sent, "Content-Type": "application/json"}, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as answer:
            return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())
