"""What is imported is declared, nothing older than its last known hole is allowed, and every version is pinned."""

import ast
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import distribution, packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]

WITHOUT_HOLES = {
    "babel": "2.9.1",
    "click": "8.3.3",
    "cryptography": "46.0.7",
    "idna": "3.15",
    "jinja2": "3.1.6",
    "requests": "2.33",
    "setuptools": "78.1.1",
    "tqdm": "4.66.3",
    "urllib3": "2.7",
}
"""The lowest version of each that has no hole that we know of."""

NOT_IMPORTED = {
    "setuptools": "pbr imports it, and takes one with a known hole",
    "tzdata": "zoneinfo reads it where the system has no time zones",
}

OURS = {"migrate", "tests"}

OF_THE_LAB = {ROOT / "tests/lab/forked.py"}
"""What runs with the lab's Python, and imports what is installed there."""


def declared(*extras: str) -> dict[str, Requirement]:
    texts = [*PROJECT["dependencies"], *(text for extra in extras for text in EXTRAS[extra])]
    return {canonicalize_name(one.name): one for one in map(Requirement, texts)}


def pins() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return {canonicalize_name(name): Version(version) for name, _, version in (line.partition("==") for line in lines)}


def seem_imported(folder: str) -> Iterator[tuple[str, Path]]:
    """Top-level names that a line begins to import; a text that a file holds may have such a line too."""
    for file in (ROOT / folder).rglob("*.py"):
        yield from (
            (name, file) for name in set(re.findall(r"^ *(?:import|from) +(\w+)", file.read_text(), re.MULTILINE))
        )


@cache
def imported(file: Path) -> frozenset[str]:
    """Top-level names of modules, as import statements anywhere in the file have them."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return frozenset(found)


distributions_of_modules = cache(packages_distributions)


def foreign(folder: str, known: set[str], of: Callable[[str], bool]) -> dict[str, Path]:
    """Distribution that is one `of` these -> a file below the folder that imports a module of it.

    A file is parsed, which takes long, where that alone tells.
    """
    found: dict[str, Path] = {}
    theirs = distributions_of_modules()
    for name, file in seem_imported(folder):
        if name not in sys.stdlib_module_names and name not in known and file not in OF_THE_LAB:
            distribution = min(canonicalize_name(one) for one in theirs.get(name, [name]))
            if of(distribution) and distribution not in found and name in imported(file):
                found[distribution] = file
    return found


def modules_beside_the_tests() -> set[str]:
    """What tests import from their own folders or from the lab's."""
    files = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "lab").glob("*.py")]
    return {file.stem for file in files} | {file.parent.name for file in (ROOT / "lab").glob("*/__init__.py")}


def test_what_the_program_imports_is_declared() -> None:
    there = declared()
    assert foreign("migrate", OURS, of=lambda name: name not in there) == {}


def test_what_the_tests_import_is_declared() -> None:
    there = declared("postgresql", "dev")
    assert foreign("tests", OURS | modules_beside_the_tests(), of=lambda name: name not in there) == {}


def test_what_is_declared_is_imported() -> None:
    there = declared().keys()
    assert there - foreign("migrate", OURS, of=lambda name: name in there).keys() == NOT_IMPORTED.keys()


def test_an_import_is_found_wherever_it_stands(tmp_path: Path) -> None:
    """A line that begins like one and stands in a text is none."""
    (tmp_path / "a.py").write_text("if 1:\n    from nowhere.at import all\n\nTEXT = '''\nfrom texts import x\n'''\n")
    found = foreign(str(tmp_path), set(), of=lambda name: True)
    assert found.keys() == {"nowhere"}


@pytest.mark.parametrize("name", sorted(WITHOUT_HOLES))
def test_no_version_with_a_known_hole_is_allowed(name: str) -> None:
    floor = Version(WITHOUT_HOLES[name])
    allowed = [spec for spec in declared()[name].specifier if spec.operator == ">="]
    assert [Version(spec.version) >= floor for spec in allowed] == [True]
    assert pins()[name] >= floor


def test_constraints_hold_versions_and_nothing_else() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line)] == []
    assert lines == sorted(lines, key=str.lower) and len(pins()) == len(lines)


def test_constraints_hold_all_that_an_install_brings() -> None:
    if find_spec("mkdocs") is None:
        pytest.skip("the extra docs is not installed")
    todo = {(name, extra) for name, one in declared(*EXTRAS).items() for extra in ("", *one.extras)}
    seen = set[tuple[str, str]]()
    while todo - seen:
        name, extra = (todo - seen).pop()
        seen.add((name, extra))
        for needed in map(Requirement, distribution(name).requires or ()):
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                todo |= {(canonicalize_name(needed.name), one) for one in ("", *needed.extras)}
    assert {name for name, _ in seen} == pins().keys()


@pytest.mark.parametrize("extras", [(), ("postgresql", "dev", "docs")])
def test_constraints_are_versions_that_are_allowed(extras: tuple[str, ...]) -> None:
    there = pins()
    assert [name for name, one in declared(*extras).items() if there[name] not in one.specifier] == []


def test_what_installs_the_program_uses_the_constraints() -> None:
    pages = [ROOT / "README.md", ROOT / "Makefile", *(ROOT / "docs").rglob("*.md")]
    installs = [
        line for page in pages for line in page.read_text().splitlines() if re.search(r"pip install .*\s'?\.", line)
    ]
    assert len(installs) >= 2 and [line for line in installs if "-c constraints.txt" not in line] == []
