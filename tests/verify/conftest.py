from pathlib import Path

import pytest

from tests.verify.moved_pair import MovedPair


@pytest.fixture
def pair(tmp_path: Path) -> MovedPair:
    """Two worlds that hold the same."""
    return MovedPair(tmp_path)
