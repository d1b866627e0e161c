"""Sizes and times, and how documents hold times."""

from datetime import UTC, datetime

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30


def gib_ceil(size_bytes: int) -> int:
    """The number of GiB that hold `size_bytes`: volumes have whole GiB, and a truncated disk does not boot."""
    return -(-size_bytes // GIB)


def utc_now() -> datetime:
    """The current time in UTC, in whole seconds, as recorded in documents."""
    return datetime.now(UTC).replace(microsecond=0)


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC, e.g. `2020-02-01T00:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_moment(text: str) -> datetime | None:
    """A time from a cloud or a document; UTC if it has no offset; None if it is invalid.

    Source: Cinder's and Neutron's `created_at` have no offset, Glance's and Nova's end in Z.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def exact_now() -> str:
    """The current time with microseconds, so that no two scans have the same time."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
