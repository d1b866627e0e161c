"""The store of captured disks, on an ObjectStore port: chunks in packs, tables and sealed manifests."""
