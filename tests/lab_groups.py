"""Lab tests on several workers: what stays on one, what begins first, and what has the clouds to itself.

Each file has a tenant of its own and goes to one worker: `make test` runs two, with `--dist loadfile`.
"""

from typing import Any

import pytest

TOGETHER = {
    # These share the showcase tenant, in this order: the last one changes what the others have moved.
    "tests/lab/test_first_report.py": "showcase",
    "tests/lab/test_move.py": "showcase",
    "tests/lab/test_mutations.py": "showcase",
}
LONGEST_FIRST = (
    "showcase",
    "tests/lab/test_everything.py",
    "tests/contract/test_contract_compute.py",
    "tests/lab/test_evacuated.py",
    "tests/lab/test_attached.py",
    "tests/contract/test_contract_block.py",
    "tests/lab/test_bad_input.py",
)
ALONE = (
    # Leases, waits and kills at a moment: what runs beside them would decide when.
    "tests/kill/",
    "tests/lab/test_bad_source.py",
)


def group(test: str) -> str:
    """What a test of that id stays together with."""
    path = test.partition("::")[0]
    return TOGETHER.get(path, path)


def pytest_itemcollected(item: pytest.Item) -> None:
    if item.nodeid.startswith(ALONE) and item.get_closest_marker("lab"):
        item.add_marker(pytest.mark.alone)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {name: at for at, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(group(item.nodeid), len(rank)) if item.get_closest_marker("lab") else 0)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """For `--dist loadfile`: groups in the place of files."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class LoadGroups(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    return LoadGroups(config, log)
