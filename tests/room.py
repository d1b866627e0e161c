"""The tests of what a change touches: `python -m tests.room disks` names their files, for `make test-room ROOM=disks`.

A room is a folder or a module below migrate/: `disks`, `disks/store`, `cli/commands/hand_over/pack`. Its tests are the
folder of its name below tests/, the test modules anywhere that import it, and, for one below another, those that have
its name in theirs.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]


def tests_of(room: str, root: Path = ROOT) -> list[str]:
    """Folders and files of tests, relative to the root; none where there is no such room."""
    where = root / "migrate" / room
    if not room or not (where.is_dir() or where.with_suffix(".py").is_file()):
        return []
    dotted, name = "migrate." + room.replace("/", "."), Path(room).name
    own = root / "tests" / room
    found = {own} if own.is_dir() else set()
    for path in (root / "tests").rglob("test_*.py"):
        is_named = "/" in room and name in path.stem
        if own not in path.parents and (is_named or any(_below(module, dotted) for module in _imported(path))):
            found.add(path)
    return sorted(str(path.relative_to(root)) for path in found)


def _below(module: str, room: str) -> bool:
    return module == room or module.startswith(room + ".")


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


if __name__ == "__main__":
    room = sys.argv[1].strip("/") if len(sys.argv) == 2 else ""
    if not (files := tests_of(room)):
        rooms = sorted(path.name for path in (ROOT / "migrate").iterdir() if (path / "__init__.py").is_file())
        sys.exit(f'there is no room "{room}": say ROOM=NAME, a folder or module below migrate/: {", ".join(rooms)}')
    print("\n".join(files))
