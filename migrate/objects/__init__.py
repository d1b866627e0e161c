"""The bytes of objects: container listings, rows of earlier passes, and copying."""
