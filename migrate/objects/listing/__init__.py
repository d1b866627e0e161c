"""Object listings: rows of earlier passes, shard by shard, and the comparison of listings."""
