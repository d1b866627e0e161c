"""What docs/design.md "Rooms" promises and import contracts cannot say: sizes, names, and no circle of imports."""

import ast
from collections import Counter
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PATHS = [path.relative_to(ROOT) for path in sorted((ROOT / "migrate").rglob("*.py"))]
MOST_FILES, MOST_PARAMETERS, MOST_LINES = 22, 7, 60
ADAPTERS = ("migrate/clouds/", "migrate/demo/memory/")
"""Their files are parallel: each port has one of its name in each."""


Function = ast.FunctionDef | ast.AsyncFunctionDef


class Read(NamedTuple):
    """What a module has of what is looked at here; its tree is not kept."""

    functions: list[tuple[str, int, int]]
    """Name, parameters, lines."""
    imports: list[tuple[str, set[str]]]
    """A module, and what of it is imported, as it would be called if it were a module."""


@cache
def modules() -> dict[Path, Read]:
    return {path: read(path) for path in PATHS}


def read(path: Path) -> Read:
    found = Read([], [])
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if isinstance(node, Function):
            lines = (node.end_lineno or 0) - node.lineno + 1
            found.functions.append((f"{path}:{node.name}", parameters(node), lines))
        elif isinstance(node, ast.Import):
            found.imports.extend((alias.name, set()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.imports.append((node.module, {f"{node.module}.{alias.name}" for alias in node.names}))
    return found


def parameters(of: Function) -> int:
    names = [one.arg for one in (*of.args.posonlyargs, *of.args.args, *of.args.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def test_no_folder_is_too_large() -> None:
    assert {str(path): n for path, n in Counter(path.parent for path in PATHS).items() if n > MOST_FILES} == {}


def test_no_two_modules_have_one_name() -> None:
    own = [path for path in PATHS if path.name != "__init__.py" and not str(path).startswith(ADAPTERS)]
    assert [name for name, n in Counter(path.name for path in own).items() if n > 1] == []


def test_no_function_takes_too_much_or_is_too_long() -> None:
    functions = [one for read in modules().values() for one in read.functions]
    assert functions
    assert [name for name, parameters, _ in functions if parameters > MOST_PARAMETERS] == []
    assert {name: lines for name, _, lines in functions if lines > MOST_LINES} == {}


def module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imported(of: Read, known: set[str]) -> set[str]:
    """Modules of ours, imports for types alone and late ones included."""
    found: set[str] = set()
    for name, inner in of.imports:
        found |= inner & known or {name}
    return found & known


def test_no_imports_go_in_a_circle() -> None:
    known = {module(path) for path in PATHS}
    graph = {module(path): imported(of, known) - {module(path)} for path, of in modules().items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(known)
    assert any(graph.values())


def test_nothing_that_asks_a_cloud_is_a_cached_property() -> None:
    """Before Python 3.12, its one lock for the class would let one object ask at a time."""
    asking = ("migrate/clouds/", "migrate/disks/", "migrate/execute/", "migrate/objects/", "migrate/verify/")
    name = "functools.cached_property"
    found = {str(path) for path, of in modules().items() if any(name in names for _, names in of.imports)}
    assert found and not [path for path in found if path.startswith(asking)]
