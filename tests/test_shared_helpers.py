"""Tests that stand alone: none imports another, and each names a code as the product does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from migrate.messages.codes.registry import ENTRIES

TESTS = Path(__file__).parent
ANOTHER = re.compile(
    r"^ *(?:from|import) (tests\.(?:\w+\.)*test_\w+|tests[\w.]* import [^\n]*\btest_\w+)", re.MULTILINE
)


def texts() -> dict[str, str]:
    return {str(path.relative_to(TESTS)): path.read_text("utf-8") for path in sorted(TESTS.rglob("*.py"))}


def test_no_module_of_tests_imports_another_but_helpers() -> None:
    """What two of them need has a module of its own: a change to a test must not break its neighbours."""
    assert {name: found for name, text in texts().items() if (found := ANOTHER.findall(text))} == {}


def numbers(text: str) -> Iterator[str]:
    """Whole literals: a policy, or what an operator types, has numbers in it."""
    if re.search(r"[\"']DCP-\d{3}[\"']", text):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ENTRIES:
                yield node.value


def test_a_code_is_named_and_not_numbered() -> None:
    """As `codes.QUOTA_EXCEEDED`: a number says nothing to a reader. Those that nobody has given stay numbers."""
    assert {name: found for name, text in texts().items() if (found := list(numbers(text)))} == {}
