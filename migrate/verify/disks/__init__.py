"""Does a disk at the target hold what was captured? Read back by code of our own, chunk by chunk."""
