"""Writes docs/capabilities.md, and what `check` reads of it: `python -m tests.docs.capabilities`.

`capabilities.toml` names the tests that a capability needs; how far it is proved follows from where they live, and no
further than the weakest of them. Tests are read, never imported: a name that is no test is an error here.
"""

import ast
import json
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("capabilities.toml")
PAGE = ROOT / "docs" / "capabilities.md"
DATA = ROOT / "migrate" / "plan" / "capabilities.json"
"""Key of `migrate/plan/readiness/maturity.py` -> how far it is proved, in one word."""

KEYS = "keys"
"""The table of capabilities.toml that gives a capability the key by which a plan relies on it."""

LEVELS = ("proven on real services", "on our façade over real services", "HTTP-level only", "memory only", "not yet")
"""The strongest first."""
REAL, FACADE, HTTP, MEMORY, NOT_YET = LEVELS
WORDS = {REAL: "real", FACADE: "facade", HTTP: "http", MEMORY: "memory", NOT_YET: "none"}

_FACADE = "tests.lab.old_cloud"
"""What a module of tests imports that meets the lab through our façade."""

_HEAD = """\
# What the tests show

Generated from the tests by `python -m tests.docs.capabilities`; do not edit it. The level of a capability is that of
the weakest test that it needs. Tests listed after "also" show more of the same and do not raise the level.

| level | where its tests run |
|---|---|
| proven on real services | the lab: real OpenStack services with Decamp's own drivers, and SeaweedFS; no guest runs |
| on our façade over real services | the source of the lab, behind a process that imitates an old release |
| HTTP-level only | our adapters against a fake server that speaks their protocol |
| memory only | in-memory clouds, or no cloud at all |
| not yet | no test covers it |

`make test` runs them, `make test-all` those with † too; a level is valid while they pass. [limits.md](limits.md) lists
what Decamp does not do.
"""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class UnknownTest(ValueError):
    """The table names something that is no test, or that `make test-all` does not run either."""


class Shown(NamedTuple):
    """The tests that a capability needs, and those that show more of the same."""

    needs: list[str]
    also: list[str] = []


def level(tests: list[str], root: Path = ROOT) -> str:
    """The level that the weakest of these tests gives. Raises UnknownTest."""
    return max((level_of(test, root) for test in tests), key=LEVELS.index, default=NOT_YET)


def level_of(test: str, root: Path = ROOT) -> str:
    """The level of one test, `path::name`. Raises UnknownTest."""
    path, _, name = test.partition("::")
    function = find_test(root / path, name)
    if function is None:
        raise UnknownTest(f"{test} is no test")
    module = parsed(root / path)
    if _is_marked(module, function, "soak"):
        raise UnknownTest(f"{test} runs in `make soak` alone, not in `make test-all`")
    if _is_marked(module, function, "lab") or _arguments(function) & lab_fixtures(root / path, root):
        return FACADE if _imports(module, _FACADE) else REAL
    return HTTP if path.startswith("tests/openstack/") else MEMORY


def is_seldom(test: str, root: Path = ROOT) -> bool:
    """Whether `make test-all` alone runs it where its level comes from."""
    path, _, name = test.partition("::")
    module, function = parsed(root / path), find_test(root / path, name)
    assert function is not None
    return _is_full(module, function) or _is_marked(module, function, "full_on_lab")


def find_test(path: Path, name: str) -> _Function | None:
    """The function of that name at the top of a test module, or `Class::name`."""
    if not (path.is_file() and path.name.startswith("test_")):
        return None
    body: list[ast.stmt] = parsed(path).body
    *classes, last = name.split("::")
    for wanted in classes:
        body = next((node.body for node in body if isinstance(node, ast.ClassDef) and node.name == wanted), [])
    if not last.startswith("test_"):
        return None
    return next((node for node in body if isinstance(node, _Function) and node.name == last), None)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


# ---------------------------------------------------------------- marks and fixtures


def _is_marked(module: ast.Module, function: _Function, mark: str) -> bool:
    """By a decorator of its own, or by the module's `pytestmark`."""
    marks: list[ast.AST] = [*function.decorator_list]
    marks += [node.value for name, node in _assigned(module) if name == "pytestmark"]
    return any(_names_mark(node, mark) for node in marks)


def _is_full(module: ast.Module, function: _Function) -> bool:
    """All of it: a case of a matrix that is marked so leaves the others."""
    marks = [node.value for name, node in _assigned(module) if name == "pytestmark"]
    return (
        _is_decorated(function, "full")
        or any(_names_mark(mark, "full") for mark in marks)
        or any(_is_matrix_of_rest(one) for one in function.decorator_list)
    )


