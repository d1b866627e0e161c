from pathlib import Path

import pytest

from tests.transfer.object_pair import Pair


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)
