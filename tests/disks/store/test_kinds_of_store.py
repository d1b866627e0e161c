"""The names that tests/disks/store/conftest.py lists are those of tests."""

import re
from pathlib import Path

from tests.disks.store.conftest import BOTH, ENCRYPTED, PLAIN

HERE = Path(__file__).parent


def test_each_name_is_a_test_of_a_suite_for_both() -> None:
    found = {
        name for module in BOTH for name in re.findall(r"^def (test_\w+)", (HERE / f"{module}.py").read_text(), re.M)
    }
    assert found > ENCRYPTED | set(PLAIN)
    assert not ENCRYPTED & set(PLAIN)
