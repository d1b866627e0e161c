"""Test launches: servers made at the target from captured disks, on a network without a way out, checked and removed.

Nothing here opens the source, and nothing that a move makes is used or changed, except security groups and key pairs,
which are only read.
"""
