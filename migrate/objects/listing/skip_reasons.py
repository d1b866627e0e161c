"""The reasons why an object is missing or different at the target: values of `Row.skip_reason`."""

GONE = "gone"
"""Vanished from the source; its copy at the target stays."""
REMOVED = "removed"
"""Vanished from the source, and removed at the target as the policy requires."""
LOST = "lost"
"""Damaged at the source before the move: missing segments, or a missing target of a fixed link."""
FOREIGN = "foreign-link"
"""A symbolic link into another account."""
INSIDE = "inside"
"""A segment whose bytes are part of its large object (S3)."""
REFUSED = "refused"
"""The target's store cannot hold it, because of its name or size."""
EXPIRING = "expiring"
"""It expires at the source, and the policy leaves such objects, because the target's store has no expiry (S3)."""

UNREADABLE = "unreadable"
"""Not a reason in rows: counts unreadable rows of the source's listing."""

VANISHED = frozenset({GONE, REMOVED})
"""Reasons for objects that have vanished since their copy."""
NEVER_THERE = frozenset({FOREIGN, INSIDE, REFUSED, EXPIRING})
"""Reasons for objects that were never sent: one of this name at the target is surplus."""
