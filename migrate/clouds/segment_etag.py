"""Size and ETag of a static large object, computed from its segments as Swift does."""

import base64
import hashlib
from collections.abc import Iterable

from migrate.clouds.ports import Segment


def length(segment: Segment) -> int:
    """The number of bytes from this segment: its range's (`first-last`, `first-`, `-last_n`), or all."""
    if segment.data is not None:
        return len(base64.b64decode(segment.data))
    if not segment.range:
        return segment.size_bytes
    first, _, last = segment.range.partition("-")
    if not first:
        return min(int(last), segment.size_bytes)
    end = min(int(last) + 1, segment.size_bytes) if last else segment.size_bytes
    return max(end - int(first), 0)


def whole_size(segments: Iterable[Segment]) -> int:
    return sum(map(length, segments))


def whole_etag(segments: Iterable[Segment]) -> str:
    """The MD5 of the joined ETags, each followed by its range; data in the manifest contributes its own MD5."""
    return hashlib.md5("".join(map(_part, segments)).encode(), usedforsecurity=False).hexdigest()


def _part(segment: Segment) -> str:
    if segment.data is not None:
        return hashlib.md5(base64.b64decode(segment.data), usedforsecurity=False).hexdigest()
    return f"{segment.etag}:{segment.range};" if segment.range else segment.etag
