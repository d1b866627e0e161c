"""Access lists by name: at another provider a name may be anybody's, so that it is set only where that is accepted."""

import json
from pathlib import Path

import pytest

from migrate.messages import codes
from migrate.objects.listing.row_files import rows_folder
from tests.cli.conftest import Decamp
from tests.cli.second_pass import Tenant

pytestmark = pytest.mark.hostile

READ, WRITE = "x-container-read", "x-container-write"
LISTS = {READ: ".r:*,.rlistings,acme:alice,*:*", WRITE: "acme:bob, *:carol"}


@pytest.fixture
def tenant(decamp: Decamp, clouds: None, tmp_path: Path) -> Tenant:
    found = Tenant(decamp, tmp_path / "work")
    found.source.objects.put_container("box", LISTS)
    found.put("plain", b"first")
    return found


def there(tenant: Tenant) -> dict[str, str]:
    headers = tenant.target().container("box").headers
    return {key: headers[key] for key in (READ, WRITE) if key in headers}


def told(tenant: Tenant) -> dict[str, list[str]]:
    """Code -> the lists it is said of, of what nobody has decided."""
    rows = [row for row in json.loads(tenant("check", "-f", "json").out) if row["item"] == "container:box"]
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["code"], []).append(f"{row['facts']['header']} {row['facts']['value']}")
    return found


def accept(tenant: Tenant, old: str, *selectors: str) -> None:
    tenant.policy(f"accept: {old}", f"accept: {json.dumps(list(selectors))}")


def test_nobody_is_let_in_by_a_name_of_the_source(tenant: Tenant) -> None:
    tenant.go()
    assert there(tenant) == {READ: ".r:*,.rlistings"}
    assert told(tenant) == {
        codes.ACCESS_LIST_NAMES_UNACCEPTED: [f"{READ} acme:alice", f"{WRITE} acme:bob,*:carol"],
        codes.ACCESS_LIST_EVERYBODY_UNACCEPTED: [f"{READ} *:*"],
    }
    code, rows = tenant.verified()
    assert code == 0 and rows["box"]["verdict"] == "same"


@pytest.mark.parametrize(
    "selector",
    [codes.ACCESS_LIST_NAMES_UNACCEPTED, codes.ACCESS_LIST_EVERYBODY_UNACCEPTED, "container:box", "container:*"],
)
def test_an_acceptance_of_anything_else_lets_nobody_in(tenant: Tenant, selector: str) -> None:
    accept(tenant, "[]", selector)
    tenant.go()
    assert there(tenant) == {READ: ".r:*,.rlistings"}


def test_what_is_accepted_for_the_container_is_set_and_told(tenant: Tenant) -> None:
    accept(tenant, "[]", "DCP-880:container:box")
    tenant.go()
    assert there(tenant) == {READ: ".r:*,.rlistings,acme:alice", WRITE: LISTS[WRITE]}
    assert (
        told(tenant).keys() == {codes.ACCESS_LIST_NAMES_ACCEPTED, codes.ACCESS_LIST_EVERYBODY_UNACCEPTED}
        and tenant.verified()[0] == 0
    )

    accept(tenant, '["DCP-880:container:box"]', "DCP-881:container:b*")
    tenant.go()
    assert there(tenant) == {READ: ".r:*,.rlistings,*:*"}
    assert (
        told(tenant).keys() == {codes.ACCESS_LIST_NAMES_UNACCEPTED, codes.ACCESS_LIST_EVERYBODY_ACCEPTED}
        and tenant.verified()[0] == 0
    )


def test_what_an_earlier_version_has_set_is_taken_away(tenant: Tenant) -> None:
    tenant.go()
    # It kept no note of what it set.
    (rows_folder(tenant.root / "evidence", "box") / "settings.json").unlink()
    tenant.target().put_container("box", LISTS)
    code, rows = tenant.verified()
    assert code != 0 and any(WRITE in one for one in rows["box"]["differences"])
    tenant.go()
    assert there(tenant) == {READ: ".r:*,.rlistings"} and tenant.verified()[0] == 0


def test_a_list_that_the_source_no_longer_has_goes_too(tenant: Tenant) -> None:
    tenant.go()
    tenant.source.objects.put_container("box", {f"x-remove-{key[2:]}": "x" for key in LISTS})
    tenant.go()
    assert there(tenant) == {}
