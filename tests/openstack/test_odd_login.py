"""Whatever a login and its catalogue say: one sentence, or a scan of all the rest, and never a crash."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
from migrate.demo.small_tenant import two_clouds
from migrate.inventory.inventory_file import read_inventory
from migrate.messages import codes
from migrate.model import ODD
from tests.openstack.fake_openstack import FakeServer, Reply, Seen, keystone

pytestmark = pytest.mark.hostile

Json = dict[str, Any]
Change = Callable[[Json], object]

PLACE = {"interface": "public", "region": "fr1", "region_id": "fr1"}


def entry(kind: Any, *endpoints: Any) -> Json:
    return {"type": kind, "name": "x", "endpoints": list(endpoints)}


ENTRIES: dict[str, Any] = {
    "null": None,
    "a number": 7,
    "endpoints null": {**entry("odd-1"), "endpoints": None},
    "type null": entry(None),
    "type a number": entry(8),
    "type a list": entry([1]),
    "type half a character": entry("\ud800", {**PLACE, "url": "http://127.0.0.1/"}),
    "endpoint null": entry("odd-2", None),
    "no url": entry("odd-3", PLACE),
    "url a number": entry("odd-4", {**PLACE, "url": 7}),
    "url none": entry("odd-5", {**PLACE, "url": "http://[bad"}),
    "url half a character": entry("odd-6", {**PLACE, "url": "http://host/\ud800"}),
    "url without host": entry("odd-7", {**PLACE, "url": "nowhere"}),
}
TOKENS: dict[str, Change] = {
    "catalogue null": lambda token: token.update(catalog=None),
    "catalogue an object": lambda token: token.update(catalog={"a": 1}),
    "catalogue a text": lambda token: token.update(catalog="x"),
    "end a word": lambda token: token.update(expires_at="yesterday"),
    "end null": lambda token: token.update(expires_at=None),
    "end a number": lambda token: token.update(expires_at=7),
    "project null": lambda token: token.update(project=None),
    "project a number": lambda token: token["project"].update(id=7),
    "project a path": lambda token: token["project"].update(id="../../x"),
    "project half a character": lambda token: token["project"].update(name="\ud800"),
    "project an object": lambda token: token["project"].update(name={"a": 1}),
    "user null": lambda token: token.update(user=None),
    "user a number": lambda token: token["user"].update(id=7),
    "roles a number": lambda token: token.update(roles=7),
}
VERSIONS: dict[str, tuple[str, Any]] = {
    "nova null": ("GET /compute/v2.1/?", {"version": None}),
    "nova words": (
        "GET /compute/v2.1/?",
        {"version": {"id": "v2.1", "status": "CURRENT", "links": [], "version": "x.y"}},
    ),
    "nova numbers": ("GET /compute/v2.1/?", {"version": {"id": "v2.1", "status": "CURRENT", "links": 7, "version": 7}}),
    "glance a number": ("GET /image/?", {"versions": 7}),
    "glance null": ("GET /image/?", {"versions": [None, 7, {"id": "x"}]}),
    "keystone a number": ("GET /v3/?", {"version": 7}),
    "cinder a number": ("GET /volume/v3/?", {"versions": [{"id": 7}]}),
}


@pytest.fixture
def scanned(
    fake: FakeServer, clouds_yaml: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[[], tuple[int, str, Path]]:
    """`scan` of the source alone, in a workspace of its own."""
    two_clouds(0.02)
    keystone(fake)

    def call() -> tuple[int, str, Path]:
        root = tmp_path / "work"
        assert run_guarded(make_group(), ["init", str(root), "--source", "shop", "--target", "memory:target/main"]) == 0
        code = run_guarded(make_group(), ["-C", str(root), "scan", "--side", "source"])
        err = capsys.readouterr().err
        assert codes.UNEXPECTED not in err and "Traceback" not in err, err
        return code, err, root

    return call


def change_token(fake: FakeServer, change: Change) -> None:
    """Each login's answer, changed."""
    before = next(answers for pattern, answers in fake._routes if pattern.pattern == "POST /v3/auth/tokens")[0]

    def token(seen: Seen) -> Reply:
        told = before(seen) if callable(before) else before
        document = copy.deepcopy(told.body)
        change(document["token"])
        return Reply(told.status, document, told.headers)

    fake.on("POST /v3/auth/tokens", token)


def test_each_odd_entry_of_the_catalogue_is_named_and_the_rest_is_read(
    fake: FakeServer, scanned: Callable[[], tuple[int, str, Path]]
) -> None:
    change_token(fake, lambda token: token["catalog"].extend(ENTRIES.values()))
    code, err, root = scanned()
    inventory = read_inventory(root / "source.json")
    # Nothing is served here: all is refused, by name.
    assert code == 3 and {"compute", "image", "network"} <= set(inventory.facts.services)
    odd = [row for row in inventory.others if row.details.get(ODD) and row.service == "identity"]
    assert len({row.name for row in odd}) == len(ENTRIES), err


@pytest.mark.parametrize("what", TOKENS)
def test_an_odd_login_ends_in_one_sentence_or_a_document(
    fake: FakeServer, scanned: Callable[[], tuple[int, str, Path]], what: str
) -> None:
    change_token(fake, TOKENS[what])
    code, err, root = scanned()
    assert (root / "source.json").exists() or ("decamp: DCP-" in err and code in {3, 6})


@pytest.mark.parametrize("what", VERSIONS)
def test_an_odd_version_document_is_one_service_alone(
    fake: FakeServer, scanned: Callable[[], tuple[int, str, Path]], what: str
) -> None:
    route, body = VERSIONS[what]
    fake.on(route, Reply(200, body))
    _, err, root = scanned()
    assert (root / "source.json").exists() or codes.CLOUD_UNAVAILABLE in err
