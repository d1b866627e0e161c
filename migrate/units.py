"""Sizes, times and the one way we print them."""

from datetime import UTC, datetime

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30


def gib_ceil(size_bytes: int) -> int:
    """Whole GiB that hold `size_bytes`: clouds sell volumes by the GiB and a disk cut short does not boot."""
    return -(-size_bytes // GIB)


def format_bytes(size_bytes: float) -> str:
    """`1536` -> `1.5 KiB`; exact bytes below 1 KiB."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(size_bytes) < 1024:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1024
    return f"{size_bytes:.1f} TiB"


def utc_now() -> datetime:
    """Now, in UTC, whole seconds: what our documents record."""
    return datetime.now(UTC).replace(microsecond=0)


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC, e.g. `2020-02-01T00:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_moment(text: str) -> datetime | None:
    """A moment as a cloud or a document of ours tells it: one without an offset is UTC; None for no moment at all.

    Source: Cinder's and Neutron's `created_at` have no offset, Glance's and Nova's end in Z.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def exact_now() -> str:
    """Now, with its microseconds: two scans are never of the same moment, even when they find the same."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
