"""The rows of two containers never share a folder, whatever the containers are called."""

from pathlib import Path

import pytest

from migrate.demo.memory import worlds
from migrate.model import name_id
from migrate.objects.listing.row_files import read_seal, rows_folder
from tests.cli.conftest import Decamp
from tests.cli.second_pass import Tenant

pytestmark = pytest.mark.hostile

ODD = "factures & été"
DIGEST = name_id(ODD)
"""A plain name, which a customer may choose: the very digest that stands for the other's."""

TWICE = name_id(DIGEST)


@pytest.fixture
def tenant(decamp: Decamp, clouds: None, tmp_path: Path) -> Tenant:
    found = Tenant(decamp, tmp_path / "work")
    for name in (ODD, DIGEST, TWICE):
        found.source.objects.put_container(name, {})
        for number in range(3):
            found.put(f"{number}", name.encode(), name)
    return found


def sent(since: int) -> list[str]:
    return [path for method, _, path in worlds["target"].log[since:] if method == "PUT" and path.count("/") > 1]


def test_a_container_that_is_called_like_anothers_digest(tenant: Tenant) -> None:
    for _ in range(2):
        tenant.go()
        code, rows = tenant.verified()
        assert code == 0 and {name: row["verdict"] for name, row in rows.items()} == dict.fromkeys(
            (ODD, DIGEST, TWICE), "same"
        )
    evidence = tenant.root / "evidence"
    assert {read_seal(rows_folder(evidence, name)).container for name in (ODD, DIGEST, TWICE)} == {ODD, DIGEST, TWICE}
    for name in (ODD, DIGEST, TWICE):
        assert tenant.bytes_of("1", name) == name.encode()


@pytest.mark.parametrize("owner", [ODD, DIGEST])
def test_a_folder_of_an_earlier_version_is_its_owners(tenant: Tenant, owner: str) -> None:
    tenant.go()
    evidence = tenant.root / "evidence"
    rows_folder(evidence, owner).rename(evidence / "objects" / DIGEST)
    assert rows_folder(evidence, owner) == evidence / "objects" / DIGEST
    assert len({rows_folder(evidence, name) for name in (ODD, DIGEST, TWICE)}) == 3
    assert tenant.verified()[0] == 0
    before = len(worlds["target"].log)
    tenant.put("new", b"new", owner)
    tenant.go()
    assert len(sent(before)) == 1 and tenant.verified()[0] == 0
