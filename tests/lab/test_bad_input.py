"""What operators get wrong and what breaks under them: one sentence, the documented status, nothing half-done.

`make test` takes what a cloud has a part in; documents, ledgers and quotas of tests/cli are here again, marked `full`.

Each call of `decamp` has a name of its own in the servers' access logs, so that its requests are told from all others.
"""

import copy
import json
import re
import shutil
import sqlite3
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrate.messages import codes
from migrate.plan.plan_file import read_plan, write_plan
from tests.lab.harness import HOME, LAB, ROOT, Request, Witness, Workspace, fresh, openstack, run, sweep
from tests.matrix import one_each, rest

pytestmark = pytest.mark.lab

PROJECT = "test-bad-input"
SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"
VOLUMES_ALLOWED = 20

NAMED = """
import sys
from migrate.clouds.http import client
from migrate.clouds.openstack import config, swift_account
config.__version__ = sys.argv.pop(1)
client._AGENT = swift_account._AGENT = f"decamp/{config.__version__}"
from migrate.cli.main import main
main()
"""
"""`decamp` with a user agent of its own."""

Clouds = dict[str, Any]


# ---------------------------------------------------------------- calling, and what is asked of each refusal


@dataclass(frozen=True)
class Said:
    """One call: what it said, and what the servers saw of it."""

    code: int
    out: str
    err: str
    requests: dict[str, list[Request]]

    @property
    def writes(self) -> list[Request]:
        return [
            request
            for side in self.requests.values()
            for request in side
            if request.method not in {"GET", "HEAD"} and not request.path.endswith("/auth/tokens")
        ]

    @property
    def sentence(self) -> str:
        """The one line on stderr that says what is wrong."""
        assert "Traceback" not in self.out + self.err
        found = [line for line in self.err.splitlines() if line.startswith("decamp: DCP-")]
        assert len(found) == 1, self.err
        return found[0]

    def refuses(self, code: str, status: int) -> None:
        assert (self.code, self.sentence.split()[1]) == (status, f"{code}:"), self.err
        assert self.out == ""
        assert self.writes == []

    def steps(self) -> dict[str, dict[str, Any]]:
        """Action or id of each step that is not done -> the step; of a call with `-f json`."""
        assert "Traceback" not in self.out + self.err
        return {step["do"]: step for step in json.loads(self.out)["steps"] if step["state"] != "done"}


def call(root: Path, *args: str, clouds: Path | None = None) -> Said:
    name = f"bad-{uuid.uuid4().hex[:12]}"
    seen = [Witness.of_all(side) for side in ("source", "target")]
    done = run(sys.executable, "-c", NAMED, name, "-C", root, *args, check=False, clouds=clouds)
    requests = {one.cloud: [r for r in one.requests() if name in r.user_agent] for one in seen}
    return Said(done.returncode, done.stdout, done.stderr, requests)


def ends(status: int, root: Path, *args: str) -> Said:
    """A call that must end with this status."""
    said = call(root, *args)
    assert said.code == status, f"{args} ended with {said.code}\n{said.out}\n{said.err}"
    return said


def contents(root: Path) -> dict[str, Any]:
    """Every document, the evidence too, and what the ledger says was done. Logs are left out.

    A run takes the plan's steps up into the ledger before it logs in: as long as none was tried, that says nothing.
    """
    kept: dict[str, Any] = {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not {"private", "store"} & set(path.parts) and not path.name.startswith("ledger.db")
    }
    with sqlite3.connect(f"file:{root / 'ledger.db'}?mode=ro", uri=True) as db:
        try:
            for table, where in (
                ("meta", ""),
                ("effects", ""),
                ("approvals", ""),
                ("journal", ""),
                ("steps", "attempts"),
            ):
                query = f"SELECT * FROM {table}" + (f" WHERE {where}" if where else "")
                kept[f"ledger.db {table}"] = db.execute(query).fetchall()
        except sqlite3.DatabaseError:
            kept["ledger.db"] = (root / "ledger.db").read_bytes()
    return kept


# ---------------------------------------------------------------- a tenant, its plan, and its disks in the store


