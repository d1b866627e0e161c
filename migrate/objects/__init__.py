"""Everything about the bytes of objects: listings of containers and what passes over them left, and the copying."""
