"""Everything about the bytes of a disk: the store where captured disks wait, what fills and empties it, formats."""
