import copy
import shutil
from pathlib import Path

import pytest

from tests.verify.moved_pair import MovedPair


@pytest.fixture(scope="session")
def _moved_once(tmp_path_factory: pytest.TempPathFactory) -> MovedPair:
    return MovedPair(tmp_path_factory.mktemp("pair"))


@pytest.fixture
def pair(tmp_path: Path, _moved_once: MovedPair) -> MovedPair:
    """Two worlds that hold the same: a copy for each test, much faster than to move everything again."""
    made = copy.deepcopy(_moved_once)
    made.root = tmp_path
    shutil.copytree(_moved_once.root, tmp_path, dirs_exist_ok=True)
    return made
