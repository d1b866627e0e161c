"""Object listings: the rows that a pass over a container leaves, shard by shard, and how listings are compared."""
