"""What a request left that had its effect after its answer was given up is named by the run that ends the move."""

from pathlib import Path

import pytest

from migrate.clouds.ports import NewImage
from migrate.demo.memory import open_memory, worlds
from migrate.messages import codes
from migrate.model import Mark, Role, SecurityGroup, mark_of
from tests.cli.conftest import Decamp
from tests.cli.second_pass import Tenant


@pytest.fixture
def moved(decamp: Decamp, clouds: None, tmp_path: Path) -> Tenant:
    tenant = Tenant(decamp, tmp_path / "work")
    tenant.source.network.create_security_group(SecurityGroup(id="", name="web", description="", rules=()))
    tenant.source.objects.put_container("box", {})
    tenant.put("plain", b"x")
    tenant.go()
    return tenant


def group_at_target() -> SecurityGroup:
    groups = open_memory("target/boxes").network.state().security_groups
    return next(group for group in groups if group.name == "web")


def test_a_second_one_of_a_moved_resource_is_named_until_somebody_has_deleted_it(moved: Tenant) -> None:
    first, target = group_at_target(), open_memory("target/boxes").network
    late = target.create_security_group(first)
    again = moved("run", "--execute")
    assert again.code == 3 and codes.MADE_TWICE in again.err and late in again.err and first.id not in again.err
    assert "Every step is done" in again.err and "Some steps are not done" not in again.err
    assert moved("run", "--execute", "--only", "container:box").code == 0, "a run of one container looks for no group"
    listed = moved("clean", "--execute")
    assert listed.code == 0 and late[:8] in listed.out, "clean does not choose which of two is thrown away"
    worlds["target"].security_groups.pass_away(late, 0)
    assert moved("run", "--execute").code == 0


def test_a_temporary_resource_at_the_source_is_named_until_clean_has_removed_it(moved: Tenant) -> None:
    mark = mark_of(group_at_target())
    assert mark
    temporary = str(Mark(role=Role.TEMPORARY, migration=mark.migration, source_id=mark.source_id))
    late = moved.source.images.create(NewImage(name=temporary, disk_format="raw", tags=(temporary,)))
    again = moved("run", "--execute")
    assert again.code == 3 and codes.TEMPORARY_LEFT in again.err and late in again.err
    assert moved("clean", "--execute").code == 0
    assert moved("run", "--execute").code == 0
    assert [image for image in moved.source.images.images() if image.id == late] == []