@pytest.fixture(scope="module")
def tenant(lab: None) -> None:
    fresh(str(ROOT / "tests/kill/tiny.json"), PROJECT, "--target-quota", "generous")


@pytest.fixture(scope="module")
def planned(tenant: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scanned, planned and approved; nothing is done yet."""
    workspace = Workspace(tmp_path_factory.mktemp("planned") / "ws", PROJECT)
    workspace.prepare()
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    return workspace.root


@pytest.fixture(scope="module")
def evacuated(planned: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """All that must be read from the source is in the store; the target is empty."""
    root = tmp_path_factory.mktemp("evacuated") / "ws"
    shutil.copytree(planned, root)
    Workspace(root, PROJECT).decamp("run", "--execute", "--only", "evacuate")
    yield root
    shutil.rmtree(root / "store")


@pytest.fixture
def workspace(planned: Path, tmp_path: Path) -> Path:
    shutil.copytree(planned, tmp_path / "ws")
    return tmp_path / "ws"


@pytest.fixture
def captured(evacuated: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the evacuated workspace, before an empty target."""
    sweep("target", PROJECT)
    shutil.copytree(evacuated, tmp_path / "ws")
    yield tmp_path / "ws"
    shutil.rmtree(tmp_path / "ws")


# ---------------------------------------------------------------- clouds.yaml


def password(clouds: Clouds, name: str) -> None:
    clouds[name]["auth"]["password"] = "wrong"


def address(clouds: Clouds, name: str) -> None:
    clouds[name]["auth"]["auth_url"] = "http://127.0.0.1:9/v3"


def host(clouds: Clouds, name: str) -> None:
    clouds[name]["auth"]["auth_url"] = "http://nowhere.invalid/v3"


def project(clouds: Clouds, name: str) -> None:
    clouds[name]["auth"]["project_name"] = "no-such-project"


def no_project(clouds: Clouds, name: str) -> None:
    """The lab's tenants have a project by default, its administrator has none."""
    clouds[name]["auth"]["username"] = "admin"
    del clouds[name]["auth"]["project_name"]


def entry(clouds: Clouds, name: str) -> None:
    del clouds[name]


def no_address(clouds: Clouds, name: str) -> None:
    del clouds[name]["auth"]["auth_url"]


def no_password(clouds: Clouds, name: str) -> None:
    del clouds[name]["auth"]["password"]


def region(clouds: Clouds, name: str) -> None:
    clouds[name]["region_name"] = "nowhere-1"


def another_tenant(clouds: Clouds, name: str) -> None:
    clouds[name] = clouds[name.partition("-")[0]]


Mistake = Callable[[Clouds, str], None]


def with_clouds(folder: Path, mistake: Mistake, name: str) -> Path:
    """A clouds.yaml of this tenant's two clouds, with one mistake in it."""
    ours = yaml.safe_load((HOME / "clouds.yaml").read_text())["clouds"]
    clouds = copy.deepcopy({key: ours[key] for key in ("source", "target", SOURCE, TARGET)})
    mistake(clouds, name)
    path = folder / "clouds.yaml"
    path.write_text(yaml.safe_dump({"clouds": clouds}))
    return path


LOGINS: list[tuple[Mistake, str, int]] = [
    (password, codes.LOGIN_REFUSED, 6),
    (project, codes.LOGIN_REFUSED, 6),
    (no_project, codes.LOGIN_REFUSED, 6),
    (address, codes.UNREACHABLE, 6),
]
UNSENT: list[tuple[Mistake, str, int]] = [
    (host, codes.UNREACHABLE, 6),
    (entry, codes.CLOUD_UNKNOWN, 2),
    (no_address, codes.CLOUD_UNKNOWN, 2),
]
"""No cloud has a part in them."""


@pytest.mark.parametrize(
    ("login", "name"), [*one_each(LOGINS, [SOURCE, TARGET]), *rest(*product(UNSENT, [SOURCE, TARGET]))]
)
def test_a_cloud_that_cannot_be_used(
    workspace: Path, tmp_path: Path, login: tuple[Mistake, str, int], name: str
) -> None:
    mistake, code, status = login
    clouds, before = with_clouds(tmp_path, mistake, name), contents(workspace)
    for command in (("scan",), ("run", "--execute")):
        call(workspace, *command, clouds=clouds).refuses(code, status)
    assert contents(workspace) == before


def test_a_cloud_without_a_password(workspace: Path, tmp_path: Path) -> None:
    call(workspace, "scan", clouds=with_clouds(tmp_path, no_password, SOURCE)).refuses(codes.CLOUD_UNKNOWN, 2)


@pytest.mark.parametrize("name", [SOURCE, *rest(TARGET)])
def test_a_region_that_the_cloud_does_not_have(workspace: Path, tmp_path: Path, name: str) -> None:
    call(workspace, "scan", clouds=with_clouds(tmp_path, region, name)).refuses(codes.REGION_UNKNOWN, 6)


def the_source_again(clouds: Clouds, name: str) -> None:
    clouds[name] = copy.deepcopy(clouds[SOURCE])
    clouds[name]["auth"]["auth_url"] = clouds[name]["auth"]["auth_url"].replace("127.0.0.1", "localhost")


def test_the_source_under_another_name(planned: Path, tmp_path: Path) -> None:
    clouds, root = with_clouds(tmp_path, the_source_again, TARGET), tmp_path / "ws"
    call(root, "init", "--source", SOURCE, "--target", TARGET, clouds=clouds).refuses(codes.SAME_PROJECT, 2)
    assert not root.exists()
    root.mkdir()
    shutil.copy(planned / "policy.yaml", root)
    call(root, "scan", clouds=clouds).refuses(codes.SAME_PROJECT, 2)
    assert not (root / "source.json").exists()


@pytest.mark.parametrize("name", [TARGET, *rest(SOURCE)])
def test_a_plan_of_another_tenant_than_the_login(workspace: Path, tmp_path: Path, name: str) -> None:
    clouds, before = with_clouds(tmp_path, another_tenant, name), contents(workspace)
    for command in (("run",), ("run", "--execute"), ("clean", "--execute")):
        said = call(workspace, *command, clouds=clouds)
        said.refuses(codes.PLAN_OF_OTHER_PROJECT, 5)
        side = name.partition("-")[0]
        assert any(request.path.endswith("/auth/tokens") for request in said.requests[side]), "the logs are not read"
    if name == TARGET:
        call(workspace, "verify", clouds=clouds).refuses(codes.PLAN_OF_OTHER_PROJECT, 5)
    call(workspace, "scan", clouds=clouds).refuses(codes.PROJECT_DIFFERS, 5)
    assert contents(workspace) == before


# ---------------------------------------------------------------- documents


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def edit(path: Path) -> None:
    """As an editor leaves it: valid JSON, one value changed."""
    text = path.read_text()
    assert "10.80.0.20" in text or path.name == "target.json"
    path.write_text(text.replace("10.80.0.20", "10.80.0.21") if "10.80.0.20" in text else text.replace("SATA", "SSD"))


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "damaged"),
    one_each(
        ["plan.json", "source.json", "target.json"], [(cut, codes.DOCUMENT_DAMAGED), (edit, codes.DOCUMENT_EDITED)]
    ),
)
def test_a_damaged_document(workspace: Path, name: str, damaged: tuple[Callable[[Path], None], str]) -> None:
    damage, code = damaged
    damage(workspace / name)
    before = contents(workspace)
    for command in (("run", "--execute"), ("verify",)):
        said = call(workspace, *command)
        said.refuses(code, 2)
        assert name in said.sentence
    assert contents(workspace) == before


