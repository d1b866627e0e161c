from pathlib import Path

import pytest

from tests.verify.verify_pair import Pair


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """Two worlds that hold the same."""
    return Pair(tmp_path)