def _is_matrix_of_rest(decorator: ast.AST) -> bool:
    """`parametrize` with what `tests.matrix.rest` marks and nothing else."""
    if not (isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.parametrize"):
        return False
    cases = decorator.args[1] if len(decorator.args) > 1 else None
    return isinstance(cases, ast.Call) and ast.unparse(cases.func) == "rest"


def _is_decorated(function: _Function, mark: str) -> bool:
    return any(ast.unparse(node) == f"pytest.mark.{mark}" for node in function.decorator_list)


def _names_mark(node: ast.AST, mark: str) -> bool:
    """`pytest.mark.MARK` stands somewhere in it."""
    return any(isinstance(one, ast.Attribute) and ast.unparse(one) == f"pytest.mark.{mark}" for one in ast.walk(node))


def _imports(module: ast.Module, name: str) -> bool:
    return any(isinstance(node, ast.ImportFrom) and node.module == name for node in module.body)


def _assigned(module: ast.Module) -> Iterator[tuple[str, ast.Assign]]:
    for node in module.body:
        if isinstance(node, ast.Assign):
            yield from ((target.id, node) for target in node.targets if isinstance(target, ast.Name))


@cache
def lab_fixtures(path: Path, root: Path) -> frozenset[str]:
    """Fixtures that a test of this module can take and that run it on the lab too: by a parameter marked `lab`."""
    folders = [folder for folder in path.parents if folder.is_relative_to(root)]
    modules = [parsed(conftest) for folder in folders if (conftest := folder / "conftest.py").is_file()]
    fixtures: dict[str, _Function] = {}
    found: set[str] = set()
    for module in [*modules, parsed(path)]:
        named = {name for name, node in _assigned(module) if _names_mark(node.value, "lab")}
        for function in (node for node in module.body if isinstance(node, _Function)):
            decorators = [one for one in function.decorator_list if "fixture" in ast.unparse(one)]
            if decorators:
                fixtures[function.name] = function
                if any(_has_lab_parameter(one, named) for one in decorators):
                    found.add(function.name)
    while more := {name for name, function in fixtures.items() if _arguments(function) & found} - found:
        found |= more
    return frozenset(found)


def _has_lab_parameter(decorator: ast.AST, named: set[str]) -> bool:
    names = {node.id for node in ast.walk(decorator) if isinstance(node, ast.Name)}
    return bool(names & named) or _names_mark(decorator, "lab")


def _arguments(function: _Function) -> set[str]:
    return {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}


# ---------------------------------------------------------------- the page


def read_table(path: Path = TABLE) -> dict[str, dict[str, Shown]]:
    """group -> capability -> tests."""
    groups = {group: table for group, table in _tables(path).items() if group != KEYS}
    return {group: {name: _shown_by(tests) for name, tests in table.items()} for group, table in groups.items()}


def _shown_by(tests: Any) -> Shown:
    return Shown(**tests) if isinstance(tests, dict) else Shown(tests)


def read_keys(path: Path = TABLE) -> dict[str, str]:
    """key -> capability."""
    keys: dict[str, str] = _tables(path)[KEYS]
    return keys


def _tables(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def page(table: dict[str, dict[str, Shown]], root: Path = ROOT) -> str:
    """The whole page. Raises UnknownTest."""
    blocks = [_HEAD]
    for group, capabilities in table.items():
        rows = [f"| {name} | {level(by.needs, root)} | {_shown(by, root)} |" for name, by in capabilities.items()]
        blocks.append("\n".join([f"## {group}\n", "| capability | level | shown by |", "|---|---|---|", *rows, ""]))
    return "\n".join(blocks)


def data(table: dict[str, dict[str, Shown]], keys: dict[str, str], root: Path = ROOT) -> str:
    """The machine-readable form. Raises UnknownTest; KeyError when a key names no capability."""
    tests = {name: shown_by for capabilities in table.values() for name, shown_by in capabilities.items()}
    words = {key: WORDS[level(tests[name].needs, root)] for key, name in keys.items()}
    return json.dumps(words, indent=1, sort_keys=True) + "\n"


def _shown(by: Shown, root: Path) -> str:
    for test in by.also:
        level_of(test, root)
    named = {test: f"`{test}`{' †' if is_seldom(test, root) else ''}" for test in (*by.needs, *by.also)}
    return "<br>".join([*(named[test] for test in by.needs), *(f"also {named[test]}" for test in by.also)]) or "-"


if __name__ == "__main__":
    PAGE.write_text(page(read_table()), encoding="utf-8")
    DATA.write_text(data(read_table(), read_keys()), encoding="utf-8")
