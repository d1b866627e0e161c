"""Which names come to mind for one that does not exist."""

import pytest

from migrate.nearest_names import nearest

SERVERS = ["web-1", "web-2", "WEB-3", "db", "84144eb2-6c1f-4c6e-9a53-0f5b1f0c7d11"]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("wbe-1", ["web-1"]),
        ("Web-1", ["web-1"]),
        ("84144eb2", ["84144eb2-6c1f-4c6e-9a53-0f5b1f0c7d11"]),
        ("nothing", []),
        ("", []),
        ("d", []),
    ],
)
def test_the_nearest(said: str, names: list[str]) -> None:
    found = nearest(said, SERVERS)
    assert found[: len(names)] == names and bool(found) == bool(names)


def test_a_kind_makes_no_two_names_alike() -> None:
    known = ["server:tool-1", "server:web-1", "volume:wbe-1"]
    assert nearest("server:wbe-1", known) == ["server:web-1"]
    assert nearest("sever:tool-1", known) == ["server:tool-1"]


def test_never_more_than_three_and_each_once() -> None:
    assert nearest("web-", [f"web-{n}" for n in range(9)] * 2) == ["web-0", "web-1", "web-2"]
