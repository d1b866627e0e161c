"""What docs/design.md "Rooms" promises and import contracts cannot say: sizes, names, and no circle of imports."""

import ast
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "migrate").rglob("*.py"))
TREES = {path.relative_to(ROOT): ast.parse(path.read_text("utf-8")) for path in SOURCES}
MOST_FILES, MOST_PARAMETERS, MOST_LINES = 22, 7, 60
ADAPTERS = ("migrate/clouds/", "migrate/demo/memory/")
"""Their files are parallel: each port has one of its name in each."""


def functions() -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        (f"{path}:{node.name}", node)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    ]


def parameters(of: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    names = [one.arg for one in (*of.args.posonlyargs, *of.args.args, *of.args.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def test_no_folder_is_too_large() -> None:
    assert {str(path): n for path, n in Counter(path.parent for path in TREES).items() if n > MOST_FILES} == {}


def test_no_two_modules_have_one_name() -> None:
    own = [path for path in TREES if path.name != "__init__.py" and not str(path).startswith(ADAPTERS)]
    assert [name for name, n in Counter(path.name for path in own).items() if n > 1] == []


def test_no_function_takes_too_much_or_is_too_long() -> None:
    assert [name for name, node in functions() if parameters(node) > MOST_PARAMETERS] == []
    lengths = {name: (node.end_lineno or 0) - node.lineno + 1 for name, node in functions()}
    assert {name: n for name, n in lengths.items() if n > MOST_LINES} == {}


def module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imported(tree: ast.Module, known: set[str]) -> set[str]:
    """Modules of ours, imports for types alone and late ones included."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inner & known or {node.module}
    return found & known


def test_no_imports_go_in_a_circle() -> None:
    known = {module(path) for path in TREES}
    graph = {module(path): imported(tree, known) - {module(path)} for path, tree in TREES.items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(known)
