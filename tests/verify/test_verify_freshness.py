"""What has run on at the source since its copy, whatever spelling of a moment a cloud has."""

import pytest

from migrate.units import utc_moment


@pytest.mark.parametrize(
    "text", ["2026-11-27T04:19:47.000000", "2026-11-27T04:19:47Z", "2026-11-27T04:19:47", "2026-11-27T05:19:47+01:00"]
)
def test_a_moment_of_any_service_is_one_of_utc(text: str) -> None:
    there = utc_moment("2026-11-27T04:19:47Z")
    assert there is not None
    assert utc_moment(text) == there


@pytest.mark.parametrize("text", ["", "yesterday", "None"])
def test_what_is_no_moment_is_none(text: str) -> None:
    assert utc_moment(text) is None
