"""Disks of a launched server that show different moments may not fit together: that is told."""

import pytest

from migrate.health.launch_evidence import LaunchedDisk, LaunchedServer

MORNING, NOON = "2026-12-01T08:00:00Z", "2026-12-01T12:00:00Z"


def launched(*disks: tuple[str, str]) -> LaunchedServer:
    """A server with disks of this consistency and moment each."""
    return LaunchedServer(
        item="server:1",
        name="web",
        disks=tuple(
            LaunchedDisk(disk=f"volume:{at}", name="data", pass_id="1", tree_digest="", taken_at=when, consistency=how)
            for at, (how, when) in enumerate(disks)
        ),
    )


@pytest.mark.parametrize(
    ("disks", "is_one"),
    [
        ((), True),
        ((("crash-consistent", MORNING),), True),
        ((("crash-consistent", MORNING), ("crash-consistent", MORNING)), True),
        ((("crash-consistent", MORNING), ("crash-consistent", NOON)), False),
        ((("stopped", MORNING), ("stopped", NOON)), True),
        ((("stopped", MORNING), ("crash-consistent", NOON)), False),
    ],
)
def test_disks_are_of_one_moment_if_taken_at_once_or_in_one_stop(
    disks: tuple[tuple[str, str], ...], is_one: bool
) -> None:
    assert launched(*disks).is_of_one_moment is is_one
