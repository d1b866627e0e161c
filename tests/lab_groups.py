"""Lab tests on several workers: what stays on one, what begins first, and how long they may take.

Each file has a tenant of its own and goes to one worker: `make test` runs four, with `--dist loadfile`.
"""

from typing import Any

import pytest

TOGETHER = {
    # These share the showcase tenant, in this order: the last one changes what the others have moved.
    "tests/lab/test_move.py": "showcase",
    "tests/lab/test_mutations.py": "showcase",
}
LONGEST_FIRST = (
    "tests/lab/test_everything.py",
    "showcase",
    "tests/lab/test_living_tenant.py",
    "tests/contract/test_contract_compute.py",
    "tests/kill/test_kill_lab.py",
    "tests/lab/test_test_launch.py",
    "tests/lab/test_goes_back.py",
    "tests/lab/test_written_ahead.py",
    "tests/lab/test_bad_input.py",
    "tests/lab/test_old_cloud.py",
    "tests/lab/test_evacuated.py",
    "tests/contract/test_contract_network.py",
)
LAB_TIMEOUT_S, LONG_TIMEOUT_S, FULL_TIMEOUT_S = 420, 900, 1800
"""After so long a test on the lab has failed: any, one of LONGEST_FIRST or of `make soak`, one of these that is `full`.
In memory: see pyproject.toml.
"""


def group(test: str) -> str:
    """What a test of that id stays together with."""
    path = test.partition("::")[0]
    return TOGETHER.get(path, path)


def pytest_itemcollected(item: pytest.Item) -> None:
    is_lab, is_soak = item.get_closest_marker("lab"), item.get_closest_marker("soak")
    if is_lab and item.get_closest_marker("full_on_lab"):
        item.add_marker(pytest.mark.full)
    if (is_lab or is_soak) and not item.get_closest_marker("timeout"):
        is_long, is_full = is_soak or group(item.nodeid) in LONGEST_FIRST, item.get_closest_marker("full")
        limit_s = FULL_TIMEOUT_S if is_long and is_full else LONG_TIMEOUT_S if is_long else LAB_TIMEOUT_S
        item.add_marker(pytest.mark.timeout(limit_s))


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
