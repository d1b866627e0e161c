"""Source and target that are one project, by two names or two doors: every command refuses, nothing is written."""

from collections.abc import Callable
from dataclasses import replace as changed
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.cli.workspace import Workspace
from migrate.demo.memory import worlds
from migrate.demo.memory.world import World
from migrate.demo.small_tenant import SOURCE_OFFER
from migrate.inventory.inventory_file import write_inventory
from migrate.messages import codes
from migrate.model import Identity
from migrate.plan.build_plan import build_plan
from migrate.plan.plan_file import write_plan
from migrate.plan.two_projects import is_same_project
from tests.cli.conftest import Decamp, Result

pytestmark = pytest.mark.hostile

SOURCE, TARGET = "memory:source/small", "memory:target/small"
DOOR = "memory:door/small"
"""The source again, by another entry of clouds.yaml."""

COMMANDS = (
    ("check",),
    ("plan",),
    ("forecast",),
    ("approve", "cut-over", "--who", "Ann"),
    ("run",),
    ("run", "--execute"),
    ("verify",),
    ("clean", "--execute"),
    ("store", "prune", "--execute"),
)


def writes() -> list[tuple[str, str, str]]:
    """What has changed a cloud; logging in does not."""
    lines = [line for name in ("source", "target") if name in worlds for line in worlds[name].log]
    return [line for line in lines if line[0] not in {"GET", "HEAD"} and line[1] != "identity"]


def refused(result: Result, code: str = codes.SAME_PROJECT) -> None:
    assert (result.code, result.err.splitlines()[-1][:17]) == (2, f"decamp: {code}: "), result.err
    assert writes() == []


@pytest.fixture
def door(clouds: None) -> None:
    worlds["door"] = worlds["source"]


def edit(root: Path, old: str, new: str) -> None:
    path = root / "policy.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


# ---------------------------------------------------------------- one project


@pytest.mark.parametrize("other", [DOOR, f"{SOURCE}/"])
def test_init_makes_no_workspace(decamp: Decamp, door: None, tmp_path: Path, other: str) -> None:
    worlds["source"].projects["small/"] = worlds["source"].project("small")
    refused(decamp("init", tmp_path / "w", "--source", SOURCE, "--target", other))
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("target", [DOOR, SOURCE])
def test_scan_takes_no_document(decamp: Decamp, door: None, workspace: Path, target: str) -> None:
    edit(workspace, TARGET, target)
    refused(decamp("-C", workspace, "scan"), codes.SAME_CLOUD_TWICE if target == SOURCE else codes.SAME_PROJECT)
    assert not (workspace / "source.json").exists() and not (workspace / "target.json").exists()


@pytest.mark.parametrize(("first", "second"), [("source", "target"), ("target", "source")])
def test_scan_of_one_side_knows_the_other_by_its_document(
    decamp: Decamp, door: None, workspace: Path, first: str, second: str
) -> None:
    edit(workspace, TARGET, DOOR)
    assert decamp("-C", workspace, "scan", "--side", first).code == 0
    refused(decamp("-C", workspace, "scan", "--side", second))
    assert not (workspace / f"{second}.json").exists()


@pytest.fixture
def doubled(decamp: Decamp, door: None, workspace: Path) -> Path:
    """A workspace of an earlier version that has got as far as a plan, of a project onto itself."""
    assert decamp("-C", workspace, "scan").code == 0
    edit(workspace, TARGET, DOOR)
    there = Workspace(workspace)
    source = there.inventory("source")
    target = replace(source, side="target", identity=replace(source.identity, cloud=DOOR))
    write_inventory(there.inventory_path("target"), target)
    write_plan(there.plan_path, build_plan(source, target, there.policy()))
    worlds["source"].log.clear()
    return workspace


@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_documents_of_one_project_are_refused_by_every_command(
    decamp: Decamp, doubled: Path, args: tuple[str, ...]
) -> None:
    refused(decamp("-C", doubled, *args))
    assert worlds["source"].log == []


def test_nobody_can_accept_it(decamp: Decamp, doubled: Path) -> None:
    edit(doubled, "accept: []", "accept: [DCP-226]")
    refused(decamp("-C", doubled, "check"))
    refused(decamp("-C", doubled, "plan"))


# ---------------------------------------------------------------- regions and projects of one cloud


@pytest.fixture
def west(clouds: None) -> Callable[..., World]:
    """Makes the target another region of the source's cloud: one identity service, the same ids of projects."""

    def make(**shared: str) -> World:
        # Ids of a world come from its name.
        region = World("source", changed(SOURCE_OFFER, region="fr2", shared_services=shared))
        for project in ("main", "small"):
            region.project(project).id = worlds["source"].project(project).id
            region._add_default_group(region.project(project).id)
        region.log.clear()
        worlds["target"] = region
        return region

    return make


def made(decamp: Decamp, root: Path, source: str = SOURCE, target: str = TARGET) -> Path:
    assert decamp("init", root, "--source", source, "--target", target).code == 0
    return root


