"""Lab tests on several workers: no two files that may run next to each other share a tenant."""

import ast
from collections import defaultdict
from pathlib import Path

from tests.lab_groups import LONGEST_FIRST, TOGETHER, group

ROOT = Path(__file__).parents[1]


def test_what_they_name_is_there() -> None:
    for path in (*TOGETHER, *(name for name in LONGEST_FIRST if name not in TOGETHER.values())):
        assert (ROOT / path).exists(), path


def tenants(tree: ast.Module) -> set[str]:
    """What a module of lab tests names `PROJECT`, and `moved` where it takes that from tests/lab/conftest.py."""
    named = {
        value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target, value in _pairs(node)
        if isinstance(target, ast.Name) and target.id in {"PROJECT", "TINY"} and isinstance(value, ast.Constant)
    }
    shared = any(isinstance(node, ast.ImportFrom) and node.module == "tests.lab.conftest" for node in tree.body)
    taken = {name.name for node in tree.body if isinstance(node, ast.ImportFrom) for name in node.names}
    return {str(name) for name in named} | ({"moved"} if shared and taken & {"Moved", "PROJECT"} else set())


def _pairs(node: ast.Assign) -> list[tuple[ast.expr, ast.expr]]:
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return list(zip(target.elts, value.elts, strict=True))
    return [(target, value)]


def test_each_tenant_is_of_one_group() -> None:
    groups = defaultdict(set)
    for path in sorted((ROOT / "tests").glob("*/test_*.py")):
        if path.parent.name in {"lab", "kill", "contract"}:
            for tenant in tenants(ast.parse(path.read_text())):
                groups[tenant].add(group(str(path.relative_to(ROOT))))
    assert len(groups) > 20 and groups["moved"] == {"showcase"}
    assert {tenant: found for tenant, found in groups.items() if len(found) > 1} == {}
