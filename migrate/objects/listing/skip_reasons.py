"""The reasons why an object is missing or different at the target: values of `Row.skip_reason`."""

GONE = "gone"
"""No longer at the source; the target's copy is left alone."""
REMOVED = "removed"
"""No longer at the source, and so removed at the target, as the policy wants it."""
LOST = "lost"
"""Damaged at the source before we came: segments that a manifest names, or what a fixed link is of, are not there."""
FOREIGN = "foreign-link"
"""A symbolic link into another account."""
INSIDE = "inside"
"""A segment whose bytes are inside the large object that names it (S3)."""
REFUSED = "refused"
"""The target's store cannot hold it: its name or its size."""
EXPIRING = "expiring"
"""It expires at the source, and the policy leaves such objects, as the target's store has no time of expiry (S3)."""

UNREADABLE = "unreadable"
"""No reason of a row: a row of the source's listing that nobody can read, counted beside them."""

VANISHED = frozenset({GONE, REMOVED})
"""Fates of what was at the source when it was copied."""
NEVER_THERE = frozenset({FOREIGN, INSIDE, REFUSED, EXPIRING})
"""Fates of what nobody has sent: something of that name at the target is a surplus."""