def test_another_region_of_the_same_cloud_is_another_place(
    decamp: Decamp, west: Callable[..., World], tmp_path: Path
) -> None:
    west()
    root = made(decamp, tmp_path / "w")
    for args in (("scan",), ("check",), ("plan",), ("run",)):
        result = decamp("-C", root, *args)
        assert result.code in {0, 3} and "DCP-22" not in result.err, result.err
    assert (root / "plan.json").exists() and writes() == []


def test_the_login_itself_is_looked_at_before_the_first_write(
    decamp: Decamp, west: Callable[..., World], tmp_path: Path
) -> None:
    region = west()
    root = made(decamp, tmp_path / "w")
    for line in ("scan", "plan", "approve cut-over --who Ann"):
        assert decamp("-C", root, *line.split()).code in {0, 3}
    # The entry in clouds.yaml leads to the source's region now; the project's id is still that of the plan.
    region.offer = changed(region.offer, region="fr1")
    for args in (("run",), ("run", "--execute"), ("verify",), ("clean", "--execute")):
        refused(decamp("-C", root, *args))
    # Nor where the source does not answer: then its name in the plan is what there is to go by.
    del worlds["source"]
    refused(decamp("-C", root, "clean", "--execute"))


@pytest.mark.parametrize("service", ["compute", "network", "block-storage", "image", "object-store"])
def test_regions_that_share_a_service_are_one_place_there(
    decamp: Decamp, west: Callable[..., World], tmp_path: Path, service: str
) -> None:
    project = worlds["source"].project("small").id
    west(**{service: f"https://{service}.fr1.source.example:443/v1/{project}/"})
    root = made(decamp, tmp_path / "w")
    refused(decamp("-C", root, "scan"), codes.SAME_SERVICE)
    assert not (root / "source.json").exists()


def test_another_project_of_the_same_cloud_is_another_place(decamp: Decamp, clouds: None, tmp_path: Path) -> None:
    worlds["source"].project("heir")
    root = made(decamp, tmp_path / "w", target="memory:source/heir")
    for args in (("scan",), ("plan",), ("approve", "cut-over", "--who", "Ann"), ("run", "--execute"), ("verify",)):
        result = decamp("-C", root, *args)
        assert "DCP-22" not in result.err, result.err
    assert writes() != []


# ---------------------------------------------------------------- the source's own S3


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://object-store.fr1.source.example",
        "https://OBJECT-STORE.fr1.source.example.:443/",
        "https://old-bucket.object-store.fr1.source.example",
        "https://compute.fr1.source.example",
    ],
)
def test_an_s3_of_the_source_is_refused(
    decamp: Decamp, workspace: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    assert decamp("-C", workspace, "scan").code == 0
    edit(workspace, "\n  objects:\n", f"\n  objects: {{s3: {{endpoint: '{endpoint}'}}}}\n")
    for args in (("check",), ("plan",), ("scan",), ("scan", "--side", "target")):
        refused(decamp("-C", workspace, *args), codes.ENDPOINT_IS_SOURCE)
    there = Workspace(workspace)
    write_plan(there.plan_path, build_plan(there.inventory("source"), there.inventory("target"), there.policy()))
    refused(decamp("-C", workspace, "run", "--execute"), codes.ENDPOINT_IS_SOURCE)


# ---------------------------------------------------------------- how one project may look


def who(project_id: str = "6f" * 16, **more: str) -> Identity:
    base = Identity(
        cloud="a",
        auth_url="https://keystone.example:5000/v3",
        region="fr1",
        project_id=project_id,
        project_name="shop",
        user_id="u",
    )
    return replace(base, **more)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (who(), True),
        (who(user_id="another"), True),
        (who(auth_url="http://192.0.2.7/identity"), True),
        (who("6F6F6F6F-6f6f-6f6f-6f6f-6f6f6f6f6f6f"), True),
        (who(region=""), True),
        (who(region="FR1"), True),
        (who(region="fr2"), False),
        # An older interface of the same identity service, with ids of its own.
        (who("1234", auth_url="https://KEYSTONE.example.:35357/v2.0"), True),
        (who("1234", auth_url="https://other.example:5000/v3"), False),
        (who("1234", project_name="workshop"), False),
        (who("1234", region="fr2"), False),
        (who("1234", project_domain_id="d1"), True),
    ],
)
def test_what_is_one_project(other: Identity, same: bool) -> None:
    assert is_same_project(who(), other) is same and is_same_project(other, who()) is same


def test_two_clouds_behind_tunnels_are_two() -> None:
    near = who(auth_url="http://localhost:5000/v3"), who("1" * 32, auth_url="http://localhost:6000/v3")
    assert not is_same_project(*near)


def test_projects_of_one_name_in_two_domains_are_two() -> None:
    assert not is_same_project(who("1" * 32, project_domain_id="d1"), who("2" * 32, project_domain_id="d2"))
