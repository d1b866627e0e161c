from pathlib import Path

import pytest

from tests.objects.copy.object_pair import ObjectPair


@pytest.fixture
def pair(tmp_path: Path) -> ObjectPair:
    return ObjectPair(tmp_path)