@pytest.mark.full
def test_the_plan_of_another_tenant_in_this_workspace(workspace: Path) -> None:
    plan = read_plan(workspace / "plan.json")
    other = type(plan.target)(
        **{f: getattr(plan.target, f) for f in plan.target.__struct_fields__} | {"project_id": "0"}
    )
    write_plan(workspace / "plan.json", type(plan)(**_fields(plan) | {"target": other}))
    before = contents(workspace)
    for command in (("run", "--execute"), ("verify",), ("clean", "--execute")):
        call(workspace, *command).refuses(codes.PLAN_OF_OTHER_PROJECT, 5)
    assert contents(workspace) == before


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


@pytest.mark.full
def test_a_policy_that_is_no_yaml(workspace: Path) -> None:
    policy = workspace / "policy.yaml"
    policy.write_text(policy.read_text() + "\nskip: [\n")
    before = contents(workspace)
    for command in (("scan",), ("run", "--execute")):
        call(workspace, *command).refuses(codes.YAML_INVALID, 2)
    assert contents(workspace) == before


@pytest.mark.full
def test_a_policy_with_several_mistakes_names_them_all(workspace: Path) -> None:
    policy, text = workspace / "policy.yaml", (workspace / "policy.yaml").read_text()
    for right, wrong in (("consistency: auto", "consistency: perhaps"), ("disks: 2", "disks: none"), ("skip:", "skp:")):
        assert right in text
        text = text.replace(right, wrong)
    policy.write_text(text)
    before = contents(workspace)
    for command in (("scan",), ("run", "--execute")):
        said = call(workspace, *command)
        said.refuses(codes.POLICY_INVALID, 2)
        assert all(where in said.sentence for where in ("servers.consistency", "limits.disks", "skp"))
    assert contents(workspace) == before


