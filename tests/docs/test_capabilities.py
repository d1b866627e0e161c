"""docs/capabilities.md and the data of `check` are what the generator writes, and the generator believes nobody."""

import json
from pathlib import Path

import pytest

from migrate.plan.readiness.maturity import relied_keys
from tests.docs.capabilities import (
    DATA,
    FACADE,
    HTTP,
    MEMORY,
    NOT_YET,
    PAGE,
    REAL,
    Shown,
    UnknownTest,
    data,
    level,
    page,
    read_keys,
    read_table,
)

LAB_MODULE = """
import pytest
pytestmark = pytest.mark.lab
def test_one(): ...
class TestMany:
    def test_two(self): ...
def helper(): ...
"""
FACADE_MODULE = """
import pytest
from tests.lab.old_cloud import OldCloud
pytestmark = pytest.mark.lab
def test_old(): ...
"""
PLAIN_MODULE = """
import pytest
@pytest.fixture
def mine(box): ...
@pytest.mark.lab
def test_marked(): ...
@pytest.mark.soak
def test_long(): ...
def test_plain(tmp_path): ...
def test_everywhere(mine): ...
@pytest.mark.lab
@pytest.mark.full
def test_dear(): ...
@pytest.mark.full_on_lab
def test_dear_there(mine): ...
@pytest.mark.lab
@pytest.mark.parametrize("case", rest("one", "other"))
def test_dear_cases(case): ...
@pytest.mark.lab
@pytest.mark.parametrize("case", ["one", *rest("other")])
def test_some_dear_cases(case): ...
"""
CONFTEST = """
import pytest
LAB = pytest.param("lab", marks=pytest.mark.lab)
@pytest.fixture(params=["memory", LAB])
def provider(request): ...
@pytest.fixture
def box(provider): ...
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "tests/lab/test_a.py": LAB_MODULE,
        "tests/lab/test_d.py": FACADE_MODULE,
        "tests/x/test_b.py": PLAIN_MODULE,
        "tests/x/conftest.py": CONFTEST,
        "tests/openstack/test_c.py": "def test_wire(): ...\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_page_is_what_the_generator_prints() -> None:
    assert PAGE.read_text() == page(read_table()), "run: python -m tests.docs.capabilities"


def test_the_data_of_check_is_what_the_generator_writes() -> None:
    assert DATA.read_text() == data(read_table(), read_keys()), "run: python -m tests.docs.capabilities"


def test_everything_that_a_plan_relies_on_is_a_capability() -> None:
    assert set(read_keys()) == relied_keys()


def test_a_key_takes_the_level_of_its_capability(root: Path) -> None:
    real, wire = Shown(["tests/x/test_b.py::test_marked"]), Shown(["tests/openstack/test_c.py::test_wire"])
    old, plain = Shown(["tests/lab/test_d.py::test_old"]), Shown(["tests/x/test_b.py::test_plain"])
    table = {"a": {"Real": real, "Wire": wire, "Old": old}, "b": {"Plain": plain, "Open": Shown([])}}
    keys = {"r": "Real", "w": "Wire", "f": "Old", "p": "Plain", "o": "Open"}
    words = {"r": "real", "w": "http", "f": "facade", "p": "memory", "o": "none"}
    assert json.loads(data(table, keys, root)) == words
    with pytest.raises(KeyError):
        data(table, {"x": "Nobody's"}, root)


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ([], NOT_YET),
        (["tests/x/test_b.py::test_plain"], MEMORY),
        (["tests/openstack/test_c.py::test_wire"], HTTP),
        (["tests/lab/test_a.py::test_one"], REAL),
        (["tests/lab/test_a.py::TestMany::test_two"], REAL),
        (["tests/x/test_b.py::test_marked"], REAL),
        (["tests/x/test_b.py::test_everywhere"], REAL),
        (["tests/lab/test_d.py::test_old"], FACADE),
        (["tests/x/test_b.py::test_plain", "tests/openstack/test_c.py::test_wire"], MEMORY),
        (["tests/lab/test_a.py::test_one", "tests/lab/test_d.py::test_old"], FACADE),
        (["tests/openstack/test_c.py::test_wire", "tests/lab/test_d.py::test_old"], HTTP),
    ],
)
def test_a_level_is_where_the_weakest_test_lives(root: Path, tests: list[str], expected: str) -> None:
    assert level(tests, root) == expected


def test_what_also_shows_it_raises_nothing_and_must_be_there(root: Path) -> None:
    real, plain = "tests/lab/test_a.py::test_one", "tests/x/test_b.py::test_plain"
    text = page({"group": {"One": Shown([plain], [real]), "Two": Shown([real], [plain])}}, root)
    assert f"| One | {MEMORY} | `{plain}`<br>also `{real}` |" in text
    assert f"| Two | {REAL} | `{real}`<br>also `{plain}` |" in text
    with pytest.raises(UnknownTest):
        page({"group": {"One": Shown([plain], ["tests/lab/test_a.py::test_none"])}}, root)


@pytest.mark.parametrize(
    ("name", "dagger"),
    [
        ("test_marked", ""),
        ("test_some_dear_cases", ""),
        ("test_dear", " †"),
        ("test_dear_there", " †"),
        ("test_dear_cases", " †"),
    ],
)
def test_what_only_the_longer_run_shows_is_marked(root: Path, name: str, dagger: str) -> None:
    test = f"tests/x/test_b.py::{name}"
    assert f"| One | {REAL} | `{test}`{dagger} |" in page({"group": {"One": Shown([test])}}, root)


@pytest.mark.parametrize(
    "test",
    [
        "tests/lab/test_a.py::test_none",
        "tests/lab/test_a.py::helper",
        "tests/lab/test_none.py::test_one",
        "tests/lab/test_a.py",
        "tests/x/conftest.py::box",
        "tests/x/test_b.py::test_long",
    ],
)
def test_what_is_no_test_is_refused(root: Path, test: str) -> None:
    with pytest.raises(UnknownTest):
        level([test], root)
