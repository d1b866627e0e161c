"""A ledger that the policy names: in a file of another name, and on a PostgreSQL server that two machines share."""

import json
import shutil
from pathlib import Path

import pytest

from migrate.demo.memory import worlds
from tests.cli.conftest import Decamp
from tests.cli.workspaces import approve, name_ledger
from tests.ledger.conftest import POSTGRESQL, postgresql, server_url

__all__ = ["postgresql", "server_url"]


@pytest.fixture(params=["file", POSTGRESQL])
def named(request: pytest.FixtureRequest, planned: Path, decamp: Decamp) -> Path:
    """A planned workspace whose policy names its ledger."""
    url = "sqlite:///shared.db" if request.param == "file" else str(request.getfixturevalue("postgresql"))
    name_ledger(decamp, planned, url)
    approve(decamp, planned)
    return planned


def count(world: str) -> int:
    """How often a cloud was changed; logging in does not."""
    return sum(method not in {"GET", "HEAD"} and service != "identity" for method, service, _ in worlds[world].log)


def test_a_whole_migration_with_a_ledger_elsewhere(decamp: Decamp, named: Path) -> None:
    assert json.loads(decamp("-C", named, "status", "-f", "json").out)["next"]["command"] == "run --execute"
    assert decamp("-C", named, "run", "--execute").code == 0
    assert not (named / "ledger.db").exists()
    assert decamp("-C", named, "verify").code == 0
    assert json.loads(decamp("-C", named, "status", "-f", "json").out)["next"]["command"] == "report"
    assert decamp("-C", named, "report").code == 0


@pytest.mark.parametrize("name", ["what?", "50%41", "a#b", "é ?mode=memory"])
def test_the_folder_above_may_have_any_name(decamp: Decamp, planned: Path, name: str) -> None:
    """Each ledger is in its own workspace: none is opened beside it, and none is shared by two."""
    beside = {path.name for path in planned.parent.iterdir()}
    root = planned.rename(planned.with_name(name))
    assert decamp("-C", root, "run", "--execute").code == 0
    assert {path.name for path in root.parent.iterdir()} == {*beside - {planned.name}, name}
    assert (root / "ledger.db").is_file() and not json.loads(decamp("-C", root, "status", "-f", "json").out)["held"]


@pytest.mark.lab
def test_a_second_machine_goes_on_where_the_first_stopped(
    decamp: Decamp, planned: Path, postgresql: str, tmp_path: Path
) -> None:
    name_ledger(decamp, planned, postgresql)
    approve(decamp, planned)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(planned, elsewhere)
    assert decamp("-C", planned, "run", "--execute", "--only", "evacuate").code == 0
    # The disks went with it; the ledger did not have to.
    shutil.rmtree(elsewhere / "store", ignore_errors=True)
    shutil.copytree(planned / "store", elsewhere / "store")
    shutil.copytree(planned / "evidence", elsewhere / "evidence", dirs_exist_ok=True)
    before = count("source")
    assert decamp("-C", elsewhere, "run", "--execute").code == 0
    assert count("source") == before
    made = count("target")
    assert decamp("-C", planned, "run", "--execute").code == 0
    assert count("target") == made
    assert decamp("-C", elsewhere, "verify").code == 0


def test_a_server_that_is_not_there_is_one_sentence(decamp: Decamp, planned: Path) -> None:
    name_ledger(decamp, planned, "postgresql://decamp@127.0.0.1:1/decamp")
    result = decamp("-C", planned, "run", "--execute")
    assert result.code == 6
    assert result.err.splitlines()[-1].startswith(
        "decamp: DCP-217: the ledger database at postgresql://decamp@127.0.0.1:1/decamp"
    )