@pytest.mark.full
def test_a_ledger_that_is_cut_short(workspace: Path) -> None:
    cut(workspace / "ledger.db")
    before = contents(workspace)
    for command in (("status",), ("run", "--execute"), ("verify",), ("clean", "--execute")):
        call(workspace, *command).refuses(codes.LEDGER_DAMAGED, 2)
    assert contents(workspace) == before


@pytest.mark.full
def test_a_ledger_that_lacks_its_last_bytes(evacuated: Path, tmp_path: Path) -> None:
    shutil.copytree(evacuated, tmp_path / "ws", ignore=shutil.ignore_patterns("store"))
    ledger = tmp_path / "ws" / "ledger.db"
    ledger.write_bytes(ledger.read_bytes()[:-100])
    call(tmp_path / "ws", "status").refuses(codes.LEDGER_DAMAGED, 2)


@pytest.mark.full
def test_the_ledger_of_another_migration(workspace: Path) -> None:
    with sqlite3.connect(workspace / "ledger.db") as db:
        db.execute("UPDATE meta SET value = ? WHERE key = 'migration'", ("f" * 32,))
    before = contents(workspace)
    for command in (("run", "--execute"), ("verify",), ("clean", "--execute")):
        call(workspace, *command).refuses(codes.LEDGER_OF_OTHER_MIGRATION, 5)
    assert contents(workspace) == before


# ---------------------------------------------------------------- quota


@pytest.fixture
def no_volumes() -> Iterator[Callable[[], None]]:
    """The target gives this project no volume; given back by calling it, and at the end."""

    def allow(volumes: int = VOLUMES_ALLOWED) -> None:
        client = (LAB / ".venv/bin/openstack", "--os-cloud", "target-admin")
        run(*client, "quota", "set", "--volumes", str(volumes), PROJECT)

    allow(0)
    yield allow
    allow()


@pytest.mark.full
def test_a_quota_that_is_too_small(workspace: Path, no_volumes: Callable[[], None]) -> None:
    ends(0, workspace, "scan")
    found = json.loads(ends(3, workspace, "-f", "json", "check").out)
    assert [(f["code"], f["facts"]["resource"]) for f in found if f["level"] == "blocks"] == [
        (codes.TARGET_QUOTA_SHORT, "volumes")
    ]
    ends(3, workspace, "plan")
    before = contents(workspace)
    call(workspace, "run", "--execute").refuses(codes.FINDINGS_BLOCK, 2)
    assert contents(workspace) == before


@pytest.mark.full
def test_a_quota_that_shrinks_after_the_check(captured: Path, no_volumes: Callable[[], None]) -> None:
    said = ends(3, captured, "-f", "json", "run", "--execute")
    open_ones = said.steps()
    assert {do: step["code"] for do, step in open_ones.items()} == {
        "volume.restore": codes.QUOTA_EXCEEDED,
        "disk.verify": codes.BLOCKED_BY_STEP,
        "server.attach": codes.BLOCKED_BY_STEP,
    }
    asked = [request for request in said.writes if (request.service, request.method) == ("cinder", "POST")]
    assert [request.status for request in asked] == [413], "an over-quota request was repeated"
    assert [server["Status"] for server in openstack(TARGET, "server", "list")] == ["ACTIVE"]
    no_volumes()
    ends(0, captured, "run", "--execute")
    ends(0, captured, "verify", "--reread", "all")


