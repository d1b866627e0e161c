"""The bytes of disks: the store for captured disks, copying into and out of it, and disk formats."""