# ---------------------------------------------------------------- the store


def pieces(root: Path, kind: str) -> list[Path]:
    """Every file of the captured disks of one kind: this tenant has one of each."""
    return sorted(path for path in (root / "store").glob("*/??/*") if path.name.startswith(f"disks%2f{kind}-"))


def manifest(root: Path, kind: str) -> Path:
    return next(p for p in pieces(root, kind) if "manifest" in p.name and p.suffix == ".data")


def flip_packs(root: Path) -> None:
    """A bit of every page of every pack: no chunk of any disk stays whole."""
    packs = [path for path in (root / "store").glob("*/??/*.data") if path.name.startswith("packs%2f")]
    assert packs
    for path in packs:
        content = bytearray(path.read_bytes())
        for at in range(0, len(content), 4096):
            content[at] ^= 1
        path.write_bytes(content)


@pytest.mark.full
def test_a_damaged_store_stops_what_needs_it_and_is_captured_again(captured: Path, tmp_path: Path) -> None:
    """Chunks flipped, one disk's manifest cut, another's edited: no server is made of any of them.

    Without the source that is the end of it; a plain re-run with the source takes those disks again by itself.
    """
    flip_packs(captured)
    cut(manifest(captured, "image"))
    edited = manifest(captured, "volume")
    edited.write_text(edited.read_text().replace("stopped", "at rest"))
    no_source = with_clouds(tmp_path, address, SOURCE)
    said = call(captured, "-f", "json", "run", "--execute", clouds=no_source)
    assert said.code == 4, said.err
    by_step = {do: step["code"] for do, step in said.steps().items()}
    assert {do: code for do, code in by_step.items() if code != codes.BLOCKED_BY_STEP} == {
        "server.image": codes.BYTES_DIFFER,
        "image.restore": codes.BYTES_DIFFER,
        "volume.restore": codes.BYTES_DIFFER,
    }
    assert [request for request in said.writes if request in said.requests["source"]] == []
    assert openstack(TARGET, "server", "list") == openstack(TARGET, "volume", "list") == []

    ends(0, captured, "run", "--execute")
    ends(0, captured, "verify", "--reread", "all")


@pytest.mark.full
def test_a_damaged_record_holds_up_its_own_disk_alone(captured: Path) -> None:
    cut(next(p for p in pieces(captured, "server") if "table-" in p.name and p.suffix == ".json"))
    ends(0, captured, "run", "--execute", "--only", "image")


# ---------------------------------------------------------------- a full disk


@pytest.fixture
def small_disk(planned: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the planned workspace on a disk that has no room for a pack."""
    sweep("target", PROJECT)
    disk = tmp_path / "disk"
    disk.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=24m", "decamp-test", disk)
    try:
        shutil.copytree(planned, disk / "ws")
        yield disk
    finally:
        run("umount", disk)


@pytest.mark.full
def test_a_full_disk_stops_the_run_and_room_lets_it_go_on(small_disk: Path) -> None:
    root = small_disk / "ws"
    refused = ends(1, root, "run", "--execute")
    assert refused.sentence.startswith("decamp: DCP-112: ") and refused.writes == []

    run("mount", "-o", "remount,size=40m", small_disk)
    stopped = ends(1, root, "run", "--execute")
    assert stopped.sentence.startswith("decamp: DCP-111: cannot write ")
    assert str(root) in stopped.sentence and re.search("No space left on device|disk is full", stopped.sentence)
    assert openstack(TARGET, "server", "list") == []

    run("mount", "-o", "remount,size=2g", small_disk)
    ends(0, root, "run", "--execute")
    ends(0, root, "store", "check", "--read-data")
    ends(0, root, "verify", "--reread", "all")
